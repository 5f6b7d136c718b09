"""Stored steps, as commands take them: a path, `-` for standard input, or a store.

`store:last` means the steps of the newest run in the store, `store:RUN` those of
another, `store:` all of them.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import rich_click as click
from attrs import define, field

from ..core.errors import StepFileError, listed
from ..core.record_reading import ReadStep, lines_of, read_records
from ..core.records import StepFault, StepRecord, encode_step
from ..environment import read_rubric
from ..plugins.compiled import CompiledRubric, compile_rubric
from ..plugins.registry import PluginRegistry
from ..store.listing import EpisodeFilter
from .archives import STORE, find_run, opened, store_files
from .output import note


STANDARD_INPUT = "-"

max_errors_option = click.option(
    "--max-errors",
    type=click.IntRange(min=0),
    help="Allow that many bad rows, and stop at one more.  [every row is tried]",
)


@define
class StepFile:
    """The steps of a file or store, and what there was to say about it.

    `database_url` says which store, as the flag does. Bad lines come as faults. A last
    line that a crash cut is left out and counted; a file whose first line is of another
    version is refused, because all of it is.
    """

    path: str
    database_url: str | None = None
    truncated: int = field(default=0, init=False)
    ignored: Counter[str] = field(factory=Counter, init=False)

    @property
    def name(self) -> str:
        """What errors call it."""
        return "standard input" if self.path == STANDARD_INPUT else self.path

    def rows(self) -> Iterator[ReadStep | StepFault]:
        """The rows, the first of them read at once.

        A file that cannot be read or holds nothing is refused here, before anything
        has been written.
        """
        items = self._items()
        return chain((next(items),), items)

    def _items(self) -> Iterator[ReadStep | StepFault]:
        if self.path.startswith(STORE):
            yield from self._stored()
            return
        first = True
        with _opened(self.path) as stream:
            for item in read_records(lines_of(stream), self.name):
                if isinstance(item, ReadStep):
                    self.ignored.update(item.ignored)
                elif item.kind == "truncated":
                    self.truncated += 1
                    note(f"{item}; it is left out")
                    continue
                elif item.kind == "schema" and first:
                    raise StepFileError(str(item))
                first = False
                yield item
        if first:
            raise StepFileError(f"{self.name}: it holds no stored steps")

    def _stored(self) -> Iterator[ReadStep | StepFault]:
        reference = self.path.removeprefix(STORE)
        with opened(self.database_url) as archive:
            run_id = find_run(archive, reference).run_id if reference else None
            found = archive.steps(EpisodeFilter(run_id=run_id))
            first = next(found, None)
            if first is None:
                raise StepFileError(f"{self.name}: it holds no stored steps")
            yield first
            yield from found

    def report(self) -> None:
        """Say which keys were left out, on standard error."""
        if self.ignored:
            found = (f"{key} ({times})" for key, times in sorted(self.ignored.items()))
            note(f"keys of a later version, left out: {listed(found)}")


def compiled(reference: str, registry: PluginRegistry) -> CompiledRubric:
    """The rubric that a command's argument names, ready to score."""
    return compile_rubric(read_rubric(reference, registry), registry)


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer
        return
    with ExitStack() as open_:
        try:
            file = open_.enter_context(Path(path).open("rb"))
        except (OSError, ValueError) as error:
            raise StepFileError(f"stored steps {path!r}: {_why(error)}") from error
        yield file


@contextmanager
def written_steps(
    path: str | None, *, database_url: str | None
) -> Iterator[Callable[[StepRecord], None] | None]:
    """What writes records to the file of that path, a line each; None for None."""
    if path is None:
        yield None
        return
    with written(path, database_url=database_url) as stream:

        def keep(record: StepRecord) -> None:
            stream.write(encode_step(record))
            stream.flush()

        yield keep


@contextmanager
def written(
    path: str, *, reads: str = "", database_url: str | None
) -> Iterator[BinaryIO]:
    """The file of that path, made anew; never one that is being read.

    Neither that of the path `reads`, nor a file of the store that the flag names.
    """
    with ExitStack() as open_:
        try:
            if reads and Path(reads).exists() and _same(Path(path), Path(reads)):
                raise StepFileError(f"{path!r} is what is read: write to another file")
            require_no_store(path, database_url)
            file = open_.enter_context(Path(path).open("wb"))
        except (OSError, ValueError) as error:
            raise StepFileError(f"output {path!r}: {_why(error)}") from error
        yield file


def require_no_store(path: str, database_url: str | None = None) -> None:
    """Refuse to write to a file of the store that the flag or the variable names.

    Raises:
        StepFileError: it is one.
    """
    for kept in store_files(database_url):
        if _same(Path(path), kept):
            raise StepFileError(
                f"{path!r} is of the store {str(kept)!r}: write to another file"
            )


def _same(one: Path, other: Path) -> bool:
    """Whether both lead to one file, be it there or not."""
    if one.exists() and other.exists():
        return one.samefile(other)
    return one.resolve() == other.resolve()


def _why(error: Exception) -> str:
    reason = getattr(error, "strerror", None) or str(error)
    return str(reason).lower()
