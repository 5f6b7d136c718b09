"""One pipeline for all logs: ours, uvicorn's, and those of libraries.

    configure_logs(sys.stderr, level="info", as_json=None)
    log = events(__name__)
    log.info("episode finished", task=task_id, steps=3)

Events of ours are structlog's; what is logged with `logging` joins them at the handler.
Each line has time, level, logger and the ids that are bound where it is written (run,
session, request, episode), and only fields that `log_fields` lists.
"""

import logging
import os
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from attrs import frozen

from ..core.documents import encode_document
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
    handler = BackgroundHandler(stream)
    cleaning = _Cleaning(everywhere, Scrubber(secrets_of(variables)))
    in_json = not terminal if as_json is None else as_json
    handler.setFormatter(_formatter(cleaning, in_json=in_json, colours=terminal))
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


def events(name: str) -> Any:
    """A logger of events with fields; silent below warnings until logs are configured."""
    return structlog.wrap_logger(
        logging.getLogger(name),
        processors=[structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


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


def _formatter(
    cleaning: "_Cleaning", *, in_json: bool, colours: bool
) -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        # Records of `logging` say more with `extra`.
        foreign_pre_chain=[structlog.stdlib.ExtraAdder(allow=FIELDS)],
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            cleaning,
            _json if in_json else _console(colours=colours),
        ],
    )


@frozen
class _Cleaning:
    """The processor between whatever was logged and what is written."""

    everywhere: Mapping[str, str]
    scrub: Scrubber

    def __call__(self, logger: Any, method: str, fields: Fields) -> Fields:
        given = fields.pop("exc_info", None)
        error = given[1] if isinstance(given, tuple) else given
        if isinstance(error, BaseException):
            fields["error"] = told(error)
        fields.update(self.everywhere)
        clean = cleaned(fields, self.scrub)
        return {name: clean[name] for name in _order(clean)}


def _order(fields: Fields) -> list[str]:
    first = [name for name in _FIRST if name in fields]
    return first + [name for name in fields if name not in _FIRST]


def _json(logger: Any, method: str, fields: Fields) -> str:
    return encode_document(fields).decode()


def _console(*, colours: bool) -> Any:
    # Texts are quoted, so that none can pass for a field.
    return structlog.dev.ConsoleRenderer(colors=colours, repr_native_str=True)


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
