"""Stored steps in any number, and what `support-queue diff` takes for them.

    .venv/bin/python benchmarks/comparison.py [--rows 1000,10000] [--a A] [--b B]
    .venv/bin/python benchmarks/comparison.py --write FILE --rows 1000

The steps are answers to the nine classic tickets by four policies in turn: the bundled
heuristic, random labels, the oracle, and the oracle with some labels and words changed.
The same number of rows gives the same file.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from attrs import evolve

from support_queue_env.core.cases import Case, Task
from support_queue_env.core.episode import Episode
from support_queue_env.core.records import encode_step, record_of
from support_queue_env.core.views import observe
from support_queue_env.environment import load_environment
from support_queue_env.evaluation.heuristic import HeuristicPolicy
from support_queue_env.evaluation.policy import Policy, RandomPolicy
from support_queue_env.models import SupportQueueAction


_CHANCE = 0.35


def stored_steps(rows: int, seed: int = 0) -> Iterator[bytes]:
    """That many lines, of as many episodes as it takes."""
    environment = load_environment()
    scorer = environment.find_rubric(None)
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    policies = _Policies(chance, seed)
    written = 0
    for number in range(rows):
        for task in environment.tasks:
            name = policies.name(number)
            episode = Episode(
                episode_id=f"{number}-{task.task_id}", task=task, scorer=scorer
            )
            for case in task.cases:
                episode = episode.step(policies.act(name, episode, case))
                if written < rows:
                    yield encode_step(record_of(episode, episode.graded[-1], name))
                written += 1
        if written >= rows:
            return


class _Policies:
    """Who answers, in turn."""

    def __init__(self, chance: random.Random, seed: int) -> None:
        self._chance = chance
        self._watching: dict[str, Policy] = {
            "heuristic": HeuristicPolicy(),
            "random": RandomPolicy(seed),
        }

    def name(self, number: int) -> str:
        """The policy of that episode."""
        return ("perturbed", "random", "perturbed", "heuristic", "oracle")[number % 5]

    def act(self, name: str, episode: Episode, case: Case) -> SupportQueueAction:
        """The answer to the current ticket."""
        if name in self._watching:
            return self._watching[name].act(observe(episode))
        oracle = case.gold.oracle()
        return oracle if name == "oracle" else self._perturbed(oracle, episode.task)

    def _perturbed(self, action: SupportQueueAction, task: Task) -> SupportQueueAction:
        """The right answer with labels and words lost."""
        chance, labels = self._chance, task.vocabulary
        changes = {
            "priority": chance.choice(labels.priorities),
            "queue": chance.choice(labels.queues),
            "disposition": chance.choice(labels.dispositions),
            "summary": self._without_words(action.summary, "A ticket came in."),
            "response": self._without_words(action.response, "We have read this."),
        }
        chosen = {k: v for k, v in changes.items() if chance.random() < _CHANCE}
        return evolve(action, confidence=round(chance.random(), 2), **chosen)

    def _without_words(self, text: str, least: str) -> str:
        keep = self._chance.random()
        left = " ".join(word for word in text.split() if self._chance.random() < keep)
        return left if len(left) >= len(least) else least


def main() -> None:
    """Write a file, or print how long each number of rows takes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="1000,10000")
    parser.add_argument("--a", default="stored")
    parser.add_argument("--b", default="classic")
    parser.add_argument("--write", help="write the steps there and time nothing")
    options = parser.parse_args()
    sizes = [int(size) for size in options.rows.split(",")]
    if options.write:
        Path(options.write).write_bytes(b"".join(stored_steps(sizes[0])))
        return
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "steps.jsonl"
            file.write_bytes(b"".join(stored_steps(size)))
            seconds = _time(options.a, options.b, file, Path(folder) / "report.html")
        print(f"{size:8,} rows {seconds:8.2f} s")


def _time(a: str, b: str, file: Path, page: Path) -> float:
    """Seconds of the whole command, start-up and page included."""
    command = Path(sys.executable).with_name("support-queue")
    start = perf_counter()
    words = [command, "diff", a, b, str(file), "--html", str(page), "--json"]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    return perf_counter() - start


if __name__ == "__main__":
    main()
