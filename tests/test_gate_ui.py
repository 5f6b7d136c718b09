"""`--ui`: what pages may show, and who may see what only operators should."""

import httpx
import pytest
from server_process import embedded_server

from support_queue_env.server.access import Access
from support_queue_env.server.settings import settings_from


HTML = {"Accept": "text/html"}
KEY = "a-key-for-the-operators"


def test_without_pages() -> None:
    """With `off` pages and their files are not there; the index is, for programs."""
    with (
        embedded_server(ui="off") as url,
        httpx.Client(base_url=url, trust_env=False, headers=HTML) as client,
    ):
        paths = ("/web", "/web/", "/docs", "/redoc", "/static/style.css")
        statuses = {client.get(path).status_code for path in paths}
        index = client.get("/").json()

        assert {404} == statuses
        assert "support_queue_env" == index["name"]
        assert not [e for e in index["endpoints"] if "docs" in e or "redoc" in e]
        assert 200 == client.get("/openapi.json").status_code


@pytest.mark.parametrize("ui", ["public", "operator"])
def test_with_pages(ui: str) -> None:
    """Otherwise there are pages."""
    with embedded_server(ui=ui) as url:
        for path in ("/", "/web", "/docs"):
            reply = httpx.get(f"{url}{path}", headers=HTML, trust_env=False)

            assert "text/html" in reply.headers["content-type"]


def test_only_operators_see_labels() -> None:
    """The one predicate for pages and exports."""
    shown = {ui: Access.of((), ui).shows_labels for ui in ("off", "public", "operator")}

    assert {"off": False, "public": False, "operator": True} == shown
    assert "public" == settings_from({}).ui


def test_metrics_and_keys() -> None:
    """Metrics need a key, unless the server is for operators anyway."""
    assert not Access.of((KEY,)).admits("/metrics", ())
    assert Access.of((KEY,)).admits("/metrics", (b"Bearer " + KEY.encode(),))
    assert Access.of((KEY,), "operator").admits("/metrics", ())
    assert not Access.of((KEY,), "operator").admits("/tasks", ())
