"""AutoEnv and AutoAction find the installed package by its name."""

from pathlib import Path

import pytest
from answers import TASKS
from openenv import AutoAction, AutoEnv
from openenv.core import GenericEnvClient
from plays import heuristic, heuristic_rewards

from support_queue_env.client import SupportQueueEnv
from support_queue_env.models import SupportQueueAction


NAMES = ["support-queue", "support_queue", "support-queue-env", "support_queue_env"]


@pytest.mark.usefixtures("discovery")
@pytest.mark.parametrize("task_id", TASKS)
def test_auto_env_plays(server: str, task_id: str) -> None:
    """AutoEnv gives our typed client, connected to a server that runs already."""
    policy, rewards = heuristic(), []
    with AutoEnv.from_env("support-queue", base_url=server).sync() as env:
        assert isinstance(env.async_client, SupportQueueEnv)
        result = env.reset(task_id=task_id)
        while not result.done:
            result = env.step(policy.act(result.observation))
            rewards.append(result.reward)

    assert heuristic_rewards(task_id) == tuple(rewards)


@pytest.mark.usefixtures("discovery")
@pytest.mark.parametrize("name", NAMES)
def test_each_spelling_of_the_name(name: str) -> None:
    """Hyphens, underscores and the suffix `env` make no difference."""
    assert AutoEnv.get_env_class(name) is SupportQueueEnv
    assert AutoAction.from_env(name) is SupportQueueAction


@pytest.mark.usefixtures("discovery")
def test_what_discovery_knows() -> None:
    """The names of package, classes and image are those of the manifest."""
    info = AutoEnv.get_env_info("support-queue")

    assert {
        "env_key": "support_queue",
        "name": "support_queue_env",
        "package": "openenv-support-queue-env",
        "env_class": "SupportQueueEnv",
        "action_class": "SupportQueueAction",
        "observation_class": "SupportQueueObservation",
        "module": "support_queue_env.client",
        "default_image": "support-queue-env:latest",
    } == {key: info[key] for key in info if key not in _VARY}
    assert "triage" in info["description"]


_VARY = {"version", "description", "spec_version"}


@pytest.mark.usefixtures("discovery")
def test_without_the_package(server: str) -> None:
    """With `skip_install` AutoEnv gives the generic client, which plays as well."""
    action_class = AutoAction.from_env("support-queue", skip_install=True)
    env = AutoEnv.from_env("support-queue", base_url=server, skip_install=True)

    assert isinstance(env, GenericEnvClient)
    assert {"priority": "P1"} == action_class(priority="P1")
    with env.sync() as client:
        assert 2 == client.reset().observation["total_tickets"]


def test_a_stale_cache_hides_the_package(discovery: Path) -> None:
    """What docs/openenv.md warns of: an old cache must be cleared to be found."""
    cache = discovery / "openenv" / "discovery_cache.json"
    AutoEnv.get_env_class("support-queue")
    assert cache.is_file()

    from openenv.auto._discovery import (  # noqa: PLC0415 - after the fixture
        get_discovery,
        reset_discovery,
    )

    cache.write_text("{}", encoding="utf-8")
    cache.chmod(0o600)
    reset_discovery()
    with pytest.raises(ValueError, match=r"[Uu]nknown environment"):
        AutoEnv.get_env_class("support-queue")
    get_discovery().clear_cache()

    assert AutoEnv.get_env_class("support-queue") is SupportQueueEnv
