"""Scores and faults as rows of JSON lines."""

from typing import Any, Literal, get_args

from ...core.documents import encode_document
from ...core.records import score_fields
from ...core.scoring import TicketScore
from ...plugins.compiled import CompiledRubric
from .faults import BadRow


Detail = Literal["reward", "scores", "full"]
"""How much a row of results tells; `docs/score.md` has the keys of each."""

DETAILS: tuple[Detail, ...] = get_args(Detail)

_KEYS: dict[Detail, tuple[str, ...]] = {
    "reward": ("raw_reward",),
    "scores": ("raw_reward", "scores"),
    "full": ("raw_reward", "scores", "components", "reasons", "explanations"),
}

_KEPT = 16_384
"""Endings of rows that are remembered; one takes up some 400 bytes."""


class ResultRows:
    """Writes what follows the names in rows of results.

    Scores repeat: a rubric that looks labels up and counts keywords knows a few hundred
    outcomes. What a row says of its score follows from the values of the components, so
    it is encoded once for each outcome. Only rubrics without rubrics in them are
    remembered, and only scores with every component.
    """

    def __init__(self, rubric: CompiledRubric, detail: Detail) -> None:
        self._rubric = rubric
        self._detail = detail
        self._digest = b',"rubric_digest":%b}\n' % encode_document(rubric.digest)
        self._remember = detail != "full" and rubric.rubric.depth == 1
        self._kept: dict[tuple[tuple[int, int], ...], bytes] = {}

    def of_score(self, score: TicketScore) -> bytes:
        """The rest of a row that has a reward."""
        if not self._remember or score.unscored:
            return self._encoded(score)
        outcome = tuple([(c.numerator, c.denominator) for c in score.components])
        kept = self._kept.get(outcome)
        if kept is None:
            kept = self._encoded(score)
            if len(self._kept) < _KEPT:
                self._kept[outcome] = kept
        return kept

    def of_fault(self, fault: BadRow) -> bytes:
        """The rest of a row that has none."""
        error = {"type": fault.type, "message": fault.message}
        return b'"reward":null,"error":%b%b' % (encode_document(error), self._digest)

    def _encoded(self, score: TicketScore) -> bytes:
        told = score_fields(score)
        row: dict[str, Any] = {"reward": told["ticket_reward"]}
        row |= {key: told[key] for key in _KEYS[self._detail]}
        if score.unscored:
            row["unscored"] = told["unscored"]
        return encode_document(row)[1:-1] + self._digest
