"""Reports as pages: one file each, nothing fetched, nothing run."""

from typing import Any

import jinja2


_environment = jinja2.Environment(
    loader=jinja2.PackageLoader(__package__ or "", "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, **values: Any) -> str:
    """The page of that template; every value is escaped."""
    return _environment.get_template(template).render(**values)
