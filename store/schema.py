"""The tables, written once for SQLite and PostgreSQL.

Rows are added and pruned, never edited: scoring a step again adds a row to `scores`.
Order is told by `episodes.sequence` and `steps.step`; clocks may jump.
"""

import re
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
)


_UNSAFE = re.compile(r"\x00|\\(?=u0000|u005c)")
_ESCAPED = re.compile(r"\\u(0000|005c)")


def escaped(text: str) -> str:
    r"""`text` without NUL, which PostgreSQL's text cannot hold; `unescaped` undoes it.

    NUL becomes `\u0000`. A backslash that would be read as part of such an escape
    becomes `\u005c`; every other text stays as it is.
    """
    return _UNSAFE.sub(lambda m: r"\u0000" if m[0] == "\0" else r"\u005c", text)


def unescaped(text: str) -> str:
    """The text that `escaped` was given."""
    return _ESCAPED.sub(lambda m: "\0" if m[1] == "0000" else "\\", text)


class ClientText(TypeDecorator[str]):
    """Text that a client chose, with any character in it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """The text as it is stored."""
        return None if value is None else escaped(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        """The text as the client gave it."""
        return None if value is None else unescaped(value)


metadata = MetaData()

# Numbers that grow by themselves; SQLite does that for its own INTEGER only.
_Growing = BigInteger().with_variant(Integer, "sqlite")

schema_version = Table(
    "schema_version",
    metadata,
    Column("version", Integer, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("started_at", Double, nullable=False),
    Column("version", Text, nullable=False),
    Column("rubric", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("config", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", BigInteger, nullable=False),
)

episodes = Table(
    "episodes",
    metadata,
    Column("sequence", _Growing, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("run_id", Text, ForeignKey("runs.id"), nullable=False),
    Column("episode_id", ClientText, nullable=False),
    Column("source", Text, nullable=False),
    Column("named", Boolean, nullable=False),
    Column("task_id", Text, nullable=False),
    Column("total_tickets", Integer, nullable=False),
    Column("rubric", Text, nullable=False),
    Column("rubric_digest", Text, nullable=False),
    Column("rubric_signature", Text, nullable=False),
    Column("seed", BigInteger),
    Column("split", Text),
    Column("feedback", Text, nullable=False),
    Column("rewards", Text, nullable=False),
    Column("at", Double, nullable=False),
    Index("episodes_by_id", "episode_id", "source", "sequence"),
    Index("episodes_by_run", "run_id", "source", "named", "sequence"),
    # A pruned episode's number is not given to another one.
    sqlite_autoincrement=True,
)

steps = Table(
    "steps",
    metadata,
    Column("episode_key", Text, ForeignKey("episodes.key"), nullable=False),
    Column("step", Integer, CheckConstraint("step >= 0"), nullable=False),
    Column("ticket_id", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("paid", Double, nullable=False),
    Column("request_id", ClientText),
    Column("at", Double, nullable=False),
    PrimaryKeyConstraint("episode_key", "step"),
)
steps_by_request = Index(
    "steps_by_request",
    steps.c.episode_key,
    steps.c.request_id,
    unique=True,
    # `postgresql.py` says the same to its dialect, which only it has to load.
    sqlite_where=steps.c.request_id.is_not(None),
)

scores = Table(
    "scores",
    metadata,
    Column("episode_key", Text, nullable=False),
    Column("step", Integer, nullable=False),
    Column("rubric_digest", Text, nullable=False),
    Column("reward", Double, nullable=False),
    Column("document", Text, nullable=False),
    PrimaryKeyConstraint("episode_key", "step", "rubric_digest"),
    ForeignKeyConstraint(["episode_key", "step"], ["steps.episode_key", "steps.step"]),
)

annotations = Table(
    "annotations",
    metadata,
    Column("id", _Growing, primary_key=True, autoincrement=True),
    Column("episode_key", Text, ForeignKey("episodes.key"), nullable=False),
    Column("step", Integer),
    Column("author", Text, nullable=False),
    Column("text", ClientText, nullable=False),
    Column("at", Double, nullable=False),
    Index("annotations_by_episode", "episode_key"),
    sqlite_autoincrement=True,
)

probes = Table(
    "probes",
    metadata,
    Column("id", _Growing, primary_key=True, autoincrement=True),
    Column("filler", LargeBinary, nullable=False),
)
"""Empty, but for the moments in which a store that had failed is tried again."""
