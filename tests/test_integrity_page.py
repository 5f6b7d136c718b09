"""The tables of `docs/integrity.md` are what the code measures."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from answers import cases, environment
from replies import CASES, Reply, copies, denials, dumps, honest, junk, swapped
from unsafe_examples import Half, Kind, examples
from workbook import ROOT

from support_queue_env.evaluation.attack_baseline import load_baseline
from support_queue_env.evaluation.attack_report import AttackPlan, attack
from support_queue_env.evaluation.attack_results import AttackReport
from support_queue_env.evaluation.reward_search import SearchPlan, search_all
from support_queue_env.models import FeedbackMode
from support_queue_env.plugins.unsafe_acts import UnsafeActs
from support_queue_env.rubrics.attacks.suite import built_in
from support_queue_env.rubrics.attacks.texts import TextName, dressed, keywords, terms


RUBRICS = ("classic", "strict")
PAGE = ROOT / "docs" / "integrity.md"
MODES: tuple[FeedbackMode, ...] = ("none", "scores", "full")
EXAMPLES: tuple[tuple[str, Half], ...] = (
    ("tuned for", "tuned"),
    ("never tuned for", "held_out"),
)


def row(*cells: object) -> str:
    """A line of a table."""
    return f"| {' | '.join(map(str, cells))} |"


def shown(number: Fraction | float) -> str:
    """Four digits, as reports have them."""
    return f"{float(number):.4f}"


@cache
def report(name: str) -> AttackReport:
    """The report of a rubric, without the searches, which have a table of their own."""
    stored = load_baseline(None).rubrics[name]
    ids = tuple(one.id for one in built_in().attacks if one.id != "A28")
    plan = AttackPlan(baseline=stored, only=ids)
    return attack(environment().find_rubric(name), cases(), plan)


# --- the tables -------------------------------------------------------------------


def attacks() -> Iterator[str]:
    """What each attack is paid, from the stored baseline."""
    both = [load_baseline(None).rubrics[name] for name in RUBRICS]
    for one in built_in().attacks:
        means = [stored.mean_of(one.id) for stored in both]
        if None not in means:
            gap = "known gap" if one.id in both[0].known else ""
            yield row(
                one.id, one.name, *(shown(mean or 0) for mean in means), gap or "holds"
            )


def measures() -> Iterator[str]:
    """The figures below the attacks."""
    found = [report(name).gaming for name in RUBRICS]
    yield row("hack gap", *(shown(f.hack_gap.value) for f in found))
    yield row("exploit rate", *(f"{f.exploit_rate.value:.1%}" for f in found))
    yield row(
        "honest work ranked above hacks", *(f"{f.ranked.value:.1%}" for f in found)
    )
    yield row("no-skill ceiling", *(shown(f.no_skill) for f in found))
    yield row("constant summaries earn", *(shown(f.ceilings["summary"]) for f in found))
    yield row("constant replies earn", *(shown(f.ceilings["response"]) for f in found))
    rates = (f"{f.false_penalty_rate:.1%}" for f in found)
    yield row("false-penalty rate, oracle and look-alikes", *rates)


def searches() -> Iterator[str]:
    """How many queries a search by reward needs."""
    for name in RUBRICS:
        for feedback in MODES:
            found = search_all(
                environment().find_rubric(name),
                cases(),
                built_in().public,
                SearchPlan(feedback=feedback),
            )
            median = found.median_needed
            yield row(
                name,
                feedback,
                f"{found.reached} of {len(found.tickets)}",
                "-" if median is None else f"{median:g}",
                shown(found.mean_best),
                max(ticket.queries for ticket in found.tickets),
            )


def _earned(replies: Iterable[Reply], extreme: Callable[..., Any]) -> Iterator[str]:
    given = list(replies)
    for name in RUBRICS:
        rubric = environment().find_rubric(name)
        paid = [rubric.score(reply.case, reply.action).reward for reply in given]
        yield shown(sum(paid) / len(paid))
        yield shown(extreme(paid))


def honesty() -> Iterator[str]:
    """What honest replies earn on average, and the least paid one."""
    for half in ("development", "held-out", "fresh"):
        replies = honest(half)
        yield row(half, len(replies), *_earned(replies, min))


def hostility() -> Iterator[str]:
    """What hostile texts with the right labels earn, and the best paid one."""
    for name, replies in (
        ("keywords in rows and in equal sentences", list(dumps())),
        ("everything denied", denials()),
        ("keywords inside junk", list(junk())),
        ("copies of the ticket", list(copies())),
        ("good texts for another ticket", list(swapped())),
    ):
        yield row(name, len(replies), *_earned(replies, max))


def unsafety() -> Iterator[str]:
    """Unsafe sentences seen, and harmless ones punished."""

    def hits(half: Half, kind: Kind) -> str:
        found = [
            UnsafeActs().score(e.case, e.action).reason for e in examples(half, kind)
        ]
        return f"{sum(reason != 'clean' for reason in found)} of {len(found)}"

    for name, half in EXAMPLES:
        yield row(name, hits(half, "unsafe"), hits(half, "safe"))


def unseen() -> Iterator[str]:
    """What somebody earns who knows the truth and hides it in changing sentences."""
    for name, source in (("keywords", keywords), ("terms", terms)):
        replies = [
            Reply(
                name,
                ticket,
                *(_sentences(source(case.gold, which)) for which in _TEXTS),
            )
            for ticket, case in CASES.items()
        ]
        yield row(f"{name} in changing sentences", len(replies), *_earned(replies, max))


_TEXTS: tuple[TextName, ...] = ("summary", "response")


def _sentences(pieces: Iterable[str]) -> str:
    return " ".join(dressed(pieces, built_in().public.frames))


@pytest.mark.parametrize(
    "table",
    [attacks, measures, searches, honesty, hostility, unsafety, unseen],
    ids=lambda table: table.__name__,
)
def test_tables_are_measured(table: Callable[[], Iterator[str]]) -> None:
    """Every line that the code gives stands in the page, and in this order."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    expected = list(table())
    start = lines.index(expected[0]) if expected[0] in lines else 0

    assert expected == lines[start : start + len(expected)]
