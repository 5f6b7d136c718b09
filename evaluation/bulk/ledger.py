"""The output of a run together with its manifest."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

from attrs import define, evolve, field

from ...core.errors import BulkFileError, BulkRunEnded
from .grading import Graded
from .lines import Block
from .manifest import (
    Manifest,
    Position,
    path_beside,
    read_manifest,
    require_same,
    write_manifest,
)
from .output import FileOutput, Output, is_special, open_file, standard_output
from .parquet import ParquetOutput


@define
class Ledger:
    """Takes graded blocks in order, and keeps where it is.

    Without a `path` for the manifest nothing can be resumed. Every `seconds` the output
    is forced to the disk and the manifest replaced.
    """

    output: Output
    manifest: Manifest
    path: Path | None
    seconds: float
    _kept: float = field(factory=monotonic, init=False)

    @property
    def position(self) -> Position:
        """How far the run is."""
        return self.manifest.position

    def add(self, block: Block, graded: Graded) -> None:
        """The rows of the next block.

        Raises:
            BulkRunEnded: the output cannot be written on.
            BrokenPipeError: nobody reads it any more.
        """
        self.output.write(graded.data)
        before = self.position
        faults = Counter(before.faults)
        faults.update(graded.faults)
        position = Position(
            input_bytes=block.end,
            next_line=block.next_line,
            input_crc32=block.checksum,
            output_bytes=before.output_bytes + len(graded.data),
            rows=before.rows + graded.rows,
            faults=dict(faults),
            reward_sum=before.reward_sum + graded.reward,
        )
        self.manifest = evolve(self.manifest, position=position)
        if monotonic() - self._kept >= self.seconds:
            self.keep()

    def keep(self) -> None:
        """See to it that what was done until now need not be done again."""
        if self.path is not None and isinstance(self.output, FileOutput):
            self.output.sync()
            _written(self.path, self.manifest)
        self._kept = monotonic()

    def finish(self) -> None:
        """There are no more rows."""
        self.output.finish()
        self.manifest = evolve(self.manifest, state="finished")
        if self.path is not None:
            self.output.sync()
            _written(self.path, self.manifest)

    def close(self) -> None:
        """Let go of the output; what was done is kept as far as that is possible."""
        with suppress(BulkRunEnded):
            if self.manifest.state == "unfinished":
                self.keep()
        self.output.close()


def open_ledger(
    path: str | None,
    begin: Manifest,
    *,
    components: Sequence[str],
    resume: bool,
    seconds: float,
) -> Ledger:
    """The output of that path, or standard output for None, and its manifest.

    With `resume` it goes on where the manifest beside the output says, if there is one.
    `components` are the columns of a table.

    Raises:
        BulkFileError: it cannot be opened, or not be resumed.
    """
    if path is None or is_special(path):
        if resume:
            raise BulkFileError(
                "--resume goes on with a file: give its name with --output"
            )
        if path is None:
            return Ledger(standard_output(), begin, None, seconds)
        return Ledger(open_file(path), begin, None, seconds)
    beside = path_beside(path)
    if begin.terms.format == "parquet":
        columns = components if begin.terms.detail != "reward" else ()
        output = ParquetOutput(path, columns)
        beside.unlink(missing_ok=True)
        return Ledger(output, begin, beside, seconds)
    file = open_file(path)
    try:
        file.lock()
        manifest = _found(file, beside, begin) if resume else begin
        if manifest is begin:
            # First, so that no crash leaves the manifest of another output.
            _written(beside, manifest)
        if manifest.state == "unfinished":
            file.cut(manifest.position.output_bytes)
    except BaseException:
        file.close()
        raise
    return Ledger(file, manifest, beside, seconds)


def _found(file: FileOutput, beside: Path, begin: Manifest) -> Manifest:
    """The manifest to go on from, which is the new one where there is nothing yet."""
    found = read_manifest(beside)
    if found is None:
        if file.size:
            raise BulkFileError(
                f"cannot resume {file.path!r}: it is there, and its manifest "
                f"{str(beside)!r} is not; run without --resume to begin again"
            )
        return begin
    require_same(found.terms, begin.terms, file.path)
    if file.size < found.position.output_bytes:
        raise BulkFileError(
            f"cannot resume {file.path!r}: its manifest says that "
            f"{found.position.output_bytes} bytes were written, and it has "
            f"{file.size}; run without --resume to begin again"
        )
    return found


def _written(path: Path, manifest: Manifest) -> None:
    try:
        write_manifest(path, manifest)
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise BulkRunEnded(f"manifest {str(path)!r}: {why}") from error
