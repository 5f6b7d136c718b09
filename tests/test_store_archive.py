"""Reading the store in order: runs, episodes, and steps that `rescore` can take."""

from pathlib import Path

import pytest
from attrs import evolve
from sqlalchemy import URL, update
from stores import (
    ENVIRONMENT,
    graded,
    keep,
    opened_store,
    played,
    started,
)

from support_queue_env.core.errors import StoreError
from support_queue_env.core.record_reading import ReadStep, read_records
from support_queue_env.core.records import StepFault, encode_step, record_of
from support_queue_env.evaluation.rescoring import (
    ScoredAgain,
    StoredCases,
    score_again,
)
from support_queue_env.store.archive import Archive, KeptStep, open_archive
from support_queue_env.store.listing import EpisodeFilter
from support_queue_env.store.log import Store
from support_queue_env.store.retention import prune
from support_queue_env.store.runs import RunInfo
from support_queue_env.store.schema import annotations, scores, steps
from support_queue_env.store.urls import file_url


HARD = played()
EASY = played(task_id="easy_inbox_cleanup", rubric="strict", rewards="terminal")


def keys(archive: Archive, **wanted: object) -> list[str]:
    """The keys of the episodes that a filter lets through, the newest first."""
    found = archive.episodes(EpisodeFilter(**wanted))  # type: ignore[arg-type]  # by name
    return [summary.episode.key for summary in found]


def fill(store: Store) -> None:
    """Four episodes: one each of two tasks, one unfinished, one over a socket."""
    keep(store, "hard", HARD)
    keep(store, "easy", EASY)
    keep(store, "begun", HARD[:3])
    store.append(started("socket", HARD[0], "websocket"))


def test_episodes_are_listed_newest_first_and_filtered(database_url: URL) -> None:
    """By run, task, rubric, id, source and whether they are finished."""
    with opened_store(database_url) as store:
        fill(store)
    with opened_store(database_url) as later:
        keep(later, "later", EASY)
    with open_archive(database_url) as archive:
        assert keys(archive) == ["later", "socket", "begun", "easy", "hard"]
        assert keys(archive, run_id=store.run.run_id) == [
            "socket",
            "begun",
            "easy",
            "hard",
        ]
        assert keys(archive, task_id="easy_inbox_cleanup") == ["later", "easy"]
        assert keys(archive, rubric="strict") == ["later", "easy"]
        assert keys(archive, rubric=HARD[0].scorer.digest) == [
            "socket",
            "begun",
            "hard",
        ]
        assert keys(archive, episode_id=EASY[0].episode_id) == ["later", "easy"]
        assert keys(archive, source="websocket") == ["socket"]
        assert keys(archive, finished=True) == ["later", "easy", "hard"]
        assert keys(archive, finished=False, rubric="classic") == ["socket", "begun"]
        assert [s.episode.key for s in archive.episodes(limit=2)] == ["later", "socket"]


def test_a_listed_episode_tells_its_score(database_url: URL) -> None:
    """The mean of its tickets' rewards, however they were paid; none before the end."""
    with opened_store(database_url) as store:
        fill(store)
    with open_archive(database_url) as archive:
        found = {summary.episode.key: summary for summary in archive.episodes()}

    assert found["hard"].score == pytest.approx(HARD[-1].average_reward, abs=1e-12)
    assert found["easy"].score == EASY[-1].graded[-1].paid
    assert (found["begun"].graded, found["begun"].score) == (2, None)
    assert found["socket"].paid == 0


def test_runs_are_listed_with_what_was_played_in_them(database_url: URL) -> None:
    """Scores of different rubrics are not thrown together."""
    run = RunInfo(run_id="r", command="serve", rubric="classic", version="7")
    with opened_store(database_url, run) as store:
        fill(store)
    with opened_store(database_url, RunInfo(run_id="empty")):
        pass
    with open_archive(database_url) as archive:
        assert [found.run_id for found in archive.runs()] == ["empty", "r"]
        assert [found.run_id for found in archive.runs(limit=1)] == ["empty"]
        assert archive.run("nothing") is None
        listed = archive.run("r")

    assert listed is not None
    assert (listed.command, listed.rubric, listed.version) == ("serve", "classic", "7")
    assert (listed.episodes, listed.steps) == (4, 8)
    classic, strict = listed.rubrics
    assert (classic.rubric, classic.episodes, classic.finished) == ("classic", 3, 1)
    assert classic.mean_score == pytest.approx(HARD[-1].average_reward, abs=1e-12)
    assert (strict.rubric, strict.steps) == ("strict", 2)
    assert strict.mean_score == EASY[-1].graded[-1].paid


def test_an_episode_is_found_by_key_or_id(database_url: URL) -> None:
    """Of several of one id it is the newest."""
    with opened_store(database_url) as store:
        fill(store)
    with open_archive(database_url) as archive:
        by_key, by_id = archive.episode("hard"), archive.episode(HARD[0].episode_id)
        assert archive.episode("nothing") is None

    assert by_key is not None
    assert by_id is not None
    assert (by_key.key, by_id.key) == ("hard", "socket")
    assert by_key.done


def test_stored_steps_are_the_records_of_what_was_played(database_url: URL) -> None:
    """The very records that `eval --episodes` would have written."""
    with opened_store(database_url) as store:
        keep(store, "hard", HARD)
        keep(store, "easy", EASY)
    with open_archive(database_url) as archive:
        items = list(archive.steps())

    expected = [record_of(HARD[-1], ticket) for ticket in HARD[-1].graded]
    expected += [record_of(EASY[-1], ticket) for ticket in EASY[-1].graded]
    keys = ["hard"] * len(HARD[-1].graded) + ["easy"] * len(EASY[-1].graded)
    assert items == [
        KeptStep(n, record, key=key)
        for n, (record, key) in enumerate(zip(expected, keys, strict=True), 1)
    ]


def test_stored_steps_can_be_scored_again(database_url: URL) -> None:
    """A rubric gives again what it gave."""
    with opened_store(database_url) as store:
        keep(store, "hard", HARD)
    cases = StoredCases(ENVIRONMENT.tasks)
    with open_archive(database_url) as archive:
        for item in archive.steps():
            again = score_again(item, HARD[0].scorer, cases, archive.place)

            assert isinstance(again, ScoredAgain)
            assert again.before == again.after


def test_steps_of_repeated_ids_can_be_told_apart(database_url: URL) -> None:
    """Else a file of them would be read as steps that appear twice."""
    with opened_store(database_url) as store:
        for key in ("first", "second"):
            keep(store, key, HARD)
    with open_archive(database_url) as archive:
        items = [item for item in archive.steps() if isinstance(item, KeptStep)]
        read_again = list(read_records([encode_step(i.record) for i in items], "file"))

    assert {item.record.episode_id for item in items} == {HARD[0].episode_id, "second"}
    assert read_again == [ReadStep(item.line, item.record) for item in items]


def test_a_damaged_step_is_a_fault_in_its_place(database_url: URL) -> None:
    """The others are read; a whole episode of it is refused by name."""
    with opened_store(database_url) as store:
        keep(store, "hard", HARD)
        connection = store._writer._connection
        assert connection is not None
        with connection.begin():
            connection.execute(
                update(steps).where(steps.c.step == 1).values(action="{")
            )
            connection.execute(
                update(scores).where(scores.c.step == 2).values(document="{}")
            )
    with open_archive(database_url) as archive:
        kinds = [type(item) for item in archive.steps()]
        with pytest.raises(StoreError, match="episode hard"):
            list(archive.whole_episodes())

    assert kinds == [KeptStep, StepFault, StepFault, KeptStep]


def test_more_than_a_page_is_walked_in_order(database_url: URL) -> None:
    """What is added meanwhile is not part of the walk."""
    first = HARD[0]
    with opened_store(database_url, durability="normal") as store:
        for number in range(450):
            state = evolve(first, episode_id=f"e{number}")
            store.append(started(f"k{number}", state))
        with open_archive(database_url) as archive:
            walk = archive.whole_episodes()
            seen = [next(walk).key]
            store.append(started("more", first))
            seen += [episode.key for episode in walk]

            assert seen == [f"k{number}" for number in range(450)]
            assert len(list(archive.episodes())) == 451
            assert len(list(archive.episodes(limit=201))) == 201


def test_scores_and_words_added_later_are_told(database_url: URL) -> None:
    """They stand beside what was kept first."""
    with opened_store(database_url) as store:
        keep(store, "k", HARD[:2])
        connection = store._writer._connection
        assert connection is not None
        with connection.begin():
            connection.execute(
                scores.insert().values(
                    episode_key="k", step=0, rubric_digest="d", reward=0, document="{}"
                )
            )
            connection.execute(
                annotations.insert().values(
                    episode_key="k", step=0, author="me", text="\0 why?", at=1.5
                )
            )
    with open_archive(database_url) as archive:
        episode = archive.episode("k")
        assert episode is not None
        (other,) = archive.other_scores(episode)
        (annotation,) = archive.annotations("k")

    assert (other.index, other.rubric_digest, other.score) == (0, "d", "{}")
    assert (annotation.index, annotation.author, annotation.text) == (
        0,
        "me",
        "\0 why?",
    )


def test_odd_questions_are_refused_or_find_nothing(database_url: URL) -> None:
    """An argument that is no UTF-8, or no number of a database, is no traceback."""
    odd = "\udcff"
    with opened_store(database_url):
        pass
    with open_archive(database_url) as archive:
        assert len(list(archive.runs(10**30))) == 1
        assert list(archive.episodes(limit=10**30)) == []
        for ask_oddly in (
            lambda: archive.run(odd),
            lambda: archive.episode(odd),
            lambda: list(archive.episodes(EpisodeFilter(task_id=odd))),
            lambda: list(archive.steps(EpisodeFilter(rubric=odd))),
        ):
            with pytest.raises(StoreError, match="expected text in UTF-8"):
                ask_oddly()
    assert prune(database_url, keep=10**30).episodes == 0


def test_where_no_store_is_nothing_is_made(tmp_path: Path) -> None:
    """Looking does not leave an empty file."""
    with (
        pytest.raises(StoreError, match="there is no store at"),
        open_archive(file_url(tmp_path / "x.db")),
    ):
        pass

    assert list(tmp_path.iterdir()) == []


def test_an_open_store_is_read_while_it_is_written(database_url: URL) -> None:
    """A page loaded in the middle of a training run."""
    with opened_store(database_url) as store:
        store.append(started("k", HARD[0]))
        with open_archive(database_url) as archive:
            store.append(graded("k", HARD[1]))

            assert len(list(archive.steps())) == 1
