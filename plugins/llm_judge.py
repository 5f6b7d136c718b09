"""A language model's opinion on a text, for what no rule can see."""

import asyncio
import os
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from attrs import field, frozen
from msgspec import Meta

from ..constraints import NOT_BLANK, check_limits
from . import Case, Credit, Score, SupportQueueAction, Unscored, hookimpl
from .judge.agreement import Agreement
from .judge.failure import JudgeFailure
from .judge.panel import Panel, Sample
from .judge.prompt import Question
from .judge.settings import JudgeSettings, read_settings
from .judge.usage import JudgeUsage, Tokens


_TWO_THIRDS = Credit("2/3")
_A_QUARTER = Credit("1/4")


@frozen(field_transformer=check_limits)
class LlmJudge:
    """How well the text does what `question` asks, in the opinion of a model.

    Address and key of the model's endpoint come from environment variables when the
    scorer is built (`judge/settings.py`). `model`, if empty, is filled in from them
    too, so that it stands in the rubric's digest; the address does not, since the
    same model may be reached by many ways, and the key never leaves the settings.

    With several `samples` the score is their median, if a share of `agreement` of
    them lies within `tolerance` of it. All of them have `timeout` seconds together.

    Raises:
        ConfigurationError: no key or model is set, or a variable breaks its rule.
    """

    name: ClassVar[str] = "llm-judge"
    version: ClassVar[int] = 1
    judge: ClassVar[bool] = True
    pure: ClassVar[bool] = False
    reads: ClassVar[tuple[str, ...]] = ("ticket", "action.summary", "action.response")

    question: Annotated[str, Meta(min_length=8, max_length=1000, pattern=NOT_BLANK)]
    text: Literal["summary", "response", "both"] = "response"
    model: Annotated[str, Meta(max_length=200)] = ""
    samples: Annotated[int, Meta(ge=1, le=9)] = 1
    agreement: Credit = _TWO_THIRDS
    tolerance: Credit = _A_QUARTER
    timeout: Annotated[float, Meta(gt=0, le=60)] = 8.0
    _settings: JudgeSettings = field(init=False, repr=False, eq=False)
    _panel: Panel = field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        settings = read_settings(os.environ, self.model)
        object.__setattr__(self, "model", settings.model)
        object.__setattr__(self, "_settings", settings)
        object.__setattr__(self, "_panel", Panel(settings, self.samples))

    @property
    def usage(self) -> JudgeUsage:
        """Requests, tokens and cost since the scorer was built."""
        return self._panel.usage

    @property
    def resting(self) -> bool:
        """Whether the endpoint is left alone now, because it kept failing."""
        return self._panel.resting

    @hookimpl
    async def score(self, case: Case, action: SupportQueueAction) -> Score | Unscored:
        """Ask the model; whatever goes wrong at its end is `Unscored`."""
        deadline = asyncio.get_running_loop().time() + self.timeout
        question = Question(
            question=self.question, ticket=case.ticket, texts=self._texts(action)
        )
        agreement = Agreement(self.agreement.value, self.tolerance.value)
        try:
            samples = await self._panel.samples(question, deadline)
            verdict = agreement.settle([sample.verdict for sample in samples])
        except JudgeFailure as failure:
            return Unscored(failure.code, failure.why)
        told = f"{self._told(verdict.score, samples)}: {verdict.reason}"
        return Score(verdict.score, "judged", told)

    def _texts(self, action: SupportQueueAction) -> tuple[tuple[str, str], ...]:
        texts = {"summary": action.summary, "response": action.response}
        return tuple((k, t) for k, t in texts.items() if self.text in {k, "both"})

    def _told(self, score: object, samples: Sequence[Sample]) -> str:
        """`4/5 by 1 sample of gpt-x, 412+37 tokens, 0.0004 USD`."""
        number = "1 sample" if len(samples) == 1 else f"{len(samples)} samples"
        told = f"{score} by {number} of {self.model}"
        new = [sample.tokens for sample in samples if not sample.remembered]
        if remembered := len(samples) - len(new):
            told += f", {remembered} of them remembered"
        known = [tokens for tokens in new if tokens is not None]
        if known:
            told += f", {sum(known, Tokens()).told(self._settings.prices)}"
        return told


@hookimpl
def register_scorers() -> list[type[LlmJudge]]:
    """Offer the scorer of this file."""
    return [LlmJudge]
