"""What an evaluation was asked to do; kept with its run, so that it can go on."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from attrs import field, frozen

from ..core.conversion import structure, unstructure
from ..core.errors import InvalidInput, StoreError, UnknownName, shown
from ..core.log import StoredEpisode
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

_STORE_SETTINGS = {"database_url", "durability"}
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
    """An evaluation to go on with: its plan, and the episodes that it has finished."""

    run_id: str
    plan: Plan
    stored: tuple[StoredEpisode, ...]
    finished: tuple[EpisodeResult, ...] = field(init=False)

    @finished.default
    def _results(self) -> tuple[EpisodeResult, ...]:
        return tuple(map(result_of, self.stored))

    @property
    def played(self) -> Counter[str]:
        """How often each task was finished."""
        return Counter(episode.task_id for episode in self.stored)

    def require_same(self, environment: Environment) -> None:
        """See to it that what follows is of the same tasks, and scored like them.

        Raises:
            StoreError: the rubric or a finished task is another one by now, or gone.
        """
        now = environment.find_rubric(None)
        for episode in self.stored:
            if episode.rubric_digest != now.digest:
                raise StoreError(
                    f"run {self.run_id}: its rubric {episode.rubric} had the digest "
                    f"{episode.rubric_digest[:12]}, and {now.name} has "
                    f"{now.digest[:12]} now; start a new evaluation"
                )
            if [step.ticket_id for step in episode.steps] != _tickets(
                environment, episode.task_id
            ):
                raise StoreError(
                    f"run {self.run_id}: its task {shown(episode.task_id)} has other "
                    "tickets now, or is not there; start a new evaluation"
                )

    def left(self, tasks: tuple[str, ...]) -> tuple[str, ...]:
        """Which of `tasks` are still to be played."""
        done = self.played
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


def _tickets(environment: Environment, task_id: str) -> list[str]:
    """The tickets of a task, in order; none of a task that is not there."""
    try:
        task = environment.tasks.find(task_id)
    except UnknownName:
        return []
    return [case.ticket.ticket_id for case in task.cases]


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
    _require_settings(plan, run.run_id)
    finished = EpisodeFilter(run_id=run.run_id, finished=True)
    try:
        return Interrupted(
            run_id=run.run_id,
            plan=plan,
            stored=tuple(_planned(archive.whole_episodes(finished), plan)),
        )
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise StoreError(f"run {run.run_id}: a score in it is damaged") from error


def _planned(episodes: Iterable[StoredEpisode], plan: Plan) -> Iterator[StoredEpisode]:
    """Of each task the first, as many as are in the plan.

    There are more when two went on with one evaluation at the same time.
    """
    wanted = Counter(plan.tasks)
    kept: Counter[str] = Counter()
    for episode in episodes:
        if kept[episode.task_id] < (wanted[episode.task_id] if plan.tasks else 1):
            kept[episode.task_id] += 1
            yield episode


def _require_settings(plan: Plan, run_id: str) -> None:
    """Refuse a plan of another version, or one that somebody wrote."""
    defaults = Settings()
    for name, value in plan.settings.items():
        wanted = type(getattr(defaults, name)) if name in _KEPT else None
        if wanted is not (tuple if isinstance(value, list) else type(value)):
            raise StoreError(
                f"run {run_id}: its plan has a setting {shown(name)!r} that this "
                "version does not know"
            )


def _newest(archive: Archive) -> RunSummary:
    for run in archive.runs():
        if run.command == COMMAND:
            return run
    raise StoreError(f"the store {archive.place}: it holds no evaluations")
