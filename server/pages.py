"""The HTML pages. Every text is escaped; every asset is our own."""

from collections.abc import Iterable
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..core.scoring import TicketScorer
from ..models import TaskCard


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("support_queue_env.server", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def welcome_page(
    *,
    root: str,
    version: str,
    rubric: TicketScorer,
    tasks: Iterable[TaskCard],
    endpoints: Iterable[str],
) -> str:
    """What a person sees who opens the server; `root` leads to `/` relatively."""
    return (
        _templates()
        .get_template("welcome.html")
        .render(
            root=root,
            version=version,
            rubric=rubric,
            tasks=tuple(tasks),
            endpoints=tuple(endpoints),
        )
    )


@cache
def docs_page() -> str:
    """The API's pages, drawn by the bundled Swagger UI."""
    return _templates().get_template("docs.html").render(root="./")
