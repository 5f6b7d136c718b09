"""The benchmark of openenv's client; that it plays is tried in tests/official."""

import sys

import pytest
from harness.servers import ours
from suites import client
from suites.client import SHORT, Played, clients, rows


def played(server: float) -> Played:
    """A hundred steps in a second."""
    return Played(steps=100, seconds=1.0, client=0.5, server=server)


def test_clients_that_break_off_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here openenv is not installed, so its clients cannot even be imported."""
    monkeypatch.setattr(client, "peer_python", lambda: sys.executable)

    with (
        ours() as server,
        pytest.raises(
            RuntimeError, match=r"(?s)broke off: .*No module named 'openenv'"
        ),
        clients(server, SHORT[0]),
    ):
        pass


def test_the_aim_is_held_to_the_servers_time() -> None:
    """However long the client takes, which is the same for both."""
    per_cpu, per_second, own = rows(SHORT[0], [played(0.1)], [played(0.4)])

    assert per_cpu.ratio is not None
    assert 4.0 == pytest.approx(per_cpu.ratio.median)
    assert per_cpu.met
    assert 5000.0 == pytest.approx(own.ours.median)
    assert [None, None] == [per_second.met, own.met]
