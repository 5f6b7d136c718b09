"""P18: twice the text takes at most twice the time, or nobody notices.

It is time of the processor, so that a busy machine does not count, and times are only
ever compared with each other: a slow machine slows the short text and the long alike.
"""

from time import process_time

from .findings import Broken, NotRun
from .questions import LONGEST, Question, plain_question
from .strategies import SEEDS
from .subject import Subject


_FIRST = (32, 1_000, 8_000)
"""Characters of the texts that every scorer is tried on."""

_DOUBLING = tuple(1_000 * 2**step for step in range(7))
_SUSPICIOUS = 0.008
"""Seconds for 8,000 characters at which a scorer is looked at closely."""

_SLOW = 0.1
"""Seconds that a long text may always take."""

_GROWTH = 9.0
"""How many times as long a text of four times the length may take: more than twice
what a linear scorer takes, and well below the 16 of a quadratic one."""

_REPEATS = 3
_FIELDS = ("action.response", "action.summary", "ticket.body")
_ENDS = ("!", "\x01", "#", "~")


def is_quick(subject: Subject) -> None:
    """P18: on long runs of every strange letter, in each text."""
    if subject.claims.judge:
        raise NotRun("it is a judge, with a deadline of its own")
    for path in _FIELDS:
        for seed in SEEDS:
            for length in _FIRST:
                seconds = _seconds(subject, path, seed, length)
            if seconds > _SUSPICIOUS:
                _grows_linearly(subject, path, seed)


def _grows_linearly(subject: Subject, path: str, seed: str) -> None:
    """Broken only if it is both slow and clearly more than linear."""
    taken: list[float] = []
    for length in _DOUBLING:
        again = range(_REPEATS)
        taken.append(min(_seconds(subject, path, seed, length, end) for end in again))
        if len(taken) < 3 or taken[-1] < _SLOW:
            continue
        growth = taken[-1] / taken[-3]
        if growth > _GROWTH:
            sentence = (
                f"four times the text takes {growth:.0f} times as long: "
                f"{taken[-1]:.2f} s for {length:,} characters"
            )
            raise Broken("P18", sentence, _told(path, seed, length))


def _seconds(
    subject: Subject, path: str, seed: str, length: int, end: int = 3
) -> float:
    """How long one call takes; each end makes a text that no cache has seen."""
    question = _with_text(path, (seed * length)[: length - 1] + _ENDS[end])
    start = process_time()
    try:
        subject.ask(question)
    except Broken as broken:
        # No answer can be that long; only the time it takes is of interest.
        if broken.number == "P18" or length <= LONGEST.get(path, length):
            told = _told(path, seed, length)
            raise Broken(broken.number, broken.sentence, told) from None
    return process_time() - start


def _with_text(path: str, text: str) -> Question:
    """The plain question with a text that may be longer than the limits allow.

    The limits of today are not the scorer's to rely on; tickets have none.
    """
    question = plain_question().copy()
    part, name = path.split(".")
    owner = question.action if part == "action" else question.case.ticket
    object.__setattr__(owner, name, text)
    return question


def _told(path: str, seed: str, length: int) -> str:
    return f"{path}={seed!r} repeated to {length:,} characters"
