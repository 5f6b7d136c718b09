"""The tools that an agent may call over MCP."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from attrs import frozen

from ..core.actions import Vocabulary
from ..core.conversion import structure, unstructure
from ..core.documents import encode_document
from ..core.errors import ConfigurationError
from ..core.session import Session
from ..core.views import observe
from ..models import ResetOptions, SupportQueueAction
from .schemas import object_schema
from .wire import http_observation


RESERVED = frozenset({"reset", "step", "state", "close"})
"""Names that OpenEnv keeps for itself."""


@frozen(kw_only=True)
class NoArguments:
    """The arguments of a tool that takes none."""


@frozen
class Tool:
    """A tool: what it is called, what it takes, what it does.

    `run` gets the session and the arguments as plain values; what it returns is sent.
    """

    name: str
    description: str
    input_schema: Callable[[Vocabulary], Mapping[str, Any]]
    run: Callable[[Session, object], Awaitable[Any]]

    def __attrs_post_init__(self) -> None:
        if self.name in RESERVED:
            raise ConfigurationError(
                f"tool {self.name!r}: OpenEnv reserves the names "
                f"{', '.join(sorted(RESERVED))}"
            )


async def current_ticket(session: Session, arguments: object) -> Any:
    """The observation; starts the default task when no episode is running."""
    structure(arguments, NoArguments, "arguments")
    if session.episode is None:
        return http_observation(await session.reset_async(ResetOptions()))
    return http_observation(observe(session.episode))


async def submit_triage(session: Session, arguments: object) -> Any:
    """One step of the episode that is running."""
    return http_observation(await session.step_async(session.read_action(arguments)))


async def episode_state(session: Session, arguments: object) -> Any:
    """The whole episode so far."""
    structure(arguments, NoArguments, "arguments")
    return unstructure(session.state)


def _takes_nothing(_: Vocabulary) -> Mapping[str, Any]:
    return {"type": "object", "properties": {}, "additionalProperties": False}


def _takes_an_action(vocabulary: Vocabulary) -> Mapping[str, Any]:
    return object_schema(SupportQueueAction, vocabulary)


TOOLS = (
    Tool(
        "current_ticket",
        "Show the ticket to triage now, with the task's instructions and the labels "
        "that are allowed. Starts the default task if no episode is running.",
        _takes_nothing,
        current_ticket,
    ),
    Tool(
        "submit_triage",
        "Answer the current ticket. Returns the reward, feedback on the answer, and "
        "the next ticket; done is true after the last one.",
        _takes_an_action,
        submit_triage,
    ),
    Tool(
        "episode_state",
        "Show the whole episode so far: rewards, answers, feedback.",
        _takes_nothing,
        episode_state,
    ),
)


def list_tools(session: Session) -> list[dict[str, Any]]:
    """The tools as `tools/list` announces them."""
    return [
        {
            "name": tool.name,
            "description": tool.description,
            "inputSchema": tool.input_schema(session.vocabulary),
        }
        for tool in TOOLS
    ]


def find_tool(name: object) -> Tool | None:
    """The tool of that name."""
    return next((tool for tool in TOOLS if tool.name == name), None)


def tool_result(value: Any) -> dict[str, Any]:
    """What a tool returned, in the shape of an MCP tool result."""
    text = encode_document(value).decode()
    return {
        "content": [{"type": "text", "text": text}],
        "structured_content": value,
        "data": value,
        "is_error": False,
    }
