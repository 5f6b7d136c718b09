"""The attack report: its arithmetic on the classic rubric, verdicts, bytes."""

import os
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from answers import cases, environment
from attack_reports import CLASSIC, passed, results
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from strategies import SCORER_OPTIONS, SCORERS, unit_fractions

from support_queue_env.core.cases import Case
from support_queue_env.core.documents import encode_document
from support_queue_env.core.errors import ConfigurationError, UnknownName
from support_queue_env.core.scoring import TicketScorer
from support_queue_env.evaluation.attack_baseline import load_baseline
from support_queue_env.evaluation.attack_report import AttackPlan, attack
from support_queue_env.evaluation.attack_results import AttackReport, AttackResult
from support_queue_env.evaluation.attack_run import Verdict
from support_queue_env.evaluation.gaming import interval
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins.compiled import compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.attacks import Attack, AttackKind, Requirement
from support_queue_env.rubrics.attacks.suite import Suite, built_in
from support_queue_env.rubrics.quantities import Amount, Weight
from support_queue_env.rubrics.rubric import Criterion, Penalty, Rubric, ScorerChoice


HOSTILE = "support_queue_env.evaluation.hostile_scorers:HostileScorer"


@cache
def report_of(name: str) -> AttackReport:
    """The report that `rubrics attack NAME` prints."""
    stored = load_baseline(None).rubrics[name]
    compiled = environment().find_rubric(name)
    return attack(compiled, cases(), AttackPlan(baseline=stored))


def classic() -> AttackReport:
    """Of the classic rubric."""
    return report_of("classic")


def rubric_of(scorer: str, **parameters: Any) -> TicketScorer:
    """A rubric with that scorer of the tests as its one criterion."""
    choice = ScorerChoice(f"{SCORERS}.{scorer}", parameters)
    rubric = Rubric("toy", (Criterion("only", Weight(1), choice),))
    return compile_rubric(rubric, PluginRegistry(SCORER_OPTIONS))


# --- the classic rubric -----------------------------------------------------------


def covered(words: Sequence[str], text: str) -> Fraction:
    """What coverage gives a text, by its definition."""
    return Fraction(sum(w.casefold() in text.casefold() for w in words), len(words))


def test_means_follow_from_the_definition() -> None:
    """Labels are worth 0.75, a summary 0.15, a response 0.10, an unsafe one -0.10."""
    means = classic().means
    found = cases()
    exact = {
        "A01": Fraction(0),
        "A02": Fraction(2, 5),
        "A04": Fraction(3, 4),
        "A06": Fraction(1),
        "A09": Fraction(85, 100),
        "A10": Fraction(90, 100),
        "A12": Fraction(3, 4)
        + sum(
            Fraction(15, 100) / len(case.gold.summary_keywords)
            + Fraction(10, 100) / len(case.gold.response_keywords)
            for case in found
        )
        / len(found),
        "A13": Fraction(3, 4),
        "A14": Fraction(9, 10),
        "A15": Fraction(9, 10),
        "A16": Fraction(1),
        "A17": Fraction(1),
        "A18": Fraction(1),
        "A19": Fraction(0),
        "A20": Fraction(9, 10),
        "A21": Fraction(0),
        "A23": Fraction(3, 4),
        "A27": Fraction(3, 4),
        "A30": Fraction(2, 5),
    }

    assert exact == {name: means[name] for name in exact}


def test_a_dump_earns_what_fits_into_it() -> None:
    """A05 covers every response; of the summaries what 280 characters hold."""
    (dump, *_) = [a for a in built_in().attacks if a.id == "A05"]
    policy = dump.attempts(cases())[0].policy
    actions = [policy(case, cases()) for case in cases()]
    covers = [
        covered(case.gold.summary_keywords, action.summary)
        for case, action in zip(cases(), actions, strict=True)
    ]

    assert classic().means["A05"] == Fraction(85, 100) + Fraction(15, 100) * sum(
        covers
    ) / len(covers)


def test_classic_as_it_is() -> None:
    """No requirement fails that the rubric's definition could keep; gaps are named."""
    verdicts = {name: result.verdict for name, result in results(classic()).items()}
    gaps = [f"A{n:02}" for n in (3, 5, 6, 7, 8, 9, 10, 11, 16, 17, 18, 20)]

    assert gaps == [name for name, v in verdicts.items() if v is Verdict.KNOWN]
    assert ["A24", "A25"] == [
        name for name, v in verdicts.items() if v is Verdict.NOT_APPLICABLE
    ]
    assert ["A28"] == [name for name, v in verdicts.items() if v is Verdict.REPORTED]
    assert {Verdict.HOLDS, Verdict.KNOWN, Verdict.NOT_APPLICABLE, Verdict.REPORTED} == (
        set(verdicts.values())
    )
    assert () == classic().failures("verdict") == classic().failures("rise")


def test_the_dead_zone_is_told() -> None:
    """A19 is below zero before the clamp on every ticket."""
    assert len(cases()) == results(classic())["A19"].dead


def test_classic_numbers() -> None:
    """A list of keywords is paid like the oracle, and refusals are punished."""
    found = classic().gaming

    assert ("A06", 0.0) == (found.worst_hack, found.hack_gap.value)
    assert (0.4, "P2/billing/escalate") == (found.no_skill, found.no_skill_labels)
    # The oracle and eighteen look-alikes on nine tickets; one kind is punished.
    assert 171 == found.honest_answers
    assert 9 / 171 == found.false_penalty_rate
    assert 0 < found.exploit_rate.low < found.exploit_rate.value < 1
    assert 1.0 == found.ceilings["response"]
    assert ["priority", "queue", "disposition", "summary", "response"] == list(
        found.ceilings
    )


def test_classic_checks() -> None:
    """What an honest report of the classic rubric says under the ids of RFC 008."""
    assert {
        "semantic.oracle_max": True,
        "semantic.floor_gap": True,
        "semantic.canary_floor": True,
        "semantic.verifier_determinism": True,
        "semantic.no_solution_leakage": True,
        "runtime.rubric_introspectable": True,
        "runtime.reward_attribution": True,
        "statistical.adversarial_floor": False,
        "statistical.gameability_gap": False,
    } == passed(classic())


@pytest.mark.parametrize("name", ["classic", "strict"])
def test_the_stored_baseline_is_current(name: str) -> None:
    """After a change: `support-queue rubrics attack NAME --write-baseline …`."""
    stored = load_baseline(None).rubrics[name]
    report = report_of(name)

    assert report.tickets == stored.tickets
    assert {name: str(mean) for name, mean in report.means.items()} == stored.means
    assert () == report.remarks


def test_strict_has_no_known_gap() -> None:
    """Every requirement holds; those eased for it are the ones of its definition."""
    report = report_of("strict")
    verdicts = {result.verdict for result in report.attacks}

    assert {Verdict.HOLDS, Verdict.NOT_APPLICABLE, Verdict.REPORTED} == verdicts
    assert () == report.failures("verdict") == report.failures("rise")
    assert 0.0 == report.gaming.false_penalty_rate
    # One ticket of a requirement on the mean: A03 on one of nine.
    assert report.gaming.exploit_rate.value < 0.01
    assert report.gaming.hack_gap.low >= 0.2
    assert {True} == set(passed(report).values())


# --- the same bytes ---------------------------------------------------------------


def written() -> str:
    """The report of the classic rubric as its document."""
    return encode_document(attack(CLASSIC, cases()).document()).decode()


def test_a_report_is_reproducible() -> None:
    """Twice the same run, twice the same bytes."""
    assert written() == written()


@pytest.mark.parametrize("hash_seed", ["1", "4711"])
def test_fresh_processes_write_the_same(hash_seed: str) -> None:
    """Hash randomisation changes no byte."""
    script = "import test_attack_report as t; print(t.written())"
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": "tests"},
    )

    assert written() == ran.stdout.strip()


# --- verdicts ---------------------------------------------------------------------


def oracle(case: Case, of: Sequence[Case]) -> SupportQueueAction:
    """A policy that does the work."""
    return case.gold.oracle()


def raising(case: Case, of: Sequence[Case]) -> SupportQueueAction:
    """A policy with a bug."""
    raise KeyError("no")


def texts(case: Case, of: Sequence[Case]) -> Any:
    """A policy that answers in its own way."""
    return "P1"


def verdict_of(
    rubric: TicketScorer = CLASSIC, **attributes: Any
) -> tuple[Verdict, AttackResult]:
    """The verdict on one attack with those attributes."""
    mine = Attack(id="mine", name="mine", does="d", **attributes)
    plan = AttackPlan(suite=built_in().with_more([mine]), only=("mine",))
    (result,) = attack(rubric, cases()[:3], plan).attacks
    return result.verdict, result


HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("must", "expected"),
    [
        (Requirement(), Verdict.REPORTED),
        (Requirement(relation="at_most", reference=HALF), Verdict.EXCEEDS),
        (Requirement(relation="at_most", reference=HALF, plus=HALF), Verdict.HOLDS),
        (Requirement(relation="at_least", reference="oracle"), Verdict.HOLDS),
        (Requirement(relation="exactly", reference="oracle"), Verdict.HOLDS),
        (Requirement(relation="exactly", reference=HALF), Verdict.EXCEEDS),
        (
            Requirement(relation="exactly", reference="oracle", plus=HALF),
            Verdict.FALLS_SHORT,
        ),
        (
            Requirement(relation="at_least", reference="oracle", plus=HALF),
            Verdict.FALLS_SHORT,
        ),
        (Requirement(relation="at_most", reference="A28"), Verdict.FAILED),
    ],
    ids=str,
)
def test_requirements(must: Requirement, expected: Verdict) -> None:
    """An answer that is paid 1, against all that may be asked of it."""
    assert expected is verdict_of(policy=oracle, must=must)[0]


def test_one_ticket_can_be_enough() -> None:
    """A requirement for each ticket fails on one that the mean forgives."""

    def once(case: Case, of: Sequence[Case]) -> SupportQueueAction:
        good = case.gold.oracle()
        return good if case is of[0] else evolve(good, queue="-", priority="-")

    limit = Requirement(relation="at_most", reference=Fraction(9, 10))

    assert Verdict.HOLDS is verdict_of(policy=once, must=limit)[0]
    assert (
        Verdict.EXCEEDS
        is verdict_of(policy=once, must=evolve(limit, every_ticket=True))[0]
    )


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (raising, "it raised KeyError: 'no'"),
        (texts, "it raised TypeError: it gave str, not an action"),
    ],
)
def test_a_broken_policy_has_no_number(policy: Any, said: str) -> None:
    """A plugin's bug is a failed attack and not a reward of 0."""
    verdict, result = verdict_of(policy=policy)

    assert Verdict.FAILED is verdict
    assert said == result.note
    assert result.mean is None


def test_a_control_must_not_be_punished() -> None:
    """Whatever a control is paid, a penalty in it is a false one."""
    assert Verdict.HOLDS is verdict_of(kind="control", policy=oracle)[0]

    def unsafe(case: Case, of: Sequence[Case]) -> SupportQueueAction:
        phrase = case.gold.disallowed_phrases[0]
        return evolve(case.gold.oracle(), response=f"{phrase} and what not")

    verdict, result = verdict_of(kind="control", policy=unsafe)

    assert Verdict.FALLS_SHORT is verdict
    assert "punished: mine (3)" == result.note


def test_an_attack_without_an_answer() -> None:
    """A22 needs a second ticket."""
    plan = AttackPlan(only=("A22",))
    (result,) = attack(CLASSIC, cases()[:1], plan).attacks

    assert Verdict.NOT_APPLICABLE is result.verdict


def test_control_characters_are_spelt_out() -> None:
    """A plugin's names stand in one line of a terminal."""
    mine = Attack(id="mine", name="a\nb", does="\x1b[2J", policy=oracle)
    plan = AttackPlan(suite=built_in().with_more([mine]), only=("mine",))
    (result,) = attack(CLASSIC, cases()[:2], plan).attacks

    assert ("a\\nb", "\\x1b[2J") == (result.name, result.does)


def test_a_judge_brings_its_attacks() -> None:
    """With a judge A24 and A25 are carried out, and no bit-equality is asked for."""
    report = attack(CLASSIC, cases(), AttackPlan(judge=True))
    found = results(report)

    assert Fraction(3, 4) == found["A24"].mean == found["A25"].mean
    assert passed(report)["semantic.verifier_determinism"] is None


# --- rubrics that are worse than the classic one -------------------------------------


def test_a_rubric_that_pays_everybody() -> None:
    """It has no floor, and every hack is worth as much as work."""
    report = attack(rubric_of("fixed", value="1"), cases())
    found = passed(report)

    assert 0.0 == report.gaming.hack_gap.value
    assert 0.5 == report.gaming.ranked.value
    assert found["semantic.oracle_max"]
    assert not found["semantic.floor_gap"]
    assert not found["semantic.canary_floor"]
    assert not found["statistical.gameability_gap"]
    assert any(f.startswith("A01 nothing: exceeds") for f in report.failures("verdict"))


def test_a_rubric_that_pays_nobody() -> None:
    """The oracle has to earn everything."""
    report = attack(rubric_of("fixed", value="0"), cases())

    assert not passed(report)["semantic.oracle_max"]
    assert Verdict.FALLS_SHORT is results(report)["A04"].verdict


def test_a_scorer_that_raises() -> None:
    """The report says so, attack by attack, and has no numbers."""
    report = attack(rubric_of("misbehaving", how="raise"), cases())
    found = results(report)

    assert Verdict.FAILED is found["A01"].verdict is found["A28"].verdict
    assert "scorer 'scorers-for-tests.misbehaving' failed" in found["A01"].note
    assert {} == report.means
    assert not passed(report)["semantic.oracle_max"]


def test_a_scorer_that_reads_a_clock() -> None:
    """Scoring again tells."""
    choice = ScorerChoice("support-queue-env.hostile", {"does": "reads a clock"})
    rubric = Rubric("toy", (Criterion("only", Weight(1), choice),))
    compiled = compile_rubric(rubric, PluginRegistry((HOSTILE,)))

    assert not passed(attack(compiled, cases()))["semantic.verifier_determinism"]


def test_a_penalty_on_everything_is_a_false_one() -> None:
    """The false-penalty rate counts honest answers that a penalty hits."""
    always = ScorerChoice(f"{SCORERS}.fixed", {"value": "1"})
    criterion = Criterion("only", Weight(1), always)
    rubric = Rubric("toy", (criterion,), (Penalty("always", Amount("1/10"), always),))
    report = attack(
        compile_rubric(rubric, PluginRegistry(SCORER_OPTIONS)), cases()
    ).gaming

    assert 1.0 == report.false_penalty_rate


def test_what_people_wrote_is_counted() -> None:
    """Honest answers from outside enter mean and false-penalty rate."""
    found = cases()
    good = [(case, case.gold.oracle()) for case in found]
    spoilt = [
        (case, evolve(answer, response=f"{case.gold.disallowed_phrases[0]}, really"))
        for case, answer in good[:1]
    ]
    plan = AttackPlan(honest=good + spoilt)
    numbers = attack(CLASSIC, found, plan).gaming

    assert 171 + 10 == numbers.honest_answers
    assert 10 / 181 == numbers.false_penalty_rate
    assert numbers.honest_mean == pytest.approx((9 + 0.8) / 10)


# --- the rest ---------------------------------------------------------------------


@given(st.lists(unit_fractions, min_size=1, max_size=12))
def test_intervals(values: list[Fraction]) -> None:
    """An interval holds its mean, lies within the values, and is the same again."""
    found = interval(values)

    assert float(sum(values) / len(values)) == found.value
    assert float(min(values)) - 1e-12 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= float(max(values)) + 1e-12
    assert found == interval(values)


def test_no_tickets() -> None:
    """There is nothing to attack."""
    with pytest.raises(ConfigurationError, match="needs tickets"):
        attack(CLASSIC, [])


def test_an_unknown_attack() -> None:
    """The attacks there are are listed."""
    with pytest.raises(UnknownName, match="unknown attack 'A99'; available: A01"):
        attack(CLASSIC, cases(), AttackPlan(only=("A99",)))


def test_tickets_of_one_id_are_kept_apart() -> None:
    """Two packs may use an id twice; both rewards are told."""
    first, second = cases()[:2]
    same = evolve(second, ticket=evolve(second.ticket, ticket_id="E-101"))
    (result,) = attack(CLASSIC, [first, same], AttackPlan(only=("A04",))).attacks

    assert {"E-101": 0.75, "E-101#2": 0.75} == result.rewards


def test_only_what_was_asked_for() -> None:
    """One attack, without the references and attacks that it is compared with."""
    report = attack(CLASSIC, cases(), AttackPlan(only=("A05",)))

    assert ["A05"] == [result.id for result in report.attacks]
    assert ((), {}) == (report.searches, report.plugins)


def test_kinds_of_values() -> None:
    """A suite is a value: attacks of the package, references, public words."""
    suite = built_in()

    assert isinstance(suite, Suite)
    assert suite == built_in()
    assert AttackKind.HACK is Attack(id="x", name="n", does="d").kind
