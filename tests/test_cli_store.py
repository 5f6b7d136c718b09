"""Commands on a store that an evaluation has filled."""

import json
from pathlib import Path

import pytest
from command_line import Run, refused
from sqlalchemy import create_engine, text

from support_queue_env.core.log import EpisodeStarted
from support_queue_env.environment import load_environment
from support_queue_env.models import ResetOptions
from support_queue_env.store.log import open_store
from support_queue_env.store.runs import RunInfo
from support_queue_env.store.urls import resolve_url


@pytest.fixture
def address(tmp_path: Path) -> str:
    """The URL of a store that is not there yet."""
    return f"sqlite:///{tmp_path / 'episodes.db'}"


@pytest.fixture
def filled(run: Run, address: str) -> str:
    """The URL of a store with one evaluation of three tasks."""
    assert run("eval", "--database-url", address).code == 0
    return address


def forget(address: str, *tasks: str) -> None:
    """Take the last step of these tasks out of the store, as if it never came."""
    engine = create_engine(address)
    with engine.begin() as connection:
        for table in ("scores", "steps"):
            for task in tasks:
                connection.execute(
                    text(
                        f"DELETE FROM {table} WHERE episode_key = "  # noqa: S608 - ours
                        "(SELECT key FROM episodes WHERE task_id = :task) "
                        "AND step = (SELECT max(step) FROM steps WHERE episode_key = "
                        "(SELECT key FROM episodes WHERE task_id = :task))"
                    ),
                    {"task": task},
                )
    engine.dispose()


def change(address: str, statement: str) -> None:
    """Carry out a statement on the store."""
    engine = create_engine(address)
    with engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount > 0
    engine.dispose()


def test_runs_are_listed_and_shown(run: Run, filled: str) -> None:
    """As a table and as JSON; the beginning of an id is enough, and so is `last`."""
    (listed,) = json.loads(run("runs", "list", "--database-url", filled, "--json").out)
    assert listed["command"] == "eval"
    assert listed["config"]["policy"] == "heuristic"
    table = run("runs", "list", "--database-url", filled).out
    assert listed["run_id"] in table
    for reference in ("last", listed["run_id"], listed["run_id"][:8]):
        shown = run("runs", "show", reference, "--database-url", filled)
        assert shown.code == 0
        assert "3 of 3 episodes finished, 9 steps, mean score 0.98" in shown.out
    document = json.loads(
        run("runs", "show", "last", "--database-url", filled, "--json").out
    )
    assert len(document["played"]) == 3


def test_episodes_are_listed_and_shown(run: Run, filled: str) -> None:
    """Filters choose; one episode tells each answer and what it earned."""
    arguments = ("--database-url", filled, "--json")
    everything = json.loads(run("episodes", "list", *arguments).out)
    assert len(everything) == 3
    (hard,) = json.loads(
        run("episodes", "list", "--task", "hard_exec_escalations", *arguments).out
    )
    assert (hard["graded"], hard["episode"]["source"]) == (4, "websocket")
    assert [] == json.loads(run("episodes", "list", "--unfinished", *arguments).out)
    assert [] == json.loads(run("episodes", "list", "--rubric", "x", *arguments).out)
    table = run("episodes", "list", "--run", "last", "--database-url", filled).out
    assert table.count("4/4") == 1
    episode_id = hard["episode"]["episode_id"]
    shown = run("episodes", "show", episode_id, "--database-url", filled).out
    assert shown.count("paid") == 4
    assert "priority: +0.3000" in shown
    document = json.loads(run("episodes", "show", episode_id, *arguments).out)
    assert len(document["steps"]) == 4
    assert document == json.loads(run("episodes", "show", "last", *arguments).out)


@pytest.mark.parametrize(
    ("form", "lines", "key"),
    [("lossless", 3, "steps"), ("steps", 9, "scores"), ("flat", 9, "reward/priority")],
)
def test_episodes_are_exported_as_lines(
    run: Run, filled: str, form: str, lines: int, key: str
) -> None:
    """Each form has its own lines."""
    done = run("episodes", "export", "--form", form, "--database-url", filled)
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0
    assert len(rows) == lines
    assert all(key in row for row in rows)


def test_episodes_are_exported_as_tables(run: Run, filled: str, tmp_path: Path) -> None:
    """CSV and Parquet have the same rows, prompts included."""
    parquet = pytest.importorskip("pyarrow.parquet")
    tables = {}
    for name in ("csv", "parquet"):
        output = tmp_path / f"steps.{name}"
        arguments = ("--format", name, "-o", str(output), "--database-url", filled)
        assert run("episodes", "export", *arguments).code == 0
        tables[name] = output
    assert len(tables["csv"].read_text("utf-8").splitlines()) == 10
    rows = parquet.read_table(tables["parquet"]).to_pylist()
    assert len(rows) == 9
    assert all("ticket_id" in json.loads(row["prompt"]) for row in rows)
    assert all(json.loads(row["completion"])["priority"] for row in rows)


def test_rescore_and_diff_read_the_store(run: Run, filled: str) -> None:
    """`store:last` stands where a file could: the same rubric gives the same rewards."""
    again = run(
        "rescore", "store:last", "--rubric", "classic", "--database-url", filled
    )
    assert again.code == 0
    assert "9 rows, 0 failed" in again.err
    compared = run("diff", "classic", "strict", "store:", "--database-url", filled)
    assert compared.code == 0
    refused(
        run("rescore", "store:nope", "--rubric", "strict", "--database-url", filled),
        2,
        "unknown run 'nope'",
    )


def test_new_scores_are_kept_beside_the_old(
    run: Run, filled: str, tmp_path: Path
) -> None:
    """Once, however often they are given; what is there stays as it is."""
    store = ("--database-url", filled)
    before = run("episodes", "export", "--form", "steps", *store).out
    again = ("rescore", "store:last", "--rubric", "strict", "--keep", *store)
    assert "9 scores added" in run(*again).err
    assert "0 scores added" in run(*again).err
    assert run("episodes", "export", "--form", "steps", *store).out == before
    for line in run("episodes", "export", *store).out.splitlines():
        episode = json.loads(line)
        assert len(episode["other_scores"]) == len(episode["steps"])
    file = tmp_path / "steps.jsonl"
    file.write_text(before, "utf-8")
    refused_file = run("rescore", str(file), "--rubric", "strict", "--keep", *store)
    assert refused_file.code == 2
    assert run("store", "check", *store).code == 0


def test_an_interrupted_evaluation_goes_on(run: Run, filled: str) -> None:
    """What is finished is not played again, and the result is as if nothing had been."""
    whole = json.loads(run("eval", "--json", "--database-url", filled).out)
    forget(filled, "easy_inbox_cleanup")
    first = json.loads(run("runs", "list", "--database-url", filled, "--json").out)[-1]
    resumed = run(
        "eval", "--resume", first["run_id"], "--database-url", filled, "--json"
    )
    assert "2 of 3 tasks were finished before" in resumed.err
    document = json.loads(resumed.out)
    assert document["average_score"] == whole["average_score"]
    assert document["episodes"] == whole["episodes"]
    (unfinished,) = json.loads(
        run("episodes", "list", "--unfinished", "--database-url", filled, "--json").out
    )
    assert unfinished["episode"]["task_id"] == "easy_inbox_cleanup"


@pytest.mark.parametrize("task", ["easy_inbox_cleanup", "hard_exec_escalations"])
def test_chance_goes_on_as_it_would_have(run: Run, address: str, task: str) -> None:
    """Random answers to a task do not depend on what was played before it."""
    words = ("--database-url", address, "--json")
    random = ("--policy", "random", "--task", "medium_sla_defense", "--seed", "5")
    whole = run("eval", *random, "--task", task, *words)
    forget(address, task)
    resumed = run("eval", "--resume", "last", *words)
    assert resumed.code == 0
    assert resumed.out == whole.out


def test_two_that_resumed_at_once(run: Run, filled: str) -> None:
    """What both have played counts once."""
    store = ("--database-url", filled)
    whole = run("eval", "--json", *store)
    change(filled, "UPDATE episodes SET run_id = (SELECT max(id) FROM runs)")
    (run_id,) = {
        item["episode"]["run_id"]
        for item in json.loads(run("episodes", "list", "--json", *store).out)
    }
    resumed = run("eval", "--resume", run_id, "--json", *store)
    assert "3 of 3 tasks were finished before" in resumed.err
    assert resumed.out == whole.out


@pytest.mark.parametrize(
    ("statement", "part"),
    [
        ("UPDATE episodes SET task_id = 'gone' WHERE total_tickets = 2", "task gone"),
        ("UPDATE steps SET ticket_id = 'X' WHERE step = 3", "has other tickets now"),
        (
            "UPDATE runs SET config = json_set(config, '$.settings.nope', 1)",
            "setting 'nope'",
        ),
        (
            "UPDATE runs SET config = json_set(config, '$.settings.rubric', 1)",
            "setting 'rubric'",
        ),
        (
            "UPDATE runs SET config = json_set(config, '$.settings.port', 1)",
            "setting 'port'",
        ),
    ],
)
def test_what_has_changed_since_is_not_resumed(
    run: Run, filled: str, statement: str, part: str
) -> None:
    """Other tickets under a task's name, or another version's plan: nothing is played."""
    change(filled, statement)
    words = ("--database-url", filled)
    before = run("episodes", "list", "--json", *words).out
    refused(run("eval", "--resume", "last", *words), 2, "run ", part)
    assert run("episodes", "list", "--json", *words).out == before


def test_what_cannot_be_resumed_is_refused(
    run: Run, filled: str, tmp_path: Path
) -> None:
    """Other options, no evaluation, no such run, another rubric by now: each says so."""
    store = ("--database-url", filled)
    other = run("eval", "--resume", "last", "--task", "easy_inbox_cleanup", *store)
    assert other.code == 2
    assert "--task" in other.err
    refused(run("eval", "--resume", "nope", *store), 2, "unknown run 'nope'")
    rubric = tmp_path / "mine.toml"
    source = run("rubrics", "show", "classic", "--source").out
    rubric.write_text(source.replace('name = "classic"', 'name = "mine"'), "utf-8")
    assert run("eval", "--rubric", str(rubric), *store).code == 0
    changed = rubric.read_text("utf-8").replace('adjacent = "1/2"', 'adjacent = "1/4"')
    assert changed != rubric.read_text("utf-8")
    rubric.write_text(changed, "utf-8")
    refused(
        run("eval", "--resume", "last", *store), 2, "its rubric mine had the digest"
    )
    url = resolve_url(filled)
    assert url is not None
    open_store(url, RunInfo(run_id="a-server", command="serve")).close()
    refused(run("eval", "--resume", "a-server", *store), 2, "expected an evaluation")


@pytest.mark.parametrize(
    "words",
    [
        ("episodes", "export", "--output"),
        ("rescore", "store:last", "--rubric", "classic", "--output"),
        ("diff", "stored", "classic", "store:last", "--html"),
        ("eval", "--policy", "constant", "--task", "easy_inbox_cleanup", "--episodes"),
    ],
)
def test_no_output_goes_over_the_store(
    run: Run, filled: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Not over its file, whatever it is called there, nor its log or index."""
    file, link = tmp_path / "episodes.db", tmp_path / "link"
    link.hardlink_to(file)
    for path in (file, link, Path(f"{file}-wal"), Path(f"{file}-shm")):
        found = run(*words, str(path), "--database-url", filled)
        refused(found, 2, repr(str(path)), "of the store", "another file")
    assert run("store", "check", "--database-url", filled).code == 0


def test_a_store_is_checked_pruned_and_compacted(run: Run, filled: str) -> None:
    """Nothing is wrong with it; old episodes go, and the room goes back to the disk."""
    store = ("--database-url", filled)
    checked = run("store", "check", *store)
    assert checked.code == 0
    assert "whole" in checked.out
    assert json.loads(run("store", "check", "--json", *store).out)["whole"]
    pruned = run("store", "prune", "--keep", "1", "--json", *store)
    assert json.loads(pruned.out)["episodes"] == 2
    assert run("store", "prune", "--older-than", "90d", *store).code == 0
    assert run("store", "prune", "--max-size", "500M", *store).code == 0
    assert run("store", "vacuum", *store).code == 0
    assert len(json.loads(run("episodes", "list", "--json", *store).out)) == 1


def test_a_damaged_store_is_told(run: Run, filled: str, tmp_path: Path) -> None:
    """`store check` ends with 1; nothing is moved or changed by looking."""
    file = tmp_path / "episodes.db"
    file.write_bytes(file.read_bytes()[: 3 * 4096])
    damaged = file.read_bytes()
    assert run("store", "check", "--database-url", filled).code == 1
    assert file.read_bytes() == damaged


@pytest.mark.parametrize(
    "command",
    [
        ("runs", "list"),
        ("runs", "show", "last"),
        ("episodes", "list"),
        ("episodes", "show", "x"),
        ("episodes", "export"),
        ("store", "check"),
        ("store", "vacuum"),
        ("store", "prune", "--keep", "1"),
        ("rescore", "store:", "--rubric", "classic"),
        ("eval", "--resume", "last"),
    ],
)
def test_a_store_that_is_not_there_is_a_sentence(
    run: Run, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Reading makes no file; `none` is no store to read."""
    missing = tmp_path / "missing.db"
    refused(run(*command, "--database-url", f"sqlite:///{missing}"), 2, str(missing))
    assert not missing.exists()
    refused(run(*command, "--database-url", "none"), 2, "--database-url", "none")


@pytest.mark.parametrize(
    "words",
    [
        ("store", "prune"),
        ("store", "prune", "--older-than", "soon"),
        ("store", "prune", "--max-size", "-1"),
        ("store", "prune", "--keep", "-1"),
        ("episodes", "export", "--format", "csv", "--form", "steps"),
        ("store", "prune", "--max-size", "9" * 5000),
        ("store", "prune", "--max-size", "9" * 19),
        ("store", "prune", "--older-than", "9" * 5000 + "w"),
        ("store", "prune", "--keep", "9" * 20),
        ("episodes", "list", "--limit", "0"),
        ("episodes", "list", "--limit", "9" * 20),
        ("runs", "list", "--limit", "9" * 5000),
    ],
)
def test_nonsense_is_refused(run: Run, filled: str, words: tuple[str, ...]) -> None:
    """With the usage, and exit code 2."""
    assert run(*words, "--database-url", filled).code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("episodes", "show", "\udcff"),
        ("episodes", "list", "--task", "\udcff"),
        ("runs", "show", "\udcff"),
        ("eval", "--database-url", "/x/\udcff.db"),
    ],
)
def test_bytes_that_are_no_text_are_refused(run: Run, words: tuple[str, ...]) -> None:
    """A shell passes them on as they are; nothing could look them up or keep them."""
    refused(run(*words), 2, "argument: expected text in UTF-8", "\\udcff")


def test_a_variable_that_is_no_text_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named."""
    monkeypatch.setenv("SUPPORT_QUEUE_DATABASE_URL", "/x/\udcff.db")
    refused(run("runs", "list"), 2, "SUPPORT_QUEUE_DATABASE_URL: expected text")


def test_nothing_of_a_client_drives_the_terminal(run: Run, address: str) -> None:
    """An episode id with escape sequences is printed without them."""
    url = resolve_url(address)
    assert url is not None
    store = open_store(url, RunInfo(run_id="r", command="serve"))
    options = ResetOptions(episode_id="evil\x1b]0;owned\x07\n")
    episode = load_environment().start(options)
    store.append(
        EpisodeStarted(key=store.new_key(), source="http", named=True, episode=episode)
    )
    store.close()
    for words in (("episodes", "list"), ("runs", "show", "last")):
        out = run(*words, "--database-url", address).out
        assert "evil" in out
        assert "\x1b" not in out
        assert "\x07" not in out
