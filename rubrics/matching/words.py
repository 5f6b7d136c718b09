"""From a folded text to stems and marks.

What stands between two spaces is worked out once and remembered.
Marks are kept in the sequence, because a phrase must not run across the end of a
sentence, and a negation ends with its clause.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from threading import Lock

import snowballstemmer  # type: ignore[import-untyped]  # it ships no types


def words(listed: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(listed.split())


END, ASKED, PAUSE, PARAGRAPH = ".", "?", ",", "\x04"
OPEN, CLOSE, TOGGLE = "\u201c", "\u201d", '"'
OPEN_SINGLE, CLOSE_SINGLE = "\u2018", "\u2019"
APOSTROPHE = "'"
OPEN_BLOCK, CLOSE_BLOCK = "\x02", "\x03"

ENDS = frozenset({END, ASKED, PARAGRAPH})
BORDERS = ENDS | {PAUSE}
QUOTE_MARKS = frozenset(
    {OPEN, CLOSE, TOGGLE, OPEN_SINGLE, CLOSE_SINGLE, OPEN_BLOCK, CLOSE_BLOCK}
)
MARKS = BORDERS | QUOTE_MARKS

_KEPT = 32_768
_LONGEST_KEPT = 64
_LONGEST_STEMMED = 32

_TOKEN = re.compile(
    r"[^\W_]+(?:(?<=\d)[.,:]\d[^\W_]*|['\u2019][^\W_]+)*|[^\w\s]|[\x02-\x04]"
)
_MARK = {
    **dict.fromkeys(".!", END),
    "?": ASKED,
    **dict.fromkeys(",;:()[]{}\u2014", PAUSE),
    **{mark: mark for mark in (OPEN, CLOSE, TOGGLE, OPEN_SINGLE, CLOSE_SINGLE)},
    **{mark: mark for mark in (OPEN_BLOCK, CLOSE_BLOCK, PARAGRAPH)},
    "\u00ab": OPEN,
    "\u00bb": CLOSE,
}
_TAILS = {
    "ve": ("have",),
    "ll": ("will",),
    "re": ("are",),
    "m": ("am",),
    "d": ("would",),
}
_IS_TAIL = words("it that there he she what who where how here everything nothing")
_WITHOUT_APOSTROPHE = {
    "cannot": ("can", "not"),
    "ive": ("i", "have"),
    "weve": ("we", "have"),
    "youve": ("you", "have"),
    "youll": ("you", "will"),
    "theyll": ("they", "will"),
    "im": ("i", "am"),
    "youre": ("you", "are"),
    "thats": ("that", "is"),
    **{
        f"{verb}nt": (verb, "not")
        for verb in (
            *("do", "does", "did", "is", "was", "are", "were", "have", "has"),
            *("had", "could", "should", "would", "must"),
        )
    },
    "cant": ("can", "not"),
    "wont": ("will", "not"),
}
_NEGATED = {"can": "can", "wo": "will", "sha": "shall", "ca": "can"}
_IRREGULAR = dict(
    pair.split(":")
    for pair in words(
        "sent:send paid:pay told:tell gave:give given:give took:take taken:take "
        "broke:break broken:break stole:steal stolen:steal chose:choose "
        "chosen:choose wrote:write written:write found:find kept:keep lost:lose "
        "held:hold forgot:forget forgotten:forget began:begin begun:begin "
        "went:go gone:go made:make brought:bring bought:buy froze:freeze "
        "frozen:freeze withdrew:withdraw withdrawn:withdraw undid:undo undone:undo "
        "ran:run rang:ring spoke:speak spoken:speak came:come saw:see seen:see "
        "knew:know known:know thought:think understood:understand hid:hide "
        "hidden:hide built:build caught:catch gotten:get got:get"
    )
)

FUNCTION_WORDS = words(
    "a an the this that these those it its i you he she we they me him her us them "
    "my your our their is are was were be been being am do does did has have had "
    "will would can could shall should may might must not no of to in on at by for "
    "from with without as and or but if when while which who what whose whom than "
    "then there here so because after before about into over under both all any "
    "some only already until since once again up out off"
)
"""What holds a sentence together; a list of keywords does without. As written, not
as stems."""


class _Expansions(dict[str, tuple[str, ...]]):
    """The words and marks of what stands between two spaces, as `form` writes them."""

    def __init__(self, form: Callable[[str], str]) -> None:
        super().__init__()
        self._form = form

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        expansion = tuple(_expand(chunk, self._form))
        if len(chunk) <= _LONGEST_KEPT:
            if len(self) >= _KEPT:
                self.clear()
            self[chunk] = expansion
        return expansion


_stemmer = snowballstemmer.stemmer("english")
_stemming = Lock()


@lru_cache(maxsize=_KEPT)
def stem_of(word: str) -> str:
    """The stem of a folded word: `refunded`, `refunds` and `refunding` have one."""
    word = _IRREGULAR.get(word, word)
    if len(word) > _LONGEST_STEMMED or not (word.isascii() and word.isalpha()):
        return word
    with _stemming:  # the stemmer keeps the word it works on in itself
        stem: str = _stemmer.stemWord(word)
    return stem


STEMS = _Expansions(stem_of)
SURFACES = _Expansions(str)


def stems_of(text: str) -> tuple[str, ...]:
    """The stems of a folded text, without marks."""
    return tuple(
        stem for chunk in text.split() for stem in STEMS[chunk] if stem not in MARKS
    )


def _expand(chunk: str, form: Callable[[str], str]) -> Iterator[str]:
    """The tokens of a chunk. A dash alone is a pause; a hyphen within is nothing."""
    if not chunk.strip("-"):
        yield PAUSE
        return
    for found in _TOKEN.finditer(chunk):
        token = found[0]
        if token[0].isalnum():
            yield from map(form, _parts(token.replace("\u2019", APOSTROPHE)))
        elif token == APOSTROPHE:
            yield from _single_quote(chunk, found.start())
        elif token == TOGGLE:
            yield _double_quote(chunk, found.start())
        elif token == CLOSE_SINGLE and not _letter(chunk, found.start() - 1):
            yield OPEN_SINGLE if _letter(chunk, found.end()) else CLOSE_SINGLE
        elif token in _MARK:
            yield _MARK[token]


def _letter(chunk: str, index: int) -> bool:
    return 0 <= index < len(chunk) and chunk[index].isalnum()


def _single_quote(chunk: str, index: int) -> Iterator[str]:
    before, after = _letter(chunk, index - 1), _letter(chunk, index + 1)
    if after and not before:
        yield OPEN_SINGLE
    elif index and not after:
        yield CLOSE_SINGLE


def _double_quote(chunk: str, index: int) -> str:
    """Opening before a letter, closing after one, either where it stands alone."""
    if chunk == TOGGLE:
        return TOGGLE
    if _letter(chunk, index + 1) and not _letter(chunk, index - 1):
        return OPEN
    return CLOSE if index else OPEN


def _parts(word: str) -> tuple[str, ...]:
    """`don't` is `do not`, `we've` is `we have`, `customer's` is `customer`."""
    if word in _WITHOUT_APOSTROPHE:
        return _WITHOUT_APOSTROPHE[word]
    if APOSTROPHE not in word:
        return (word,)
    base, _, tail = word.partition(APOSTROPHE)
    if tail == "t" and base.endswith("n"):
        verb = base if base == "can" else base[:-1]
        return (_NEGATED.get(verb, verb), "not")
    if tail == "s":
        return (base, "is") if base in _IS_TAIL else (base,)
    return (base, *_TAILS.get(tail, tuple(tail.split(APOSTROPHE))))
