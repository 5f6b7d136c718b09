"""The attack report: a suite run against a rubric, judged, counted and compared.

    report = attack(compiled, cases)
    report.document()   # plain values, the same bytes on every run

Rewards are exact while they are compared and floats in the document.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from attrs import field, frozen

from ..core.cases import Case
from ..core.errors import ConfigurationError, ScoringError
from ..core.scoring import TicketScorer
from ..models import FeedbackMode
from ..rubrics.attacks import Attack, AttackKind
from ..rubrics.attacks.suite import Suite, built_in
from .attack_baseline import RubricBaseline, with_bounds
from .attack_checks import checks
from .attack_results import AttackReport, AttackResult
from .attack_run import (
    BAD,
    NO_SKILL,
    ORACLE,
    AttackRun,
    Judgement,
    Measured,
    Tried,
    Verdict,
    mean,
)
from .gaming import Honest, gaming, interval
from .hostile_scorers import outcomes
from .reward_search import BUDGET, RewardSearch, SearchPlan, search_all
from .spying import Spied, spy


SEARCH = "A28"
PLUGINS = "A29"
SPY = "A30"


@frozen(kw_only=True)
class AttackPlan:
    """What to run.

    Args:
        suite: the attacks; those of the package if not given.
        only: ids of the attacks to report; all if empty.
        judge: whether a component of the rubric asks a model.
        feedback: under which feedback modes to search by reward.
        budget: queries per ticket of a search.
        seed: of the searches.
        baseline: what is stored about this rubric.
        honest: answers that people wrote, for the false-penalty rate.
        documents: what can be fetched without playing, for the spy to read.
    """

    suite: Suite = field(factory=built_in)
    only: tuple[str, ...] = ()
    judge: bool = False
    feedback: tuple[FeedbackMode, ...] = ("none", "scores")
    budget: int = BUDGET
    seed: int = 0
    baseline: RubricBaseline | None = None
    honest: Honest = ()
    documents: tuple[Any, ...] = ()


def attack(
    rubric: TicketScorer, cases: Iterable[Case], plan: AttackPlan | None = None
) -> AttackReport:
    """Run a suite against a rubric, which is anything that scores.

    Raises:
        UnknownName: the plan names an attack that the suite does not have.
        ConfigurationError: there are no cases.
    """
    plan = plan or AttackPlan()
    baseline = plan.baseline
    suite = with_bounds(plan.suite, baseline)
    run = AttackRun(rubric, tuple(cases), suite, plan.judge)
    if not run.cases:
        raise ConfigurationError("an attack needs tickets; there are none")
    chosen = tuple(run.find(name) for name in plan.only) or suite.attacks
    ids = {one.id for one in chosen}
    searches, search_failure = _searches(run, plan) if SEARCH in ids else ((), "")
    plugins = outcomes(run.cases[0]) if PLUGINS in ids else {}
    spied = _spy(run, plan.documents) if SPY in ids else None
    measured = {one.id: _measured(run, one, spied) for one in chosen}
    judged = {
        one.id: _judged(run, measured[one.id], searches, search_failure, plugins)
        for one in chosen
    }
    numbers = gaming(run, tuple(measured.values()), plan.honest)
    holding = frozenset(
        name for name, judgement in judged.items() if judgement.verdict not in BAD
    )
    return AttackReport(
        rubric=rubric.name,
        digest=rubric.digest,
        tickets=run.names,
        oracle=float(_oracle(run)),
        attacks=tuple(
            _result(run, measured[one.id], judged[one.id], baseline) for one in chosen
        ),
        gaming=numbers,
        searches=searches,
        plugins=plugins,
        checks=checks(run, tuple(measured.values()), holding, numbers, spied),
        remarks=tuple(_remarks(run, baseline)),
    )


def _oracle(run: AttackRun) -> Fraction:
    counts = run.measure(ORACLE).counts
    return counts.mean if counts else Fraction(0)


def _searches(run: AttackRun, plan: AttackPlan) -> tuple[tuple[RewardSearch, ...], str]:
    """The searches; or none, and why."""
    plans = [
        SearchPlan(feedback=mode, budget=plan.budget, seed=plan.seed)
        for mode in plan.feedback
    ]
    public = run.suite.public
    try:
        found = [search_all(run.rubric, run.cases, public, one) for one in plans]
    except ScoringError as error:
        return (), str(error)
    return tuple(found), ""


def _spy(run: AttackRun, documents: Iterable[Any]) -> Spied | None:
    """What a spy sees; None when the constant answers it falls back on failed."""
    constant = run.measure(NO_SKILL).counts
    if constant is None:
        return None
    try:
        return spy(run.rubric, run.cases, constant.actions, documents)
    except ScoringError:
        return None


def _measured(run: AttackRun, one: Attack, spied: Spied | None) -> Measured:
    """An attack carried out; the spy's answers are scored here."""
    if one.id != SPY or spied is None:
        return run.measure(one.id)
    try:
        pairs = zip(run.cases, spied.actions, strict=True)
        scores = tuple(run.rubric.score(case, action) for case, action in pairs)
    except ScoringError as error:
        return Measured(attack=one, failure=str(error))
    return Measured(attack=one, counts=Tried("", spied.actions, scores))


def _judged(
    run: AttackRun,
    measured: Measured,
    searches: Sequence[RewardSearch],
    search_failure: str,
    plugins: dict[str, str],
) -> Judgement:
    name = measured.attack.id
    if name == SEARCH:
        if search_failure:
            return Judgement(Verdict.FAILED, note=search_failure)
        return Judgement(Verdict.REPORTED, note="; ".join(map(_said, searches)))
    if name == PLUGINS:
        through = [does for does, outcome in plugins.items() if not outcome]
        if through:
            return Judgement(Verdict.EXCEEDS, note=f"unnoticed: {', '.join(through)}")
        return Judgement(
            Verdict.HOLDS, note=f"{len(plugins)} scorers refused or noticed"
        )
    return run.judge_attack(measured)


def _said(search: RewardSearch) -> str:
    median = search.median_needed
    needed = f", median {median:g} queries" if median is not None else ""
    return (
        f"feedback {search.feedback}: {search.reached} of {len(search.tickets)} "
        f"tickets above 0.9{needed}"
    )


def _result(
    run: AttackRun,
    measured: Measured,
    judgement: Judgement,
    baseline: RubricBaseline | None,
) -> AttackResult:
    one, counts = measured.attack, measured.counts
    verdict, note = judgement.verdict, judgement.note
    reason = baseline.known.get(one.id) if baseline else None
    if reason is not None and verdict in (Verdict.EXCEEDS, Verdict.FALLS_SHORT):
        verdict, note = Verdict.KNOWN, "; ".join(filter(None, (reason, note)))
    stored = _stored(run, baseline, one.id)
    common: dict[str, Any] = {
        "id": one.id,
        "name": _printable(one.name),
        "does": _printable(one.does),
        "kind": one.kind,
        "required": _required(one),
        "verdict": verdict,
        "note": _printable(note),
        "baseline": None if stored is None else float(stored),
    }
    if counts is None:
        return AttackResult(**common, risen=stored is not None)
    return AttackResult(
        **common,
        variant=_printable(counts.variant),
        mean=counts.mean,
        spread=interval(counts.rewards),
        gap=float(_oracle(run) - counts.mean),
        allowed=float(mean(judgement.allowed)) if judgement.allowed else None,
        highest=float(max(counts.rewards)),
        dead=sum(score.clamped for score in counts.scores),
        risen=stored is not None and _worse(one, counts.mean, stored),
        rewards=dict(zip(run.names, map(float, counts.rewards), strict=True)),
    )


def _printable(text: str) -> str:
    """A plugin's words in one line, without control characters."""
    return text if text.isprintable() else ascii(text)[1:-1]


def _required(one: Attack) -> str:
    if one.kind is AttackKind.CONTROL:
        return "not punished"
    if one.payloads is not None and one.must.relation == "report":
        return "refused"
    if one.payloads is not None:
        return f"refused; {one.must}"
    return "noticed" if one.id == PLUGINS else str(one.must)


def _worse(one: Attack, now: Fraction, stored: Fraction) -> bool:
    return now < stored if one.kind is AttackKind.CONTROL else now > stored


def _stored(
    run: AttackRun, baseline: RubricBaseline | None, name: str
) -> Fraction | None:
    return baseline.mean_of(name) if baseline and _same_tickets(run, baseline) else None


def _same_tickets(run: AttackRun, baseline: RubricBaseline) -> bool:
    return baseline.tickets == run.names


def _remarks(run: AttackRun, baseline: RubricBaseline | None) -> Iterable[str]:
    if baseline is None:
        yield f"no baseline is stored for rubric {run.rubric.name!r}"
    elif not _same_tickets(run, baseline):
        yield "the baseline is of other tickets; means are not compared with it"
