"""What a server logs, and what never gets into its log."""

import json
import logging
import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from answers import TASKS, oracle, task
from hypothesis import given
from hypothesis import strategies as st
from server_process import clean_environment, free_port, server_process
from socket_client import SocketClient

from support_queue_env.core.errors import FaultKind, ScoringError
from support_queue_env.server.log_context import bound
from support_queue_env.server.log_fields import (
    MOST_CHARACTERS,
    Scrubber,
    cleaned,
    plain,
    secrets_of,
    told,
)
from support_queue_env.server.log_writer import BackgroundHandler
from support_queue_env.server.logs import PACKAGE, configure_logs
from support_queue_env.server.replies import log_cause


CANARY = "canary-7f3a quietly in a text"
SECRET = "sesame-open-4711"  # noqa: S105 - the test looks for it
SERVE = "from support_queue_env.cli import main; main()"
FORGED = 'x\r\n{"level":"error","event":"forged"}\u2028\x1b[31mred\x9b31m\u202e'


@pytest.fixture
def lines(logging_as_it_was: None) -> StringIO:
    """The log of this process, in JSON, from level debug on."""
    stream = StringIO()
    configure_logs(stream, "debug", as_json=True, run="run-1")
    return stream


def read(stream: StringIO) -> list[dict[str, Any]]:
    """The lines, each of which must be a JSON document."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


# --- a server ---------------------------------------------------------------------


def test_a_server_logs_no_text_no_label_and_no_key(tmp_path: Path) -> None:
    """All tasks with full feedback over both protocols, at the most talkative level.

    Every line is JSON and names its run; those of a session carry its ids.
    """
    log = tmp_path / "log"
    answers = {task_id: oracle(task_id) for task_id in TASKS}
    for action in (action for actions in answers.values() for action in actions):
        action["response"] = f"{action['response']} {CANARY}"
    with (
        server_process(
            log_file=log,
            log_level="debug",
            judge_api_key=SECRET,
            api_key_of_test=SECRET,
        ) as url,
        httpx.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        for task_id in TASKS:
            with SocketClient(url) as player:
                player.reset(
                    task_id=task_id, feedback="full", episode_id=f"ws-{task_id}"
                )
                for action in answers[task_id]:
                    player.step(action)
                player.ask('{"type": "step", "data": {"queue": "' + CANARY + '"}}')
            client.post("/reset", json={"task_id": task_id, "feedback": "full"})
            for action in answers[task_id]:
                client.post("/step", json=action)
            client.post("/step", json={"action": {"summary": CANARY}})
            client.get(f"/{CANARY}", headers={"authorization": f"Bearer {SECRET}"})
    text = log.read_text(encoding="utf-8")
    listens, *found = [json.loads(line) for line in text.splitlines()]
    ended = [line for line in found if line["event"] == "episode finished"]
    graded = [line for line in found if line["event"] == "ticket graded"]

    assert ["server started", "server stopped"] == [
        found[0]["event"],
        found[-1]["event"],
    ]
    assert listens["event"].startswith("Support Queue on http://127.0.0.1:")
    assert 1 == len({line["run"] for line in [listens, *found]})
    assert 6 == len(ended)
    assert 18 == len(graded)
    assert {f"ws-{task_id}" for task_id in TASKS} <= {e["episode_id"] for e in ended}
    assert all("session" in e or "request_id" in e for e in [*ended, *graded])
    for word in private_words(answers):
        assert word not in text


def private_words(answers: dict[str, Any]) -> set[str]:
    """What no line may hold: texts of tickets and actions, labels, keys."""
    words = {CANARY, SECRET}
    for task_id in TASKS:
        for case in task(task_id).cases:
            words |= {case.ticket.subject, case.ticket.body[:40]}
            words |= {f'"{case.gold.queue}"', f'"{case.gold.disposition}"'}
            words |= {f'"{case.gold.priority}"'}
        for action in answers[task_id]:
            words |= {action["summary"][:40], action["response"][:40]}
    return words


def test_an_episode_id_forges_no_line(tmp_path: Path) -> None:
    """Line breaks, terminal codes and direction marks of a client stay in their field."""
    log = tmp_path / "log"
    with (
        server_process(log_file=log, log_level="debug") as url,
        SocketClient(url) as player,
    ):
        player.reset(task_id="easy_inbox_cleanup", episode_id=FORGED)
        for action in oracle("easy_inbox_cleanup"):
            player.step(action)
    text = log.read_text(encoding="utf-8")
    _, *found = [json.loads(line) for line in text.splitlines()]

    assert {"episode started", "ticket graded", "episode finished"} <= {
        line["event"] for line in found
    }
    assert text.replace("\n", "").isprintable()
    (ended,) = (line for line in found if line["event"] == "episode finished")
    assert "forged" in ended["episode_id"]


def test_a_server_is_quiet_about_what_goes_well(tmp_path: Path) -> None:
    """Unless asked for more, its log has its start and its end, and no episode."""
    log = tmp_path / "log"
    with server_process(log_file=log) as url, SocketClient(url) as player:
        player.reset(task_id="easy_inbox_cleanup")
        for action in oracle("easy_inbox_cleanup"):
            player.step(action)
    _, *found = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert ["server started", "server stopped"] == [line["event"] for line in found]


def test_the_sentence_at_the_start_stays_plain() -> None:
    """Off a terminal lines are JSON, but people and scripts look for this one."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, "serve", "--port", str(port)],
        env=clean_environment(log_format="text"),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        first, second = process.stderr.readline(), process.stderr.readline()
    finally:
        process.terminate()
        rest = process.communicate(timeout=30)[1]

    assert first.startswith(f"Support Queue on http://127.0.0.1:{port} (rubric classic")
    assert "server started" in second
    assert "rubric='classic'" in second
    assert "server stopped" in rest
    assert "\x1b" not in first + second + rest


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("run-7.step_3", True), ("a b", False), ("x" * 65, False), ("<b>", False)],
)
def test_requests_have_ids(http: httpx.Client, sent: str, kept: bool) -> None:
    """A short plain word is taken over, anything else replaced; errors have one too."""
    for path in ("/health", "/nowhere"):
        reply = http.get(path, headers={"x-request-id": sent})
        found = reply.headers["x-request-id"]

        assert kept == (found == sent)
        assert re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", found)


def test_requests_without_an_id_get_one_each(http: httpx.Client) -> None:
    """So that a line can be told from another's."""
    found = {http.get("/health").headers["x-request-id"] for _ in range(5)}

    assert 5 == len(found)


def test_a_pipe_that_nobody_empties_stops_no_server() -> None:
    """It is full after a few hundred lines; the server plays on and still ends."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, "serve", "--port", str(port)],
        env=clean_environment(log_level="debug"),
        stderr=subprocess.PIPE,
    )
    try:
        assert process.stderr is not None
        process.stderr.readline()
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
            for _ in range(450):
                assert 200 == client.get("/health").status_code
        process.terminate()
        assert 0 == process.wait(30)
        rest = process.stderr.read()
    finally:
        process.kill()
        process.communicate()

    assert 60_000 < len(rest) < 70_000


def test_lines_that_cannot_be_written_are_dropped() -> None:
    """And counted; a reader that comes back gets whole lines again."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        handler = BackgroundHandler(stream, most_waiting=10)
        record = logging.makeLogRecord({"msg": "x" * 3000})
        for _ in range(100):
            handler.emit(record)
        dropped = handler.dropped
        with os.fdopen(reading, "rb") as reader:
            lines = [reader.readline() for _ in range(100 - dropped)]

    assert 60 <= dropped <= 90
    assert {b"x" * 3000 + b"\n"} == set(lines)


# --- the pipeline -----------------------------------------------------------------


def test_ids_are_bound_and_libraries_join(lines: StringIO) -> None:
    """Ours, those of `logging` in our modules, and uvicorn's look the same."""
    with bound(session="s-1", episode_id="e-1", ticket_body="no field"):
        more = {"steps": 3, "unheard_of": "no field"}
        logging.getLogger(f"{PACKAGE}.x").info("played", extra=more)
        logging.getLogger(f"{PACKAGE}.y").debug("plain %s", "words")
    logging.getLogger("uvicorn.error").warning("theirs")
    logging.getLogger("httpx").info("GET https://judge.example/?q=text")
    ours, plain_, theirs = read(lines)

    assert ("played", 3, "info") == (ours["event"], ours["steps"], ours["level"])
    assert ("plain words", "debug") == (plain_["event"], plain_["level"])
    for line in (ours, plain_):
        assert ("s-1", "e-1", "run-1") == (
            line["session"],
            line["episode_id"],
            line["run"],
        )
    assert "no field" not in lines.getvalue()
    assert ("theirs", "uvicorn.error") == (theirs["event"], theirs["logger"])


def _fail_twice() -> None:
    try:
        int("inner\nbreak")  # a comment of the source
    except ValueError as error:
        raise RuntimeError("outer") from error


def test_an_exception_is_a_field_on_one_line(lines: StringIO) -> None:
    """Types, messages and places, in the order of causes; no line of source."""
    try:
        _fail_twice()
    except RuntimeError:
        logging.getLogger(f"{PACKAGE}.z").exception("it failed")
    (line,) = read(lines)

    assert "error" == line["level"]
    assert line["error"].startswith("RuntimeError: outer at tests/test_logs.py:")
    assert "; caused by ValueError: invalid literal for int()" in line["error"]
    assert "a comment of the source" not in line["error"]


def test_a_scorers_fault_can_be_searched_for(lines: StringIO) -> None:
    """By component, scorer and kind; what the plugin said stands beside it."""
    log_cause(ScoringError("manner.tone", "acme.tone", "it's late", FaultKind.RAISED))
    (line,) = read(lines)

    assert ("manner.tone", "acme.tone", str(FaultKind.RAISED), "error") == tuple(
        line[name] for name in ("component", "scorer", "kind", "level")
    )
    assert line["event"].endswith("it's late")


def test_a_record_that_cannot_be_written_quotes_nothing(
    lines: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python would print its arguments on standard error."""
    logging.getLogger(PACKAGE).error("%d", CANARY)

    assert CANARY not in "".join(capsys.readouterr()) + lines.getvalue()


@pytest.mark.usefixtures("logging_as_it_was")
def test_configuring_again_replaces() -> None:
    """No line is written twice, and the second stream has them all."""
    first, second = StringIO(), StringIO()
    configure_logs(first, as_json=False)
    configure_logs(second, "warning", as_json=False)
    logging.getLogger(f"{PACKAGE}.x").info("unseen")
    logging.getLogger(f"{PACKAGE}.x").warning("seen", extra={"task": "a b=c"})

    assert "" == first.getvalue()
    assert 1 == len(second.getvalue().splitlines())
    assert "task='a b=c'" in second.getvalue()


# --- fields -----------------------------------------------------------------------


@given(st.text(st.characters(), max_size=700), st.integers(1, 600))
def test_whatever_is_said_is_one_short_plain_line(text: str, most: int) -> None:
    """For every text there is, lone surrogates included."""
    said = plain(text, most)

    assert said.isprintable()
    assert text[:most] == said or not text[:most].isprintable() or len(text) > most
    assert len(said) <= 10 * (most + 1)


@given(
    st.dictionaries(
        st.sampled_from(["task", "event", "session", "body", "label", "x"]),
        st.one_of(
            st.text(max_size=900), st.integers(), st.floats(), st.none(), st.binary()
        ),
    )
)
def test_only_known_fields_with_plain_values_pass(fields: dict[str, Any]) -> None:
    """And they can always be written as JSON."""
    found = cleaned(fields, Scrubber())

    assert set(fields) & {"task", "event", "session"} == set(found)
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_secrets_are_taken_out() -> None:
    """Those of variables by name, and what has the shape of one."""
    variables = {
        "SUPPORT_QUEUE_API_KEY": f"{SECRET}, second-key-of-two",
        "SUPPORT_QUEUE_DATABASE_URL": "postgresql://me:hunter2hunter2@db/queue",
        "SUPPORT_QUEUE_JUDGE_API_KEY": "none",
        "HOME": "/home/somebody",
    }
    scrub = Scrubber(secrets_of(variables))
    text = (
        f"{SECRET} second-key-of-two hunter2hunter2 none /home/somebody "
        "http://u:pass-word@host Bearer abc.def sk-abcdefghijklmnopqrstuv"
    )

    assert (
        "[secret] [secret] [secret] none /home/somebody "
        "http://[secret]@host Bearer [secret] [secret]"
    ) == scrub(text)


def test_a_long_field_is_cut() -> None:
    """No line grows with what it tells of."""
    assert MOST_CHARACTERS + 1 == len(plain("x" * 10_000))


def test_an_exception_that_cannot_be_told_is_told() -> None:
    """Even its text may raise; a circle of causes ends."""

    class Hostile(Exception):
        def __str__(self) -> str:
            raise KeyError("no")

    error = Hostile()
    error.__cause__ = ValueError("cause")
    error.__cause__.__cause__ = error

    assert told(error).startswith("Hostile: (no message); caused by ValueError: cause")
