"""The baseline run: its lines on standard output, its results, one task at a time.

    [START] task=<task> env=support_queue_env model=<model>
    [STEP] step=<n> action=<JSON> reward=<0.00> done=<true|false> error=<message|null>
    [END] success=<true|false> steps=<n> score=<0.00> rewards=<r1,r2,...>

A task has one `[STEP]` line per action, and one more when it ends in an error; each
of them counts in `steps` and `rewards`.
"""

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from ..core.conversion import unstructure
from ..core.errors import SupportQueueError
from ..models import SupportQueueAction, SupportQueueObservation
from .connection import Connection
from .policy import Policy


BENCHMARK = "support_queue_env"
SUCCESS_SCORE = 0.80
MESSAGE_LIMIT = 200

_ROUNDING = 1e-9


@frozen(kw_only=True)
class Step:
    """One action and what came of it; the action is None when there was none."""

    action: SupportQueueAction | None
    reward: float
    done: bool
    error: str | None = None


@frozen(kw_only=True)
class TaskOutcome:
    """A task that was played, to its end or into an error."""

    task_id: str
    total_tickets: int
    steps: tuple[Step, ...]
    rubric: str | None
    rubric_digest: str | None

    @property
    def rewards(self) -> tuple[float, ...]:
        """One per step."""
        return tuple(step.reward for step in self.steps)

    @property
    def score(self) -> float:
        """The sum of the rewards over the number of tickets."""
        return math.fsum(self.rewards) / max(self.total_tickets, 1)

    @property
    def error(self) -> str | None:
        """Why the task ended early; None when it did not."""
        return self.steps[-1].error if self.steps else "nothing was played"

    @property
    def success(self) -> bool:
        """Whether the task was played to its end and well."""
        return self.error is None and self.score >= SUCCESS_SCORE - _ROUNDING

    @property
    def scored(self) -> bool:
        """Whether the environment scored any ticket."""
        return any(step.error is None for step in self.steps)


@define
class _Log:
    """What is known of a task while it is played."""

    task_id: str
    emit: Callable[[str], None]
    observation: SupportQueueObservation | None = None
    pending: SupportQueueAction | None = None
    steps: list[Step] = field(factory=list)

    def add(self, step: Step) -> None:
        self.steps.append(step)
        self.emit(step_line(len(self.steps), step))

    @property
    def outcome(self) -> TaskOutcome:
        seen = self.observation
        info = seen.info if seen else {}
        return TaskOutcome(
            task_id=self.task_id,
            total_tickets=seen.total_tickets if seen else 0,
            steps=tuple(self.steps),
            rubric=info.get("rubric"),
            rubric_digest=info.get("rubric_digest"),
        )


def play_task(
    connect: Callable[[], Connection],
    policy: Policy,
    task_id: str,
    emit: Callable[[str], None],
) -> TaskOutcome:
    """One episode on a connection of its own, told line by line to `emit`.

    The last line comes even when the connection, the policy or an interruption ends
    the episode. Only an interruption is raised.
    """
    log = _Log(task_id, emit)
    emit(start_line(task_id, policy.name))
    try:
        with connect() as connection:
            _play(connection, policy, log)
    except Exception as error:  # noqa: BLE001 - one failed task must not end the run
        reason = one_line(_reason(error))
        log.add(Step(action=log.pending, reward=0.0, done=False, error=reason))
    finally:
        emit(end_line(log.outcome))
    return log.outcome


def _play(connection: Connection, policy: Policy, log: _Log) -> None:
    log.observation = seen = connection.reset(task_id=log.task_id)
    while not seen.done:
        if len(log.steps) >= seen.total_tickets:
            raise SupportQueueError("the environment goes on after its last ticket")
        log.pending = action = policy.act(seen)
        log.observation = seen = connection.step(action)
        log.pending = None
        log.add(Step(action=action, reward=seen.reward or 0.0, done=seen.done))


def _reason(error: Exception) -> str:
    known = isinstance(error, SupportQueueError)
    return str(error) if known else f"{type(error).__name__}: {error}"


def start_line(task_id: str, model: str) -> str:
    """The line before a task."""
    return f"[START] task={_word(task_id)} env={BENCHMARK} model={_word(model)}"


def step_line(number: int, step: Step) -> str:
    """The line of a step, number 1 being the first."""
    return (
        f"[STEP] step={number} action={_action(step.action)} "
        f"reward={_hundredths(step.reward)} done={_boolean(step.done)} "
        f"error={'null' if step.error is None else one_line(step.error)}"
    )


def end_line(outcome: TaskOutcome) -> str:
    """The line after a task."""
    return (
        f"[END] success={_boolean(outcome.success)} steps={len(outcome.steps)} "
        f"score={_hundredths(outcome.score)} "
        f"rewards={','.join(map(_hundredths, outcome.rewards))}"
    )


def one_line(message: str) -> str:
    """A message as one line of printable characters, cut at `MESSAGE_LIMIT`."""
    printable = "".join(c if c.isprintable() else " " for c in message)
    text = " ".join(printable.split())
    if text in {"", "null"}:
        return "no message"
    return text if len(text) <= MESSAGE_LIMIT else f"{text[: MESSAGE_LIMIT - 3]}..."


def _action(action: SupportQueueAction | None) -> str:
    """Compact ASCII JSON.

    `=` is escaped as well, so that no text of an action looks like a field that
    follows it to those who split the line.
    """
    if action is None:
        return "null"
    text = json.dumps(unstructure(action), separators=(",", ":"))
    return text.replace("=", "\\u003d")


def _word(name: str) -> str:
    """A name as one word."""
    printable = (c if c.isprintable() and not c.isspace() else "_" for c in name)
    return "".join(printable) or "_"


def _hundredths(number: float) -> str:
    text = f"{number:.2f}"
    return text.removeprefix("-") if float(text) == 0 else text


def _boolean(value: bool) -> str:
    return "true" if value else "false"


def results_document(
    outcomes: Iterable[TaskOutcome],
    *,
    model: str,
    policy: str,
    versions: Mapping[str, str],
    error: str | None = None,
) -> dict[str, Any]:
    """What `inference_results.json` holds; `error` says why no task was played."""
    tasks = [_result(outcome) for outcome in outcomes]
    scores = [task["score"] for task in tasks]
    return {
        "benchmark": BENCHMARK,
        "model": model,
        "policy": policy,
        "average_score": math.fsum(scores) / len(scores) if scores else 0.0,
        "tasks": tasks,
        "error": error,
        "versions": dict(versions),
    }


def _result(outcome: TaskOutcome) -> dict[str, Any]:
    return {
        "task": outcome.task_id,
        "score": outcome.score,
        "steps": len(outcome.steps),
        "rewards": list(outcome.rewards),
        "success": outcome.success,
        "error": outcome.error,
        "rubric": outcome.rubric,
        "rubric_digest": outcome.rubric_digest,
    }


def write_results(document: Mapping[str, Any], path: Path) -> None:
    """Write the document so that `path` never holds half of one.

    Raises:
        OSError: the folder cannot be written to.
    """
    text = json.dumps(document, indent=2, allow_nan=False) + "\n"
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
