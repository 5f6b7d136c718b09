"""The baseline runner's environment variables."""

import pytest

from support_queue_env.core.errors import ConfigurationError
from support_queue_env.evaluation.configuration import read_configuration


TOKEN = "hf_not-a-real-token"  # noqa: S105 - as it says


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"ENV_BASE_URL": "ftp://host"}, "ENV_BASE_URL: expected an address"),
        ({"ENV_BASE_URL": "http://"}, "ENV_BASE_URL: expected an address"),
        ({"ENV_BASE_URL": "http://[::1"}, "ENV_BASE_URL: expected an address"),
        ({"ENV_BASE_URL": "http://a b"}, "ENV_BASE_URL: expected an address"),
        ({"ENV_BASE_URL": "http://host:99999"}, "ENV_BASE_URL: expected an address"),
        ({"API_BASE_URL": "api.example.com"}, "API_BASE_URL: expected an address"),
        ({"MODEL_TIMEOUT": "soon"}, "MODEL_TIMEOUT: expected a number"),
        ({"MODEL_TIMEOUT": "0"}, "MODEL_TIMEOUT: expected a number"),
        ({"MODEL_TIMEOUT": "inf"}, "MODEL_TIMEOUT: expected a number"),
        ({"HF_TOKEN": f"{TOKEN} {TOKEN}"}, "HF_TOKEN: expected printable ASCII"),
        ({"HF_TOKEN": TOKEN, "MODEL_NAME": TOKEN}, "MODEL_NAME: expected no secret"),
    ],
)
def test_a_wrong_variable_is_named(variables: dict[str, str], complaint: str) -> None:
    """The error has the variable and its rule, and never the token."""
    with pytest.raises(ConfigurationError, match=complaint) as caught:
        read_configuration(variables)

    assert TOKEN not in str(caught.value)


def test_empty_variables_are_absent_and_spaces_around_them_go() -> None:
    """What a compose file or a shell leaves behind is no configuration error."""
    chosen = read_configuration(
        {"HF_TOKEN": f" {TOKEN}\n", "MODEL_NAME": "", "ENV_BASE_URL": " "}
    )

    assert chosen.token
    assert TOKEN == chosen.token.reveal()
    assert ("gpt-4o-mini", None) == (chosen.model_name, chosen.env_base_url)
    assert "https://api.openai.com/v1" == chosen.api_base_url
