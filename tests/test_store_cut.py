"""A write-ahead log cut anywhere, as a power cut leaves it, opens as a prefix."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from stores import graded, opened_store, played, started

from support_queue_env.store.urls import file_url


EPISODE = played()
SECTOR = 512


def rows_of(path: Path) -> tuple[list[str], list[tuple[str, int]], int]:
    """The keys of episodes, the places of steps, in order, and how many scores."""
    with closing(sqlite3.connect(path)) as connection:
        (whole,) = connection.execute("PRAGMA integrity_check").fetchone()
        assert whole == "ok"
        keys = connection.execute("SELECT key FROM episodes ORDER BY sequence")
        places = connection.execute(
            "SELECT episode_key, step FROM steps ORDER BY rowid"
        )
        (scores,) = connection.execute("SELECT count(*) FROM scores").fetchone()
        return [key for (key,) in keys], places.fetchall(), scores


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[object]]:
    """A store as it lies on the disk while its server runs, and what was appended."""
    folder = tmp_path_factory.mktemp("cut")
    appended: list[object] = []
    with opened_store(file_url(folder / "running.db")) as store:
        for number in range(12):
            key = f"k{number}"
            store.append(started(key, EPISODE[0]))
            appended.append(key)
            for state in EPISODE[1:]:
                store.append(graded(key, state))
                appended.append((key, len(state.graded) - 1))
        for ending in ("", "-wal"):
            shutil.copy(folder / f"running.db{ending}", folder / f"copy.db{ending}")
    return folder / "copy.db", appended


def test_a_log_cut_anywhere_leaves_a_prefix(
    kept: tuple[Path, list[object]], tmp_path: Path
) -> None:
    """At sector boundaries all over it: no step without its episode or its score."""
    path, appended = kept
    log = path.with_name("copy.db-wal").read_bytes()
    offsets = range(0, len(log) + SECTOR, SECTOR)
    # `SUPPORT_QUEUE_SOAK=1` takes all of them.
    stride = 1 if os.environ.get("SUPPORT_QUEUE_SOAK") else 17
    found = []
    for offset in (*offsets[:-1:stride], offsets[-1]):
        here = tmp_path / f"{offset}.db"
        shutil.copy(path, here)
        Path(f"{here}-wal").write_bytes(log[:offset])
        with opened_store(file_url(here)) as store:
            assert store.warnings == ()
        keys, places, scores = rows_of(here)
        mixed = [item for item in appended if item in (set(keys) | set(places))]

        assert mixed == appended[: len(keys) + len(places)]
        assert scores == len(places)
        found.append(len(mixed))

    assert found == sorted(found)
    assert (found[0], found[-1]) == (0, len(appended))
