"""Everything that can go wrong, as one tree.

SupportQueueError
 ├─ InvalidInput            a document, action or option breaks its rules
 │   └─ NotJSON             the text is no JSON at all
 ├─ UnknownName             a task, rubric, … that does not exist
 ├─ EpisodeError            the episode cannot take this call; nothing changed
 │   ├─ EpisodeNotStarted
 │   ├─ EpisodeFinished
 │   ├─ EpisodeConflict
 │   ├─ EpisodeGone
 │   └─ CannotResume
 ├─ NotRecorded             the log could not keep or read it; nothing changed, or
 │                          that is not known (`in_doubt`)
 ├─ ScoringError            a scorer failed; the ticket stays unanswered
 ├─ BulkRunEnded            a bulk run broke off; what it had written stands
 │   └─ TooManyFaults
 └─ ConfigurationError      start-up cannot go on
     ├─ RubricError
     ├─ TaskPackError
     ├─ PluginError
     ├─ StepFileError
     ├─ BulkFileError
     └─ StoreError
         └─ StoreReadOnly

`str(error)` is for the person at the terminal and may quote what was found;
`error.public` is for a stranger on the network and never quotes input.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from attrs import frozen


_FAULTS_SHOWN = 20
_NAME_SHOWN = 32
_MESSAGE_SHOWN = 300


@frozen
class Fault:
    """One broken rule: where, which, in words. Never the offending value."""

    path: tuple[str | int, ...]
    type: str
    message: str

    def __str__(self) -> str:
        return f"{self.message} @ {json_path(self.path)}"


def json_path(path: Sequence[str | int]) -> str:
    """`("tickets", 0, "id")` as `$.tickets[0].id`, in one line of bounded length."""
    return "$" + "".join(
        f"[{part}]" if isinstance(part, int) else f".{shown(part)}" for part in path
    )


def shown(name: str) -> str:
    """A name that somebody else chose, cut and without control characters."""
    cut = name[:_NAME_SHOWN]
    return cut if cut.isprintable() else ascii(cut)[1:-1]


def said(error: BaseException) -> str:
    """Type and message of an exception that may be hostile in either, in one line."""
    try:
        message = " ".join(str(error).split())[:_MESSAGE_SHOWN]
    except BaseException:  # noqa: BLE001 - even its text may raise
        message = "(no message)"
    return f"{type(error).__name__}: {message}"


def listed(problems: Iterable[object]) -> str:
    """Problems in one line; past a number only how many more there are."""
    texts = [str(problem) for problem in problems]
    more = len(texts) - _FAULTS_SHOWN
    return "; ".join(texts[:_FAULTS_SHOWN]) + (f"; and {more} more" if more > 0 else "")


class SupportQueueError(Exception):
    """Base of every error this package raises on purpose."""

    @property
    def public(self) -> str:
        """The message, without anything the caller sent."""
        return str(self)


class InvalidInput(SupportQueueError):
    """Input that breaks its rules; `faults` lists every one of them."""

    def __init__(self, subject: str, faults: Iterable[Fault]) -> None:
        self.subject = subject
        self.faults = tuple(faults)
        super().__init__(f"invalid {subject}: {listed(self.faults)}")


class NotJSON(InvalidInput):
    """Text that no JSON parser accepts; `offset` is where it gave up."""

    def __init__(self, subject: str, reason: str, offset: int) -> None:
        self.reason = reason
        self.offset = offset
        super().__init__(subject, [Fault((), "json_invalid", f"not JSON: {reason}")])


class UnknownName(SupportQueueError):
    """A name that nothing answers to, with the names that exist."""

    def __init__(self, kind: str, found: str, known: Iterable[str]) -> None:
        self.kind = kind
        self.found = found
        self.known = tuple(known)
        super().__init__(f"unknown {kind} {found!r:.80}; {self._available}")

    @property
    def public(self) -> str:
        """The names that exist, without the one that was asked for."""
        return f"unknown {self.kind}; {self._available}"

    @property
    def _available(self) -> str:
        return f"available: {', '.join(self.known) or 'none'}"


class EpisodeError(SupportQueueError):
    """The episode cannot take this call; it is unchanged."""


class EpisodeNotStarted(EpisodeError):
    """A step before the first reset."""

    def __init__(self) -> None:
        super().__init__("no episode is running: call reset first")


class EpisodeFinished(EpisodeError):
    """A step after the last ticket."""

    def __init__(self) -> None:
        super().__init__("the episode is finished: call reset to start another")


class EpisodeConflict(EpisodeError):
    """The step was meant for another ticket than the current one."""

    def __init__(self) -> None:
        super().__init__("this step answers another ticket than the current one")


class EpisodeGone(EpisodeError):
    """A step of an episode that the log has pruned, or lost."""

    def __init__(self) -> None:
        super().__init__("the episode is no longer kept: call reset to start another")


class CannotResume(EpisodeError):
    """A logged episode that this server, as it is set up now, cannot continue."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the episode cannot be continued: {reason}")


class NotRecorded(SupportQueueError):
    """The episode log could not keep or read something; the cause is for the log file.

    Nothing was changed, so the same call may be tried again. Only when it is `in_doubt`
    nobody knows: the database was asked to keep it, and its answer was lost.
    """

    def __init__(self, reason: str, *, in_doubt: bool = False) -> None:
        self.reason = reason
        self.in_doubt = in_doubt
        super().__init__(f"not recorded: {reason}")

    @property
    def public(self) -> str:
        """What is safe to tell: the reason may name files and servers."""
        if self.in_doubt:
            return (
                "it is not known whether it was recorded: repeat it with the same "
                "request_id or ticket_id, or read the state"
            )
        return "not recorded: the episode log is not available; try again"


class FaultKind(StrEnum):
    """What a scorer did that is no score."""

    RAISED = "raised"
    INVALID = "invalid"
    MUTATED = "mutated"
    PRINTED = "printed"
    TIMED_OUT = "timed_out"
    DISABLED = "disabled"
    UNSCORED = "unscored"


_FAULTS_TOLD: Mapping[FaultKind, str] = {
    FaultKind.RAISED: "it raised an exception",
    FaultKind.INVALID: "it returned something else than a Score in [0, 1]",
    FaultKind.MUTATED: "it changed what it was given",
    FaultKind.PRINTED: "it printed too much",
    FaultKind.TIMED_OUT: "it gave no answer within its deadline",
    FaultKind.DISABLED: "its plugin is left alone for a while after several time-outs",
    FaultKind.UNSCORED: "it could not tell",
}


class ScoringError(SupportQueueError):
    """A scorer gave no Score. The step is refused and may be retried."""

    def __init__(
        self,
        component: str,
        scorer: str,
        reason: str,
        kind: FaultKind = FaultKind.RAISED,
    ) -> None:
        self.component = component
        self.scorer = scorer
        self.reason = reason
        self.kind = kind
        super().__init__(f"{self.public}: {reason}")

    @property
    def public(self) -> str:
        """Component, scorer and kind; what the plugin said stays in the log."""
        return (
            f"scorer {self.scorer!r} failed on component {self.component!r}: "
            f"{_FAULTS_TOLD[self.kind]}"
        )


class BulkRunEnded(SupportQueueError):
    """A bulk run broke off: a process died, or a disk is full. What it wrote stands."""


class TooManyFaults(BulkRunEnded):
    """More rows have no reward than were allowed; `told` says of some why."""

    def __init__(self, failed: int, allowed: int, told: Iterable[str]) -> None:
        self.told = tuple(told)
        super().__init__(
            f"stopped: {failed} rows failed, more than the {allowed} allowed; the rows "
            "before that stand, and in a file --resume goes on behind them"
        )


class ConfigurationError(SupportQueueError):
    """Start-up cannot go on; one sentence says which part and why."""


class RubricError(ConfigurationError):
    """A rubric that does not compile."""


class TaskPackError(ConfigurationError):
    """A task pack that does not load."""


class PluginError(ConfigurationError):
    """A plugin that cannot be used."""


class StepFileError(ConfigurationError):
    """A file of stored steps that cannot be read, or not compared."""


class BulkFileError(ConfigurationError):
    """Input, output or manifest of a bulk run that it cannot begin or go on with."""


class StoreError(ConfigurationError):
    """A store that cannot be opened, or a command on it that cannot be carried out."""


class StoreReadOnly(StoreError):
    """The default store's place cannot be written; the server may go on without."""
