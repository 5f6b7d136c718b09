"""Characters folded to what they look like, one at a time.

Each character has one image whatever stands beside it, and every character of an
image is its own image. So folding twice is folding once, and no arrangement of
characters can make it slow.
"""

import re
import unicodedata
from functools import lru_cache
from importlib import import_module
from typing import Any


_ASCII = frozenset(map(chr, range(128)))
_CONFUSABLES = "confusable_homoglyphs.confusables"
_FEW = 24
"""So many different strange characters are replaced one by one; more, in one go."""

_KEPT = 32_768
"""Images remembered; a text of more different characters is folded a little slower."""

_INVISIBLE = frozenset({"Mn", "Me", "Cf", "Cc"})
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
_BREAKS = "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_FIXED: dict[str, str] = {
    **dict.fromkeys(_FILLERS, ""),
    **dict.fromkeys(_BREAKS, "\n"),
    "\n": "\n",
    "\t": " ",
    **dict.fromkeys("\u00b4\u02b9\u02bb\u02bc\u2032\u201b", "'"),
    **dict.fromkeys("\u201e\u201f\u2033", "\u201c"),
    "\u201a": "\u2018",
    **dict.fromkeys("\u2010\u2011\u2043\u2212\ufe63\uff0d", "-"),
    **dict.fromkeys("\u2012\u2013\u2014\u2015\u2e3a\u2e3b", "\u2014"),
    **dict.fromkeys("\u2022\u2023\u25e6\u2219\u00b7\u30fb\u2027", "*"),
    "\u2026": "...",
    **{mark: mark for mark in "\u201c\u201d\u2018\u2019\u00ab\u00bb"},
}

_TO_PLAIN = str.maketrans(
    dict.fromkeys("\u201c\u201d\u00ab\u00bb", '"')
    | dict.fromkeys("\u2018\u2019", "'")
    | {"\u2014": "-"}
)
_LATIN_NAME = re.compile(
    r"(?:LATIN|SQUARED|CIRCLED|INDICATOR) .*?LETTER (?:SMALL CAPITAL )?([A-Z])"
    r"(?: WITH .*)?"
)


def fold(text: str) -> str:
    """Lower-case `text` without decoration, as `read` cuts it into words.

    Typographic quotes, dashes and line ends are kept apart, for they have meaning.
    """
    if text.isascii():
        if not text.replace("\n", " ").isprintable():
            text = text.translate(_IMAGES)
        return text.lower()
    strange = set(text) - _ASCII
    if len(strange) > _FEW:
        return text.translate(_IMAGES).lower()
    for character in strange:
        text = text.replace(character, _IMAGES[ord(character)])
    if not text.replace("\n", " ").isprintable():
        text = text.translate(_CONTROLS)
    return text.lower()


def plain(folded: str) -> str:
    """A folded text with plain quotes and dashes, all white space one space."""
    if not folded.isascii():
        folded = folded.translate(_TO_PLAIN)
    return " ".join(folded.split())


@lru_cache(maxsize=1024)
def normalise(text: str) -> str:
    """`text` as it is compared letter by letter; doing it twice changes nothing.

    Compatibility forms (NFKC), letters of other scripts that look Latin, accents and
    decoration, invisible and direction characters, case, quotes, dashes and white
    space no longer make a difference. Plain ASCII letters and digits are never
    taken for each other: `INV-20417` keeps its digits.
    """
    return plain(fold(text))


class _Images(dict[int, str]):
    """What each character is folded to, worked out when it is first seen."""

    def __missing__(self, code: int) -> str:
        image = _image(chr(code))
        if len(self) >= _KEPT:
            self.clear()
        self[code] = image
        return image


_IMAGES = _Images()
_CONTROLS = {
    code: _FIXED.get(chr(code), "") for code in (*range(32), 127) if code != 10
}


def _image(character: str) -> str:
    """The fixed point of folding one character; it is reached in a few rounds."""
    image = character
    for _ in range(6):
        following = "".join(map(_folded_once, image))
        if following == image:
            break
        image = following
    return image


def _folded_once(character: str) -> str:
    if character in _FIXED:
        return _FIXED[character]
    if character.isascii():
        return character.lower() if character.isprintable() else ""
    category = unicodedata.category(character)
    if category in _INVISIBLE:
        return ""
    if category == "Cs":
        return "\ufffd"
    if category == "Nd":
        return str(unicodedata.decimal(character))
    apart = unicodedata.normalize("NFKD", character)
    if apart != character:
        return apart
    return _latin(character, category) or character.casefold().lower()


def _latin(character: str, category: str) -> str:
    """The Latin letters that the character looks like or is named after, if any."""
    if category[0] in "LN" and (alike := _look_alike(character)):
        lower = character.lower()
        if alike == "l" and lower != character:  # a capital I of another script
            return _look_alike(lower) or alike
        return alike
    named = _LATIN_NAME.search(unicodedata.name(character, ""))
    return named[1].lower() if named and named.end() == len(named.string) else ""


def _look_alike(character: str) -> str:
    confusables: Any = import_module(_CONFUSABLES)  # on first use: 0.9 MB of tables
    for found in confusables.is_confusable(character, greedy=True) or ():
        for homoglyph in found["homoglyphs"]:
            bare = "".join(
                part
                for part in unicodedata.normalize("NFKD", homoglyph["c"])
                if unicodedata.category(part) not in _INVISIBLE
            )
            if bare.isascii() and bare.isalnum():
                return bare.lower()
    return ""
