"""The HTML pages. Every text is escaped; every asset is our own."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ..core.scoring import TicketScorer
from ..models import TaskCard


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("support_queue_env.server", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["code"] = _code
    return templates


def _code(text: str) -> Markup:
    """Escaped text with the parts between backticks set as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


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


def reference_page(document: Mapping[str, Any]) -> str:
    """The OpenAPI document as a page that needs no script."""
    template = _templates().get_template("reference.html")
    return template.render(root="./", document=document)
