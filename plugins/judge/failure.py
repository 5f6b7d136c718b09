"""Why a judge gave no score: a code each, and whether the endpoint is to blame."""

from typing import Literal


FailureCode = Literal[
    "judge_timeout",
    "judge_unreachable",
    "judge_refused",
    "judge_overloaded",
    "judge_error",
    "judge_malformed",
    "judge_truncated",
    "judge_declined",
    "judge_disagreement",
    "judge_unavailable",
]


class JudgeFailure(Exception):
    """No score, and why, in our own words: nothing that the endpoint sent is quoted.

    `down` says that the endpoint itself failed. What the text under judgement could
    have brought about, such as a judge that answers with prose, is no sign of that:
    otherwise one hostile reply could stop the judging of all others.
    """

    def __init__(self, code: FailureCode, why: str, *, down: bool = False) -> None:
        self.code = code
        self.why = why
        self.down = down
        super().__init__(f"{code}: {why}")
