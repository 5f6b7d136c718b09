"""One pipeline for all logs: ours, uvicorn's, and those of libraries.

    configure_logs(sys.stderr, level="info", as_json=None)
    log = logging.getLogger(__name__)
    log.info("episode finished", extra={"task": task_id, "steps": 3})

Each line has time, level, logger and the ids that are bound where it is written (run,
session, request, episode), and only fields that `log_fields` lists.
"""

import logging
import os
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, TextIO

from attrs import frozen

from ..core.documents import encode_document
from .log_context import bound_ids
from .log_fields import FIELDS, Scrubber, cleaned, secrets_of, told
from .log_writer import BackgroundHandler
from .settings import Settings, variables_of


PACKAGE = __package__.partition(".")[0]

_package = logging.getLogger(PACKAGE)

Fields = MutableMapping[str, Any]

_FIRST = ("timestamp", "level", "event", "logger", "run", "worker")


def configure_logs(
    stream: TextIO,
    level: str = "info",
    *,
    as_json: bool | None = None,
    variables: Mapping[str, str] = os.environ,
    **everywhere: str,
) -> None:
    """Send every log line of this process to `stream`; may be called again.

    Args:
        stream: such as `sys.stderr`.
        level: `debug`, `info`, `warning` or `error`, of our own lines. Libraries are
            held to warnings: their lesser lines may quote requests.
        as_json: whether a line is a JSON document; None: unless `stream` is a terminal.
        variables: whose values are taken out of lines where the name says that they
            are secret.
        everywhere: fields that every line has, such as `run`.
    """
    terminal = stream.isatty()
    in_json = not terminal if as_json is None else as_json
    write = _json if in_json else _text_writer(colours=terminal)
    scrub = Scrubber(secrets_of(variables))
    handler = BackgroundHandler(stream)
    handler.setFormatter(_Lines(_Cleaning(everywhere, scrub), write))
    threshold = logging.getLevelNamesMapping()[level.upper()]
    for name in ("", PACKAGE, "uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        for old in list(logger.handlers) if name else _ours(logger):
            logger.removeHandler(old)
        logger.propagate = True
        ours = name == PACKAGE
        logger.setLevel(threshold if ours else max(threshold, logging.WARNING))
    logging.getLogger().addHandler(handler)
    # A record that cannot be formatted is a fault of ours; quoting its arguments on
    # standard error would be a second one.
    logging.raiseExceptions = False
    logging.captureWarnings(True)


def debugging() -> bool:
    """Whether lines of level debug are written; for callers that count nanoseconds."""
    return _package.isEnabledFor(logging.DEBUG)


def flush_logs() -> None:
    """Wait until every line so far is written, but not for a reader that does not read."""
    for handler in _ours(logging.getLogger()):
        handler.flush()


def dropped_lines() -> int:
    """How many lines came to nothing, because nobody read those before them."""
    return sum(handler.dropped for handler in _ours(logging.getLogger()))


def _ours(root: logging.Logger) -> list[BackgroundHandler]:
    """The handlers of an earlier call; those of others, such as pytest, stay."""
    return [h for h in root.handlers if isinstance(h, BackgroundHandler)]


class _Lines(logging.Formatter):
    """Makes a record a line: gathers its fields, has them cleaned, and written."""

    def __init__(self, clean: "_Cleaning", write: Callable[[Fields], str]) -> None:
        super().__init__()
        self._clean = clean
        self._write = write

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        said = record.__dict__
        fields: Fields = {name: said[name] for name in said if name in FIELDS}
        fields["event"] = record.getMessage()
        for name, value in bound_ids().items():
            fields.setdefault(name, value)
        fields["level"] = record.levelname.lower()
        fields["logger"] = record.name
        fields["timestamp"] = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        if record.exc_info and record.exc_info[1]:
            fields["error"] = told(record.exc_info[1])
        return self._write(self._clean(fields))


@frozen
class _Cleaning:
    """What stands between whatever was logged and what is written."""

    everywhere: Mapping[str, str]
    scrub: Scrubber

    def __call__(self, fields: Fields) -> Fields:
        clean = cleaned({**fields, **self.everywhere}, self.scrub)
        return {name: clean[name] for name in _order(clean)}


def _order(fields: Fields) -> list[str]:
    first = [name for name in _FIRST if name in fields]
    return first + [name for name in fields if name not in _FIRST]


def _json(fields: Fields) -> str:
    return encode_document(fields).decode()


def _text_writer(*, colours: bool) -> Callable[[Fields], str]:
    # It draws with rich, which a server that writes JSON does not load.
    from structlog.dev import ConsoleRenderer  # noqa: PLC0415

    # Texts are quoted, so that none can pass for a field.
    renderer = ConsoleRenderer(colors=colours, repr_native_str=True)
    return lambda fields: renderer(None, fields["level"], fields)


def configure_from(settings: Settings, stream: TextIO, run_id: str) -> None:
    """Do it as the settings of a server ask; lines carry the beginning of `run_id`."""
    formats = {"auto": None, "json": True, "text": False}
    everywhere = {"run": run_id[:12]}
    if settings.workers > 1:
        everywhere["worker"] = str(os.getpid())
    configure_logs(
        stream,
        settings.log_level,
        as_json=formats[settings.log_format],
        # A secret may also come by a flag.
        variables=os.environ | variables_of(settings),
        **everywhere,
    )
