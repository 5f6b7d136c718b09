"""A rubric made ready to score: its scorers built, bound to hooks, fingerprinted."""

import inspect
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
)
from ..core.scoring import ComponentKind, ComponentScore, TicketScore
from ..models import SupportQueueAction
from ..rubrics.digest import digest
from ..rubrics.files import with_quantities
from ..rubrics.rubric import Component, Criterion, Gate, Penalty, Rubric, ScorerChoice
from ..rubrics.score import Score
from . import hookspecs
from .hookspecs import PROJECT
from .registry import PluginRegistry, RegisteredScorer


_converter = with_quantities()


class _Seat:
    """A scorer's place in the hook manager.

    pluggy compares plugins and keeps them in sets; two components may well use
    equal scorers, so each sits on a seat with an identity of its own.
    """

    __slots__ = ("score",)

    def __init__(self, scorer: Any) -> None:
        self.score = scorer.score


@frozen
class _BoundScorer:
    """One component's scorer, called through the hook."""

    component: str
    scorer: str
    call: Callable[[Case, SupportQueueAction], Any]

    def __call__(self, case: Case, action: SupportQueueAction) -> Score:
        try:
            result = self.call(case, action)
        except (Exception, SystemExit) as error:
            reason = f"it raised {type(error).__name__}: {error}"
            raise ScoringError(self.component, self.scorer, reason) from error
        if not isinstance(result, Score):
            reason = f"it returned {type(result).__name__}, not a Score"
            raise ScoringError(self.component, self.scorer, reason)
        return result


@frozen
class _Leaf:
    """A component scored by a scorer."""

    name: str
    kind: ComponentKind
    amount: Fraction
    scorer: _BoundScorer

    def score(self, case: Case, action: SupportQueueAction) -> ComponentScore:
        start = perf_counter()
        score = self.scorer(case, action)
        return ComponentScore(
            self.name,
            self.kind,
            self.amount,
            score.value,
            score.reason,
            score.explanation,
            self.scorer.scorer,
            perf_counter() - start,
        )


@frozen
class _Branch:
    """A criterion scored by a rubric of its own."""

    name: str
    kind: ComponentKind
    amount: Fraction
    rubric: "_Tree"

    def score(self, case: Case, action: SupportQueueAction) -> ComponentScore:
        start = perf_counter()
        nested = self.rubric.score(case, action)
        return ComponentScore(
            self.name,
            self.kind,
            self.amount,
            nested.reward,
            "nested",
            "",
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
        raw, reward = self.rubric.combine([c.value for c in components])
        return TicketScore(reward, raw, components)


@frozen
class CompiledRubric:
    """A `TicketScorer`: the hook is called once per component."""

    rubric: Rubric
    digest: str
    weights: Mapping[str, float]
    scorers: Mapping[str, RegisteredScorer]
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
        RubricError: naming the component: its scorer is unknown or broken, or a
            parameter is unknown or has a wrong value.
    """
    compiler = _Compiler(registry)
    try:
        tree = compiler.compile(rubric)
        fingerprint = digest(rubric, compiler.identify)
    except RubricError as error:
        raise RubricError(f"rubric {rubric.name!r}, {error}") from error
    except TypeError as error:
        raise RubricError(
            f"rubric {rubric.name!r}: a parameter has no JSON form: {error}"
        ) from error
    return CompiledRubric(
        rubric,
        fingerprint,
        MappingProxyType(_weights(rubric)),
        MappingProxyType(compiler.found),
        tree,
    )


class _Compiler:
    """Seats every scorer of a rubric at one hook manager, then binds the callers.

    In that order: a pluggy caller for one seat is made by leaving the other seats
    out, and one registered later would not be left out.
    """

    def __init__(self, registry: PluginRegistry) -> None:
        self._registry = registry
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._seats: dict[str, _Seat] = {}
        self.found: dict[str, RegisteredScorer] = {}

    def compile(self, rubric: Rubric) -> _Tree:
        self._seat_all(rubric, "")
        return self._tree(rubric, "")

    def identify(self, choice: ScorerChoice) -> Mapping[str, Any]:
        found = self._registry.find(choice.scorer)
        scorer = _build(found, choice)
        return {
            "id": found.id,
            "version": found.version,
            "parameters": _converter.unstructure(scorer),
        }

    def _seat_all(self, rubric: Rubric, prefix: str) -> None:
        for component in rubric.components:
            path = f"{prefix}{component.name}"
            if isinstance(component.source, Rubric):
                self._seat_all(component.source, f"{path}.")
            else:
                try:
                    self._seat(component.source, path)
                except (UnknownName, PluginError, pluggy.PluginValidationError) as e:
                    reason = " ".join(str(e).split())
                    raise RubricError(f"component {path!r}: {reason}") from e

    def _seat(self, choice: ScorerChoice, path: str) -> None:
        registered = self._registry.find(choice.scorer)
        scorer = _build(registered, choice)
        if inspect.iscoroutinefunction(scorer.score):
            raise PluginError(
                f"scorer {registered.id!r} is async; this version has no async scorers"
            )
        self._seats[path] = seat = _Seat(scorer)
        self._manager.register(seat, path)
        self.found[path] = registered

    def _tree(self, rubric: Rubric, prefix: str) -> _Tree:
        nodes = tuple(self._node(c, f"{prefix}{c.name}") for c in rubric.components)
        return _Tree(rubric, nodes)

    def _node(self, component: Component, path: str) -> _Leaf | _Branch:
        kind, amount = _kind_and_amount(component)
        if isinstance(component.source, Rubric):
            nested = self._tree(component.source, f"{path}.")
            return _Branch(component.name, kind, amount, nested)
        bound = _BoundScorer(path, component.source.scorer, self._caller(path))
        return _Leaf(component.name, kind, amount, bound)

    def _caller(self, path: str) -> Callable[[Case, SupportQueueAction], Any]:
        others = [seat for other, seat in self._seats.items() if other != path]
        return _bind(self._manager.subset_hook_caller("score", others))


def _bind(hook: pluggy.HookCaller) -> Callable[[Case, SupportQueueAction], Any]:
    """The hook as a function of case and action.

    Calling a hook with one plain implementation is calling that implementation;
    done directly, it costs a tenth. No plugin can join later: the manager is ours
    and complete.
    """
    implementations = hook.get_hookimpls()
    if len(implementations) == 1:
        (only,) = implementations
        wraps = only.wrapper or only.hookwrapper
        if not wraps and tuple(only.argnames) == ("case", "action"):
            return only.function
    return lambda case, action: hook(case=case, action=action)


def _build(registered: RegisteredScorer, choice: ScorerChoice) -> Any:
    try:
        return structure(
            choice.parameters, registered.cls, f"scorer {registered.id}", _converter
        )
    except InvalidInput as error:
        faults = "; ".join(map(str, error.faults))
        taken = ", ".join(a.name for a in fields(registered.cls) if a.init) or "none"
        raise PluginError(
            f"scorer {registered.id!r}: {faults}; its parameters: {taken}"
        ) from error


def _kind_and_amount(component: Component) -> tuple[ComponentKind, Fraction]:
    match component:
        case Criterion():
            return ComponentKind.CRITERION, component.weight.value
        case Penalty():
            return ComponentKind.PENALTY, component.amount.value
        case Gate():
            return ComponentKind.GATE, component.cap.value


def _weights(rubric: Rubric) -> dict[str, float]:
    weights = {c.name: float(c.weight.value) for c in rubric.criteria}
    return weights | {p.name: -float(p.amount.value) for p in rubric.penalties}
