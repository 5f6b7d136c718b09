"""The server's settings, from variables and in their ranges."""

import math
from contextlib import suppress
from typing import Any

import pytest
from attrs import evolve, fields
from hypothesis import given
from hypothesis import strategies as st

from support_queue_env.core.errors import ConfigurationError
from support_queue_env.server.settings import (
    PREFIX,
    Settings,
    checked,
    settings_from,
    variable,
)


def test_no_variable_means_the_defaults() -> None:
    """An empty environment gives the defaults, which are in their ranges."""
    assert Settings() == settings_from({}) == checked(Settings())


def test_the_defaults_are_for_this_machine_only() -> None:
    """A server listens on the loopback address unless told otherwise."""
    assert ("127.0.0.1", 8000) == (Settings().host, Settings().port)


def test_a_trainers_sessions_fit() -> None:
    """The default capacity is far over what a generation batch needs."""
    assert Settings().max_sessions >= 1024


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("HOST", "::1", "::1"),
        ("PORT", "0", 0),
        ("PORT", "65535", 65535),
        ("RUBRIC", "mine.toml", "mine.toml"),
        ("PLUGIN", "a:B", ("a:B",)),
        ("PLUGIN", "a:B, c:D,", ("a:B", "c:D")),
        ("PACK", "one.toml,two.toml", ("one.toml", "two.toml")),
        ("MAX_SESSIONS", "1", 1),
        ("MAX_EPISODES", "7", 7),
        ("IDLE_TIMEOUT", "0.5", 0.5),
        ("IDLE_TIMEOUT", "1e3", 1000.0),
        ("DEFLATE", "1", True),
        ("DEFLATE", "TRUE", True),
        ("DEFLATE", "0", False),
        ("DEFLATE", "False", False),
    ],
)
def test_a_variable_sets_one_field(name: str, text: str, value: Any) -> None:
    """Each variable is read as its field's type, and touches no other field."""
    field = name.lower()

    assert evolve(Settings(), **{field: value}) == settings_from({PREFIX + name: text})


def test_an_empty_variable_means_the_default() -> None:
    """Container platforms set variables to nothing when they mean nothing."""
    assert Settings() == settings_from({variable(f): "" for f in fields(Settings)})


def test_other_variables_are_none_of_ours() -> None:
    """Variables without the prefix, or of no setting, are not looked at."""
    assert Settings() == settings_from({"PORT": "1", PREFIX + "NONE_SUCH": "1"})


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("PORT", "http", "a whole number"),
        ("PORT", "80.5", "a whole number"),
        ("MAX_SESSIONS", "many", "a whole number"),
        ("IDLE_TIMEOUT", "soon", "a number"),
        ("DEFLATE", "perhaps", "true or false"),
        ("DEFLATE", "2", "true or false"),
    ],
)
def test_a_variable_of_another_type(name: str, text: str, expected: str) -> None:
    """The error names the variable, what it should hold, and what it holds."""
    with pytest.raises(ConfigurationError) as refused:
        settings_from({PREFIX + name: text})

    assert f"{PREFIX}{name}: expected {expected}, found {text!r}" == str(refused.value)


def test_a_long_value_is_cut() -> None:
    """However long a bad value is, the error stays one line."""
    with pytest.raises(ConfigurationError) as refused:
        settings_from({PREFIX + "PORT": "x" * 100_000})

    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("port", -1),
        ("port", 65536),
        ("max_sessions", 0),
        ("max_episodes", -5),
        ("idle_timeout", 0.0),
        ("idle_timeout", -1.0),
        ("idle_timeout", math.nan),
        ("idle_timeout", math.inf),
    ],
)
def test_a_number_out_of_its_range(field: str, value: Any) -> None:
    """The error names the flag, its range and what was found."""
    with pytest.raises(ConfigurationError) as refused:
        checked(evolve(Settings(), **{field: value}))

    flag, variable_ = field.replace("_", "-"), PREFIX + field.upper()

    assert str(refused.value).startswith(f"--{flag} ({variable_}): expected at least")
    assert str(refused.value).endswith(f"found {value}")


@pytest.mark.parametrize("size", [-1, 1, 500, 1_048_575])
def test_a_size_that_was_meant_in_other_units(size: int) -> None:
    """`--max-store-bytes 500` for 500 MB would remove every episode."""
    with pytest.raises(ConfigurationError) as refused:
        checked(evolve(Settings(), max_store_bytes=size))

    assert str(refused.value) == (
        "--max-store-bytes (SUPPORT_QUEUE_MAX_STORE_BYTES): expected 0, or at least "
        f"1048576, found {size}"
    )
    for fitting in (0, 1_048_576):
        checked(evolve(Settings(), max_store_bytes=fitting))


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "0", "-1"])
def test_variables_are_checked_too(text: str) -> None:
    """A variable that parses must be in its range as well."""
    with pytest.raises(ConfigurationError):
        settings_from({PREFIX + "IDLE_TIMEOUT": text})


@given(
    st.dictionaries(
        st.sampled_from([variable(field) for field in fields(Settings)]), st.text()
    )
)
def test_any_text_is_a_setting_or_an_error(variables: dict[str, str]) -> None:
    """Nothing but our own error comes of strange variables."""
    with suppress(ConfigurationError):
        settings = settings_from(variables)

        assert settings == checked(settings)
