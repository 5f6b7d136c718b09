"""Discovered is not active: what a rubric or an option names takes part, nothing else."""

from importlib import metadata
from pathlib import Path

import pytest
from fake_entry_points import install

from support_queue_env.core.errors import PluginError, RubricError, UnknownName
from support_queue_env.environment import load_environment, read_rubric
from support_queue_env.plugins.compiled import CompiledRubric, compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.files import parse_rubric


HEAD = 'schema = 1\nname = "r"\n'
MOOD = '[criteria.mood]\nweight = 1\nscorer = "mood"\n'


def compiled(text: str, registry: PluginRegistry | None = None) -> CompiledRubric:
    """The rubric of that text, compiled."""
    rubric = parse_rubric(HEAD + text, "r.toml")
    return compile_rubric(rubric, registry or PluginRegistry())


@pytest.fixture
def acme(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two installed plugins that offer a scorer called `mood`."""
    install(
        monkeypatch,
        ("acme", "observing_plugin:Watching", "acme-dist"),
        ("other", "observing_plugin:Mood", "other-dist"),
    )


@pytest.mark.usefixtures("acme")
def test_a_listed_plugin_s_scorer_needs_no_prefix() -> None:
    """`plugins = […]` makes it active; the digest says where the scorer came from."""
    by_list = compiled('plugins = ["acme"]\n' + MOOD)

    assert "acme.mood" == by_list.scorers["mood"].registered.id
    assert "mood:acme.mood.1@acme-dist-1.0" in by_list.signature


@pytest.mark.usefixtures("acme")
def test_what_is_not_listed_is_not_there() -> None:
    """A scorer's short name means nothing without its plugin."""
    with pytest.raises(RubricError, match="unknown scorer 'mood'; available: ordinal"):
        compiled(MOOD)


@pytest.mark.usefixtures("acme")
def test_a_scorer_that_two_plugins_offer_is_refused() -> None:
    """Both are named, with what to write instead."""
    with pytest.raises(RubricError, match=r"several plugins: .*acme\.mood or other\.m"):
        compiled('plugins = ["acme", "other"]\n' + MOOD)


@pytest.mark.usefixtures("acme")
def test_a_plugin_that_is_not_installed_is_named() -> None:
    """With those that are."""
    with pytest.raises(RubricError, match="unknown plugin 'acem'; available: acme, ot"):
        compiled('plugins = ["acem"]\n[criteria.p]\nweight = 1\nscorer = "ordinal"\n')


def test_a_plugin_that_shadows_a_built_in_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its scorer would look like ours in a rubric."""
    install(monkeypatch, ("acme", "scorers_for_tests:Shadow", "acme-dist"))

    with pytest.raises(RubricError, match="'acme': scorer 'ordinal' has the name of a"):
        compiled('[criteria.p]\nweight = 1\nscorer = "acme.ordinal"\n')
    with pytest.raises(PluginError, match="has the name of a built-in"):
        PluginRegistry(("scorers_for_tests:Shadow",))


@pytest.mark.usefixtures("acme")
def test_safe_mode_blocks_every_plugin() -> None:
    """They are listed as blocked, and a rubric that needs one says so."""
    registry = PluginRegistry(third_party=False)
    states = {report.name: report.state for report in registry.report()}

    assert {"built-in": "active", "acme": "blocked", "other": "blocked"} == states
    with pytest.raises(RubricError, match="plugin 'acme' is blocked by safe mode"):
        compiled('[criteria.m]\nweight = 1\nscorer = "acme.mood"\n', registry)
    with pytest.raises(PluginError, match="safe mode allows no plugin"):
        PluginRegistry(("observing_plugin:Mood",), third_party=False)


def test_a_plugin_of_another_api_is_refused() -> None:
    """It says which version it was written for."""
    with pytest.raises(PluginError, match="written for support_queue_api 2, and this"):
        PluginRegistry(("scorers_for_tests:Modern",))


def test_a_hook_whose_arguments_do_not_fit_is_refused() -> None:
    """The argument is named."""
    with pytest.raises(PluginError, match=r"a hook does not fit: .*'tickets'"):
        PluginRegistry(("scorers_for_tests:Curious",))


@pytest.mark.parametrize(
    ("requirement", "complaint"),
    [
        ("acme-triage>=1.2,<2", "requires acme-triage<2,>=1.2, which is not installed"),
        (f"attrs>{metadata.version('attrs')}", r"requires attrs>[\d.]+, and [\d.]+ is"),
        ("not a requirement", "'not a requirement' is no version requirement"),
    ],
)
def test_a_requirement_that_is_not_met_is_named(
    requirement: str, complaint: str
) -> None:
    """Version, and what is there instead."""
    text = '[criteria.p]\nweight = 1\nscorer = "ordinal"\n'

    with pytest.raises(RubricError, match=complaint):
        compiled(f'require = ["{requirement}"]\n{text}')


def test_a_requirement_that_is_met_is_no_matter() -> None:
    """Also one for another system."""
    text = '[criteria.p]\nweight = 1\nscorer = "ordinal"\n'
    met = "require = ['attrs>=1', 'acme>1; sys_platform == \"plan9\"']\n"

    assert compiled(text).digest == compiled(met + text).digest


@pytest.mark.usefixtures("acme")
def test_a_plugin_ships_rubrics() -> None:
    """A rubric is known by the plugin's name and the file's."""
    registry = PluginRegistry()

    assert "moody" == read_rubric("acme.moody", registry).name
    with pytest.raises(UnknownName, match=r"unknown rubric 'acme.mody'.*acme.moody"):
        read_rubric("acme.mody", registry)
    with pytest.raises(UnknownName, match="unknown plugin 'acem'"):
        read_rubric("acem.moody", registry)


def test_a_shipped_rubric_serves() -> None:
    """`--rubric <plugin>.<rubric>` with a plugin of an option."""
    environment = load_environment(
        "observing-plugin.moody", ["observing_plugin:watching"]
    )

    assert "moody" == environment.find_rubric(None).name


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    """Plugins, requirements and components in one message."""
    text = 'plugins = ["absent"]\nrequire = ["acme>9"]\n' + MOOD

    with pytest.raises(RubricError, match=r"acme>9.*'absent'.*'mood'"):
        compiled(text)
