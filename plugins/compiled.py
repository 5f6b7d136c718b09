"""A rubric made ready to score: its scorers built, bound to hooks, fingerprinted."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from attrs import fields, frozen

from ..core.cases import Case
from ..core.conversion import structure
from ..core.errors import (
    InvalidInput,
    PluginError,
    RubricError,
    UnknownName,
    listed,
    said,
)
from ..core.scoring import ComponentKind, Terms, TicketScore
from ..models import SupportQueueAction
from ..rubrics.conversion import rubric_converter
from ..rubrics.digest import digest
from ..rubrics.matching_version import VERSION
from ..rubrics.rubric import Component, Rubric, ScorerChoice
from ..rubrics.signature import signature
from .binding import Bound, bound
from .components import Branch, InlineLeaf, LaneLeaf, Place, Tree
from .lanes import Calling
from .offers import Offer, Origin, RegisteredScorer
from .registry import PluginRegistry


JUDGES_MOST = Fraction(1, 5)
"""The share of a reward that judges may hold: what talking one over can gain."""


@frozen
class BuiltScorer:
    """A scorer with its parameters, and what the digest says of it."""

    registered: RegisteredScorer
    scorer: Any
    hook: Bound
    identity: Mapping[str, Any]


@frozen
class CompiledRubric:
    """A `TicketScorer`: the hook is called once per component.

    `scorers` are the built scorers by dotted path; `active` what the plugins offer
    that the rubric lists or an option named, outermost wrapper first; `observers` are
    those of them that want to be told of episodes.
    """

    rubric: Rubric
    digest: str
    signature: str
    weights: Mapping[str, float]
    scorers: Mapping[str, BuiltScorer]
    active: tuple[Offer, ...]
    observers: tuple[Offer, ...]
    tree: Tree

    @property
    def name(self) -> str:
        """The rubric's name."""
        return self.rubric.name

    @property
    def description(self) -> Mapping[str, Any]:
        """What it is made of, in plain values: `GET /rubric`."""
        return {
            "name": self.name,
            "version": self.rubric.version,
            "description": self.rubric.description,
            "digest": self.digest,
            "signature": self.signature,
            "plugins": list(self.rubric.plugins),
            "require": list(self.rubric.requires),
            "components": [
                {
                    "name": path,
                    "kind": str(component.kind),
                    "amount": str(component.amount),
                    "on_error": component.on_error,
                    **self._scorer(path, component),
                }
                for path, component in self.rubric.walk()
            ],
        }

    def _scorer(self, path: str, component: Component) -> Mapping[str, Any]:
        if isinstance(component.source, Rubric):
            return {"scorer": None, "version": None, "parameters": {}}
        built = self.scorers[path]
        return {
            "scorer": built.registered.id,
            "version": built.registered.version,
            "parameters": built.identity["parameters"],
        }

    @property
    def at_once(self) -> bool:
        """Whether `score` never waits."""
        return self.tree.inline

    def score(self, case: Case, action: SupportQueueAction) -> TicketScore:
        """The reward of `action` on `case`; raises `ScoringError`."""
        return self.tree.score(case, action)

    async def score_async(self, case: Case, action: SupportQueueAction) -> TicketScore:
        """The same without blocking the event loop it is awaited on."""
        if self.tree.inline:
            return self.tree.score(case, action)
        return await self.tree.score_async(case, action)


def compile_rubric(rubric: Rubric, registry: PluginRegistry) -> CompiledRubric:
    """Find, build and bind every scorer that `rubric` names.

    Raises:
        RubricError: naming every plugin that is missing, every requirement that is
            not met, and every component whose scorer is unknown or broken, has a
            parameter that is unknown or has a wrong value, or may not stand there.
    """
    problems = list(_unmet(rubric))
    active: Sequence[Offer] = ()
    try:
        active = registry.active(rubric.plugins)
    except (PluginError, UnknownName) as error:
        problems.append(str(error))
    built: dict[str, BuiltScorer] = {}
    for path, component in rubric.walk():
        if isinstance(component.source, Rubric):
            continue
        try:
            built[path] = _build(component.source, registry, rubric.plugins)
            problems += _out_of_place(path, component, built[path])
        except (PluginError, UnknownName) as error:
            problems.append(f"component {path!r}: {error}")
    problems += _overjudged(rubric, built)
    if problems:
        raise RubricError(f"rubric {rubric.name!r}: {listed(problems)}")
    return _compiled(rubric, registry, built, active)


def _unmet(rubric: Rubric) -> Iterable[str]:
    if not rubric.requires:
        return ()
    # It brings `packaging`; hardly any rubric requires something.
    from .requirements import unmet  # noqa: PLC0415

    return unmet(rubric.requires)


def _compiled(
    rubric: Rubric,
    registry: PluginRegistry,
    built: Mapping[str, BuiltScorer],
    active: Sequence[Offer],
) -> CompiledRubric:
    wrappers = [offer for offer in active if offer.wraps]
    fingerprint = digest(
        rubric,
        lambda path: built[path].identity,
        matching=VERSION,
        wrappers=[_identity(offer.origin) for offer in wrappers],
    )
    calling = Calling(registry.pools, registry.isolate, wrappers)
    return CompiledRubric(
        rubric,
        fingerprint,
        signature(
            rubric,
            lambda path: _told(built[path].registered),
            VERSION,
            fingerprint,
        ),
        MappingProxyType(_weights(rubric)),
        MappingProxyType(dict(built)),
        tuple(active),
        tuple(offer for offer in active if offer.observes),
        _tree(rubric, "", built, calling, fingerprint),
    )


def _build(
    choice: ScorerChoice, registry: PluginRegistry, named: Sequence[str]
) -> BuiltScorer:
    registered = registry.find(choice.scorer, named)
    subject = f"scorer {registered.id!r}"
    try:
        scorer = structure(choice.parameters, registered.cls, subject, rubric_converter)
        identity = {
            "id": registered.id,
            "version": registered.version,
            "source": registered.source,
            "parameters": rubric_converter.unstructure(scorer),
            "plugin": None
            if registered.origin.trusted
            else _identity(registered.origin),
        }
        json.dumps(identity)  # the digest will; what cannot be is refused by name here
        return BuiltScorer(registered, scorer, bound(scorer), identity)
    except InvalidInput as error:
        faults = "; ".join(map(str, error.faults))
        taken = ", ".join(a.name for a in fields(registered.cls) if a.init) or "none"
        raise PluginError(f"{subject}: {faults}; its parameters: {taken}") from error
    except PluginError as error:
        raise PluginError(f"{subject}: {error}") from error
    except (Exception, SystemExit) as error:
        raise PluginError(f"{subject}: {said(error)}") from error


def _identity(origin: Origin) -> Mapping[str, Any]:
    """A plugin for the digest; ours are known by version and source of each scorer."""
    return {
        "name": origin.plugin,
        "distribution": origin.distribution,
        "version": origin.version,
    }


def _told(registered: RegisteredScorer) -> str:
    origin = registered.origin
    from_ = f"@{origin.distribution}-{origin.version}" if origin.distribution else ""
    return f"{registered.id}.{registered.version}{'' if origin.trusted else from_}"


def _out_of_place(path: str, component: Component, built: BuiltScorer) -> Iterator[str]:
    judge = built.registered.is_judge
    if component.on_error == "unscored" and not judge and component.amount.value:
        yield (
            f"component {path!r}: on_error = 'unscored' is for judges and for criteria "
            "of weight 0; left out, any other would change what the reward means"
        )
    if judge and component.kind is ComponentKind.GATE:
        yield f"component {path!r}: a judge cannot be a gate"


def _overjudged(rubric: Rubric, built: Mapping[str, BuiltScorer]) -> Iterator[str]:
    """Whether judges hold more of the reward than they may."""
    shares = dict(_judged(rubric, "", Fraction(1), built))
    total = sum(shares.values(), Fraction(0))
    if total > JUDGES_MOST:
        told = ", ".join(f"{path} {share}" for path, share in shares.items())
        yield f"judges hold {total} of the reward, more than {JUDGES_MOST} ({told})"


def _judged(
    rubric: Rubric, prefix: str, share: Fraction, built: Mapping[str, BuiltScorer]
) -> Iterator[tuple[str, Fraction]]:
    """The share of the whole reward that each judge can move."""
    for component in rubric.components:
        path = f"{prefix}{component.name}"
        held = share * component.amount.value
        if isinstance(component.source, Rubric):
            yield from _judged(component.source, f"{path}.", held, built)
        elif path in built and built[path].registered.is_judge:
            yield path, held


def _tree(
    rubric: Rubric,
    prefix: str,
    built: Mapping[str, BuiltScorer],
    calling: Calling,
    fingerprint: str = "",
) -> Tree:
    nodes = [_node(c, f"{prefix}{c.name}", built, calling) for c in rubric.components]
    return Tree(rubric, tuple(nodes), fingerprint)


def _node(
    component: Component,
    path: str,
    built: Mapping[str, BuiltScorer],
    calling: Calling,
) -> InlineLeaf | LaneLeaf | Branch:
    source = component.source
    scorer = "" if isinstance(source, Rubric) else built[path].registered.id
    terms = Terms(component.name, component.kind, component.amount.value, scorer)
    place = Place(terms, path, refuses=component.on_error == "raise")
    if isinstance(source, Rubric):
        return Branch(place, _tree(source, f"{path}.", built, calling))
    found = built[path]
    try:
        return calling.leaf(
            place, found.registered, found.scorer, found.hook, component.timeout
        )
    except PluginError as error:
        raise RubricError(f"component {path!r}: {error}") from error


def _weights(rubric: Rubric) -> dict[str, float]:
    weights = {c.name: float(c.weight.value) for c in rubric.criteria}
    return weights | {p.name: -float(p.amount.value) for p in rubric.penalties}
