"""Bulk scoring: rows of answers in, rows of rewards out, as many as there are.

lines.py     a stream to blocks of whole lines
row.py       a line to a case and an action, strictly
quick.py     the same for lines without a fault, in a tenth of the time
results.py   a score to the rest of an output row
grading.py   a block to the output that stands in its place
workers.py   blocks to processes and back, in order
manifest.py  how far a run is, so that it can go on after a crash
run.py       all of it, from input to output
"""
