"""A language model's endpoint that answers by script: real HTTP, no model.

    with FakeModel(say(action), status(500)) as model:
        ...  # ask at model.base_url
    model.requests

The first request gets the first reply, and so on; the last reply repeats. A script
may also be one function from the request's JSON to a reply.
"""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

from attrs import field, frozen


@frozen(kw_only=True)
class Reply:
    """An HTTP response, and how fast it comes."""

    body: bytes = b""
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(factory=dict)
    pace: Literal["at once", "drip", "never"] = "at once"


Script = Callable[[dict[str, Any]], Reply]


def completion(message: Mapping[str, Any]) -> Reply:
    """A chat completion with one choice."""
    return choices([{"index": 0, "finish_reason": "stop", "message": message}])


def choices(listed: list[Any]) -> Reply:
    """A chat completion with these choices."""
    document = {"id": "c", "object": "chat.completion", "created": 0, "model": "fake"}
    return Reply(body=json.dumps({**document, "choices": listed}).encode())


def say(content: object) -> Reply:
    """A reply whose text is `content`, or its JSON when it is no text."""
    text = content if isinstance(content, str) else json.dumps(content)
    return completion({"role": "assistant", "content": text})


def status(code: int, message: str = "it does not work") -> Reply:
    """An error as OpenAI's endpoints shape it, which is not worth a retry."""
    return Reply(
        status=code,
        body=json.dumps({"error": {"message": message, "type": "fake"}}).encode(),
        headers={"x-should-retry": "false"},
    )


def page(text: str, code: int = 200) -> Reply:
    """An HTML page."""
    return Reply(
        status=code,
        body=text.encode(),
        content_type="text/html",
        headers={"x-should-retry": "false"},
    )


NEVER = Reply(pace="never")
"""No answer at all, on a connection that stays open."""


def drip(reply: Reply) -> Reply:
    """The same reply a byte at a time, too slowly to end."""
    return Reply(body=reply.body, pace="drip")


class FakeModel:
    """The endpoint; a context manager. `requests` and `keys` say what it was asked."""

    def __init__(self, *replies: Reply, respond: Script | None = None) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self._replies = replies
        self._respond = respond
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def base_url(self) -> str:
        """What `API_BASE_URL` has to be."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def reply_to(self, request: dict[str, Any], key: str | None) -> Reply:
        """The script's next reply."""
        self.requests.append(request)
        self.keys.append(key)
        if self._respond:
            return self._respond(request)
        return self._replies[min(len(self.requests), len(self._replies)) - 1]

    def wait(self, seconds: float | None = None) -> bool:
        """Sleep until the endpoint stops; true when it does."""
        return self._stopping.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle is among the things tested."""


def _handler(model: FakeModel) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            reply = model.reply_to(json.loads(body), self.headers["Authorization"])
            if reply.pace == "never":
                model.wait()
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(reply.body)))
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            if reply.pace == "at once":
                self.wfile.write(reply.body)
                return
            for byte in reply.body:
                if model.wait(0.05):
                    return
                self.wfile.write(bytes([byte]))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Tests keep standard error to themselves."""

    return Handler
