"""A rubric made ready to score: its scorers built, bound to hooks, fingerprinted."""

import json
import signal
import threading
from collections.abc import Callable, Mapping
from fractions import Fraction
from time import perf_counter
from types import MappingProxyType
from typing import Any

import pluggy
from attrs import fields, frozen

from ..core.cases import Case
from ..core.conversion import structure
from ..core.errors import (
    InvalidInput,
    PluginError,
    RubricError,
    ScoringError,
    UnknownName,
    listed,
    said,
)
from ..core.scoring import ComponentScore, Terms, TicketScore
from ..models import SupportQueueAction
from ..rubrics.conversion import rubric_converter
from ..rubrics.digest import digest
from ..rubrics.rubric import Component, Rubric, ScorerChoice
from ..rubrics.score import Score
from . import hookspecs
from .hookspecs import PROJECT
from .registry import PluginRegistry


ScoreHook = Callable[[Case, SupportQueueAction], Any]


@frozen
class _Leaf:
    """A component scored by a scorer, called through its hook."""

    terms: Terms
    path: str
    call: ScoreHook

    def score(self, case: Case, action: SupportQueueAction) -> ComponentScore:
        start = perf_counter()
        try:
            score = self.call(case, action)
        # Nothing that a plugin raises, not even an exit, may end the server.
        except BaseException as error:
            if _is_ctrl_c(error):
                raise
            reason = f"it raised {said(error)}"
            raise ScoringError(self.path, self.terms.scorer, reason) from error
        # Checked again: frozen values only keep honest code from changing them.
        value = score.value if type(score) is Score else None
        if type(value) is Fraction:
            numerator, denominator = value.numerator, value.denominator
            if 0 <= numerator <= denominator:
                return ComponentScore(
                    self.terms,
                    numerator,
                    denominator,
                    score.reason,
                    score.explanation,
                    perf_counter() - start,
                )
        reason = f"it returned {type(score).__name__}, not a Score in [0, 1]"
        raise ScoringError(self.path, self.terms.scorer, reason)


def _is_ctrl_c(error: BaseException) -> bool:
    """Whether a person asks this process to stop.

    Where a server has its own handler for the signal, a `KeyboardInterrupt` can only
    come from the scorer.
    """
    return (
        isinstance(error, KeyboardInterrupt)
        and threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )


@frozen
class _Branch:
    """A criterion scored by a rubric of its own."""

    terms: Terms
    tree: "_Tree"

    def score(self, case: Case, action: SupportQueueAction) -> ComponentScore:
        start = perf_counter()
        nested = self.tree.score(case, action)
        numerator, denominator = nested.reward.as_integer_ratio()
        return ComponentScore(
            self.terms,
            numerator,
            denominator,
            "nested",
            "",
            perf_counter() - start,
            nested.components,
        )


@frozen
class _Tree:
    """A rubric with something to score each of its components."""

    rubric: Rubric
    nodes: tuple[_Leaf | _Branch, ...]

    def score(self, case: Case, action: SupportQueueAction) -> TicketScore:
        components = tuple([node.score(case, action) for node in self.nodes])
        raw, reward = self.rubric.combine(components)
        return TicketScore(reward, raw, components)


@frozen
class CompiledRubric:
    """A `TicketScorer`: the hook is called once per component."""

    rubric: Rubric
    digest: str
    weights: Mapping[str, float]
    _tree: _Tree

    @property
    def name(self) -> str:
        """The rubric's name."""
        return self.rubric.name

    def score(self, case: Case, action: SupportQueueAction) -> TicketScore:
        """The reward of `action` on `case`; raises `ScoringError`."""
        return self._tree.score(case, action)


def compile_rubric(rubric: Rubric, registry: PluginRegistry) -> CompiledRubric:
    """Find, build and bind every scorer that `rubric` names.

    Raises:
        RubricError: naming every component whose scorer is unknown or broken, or
            has a parameter that is unknown or has a wrong value.
    """
    built: dict[str, _Built] = {}
    problems: list[str] = []
    for path, component in rubric.walk():
        if isinstance(component.source, Rubric):
            continue
        try:
            built[path] = _build(path, component.source, registry)
        except (PluginError, UnknownName) as error:
            problems.append(f"component {path!r}: {error}")
    if problems:
        raise RubricError(f"rubric {rubric.name!r}: {listed(problems)}")
    return CompiledRubric(
        rubric,
        digest(rubric, lambda path: built[path].identity),
        MappingProxyType(_weights(rubric)),
        _tree(rubric, "", built),
    )


@frozen
class _Built:
    """A scorer with its parameters, and what the digest says of it."""

    call: ScoreHook
    identity: Mapping[str, Any]


def _build(path: str, choice: ScorerChoice, registry: PluginRegistry) -> _Built:
    registered = registry.find(choice.scorer)
    subject = f"scorer {registered.id!r}"
    try:
        scorer = structure(choice.parameters, registered.cls, subject, rubric_converter)
        parameters = rubric_converter.unstructure(scorer)
        identity = {
            "id": registered.id,
            "version": registered.version,
            "parameters": parameters,
        }
        json.dumps(identity)  # the digest will; what cannot be is refused by name here
        return _Built(_hook(path, scorer), identity)
    except InvalidInput as error:
        faults = "; ".join(map(str, error.faults))
        taken = ", ".join(a.name for a in fields(registered.cls) if a.init) or "none"
        raise PluginError(f"{subject}: {faults}; its parameters: {taken}") from error
    except (Exception, SystemExit) as error:
        raise PluginError(f"{subject}: {said(error)}") from error


def _hook(path: str, scorer: object) -> ScoreHook:
    """The scorer's `score`, registered under its component's name, as a function.

    Each component has a hook manager of its own, so that a result keeps its name and
    equal scorers do not shadow each other. Calling a hook that has one plain
    implementation is calling that implementation, at a tenth of the cost.
    """
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    manager.register(scorer, path)
    hook = manager.hook.score
    (only,) = hook.get_hookimpls()
    if not (only.wrapper or only.hookwrapper) and only.argnames == ("case", "action"):
        function: ScoreHook = only.function
        return function
    return lambda case, action: hook(case=case, action=action)


def _tree(rubric: Rubric, prefix: str, built: Mapping[str, _Built]) -> _Tree:
    nodes = [_node(c, f"{prefix}{c.name}", built) for c in rubric.components]
    return _Tree(rubric, tuple(nodes))


def _node(
    component: Component, path: str, built: Mapping[str, _Built]
) -> _Leaf | _Branch:
    source = component.source
    scorer = "" if isinstance(source, Rubric) else source.scorer
    terms = Terms(component.name, component.kind, component.amount.value, scorer)
    if isinstance(source, Rubric):
        return _Branch(terms, _tree(source, f"{path}.", built))
    return _Leaf(terms, path, built[path].call)


def _weights(rubric: Rubric) -> dict[str, float]:
    weights = {c.name: float(c.weight.value) for c in rubric.criteria}
    return weights | {p.name: -float(p.amount.value) for p in rubric.penalties}
