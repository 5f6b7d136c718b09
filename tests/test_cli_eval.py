"""`support-queue eval`, and the command at the end of a pipe."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from answers import TASKS
from command_line import Run, refused, run_process
from server_process import clean_environment, free_port

from support_queue_env import __version__
from support_queue_env.evaluation.connection import Connection


def test_eval_in_a_pipe_is_only_data() -> None:
    """`eval --json` prints one document, with a score in [0, 1] per task."""
    result = run_process("eval", "--policy", "constant", "--json")
    document = json.loads(result.out)

    assert (0, "", 1) == (result.code, result.err, result.out.count("\n"))
    assert ("constant", __version__) == (document["policy"], document["version"])
    assert TASKS == {e["task_id"]: len(e["rewards"]) for e in document["episodes"]}
    for episode in document["episodes"]:
        mean = sum(episode["rewards"]) / len(episode["rewards"])

        assert pytest.approx(mean) == episode["score"]
        assert 0 <= episode["score"] <= 1
        assert episode["error"] is None


def test_eval_on_a_running_server(server: str) -> None:
    """`eval --url` plays there and prints a table without colours into a pipe."""
    result = run_process("eval", "--policy", "constant", "--url", server)

    assert (0, "") == (result.code, result.err)
    assert all(task_id in result.out for task_id in TASKS)
    assert "\x1b" not in result.out


def test_eval_under_a_bar(server: str) -> None:
    """A score under `--fail-under` is a failed check, and the table is still there."""
    result = run_process(
        *("eval", "--policy", "constant", "--url", server, "--fail-under", "0.99")
    )

    assert 1 == result.code
    assert "average" in result.out
    assert result.err.endswith(" is under 0.99\n")


def test_eval_where_no_server_is(run: Run) -> None:
    """A server that does not answer is exit code 3 and one sentence."""
    url = f"http://127.0.0.1:{free_port()}"

    refused(run("eval", "--url", url), 3, url)


def test_eval_with_options_of_another_server(run: Run) -> None:
    """A rubric cannot be given to a server that runs already."""
    result = run("eval", "--url", "http://127.0.0.1:1", "--rubric", "classic")

    assert (2, "") == (result.code, result.out)


@pytest.mark.parametrize(
    "words",
    [
        ["tasks", "list"],
        ["tasks", "show", "hard_exec_escalations", "--json"],
        ["rubrics", "show", "classic", "--source"],
        ["rubrics", "attack", "classic", "--attack", "A01"],
        ["plugins", "check", "ordinal", "--examples", "1", "--json"],
        ["eval", "--policy", "constant"],
    ],
    ids=" ".join,
)
def test_a_reader_that_goes_away(words: list[str]) -> None:
    """`| head -1` ends the command without a complaint, and it is no failure."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = run_process(*words, stdout=writer)
    finally:
        os.close(writer)

    assert (0, "") == (result.code, result.err)


def test_serving_ends_at_an_interrupt() -> None:
    """Ctrl-C is how a server is meant to end: exit code 0, no word of alarm."""
    command = [sys.executable, "-c", "from support_queue_env.cli import main; main()"]
    process = subprocess.Popen(
        [*command, "serve", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    )
    assert process.stderr
    announced = process.stderr.readline()
    url = re.search(r"http://\S+", announced)
    assert url
    with Connection(url.group()) as client:
        client.reset()
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=30)

    assert process.returncode == 0
    assert "Traceback" not in rest
    assert "Aborted" not in rest


def test_eval_says_what_was_left_unscored(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A judge that nobody answers for earns nothing, and the report says where."""
    rubric = tmp_path / "judged.toml"
    rubric.write_text(
        """
        schema = 1
        name = "judged"
        [criteria.queue]
        weight = 0.8
        scorer = { name = "label", label = "queue", alternate = "1/2" }
        [criteria.judged]
        weight = 0.2
        on_error = "unscored"
        scorer = { name = "llm-judge", question = "Is the reply friendly?" }
        """,
        encoding="utf-8",
    )
    url = f"http://127.0.0.1:{free_port()}"
    monkeypatch.setenv("SUPPORT_QUEUE_JUDGE_BASE_URL", url)
    monkeypatch.setenv("SUPPORT_QUEUE_JUDGE_MODEL", "nobody")
    monkeypatch.setenv("SUPPORT_QUEUE_JUDGE_API_KEY", "none")
    arguments = ("--rubric", str(rubric), "--task", "easy_inbox_cleanup")
    result = run("eval", *arguments, "--json")
    (episode,) = json.loads(result.out)["episodes"]

    assert 0 == result.code
    assert {"judged": 2} == episode["unscored"]
    assert "component 'judged' was left unscored on 2 of 2 tickets" in result.err
