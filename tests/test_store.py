"""The store keeps events and gives them back, on SQLite and on PostgreSQL."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Table, func, select
from stores import (
    ask,
    graded,
    keep,
    new_key,
    opened_store,
    played,
    read,
    started,
)

from support_queue_env.core.conversion import unstructure
from support_queue_env.core.errors import EpisodeConflict, EpisodeGone, NotRecorded
from support_queue_env.core.log import Event, Position
from support_queue_env.core.score_documents import read_score
from support_queue_env.store.log import Store, open_store
from support_queue_env.store.runs import RunInfo
from support_queue_env.store.schema import (
    episodes,
    escaped,
    runs,
    scores,
    steps,
    unescaped,
)


EPISODE = played()


def rows_in(store: Store, table: Table) -> int:
    """How many rows a table has."""
    count = select(func.count()).select_from(table)
    return ask(lambda: store._readers.ask(lambda c: c.execute(count).scalar_one()))


def test_what_was_appended_is_read(database_url: URL) -> None:
    """An episode comes back with every value that it went in with."""
    states = played(seed=2**63 - 1, feedback="full", rewards="terminal")
    last = states[-1]
    with opened_store(database_url) as store:
        keep(store, "k", states)
        stored = read(store, "k")

    assert [read_score(step.score) for step in stored.steps] == [
        ticket.score for ticket in last.graded
    ]
    assert [step.action for step in stored.steps] == [
        unstructure(ticket.action) for ticket in last.graded
    ]
    assert [step.paid for step in stored.steps] == [t.paid for t in last.graded]
    assert [step.index for step in stored.steps] == [0, 1, 2, 3]
    assert [step.ticket_id for step in stored.steps] == [
        ticket.case.ticket.ticket_id for ticket in last.graded
    ]
    assert stored.done
    assert (stored.seed, stored.feedback, stored.rewards, stored.split) == (
        2**63 - 1,
        "full",
        "terminal",
        last.task.split,
    )
    assert (stored.rubric, stored.rubric_digest, stored.rubric_signature) == (
        last.scorer.name,
        last.scorer.digest,
        last.scorer.signature,
    )
    assert stored.episode_id == last.episode_id
    assert (stored.key, stored.run_id) == ("k", store.run.run_id)


def test_another_process_reads_it_after_a_restart(database_url: URL) -> None:
    """What one store kept, the next one finds, and knows it is of another run."""
    with opened_store(database_url) as store:
        keep(store, "k", EPISODE[:3])
    with opened_store(database_url) as later:
        stored = read(later, "k")
        later.append(graded("k", EPISODE[3]))

        assert len(stored.steps) == 2
        assert not stored.done
        assert len(read(later, "k").steps) == 3
        assert stored.run_id != later.run.run_id
        assert not later.warnings


def test_nothing_is_found_where_nothing_is(database_url: URL) -> None:
    """Unknown keys and ids give None, not an error."""
    with opened_store(database_url) as store:
        assert ask(lambda: store.read("nothing")) is None
        assert ask(lambda: store.locate("nothing")) is None
        assert ask(lambda: store.locate(None)) is None


def test_locate_finds_the_newest_http_episode(database_url: URL) -> None:
    """By id over all runs, without one among the unnamed of this run alone."""
    episode = EPISODE[0]
    with opened_store(database_url) as before:
        before.append(started("old", episode))
        before.append(started("old-named", episode, named=True))
    with opened_store(database_url) as store:
        assert ask(lambda: store.locate(None)) is None
        assert ask(lambda: store.locate(episode.episode_id)) == Position("old-named", 0)

        store.append(started("unnamed", episode))
        store.append(started("named", episode, named=True))
        store.append(started("socket", episode, "websocket"))
        store.append(started("tool", episode, "mcp"))
        store.append(graded("unnamed", EPISODE[1]))
        store.append(graded("named", EPISODE[1]))
        store.append(graded("named", EPISODE[2]))

        assert ask(lambda: store.locate(None)) == Position("unnamed", 1)
        assert ask(lambda: store.locate(episode.episode_id)) == Position("named", 2)


def test_a_run_finds_its_own_episode_before_a_newer_one(database_url: URL) -> None:
    """Where two servers have one of the same id; another run takes the newest."""
    episode = EPISODE[0]
    with opened_store(database_url) as one, opened_store(database_url) as two:
        one.append(started("one-old", episode, named=True))
        one.append(started("one", episode, named=True))
        assert ask(lambda: two.locate(episode.episode_id)) == Position("one", 0)

        two.append(started("two-old", episode, named=True))
        two.append(started("two", episode, named=True))
        two.append(graded("two", EPISODE[1]))

        assert ask(lambda: one.locate(episode.episode_id)) == Position("one", 0)
        assert ask(lambda: two.locate(episode.episode_id)) == Position("two", 1)
    with opened_store(database_url) as later:
        assert ask(lambda: later.locate(episode.episode_id)) == Position("two", 1)


def test_workers_of_one_run_find_each_others_episodes(database_url: URL) -> None:
    """They share the run's id, which is kept once."""
    run = RunInfo(run_id="r", command="serve")
    with opened_store(database_url, run) as one, opened_store(database_url, run) as two:
        one.append(started("k", EPISODE[0]))

        assert ask(lambda: two.locate(None)) == Position("k", 0)
        assert rows_in(two, runs) == 1


def test_workers_may_start_at_one_moment(database_url: URL) -> None:
    """On an empty database all but one wait for the tables, and nobody fails."""
    run = RunInfo(run_id="r")
    with ThreadPoolExecutor(6) as threads:
        stores = list(threads.map(lambda _: open_store(database_url, run), range(6)))
    try:
        for store in stores:
            store.append(started(new_key(), EPISODE[0]))

        assert rows_in(stores[0], runs) == 1
        assert rows_in(stores[0], episodes) == 6
    finally:
        for store in stores:
            store.close()


def test_a_ticket_is_graded_once(database_url: URL) -> None:
    """A second step of that index is a conflict, and changes nothing."""
    with opened_store(database_url) as store:
        keep(store, "k", EPISODE[:2])
        before = read(store, "k")
        with pytest.raises(EpisodeConflict):
            store.append(graded("k", EPISODE[1]))
        with pytest.raises(EpisodeConflict):
            store.append(started("k", EPISODE[0]))

        assert read(store, "k") == before
        assert store.status.healthy
        store.append(graded("k", EPISODE[2]))


def test_a_request_is_answered_once(database_url: URL) -> None:
    """A request id counts once in an episode; episodes do not share them."""
    with opened_store(database_url) as store:
        for key in ("a", "b"):
            store.append(started(key, EPISODE[0]))
            store.append(graded(key, EPISODE[1], "r\0é"))
        with pytest.raises(EpisodeConflict):
            store.append(graded("a", EPISODE[2], "r\0é"))
        store.append(graded("a", EPISODE[2], ""))

        assert [step.request_id for step in read(store, "a").steps] == ["r\0é", ""]


def test_a_step_without_its_episode_is_no_conflict(database_url: URL) -> None:
    """It is not recorded, since it could never be read; trying again is of no use."""
    with opened_store(database_url) as store:
        with pytest.raises(EpisodeGone, match="call reset"):
            store.append(graded("nothing", EPISODE[1]))
        assert store.status.healthy


def test_only_the_culprit_of_a_batch_is_refused(database_url: URL) -> None:
    """Those that were committed together with a duplicate are kept."""

    async def together(store: Store) -> list[object]:
        events: list[Event] = [graded("k", EPISODE[1])]
        events += [started(f"k{number}", EPISODE[0]) for number in range(20)]
        events += [graded("nothing", EPISODE[1]), graded("k", EPISODE[2])]
        return await asyncio.gather(
            *(store.append_async(event) for event in events), return_exceptions=True
        )

    with opened_store(database_url) as store:
        keep(store, "k", EPISODE[:2])
        answers = asyncio.run(together(store))

        assert [type(answer) for answer in answers] == [
            EpisodeConflict,
            *[type(None)] * 20,
            EpisodeGone,
            type(None),
        ]
        assert len(read(store, "k").steps) == 2
        assert read(store, "k19").steps == ()


def test_many_tasks_and_threads_append_at_once(database_url: URL) -> None:
    """Every event of everybody is kept, in fewer commits than events."""

    async def play(store: Store, key: str) -> None:
        await store.append_async(started(key, EPISODE[0]))
        for state in EPISODE[1:]:
            await store.append_async(graded(key, state))

    async def play_all(store: Store, keys: list[str]) -> None:
        await asyncio.gather(*(play(store, key) for key in keys))

    keys = [[new_key() for _ in range(8)] for _ in range(3)]
    single = [new_key() for _ in range(3)]
    with opened_store(database_url, durability="normal") as store:
        threads = [
            threading.Thread(
                target=lambda mine=mine: asyncio.run(play_all(store, mine))
            )
            for mine in keys
        ] + [
            threading.Thread(target=keep, args=(store, key, EPISODE)) for key in single
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        status = store.status
        assert status.events == 27 * 5
        assert 0 < status.commits < status.events
        assert status.commit_seconds > 0
        assert status.waiting == 0
        for key in [*single, *(key for mine in keys for key in mine)]:
            assert len(read(store, key).steps) == 4


def test_a_race_for_one_ticket_has_one_winner(database_url: URL) -> None:
    """Two servers on one database: the later one is told of the conflict."""

    async def race(stores: list[Store]) -> list[object]:
        return await asyncio.gather(
            *(store.append_async(graded("k", EPISODE[1])) for store in stores * 6),
            return_exceptions=True,
        )

    with opened_store(database_url) as one, opened_store(database_url) as two:
        one.append(started("k", EPISODE[0]))
        answers = asyncio.run(race([one, two]))

        assert answers.count(None) == 1
        assert sum(isinstance(answer, EpisodeConflict) for answer in answers) == 11


def test_whoever_stops_waiting_disturbs_nobody(database_url: URL) -> None:
    """A cancelled task gets no answer; the others of its batch do."""

    async def play(store: Store) -> None:
        tasks = [
            asyncio.ensure_future(store.append_async(started(f"k{n}", EPISODE[0])))
            for n in range(4)
        ]
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.gather(*tasks[1:])

    with opened_store(database_url) as store:
        asyncio.run(play(store))

        assert read(store, "k3").key == "k3"


def test_a_closed_store_refuses(database_url: URL) -> None:
    """Closing twice is harmless; afterwards nothing is recorded or read."""
    with opened_store(database_url) as store:
        store.close()
        with pytest.raises(NotRecorded, match="closed"):
            store.append(started("k", EPISODE[0]))
        with pytest.raises(NotRecorded, match="closed"):
            ask(lambda: store.append_async(started("k", EPISODE[0])))
        with pytest.raises(NotRecorded, match="closed"):
            ask(lambda: store.locate(None))


def test_closing_commits_what_waits(database_url: URL) -> None:
    """Events given before are kept, whether or not anybody waits for them."""

    async def give(store: Store) -> None:
        tasks = [
            asyncio.ensure_future(store.append_async(started(f"k{n}", EPISODE[0])))
            for n in range(50)
        ]
        await asyncio.sleep(0)
        await asyncio.to_thread(store.close)
        await asyncio.gather(*tasks)

    with opened_store(database_url) as store:
        asyncio.run(give(store))
    with opened_store(database_url) as later:
        assert read(later, "k49").key == "k49"


def test_scoring_again_adds_a_row(database_url: URL) -> None:
    """A score by another rubric stands beside the first, which is what is read."""
    with opened_store(database_url) as store:
        keep(store, "k", EPISODE[:2])
        before = read(store, "k")
        connection = store._writer._connection
        assert connection is not None
        with connection.begin():
            connection.execute(
                scores.insert().values(
                    episode_key="k", step=0, rubric_digest="d", reward=0, document="{}"
                )
            )

        assert read(store, "k") == before
        assert (rows_in(store, scores), rows_in(store, steps)) == (2, 1)


@given(text=st.text(st.sampled_from("\0\\u05c00a") | st.characters(codec="utf-8")))
def test_any_text_of_a_client_survives(text: str) -> None:
    """NUL is written as an escape, and nothing else is taken for one."""
    assert "\0" not in escaped(text)
    assert unescaped(escaped(text)) == text


@pytest.fixture
def open_one(database_url: URL) -> Iterator[Store]:
    """A store that stays open for the whole test."""
    with opened_store(database_url, durability="normal") as store:
        yield store


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    episode_id=st.text(st.characters(codec="utf-8"), min_size=1, max_size=255),
    request_id=st.none() | st.text(st.characters(codec="utf-8"), max_size=255),
    paid=st.floats(0, 1),
)
def test_any_id_and_number_survives(
    open_one: Store, episode_id: str, request_id: str | None, paid: float
) -> None:
    """Ids are any text, rewards any float; both come back bit by bit."""
    key = new_key()
    first = evolve(EPISODE[0], episode_id=episode_id)
    ticket = evolve(EPISODE[1].graded[0], paid=paid)
    open_one.append(started(key, first, named=True))
    open_one.append(graded(key, evolve(first, graded=(ticket,)), request_id))
    stored = read(open_one, key)

    assert stored.episode_id == episode_id
    assert stored.steps[0].request_id == request_id
    assert stored.steps[0].paid == paid
    assert ask(lambda: open_one.locate(episode_id)) == Position(key, 1)
