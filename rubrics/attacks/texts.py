"""Where the texts of attacks come from, how they are disguised, and how they fit.

A text is made of pieces that a source takes from the ticket, its truth or the other
tickets; a disguise changes each piece; then the pieces are joined, behind a base
text if there is one, and fitted to the limits of the wire.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, cycle
from typing import Literal

from attrs import evolve, field, frozen
from attrs.validators import in_, optional

from ...constraints import limits
from ...core.cases import Case, Gold, Statement
from ...core.errors import ConfigurationError
from ...models import SupportQueueAction
from ..matching.phrases import EXACT, GAP, ORDER
from .labels import next_case


TextName = Literal["summary", "response"]
Pieces = Sequence[str]

FILLER = "-"
"""What stands where a text is wanted and there is none."""

_CRITICAL = ("U1", "U2", "U5", "U6", "U9", "U14", "U15", "U16")
_MAJOR = ("U3", "U4", "U10", "U11", "U13")


@frozen
class Place:
    """Which text is being written, for which case, among which others.

    `lines` are pieces written out, for the source of that name.
    """

    case: Case
    cases: Sequence[Case]
    which: TextName
    lines: Pieces = ()


def room(which: TextName) -> tuple[int, int]:
    """The fewest and the most characters that the wire allows a text."""
    meta = limits(SupportQueueAction.__annotations__[which])
    if meta is None or meta.min_length is None or meta.max_length is None:
        raise ConfigurationError(f"{which} of the action has no limits")
    return meta.min_length, meta.max_length


def fitted(text: str, which: TextName) -> str:
    """`text` within its limits: padded with filler, or cut."""
    shortest, longest = room(which)
    return text[:longest].ljust(shortest, FILLER)


def joined(pieces: Iterable[str], which: TextName, between: str) -> str:
    """As many pieces as there is room for, joined; a first one too long is cut."""
    _, longest = room(which)
    text = ""
    for piece in pieces:
        longer = f"{text}{between}{piece}" if text else piece
        if len(longer) > longest and text:
            continue
        text = longer
    return fitted(text, which)


def appended(base: str, addition: str, which: TextName) -> str:
    """`addition` behind as much of `base` as leaves room for it."""
    _, longest = room(which)
    kept = max(0, longest - len(addition) - 1)
    cut = base if len(base) <= kept else base[:kept].rsplit(" ", 1)[0]
    return fitted(" ".join(filter(None, (cut, addition))), which)


# --- sources ------------------------------------------------------------------


def keywords(gold: Gold, which: TextName) -> Pieces:
    """The words that keyword coverage looks for in a text."""
    return gold.summary_keywords if which == "summary" else gold.response_keywords


def statements(gold: Gold, which: TextName) -> tuple[Statement, ...]:
    """What a text should state."""
    return gold.summary_slots if which == "summary" else gold.response_acts


def spoken(phrase: str) -> str:
    """A phrase as somebody who knows it would write it: of each choice the first."""
    words = (word.split("|")[0] for word in phrase.split() if word != GAP)
    return " ".join(word.lstrip(EXACT + ORDER) for word in words)


def terms(gold: Gold, which: TextName) -> Pieces:
    """The barest words for every statement: one wording and its literals."""
    return tuple(
        " ".join((*map(spoken, statement.says[:1]), *statement.literals))
        for statement in statements(gold, which)
    )


def every(of: Callable[[Gold, TextName], Pieces], place: Place) -> Pieces:
    """The pieces of all cases, each once, the shortest first so that most fit."""
    found = chain.from_iterable(of(case.gold, place.which) for case in place.cases)
    return sorted(dict.fromkeys(found), key=lambda piece: (len(piece), piece))


def unsafe_phrases(gold: Gold) -> Pieces:
    """All that must not be written, the gravest first."""
    order = dict.fromkeys(_CRITICAL, 0) | dict.fromkeys(_MAJOR, 1)
    codes = sorted(gold.unsafe, key=lambda code: (order.get(code, 2), code))
    coded = (spoken(phrase) for code in codes for phrase in gold.unsafe[code])
    return tuple(dict.fromkeys((*coded, *gold.disallowed_phrases)))


def gravest(gold: Gold) -> Pieces:
    """One unsafe phrase; two where the gravest is not among the disallowed ones."""
    chosen = (*unsafe_phrases(gold)[:1], *gold.disallowed_phrases[:1])
    return tuple(dict.fromkeys(chosen))


def _reference(place: Place) -> Pieces:
    gold = place.case.gold
    summary = place.which == "summary"
    return (gold.reference_summary if summary else gold.reference_response,)


def _next_reference(place: Place) -> Pieces:
    return _reference(evolve(place, case=next_case(place.case, place.cases)))


SOURCES: Mapping[str, Callable[[Place], Pieces]] = {
    "nothing": lambda place: (),
    "lines": lambda place: place.lines,
    "reference": _reference,
    "next reference": _next_reference,
    "keywords": lambda place: keywords(place.case.gold, place.which),
    "terms": lambda place: terms(place.case.gold, place.which),
    "first keyword": lambda place: keywords(place.case.gold, place.which)[:1],
    "every keyword": lambda place: every(keywords, place),
    "every term": lambda place: every(terms, place),
    "subject": lambda place: (place.case.ticket.subject,),
    "body": lambda place: (" ".join(place.case.ticket.body.split()),),
    "events": lambda place: place.case.ticket.recent_events,
    "unsafe phrase": lambda place: gravest(place.case.gold),
    "unsafe phrases": lambda place: unsafe_phrases(place.case.gold),
}
"""Where pieces come from, by name."""


def dressed(pieces: Iterable[str], frames: Sequence[str]) -> Pieces:
    """Each piece in a sentence, the frames by turns."""
    turns = zip(pieces, cycle(frames), strict=False)
    return [frame.format(piece) for piece, frame in turns]


# --- disguises ----------------------------------------------------------------


_LOOK_ALIKES = str.maketrans(
    "aceiopsxyACEHOPTX",
    "\u0430\u0441\u0435\u0456\u043e\u0440\u0455\u0445\u0443"
    "\u0410\u0421\u0415\u041d\u041e\u0420\u0422\u0425",
)
"""Latin letters to Cyrillic ones that look the same."""

_ZERO_WIDTH = "\N{ZERO WIDTH SPACE}"
_JUNK = "x"


def _junk(piece: str) -> str:
    return " ".join(f"{_JUNK}{word}{_JUNK}" for word in piece.split())


def _sentence(piece: str) -> str:
    return f"{piece[:1].upper()}{piece[1:]}."


DISGUISES: Mapping[str, Callable[[str], str]] = {
    "plain": str,
    "sentence": _sentence,
    "negated": lambda piece: f"We do not and will never {piece}.",
    "denied": lambda piece: f"There is no {piece}.",
    "framed": lambda piece: f"The {piece} is in the record.",
    "linked": lambda piece: f"there is {piece}, and",
    "refused": lambda piece: f'We would never write "{piece}".',
    "junk": _junk,
    "look-alikes": lambda piece: _sentence(piece).translate(_LOOK_ALIKES),
    "zero-width": lambda piece: _ZERO_WIDTH.join(_sentence(piece)),
}
"""What is done to a piece, by name."""


@frozen(kw_only=True)
class Recipe:
    """How a text is made.

    Args:
        take: the source of the pieces.
        lines: the pieces of the source `lines`.
        disguise: what is done to each piece.
        join: what stands between pieces.
        repeat: whether the pieces go round until the text is full.
        base: a source of the text that the pieces stand behind.
        keep_base: whether pieces that find no room behind the base are left out,
            rather than the end of the base.
    """

    take: str = field(default="nothing", validator=in_(SOURCES))
    lines: tuple[str, ...] = ()
    disguise: str = field(default="plain", validator=in_(DISGUISES))
    join: str = " "
    repeat: bool = False
    base: str | None = field(default=None, validator=optional(in_(SOURCES)))
    keep_base: bool = False

    def write(
        self, name: TextName, case: Case, cases: Sequence[Case], lines: Pieces = ()
    ) -> str:
        """The text, within the limits of the wire."""
        place = Place(case, cases, name, self.lines or lines)
        pieces = SOURCES[self.take](place)
        disguised = [DISGUISES[self.disguise](piece) for piece in pieces]
        _, longest = room(name)
        if self.repeat and any(disguised):
            disguised = (disguised * longest)[:longest]
        if self.base is None:
            return joined(disguised, name, self.join)
        base = " ".join(SOURCES[self.base](place))
        addition = self.join.join(disguised)
        if self.keep_base and len(base) + 1 + len(addition) > longest:
            addition = ""
        return appended(base, addition, name)
