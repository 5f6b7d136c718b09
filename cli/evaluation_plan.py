"""What an evaluation was asked to do; kept with its run, so that it can go on."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from attrs import frozen

from ..core.conversion import structure, unstructure
from ..core.errors import InvalidInput, StoreError
from ..core.session import Environment
from ..evaluation.runner import EpisodeResult, Summary
from ..evaluation.stored_results import result_of
from ..server.settings import Settings
from ..store.archive import Archive
from ..store.listing import EpisodeFilter, RunSummary
from .archives import NEWEST, find_run
from .options import ENVIRONMENT_SETTINGS


COMMAND = "eval"
"""What its runs are called in the store."""

_STORE_SETTINGS = {"database_url", "durability", "max_store_bytes"}
_KEPT = tuple(name for name in ENVIRONMENT_SETTINGS if name not in _STORE_SETTINGS)


@frozen(kw_only=True)
class Plan:
    """What is played, by whom, where.

    No `tasks` mean all that the server offers; `settings` are those of `Settings` that
    make the environment.
    """

    policy: str
    tasks: tuple[str, ...]
    seed: int
    settings: dict[str, Any]

    @property
    def document(self) -> Mapping[str, Any]:
        """It in plain values."""
        found: Mapping[str, Any] = unstructure(self)
        return found


@frozen(kw_only=True)
class Interrupted:
    """An evaluation to go on with: its plan, and what it has finished."""

    run_id: str
    plan: Plan
    finished: tuple[EpisodeResult, ...]

    def require_same_rubric(self, environment: Environment) -> None:
        """See to it that what follows is scored like what is finished.

        Raises:
            StoreError: the rubric is another one by now.
        """
        now = environment.find_rubric(None)
        for result in self.finished:
            if result.rubric_digest != now.digest:
                raise StoreError(
                    f"run {self.run_id}: its rubric {result.rubric} had the digest "
                    f"{result.rubric_digest[:12]}, and {now.name} has {now.digest[:12]} "
                    "now; start a new evaluation"
                )

    def left(self, tasks: tuple[str, ...]) -> tuple[str, ...]:
        """Which of `tasks` are still to be played."""
        done = Counter(result.task_id for result in self.finished)
        left = []
        for task in tasks:
            if done[task]:
                done[task] -= 1
            else:
                left.append(task)
        return tuple(left)

    def joined(self, summary: Summary, tasks: tuple[str, ...]) -> Summary:
        """What was finished and what was played now, in the order of `tasks`."""
        results = [*self.finished, *summary.episodes]
        results.sort(key=lambda result: tasks.index(result.task_id))
        return Summary(policy=summary.policy, episodes=tuple(results))


def plan_from(
    policy: str, tasks: tuple[str, ...], seed: int, settings: Settings
) -> Plan:
    """The plan of a new evaluation."""
    kept = {name: getattr(settings, name) for name in _KEPT}
    return Plan(policy=policy, tasks=tasks, seed=seed, settings=kept)


def interrupted(archive: Archive, reference: str) -> Interrupted:
    """The evaluation of a run, by its id, the beginning of it, or `last`.

    Raises:
        StoreError: there is none, or it was no evaluation.
        UnknownName: there is no such run.
    """
    run = _newest(archive) if reference == NEWEST else find_run(archive, reference)
    if run.command != COMMAND:
        raise StoreError(
            f"run {run.run_id}: it was {run.command!r}, expected an evaluation"
        )
    try:
        plan = structure(run.config, Plan, "plan")
    except InvalidInput as error:
        raise StoreError(f"run {run.run_id}: {error}") from error
    finished = EpisodeFilter(run_id=run.run_id, finished=True)
    return Interrupted(
        run_id=run.run_id,
        plan=plan,
        finished=tuple(map(result_of, archive.whole_episodes(finished))),
    )


def _newest(archive: Archive) -> RunSummary:
    for run in archive.runs():
        if run.command == COMMAND:
            return run
    raise StoreError(f"the store {archive.place}: it holds no evaluations")
