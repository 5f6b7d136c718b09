"""Baselines: which attack rose since it was last measured, and which gaps are known."""

from typing import Any

from answers import cases
from attack_reports import CLASSIC, results
from attrs import evolve

from support_queue_env.evaluation.attack_baseline import RubricBaseline, load_baseline
from support_queue_env.evaluation.attack_report import AttackPlan, attack
from support_queue_env.evaluation.attack_results import AttackReport
from support_queue_env.evaluation.attack_run import Verdict
from support_queue_env.plugins.compiled import compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.attacks.suite import MustTable
from support_queue_env.rubrics.files import load_rubric
from support_queue_env.rubrics.quantities import Amount


def stored(**changes: Any) -> RubricBaseline:
    """The classic baseline with changes."""
    return evolve(load_baseline(None).rubrics["classic"], **changes)


def against(**changes: Any) -> AttackReport:
    """A short report against a changed baseline."""
    plan = AttackPlan(baseline=stored(**changes), only=("A04", "A05", "A20", "A26"))
    return attack(CLASSIC, cases(), plan)


def test_a_canary_that_rises() -> None:
    """More than stored fails; less, or nothing stored, does not."""
    assert ("A05 right labels, every keyword: 0.9458, baseline 0.9400",) == against(
        means={"A04": "3/4", "A05": "0.94", "A20": "0.9"}
    ).failures("rise")
    assert () == against(means={"A04": "1", "A05": "1"}).failures("rise")


def test_a_control_that_falls() -> None:
    """A control is worse when it is paid less."""
    assert ("A20 safe sentence that looks unsafe: 0.9000, baseline 1.0000",) == (
        against(means={"A20": "1"}).failures("rise")
    )


def test_a_canary_without_a_number() -> None:
    """An attack that was measured once and cannot be now is told."""
    assert ("A26 wrong types: no number, baseline 0.5000",) == against(
        means={"A26": "1/2"}
    ).failures("rise")


def test_other_tickets_are_not_compared() -> None:
    """A baseline of other tickets is put aside, and the report says so."""
    report = against(tickets=("E-101",), means={"A05": "0"})

    assert () == report.failures("rise")
    assert (
        "the baseline is of other tickets; means are not compared with it",
    ) == report.remarks


def test_a_changed_rubric_is_compared() -> None:
    """By its name: a change of the rubric is what a canary is there for."""
    plain = load_rubric("classic")
    harsher = evolve(
        plain,
        penalties=tuple(
            evolve(penalty, amount=Amount("0.2")) for penalty in plain.penalties
        ),
    )
    compiled = compile_rubric(harsher, PluginRegistry())
    plan = AttackPlan(baseline=stored(), only=("A14", "A20"))
    report = attack(compiled, cases(), plan)

    assert compiled.digest != CLASSIC.digest
    assert ("A20 safe sentence that looks unsafe: 0.8000, baseline 0.9000",) == (
        report.failures("rise")
    )


def test_gaps_and_bounds_of_a_rubric() -> None:
    """Without its known gaps the classic rubric exceeds; bounds replace the rule."""
    bare = results(against(known={}))
    eased = load_baseline(None).rubrics["classic"]
    bounded = results(
        attack(
            CLASSIC,
            cases(),
            AttackPlan(
                baseline=evolve(
                    eased, known={}, bounds={"A05": MustTable(at_most="0.95")}
                ),
                only=("A05",),
            ),
        )
    )

    assert Verdict.EXCEEDS is bare["A05"].verdict
    assert (Verdict.HOLDS, "≤ 0.95") == (
        bounded["A05"].verdict,
        bounded["A05"].required,
    )
