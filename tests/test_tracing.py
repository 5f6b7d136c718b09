"""Spans of resets and steps, kept in memory; and none when nobody asks for them."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from answers import ACTION, oracle, task
from command_line import Run
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from server_process import clean_environment, embedded_server
from socket_client import SocketClient, error_of

from support_queue_env.environment import load_environment
from support_queue_env.server.traced_sessions import Tracing


TASK = "easy_inbox_cleanup"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Where a server that traces sends its spans."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(Tracing, "exporting", lambda: Tracing(provider))
    yield exporter
    provider.shutdown()


def told(span: ReadableSpan) -> dict[str, object]:
    """A span's attributes without the prefix."""
    attributes = span.attributes or {}
    return {name.removeprefix("support_queue."): v for name, v in attributes.items()}


def test_resets_and_steps_are_spans(spans: InMemorySpanExporter) -> None:
    """They tell task, ticket, reward and rubric; refused ones only their error's type."""
    with embedded_server(tracing=True) as url, SocketClient(url) as player:
        player.reset(task_id=TASK, episode_id="e\n1")
        for action in oracle(TASK):
            player.step(action)
        error_of(player.say(type="step", data=ACTION))
    reset, first, second, late = spans.get_finished_spans()
    rubric = load_environment().find_rubric(None)

    assert ["support_queue.reset", *["support_queue.step"] * 3] == [
        span.name for span in (reset, first, second, late)
    ]
    assert {
        "task": TASK,
        "episode_id": "e\\n1",
        "source": "websocket",
        "rubric": rubric.name,
        "rubric_digest": rubric.digest,
    } == told(reset)
    assert (0, 1.0, False) == tuple(
        told(first)[name] for name in ("ticket_index", "reward", "done")
    )
    assert (1, 1.0, True) == tuple(
        told(second)[name] for name in ("ticket_index", "reward", "done")
    )
    names = [
        (event.attributes or {})["gen_ai.evaluation.name"] for event in first.events
    ]
    assert [*rubric.weights] == names
    assert StatusCode.ERROR is late.status.status_code
    assert ("EpisodeFinished", None) == (
        told(late)["error.type"],
        late.status.description,
    )


def test_no_text_and_no_label_is_in_a_span(spans: InMemorySpanExporter) -> None:
    """As in the log; a trace goes to other machines."""
    with embedded_server(tracing=True) as url, SocketClient(url) as player:
        player.reset(task_id=TASK, feedback="full")
        for action in oracle(TASK):
            player.step(action)
    written = "".join(span.to_json() for span in spans.get_finished_spans())
    values = {
        str(value)
        for span in spans.get_finished_spans()
        for value in (span.attributes or {}).values()
    }

    for case in task(TASK).cases:
        assert case.ticket.subject not in written
        assert not {case.gold.queue, case.gold.priority, case.gold.disposition} & values
    for action in oracle(TASK):
        assert action["summary"] not in written
        assert action["response"] not in written


def test_without_the_extra_the_command_says_what_to_install(run: Run) -> None:
    """The exporter is not among what the tests need, so it is missing here."""
    result = run("serve", "--tracing", "--port", "0", "--database-url", "none")

    assert 2 == result.code
    assert "--tracing (SUPPORT_QUEUE_TRACING) needs an extra" in result.err
    assert "[tracing]" in result.err


def test_nothing_is_imported_unless_it_is_asked_for() -> None:
    """A server that does not trace pays nothing for it.

    Litestar looks whether the interface is installed; the machinery stays out.
    """
    code = (
        "import json, sys; import support_queue_env.server.app as server; server.app; "
        "print(json.dumps([m for m in sys.modules if 'opentelemetry.sdk' in m "
        "or 'traced' in m]))"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=clean_environment(),
        capture_output=True,
        check=True,
        text=True,
    )

    assert [] == json.loads(found.stdout)
