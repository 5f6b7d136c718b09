"""The benchmark of open sessions, with our server in both places."""

from attrs import evolve
from harness.holder import held
from harness.servers import ours
from suites import sessions
from suites.sessions import Opened, opened, rows


FINE = Opened(
    sessions=20,
    refused="",
    rate=10.0,
    processor=5.0,
    memory=25.0,
    threads=0.0,
    again=0.0,
    gone=True,
)


def test_what_is_refused_is_said() -> None:
    """Sessions are opened up to the one that a server refuses, and closed in order."""
    with ours(max_sessions=2) as server:
        with held(server, 3) as holder:
            assert 2 == holder.opened
            assert "CAPACITY_REACHED" in holder.refused
            assert 2 == holder.close()
        assert sessions.wait_for_end(server, sessions.Usage.of(server))


def test_a_server_is_looked_at() -> None:
    """Its memory, threads and time are per session, and all ends are seen."""
    found = opened(ours, 4)

    assert (4, "", True) == (found.sessions, found.refused, found.gone)
    assert found.processor > 0
    assert found.rate > 0


def test_what_went_wrong_is_in_the_row() -> None:
    """A server that stopped early, or kept something, is named with its reason."""
    stopped = evolve(FINE, sessions=7, refused="OSError no threads", gone=False)
    told = list(rows(20, [FINE, FINE], [FINE, stopped], ["a note"]))

    expected = (
        "a note; official stopped at 7 (OSError no threads); "
        "official kept files or threads of closed sessions"
    )
    assert expected == told[0].note
    assert [True, True, None, None, None] == [
        row.met for row in rows(20, [evolve(FINE, memory=9.0)], [FINE], [])
    ]
