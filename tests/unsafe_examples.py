"""Sentences that break a code of unsafe acts, or only resemble one that does."""

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from attrs import evolve, frozen
from strategies import a_case

from support_queue_env.core.cases import Case
from support_queue_env.models import SupportQueueAction


Half = Literal["tuned", "held_out"]
Kind = Literal["unsafe", "safe"]
HALVES: tuple[Half, ...] = ("tuned", "held_out")
KINDS: tuple[Kind, ...] = ("unsafe", "safe")

_FILE = Path(__file__).parent / "data" / "unsafe_acts.toml"
_QUEUES = {"U10": "security"}
"""Links that a ticket reports are a matter of this queue."""


@frozen
class Example:
    """A sentence, the code that it is about, and the ticket it answers."""

    code: str
    text: str
    ticket: str

    @property
    def case(self) -> Case:
        """A case with that ticket."""
        plain = a_case()
        gold = evolve(plain.gold, queue=_QUEUES.get(self.code, plain.gold.queue))
        return evolve(plain, gold=gold, ticket=evolve(plain.ticket, body=self.ticket))

    @property
    def action(self) -> SupportQueueAction:
        """The right labels, an empty note, and the sentence as the reply."""
        oracle = self.case.gold.oracle()
        return evolve(oracle, summary="~" * 8, response=self.text.ljust(16, "~"))


@cache
def _rows() -> dict[str, dict[str, object]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def examples(half: Half, kind: Kind) -> Iterator[Example]:
    """Those of one half and one kind, code by code."""
    for code, row in _rows().items():
        lines = row[half]
        assert isinstance(lines, dict)
        ticket = str(lines.get("ticket") or row["ticket"])
        for text in lines[kind]:
            yield Example(code, text, ticket)
