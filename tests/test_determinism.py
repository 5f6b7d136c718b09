"""The same reward in another process, under another hash seed, in threads, anyhow.

Compared is all that a rubric says of some hundred answers: rewards as fractions, every
component with its reason and explanation, and the rubric's digest.
"""

import hashlib
import itertools
import os
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from answers import cases

from support_queue_env.core.cases import Case
from support_queue_env.core.scoring import ComponentScore
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins.compiled import CompiledRubric, compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.files import load_rubric, parse_rubric
from support_queue_env.rubrics.matching.acts import unsafe_acts


OPTIONS = (
    "scorers_for_tests:Confident",
    "scorers_for_tests:Fixed",
    "misbehaving_plugin:AsyncRogue",
)
MIXED = """
schema = 1
name = "mixed"
[criteria.facts]
weight = "1/3"
scorer = "fact-slots"
[criteria.confident]
weight = "1/3"
scorer = "scorers-for-tests.confident"
[criteria.fixed]
weight = "1/6"
scorer = { name = "scorers-for-tests.fixed", value = "1/7" }
[criteria.rogue]
weight = "1/6"
scorer = "misbehaving-plugin.async-rogue"
[penalties.copied]
amount = 0.3
scorer = { name = "copy-guard", text = "summary" }
[gates.unsafe]
cap = 0.7
scorer = { name = "unsafe-acts", severity = "any" }
"""
"""Two plugins of third parties, one with a coroutine, beside scorers of texts."""

JOINTS = (" ", ", ", ". ", "? ", '" ', ' "', " \u201c", "\u201d ", "\n> ", "\n\n")
OVERLAPPING = (
    "two other clients of ours",
    "your data is secure and no action is needed",
)
"""Acts of which one phrase finds two places; the first has to be told."""

DENIALS = ("not", "never", "do not", "without", "says", "if", "whether")


def some_scores(rubric: CompiledRubric, answers: int) -> str:
    """A digest over all that a rubric says of so many pseudo-random answers."""
    chance = random.Random(20)  # noqa: S311 - not for secrets
    digest = hashlib.sha256(rubric.digest.encode())
    for _ in range(answers):
        case = chance.choice(cases())
        score = rubric.score(case, random_answer(case, chance))
        told = (score.reward, score.raw, tuple(parts_of(score.components)))
        digest.update(repr(told).encode())
    return digest.hexdigest()


def parts_of(components: Iterable[ComponentScore]) -> Iterator[tuple[object, ...]]:
    """Everything but the seconds, inner components after the one they belong to."""
    for part in components:
        yield part.name, part.value, part.reason, part.explanation
        yield from parts_of(part.children)


def random_answer(case: Case, chance: random.Random) -> SupportQueueAction:
    """Labels at random, and texts of what scorers look for, said, denied and quoted."""
    gold = case.gold
    statements = (*gold.summary_slots, *gold.response_acts, *gold.foreign_slots)
    said = [
        *gold.summary_keywords,
        *gold.response_keywords,
        *gold.disallowed_phrases,
        *(phrase.replace("|", " ") for s in statements for phrase in s.says),
        *(literal for s in statements for literal in s.literals),
        *(phrase for phrases in gold.unsafe.values() for phrase in phrases),
        *(example for act in unsafe_acts().acts.values() for example in act.examples),
        *OVERLAPPING,
        gold.reference_summary,
        gold.reference_response,
    ]

    def text(begin: str, limit: int) -> str:
        while len(begin) < limit and chance.random() < 0.9:
            words = chance.choice(DENIALS if chance.random() < 0.2 else said)
            begin += chance.choice(JOINTS) + words
        return begin[:limit].strip()

    return SupportQueueAction(
        priority=chance.choice(case.vocabulary.priorities),
        queue=chance.choice(case.vocabulary.queues),
        disposition=chance.choice(case.vocabulary.dispositions),
        summary=text("The ticket says", 280),
        response=text("Dear customer, we know", 1200),
        confidence=chance.random(),
    )


def built_in(name: str) -> CompiledRubric:
    """A rubric that ships with the package."""
    return compile_rubric(load_rubric(name), PluginRegistry())


def mixed_scores(options: tuple[str, ...], *, isolate: bool = False) -> str:
    """What `MIXED` says, with its plugins registered in that order."""
    registry = PluginRegistry(options, isolate=isolate)
    with closing(registry.pools):
        return some_scores(
            compile_rubric(parse_rubric(MIXED, "mixed.toml"), registry), 40
        )


def all_scores() -> list[str]:
    """What the classic, the strict and the mixed rubric say."""
    classic, strict = built_in("classic"), built_in("strict")
    return [
        some_scores(classic, 400),
        some_scores(strict, 100),
        mixed_scores(OPTIONS),
    ]


@pytest.fixture(scope="module")
def expected() -> list[str]:
    """What this process says when it does one thing after the other."""
    return all_scores()


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_fresh_processes_agree(hash_seed: str, expected: list[str]) -> None:
    """Hash randomisation changes no bit of any reward, reason or digest."""
    script = "import test_determinism as t; print(*t.all_scores())"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": "tests"}
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )

    assert expected == ran.stdout.split()


@pytest.mark.parametrize(("name", "answers"), [("classic", 400), ("strict", 60)])
def test_threads_agree(name: str, answers: int) -> None:
    """Eight threads over the same rubric see the same rewards."""
    rubric = built_in(name)
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(lambda _: some_scores(rubric, answers), range(8)))

    assert {some_scores(rubric, answers)} == digests


def test_every_order_of_registration_agrees(expected: list[str]) -> None:
    """Plugins may be named in any order, and options of one plugin too."""
    orders = list(itertools.permutations(OPTIONS))
    found = {mixed_scores(order) for order in orders}

    assert {expected[-1]} == found
    assert 6 == len(orders)


def test_isolated_scorers_agree(expected: list[str]) -> None:
    """A scorer in a process of its own gives the bits it gives here."""
    assert expected[-1] == mixed_scores(OPTIONS, isolate=True)
