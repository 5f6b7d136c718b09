"""Which plugins are found, and what happens with those that do not work."""

from pathlib import Path

import pytest
from installed_plugins import install

from support_queue_env.core.errors import PluginError, RubricError, UnknownName
from support_queue_env.environment import load_environment, load_rubrics
from support_queue_env.plugins.offering import BUILT_INS
from support_queue_env.plugins.registry import PluginRegistry


def test_built_ins_are_there() -> None:
    """The scorers that ship with the package, without a prefix, always active."""
    built_in = PluginRegistry().report()[0]
    classic = ("ordinal", "label", "keyword-coverage", "disallowed-phrases")

    assert classic == built_in.scorers[:4]
    assert ("built-in", "active") == (built_in.name, built_in.state)
    assert all("." not in scorer for scorer in built_in.scorers)
    assert BUILT_INS == built_in.scorers


@pytest.mark.parametrize("name", BUILT_INS)
def test_a_built_in_is_found_alone(name: str) -> None:
    """Its module has its name and no other scorer, so no other has to be imported."""
    found = PluginRegistry().find(name)

    assert name == found.id
    assert found.cls.__module__.endswith(f".{name.replace('-', '_')}")


def test_a_built_in_rubric_is_compiled_when_it_is_asked_for() -> None:
    """Once, and as it would have been at the start."""
    rubrics = load_rubrics("classic", PluginRegistry())
    found = rubrics.find("strict")

    assert found is rubrics.find("strict")
    assert load_rubrics("strict", PluginRegistry()).default.digest == found.digest


def test_what_options_do_to_built_in_rubrics_shows_at_the_start() -> None:
    """A plugin given by option is active in all of them, asked for or not."""
    registry = PluginRegistry(options=("scorers_for_tests:Fixed",))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("support_queue_env.environment.BUILT_IN_RUBRICS", ("absent",))
        with pytest.raises(UnknownName, match="absent"):
            load_rubrics("classic", registry)


def test_a_scorer_of_an_installed_plugin_has_its_name_in_front(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An entry point offers its scorers as `<entry point>.<scorer>`."""
    install(monkeypatch, ("acme", "scorers_for_tests:Fixed", "acme-triage"))
    scorer = PluginRegistry().find("acme.fixed")

    assert ("acme.fixed", 1) == (scorer.id, scorer.version)


def test_discovered_is_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken plugin that no rubric names hurts nobody."""
    install(monkeypatch, ("broken", "no_such_module:Thing", "broken-dist"))

    assert load_environment().find_rubric(None).name == "classic"


def test_a_broken_plugin_hurts_the_rubric_that_names_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The error names rubric, component, plugin and reason."""
    install(monkeypatch, ("broken", "no_such_module:Thing", "broken-dist"))
    file = tmp_path / "r.toml"
    file.write_text(
        'schema = 1\nname = "r"\n[criteria.c]\nweight = 1\nscorer = "broken.thing"\n'
    )

    with pytest.raises(RubricError, match=r"'r'.*'c'.*'broken'.*no_such_module"):
        load_environment(str(file))


def test_the_report_names_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """`support-queue plugins` shows what works and why the rest does not."""
    install(
        monkeypatch,
        ("acme", "scorers_for_tests:Fixed", "acme-triage"),
        ("broken", "no_such_module:Thing", "broken-dist"),
        ("misspelt", "scorers_for_tests:Misspelt", "misspelt-dist"),
        ("nameless", "scorers_for_tests:Nameless", "nameless-dist"),
    )
    states = {r.name: (r.state, r.reason) for r in PluginRegistry().report()}

    assert ("active", "") == states["built-in"]
    assert ("available", "") == states["acme"]
    assert "no_such_module" in states["broken"][1]
    assert "unknown hook 'register_scorer'" in states["misspelt"][1]
    assert "is no scorer" in states["nameless"][1]


def test_two_distributions_under_one_name_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Which one would be meant? Both are named."""
    install(
        monkeypatch,
        ("acme", "scorers_for_tests:Fixed", "acme-one"),
        ("acme", "scorers_for_tests:Confident", "acme-two"),
    )

    with pytest.raises(PluginError, match=r"'acme-two' and 'acme-one'|'acme-one' and"):
        PluginRegistry()


def test_an_option_stands_in_for_the_installed_plugin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A working copy given with --plugin wins over the distribution of its name."""
    install(monkeypatch, ("scorers-for-tests", "no_such_module:Thing", "installed"))
    registry = PluginRegistry(("scorers_for_tests:Fixed",))

    assert registry.find("scorers-for-tests.fixed").id == "scorers-for-tests.fixed"


@pytest.mark.parametrize(
    ("reference", "complaint"),
    [
        ("acme", "expected module:Class"),
        (":Thing", "expected module:Class"),
        ("no_such_module:Thing", "does not import: ModuleNotFoundError"),
        ("scorers_for_tests:Absent", "does not import: AttributeError"),
        ("scorers_for_tests:Misspelt", "unknown hook 'register_scorer'"),
        ("scorers_for_tests:Mistyped", "unknown hook 'scores'; there are"),
        ("scorers_for_tests:Unmarked", "Unmarked offers no scorer.*marked @hookimpl"),
        ("scorers_for_tests:Nameless", "needs a class variable `name`"),
        ("scorers_for_tests:Plain", "no attrs class.*`name` of lower.*`version`"),
        ("scorers_for_tests:OneClass", "returned Fixed, not a list of classes"),
        ("scorers_for_tests:Instances", "a Confident is no class"),
        ("scorers_for_tests:Exploding", "KeyError: 'no'"),
        ("json:JSONDecoder", "JSONDecoder offers no scorer"),
        ("json:dumps", "dumps offers no scorer"),
        ("acme:Tone,other:Tone", "expected module:Class"),
    ],
)
def test_options_that_do_not_work_say_why(reference: str, complaint: str) -> None:
    """A --plugin is named by the user, so whatever is wrong stops the start."""
    with pytest.raises(PluginError, match=complaint):
        PluginRegistry((reference,))


def test_unknown_scorers_list_the_known_ones() -> None:
    """Built-ins and the scorers of options are offered."""
    registry = PluginRegistry(("scorers_for_tests:Fixed",))

    with pytest.raises(UnknownName, match=r"ordinal, .*scorers-for-tests.fixed"):
        registry.find("scorers-for-tests.fxied")
