"""The server's settings: one class, read once, from flags and the environment.

Every field is also a flag of `support-queue serve` and a variable `SUPPORT_QUEUE_…`
of the same name; the keys are a variable only.
"""

import math
from collections.abc import Mapping
from typing import Any

from attrs import Attribute, evolve, field, fields, frozen

from ..core.api_keys import API_KEYS, RULE, is_key, read_keys
from ..core.errors import ConfigurationError
from .hosts import is_host_pattern, is_network, is_origin_pattern


PREFIX = "SUPPORT_QUEUE_"

_SPACE_ORIGINS = ("https://huggingface.co", "https://*.hf.space")
"""Where the page of a Hugging Face Space is shown."""

_PRIVATE_NETWORKS = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
"""Where a Space's proxy is; nobody else reaches the container."""


LEAST_STORE_BYTES = 1_048_576
"""With less a store would lose each episode as soon as it has it."""


def _setting(default: Any, help_: str, **rules: object) -> Any:
    return field(default=default, metadata={"help": help_, **rules})


@frozen(kw_only=True)
class Settings:
    """How a server runs. Times are in seconds, sizes in bytes."""

    host: str = _setting(
        "127.0.0.1", "Address to listen on; 0.0.0.0 means every one.", needed=True
    )
    port: int = _setting(
        8000, "Port to listen on; 0 takes a free one.", minimum=0, maximum=65535
    )
    rubric: str = _setting(
        "classic", "Default rubric: a built-in's name or a .toml file."
    )
    plugin: tuple[str, ...] = _setting(
        (), "Plugin to use, as module:Class; may be given several times."
    )
    plugins: bool = _setting(
        True, "Use installed plugins; without them only the built-ins are there."
    )
    isolate_plugins: bool = _setting(
        False, "Run plugins' scorers in processes of their own, which can be killed."
    )
    locked: bool = _setting(
        False, "Refuse a rubric that is not what its lock file says."
    )
    record: str = _setting("", "JSONL file to append every graded ticket to.")
    pack: tuple[str, ...] = _setting(
        (), "Task pack file to serve beside the classic one; may be repeated."
    )
    max_sessions: int = _setting(
        1024, "Sessions at a time, over WebSocket or made by JSON-RPC.", minimum=1
    )
    max_episodes: int = _setting(
        4096, "HTTP episodes kept; the longest unused go first.", minimum=1
    )
    idle_timeout: float = _setting(
        600.0, "Seconds without a message after which a session is closed.", minimum=0.1
    )
    database_url: str = _setting(
        "",
        "Where episodes are kept: sqlite:///FILE, postgresql://…, or none. Without it, "
        "a file in your data directory.",
    )
    durability: str = _setting(
        "full",
        "What an answered step survives: full, also a loss of power; normal, a crash.",
        choices=("full", "normal"),
    )
    max_store_bytes: int = _setting(
        0,
        "Size that a SQLite store may have: old episodes go; 0 is no limit.",
        zero_or=LEAST_STORE_BYTES,
    )
    workers: int = _setting(
        1, "Server processes; more than one needs a store.", minimum=1, maximum=256
    )
    mode: str = _setting(
        "simulation",
        "simulation, or production: without reset, step and state over HTTP.",
        choices=("simulation", "production"),
        # OpenEnv's own name for it.
        variable="OPENENV_MODE",
    )
    log_level: str = _setting(
        "info",
        "Least level of log lines.",
        choices=("debug", "info", "warning", "error"),
    )
    log_format: str = _setting(
        "auto",
        "Log lines as json or text; auto is text on a terminal and json off one.",
        choices=("auto", "json", "text"),
    )
    tracing: bool = _setting(
        False, "Send a trace of every reset and step to OpenTelemetry's collector."
    )
    deflate: bool = _setting(
        False, "Compress WebSocket messages: less traffic, more CPU."
    )
    allowed_hosts: tuple[str, ...] = _setting(
        (),
        "Host name that the server answers to, *.name for all under it, or * for any; "
        "may be repeated.",
        each=(is_host_pattern, "a host name, *.name or *"),
    )
    allowed_origins: tuple[str, ...] = _setting(
        (),
        "Origin whose pages may use the server, as https://name; may be repeated.",
        each=(is_origin_pattern, "an origin such as https://name, or *"),
    )
    api_key: tuple[str, ...] = field(
        default=(),
        # Neither in a repr nor on a command line, which others on the machine can read.
        repr=False,
        metadata={"help": "Keys, one of which clients must send.", "flag": False},
    )
    request_rate: float = _setting(
        200.0,
        "HTTP requests per second from one address, twice as many at once; 0: any.",
        minimum=0,
    )
    handshake_rate: float = _setting(
        20.0,
        "WebSockets per second from one address, and all sessions at once; 0: any.",
        minimum=0,
    )
    step_rate: float = _setting(
        500.0,
        "Messages per second of one WebSocket; the rest waits. 0: any.",
        minimum=0,
    )
    ui: str = _setting(
        "public",
        "What pages show: nothing (off), nothing secret (public), or also what only "
        "operators should see (operator).",
        choices=("off", "public", "operator"),
    )
    trusted_proxies: tuple[str, ...] = _setting(
        (),
        "Address or network of a proxy whose X-Forwarded-For and -Proto are believed; "
        "may be repeated.",
        each=(is_network, "an IP address, a network such as 10.0.0.0/8, or *"),
    )


def variable(setting: "Attribute[Any]") -> str:
    """The environment variable of a setting."""
    name: str = setting.metadata.get("variable", PREFIX + setting.name.upper())
    return name


VARIABLES = tuple(variable(setting) for setting in fields(Settings))
"""The environment variables of all settings."""


def variable_of(name: str) -> str:
    """The environment variable of the setting of that name."""
    return variable(getattr(fields(Settings), name))


def settings_from(environment: Mapping[str, str], **flags: Any) -> Settings:
    """The settings that flags and, where those are None, variables ask for.

    Raises:
        ConfigurationError: naming flag and variable, the rule and what was found.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    read = {
        setting.name: _read(setting, environment[variable(setting)])
        for setting in fields(Settings)
        if setting.name not in given and environment.get(variable(setting))
    }
    return _in_a_space(checked(Settings(**read | given)), environment)


def _in_a_space(settings: Settings, environment: Mapping[str, str]) -> Settings:
    """`settings` with what a Hugging Face Space says of itself, if this is one."""
    host = environment.get("SPACE_HOST", "")
    hosts = (host,) if host and is_host_pattern(host) else ()
    here = bool(environment.get("SPACE_ID"))
    origins = _SPACE_ORIGINS if here else ()
    proxies = settings.trusted_proxies or (_PRIVATE_NETWORKS if here else ())
    return evolve(
        settings,
        trusted_proxies=proxies,
        allowed_hosts=settings.allowed_hosts + hosts,
        allowed_origins=settings.allowed_origins + origins,
    )


def variables_of(settings: Settings) -> dict[str, str]:
    """These settings as variables, to look through.

    Not to be read again: a comma in a value would divide it.
    """
    return {
        variable(setting): _written(getattr(settings, setting.name))
        for setting in fields(Settings)
    }


def checked(settings: Settings) -> Settings:
    """`settings`, or `ConfigurationError` when one breaks its rule."""
    if not all(is_key(key) for key in settings.api_key):
        raise ConfigurationError(f"{API_KEYS}: expected {RULE}; those found are not")
    for setting in fields(Settings):
        value = getattr(settings, setting.name)
        if setting.metadata.get("needed") and not value.strip():
            # An empty address would mean all of them.
            raise ConfigurationError(f"{_flag(setting)}: expected an address")
        choices = setting.metadata.get("choices")
        if choices and value not in choices:
            raise ConfigurationError(
                f"{_flag(setting)}: expected {' or '.join(choices)}, found {value!r:.60}"
            )
        fits, expected = setting.metadata.get("each", (None, ""))
        for part in value if fits else ():
            if not fits(part):
                raise ConfigurationError(
                    f"{_flag(setting)}: expected {expected}, found {part!r:.60}"
                )
        least = setting.metadata.get("zero_or", 0)
        if least and value != 0 and value < least:
            raise ConfigurationError(
                f"{_flag(setting)}: expected 0, or at least {least}, found {value}"
            )
        low = setting.metadata.get("minimum")
        high = setting.metadata.get("maximum", math.inf)
        # Written so that NaN fails it, and infinity, which no clock can wait for.
        if low is None or (low <= value <= high and value != math.inf):
            continue
        upper = "" if high == math.inf else f" and at most {high}"
        raise ConfigurationError(
            f"{_flag(setting)}: expected at least {low}{upper}, found {value}"
        )
    return settings


def _flag(setting: "Attribute[Any]") -> str:
    return f"--{setting.name.replace('_', '-')} ({variable(setting)})"


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(setting: "Attribute[Any]", text: str) -> Any:
    if variable(setting) == API_KEYS:
        return read_keys(text)
    if isinstance(setting.default, tuple):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        match setting.default:
            case bool():
                return {"1": True, "true": True, "0": False, "false": False}[
                    text.lower()
                ]
            case int():
                return int(text)
            case float():
                return float(text)
            case _:
                return text.lower() if "choices" in setting.metadata else text
    except (KeyError, ValueError):
        kind = {bool: "true or false", int: "a whole number", float: "a number"}
        raise ConfigurationError(
            f"{variable(setting)}: expected {kind[type(setting.default)]}, "
            f"found {text!r:.60}"
        ) from None
