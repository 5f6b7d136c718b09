"""The version of text matching, for those who need no more of it."""

VERSION = 1
"""Part of the digest of every rubric that matches texts: raise it when a text may
be read differently than before."""
