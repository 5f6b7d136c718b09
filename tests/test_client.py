"""The typed OpenEnv client is an extra; the package does without it."""

import importlib.util
import subprocess
import sys

import pytest


@pytest.mark.skipif(
    importlib.util.find_spec("openenv") is not None, reason="the extra is installed"
)
def test_without_the_extra_the_client_says_what_to_install() -> None:
    """The error is one sentence with the command."""
    with pytest.raises(
        ImportError, match=r'pip install "openenv-support-queue-env\[openenv\]"'
    ):
        importlib.import_module("support_queue_env.client")


def test_the_package_and_its_server_load_without_the_extra() -> None:
    """Nothing but the client asks for OpenEnv, nor for the OpenAI client."""
    code = (
        "import sys, support_queue_env.inference, support_queue_env.server.app\n"
        "print(sorted({'openenv', 'openai'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert "[]\n" == ran.stdout
