"""OpenEnv's Task API: which splits and tasks there are, by index."""

from collections.abc import Mapping
from typing import Any, get_args

from attrs import frozen
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from ..core.cases import Task, TaskCatalogue
from ..core.conversion import structure, unstructure
from ..core.errors import SupportQueueError
from ..models import Split
from .replies import AnyRequest, json_response
from .requests import read_object
from .wire import plain_word


SPLITS: tuple[Split, ...] = get_args(Split)


class UnknownEnvironment(SupportQueueError):
    """The path names another environment than the one that is served."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown environment {plain_word(name)!r}")


class InvalidTaskIndex(SupportQueueError):
    """An index that the split does not have."""

    def __init__(self) -> None:
        super().__init__("Invalid task index")


@frozen(kw_only=True)
class SplitRequest:
    """The body of `/tasks` and `/num_tasks`."""

    split: Split


@frozen(kw_only=True)
class TaskRequest:
    """The body of `/task`; a negative index counts from the end."""

    split: Split
    index: int


@frozen(kw_only=True)
class RangeRequest:
    """The body of `/task_range`, a slice as Python's."""

    split: Split
    start: int | None = None
    stop: int | None = None


def task_routes(name: str, tasks: TaskCatalogue) -> list[HTTPRouteHandler]:
    """The six routes; `{env}` is compared without regard to case."""

    def of(split: str) -> list[Task]:
        return [task for task in tasks if task.split == split]

    def check(env: str) -> None:
        if env.lower() != name.lower():
            raise UnknownEnvironment(env)

    async def read(request: AnyRequest, cls: type) -> Any:
        body = await request.body()
        document = read_object(body or b"{}", request.headers.get("content-type"))
        return structure(document, cls, "body")

    @get("/list_environments")
    async def list_environments() -> Response[bytes]:
        """The one environment that is served."""
        return json_response([name])

    @get("/{env:str}/splits")
    async def splits(env: FromPath[str]) -> Response[bytes]:
        """The splits that have tasks."""
        check(env)
        return json_response([{"name": s, "type": s} for s in SPLITS if of(s)])

    @post("/{env:str}/tasks", status_code=200)
    async def list_tasks(env: FromPath[str], request: AnyRequest) -> Response[bytes]:
        """Every task of a split."""
        check(env)
        asked: SplitRequest = await read(request, SplitRequest)
        cards = [card(task) for task in of(asked.split)]
        return json_response({"tasks": cards, "env_name": name})

    @post("/{env:str}/num_tasks", status_code=200)
    async def num_tasks(env: FromPath[str], request: AnyRequest) -> Response[bytes]:
        """How many tasks a split has."""
        check(env)
        asked: SplitRequest = await read(request, SplitRequest)
        return json_response({"num_tasks": len(of(asked.split))})

    @post("/{env:str}/task", status_code=200)
    async def get_task(env: FromPath[str], request: AnyRequest) -> Response[bytes]:
        """One task of a split."""
        check(env)
        asked: TaskRequest = await read(request, TaskRequest)
        found = of(asked.split)
        if not -len(found) <= asked.index < len(found):
            raise InvalidTaskIndex
        return json_response({"task": card(found[asked.index])})

    @post("/{env:str}/task_range", status_code=200)
    async def get_task_range(
        env: FromPath[str], request: AnyRequest
    ) -> Response[bytes]:
        """Some tasks of a split."""
        check(env)
        asked: RangeRequest = await read(request, RangeRequest)
        found = of(asked.split)[asked.start : asked.stop]
        return json_response({"tasks": [card(task) for task in found]})

    return [
        list_environments,
        splits,
        list_tasks,
        num_tasks,
        get_task,
        get_task_range,
    ]


def card(task: Task) -> Mapping[str, Any]:
    """A task as `reset(**task)` takes it, and more to choose by."""
    plain: Mapping[str, Any] = unstructure(task.card)
    return plain
