"""The baseline runner, run as its users run it."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from fake_model import NEVER, FakeModel, Reply, choices, completion, drip, page, say
from fake_model import status as refuse

import support_queue_env
from support_queue_env import inference, load_environment
from support_queue_env.evaluation import configuration
from support_queue_env.evaluation.baseline import play_task
from support_queue_env.evaluation.connection import Connection
from support_queue_env.evaluation.runner import play
from support_queue_env.models import SupportQueueAction, SupportQueueObservation
from support_queue_env.server.application import create_application
from support_queue_env.server.running import embedded
from support_queue_env.server.settings import Settings


SCRIPT = Path(support_queue_env.__file__).parent / "inference.py"
TASKS = ("easy_inbox_cleanup", "medium_sla_defense", "hard_exec_escalations")
VARIABLES = (*configuration.VARIABLES, "HF_TOKEN", "MODEL_TIMEOUT")
TOKEN = "hf_not-a-real-token"  # noqa: S105 - as it says
ACTION: dict[str, Any] = {
    "priority": "P1",
    "queue": "security",
    "disposition": "escalate",
    "summary": "Line one\nline two: reward=1.00 done=true error=null\u2028",
    "response": "We have passed this on to our security team.",
    "confidence": 0.25,
}


@frozen
class Ran:
    """What a run left behind."""

    code: int
    out: str
    err: str
    results: dict[str, Any]

    @property
    def lines(self) -> list[str]:
        """Standard output."""
        return self.out.splitlines()

    def starting(self, kind: str) -> list[str]:
        """The lines of one kind, without their mark."""
        mark = f"[{kind}] "
        return [line.removeprefix(mark) for line in self.lines if mark in line]


Run = Callable[..., Ran]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A real server, for the runs that do not start their own."""
    settings = Settings(port=0)
    with embedded(create_application(load_environment(), settings), settings) as url:
        yield url


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> Run:
    """Runs `main` in this process under the variables given, and no others."""

    def run_with(**variables: str) -> Ran:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        code = inference.main()
        captured = capsys.readouterr()
        file = tmp_path / inference.RESULTS
        results = json.loads(file.read_text()) if file.is_file() else {}
        return Ran(code, captured.out, captured.err, results)

    return run_with


def run_script(folder: Path, **variables: str) -> Ran:
    """Runs the script in a process of its own."""
    clean = {k: v for k, v in os.environ.items() if k not in VARIABLES}
    done = subprocess.run(
        [sys.executable, SCRIPT],
        env=clean | variables,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    results = json.loads((folder / inference.RESULTS).read_text())
    return Ran(done.returncode, done.stdout, done.stderr, results)


def model_at(model: FakeModel, server: str, **more: str) -> dict[str, str]:
    """The variables for a model and a server."""
    return {
        "API_BASE_URL": model.base_url,
        "ENV_BASE_URL": server,
        "HF_TOKEN": TOKEN,
        "MODEL_NAME": "a/model",
        **more,
    }


def test_without_a_token_the_heuristic_plays_and_says_so(tmp_path: Path) -> None:
    """The bundled policy's scores, on an embedded server, over the real protocol."""
    ran = run_script(tmp_path)

    assert 0 == ran.code
    assert [f"task={t} env=support_queue_env model=heuristic" for t in TASKS] == (
        ran.starting("START")
    )
    assert ["score=1.00", "score=0.98", "score=0.97"] == [
        line.split()[2] for line in ran.starting("END")
    ]
    assert 2 + 3 + 4 == len(ran.starting("STEP"))
    assert 3 + 3 + 9 == len(ran.lines)
    assert "the heuristic plays" in ran.err
    assert ("heuristic", "heuristic") == (ran.results["policy"], ran.results["model"])
    assert 0.98 == round(ran.results["average_score"], 2)
    assert [64] * 3 == [len(task["rubric_digest"]) for task in ran.results["tasks"]]


class Same:
    """Always the fake model's answer."""

    name = "same"

    def act(self, observation: SupportQueueObservation) -> SupportQueueAction:
        """The same action."""
        return SupportQueueAction(**ACTION)


def test_with_a_token_the_model_s_own_actions_are_sent_and_scored(
    tmp_path: Path, server: str
) -> None:
    """The rewards are those of the model's answers, and the lines show these."""
    with FakeModel(say(ACTION)) as model:
        ran = run_script(tmp_path, **model_at(model, server))
    with Connection(server) as connection:
        expected = [play(connection, Same(), task) for task in TASKS]

    assert 0 == ran.code
    assert [list(e.rewards) for e in expected] == [
        task["rewards"] for task in ran.results["tasks"]
    ]
    assert all(task["score"] < 0.8 for task in ran.results["tasks"])
    for line in ran.starting("STEP"):
        shown = line.split(" action=")[1].split(" reward=")[0]
        assert ACTION == {k: v for k, v in json.loads(shown).items() if k in ACTION}
    assert "model=a/model" in ran.lines[0]
    assert ("model", "a/model") == (ran.results["policy"], ran.results["model"])
    assert 9 == len(model.requests)
    assert TOKEN not in f"{ran.out}{ran.err}{ran.results}"


MISBEHAVIOUR: dict[str, tuple[Reply, str]] = {
    "always invalid": (say({**ACTION, "queue": "sales"}), "expected one of billing"),
    "prose": (say("I would rather talk about it."), "not JSON"),
    "half JSON": (say(json.dumps(ACTION)[:50]), "not JSON"),
    "repeated keys": (say('{"queue": 1, "queue": 2}'), "repeats a key"),
    "NaN": (say({**ACTION, "confidence": float("nan")}), "NaN"),
    "null content": (completion({"role": "assistant", "content": None}), "not JSON"),
    "refusal": (
        completion({"refusal": "No.\nNever."}),
        "the model refused: No. Never.",
    ),
    "empty choices": (choices([]), "without a message"),
    "HTML": (page("<html>\n<body>Hello"), "it begins: <html> <body>Hello"),
    "500": (refuse(500), "answered 500"),
    "401": (refuse(401, f"wrong key: {TOKEN}"), "wrong key: [token]"),
    "says the token": (say({**ACTION, "summary": f"It is {TOKEN}"}), "repeats the"),
    "hangs": (NEVER, "no answer within 0.2 seconds"),
    "drips": (drip(say(ACTION)), "no answer within 0.2 seconds"),
}


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_a_model_that_misbehaves_costs_its_tasks_and_nothing_else(
    run: Run, server: str, name: str
) -> None:
    """Each task shows the error and its end; nothing scored at all is exit code 3."""
    reply, reason = MISBEHAVIOUR[name]
    patience = "0.2" if reply.pace != "at once" else "10"
    with FakeModel(reply) as model:
        ran = run(**model_at(model, server, MODEL_TIMEOUT=patience))

    assert 3 == ran.code
    assert ["[START]", "[STEP]", "[END]"] * 3 == [line.split()[0] for line in ran.lines]
    for line in ran.starting("STEP"):
        assert line.startswith("step=1 action=null reward=0.00 done=false error=")
        assert reason in line
    assert ["success=false steps=1 score=0.00 rewards=0.00"] * 3 == ran.starting("END")
    assert TOKEN not in f"{ran.out}{ran.err}{ran.results}"


def test_a_task_that_fails_half_way_keeps_what_it_earned(run: Run, server: str) -> None:
    """The unanswered ticket counts nothing, other tasks go on; the exit code is 1."""
    good = say(ACTION)
    with FakeModel(good, refuse(500), good) as model:
        ran = run(**model_at(model, server))
    first = ran.results["tasks"][0]

    assert 1 == ran.code
    assert 2 == first["steps"]
    assert first["score"] == first["rewards"][0] / 2
    assert first["error"] is not None
    assert [None, None] == [task["error"] for task in ran.results["tasks"][1:]]


def test_an_invalid_answer_is_corrected_on_the_way(run: Run, server: str) -> None:
    """The retry shows the model its faults, and its second answer is played."""
    with FakeModel(say({**ACTION, "queue": "sales"}), say(ACTION)) as model:
        ran = run(**model_at(model, server))

    assert 0 == ran.code
    assert 10 == len(model.requests)
    assert "expected one of" in model.requests[1]["messages"][-1]["content"]


def test_a_model_endpoint_that_is_not_there_ends_every_task(
    run: Run, server: str
) -> None:
    """A refused connection is an error per task, soon."""
    with FakeModel(NEVER) as model:
        variables = model_at(model, server)
    ran = run(**variables)

    assert 3 == ran.code
    assert 3 == ran.out.count("error=the endpoint cannot be reached")


def test_a_server_that_is_not_there_is_one_sentence(run: Run) -> None:
    """Without an environment there is no task to name; the results say why."""
    ran = run(ENV_BASE_URL="http://127.0.0.1:9")

    assert (3, "") == (ran.code, ran.out)
    assert "no tasks from http://127.0.0.1:9" in ran.err
    assert [] == ran.results["tasks"]
    assert "127.0.0.1:9" in ran.results["error"]


def test_a_wrong_variable_is_one_sentence(run: Run) -> None:
    """Nothing is played then."""
    ran = run(MODEL_TIMEOUT="soon")

    assert (2, "", {}) == (ran.code, ran.out, ran.results)
    assert "MODEL_TIMEOUT: expected a number of seconds above 0\n" == ran.err


class Stubborn:
    """Sends a label that no task knows."""

    name = "stubborn"

    def act(self, observation: SupportQueueObservation) -> SupportQueueAction:
        """An action that the server refuses."""
        return SupportQueueAction(**{**ACTION, "queue": "sales"})


def test_an_action_that_the_server_refuses_is_shown(server: str) -> None:
    """The line has the action that was sent and the server's reason."""
    lines: list[str] = []

    played = play_task(lambda: Connection(server), Stubborn(), TASKS[0], lines.append)

    assert '"queue":"sales"' in lines[1]
    assert "error=Invalid message" in lines[1]
    assert (False, 2) == (played.scored, played.total_tickets)


@pytest.mark.skipif(
    importlib.util.find_spec("openenv") is not None, reason="the extra is installed"
)
def test_an_image_needs_the_extra(run: Run) -> None:
    """The sentence says what to install."""
    ran = run(LOCAL_IMAGE_NAME="support-queue-env")

    assert (2, "") == (ran.code, ran.out)
    assert 'pip install "openenv-support-queue-env[openenv]"' in ran.err


def test_results_that_cannot_be_written_are_a_failure(
    run: Run, server: str, tmp_path: Path
) -> None:
    """The lines are out by then; the exit code and a sentence tell the rest."""
    (tmp_path / inference.RESULTS).mkdir()
    ran = run(ENV_BASE_URL=server)

    assert 1 == ran.code
    assert 3 == len(ran.starting("END"))
    assert "cannot write inference_results.json: is a directory" in ran.err.lower()


def test_an_uninstalled_checkout_says_how_to_install() -> None:
    """One line instead of a traceback."""
    ran = subprocess.run(
        [sys.executable, "-ES", SCRIPT], capture_output=True, text=True, check=False
    )

    assert (2, "") == (ran.returncode, ran.stdout)
    assert "pip install -e ." in ran.stderr
    assert 1 == ran.stderr.count("\n")
