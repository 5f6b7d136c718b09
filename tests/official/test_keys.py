"""openenv's own clients on a server that wants a key."""

from collections.abc import Iterator
from typing import Any

import pytest
from openenv.core import GenericEnvClient
from server_process import embedded_server

from support_queue_env.client import SupportQueueEnv


KEY = "a-key-for-the-official-client"
HEADERS = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def locked() -> Iterator[str]:
    """A server that wants the key."""
    with embedded_server(api_key=(KEY,)) as url:
        yield url


def plays(client: Any) -> bool:
    """Whether a client gets its first observation."""
    with client.sync() as env:
        return bool(env.reset().observation)


def test_the_stock_client_sends_headers(locked: str) -> None:
    """The generic client plays with the header, and is refused without."""
    assert plays(GenericEnvClient(base_url=locked, headers=HEADERS))
    with pytest.raises(ConnectionError, match="403"):
        plays(GenericEnvClient(base_url=locked))


def test_our_client_reads_the_variable(
    locked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without headers, `SupportQueueEnv` sends the key of the variable."""
    assert plays(SupportQueueEnv(base_url=locked, headers=HEADERS))
    monkeypatch.setenv("SUPPORT_QUEUE_API_KEY", KEY)

    assert plays(SupportQueueEnv(base_url=locked))
    with pytest.raises(ConnectionError, match="403"):
        plays(SupportQueueEnv(base_url=locked, headers={}))
