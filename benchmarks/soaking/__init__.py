"""The scenarios of `benchmarks/soak.py`, and what they share."""
