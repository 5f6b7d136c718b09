"""Whether a store is wanted at all; asked before anything of a database is loaded."""

NONE = "none"
"""The setting of those who want no store."""


def is_wanted(text: str) -> bool:
    """Whether a setting that `urls.resolve_url` reads asks for a store."""
    return text.strip() != NONE
