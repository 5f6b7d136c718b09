"""What the baseline runner's environment variables ask for."""

import math
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from attrs import frozen

from ..core.errors import ConfigurationError
from .secret import Secret


DEFAULT_API = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-4o-mini"
VARIABLES = ("API_BASE_URL", "MODEL_NAME", "LOCAL_IMAGE_NAME", "ENV_BASE_URL")
"""Those whose values may be printed; the token's never is."""


@frozen(kw_only=True)
class Configuration:
    """What the environment variables ask for."""

    api_base_url: str
    model_name: str
    token: Secret | None
    model_timeout: float
    image: str | None
    env_base_url: str | None


def read_configuration(variables: Mapping[str, str]) -> Configuration:
    """The configuration; a variable that is empty counts as absent.

    Raises:
        ConfigurationError: naming the variable and its rule.
    """
    given = {name: text.strip() for name, text in variables.items() if text.strip()}
    token = _token(given)
    for name, text in given.items():
        if token and name in VARIABLES and token.is_in(text):
            raise ConfigurationError(f"{name}: expected no secret; it holds the token")
    return Configuration(
        api_base_url=_model_url(given.get("API_BASE_URL", DEFAULT_API)),
        model_name=given.get("MODEL_NAME", DEFAULT_MODEL),
        token=token,
        model_timeout=_seconds(given.get("MODEL_TIMEOUT", "60")),
        image=given.get("LOCAL_IMAGE_NAME"),
        env_base_url=_server_url(given.get("ENV_BASE_URL")),
    )


def _token(given: Mapping[str, str]) -> Secret | None:
    try:
        return Secret(given["HF_TOKEN"]) if "HF_TOKEN" in given else None
    except ValueError as error:
        raise ConfigurationError(f"HF_TOKEN: {error}") from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise ConfigurationError("MODEL_TIMEOUT: expected a number of seconds above 0")
    return seconds


def _model_url(text: str) -> str:
    if not _names_a_host(text, {"http", "https"}):
        raise ConfigurationError("API_BASE_URL: expected an address, https://host/v1")
    return text


def _server_url(text: str | None) -> str | None:
    if text is None:
        return None
    whole = text if "://" in text else f"http://{text}"
    if not _names_a_host(whole, {"http", "https", "ws", "wss"}):
        raise ConfigurationError("ENV_BASE_URL: expected an address, http://host:port")
    return text


def _names_a_host(url: str, schemes: Collection[str]) -> bool:
    try:
        parts = urlsplit(url)
        known = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return known and url.isprintable() and " " not in url
