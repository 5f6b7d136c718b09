"""The one thread that writes: it takes what is waiting, commits once, answers all.

Whoever appends waits for the commit that has their event. While one commit is on its
way to the disk the next batch gathers, so a slow disk makes batches larger, not answers
rarer.
"""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue

from attrs import define, field
from sqlalchemy import Connection, delete, insert

from ..core.errors import NotRecorded, SupportQueueError
from ..core.log import LogStatus
from .backend import Backend, concerns_rows, worth_another_try
from .keeping import InDoubt, insert_one_by_one, insert_rows
from .opening import opened
from .pace import Pace
from .rows import Rows, rows_of
from .runs import RunInfo
from .schema import probes
from .waiting import DEADLINE_SECONDS, Waiting, wake


BATCH = 512
PROBE_SECONDS = 1.0
CLOSE_SECONDS = 3.0
LATE_SECONDS = 2.0
"""What takes longer than this, when the store is closed, most likely never comes."""
LAST_SECONDS = 0.5
"""As long it is waited for all the same."""
_PROBE = b"\0" * 65_536
"""As much as many steps need, so that a nearly full disk does not look healthy."""

log = logging.getLogger(__name__)


@define(eq=False)
class Writer:
    """Owns the writing connection; `put` may be called from any thread."""

    backend: Backend
    run: RunInfo
    _connection: Connection | None
    deadline: float = field(default=DEADLINE_SECONDS, kw_only=True)
    problem: str = field(default="", init=False)
    _queue: "SimpleQueue[Waiting | None]" = field(init=False, factory=SimpleQueue)
    _lock: threading.Lock = field(init=False, factory=threading.Lock)
    _closed: bool = field(default=False, init=False)
    _hurried: bool = field(default=False, init=False)
    _abandoned: bool = field(default=False, init=False)
    _batch: list[Waiting] = field(init=False, factory=list)
    _busy_since: float | None = field(default=None, init=False)
    _attempted: bool = field(default=False, init=False)
    _in_doubt: InDoubt = field(init=False, factory=InDoubt)
    _pace: Pace = field(init=False, factory=Pace)
    _accepted: int = field(default=0, init=False)
    _answered: int = field(default=0, init=False)
    _events: int = field(default=0, init=False)
    _commits: int = field(default=0, init=False)
    _commit_seconds: float = field(default=0.0, init=False)
    _thread: threading.Thread = field(init=False)

    def __attrs_post_init__(self) -> None:
        # A process that ends without closing must not hang: what was answered is kept.
        self._thread = threading.Thread(
            target=self._work, name="episode-log", daemon=True
        )
        self._thread.start()

    def put(self, waiting: Waiting) -> None:
        """Have the event written.

        Raises:
            NotRecorded: the writer is closed, or the database does not answer.
        """
        with self._lock:
            if self._closed:
                raise NotRecorded("the episode log is closed")
            if stalled := self._stalled:
                raise NotRecorded(stalled)
            self._accepted += 1
            self._queue.put(waiting)

    def close(self) -> None:
        """Commit what is waiting and let go of the database, or give up on it."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        # A server has waited for its requests before it closes its store.
        late = self.problem or self._in_hand > LATE_SECONDS
        if self._abandoned:
            return
        self._thread.join(LAST_SECONDS if late else CLOSE_SECONDS)
        if self._thread.is_alive():
            self._abandoned = True
            self._abandon()

    def expire(self, waiting: Waiting) -> None:
        """Give up on an event that was waited for until the deadline."""
        with self._lock:
            if not waiting.done:
                waiting.expired = True
                # It may be on its way to the disk just now.
                waiting.error = NotRecorded(self._overdue, in_doubt=True)

    @property
    def _overdue(self) -> str:
        return f"{self.backend.place} has not answered for {self.deadline:g} s"

    @property
    def _stalled(self) -> str:
        """That what was taken in hand first is not done yet, when that is long ago."""
        return self._overdue if self._in_hand > self.deadline else ""

    @property
    def _in_hand(self) -> float:
        """For how many seconds the thread has been at what it does now."""
        since = self._busy_since
        return 0.0 if since is None else time.monotonic() - since

    @property
    def status(self) -> LogStatus:
        """See `EpisodeLog.status`."""
        return LogStatus(
            backend=self.backend.name,
            problem=self.problem or self._stalled,
            waiting=self._accepted - self._answered,
            events=self._events,
            commits=self._commits,
            commit_seconds=self._commit_seconds,
        )

    def _work(self) -> None:
        more = True
        while more:
            batch, more = self._gather()
            # In this order: an event is either in the queue or in the batch.
            self._batch = batch
            self._busy_since = time.monotonic()
            try:
                self._hurry_at_the_end()
                if batch:
                    self._keep(batch)
                elif more:
                    self._probe()
            except Exception as error:  # noqa: BLE001 - a fault of ours must not end it
                self._give_up(batch, error)
            self._busy_since = None
        self._finish()

    def _hurry_at_the_end(self) -> None:
        if self._closed and not self._hurried and self._connection is not None:
            self.backend.hurry(self._connection)
            self._hurried = True

    def _abandon(self) -> None:
        """Tell everybody who waits for a database that does not let go of the thread."""
        left = [*self._batch]
        with suppress(Empty):
            while True:
                if (found := self._queue.get_nowait()) is not None:
                    left.append(found)
        self._queue.put(None)
        log.error("the episode log is closed without %s: no answer", self.backend.place)
        for waiting in left:
            waiting.error = waiting.error or NotRecorded(
                "the episode log is closed", in_doubt=waiting in self._batch
            )
        wake(left)

    def _give_up(self, batch: Sequence[Waiting], error: Exception) -> None:
        """Nobody waits for ever, whatever went wrong here."""
        self.problem = self.backend.explain(error)
        self._let_go()
        for waiting in batch:
            waiting.error = waiting.error or NotRecorded(
                self.problem, in_doubt=self._attempted
            )
        self._answer(batch)

    def _gather(self) -> tuple[list[Waiting], bool]:
        """What is waiting now, or comes first; nothing when it is time to probe.

        The second value is False when nothing comes after it.
        """
        batch: list[Waiting] = []
        try:
            found = self._queue.get(timeout=PROBE_SECONDS if self.problem else None)
            since = time.perf_counter()
            while found is not None:
                batch.append(found)
                if len(batch) == BATCH:
                    return batch, True
                found = self._next(len(batch), since)
        except Empty:
            return batch, True
        return batch, False

    def _next(self, size: int, since: float) -> Waiting | None:
        """One more for a batch of `size`; `Empty` when it is time to commit that."""
        try:
            return self._queue.get_nowait()
        except Empty:
            left = since + self._pace.patience(size) - time.perf_counter()
            if left <= 0:
                raise
            return self._queue.get(timeout=left)

    def _keep(self, batch: list[Waiting]) -> None:
        rows: list[Rows] = []
        sound: list[Waiting] = []
        for waiting in batch:
            if waiting.expired:  # nobody was promised anything
                continue
            try:
                rows.append(rows_of(waiting.event, waiting.at, self.run.run_id))
            except Exception as error:  # noqa: BLE001 - whatever a scorer put there
                waiting.error = NotRecorded(self.backend.explain(error))
            else:
                sound.append(waiting)
        self._attempted = False
        try:
            errors = self._commit_or_try_again(rows) if rows else []
        except Exception as error:  # noqa: BLE001 - the thread has to outlive it
            self._after_failure(error, rows)
            self._failed(error)
            errors = [
                NotRecorded(self.problem, in_doubt=self._in_doubt.holds(row))
                for row in rows
            ]
        with self._lock:
            for waiting, refused in zip(sound, errors, strict=True):
                waiting.error = waiting.error if waiting.expired else refused
            for waiting in batch:
                waiting.done = True
        # They were told that nobody knows, and may come again.
        self._in_doubt.add(
            row
            for waiting, row, refused in zip(sound, rows, errors, strict=True)
            if waiting.expired and refused is None
        )
        self._answer(batch)

    def _commit_or_try_again(
        self, rows: Sequence[Rows]
    ) -> Sequence[SupportQueueError | None]:
        try:
            return self._commit(rows)
        except Exception as error:
            self._after_failure(error, rows)
            if not worth_another_try(error):
                raise
        return self._commit(rows)

    def _commit(self, rows: Sequence[Rows]) -> Sequence[SupportQueueError | None]:
        """The error of each, where it has one; they are kept otherwise."""
        connection = self._connected()
        started = time.perf_counter()
        try:
            errors = self._try_together(connection, rows)
        except Exception as error:
            if not concerns_rows(error):
                raise
            errors = self._try_one_by_one(connection, rows)
        self._require_not_lost()
        self._in_doubt.forget(rows)
        seconds = time.perf_counter() - started
        self._pace.committed(len(rows), self._queue.qsize(), seconds)
        self._commit_seconds += seconds
        self._commits += 1
        self._events += errors.count(None)
        self._recovered()
        return errors

    def _try_together(
        self, connection: Connection, rows: Sequence[Rows]
    ) -> list[SupportQueueError | None]:
        # Past SQLAlchemy's transactions, which take longer than SQLite's.
        driver = connection.connection
        self.backend.begin(connection)
        try:
            insert_rows(connection, rows)
            self._attempted = True
            driver.commit()
        except BaseException:
            with suppress(Exception):
                driver.rollback()
            raise
        return [None] * len(rows)

    def _try_one_by_one(
        self, connection: Connection, rows: Sequence[Rows]
    ) -> list[SupportQueueError | None]:
        with connection.begin():
            errors = insert_one_by_one(connection, rows, self._in_doubt)
            self._attempted = True
        return errors

    def _require_not_lost(self) -> None:
        if lost := self.backend.lost():
            raise NotRecorded(lost)

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection, warnings = opened(self.backend, self.run)
            log.warning(
                "the episode log was opened again: %s",
                "; ".join(warnings) or "as it was",
            )
        return self._connection

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                # Closed as it is, not rolled back first for somebody else to use.
                connection.invalidate()
                connection.close()

    def _after_failure(self, error: Exception, rows: Sequence[Rows]) -> None:
        connection = self._connection
        if (
            connection is None
            or connection.in_transaction()
            or not self.backend.usable_after(connection, error)
        ):
            self._let_go()
            if self._attempted:
                self._in_doubt.add(rows)

    def _failed(self, error: Exception) -> None:
        match error:
            case NotRecorded():
                reason = error.reason
            case SupportQueueError():
                reason = str(error)
            case _:
                reason = self.backend.explain(error)
        if not self.problem:
            log.error("the episode log does not take what it is given: %s", reason)
        self.problem = reason

    def _recovered(self) -> None:
        if self.problem:
            self.problem = ""
            log.warning("the episode log takes what it is given again")

    def _probe(self) -> None:
        """Write and remove something, to learn whether the problem is over."""
        try:
            connection = self._connected()
            with connection.begin():
                connection.execute(insert(probes).values(filler=_PROBE))
            with connection.begin():
                connection.execute(delete(probes))
            self._require_not_lost()
        except Exception as error:  # noqa: BLE001 - then it is not over
            self._after_failure(error, ())
            self._failed(error)
        else:
            self._recovered()

    def _answer(self, batch: Sequence[Waiting]) -> None:
        self._answered += len(batch)
        wake(batch)

    def _finish(self) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            self.backend.finish(connection)
        except Exception as error:  # noqa: BLE001 - it is kept; the next opening tidies
            log.warning(
                "the episode log could not tidy up: %s", self.backend.explain(error)
            )
        self._let_go()
