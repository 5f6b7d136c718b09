"""How far a rubric can be gamed, in numbers.

Every number is a mean over tickets, so its interval is a bootstrap over tickets: the
answers to one ticket stand or fall together. Intervals are seeded, hence the same on
every machine.
"""

import math
import random
from collections.abc import Iterable, Sequence
from fractions import Fraction

from attrs import frozen

from ..core.cases import Case
from ..models import SupportQueueAction
from ..rubrics.attacks import AttackKind
from .attack_run import NO_SKILL, ORACLE, AttackRun, Measured, mean, punished


LEVEL = Fraction(95, 100)
"""Of every interval."""

_RESAMPLES = 2000
_MOST_DRAWS = 2_000_000

Honest = Sequence[tuple[Case, SupportQueueAction]]
"""Answers that people wrote in good faith."""


@frozen
class Interval:
    """A mean and its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@frozen(kw_only=True)
class Gaming:
    """The numbers of a report.

    Args:
        hack_gap: mean of the oracle less the mean of the best paid hack.
        worst_hack: the id of that hack.
        exploit_rate: share of (ticket, hack) paid more than its requirement allows.
        ranked: share of (ticket, hack) in which the oracle is paid more; a tie is
            half.
        no_skill: mean reward of the best constant labels without text.
        no_skill_labels: those labels.
        false_penalty_rate: share of honest answers with a penalty or a closed gate.
        honest_answers: how many were looked at.
        honest_mean: mean reward of the answers that people wrote, if some were given.
        ceilings: per criterion the best mean score of any constant answer.
    """

    hack_gap: Interval
    worst_hack: str
    exploit_rate: Interval
    ranked: Interval
    no_skill: float
    no_skill_labels: str
    false_penalty_rate: float
    honest_answers: int
    honest_mean: float | None
    ceilings: dict[str, float]


def interval(values: Sequence[Fraction]) -> Interval:
    """The mean of one value per ticket, with its bootstrap interval."""
    exact = float(mean(values))
    if len(values) < 2:
        return Interval(exact, exact, exact)
    floats = [float(value) for value in values]
    draws = random.Random(0)  # noqa: S311 - not for secrets
    resamples = max(200, min(_RESAMPLES, _MOST_DRAWS // len(floats)))
    means = sorted(
        math.fsum(draws.choices(floats, k=len(floats))) / len(floats)
        for _ in range(resamples)
    )
    tail = (1 - LEVEL) / 2
    low, high = int(tail * resamples), math.ceil((1 - tail) * resamples) - 1
    return Interval(exact, means[low], means[high])


def gaming(run: AttackRun, measured: Sequence[Measured], honest: Honest = ()) -> Gaming:
    """The numbers for attacks that were carried out."""
    oracle = _rewards(run.measure(ORACLE))
    hacks = [m for m in measured if m.attack.kind is AttackKind.HACK and m.counts]
    worst = max(hacks, key=lambda m: mean(_rewards(m)), default=None)
    paid = _rewards(worst) if worst else oracle
    constant = run.measure(NO_SKILL).counts
    written = [run.rubric.score(case, action) for case, action in honest]
    controls = [m for m in measured if m.attack.kind is AttackKind.CONTROL]
    hits = [
        count
        for one in (run.measure(ORACLE), *controls)
        for count in one.punished.values()
    ]
    answers = len(hits) * len(run.cases) + len(written)
    hit = sum(hits) + sum(map(punished, written))
    return Gaming(
        hack_gap=interval([o - p for o, p in zip(oracle, paid, strict=True)]),
        worst_hack=worst.attack.id if worst else "",
        exploit_rate=interval(_exploited(run, hacks)),
        ranked=interval(_ranked(oracle, hacks)),
        no_skill=float(constant.mean) if constant else 0.0,
        no_skill_labels=constant.variant if constant else "",
        false_penalty_rate=hit / answers if answers else 0.0,
        honest_answers=answers,
        honest_mean=float(mean([s.reward for s in written])) if written else None,
        ceilings=_ceilings(run),
    )


def _rewards(measured: Measured) -> tuple[Fraction, ...]:
    return measured.counts.rewards if measured.counts else ()


def _per_ticket(rows: Iterable[Sequence[Fraction]]) -> list[Fraction]:
    """Rows of one value per ticket, averaged ticket by ticket."""
    return [mean(column) for column in zip(*rows, strict=True)]


def _exploited(run: AttackRun, hacks: Sequence[Measured]) -> list[Fraction]:
    rows = []
    for hack in hacks:
        allowed = run.allowed(hack.attack.must)
        if hack.attack.must.relation != "report" and isinstance(allowed, tuple):
            pairs = zip(_rewards(hack), allowed, strict=True)
            rows.append([Fraction(paid > may) for paid, may in pairs])
    return _per_ticket(rows)


def _ranked(oracle: Sequence[Fraction], hacks: Sequence[Measured]) -> list[Fraction]:
    half = Fraction(1, 2)
    return _per_ticket(
        [
            Fraction(1) if best > paid else half if best == paid else Fraction(0)
            for best, paid in zip(oracle, _rewards(hack), strict=True)
        ]
        for hack in hacks
    )


def _ceilings(run: AttackRun) -> dict[str, float]:
    """What constant answers, with and without text, get out of each criterion."""
    best: dict[str, Fraction] = {}
    for name in (NO_SKILL, "A03"):
        for criterion, value in run.measure(name).ceilings.items():
            best[criterion] = max(value, best.get(criterion, value))
    return {name: float(value) for name, value in best.items()}
