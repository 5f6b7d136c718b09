"""Checking a store, and what may go from it."""

import time
from pathlib import Path

import pytest
from sqlalchemy import URL, delete, update
from stores import ask, graded, keep, opened_store, played, read, started

from support_queue_env.core.errors import EpisodeGone, StoreError
from support_queue_env.store.checking import check
from support_queue_env.store.migrations import MIGRATIONS
from support_queue_env.store.retention import Pruned, prune, vacuum
from support_queue_env.store.schema import schema_version, scores, steps
from support_queue_env.store.urls import file_url


EPISODE = played()


def test_a_whole_store_is_counted(database_url: URL) -> None:
    """Rows by table, and no findings."""
    with opened_store(database_url) as store:
        keep(store, "a", EPISODE)
        keep(store, "b", EPISODE[:2])
        found = check(database_url)

    assert found.findings == ()
    assert found.whole
    assert found.rows == {
        "runs": 1,
        "episodes": 2,
        "steps": 5,
        "scores": 5,
        "annotations": 0,
    }
    assert found.version == len(MIGRATIONS)
    assert found.size
    assert found.backend == database_url.get_backend_name()


def test_what_is_wrong_with_rows_is_found(database_url: URL) -> None:
    """Gaps, scores that are missing, documents that are damaged."""
    with opened_store(database_url) as store:
        for key in ("gap", "unscored", "damaged"):
            keep(store, key, EPISODE)
        connection = store._writer._connection
        assert connection is not None
        with connection.begin():
            for table in (scores, steps):
                connection.execute(
                    delete(table).where(table.c.episode_key == "gap", table.c.step == 1)
                )
            connection.execute(
                delete(scores).where(
                    scores.c.episode_key == "unscored", scores.c.step == 3
                )
            )
            connection.execute(
                update(steps)
                .where(steps.c.episode_key == "damaged", steps.c.step == 0)
                .values(action='{"priority": 1}')
            )
    found = check(database_url)

    assert len(found.findings) == 3
    assert "episode gap are not its tickets in order" in found.findings[0]
    assert "step 3 of episode unscored has no score" in found.findings[1]
    assert "step 0 of episode damaged: InvalidInput" in found.findings[2]


def test_another_schema_is_a_finding(database_url: URL) -> None:
    """Its rows are not looked at."""
    with opened_store(database_url) as store:
        connection = store._writer._connection
        assert connection is not None
        with connection.begin():
            connection.execute(update(schema_version).values(version=99))

    (finding,) = check(database_url).findings
    assert finding == f"its schema has version 99, and this program's {len(MIGRATIONS)}"


@pytest.mark.parametrize("damage", ["garbage", "page"])
def test_a_damaged_file_is_found_and_left_alone(tmp_path: Path, damage: str) -> None:
    """Nothing is set aside, removed or compacted behind anybody's back."""
    path = tmp_path / "x.db"
    with opened_store(file_url(path)) as store:
        for number in range(20):
            keep(store, f"k{number}", EPISODE)
    whole = path.read_bytes()
    path.write_bytes(
        whole[:100] + b"\0" * 10_000
        if damage == "garbage"
        else whole[:12_288] + b"\xee" * 8192 + whole[20_480:]
    )
    before = path.read_bytes()
    found = check(file_url(path))

    assert found.findings
    assert path.read_bytes() == before
    for change in (
        lambda: prune(file_url(path), keep=1),
        lambda: vacuum(file_url(path)),
    ):
        with pytest.raises(StoreError, match="is damaged"):
            change()
    assert path.read_bytes() == before
    with opened_store(file_url(path)):
        (aside,) = check(file_url(path)).aside[:1]
    assert aside.startswith(f"{path}.corrupt-")


def test_where_no_store_is_there_is_nothing_to_look_after(tmp_path: Path) -> None:
    """None is made, either."""
    url = file_url(tmp_path / "x.db")
    for look in (lambda: check(url), lambda: prune(url, keep=1), lambda: vacuum(url)):
        with pytest.raises(StoreError, match="there is no store"):
            look()
    assert list(tmp_path.iterdir()) == []


def test_all_but_the_newest_go(database_url: URL) -> None:
    """With their steps, while the store is in use."""
    with opened_store(database_url) as store:
        for number in range(60):
            keep(store, f"k{number}", EPISODE[:3])
        gone = prune(database_url, keep=7)

        assert gone == Pruned(episodes=53, steps=106)
        assert prune(database_url, keep=7) == Pruned()
        assert ask(lambda: store.read("k52")) is None
        assert len(read(store, "k53").steps) == 2
        keep(store, "new", EPISODE)
        assert check(database_url).whole
        assert prune(database_url, keep=0).episodes == 8


def test_old_ones_go(database_url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were reset longer ago than that."""
    with opened_store(database_url) as store:
        keep(store, "old", EPISODE)
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now + 1000)
        keep(store, "new", EPISODE)
        monkeypatch.setattr(time, "time", lambda: now + 1001)

        assert prune(database_url, older_than=5000) == Pruned()
        assert prune(database_url, older_than=500).episodes == 1
        assert ask(lambda: store.read("old")) is None
        assert read(store, "new").done


def test_a_step_of_a_removed_episode_is_refused(database_url: URL) -> None:
    """It could never be read, so it is not called recorded."""
    with opened_store(database_url) as store:
        store.append(started("k", EPISODE[0]))
        prune(database_url, keep=0)
        with pytest.raises(EpisodeGone):
            store.append(graded("k", EPISODE[1]))

        assert store.status.healthy


def test_a_limit_in_bytes_is_kept_by_removing_the_oldest(tmp_path: Path) -> None:
    """Afterwards the rows fit, and `vacuum` gives the room back."""
    url = file_url(tmp_path / "x.db")
    with opened_store(url, durability="normal") as store:
        for number in range(150):
            keep(store, f"k{number}", EPISODE)
    limit = 700_000
    gone = prune(url, max_bytes=limit)
    compacted = vacuum(url)

    assert 0 < gone.episodes < 150
    assert compacted.before > compacted.after <= limit
    assert (tmp_path / "x.db").stat().st_size == compacted.after
    assert check(url).whole
    with opened_store(url) as store:
        assert read(store, "k149").done


def test_postgresql_keeps_no_limit_in_bytes(database_url: URL) -> None:
    """It says so instead of removing everything; compacting works on both."""
    with opened_store(database_url) as store:
        keep(store, "k", EPISODE)
        compacted = vacuum(database_url)
        assert compacted.after > 0
        if database_url.get_backend_name() == "postgresql":
            with pytest.raises(StoreError, match="for SQLite"):
                prune(database_url, max_bytes=1)
        assert read(store, "k").done
        keep(store, "more", EPISODE)


def test_a_server_prunes_without_looking_at_every_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has looked at its start, and a large file takes long to look at."""
    url = file_url(tmp_path / "x.db")
    with opened_store(url, durability="normal") as store:
        keep(store, "k", EPISODE)
        monkeypatch.setattr("support_queue_env.store.sqlite_file.damage_of", None)
        monkeypatch.setattr("support_queue_env.store.retention.damage_of", None)

        assert prune(url, keep=0, checked=False).episodes == 1
