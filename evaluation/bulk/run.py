"""Bulk scoring from input to output: blocks, rows for them, the ledger."""

from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Literal

from attrs import field, frozen

from ...core.errors import BulkFileError, BulkRunEnded, TooManyFaults
from .grading import Graded
from .ledger import open_ledger
from .lines import MAX_LINE, Block, blocks
from .manifest import Manifest, Position, Terms, path_beside
from .output import STANDARD_OUTPUT
from .pace import Pace
from .setup import Ready, Setup
from .source import STANDARD_INPUT, Shard, Source, is_read, open_source
from .worker import Hello
from .workers import Workers


Format = Literal["jsonl", "parquet"]

KEEP_SECONDS = 5.0
"""At most about so much of a run's work is lost with its process."""

FAULTS_TOLD = 3


@frozen(kw_only=True)
class Run:
    """What is to be scored, how, and where the rows go.

    `input` is a path or `-`, `output` a path or None for standard output. `jobs` is the
    number of processes that score, 1 meaning this one. With more faults than
    `most_faults` it stops.
    """

    input: str
    output: str | None = None
    setup: Setup = field(factory=Setup)
    format: Format = "jsonl"
    shard: Shard = field(factory=Shard)
    jobs: int = 1
    resume: bool = False
    most_faults: int | None = None


@frozen
class Done:
    """A run that has come to its end.

    `before` is how far an interrupted run had come already; `told` says of the first
    faulty rows of this one what is wrong.
    """

    manifest: Manifest
    before: Position
    told: tuple[str, ...]

    @property
    def position(self) -> Position:
        """The end, which counts everything."""
        return self.manifest.position


Progress = Callable[[Position, Source], None]


def score_rows(
    run: Run,
    progress: Progress = lambda position, source: None,
    *,
    pace: Pace | None = None,
    keep_seconds: float = KEEP_SECONDS,
) -> Done:
    """Score every row of the input, in order.

    Args:
        run: what, how and where to.
        progress: told before the first block and after each.
        pace: how much is scored at a time; it makes no difference to the output.
        keep_seconds: how often the manifest is renewed.

    Raises:
        ConfigurationError, UnknownName: it cannot begin, or not go on where it was.
        BulkRunEnded: it broke off.
        TooManyFaults: it was told to stop there.
        BrokenPipeError: nobody reads standard output any more.
    """
    _require_sense(run)
    with ExitStack() as stack:
        ready = run.setup.ready()
        stack.callback(ready.close)
        source = stack.enter_context(open_source(run.input, run.shard))
        ledger = open_ledger(
            run.output,
            _beginning(run, ready, source),
            components=tuple(path for path, _ in ready.rubric.rubric.walk()),
            resume=run.resume,
            seconds=keep_seconds,
        )
        stack.callback(ledger.close)
        before = ledger.position
        told: list[str] = []
        if ledger.manifest.state == "unfinished":
            _go_to(source, before, run)
            progress(before, source)
            for block, rows in stack.enter_context(
                closing(_graded(source, before, run, ready, pace or Pace()))
            ):
                told += rows.told[: FAULTS_TOLD - len(told)]
                _require_few(ledger.position, rows, run, told)
                ledger.add(block, rows)
                progress(ledger.position, source)
            _require_all(source, ledger.position)
            ledger.finish()
        return Done(ledger.manifest, before, tuple(told))


def _require_sense(run: Run) -> None:
    if run.resume and run.format == "parquet":
        raise BulkFileError(
            "a Parquet file cannot be gone on with, because its last bytes describe all "
            "of it: resume JSON lines, or score in shards and repeat the one that ended"
        )
    if run.resume and run.input == STANDARD_INPUT:
        raise BulkFileError(
            "standard input cannot be read again from where it was: --resume needs a file"
        )
    if run.output is None:
        if run.format == "parquet":
            raise BulkFileError("Parquet goes into a file: give its name with --output")
        if is_read(STANDARD_OUTPUT, run.input):
            raise BulkFileError(
                "standard output is what is read: write to another file"
            )
        return
    for path in (Path(run.output), path_beside(run.output)):
        if is_read(path, run.input):
            raise BulkFileError(f"{str(path)!r} is what is read: write to another file")


def _beginning(run: Run, ready: Ready, source: Source) -> Manifest:
    rubric = ready.rubric
    return Manifest(
        input=run.input,
        terms=Terms(
            input_size=source.size,
            shard=str(run.shard),
            rubric=rubric.name,
            rubric_digest=rubric.digest,
            rubric_signature=rubric.signature,
            tickets_digest=ready.tickets_digest,
            detail=run.setup.detail,
            format=run.format,
        ),
        position=Position(input_bytes=source.first, next_line=source.first_line),
    )


def _require_few(
    position: Position, rows: Graded, run: Run, told: Iterable[str]
) -> None:
    """Stop before rows are written that would be one fault too many.

    So a run that is resumed tries them again: it may have been a judge that was away.
    """
    failed = position.failed + sum(rows.faults.values())
    if run.most_faults is not None and failed > run.most_faults:
        raise TooManyFaults(failed, run.most_faults, told)


def _require_all(source: Source, position: Position) -> None:
    """Refuse to call a run finished whose input became shorter under its hands.

    Raises:
        BulkRunEnded: it did.
    """
    if source.end is not None and position.input_bytes != source.end:
        raise BulkRunEnded(
            f"{source.name}: it was {source.size} bytes long when it was opened, and "
            f"ends after {position.input_bytes} now"
        )


def _go_to(source: Source, position: Position, run: Run) -> None:
    """Read on from that position, if what is before it is what it was.

    Raises:
        BulkFileError: it is not.
    """
    if position.input_bytes == source.first:
        return
    if source.size is None:
        raise BulkFileError(
            f"cannot resume {run.output!r}: {source.name} is a stream, which cannot be "
            "read again; --resume needs a file"
        )
    end, source.end = source.end, position.input_bytes
    line, checksum = source.first_line, 0
    for block in blocks(source.read, lambda: MAX_LINE, line=line, offset=source.first):
        line, checksum = block.next_line, block.checksum
    source.end = end
    if (line, checksum) != (position.next_line, position.input_crc32):
        raise BulkFileError(
            f"cannot resume {run.output!r}: {source.name} is not what it was before "
            f"line {position.next_line}; run without --resume to begin again"
        )


def _graded(
    source: Source, position: Position, run: Run, ready: Ready, pace: Pace
) -> Generator[tuple[Block, Graded]]:
    """Each block from there on with its rows, made here or by workers."""
    found = blocks(
        source.read,
        pace.size,
        line=position.next_line,
        offset=position.input_bytes,
        checksum=position.input_crc32,
    )
    if run.jobs == 1:
        graded = _here(found, ready)
    else:
        graded = _by_workers(found, source, run, ready)
    with closing(graded):
        for block, rows in graded:
            pace.took(len(block.data), rows.seconds)
            yield block, rows


def _here(found: Iterable[Block], ready: Ready) -> Generator[tuple[Block, Graded]]:
    for block in found:
        yield block, ready.grader.grade(block)


def _by_workers(
    found: Iterable[Block], source: Source, run: Run, ready: Ready
) -> Generator[tuple[Block, Graded]]:
    expected = Hello(ready.rubric.digest, ready.tickets_digest)
    with Workers(run.setup, run.jobs, expected, source) as workers:
        yield from workers.graded(found)
