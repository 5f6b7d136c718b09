"""The same reward in another process, under another hash seed, in threads."""

import hashlib
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from support_queue_env.core.cases import Case
from support_queue_env.environment import load_environment
from support_queue_env.models import SupportQueueAction


def some_rewards() -> str:
    """A digest over five hundred pseudo-random answers to the classic tickets."""
    environment = load_environment()
    rubric = environment.find_rubric(None)
    answers = random.Random(20)  # noqa: S311 - not for secrets
    digest = hashlib.sha256(rubric.digest.encode())
    for _ in range(500):
        case = answers.choice([c for task in environment.tasks for c in task.cases])
        score = rubric.score(case, random_answer(case, answers))
        digest.update(repr((float(score.reward), float(score.raw))).encode())
    return digest.hexdigest()


def random_answer(case: Case, answers: random.Random) -> SupportQueueAction:
    """Labels at random and a random half of the words of the truth."""
    gold = case.gold
    words = [*gold.summary_keywords, *gold.response_keywords, *gold.disallowed_phrases]
    chosen = ", ".join(word for word in words if answers.random() < 0.5)
    return SupportQueueAction(
        priority=answers.choice(case.vocabulary.priorities),
        queue=answers.choice(case.vocabulary.queues),
        disposition=answers.choice(case.vocabulary.dispositions),
        summary=f"Summary: {chosen}"[:280],
        response=f"Dear customer, {chosen}"[:1200],
    )


@pytest.mark.parametrize("hash_seed", ["0", "1", "4711"])
def test_fresh_processes_agree(hash_seed: str) -> None:
    """Hash randomisation changes no bit of any reward or digest."""
    script = "import test_determinism as t; print(t.some_rewards())"
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": "tests"}
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )

    assert some_rewards() == ran.stdout.strip()


def test_threads_agree() -> None:
    """Eight threads over the same rubric see the same rewards."""
    with ThreadPoolExecutor(8) as pool:
        digests = set(pool.map(lambda _: some_rewards(), range(8)))

    assert {some_rewards()} == digests
