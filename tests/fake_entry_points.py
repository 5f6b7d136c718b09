"""Plugins that seem to be installed."""

from importlib import metadata

import pytest
from attrs import frozen


@frozen
class FakeDistribution:
    """What the registry asks of a distribution."""

    name: str
    version: str = "1.0"


def install(monkeypatch: pytest.MonkeyPatch, *declared: tuple[str, str, str]) -> None:
    """Pretend that distributions declare entry points: (name, value, distribution)."""
    found = []
    for name, value, distribution in declared:
        entry_point = metadata.EntryPoint(name, value, "support_queue_env")
        vars(entry_point)["dist"] = FakeDistribution(distribution)
        found.append(entry_point)
    monkeypatch.setattr(metadata, "entry_points", lambda group: found)
