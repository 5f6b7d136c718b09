"""Text matching that sees through what hides a word: one reading of a text.

    reading = read(reply)
    compile_phrases(("duplicate charge", "charged twice")).found_in(reading)
    contains_literal(reading, "INV-20417")

A text is read once: characters are folded to what they look like (`folding`), cut
into stems (`words`), and negations and quotations are marked (`scopes`). Phrases are
sequences of stems (`phrases`). Every step takes time in proportion to the text.
"""

from ..matching_version import VERSION
from .copies import copied_share, ngrams
from .folding import normalise
from .literals import contains_literal
from .phrases import Match, Phrases, compile_phrases
from .reading import Reading, read


__all__ = [
    "VERSION",
    "Match",
    "Phrases",
    "Reading",
    "compile_phrases",
    "contains_literal",
    "copied_share",
    "ngrams",
    "normalise",
    "read",
]
