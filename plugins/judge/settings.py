"""Which endpoint judges, read from environment variables.

    SUPPORT_QUEUE_JUDGE_BASE_URL   https://host/v1; default: OpenAI's
    SUPPORT_QUEUE_JUDGE_API_KEY    its key; any word for an endpoint that wants none
    SUPPORT_QUEUE_JUDGE_MODEL      the model, unless the rubric names one
    SUPPORT_QUEUE_JUDGE_PRICES     "in,out": USD per million tokens, for the cost
    SUPPORT_QUEUE_JUDGE_AT_ONCE    requests under way at the same time, 1 to 64

Where neither of the first two is set, OPENAI_BASE_URL and OPENAI_API_KEY stand in.
Address and key are taken as a pair, so that no key is sent to another's address.
"""

import math
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from attrs import frozen

from ...core.errors import ConfigurationError
from .key import Key
from .usage import Prices


BASE_URL = "SUPPORT_QUEUE_JUDGE_BASE_URL"
API_KEY = "SUPPORT_QUEUE_JUDGE_API_KEY"
MODEL = "SUPPORT_QUEUE_JUDGE_MODEL"
PRICES = "SUPPORT_QUEUE_JUDGE_PRICES"
AT_ONCE = "SUPPORT_QUEUE_JUDGE_AT_ONCE"
DEFAULT_BASE_URL = "https://api.openai.com/v1"


@frozen(kw_only=True)
class JudgeSettings:
    """An endpoint, its key, the model to ask there; what tokens cost; the places."""

    base_url: str
    key: Key
    model: str
    prices: Prices | None = None
    at_once: int = 4


def read_settings(variables: Mapping[str, str], model: str = "") -> JudgeSettings:
    """The settings; a variable that is blank counts as absent.

    Args:
        variables: such as `os.environ`.
        model: the rubric's choice, before that of the variables.

    Raises:
        ConfigurationError: naming the variable and its rule, never a value.
    """
    given = {name: text.strip() for name, text in variables.items() if text.strip()}
    url_name, key_name = BASE_URL, API_KEY
    if BASE_URL not in given and API_KEY not in given and "OPENAI_API_KEY" in given:
        url_name, key_name = "OPENAI_BASE_URL", "OPENAI_API_KEY"
    return JudgeSettings(
        base_url=_address(url_name, given.get(url_name, DEFAULT_BASE_URL)),
        key=_key(key_name, given.get(key_name)),
        model=_model(model or given.get(MODEL, "")),
        prices=_prices(given.get(PRICES)),
        at_once=_at_once(given.get(AT_ONCE, "4")),
    )


def _address(name: str, url: str) -> str:
    try:
        parts = urlsplit(url)
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname)
        fine = fine and parts.port != 0 and "@" not in parts.netloc
        fine = fine and not parts.query and not parts.fragment
    except ValueError:
        fine = False
    if not (fine and url.isprintable() and " " not in url):
        raise ConfigurationError(
            f"{name}: expected an address, https://host/v1, without a password"
        )
    return url.rstrip("/")


def _key(name: str, text: str | None) -> Key:
    if text is None:
        raise ConfigurationError(
            f"the judge has no key: set {name} (any word will do for an endpoint "
            "that wants none)"
        )
    try:
        return Key(text)
    except ValueError as error:
        raise ConfigurationError(f"{name}: {error}") from None


def _model(name: str) -> str:
    if not name:
        raise ConfigurationError(
            f"the judge has no model: set {MODEL}, or `model` in the rubric"
        )
    if len(name) > 200 or not name.isprintable():
        raise ConfigurationError(
            f"{MODEL}: expected a model's name of at most 200 printable characters"
        )
    return name


def _prices(text: str | None) -> Prices | None:
    if text is None:
        return None
    try:
        prompt, completion = map(float, text.split(","))
    except ValueError:
        prompt = completion = math.nan
    if not all(math.isfinite(p) and p >= 0 for p in (prompt, completion)):
        raise ConfigurationError(
            f"{PRICES}: expected two numbers, USD per million tokens in and out, "
            "such as 0.15,0.60"
        )
    return Prices(prompt, completion)


def _at_once(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= 64:
        raise ConfigurationError(f"{AT_ONCE}: expected a whole number from 1 to 64")
    return int(text)
