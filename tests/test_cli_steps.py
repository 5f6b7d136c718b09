"""`eval --episodes`, `rescore` and `diff` on files good and bad."""

import itertools
import json
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from answers import TASKS, environment, varied
from command_line import SCRIPT, Run, refused
from server_process import clean_environment

from support_queue_env import __version__
from support_queue_env.core.record_reading import ReadStep, read_records
from support_queue_env.core.records import (
    ERROR_SCHEMA,
    SCHEMA,
    encode_step,
    record_of,
)
from support_queue_env.core.session import Session
from support_queue_env.models import ResetOptions
from support_queue_env.rubrics.files import rubric_source


FAILING = """
schema = 1
name = "failing"
[criteria.all]
weight = 1
scorer = { name = "scorers-for-tests.misbehaving", how = "raise" }
"""
TEST_SCORERS = ("--plugin", "scorers_for_tests:Misbehaving")


def lines(variants: Iterable[int] = range(4)) -> list[bytes]:
    """Stored steps of the classic tasks, an episode for each variant of the answers."""
    found = []
    for task_id, variant in itertools.product(TASKS, variants):
        session = Session(environment())
        session.reset(ResetOptions(task_id=task_id, episode_id=f"{task_id}-{variant}"))
        for plain in varied(task_id, variant):
            session.step(session.read_action(plain))
        episode = session.episode
        assert episode is not None
        found += [encode_step(record_of(episode, t)) for t in episode.graded]
    return found


def changed(line: bytes, **keys: Any) -> bytes:
    """A line with other values."""
    return json.dumps(json.loads(line) | keys).encode() + b"\n"


Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Make a file of those lines, and give its path."""

    def write(*content: bytes, name: str = "steps.jsonl") -> str:
        file = tmp_path / name
        file.write_bytes(b"".join(content))
        return str(file)

    return write


@pytest.fixture
def other(tmp_path: Path) -> str:
    """A rubric file that cares less for priority and more for the summary."""
    source = rubric_source("classic").replace('name = "classic"', 'name = "other"')
    source = source.replace("weight = 0.30", "weight = 0.20")
    source = source.replace("weight = 0.15", "weight = 0.25")
    file = tmp_path / "other.toml"
    file.write_text(source, encoding="utf-8")
    return str(file)


@pytest.fixture
def failing(tmp_path: Path) -> str:
    """A rubric file whose only scorer raises."""
    file = tmp_path / "failing.toml"
    file.write_text(FAILING, encoding="utf-8")
    return str(file)


def rows(text: str) -> list[dict[str, Any]]:
    """The rows of an output."""
    return [json.loads(line) for line in text.splitlines()]


def test_eval_keeps_its_steps(run: Run, tmp_path: Path, server: str) -> None:
    """Each step is a row, with the reward that eval reports and who played."""
    file = tmp_path / "episodes.jsonl"
    words = ("eval", "--policy", "random", "--url", server, "--seed", "3", "--json")
    result = run(*words, "--episodes", str(file))
    played = json.loads(result.out)["episodes"]
    stored = [
        item.record
        for item in read_records(file.read_bytes().splitlines(keepends=True), "f")
        if isinstance(item, ReadStep)
    ]

    assert 0 == result.code
    assert [r for e in played for r in e["rewards"]] == [s.reward for s in stored]
    assert {("random", 3)} == {(s.policy, s.seed) for s in stored}
    assert {e["rubric_digest"] for e in played} == {s.rubric_digest for s in stored}
    assert len(TASKS) == len({s.episode_id for s in stored})


def test_eval_and_back(run: Run, tmp_path: Path, server: str) -> None:
    """What eval keeps, the same rubric scores as it was."""
    file = str(tmp_path / "episodes.jsonl")
    run("eval", "--policy", "constant", "--url", server, "--episodes", file)
    again = run("rescore", file, "--rubric", "classic")

    assert 0 == again.code
    assert Path(file).read_text(encoding="utf-8") == again.out


def test_eval_into_no_file(run: Run, server: str) -> None:
    """A place that cannot be written is a wrong call, before anything is played."""
    words = ("eval", "--policy", "constant", "--url", server)

    refused(run(*words, "--episodes", "none/such.jsonl"), 2, "none/such.jsonl")


def test_rescore_with_the_same_rubric(run: Run, write: Write) -> None:
    """Every row comes back as it was, and the means agree."""
    content = lines()
    result = run("rescore", write(*content), "--rubric", "classic")

    assert 0 == result.code
    assert b"".join(content).decode() == result.out
    assert f"{len(content)} rows, 0 failed" in result.err
    digest = environment().find_rubric(None).digest
    assert f"stored with rubric classic (digest {digest[:12]})" in result.err


def test_rescore_with_another_rubric(
    run: Run, write: Write, other: str, tmp_path: Path
) -> None:
    """Rows keep their order and their answers, and have the other rubric's scores."""
    content = lines()
    out = tmp_path / "out.jsonl"
    result = run(
        *("rescore", write(*content), "--rubric", other, "-o", str(out), "--json")
    )
    summary = json.loads(result.out)
    before = rows(b"".join(content).decode())
    after = rows(out.read_text(encoding="utf-8"))

    assert 0 == result.code
    assert "support_queue_env/rescore/v1" == summary["schema"]
    assert (len(content), 0, []) == (
        summary["rows"],
        summary["failed"],
        summary["mismatches"],
    )
    for key, table in (("mean_reward_stored", before), ("mean_reward", after)):
        mean = sum(row["ticket_reward"] for row in table) / len(table)

        assert pytest.approx(mean) == summary[key]
    kept = ("episode_id", "task_id", "step", "ticket_id", "action", "policy", "seed")
    assert [[r[k] for k in kept] for r in before] == [
        [r[k] for k in kept] for r in after
    ]
    assert {"other"} == {row["rubric"] for row in after}
    assert [row["reward"] for row in before] != [row["reward"] for row in after]


def test_rescore_reads_standard_input(write: Write) -> None:
    """`-` is standard input, so commands make a pipe."""
    content = b"".join(lines())
    found = subprocess.run(
        [SCRIPT, "rescore", "-", "--rubric", "classic"],
        input=content,
        capture_output=True,
        env=clean_environment(),
        timeout=60,
        check=False,
    )

    assert (0, content) == (found.returncode, found.stdout)


def test_rescore_ends_with_its_reader(write: Write) -> None:
    """`| head -1` takes a row and leaves no complaint."""
    many = write(*lines(range(8)))
    command = (
        f"{SCRIPT} rescore {many} --rubric classic | head -1; exit ${{PIPESTATUS[0]}}"
    )
    found = subprocess.run(
        ["/bin/bash", "-c", command],
        capture_output=True,
        env=clean_environment(),
        timeout=60,
        check=False,
        text=True,
    )

    assert 0 == found.returncode
    assert 1 == found.stdout.count("\n")
    assert "Traceback" not in found.stderr
    assert "BrokenPipe" not in found.stderr


def test_rows_come_one_by_one(write: Write) -> None:
    """A row is out before the next one is in."""
    first, *_ = lines()
    command = [str(SCRIPT), "rescore", "-", "--rubric", "classic"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=clean_environment(),
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(first)
        process.stdin.flush()

        assert first == process.stdout.readline()
        process.stdin.close()

        assert 0 == process.wait(60)


def test_bad_rows_are_rows(run: Run, write: Write) -> None:
    """What cannot be read or scored comes out in its place, without reward."""
    good, second, third, *_ = lines()
    file = write(
        good,
        b"nonsense\n",
        changed(second, ticket_id="X-999"),
        changed(third, reward=7),
        changed(good, episode_id="again", task_id="nowhere"),
        changed(good, schema="support_queue_env/step/v9"),
        good,
    )
    result = run("rescore", file, "--rubric", "classic")
    found = rows(result.out)

    assert 1 == result.code
    assert [SCHEMA, *[ERROR_SCHEMA] * 6] == [row["schema"] for row in found]
    assert [None] * 6 == [row["reward"] for row in found[1:]]
    assert [
        *("not_json", "unknown_ticket", "invalid"),
        *("unknown_ticket", "schema", "duplicate"),
    ] == [row["error"]["kind"] for row in found[1:]]
    assert [2, 3, 4, 5, 6, 7] == [row["line"] for row in found[1:]]
    for text in ("line 2", "'X-999'", "$.reward", "'nowhere'", "--pack", "step/v9"):
        assert text in result.err
    assert "7 rows, 6 failed" in result.err
    # The row that could not be scored still has its answer.
    assert json.loads(second)["action"] == found[2]["record"]["action"]


def test_a_scorer_that_fails(run: Run, write: Write, failing: str) -> None:
    """No row has a number then, and that is exit code 3."""
    content = lines([0])
    words = ("rescore", write(*content), "--rubric", failing, *TEST_SCORERS)
    result = run(*words)
    found = rows(result.out)

    assert 3 == result.code
    assert {"scoring"} == {row["error"]["kind"] for row in found}
    assert len(content) == len(found)
    assert "Traceback" not in result.err


def test_how_many_rows_may_fail(run: Run, write: Write) -> None:
    """Up to --max-errors all is well; at one more the command stops."""
    good = lines([0])
    bad = [b"1\n", b"2\n"]
    file = write(*good[:2], *bad, *good[2:])
    words = ("rescore", file, "--rubric", "classic", "--max-errors")
    allowed, stopped = run(*words, "2"), run(*words, "1")

    assert 0 == allowed.code
    assert len(good) + 2 == len(rows(allowed.out))
    assert 1 == stopped.code
    assert 4 == len(rows(stopped.out))
    assert "more rows failed than the 1 allowed" in stopped.err


def test_one_digest_and_two_rewards(run: Run, write: Write, tmp_path: Path) -> None:
    """A row whose reward its own rubric does not give is a failed check."""
    first, *rest = lines([0])
    file = write(changed(first, ticket_reward=0.85), *rest)
    out = str(tmp_path / "out.jsonl")
    result = run("rescore", file, "--rubric", "classic", "-o", out, "--json")
    (mismatch,) = json.loads(result.out)["mismatches"]

    assert 1 == result.code
    assert (1, 0.85, 1.0) == (mismatch["line"], mismatch["stored"], mismatch["now"])
    assert (
        "the row says 0.85, the rubric of the same digest now gives 1.0" in result.err
    )


def test_rewards_of_several_rubrics(
    run: Run, write: Write, other: str, tmp_path: Path
) -> None:
    """They have no mean unless somebody asks; a digest nobody knows is just named."""
    first, *rest = lines([0, 5])
    file = write(changed(first, rubric="gone", rubric_digest="f" * 64), *rest)
    out = str(tmp_path / "out.jsonl")
    words = ("rescore", file, "--rubric", other, "-o", out, "--json")
    plain, mixed = run(*words), run(*words, "--mix-digests")

    assert (0, 0) == (plain.code, mixed.code)
    assert json.loads(plain.out)["mean_reward_stored"] is None
    assert json.loads(mixed.out)["mean_reward_stored"] is not None
    assert "stored with rubric gone (digest ffffffffffff): 1 rows" in plain.err
    assert "--mix-digests" in plain.err
    refused(run("diff", "stored", other, file), 2, "ffffffffffff", "--mix-digests")
    assert 0 == run("diff", "stored", other, file, "--mix-digests").code
    assert 0 == run("diff", "classic", other, file).code


COMMANDS = [
    ("rescore", "FILE", "--rubric", "classic"),
    ("diff", "stored", "classic", "FILE"),
]


def at(command: tuple[str, ...], file: str) -> list[str]:
    """The command's words with the file in its place."""
    return [file if word == "FILE" else word for word in command]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_files_that_hold_nothing(
    run: Run, write: Write, command: tuple[str, ...]
) -> None:
    """Empty, blank, missing, a folder, another version: one sentence that says which."""
    first, *rest = lines([0])
    empty, blank = write(name="empty"), write(b"\n \n", name="blank")
    old = write(changed(first, schema="support_queue_env/step/v0"), *rest, name="old")
    cut = write(first[:99], name="cut")

    refused(run(*at(command, empty)), 2, empty, "no stored steps")
    refused(run(*at(command, blank)), 2, blank, "no stored steps")
    refused(run(*at(command, "none/such")), 2, "none/such", "no such file")
    refused(run(*at(command, str(Path(empty).parent))), 2, "directory")
    refused(run(*at(command, old)), 2, "step/v0", SCHEMA, __version__)
    nothing = run(*at(command, cut))
    assert (2, "") == (nothing.code, nothing.out)
    assert "no stored steps" in nothing.err


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_a_binary_file(run: Run, write: Write, command: tuple[str, ...]) -> None:
    """Bytes that are no text are faults, and nothing is left."""
    result = run(*at(command, write(bytes(range(256)) * 40)))

    assert 3 == result.code
    assert "Traceback" not in result.err


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_a_crash_in_the_last_line(
    run: Run, write: Write, command: tuple[str, ...]
) -> None:
    """It is left out and said, and no failure."""
    content = lines([0])
    result = run(*at(command, write(*content[:-1], content[-1][:70])))

    assert 0 == result.code
    assert f"line {len(content)}: the last line ends in the middle" in result.err


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_keys_of_a_later_version(
    run: Run, write: Write, command: tuple[str, ...]
) -> None:
    """They are left out, and counted on standard error."""
    content = [changed(line, mood="good") for line in lines([0])]
    result = run(*at(command, write(*content)))

    assert 0 == result.code
    assert f"keys of a later version, left out: mood ({len(content)})" in result.err
    assert "mood" not in result.out


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_rubrics_and_plugins_that_are_not_there(
    run: Run, write: Write, command: tuple[str, ...]
) -> None:
    """A wrong name is a wrong call, as everywhere."""
    words = at(command, write(*lines([0])))
    unknown = ["nope" if word == "classic" else word for word in words]

    refused(run(*unknown), 2, "unknown rubric 'nope'")
    refused(run(*words, "--plugin", "no_such_module:X"), 2, "no_such_module")


def test_what_is_read_is_not_written(run: Run, write: Write) -> None:
    """The output cannot be the input, and nothing is lost by trying."""
    content = lines([0])
    file = write(*content)

    refused(run("rescore", file, "--rubric", "classic", "-o", file), 2, "another file")
    refused(run("diff", "stored", "classic", file, "--html", file), 2, "another file")
    assert b"".join(content) == Path(file).read_bytes()


def test_no_output_for_no_input(run: Run, tmp_path: Path, write: Write) -> None:
    """A file that cannot be used leaves an older output as it was."""
    kept = write(b"precious", name="out")

    assert 2 == run("rescore", "none/such", "--rubric", "classic", "-o", kept).code
    assert b"precious" == Path(kept).read_bytes()


@pytest.mark.parametrize(
    "words",
    [
        ("rescore", "f", "--rubric", "classic", "--json"),
        ("rescore", "f"),
        ("diff", "stored", "stored", "f"),
        ("diff", "classic", "f"),
        ("diff", "stored", "classic", "f", "--top", "0"),
        ("rescore", "f", "--rubric", "classic", "--max-errors", "-1"),
    ],
    ids=" ".join,
)
def test_calls_that_make_no_sense(run: Run, words: tuple[str, ...]) -> None:
    """They are wrong calls, before any file is looked at."""
    result = run(*words)

    assert (2, "") == (result.code, result.out)
    assert "Usage" in result.err


def test_diff(run: Run, write: Write, other: str, tmp_path: Path) -> None:
    """One document with every part, the same in a second run, and a page beside it."""
    file, page = write(*lines(range(8))), tmp_path / "page.html"
    words = ("diff", "classic", other, file, "--json", "--html", str(page))
    result = run(*words)
    document = json.loads(result.out)

    assert (0, "") == (result.code, result.err)
    assert result.out == run(*words).out
    assert "support_queue_env/diff/v1" == document["schema"]
    assert (len(lines(range(8))), 9) == (document["rows"], document["groups"])
    assert pytest.approx(document["change"]) == (
        document["b"]["mean"] - document["a"]["mean"]
    )
    assert document["interval"]["low"] <= document["change"]
    assert document["change"] <= document["interval"]["high"]
    assert {"priority", "summary"} == {
        c["name"] for c in document["components"] if c["changed"]
    }
    assert document["pairs_within_tickets"]["flipped"] > 0
    assert document["inversions"]
    assert f"{document['change']:+.4f}" in page.read_text(encoding="utf-8")


def test_diff_as_tables(run: Run, write: Write, other: str) -> None:
    """The tables name both sides, their digests, and the figures of the document."""
    file = write(*lines(range(8)))
    text = run("diff", "classic", other, file)
    document = json.loads(run("diff", "classic", other, file, "--json").out)

    assert (0, "") == (text.code, text.err)
    for side in ("a", "b"):
        assert document[side]["digests"][0][:12] in text.out
        assert f"{document[side]['mean']:.4f}" in text.out
    assert f"Kendall tau-b {document['kendall_tau_b']:.4f}" in text.out
    assert str(document["pairs"]["flipped"]) in text.out
    assert "bootstrap" in text.out
    assert all(c["name"] in text.out for c in document["components"])


def test_diff_with_the_stored_rewards(run: Run, write: Write, other: str) -> None:
    """What the file has is what its rubric gives."""
    file = write(*lines(range(6)))
    stored = json.loads(run("diff", "stored", other, file, "--json").out)
    scored = json.loads(run("diff", "classic", other, file, "--json").out)
    for document in (stored, scored):
        del document["a"]["label"]

    assert scored == stored


def test_diff_of_a_rubric_with_itself(run: Run, write: Write) -> None:
    """Nothing changes, in any of the forms."""
    file = write(*lines(range(4)))
    document = json.loads(run("diff", "stored", "classic", file, "--json").out)
    text = run("diff", "stored", "classic", file).out

    assert (0.0, 1.0) == (document["change"], document["kendall_tau_b"])
    assert ([], []) == (document["changes"], document["inversions"])
    assert "No step changed." in text
    assert "No two answers to one ticket change places." in text


def test_diff_leaves_bad_rows_out_of_both(
    run: Run, write: Write, failing: str, tmp_path: Path
) -> None:
    """The rest is compared; the page says what is missing; --max-errors allows it."""
    content = lines([0, 5])
    file, page = write(*content, b"nonsense\n"), tmp_path / "page.html"
    words = ("diff", "stored", "classic", file, "--json", "--html", str(page))
    result, allowed = run(*words), run(*words, "--max-errors", "1")
    document = json.loads(result.out)

    assert (1, 0) == (result.code, allowed.code)
    assert (len(content), 1) == (document["rows"], document["failed"])
    assert "left out of both sides" in result.err
    assert "left out of both sides" in page.read_text(encoding="utf-8")
    stopped = run(*words, "--max-errors", "0")

    assert (2, "") == (stopped.code, stopped.out)
    assert "more rows failed than the 0 allowed" in stopped.err
    assert 3 == run("diff", "stored", failing, file, *TEST_SCORERS).code


def test_diff_without_scipy(
    run: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says what to install; other commands do not need it."""
    file = write(*lines([0]))
    for module in list(sys.modules):
        if module.partition(".")[0] in {"scipy", "numpy"} or module.startswith(
            (
                "support_queue_env.cli.compar",
                "support_queue_env.evaluation.comp",
                "support_queue_env.evaluation.statistics",
                "support_queue_env.evaluation.inversions",
            )
        ):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "numpy", None)

    refused(run("diff", "stored", "classic", file), 2, "SciPy", "[stats]")
    assert 0 == run("rescore", file, "--rubric", "classic").code


def test_other_commands_do_without_scipy() -> None:
    """Neither SciPy nor NumPy is imported before a comparison is made."""
    script = (
        "import sys, support_queue_env.cli; "
        "print([m for m in ('scipy', 'numpy') if m in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert "[]" == ran.stdout.strip()


def test_a_step_with_its_own_case(run: Run, write: Write, other: str) -> None:
    """A ticket of no pack is scored from the row."""
    session = Session(environment())
    session.reset(ResetOptions(episode_id="e"))
    plain = varied("easy_inbox_cleanup", 5)[0]
    session.step(session.read_action(plain))
    episode = session.episode
    assert episode is not None
    line = encode_step(record_of(episode, episode.graded[0], with_case=True))
    file = write(changed(line, task_id="generated-1"))
    result = run("rescore", file, "--rubric", other)

    assert 0 == result.code
    assert "other" == rows(result.out)[0]["rubric"]
