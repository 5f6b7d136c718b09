"""Many rows in one statement: every row arrives, as it was given."""

import os
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, select

from support_queue_env.store.insertion import MOST, insert_many
from support_queue_env.store.keys import new_key
from support_queue_env.store.schema import annotations, metadata


texts = st.text(st.characters(codec="utf-8"), max_size=12)


@given(st.lists(texts, max_size=3 * MOST))
def test_rows_arrive_in_any_number(words: list[str]) -> None:
    """Also with backslashes and NUL in them, which PostgreSQL would refuse."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    rows = [
        # Columns in another order than the table has them.
        {"text": text, "author": "a", "episode_key": str(n), "at": 0.5, "step": None}
        for n, text in enumerate(words)
    ]
    with engine.begin() as connection:
        insert_many(connection, annotations, rows)
        found = connection.execute(
            select(annotations.c.episode_key, annotations.c.text, annotations.c.step)
        ).all()
    engine.dispose()
    assert [tuple(row) for row in found] == [
        (str(n), text, None) for n, text in enumerate(words)
    ]


def test_keys_differ_and_sort_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many of one moment are all different; those of a later one come after them."""
    early = [new_key() for _ in range(1000)]
    monkeypatch.setattr("time.time_ns", lambda: 2**62)
    late = new_key()
    assert len(set(early)) == 1000
    assert max(early) < late
    key = uuid.UUID(late)
    assert str(key) == late
    assert (key.version, key.variant) == (7, uuid.RFC_4122)


# Later Pythons warn of forking beside threads; the child does nothing but this.
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_other_keys() -> None:
    """Its chance is not that of the process that it was."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, new_key()[19:].encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 64).decode()
    os.close(reading)
    os.close(writing)
    assert len(theirs) == 17
    assert theirs != new_key()[19:]
