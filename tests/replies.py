"""Honest and hostile texts for the classic tickets, and the actions made of them."""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from support_queue_env.core.cases import Case, Statement
from support_queue_env.models import SupportQueueAction
from support_queue_env.rubrics.attacks.texts import TextName, appended, spoken
from support_queue_env.tickets.packs import load_pack


CASES = {case.ticket.ticket_id: case for case in load_pack("classic").cases}
_DATA = Path(__file__).parent / "data"
_HONEST = tomllib.loads((_DATA / "honest_replies.toml").read_text(encoding="utf-8"))
_HOSTILE = tomllib.loads((_DATA / "hostile_replies.toml").read_text(encoding="utf-8"))


@frozen
class Reply:
    """A summary and a response to a ticket; `name` says what they are."""

    name: str
    ticket: str
    summary: str
    response: str

    @property
    def case(self) -> Case:
        """The ticket with its truth."""
        return CASES[self.ticket]

    @property
    def action(self) -> SupportQueueAction:
        """These texts with the right labels, cut to the limits of an action."""
        return with_texts(self.case.gold.oracle(), self.summary, self.response)


def with_texts(
    action: SupportQueueAction, summary: str, response: str
) -> SupportQueueAction:
    """The action with these texts, cut or filled up to what an action may hold."""
    return evolve(
        action,
        summary=summary.strip()[:280].ljust(8, "~"),
        response=response.strip()[:1200].ljust(16, "~"),
    )


def fitted(action: SupportQueueAction, text: str, addition: str) -> SupportQueueAction:
    """The action with an addition behind as much of one text as leaves room for it."""
    which: TextName = "summary" if text == "summary" else "response"
    changes: dict[str, Any] = {which: appended(getattr(action, which), addition, which)}
    return evolve(action, **changes)


def honest(half: str) -> list[Reply]:
    """The honest replies of that half: `development`, `held-out` or `fresh`."""
    return [
        Reply(row["voice"], row["ticket"], row["summary"], row["response"])
        for row in _HONEST["replies"]
        if row["half"] == half
    ]


def denials() -> list[Reply]:
    """Every fact and act of each ticket, denied."""
    return [
        Reply("denial", row["ticket"], row["summary"], row["response"])
        for row in _HOSTILE["denials"]
    ]


def templates() -> list[tuple[str, str, str]]:
    """Name, summary and response of texts that could stand under any ticket."""
    return [(r["name"], r["summary"], r["response"]) for r in _HOSTILE["templates"]]


def dumps() -> Iterator[Reply]:
    """Keywords and synonyms in rows, with and without something around them."""
    everywhere = [(_plain_keywords(case), _phrases(case)) for case in CASES.values()]
    all_words = [
        [word for words in column for word in words]
        for column in zip(*(keywords for keywords, _ in everywhere), strict=True)
    ]
    for ticket, case in CASES.items():
        (notes, letters), (slots, acts) = _plain_keywords(case), _phrases(case)
        greeting = "Thank you for writing to us about this, we will look at it. "
        for name, summary, response in (
            ("keywords", ", ".join(notes), ", ".join(letters)),
            ("spaced keywords", " ".join(notes), " ".join(letters)),
            ("greeted keywords", ", ".join(notes), greeting + ", ".join(letters)),
            ("keywords as lines", "\n- ".join(notes), "\n- ".join(letters)),
            ("one phrase each", _firsts(slots), _firsts(acts)),
            ("all phrases", _all(slots), _all(acts)),
            ("keywords in sentences", _framed(notes), _framed(letters)),
            ("phrases in sentences", *map(_framed, map(_each_first, (slots, acts)))),
            ("all tickets' keywords", *map(", ".join, all_words)),
        ):
            yield Reply(name, ticket, summary, response)


def junk() -> Iterator[Reply]:
    """Keywords inside of words that are none."""
    for ticket, case in CASES.items():
        notes, letters = _plain_keywords(case)
        yield Reply(
            "junk",
            ticket,
            "We see the " + " and the ".join(f"x{word}x" for word in notes),
            "We see the " + " and the ".join(f"x{word}x" for word in letters),
        )


def copies() -> Iterator[Reply]:
    """The ticket itself, body or events, in both places."""
    for ticket, case in CASES.items():
        body, events = case.ticket.body, ". ".join(case.ticket.recent_events)
        yield Reply("body", ticket, body, body)
        yield Reply("events", ticket, events, events)
        yield Reply("events and body", ticket, events, f"{body} {events}")


def swapped() -> Iterator[Reply]:
    """The reference texts of every other ticket."""
    for ticket in CASES:
        for other, case in CASES.items():
            if other != ticket:
                gold = case.gold
                texts = gold.reference_summary, gold.reference_response
                yield Reply(f"answer to {other}", ticket, *texts)


def _plain_keywords(case: Case) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return case.gold.summary_keywords, case.gold.response_keywords


def _phrases(case: Case) -> tuple[list[list[str]], list[list[str]]]:
    return _of(case.gold.summary_slots), _of(case.gold.response_acts)


def _of(statements: tuple[Statement, ...]) -> list[list[str]]:
    return [[spoken(phrase) for phrase in s.says] for s in statements]


def _each_first(groups: list[list[str]]) -> list[str]:
    return [group[0] for group in groups]


def _firsts(groups: list[list[str]]) -> str:
    return ", ".join(_each_first(groups))


def _framed(pieces: Iterable[str]) -> str:
    return " ".join(f"It is about the {piece}." for piece in pieces)


def _all(groups: list[list[str]]) -> str:
    return ", ".join(phrase for group in groups for phrase in group)
