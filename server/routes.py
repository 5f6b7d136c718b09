"""The routes of episodes and tools: read a request, call the middle, write a reply."""

from collections.abc import Coroutine, Mapping
from typing import Any
from urllib.parse import parse_qsl

from attrs import frozen
from litestar import Response, post
from litestar.handlers import HTTPRouteHandler

from ..core.action_fields import ActionFields
from ..core.conversion import unstructure
from ..core.episode import Episode
from ..core.errors import Fault, InvalidInput
from ..core.session import read_reset_options
from ..models import SupportQueueObservation
from .asgi import Scope
from .direct import Route, header_of
from .episodes import Episodes, HttpEpisode
from .mcp import McpServer
from .replies import AnyRequest, Later, Reply, json_reply, json_response
from .requests import InvalidAction, StepRequest, read_object, read_step_body
from .wire import encoded_http_observation, encoded_http_step


EPISODE_HEADER = b"x-episode-id"


def episode_routes(episodes: Episodes) -> dict[str, Route]:
    """Reset, step and state, by their paths."""
    answers = EpisodeAnswers(episodes)
    return {
        "/reset": Route("POST", answers.reset),
        "/step": Route("POST", answers.step),
        "/state": Route("GET", answers.state),
    }


@frozen(eq=False)
class EpisodeAnswers:
    """Answers requests at once where nothing has to be waited for.

    Everything raises what is wrong with the request, before or while it is awaited.
    """

    episodes: Episodes

    def reset(self, scope: Scope, body: bytes) -> Reply | Later:
        """Start an episode."""
        document = read_object(body, _content_type(scope)) if body else {}
        options, ignored = read_reset_options(_lax_seed(document))
        if self.episodes.found_at_once:
            return _observed(self.episodes.reset(options, ignored))
        return _observed_later(self.episodes.reset_async(options, ignored))

    def step(self, scope: Scope, body: bytes) -> Reply | Later:
        """Answer the current ticket of an episode."""
        if not body:
            fault = Fault((), "missing", "required field missing")
            raise InvalidInput("body", [fault])
        asked = read_step_body(body, _content_type(scope))
        episode_id = asked.options.episode_id or _named(scope)
        if not self.episodes.found_at_once:
            return self._step_later(episode_id, None, asked)
        episode = self.episodes.held(episode_id)
        if not episode.session.steps_at_once:
            return self._step_later(episode_id, episode, asked)
        _require_object(asked)
        try:
            return _stepped(episode.step(asked.action, asked.options))
        except InvalidInput as error:
            raise _placed(error, asked) from None

    async def _step_later(
        self, episode_id: str | None, found: HttpEpisode | None, asked: StepRequest
    ) -> Reply:
        episode = found or await self.episodes.find(episode_id)
        _require_object(asked)
        try:
            return _stepped(
                await self.episodes.step(
                    episode_id, episode, asked.action, asked.options
                )
            )
        except InvalidInput as error:
            raise _placed(error, asked) from None

    def state(self, scope: Scope, _: bytes) -> Reply | Later:
        """The state of an episode; an empty one when nothing was reset."""
        episode_id = _named(scope)
        if self.episodes.found_at_once:
            return json_reply(unstructure(self.episodes.state(episode_id)))
        return self._state_later(episode_id)

    async def _state_later(self, episode_id: str | None) -> Reply:
        return json_reply(unstructure(await self.episodes.state_async(episode_id)))


def mcp_route(mcp: McpServer) -> HTTPRouteHandler:
    """JSON-RPC over HTTP, which answers 200 whatever it is sent."""

    @post("/mcp", status_code=200)
    async def call(request: AnyRequest) -> Response[bytes]:
        """One JSON-RPC request."""
        return json_response(await mcp.answer_text(await request.body()))

    return call


def _require_object(asked: StepRequest) -> None:
    if not asked.flat and not isinstance(asked.action, ActionFields | Mapping):
        fault = Fault(("action",), "dict_type", "expected an object")
        raise InvalidInput("body", [fault])


def _placed(error: InvalidInput, asked: StepRequest) -> InvalidInput:
    """The faults of an action, as those of the body or of an action in it."""
    return error if asked.flat else InvalidAction("action", error.faults)


def _stepped(episode: Episode) -> Reply:
    return _named_reply(encoded_http_step(episode), episode.episode_id)


def _observed(observation: SupportQueueObservation) -> Reply:
    body = encoded_http_observation(observation)
    return _named_reply(body, observation.info["episode_id"])


def _named_reply(body: bytes, episode_id: str) -> Reply:
    # The id as a header, if one can hold it; the body always has it.
    if episode_id.isascii() and episode_id.isprintable():
        return Reply(body, 200, ((EPISODE_HEADER, episode_id.encode("ascii")),))
    return Reply(body)


async def _observed_later(
    observation: Coroutine[Any, Any, SupportQueueObservation],
) -> Reply:
    return _observed(await observation)


def _named(scope: Scope) -> str | None:
    """The episode that the query or the header names."""
    return _in_query(scope["query_string"]) or header_of(scope, EPISODE_HEADER)


def _in_query(query: bytes) -> str | None:
    if not query:
        return None
    pairs = parse_qsl(str(query, "latin-1"), keep_blank_values=True)
    return next((value for name, value in pairs if name == "episode_id"), None)


def _content_type(scope: Scope) -> str | None:
    return header_of(scope, b"content-type")


def _lax_seed(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """OpenEnv's HTTP takes a seed as digits too; the WebSocket does not."""
    seed = document.get("seed")
    if isinstance(seed, str) and seed.isascii() and seed.isdigit() and len(seed) < 20:
        return {**document, "seed": int(seed)}
    return document
