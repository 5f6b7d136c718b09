"""How a search by reward works through one field: a generator of values to try."""

import re
from collections.abc import Generator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from attrs import evolve

from ..models import SupportQueueAction, Ticket
from ..rubrics.attacks.suite import PublicTable
from ..rubrics.attacks.texts import TextName, dressed, fitted, room


_SHORT = 3
"""Words up to this length say little on their own."""

Lane = Generator[str, float, str]
"""Yields values of one field, is sent what each is worth, returns the best one."""


def answered(
    action: SupportQueueAction, values: Mapping[str, str]
) -> SupportQueueAction:
    """The action with other texts in some of its fields."""
    changes: dict[str, Any] = dict(values)
    return evolve(action, **changes)


def choose(labels: Sequence[str]) -> Lane:
    """The best paid of some labels."""
    best, worth = labels[0], -1.0
    for label in labels:
        paid = yield label
        if paid > worth:
            best, worth = label, paid
    return best


def compose(candidates: Sequence[str], which: TextName) -> Lane:
    """A text of the pieces that pay: packs are tried, and halved when they do."""
    _, longest = room(which)
    kept: list[str] = []
    worth = yield fitted("", which)
    waiting = _packs(candidates, longest)
    while waiting:
        pack = [piece for piece in waiting.pop(0) if piece not in kept]
        text = " ".join((*kept, *pack))
        if not pack:
            continue
        if len(text) > longest and len(pack) > 1:
            waiting[:0] = _halves(pack)
            continue
        paid = yield fitted(text, which)
        if paid <= worth:
            continue
        if len(pack) == 1:
            kept, worth = [*kept, *pack], paid
        else:
            waiting[:0] = _halves(pack)
    return fitted(" ".join(kept), which)


def dress(text: str, words: Sequence[str], public: PublicTable) -> Sequence[str]:
    """The public sentences of `text`, then words in sentences, the frames by turns.

    Words that `text` has come first. What is paid as a list is paid more in sentences
    by whoever pays for prose.
    """
    kept = [sentence for sentence in public.sentences if sentence in text]
    ranked = sorted(words, key=lambda word: word not in text)
    return [*kept, *dressed(ranked, public.frames)]


def _halves(pack: list[str]) -> list[list[str]]:
    middle = len(pack) // 2
    return [pack[:middle], pack[middle:]]


def _packs(candidates: Sequence[str], longest: int) -> list[list[str]]:
    """Candidates in order, in packs that fill a text."""
    packs: list[list[str]] = [[]]
    length = 0
    for piece in candidates:
        if packs[-1] and length + 1 + len(piece) > longest:
            packs.append([])
            length = 0
        packs[-1].append(piece)
        length += 1 + len(piece)
    return packs


def _words(text: str) -> list[str]:
    return [word.rstrip(".") for word in re.findall(r"[^\s,;:!?()\"]+", text)]


def names(ticket: Ticket, public: PublicTable) -> tuple[str, ...]:
    """What a searcher would put into a sentence of its own.

    Words that everybody knows, those of the ticket and its record, and pairs that
    stand side by side there; too few to be a copy.
    """
    words = _words(" ".join((ticket.subject, ticket.body, *ticket.recent_events)))
    long_words = [word for word in words if len(word) > _SHORT]
    pairs = [f"{one} {two}" for one, two in pairwise(words) if len(two) > _SHORT]
    return tuple(dict.fromkeys((*public.words, *long_words, *pairs)))


def pieces(ticket: Ticket, public: PublicTable) -> tuple[str, ...]:
    """What a searcher would try in a text, the longest kind first.

    Sentences that everybody writes, the record of the ticket, what the ticket says,
    and words that everybody knows.
    """
    said = re.split(r"(?<=[.!?])\s+", " ".join(ticket.body.split()))
    words = _words(f"{ticket.subject} {' '.join(said)}")
    long_words = [word for word in words if len(word) > _SHORT]
    return tuple(
        dict.fromkeys(
            (
                *public.sentences,
                *ticket.recent_events,
                *said,
                *public.words,
                *long_words,
            )
        )
    )
