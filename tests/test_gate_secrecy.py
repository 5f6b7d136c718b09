"""What goes wrong inside stays inside, whatever way the client came."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from answers import ACTION
from raw_http import exchange
from server_process import server_process
from socket_client import SocketClient
from websockets.exceptions import InvalidStatus


RUBRIC = """
schema = 1
name = "rogue"
[criteria.rogue]
weight = "1"
scorer = "misbehaving-plugin.rogue"
"""
INNARDS = re.compile(r"secret|Traceback|RuntimeError|\.py\b|/site-packages|Rogue\b")
RAISING = {**ACTION, "summary": "do: raise"}


@pytest.fixture(scope="module")
def rogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server whose scorer raises an exception with a secret; and its log."""
    folder = tmp_path_factory.mktemp("rogue")
    file = folder / "rogue.toml"
    file.write_text(RUBRIC)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        with server_process(
            folder / "log", rubric=str(file), plugin="misbehaving_plugin:Rogue"
        ) as url:
            yield url, folder / "log"


def call(tool: str, **arguments: Any) -> dict[str, Any]:
    """A JSON-RPC request that calls a tool."""
    params = {"name": tool, "arguments": arguments}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


def test_a_scorer_that_raises(rogue: tuple[str, Path]) -> None:
    """Over HTTP, WebSocket and JSON-RPC the client learns kind and component only."""
    url, log = rogue
    with httpx.Client(base_url=url, trust_env=False) as client:
        client.post("/reset").raise_for_status()
        over_http = client.post("/step", json=RAISING)
    with SocketClient(url) as player:
        player.reset()
        over_websocket = player.say(type="step", data=RAISING)
    with SocketClient(url, "/mcp") as player:
        player.say(**call("current_ticket"))
        over_rpc = player.say(**call("submit_triage", **RAISING))

    assert 503 == over_http.status_code
    for told in (over_http.text, str(over_websocket), str(over_rpc)):
        assert "'rogue'" in told
        assert not INNARDS.search(told)
    assert "secret detail" in log.read_text()


def test_headers_tell_nothing(rogue: tuple[str, Path]) -> None:
    """No header says what serves, or which versions of it."""
    url, _ = rogue
    headers = httpx.get(f"{url}/none", trust_env=False).headers

    assert "server" not in headers
    assert "x-powered-by" not in headers
    assert not INNARDS.search(str(headers))


def test_strangers_fill_no_log(rogue: tuple[str, Path]) -> None:
    """What is refused at the gate leaves a count, and no line."""
    url, log = rogue
    before = log.read_text()
    exchange(url, b"BREW /health HTTP/1.1\r\n\r\n")
    exchange(url, b"GET /health HTTP/1.1\r\nHost: evil.example\r\n\r\n")
    exchange(
        url,
        b"GET /health HTTP/1.1\r\nHost: localhost\r\n"
        b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    )
    for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        with pytest.raises(InvalidStatus):
            SocketClient(url, additional_headers=headers)
    metrics = httpx.get(f"{url}/metrics", trust_env=False).text

    assert before == log.read_text()
    for reason in ("host", "malformed", "origin"):
        assert f'support_queue_refused_total{{reason="{reason}"}}' in metrics
