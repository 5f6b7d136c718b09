"""What may stand in a log line: names that are known, short and plain values. Pure.

A line is read by people and by programs, and some of what it tells was chosen by
strangers. So fields are listed here, texts are cut, whatever does not print is escaped
(a line break would begin a line of the stranger's own), and secrets are taken out.
"""

import math
import re
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from attrs import frozen

from ..core.errors import said


FIELDS = frozenset(
    {
        *("timestamp", "level", "logger", "event", "error"),
        *("run", "worker", "session", "request_id", "episode_id"),
        *("task", "ticket", "rubric", "digest", "seed", "source"),
        *("steps", "reward", "seconds", "kind", "component", "scorer"),
        *("method", "route", "status", "version", "store", "workers", "max_sessions"),
    }
)
"""Every field there is. What a ticket or an action says, and labels, are not among
them; a field that is not listed is dropped."""

FOREIGN = frozenset({"event", "error", "episode_id", "request_id", "method"})
"""Those whose text others may have chosen; the rest are words of the server's own, in
which no secret is looked for."""

MOST_CHARACTERS = 500
"""Of a text in a field."""

MOST_OF_AN_EXCEPTION = 4000

_EXCEPTIONS_SHOWN = 5
_FRAMES_SHOWN = 20
_TELLING_LENGTH = 8
_HIDDEN = "[secret]"
_SECRET_NAME = re.compile(
    "KEY|TOKEN|SECRET|PASSWORD|DATABASE_URL|CREDENTIAL", re.IGNORECASE
)
_SECRET_SHAPE = re.compile(
    r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"  # user and password of an address
    r"|(?i:(?<=bearer )[^\s\"',]+)"
    r"|\b(?:sk|pk|rk|hf|gh[opsur]|glpat|xox[abeprs])[-_][\w-]{16,}"
)


def plain(text: str, most: int = MOST_CHARACTERS) -> str:
    """`text` on one line: cut to `most` characters, with everything else escaped."""
    if len(text) > most:
        text = f"{text[:most]}…"
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


@frozen
class Scrubber:
    """Takes secrets out of texts: those it knows, and what looks like one."""

    known: tuple[str, ...] = ()

    def __call__(self, text: str) -> str:
        """`text` without secrets."""
        for secret in self.known:
            text = text.replace(secret, _HIDDEN)
        return _SECRET_SHAPE.sub(_HIDDEN, text)


def secrets_of(variables: Mapping[str, str]) -> tuple[str, ...]:
    """The values of variables whose names say that they are secret, longest first.

    A list divided by commas is several. A word of fewer than 8 characters, such as the
    `none` that local endpoints are content with, is no secret.
    """
    found = {
        part
        for name, text in variables.items()
        if _SECRET_NAME.search(name)
        for part in _parts(text)
        if len(part) >= _TELLING_LENGTH
    }
    return tuple(sorted(found, key=len, reverse=True))


def _parts(text: str) -> Iterator[str]:
    if "://" in text:
        try:
            password = urlsplit(text).password
        except ValueError:
            return
        yield password or ""
        return
    yield from (part.strip() for part in text.split(","))


def told(error: BaseException) -> str:
    """An exception and what caused it: types, messages, and the places they passed.

    No line of source and no value of a variable, since either may be what a ticket
    says. A message is the exception's own: at most 300 characters.
    """
    return "; caused by ".join(_one(each) for each in _chain(error))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(_EXCEPTIONS_SHOWN):
        if error is None:
            return
        yield error
        hidden = error.__suppress_context__
        error = error.__cause__ or (None if hidden else error.__context__)


def _one(error: BaseException) -> str:
    places = list(_places(error))[-_FRAMES_SHOWN:]
    return f"{said(error)} at {' > '.join(places)}" if places else said(error)


def _places(error: BaseException) -> Iterator[str]:
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        folder, _, name = code.co_filename.rpartition("/")
        yield f"{folder.rpartition('/')[2]}/{name}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next


def cleaned(fields: Mapping[str, Any], scrub: Scrubber) -> MutableMapping[str, Any]:
    """The fields that are known, each plain and without secrets."""
    return {
        name: _clean(name, fields[name], scrub) for name in fields if name in FIELDS
    }


def _clean(name: str, value: object, scrub: Scrubber) -> Any:
    match value:
        case str():
            text = scrub(value) if name in FOREIGN else value
            return plain(text, _most(name))
        case bool() | int() | None:
            return value
        case float():
            return value if math.isfinite(value) else None
    return f"[{type(value).__name__}]"


def _most(name: str) -> int:
    return MOST_OF_AN_EXCEPTION if name == "error" else MOST_CHARACTERS
