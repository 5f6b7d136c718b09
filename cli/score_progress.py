"""How far a bulk run is, for the person who waits."""

import sys
from time import monotonic

import rich_click as click
from attrs import define, field

from ..evaluation.bulk.manifest import Position
from ..evaluation.bulk.source import Source


_ON_A_TERMINAL = 0.5
_ELSEWHERE = 10.0
"""Seconds between two lines of progress: one that is written over, or one more."""


@define
class Meter:
    """Says now and then how far a run is, on standard error."""

    quiet: bool
    _started: float = field(factory=monotonic, init=False)
    _said: float = field(factory=monotonic, init=False)
    _first: int | None = field(default=None, init=False)
    _drawn: bool = field(default=False, init=False)

    def __call__(self, position: Position, source: Source) -> None:
        """The run is there now; the first time, it begins there."""
        if self._first is None:
            self._first = position.rows
            return
        now = monotonic()
        terminal = _on_a_terminal()
        if self.quiet or now - self._said < (
            _ON_A_TERMINAL if terminal else _ELSEWHERE
        ):
            return
        self._said = now
        line = self._line(position, source, now)
        if terminal:
            click.echo(f"\r\033[K{line}", err=True, nl=False, color=True)
            self._drawn = True
        else:
            click.echo(line, err=True)

    def clear(self) -> None:
        """Leave the terminal's line to what comes next."""
        if self._drawn:
            click.echo("\r\033[K", err=True, nl=False, color=True)
            self._drawn = False

    def _line(self, position: Position, source: Source, now: float) -> str:
        speed = (position.rows - (self._first or 0)) / max(now - self._started, 1e-9)
        parts = [f"{position.rows:,} rows", f"{speed:,.0f} rows/s"]
        if source.end is not None and source.end > source.first:
            share = (position.input_bytes - source.first) / (source.end - source.first)
            parts.insert(0, f"{share:.0%}")
        if position.failed:
            parts.append(f"{position.failed:,} failed")
        return ", ".join(parts)


def _on_a_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()
