"""What the measurements say under the check ids of OpenEnv's RFC 008.

Its reference implementation leaves these checks out so far; the ids make a report of
ours readable to whoever knows the list.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

from attrs import frozen

from ..core.errors import ScoringError
from ..core.scoring import ComponentKind, TicketScore
from ..rubrics.attacks import AttackKind
from .attack_run import NOTHING, ORACLE, AttackRun, Measured, Tried
from .gaming import Gaming
from .spying import Spied


MARGIN = Fraction(4, 10)
"""The least distance from the floor to the full reward; `openenv.yaml` declares it."""

RANKED = 0.95
"""The least share of (ticket, hack) in which honest work must be paid more."""

_THREADS = 4


@frozen
class Check:
    """A check id, whether it passed (None: it was not possible), and the evidence."""

    id: str
    passed: bool | None
    evidence: str


def checks(
    run: AttackRun,
    measured: Sequence[Measured],
    holding: frozenset[str],
    numbers: Gaming,
    spied: Spied | None,
) -> tuple[Check, ...]:
    """Every check.

    Args:
        run: the attacks as carried out.
        measured: those that the report is about.
        holding: the ids of attacks whose requirement holds.
        numbers: of the report.
        spied: what A30 saw, if it ran.
    """
    return (
        _oracle_max(run),
        _floor_gap(run),
        _canary_floor(measured),
        _determinism(run, measured),
        _no_leakage(spied),
        _introspectable(run),
        _attribution(run, measured),
        _adversarial_floor(measured, holding),
        _gameability(numbers),
    )


def _oracle_max(run: AttackRun) -> Check:
    name = "semantic.oracle_max"
    oracle = run.measure(ORACLE)
    if oracle.counts is None:
        return Check(name, False, oracle.failure)
    pairs = zip(run.cases, oracle.counts.rewards, strict=True)
    less = [f"{c.ticket.ticket_id} {float(paid):.4f}" for c, paid in pairs if paid != 1]
    if less:
        return Check(name, False, f"the oracle earns less than 1 on {', '.join(less)}")
    return Check(name, True, f"the oracle earns 1 on all {len(run.cases)} tickets")


def _floor_gap(run: AttackRun) -> Check:
    name = "semantic.floor_gap"
    oracle, nothing = run.measure(ORACLE), run.measure(NOTHING)
    if oracle.counts is None or nothing.counts is None:
        return Check(name, False, oracle.failure or nothing.failure)
    pairs = zip(oracle.counts.rewards, nothing.counts.rewards, strict=True)
    gap = min(best - floor for best, floor in pairs)
    return Check(
        name,
        gap >= MARGIN,
        f"from doing nothing to the oracle {float(gap):.4f} on the closest ticket, "
        f"margin {float(MARGIN):.2f}",
    )


def _canary_floor(measured: Sequence[Measured]) -> Check:
    name = "semantic.canary_floor"
    blind = [m for m in measured if m.attack.blind and m.counts]
    if not blind:
        return Check(name, None, "no attack that reads no ticket was run")
    worst = max(blind, key=_mean)
    return Check(
        name,
        _mean(worst) <= 1 - MARGIN,
        f"of {len(blind)} attacks that read no ticket {worst.attack.id} is paid most, "
        f"{float(_mean(worst)):.4f}; ceiling {float(1 - MARGIN):.2f}",
    )


def _mean(measured: Measured) -> Fraction:
    return measured.counts.mean if measured.counts else Fraction(0)


def _determinism(run: AttackRun, measured: Sequence[Measured]) -> Check:
    name = "semantic.verifier_determinism"
    if run.judge:
        return Check(name, None, "a component asks a model, which may vary")
    tried = [m.counts for m in (run.measure(ORACLE), *measured) if m.counts]
    with ThreadPoolExecutor(_THREADS) as pool:
        again = list(pool.map(lambda one: _again(run, one), reversed(tried)))
    different = again.count(False)
    answers = len(tried) * len(run.cases)
    if different:
        return Check(name, False, f"{different} attacks were scored differently again")
    return Check(
        name,
        True,
        f"{answers} answers scored again, in reverse and in {_THREADS} threads: "
        "equal to the last bit",
    )


def _again(run: AttackRun, tried: Tried) -> bool:
    """Whether scoring in the other direction gives the same scores."""
    rows = list(zip(run.cases, tried.actions, tried.scores, strict=True))
    try:
        return all(
            _essence(run.rubric.score(case, action)) == _essence(score)
            for case, action, score in reversed(rows)
        )
    except ScoringError:
        return False


def _essence(score: TicketScore) -> tuple[object, ...]:
    """A score without the time that it took."""
    return (
        score.reward,
        score.raw,
        tuple((c.name, c.numerator, c.denominator, c.reason) for c in score.components),
    )


def _no_leakage(spied: Spied | None) -> Check:
    name = "semantic.no_solution_leakage"
    if spied is None:
        return Check(name, None, "A30 was not run")
    if spied.labels or spied.leaks:
        found = ", ".join(spied.leaks) or "texts: none"
        return Check(name, False, f"{spied.labels} labels seen before grading; {found}")
    return Check(
        name,
        True,
        f"no label and no text of the truth in {spied.documents} documents "
        "that are sent before grading",
    )


def _introspectable(run: AttackRun) -> Check:
    name = "runtime.rubric_introspectable"
    weights = run.rubric.weights
    problems = []
    counts = run.measure(ORACLE).counts
    seen = {
        component.name
        for score in (counts.scores if counts else ())
        for component in score.components
        if component.terms.kind is not ComponentKind.GATE
    }
    if missing := sorted(seen - set(weights)):
        problems.append(f"no weight for {', '.join(missing)}")
    if not weights:
        problems.append("it names no component")
    if len(run.rubric.digest) != 64:
        problems.append("it has no digest")
    if problems:
        return Check(name, False, "; ".join(problems))
    listed = ", ".join(f"{key} {weight:g}" for key, weight in weights.items())
    return Check(name, True, f"{listed}; digest {run.rubric.digest[:12]}")


def _attribution(run: AttackRun, measured: Sequence[Measured]) -> Check:
    name = "runtime.reward_attribution"
    scores = [
        score
        for one in (run.measure(ORACLE), *measured)
        if one.counts
        for score in one.counts.scores
    ]
    wrong = sum(any(_misattributed(score)) for score in scores)
    if wrong:
        return Check(name, False, f"{wrong} of {len(scores)} rewards do not add up")
    return Check(
        name,
        True,
        f"the points of the components sum exactly to the raw reward in {len(scores)} "
        "scores, and clamp and caps explain the rest",
    )


def _misattributed(score: TicketScore) -> Iterator[bool]:
    """Whether components do not add up, or the reward does not follow from them."""
    points = sum((component.points for component in score.components), Fraction(0))
    caps = [
        component.terms.amount
        for component in score.components
        if component.terms.kind is ComponentKind.GATE and component.numerator
    ]
    yield points != score.raw
    yield min(max(Fraction(0), score.raw), *caps, Fraction(1)) != score.reward
    yield not 0 <= score.reward <= 1


def _adversarial_floor(measured: Sequence[Measured], holding: frozenset[str]) -> Check:
    name = "statistical.adversarial_floor"
    hacks = [m for m in measured if m.attack.kind is AttackKind.HACK and m.counts]
    if not hacks:
        return Check(name, None, "no hack was run")
    over = [m for m in hacks if m.attack.id not in holding]
    if not over:
        return Check(
            name, True, f"all {len(hacks)} hacks stay within what they may earn"
        )
    listed = ", ".join(f"{m.attack.id} {float(_mean(m)):.4f}" for m in over)
    return Check(name, False, f"{len(over)} of {len(hacks)} hacks earn more: {listed}")


def _gameability(numbers: Gaming) -> Check:
    name = "statistical.gameability_gap"
    if not numbers.worst_hack:
        return Check(name, None, "no hack was run")
    ranked = numbers.ranked
    return Check(
        name,
        ranked.value >= RANKED,
        f"honest work is paid more than a hack in {ranked.value:.1%} of pairs on one "
        f"ticket (95 % interval {ranked.low:.1%} to {ranked.high:.1%}), "
        f"bound {RANKED:.0%}; hack gap {numbers.hack_gap.value:.4f}",
    )
