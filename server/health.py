"""Whether this server can be relied on, for those who start and stop it.

`GET /health` says that the process answers, in OpenEnv's words. `/health/ready` says
whether to send it work: `checks` has a verdict for the log, the sessions and the
scorers. One that failed makes the answer 503; one that is degraded does not, because
episodes can still be played.
"""

import platform
from collections.abc import Callable, Mapping
from typing import Any, Literal

from attrs import frozen
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from .. import __version__
from ..core.log import LogStatus
from ..core.session import Environment
from .asgi import Scope
from .replies import Reply, json_reply, json_response


Verdict = Literal["ok", "degraded", "failed"]


@frozen
class Check:
    """One thing that was looked at: the verdict, and what is wrong in plain words."""

    verdict: Verdict = "ok"
    detail: str = ""

    @property
    def document(self) -> Mapping[str, str]:
        """It as plain values."""
        return {"status": self.verdict, "detail": self.detail}


@frozen
class Readiness:
    """What decides whether a server should get work.

    Args:
        log_status: how the episode log is doing; gives None where there is none.
        sessions: how many are open now.
        max_sessions: how many there may be.
        resting: the plugins and judges that are left alone now.
    """

    log_status: Callable[[], LogStatus | None]
    sessions: Callable[[], int]
    max_sessions: int
    resting: Callable[[], tuple[str, ...]]

    def checks(self) -> Mapping[str, Check]:
        """Every check by name, made now; costs microseconds and never raises."""
        return {
            "store": _store(self.log_status()),
            "sessions": _room(self.sessions(), self.max_sessions),
            "scorers": _scorers(self.resting()),
        }


def verdict_of(checks: Mapping[str, Check]) -> Verdict:
    """The worst of them."""
    found = {check.verdict for check in checks.values()}
    return "failed" if "failed" in found else "degraded" if found - {"ok"} else "ok"


_HEALTHY = json_reply({"status": "healthy"})


def healthy(_: Scope, __: bytes) -> Reply:
    """`GET /health`: the server serves, as OpenEnv asks."""
    return _HEALTHY


def health_routes(
    environment: Environment, readiness: Readiness
) -> list[HTTPRouteHandler]:
    """`/health/live`, `/health/ready` (also `/ready`) and `/version`."""

    @get("/health/live")
    async def live() -> Response[bytes]:
        """Whether the process answers; one that does not should be started again."""
        return json_response({"status": "live"})

    @get(["/health/ready", "/ready"])
    async def ready() -> Response[bytes]:
        """Whether to send it work: 200 or 503, and why."""
        checks = readiness.checks()
        verdict = verdict_of(checks)
        document = {
            "status": _WORDS[verdict],
            "checks": {name: check.document for name, check in checks.items()},
        }
        return json_response(document, 503 if verdict == "failed" else 200)

    @get("/version")
    async def version() -> Response[bytes]:
        """What runs here."""
        return json_response(version_document(environment))

    return [live, ready, version]


def version_document(environment: Environment) -> dict[str, Any]:
    """The versions of package and Python, and the default rubric by its digest."""
    rubric = environment.find_rubric(None)
    return {
        "version": __version__,
        "python": platform.python_version(),
        "rubric": rubric.name,
        "rubric_digest": rubric.digest,
    }


_WORDS: Mapping[Verdict, str] = {
    "ok": "ready",
    "degraded": "degraded",
    "failed": "not ready",
}


def _store(status: LogStatus | None) -> Check:
    if status is None:
        return Check(detail="no store is in use")
    if not status.healthy:
        # The problem itself may name a path; the server's log has it.
        return Check("failed", "the store does not take what it is given")
    return Check()


def _room(active: int, most: int) -> Check:
    if active >= most:
        return Check("failed", f"all {most} sessions are taken")
    return Check()


def _scorers(resting: tuple[str, ...]) -> Check:
    if resting:
        return Check("degraded", f"left alone for a while: {', '.join(resting)}")
    return Check()
