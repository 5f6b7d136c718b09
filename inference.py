"""Baseline runner: a model, or the bundled heuristic, plays the classic tasks.

    HF_TOKEN=... MODEL_NAME=... python inference.py

API_BASE_URL      endpoint of the model; default https://api.openai.com/v1
MODEL_NAME        default gpt-4o-mini
HF_TOKEN          the endpoint's token; without one the heuristic plays
MODEL_TIMEOUT     seconds for one answer of the model; default 60
LOCAL_IMAGE_NAME  play on a container of this image, through OpenEnv's client
ENV_BASE_URL      play on the server there, with SUPPORT_QUEUE_API_KEY if it has keys;
                  default: an embedded one

Standard output carries `[START]`, `[STEP]` and `[END]` lines and nothing else; the
results go to `inference_results.json` in the current directory. Exit codes: 0 every
task was played and scored, 1 some task was not (or the results could not be
written), 2 the configuration is wrong, 3 nothing could be scored.
"""

import os
import platform
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import metadata
from pathlib import Path


try:
    from support_queue_env import __version__
except ModuleNotFoundError as missing:
    if missing.name != "support_queue_env":
        raise
    print(
        "support_queue_env is not installed: run `make run`, or `pip install -e .`",
        file=sys.stderr,
    )
    sys.exit(2)

from support_queue_env.core.api_keys import authorization
from support_queue_env.core.errors import ConfigurationError
from support_queue_env.environment import load_environment
from support_queue_env.evaluation.baseline import (
    TaskOutcome,
    one_line,
    play_task,
    results_document,
    write_results,
)
from support_queue_env.evaluation.configuration import (
    Configuration,
    read_configuration,
)
from support_queue_env.evaluation.connection import (
    Connection,
    ServerUnreachable,
    list_tasks,
)
from support_queue_env.evaluation.heuristic import HeuristicPolicy
from support_queue_env.evaluation.model_policy import ModelPolicy
from support_queue_env.evaluation.policy import Policy
from support_queue_env.models import SupportQueueAction
from support_queue_env.server.application import create_application
from support_queue_env.server.running import embedded
from support_queue_env.server.schemas import object_schema
from support_queue_env.server.settings import Settings


CLASSIC_TASKS = ("easy_inbox_cleanup", "medium_sla_defense", "hard_exec_escalations")
RESULTS = "inference_results.json"

PLAYED, INCOMPLETE, MISCONFIGURED, NOTHING_SCORED = range(4)
INTERRUPTED = 130


def main() -> int:
    """Play every task; the value is the exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character must not end the run.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        return _run(read_configuration(os.environ))
    except ConfigurationError as error:
        _complain(str(error))
        return MISCONFIGURED
    except KeyboardInterrupt:
        return INTERRUPTED


def _run(configuration: Configuration) -> int:
    outcomes: list[TaskOutcome] = []
    failure = None
    headers = authorization(os.environ)
    with ExitStack() as stack:
        policy = stack.enter_context(_policy(configuration))
        try:
            base_url = stack.enter_context(_environment(configuration))
            connect = partial(Connection, base_url, headers=headers)
            outcomes = [
                play_task(connect, policy, task_id, _tell)
                for task_id in _task_ids(base_url, headers)
            ]
        except ServerUnreachable as error:
            failure = one_line(str(error))
            _complain(failure)
    document = results_document(
        outcomes,
        model=policy.name,
        policy="model" if configuration.token else "heuristic",
        versions=_versions(),
        error=failure,
    )
    code = exit_code(outcomes)
    try:
        write_results(document, Path.cwd() / RESULTS)
    except OSError as error:
        _complain(f"cannot write {RESULTS}: {error.strerror}")
        return code or INCOMPLETE
    return code


def exit_code(outcomes: list[TaskOutcome]) -> int:
    """0, 1 or 3: everything, something or nothing was played and scored."""
    if not any(outcome.scored for outcome in outcomes):
        return NOTHING_SCORED
    failed = any(outcome.error is not None for outcome in outcomes)
    return INCOMPLETE if failed else PLAYED


@contextmanager
def _policy(configuration: Configuration) -> Iterator[Policy]:
    if configuration.token is None:
        _complain("HF_TOKEN is not set: the heuristic plays, no model is asked")
        yield HeuristicPolicy()
        return
    from support_queue_env.evaluation.chat_model import (  # noqa: PLC0415 - takes a second
        ChatModel,
    )

    with ChatModel(
        configuration.api_base_url,
        configuration.model_name,
        configuration.token,
        configuration.model_timeout,
    ) as chat:
        yield ModelPolicy(chat, partial(object_schema, SupportQueueAction))


@contextmanager
def _environment(configuration: Configuration) -> Iterator[str]:
    """The base URL of a server that runs as long as the context."""
    if configuration.image:
        with _container(configuration.image) as base_url:
            yield base_url
    elif configuration.env_base_url:
        yield configuration.env_base_url
    else:
        settings = Settings(port=0)
        application = create_application(load_environment(), settings)
        with embedded(application, settings) as base_url:
            yield base_url


@contextmanager
def _container(image: str) -> Iterator[str]:
    try:
        from openenv.core.containers.runtime import (  # noqa: PLC0415 - an extra
            LocalDockerProvider,
        )

        from support_queue_env.client import SupportQueueEnv  # noqa: PLC0415 - too
    except ImportError as error:
        raise ConfigurationError(
            "LOCAL_IMAGE_NAME needs the OpenEnv client: "
            'pip install "openenv-support-queue-env[openenv]"'
        ) from error
    try:
        provider = LocalDockerProvider()
    except (RuntimeError, OSError) as error:
        raise ConfigurationError(f"LOCAL_IMAGE_NAME: {error}") from error
    try:
        client = SupportQueueEnv.from_docker_image(image, provider=provider).sync()
    except Exception as error:
        raise ServerUnreachable(f"no server from image {image!r}: {error}") from error
    try:
        yield client.async_client.base_url
    finally:
        client.close()


def _task_ids(base_url: str, headers: Mapping[str, str]) -> list[str]:
    offered = [task.task_id for task in list_tasks(base_url, headers=headers)]
    return [task_id for task_id in offered if task_id in CLASSIC_TASKS] or offered


def _versions() -> dict[str, str]:
    return {
        "support_queue_env": __version__,
        "openai": metadata.version("openai"),
        "python": platform.python_version(),
    }


def _tell(line: str) -> None:
    print(line, flush=True)


def _complain(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
