"""What the server says of itself: documents for programs, pages for people."""

import hashlib
import re
import tomllib
from importlib import resources
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from answers import ACTION, TASKS, oracle, task
from json_schema import breaches
from socket_client import SocketClient

from support_queue_env import __version__
from support_queue_env.core.conversion import unstructure


HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
VENDOR = resources.files("support_queue_env.server") / "static" / "vendor"


def document(http: httpx.Client, path: str) -> Any:
    """A JSON document of the server."""
    reply = http.get(path)
    assert 200 == reply.status_code
    assert "application/json" == reply.headers["content-type"]
    return reply.json()


def test_health(http: httpx.Client) -> None:
    """A server that answers is healthy."""
    assert {"status": "healthy"} == document(http, "/health")


def test_metadata(http: httpx.Client) -> None:
    """OpenEnv's six keys and the rubric's three, all of them texts or null."""
    metadata = document(http, "/metadata")

    assert {
        "name",
        "description",
        "readme_content",
        "version",
        "author",
        "documentation_url",
        "rubric",
        "rubric_digest",
        "rubric_signature",
    } == set(metadata)
    assert ("support_queue_env", __version__) == (metadata["name"], metadata["version"])
    assert all(isinstance(value, str | None) for value in metadata.values())


def test_tasks(http: httpx.Client) -> None:
    """Every task with its card, and which one is the default."""
    tasks = document(http, "/tasks")

    assert {"tasks", "default"} == set(tasks)
    assert "easy_inbox_cleanup" == tasks["default"]
    assert [unstructure(task(task_id).card) for task_id in TASKS] == tasks["tasks"]


def test_index(http: httpx.Client) -> None:
    """Programs find name, version, rubric and routes at the root."""
    index = document(http, "/")

    assert ("support_queue_env", "healthy") == (index["name"], index["status"])
    assert {"POST /reset", "POST /step", "GET /state", "WS /ws"} <= set(
        index["endpoints"]
    )


def test_every_listed_route_exists(http: httpx.Client) -> None:
    """What the index lists under GET is served."""
    listed = [e.split() for e in document(http, "/")["endpoints"]]

    assert {200} == {
        http.get(path).status_code for method, path in listed if method == "GET"
    }


def test_schemas(http: httpx.Client) -> None:
    """Four schemas of draft 2020-12; only the state may grow."""
    schemas = document(http, "/schema")

    assert {"action", "observation", "reset_observation", "state"} == set(schemas)
    for name, schema in schemas.items():
        assert "https://json-schema.org/draft/2020-12/schema" == schema["$schema"]
        assert (name == "state") == schema["additionalProperties"]
    assert {"reward", "done", "metadata"} <= set(schemas["observation"]["properties"])
    assert "metadata" in schemas["action"]["properties"]


@pytest.mark.parametrize("feedback", ["scores", "full", "none"])
@pytest.mark.parametrize("rewards", ["per_ticket", "terminal"])
@pytest.mark.parametrize("task_id", TASKS)
def test_payloads_fit_their_schemas(
    server: str, http: httpx.Client, task_id: str, rewards: str, feedback: str
) -> None:
    """Whatever reset, step and state send is what the schemas announce."""
    schemas = document(http, "/schema")
    with SocketClient(server) as client:
        states = [client.state()]
        first = client.reset(task_id=task_id, rewards=rewards, feedback=feedback)
        steps = []
        for action in [ACTION, *oracle(task_id)[1:]]:
            steps.append(client.step(action))
            states.append(client.state())

    for kind, envelopes in (("reset_observation", [first]), ("observation", steps)):
        for envelope in envelopes:
            whole = dict(envelope.pop("observation"), **envelope)
            assert [] == breaches(whole, schemas[kind], schemas[kind])
    for state in states:
        assert [] == breaches(state, schemas["state"], schemas["state"])
    for action in oracle(task_id):
        assert [] == breaches(action, schemas["action"], schemas["action"])


def test_the_action_schema_says_what_is_refused(http: httpx.Client) -> None:
    """The schema's limits are those of the server."""
    schema = document(http, "/schema")["action"]
    bad: list[dict[str, Any]] = [
        {"priority": "P9"},
        {"queue": 1},
        {"summary": "x" * 7},
        {"summary": "x" * 281},
        {"response": "x" * 15},
        {"response": "x" * 1201},
        {"confidence": 1.1},
        {"confidence": "0.5"},
        {"metadata": []},
        {"mood": "good"},
    ]
    http.post("/reset")
    for change in bad:
        action = ACTION | change

        assert breaches(action, schema, schema)
        assert 422 == http.post("/step", json={"action": action}).status_code


def test_openapi(http: httpx.Client) -> None:
    """Title and version are OpenEnv's; every reference leads somewhere."""
    openapi = document(http, "/openapi.json")
    references = re.findall(r'"\$ref":"([^"]+)"', http.get("/openapi.json").text)

    assert "OpenEnv Environment HTTP API" == openapi["info"]["title"]
    assert "1.0.0" == openapi["info"]["version"]
    assert {"/reset", "/step", "/state"} <= set(openapi["paths"])
    assert references
    for reference in references:
        target = openapi
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]


def test_openapi_names_every_refusal(http: httpx.Client) -> None:
    """Whatever a route is for, what the gate answers in its place is told as well."""
    for methods in http.get("/openapi.json").json()["paths"].values():
        for operation in methods.values():
            assert {"400", "401", "403", "414", "431"} <= operation["responses"].keys()


def test_an_unknown_rubric_is_in_the_query(http: httpx.Client) -> None:
    """The place of the fault is where the name was asked for."""
    reply = http.get("/rubric", params={"name": "no-such-rubric"})

    assert 422 == reply.status_code
    assert ["query", "name"] == reply.json()["detail"][0]["loc"]


def test_openapi_lists_only_what_is_served(http: httpx.Client) -> None:
    """Every path of the document answers to its methods."""
    name = document(http, "/metadata")["name"]
    for template, methods in document(http, "/openapi.json")["paths"].items():
        path = template.replace("{env}", name).replace("{env_name}", name)
        for method in methods:
            assert http.request(method, path).status_code not in {404, 405}


@pytest.mark.parametrize(
    ("path", "headers"), [("/", HTML), ("/web", {}), ("/web/", {}), ("/docs", {})]
)
def test_pages(http: httpx.Client, path: str, headers: dict[str, str]) -> None:
    """Pages are HTML, ask no other host for anything, and what they load is there."""
    page = http.get(path, headers=headers)
    links = re.findall(r'(?:src|href|data-document)="([^"]*)"', page.text)

    assert 200 == page.status_code
    assert "text/html; charset=utf-8" == page.headers["content-type"]
    assert not re.search(r"(https?:)?//[\w-]+\.", page.text)
    assert links
    for link in links:
        assert 200 == http.get(urljoin(path, link)).status_code, link


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_the_root_is_json_for_programs(http: httpx.Client, accept: str) -> None:
    """Only who asks for HTML gets the page."""
    reply = http.get("/", headers={"accept": accept})

    assert "application/json" == reply.headers["content-type"]


def test_the_welcome_page_shows_the_tasks(http: httpx.Client) -> None:
    """A visitor sees which tasks there are."""
    page = http.get("/web").text

    assert all(task_id in page for task_id in TASKS)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("style.css", "text/css"),
        ("docs.js", "javascript"),
        ("icon.svg", "image/svg+xml"),
        ("vendor/swagger-ui-bundle.js", "javascript"),
        ("vendor/swagger-ui.css", "text/css"),
    ],
)
def test_static_files(http: httpx.Client, path: str, kind: str) -> None:
    """Static files come with the type that browsers want."""
    reply = http.get(f"/static/{path}")

    assert 200 == reply.status_code
    assert kind in reply.headers["content-type"]
    assert reply.content


@pytest.mark.parametrize(
    "path",
    [
        "../application.py",
        "%2e%2e/application.py",
        "..%2fapplication.py",
        "//etc/hosts",
    ],
)
def test_nothing_beside_the_static_files(server: str, path: str) -> None:
    """No path leads out of the folder."""
    reply = httpx.Request("GET", f"{server}/static/")
    raw = reply.url.copy_with(raw_path=f"/static/{path}".encode())
    with httpx.Client(trust_env=False) as client:
        assert 404 == client.get(raw).status_code


def test_vendored_files_are_as_published() -> None:
    """Each vendored file has the digest that the manifest gives, and none is extra."""
    manifest = tomllib.loads((VENDOR / "manifest.toml").read_text(encoding="utf-8"))
    expected = {file["path"]: file["sha256"] for file in manifest["files"]}
    found = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in VENDOR.iterdir()
        if file.name.endswith((".js", ".css"))
    }

    assert expected == found


@pytest.mark.parametrize(
    "path",
    [
        "a" * 400,
        "style.css/x",
        "a/" * 3000,
        "a%00b",
        "../app.py",
        "..%2fapp.py",
        "vendor/",
        "vendor/manifest.toml",
    ],
)
def test_no_path_from_outside_reaches_the_file_system(
    http: httpx.Client, path: str
) -> None:
    """What is not one of the pages' files is not there, whatever it is called."""
    reply = http.get(f"/static/{path}")

    assert reply.status_code in {400, 404}
    assert reply.headers["content-type"] == "application/json"
