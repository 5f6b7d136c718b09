"""A killed process has kept what it acknowledged. `make soak` kills more of them."""

from kill_rounds import kill_rounds
from sqlalchemy import URL


def test_nothing_acknowledged_is_lost(database_url: URL) -> None:
    """Nor is more there than one event per client that nobody was told of."""
    rounds = list(kill_rounds(database_url, rounds=2, clients=6, seed=11))

    assert [ended for ended in rounds if not ended.sound] == []
    assert all(ended.acknowledged for ended in rounds)


def test_a_store_that_acknowledges_too_early_is_caught(database_url: URL) -> None:
    """Else the test above would show nothing."""
    (ended,) = kill_rounds(database_url, 1, clients=6, seed=11, buffering=True)

    assert ended.lost
    assert not ended.sound
