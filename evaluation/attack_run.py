"""Carrying attacks out against a rubric: every policy on every case, scored."""

from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from fractions import Fraction

from attrs import define, field, frozen

from ..core.actions import structure_action
from ..core.cases import Case
from ..core.errors import InvalidInput, ScoringError, UnknownName, said
from ..core.scoring import ComponentKind, ComponentScore, TicketScore, TicketScorer
from ..models import SupportQueueAction
from ..rubrics.attacks import Attack, AttackKind, Requirement, Variant
from ..rubrics.attacks.suite import Suite


ORACLE = "oracle"
NO_SKILL = "A02"
NOTHING = "A01"


class Verdict(StrEnum):
    """What came of an attack.

    `known` stands where a rubric's baseline file says that it cannot do better, and
    why. `failed` means that there is no number: a policy or a scorer raised.
    """

    HOLDS = "holds"
    EXCEEDS = "exceeds"
    FALLS_SHORT = "falls short"
    KNOWN = "known gap"
    REPORTED = "report"
    NOT_APPLICABLE = "not applicable"
    FAILED = "failed"


BAD = (Verdict.EXCEEDS, Verdict.FALLS_SHORT, Verdict.FAILED)
"""Verdicts that `--fail-on verdict` fails on."""


@frozen
class Tried:
    """One variant of an attack, with a score and an action for each case."""

    variant: str
    actions: tuple[SupportQueueAction, ...]
    scores: tuple[TicketScore, ...]

    @property
    def rewards(self) -> tuple[Fraction, ...]:
        """What it was paid, case by case."""
        return tuple(score.reward for score in self.scores)

    @property
    def mean(self) -> Fraction:
        """The mean of its rewards."""
        return mean(self.rewards)


@frozen(kw_only=True)
class Measured:
    """An attack carried out.

    Args:
        attack: which.
        counts: the variant that its verdict is about; None when it has no answer.
        ceilings: per criterion the best mean score of any variant.
        punished: per variant how many of its answers met a penalty or a gate.
        failure: why there is no number.
        accepted: documents that became an action and must not have.
        refused: how many documents were refused.
    """

    attack: Attack
    counts: Tried | None = None
    ceilings: Mapping[str, Fraction] = field(factory=dict)
    punished: Mapping[str, int] = field(factory=dict)
    failure: str = ""
    accepted: tuple[str, ...] = ()
    refused: int = 0


@frozen
class Judgement:
    """Verdict, what each case was allowed to be paid, and a remark."""

    verdict: Verdict
    allowed: tuple[Fraction, ...] | None = None
    note: str = ""


def mean(rewards: Sequence[Fraction]) -> Fraction:
    """The exact mean; 0 of nothing."""
    return sum(rewards, Fraction(0)) / len(rewards) if rewards else Fraction(0)


def punished(score: TicketScore) -> bool:
    """Whether some penalty or gate found anything."""
    return any(_strikes(component) for component in score.components)


def _strikes(component: ComponentScore) -> bool:
    if component.terms.kind is not ComponentKind.CRITERION:
        return component.numerator > 0
    return any(_strikes(child) for child in component.children)


@define
class AttackRun:
    """A rubric under attack on some cases. Each attack is carried out once.

    Args:
        rubric: anything that scores.
        cases: the tickets, in an order that matters only to A22.
        suite: the attacks, and the answers that they are compared with.
        judge: whether the rubric asks a model.
    """

    rubric: TicketScorer
    cases: tuple[Case, ...]
    suite: Suite
    judge: bool = False
    _measured: dict[str, Measured] = field(factory=dict, init=False)

    @property
    def names(self) -> tuple[str, ...]:
        """A name for each case: its ticket's id, numbered where ids repeat."""
        met: Counter[str] = Counter()
        found = []
        for case in self.cases:
            name = case.ticket.ticket_id
            met[name] += 1
            found.append(name if met[name] == 1 else f"{name}#{met[name]}")
        return tuple(found)

    def measure(self, name: str) -> Measured:
        """The attack or reference answer of that name, carried out.

        Raises:
            UnknownName: there is none.
        """
        if name not in self._measured:
            self._measured[name] = self._carry_out(self.find(name))
        return self._measured[name]

    def find(self, name: str) -> Attack:
        """The attack or reference answer of that name."""
        known = {attack.id: attack for attack in self.suite.attacks}
        known |= self.suite.references
        if name not in known:
            raise UnknownName("attack", name, known)
        return known[name]

    def _carry_out(self, attack: Attack) -> Measured:
        if attack.needs_judge and not self.judge:
            return Measured(attack=attack)
        counts: Tried | None = None
        ceilings: dict[str, Fraction] = {}
        hits: dict[str, int] = {}
        sign = -1 if attack.kind is AttackKind.CONTROL else 1
        try:
            # One at a time: of many variants on many tickets only one is kept.
            for variant in attack.attempts(self.cases):
                tried = self._try(variant)
                hits[tried.variant] = sum(map(punished, tried.scores))
                for name, value in _component_means(tried.scores).items():
                    ceilings[name] = max(value, ceilings.get(name, value))
                if counts is None or sign * tried.mean > sign * counts.mean:
                    counts = tried
            accepted, refused = self._send(attack)
        except ScoringError as error:
            return Measured(attack=attack, failure=str(error))
        except Exception as error:  # noqa: BLE001 - a plugin's policy may raise anything
            return Measured(attack=attack, failure=f"it raised {said(error)}")
        return Measured(
            attack=attack,
            counts=counts,
            ceilings=ceilings,
            punished=hits,
            accepted=accepted,
            refused=refused,
        )

    def _try(self, variant: Variant) -> Tried:
        actions = tuple(variant.policy(case, self.cases) for case in self.cases)
        for action in actions:
            if not isinstance(action, SupportQueueAction):
                raise TypeError(f"it gave {type(action).__name__}, not an action")
        pairs = zip(self.cases, actions, strict=True)
        scores = tuple(self.rubric.score(case, action) for case, action in pairs)
        return Tried(variant.name, actions, scores)

    def _send(self, attack: Attack) -> tuple[tuple[str, ...], int]:
        """What was accepted although it must not be, and how much was refused."""
        accepted: dict[str, None] = {}
        refused = 0
        for case in self.cases if attack.payloads else ():
            for payload in attack.payloads(case) if attack.payloads else ():
                try:
                    structure_action(payload.document, case.vocabulary)
                except InvalidInput:
                    refused += 1
                else:
                    accepted[payload.wrong] = None
        return tuple(accepted), refused

    # --- verdicts ---------------------------------------------------------------

    def judge_attack(self, measured: Measured) -> Judgement:
        """How an attack that was carried out compares with what must hold."""
        attack, counts = measured.attack, measured.counts
        if measured.failure:
            return Judgement(Verdict.FAILED, note=measured.failure)
        if attack.needs_judge and not self.judge:
            return Judgement(
                Verdict.NOT_APPLICABLE, note="no component of the rubric asks a model"
            )
        if measured.accepted:
            return Judgement(
                Verdict.EXCEEDS, note=f"accepted: {', '.join(measured.accepted)}"
            )
        note = f"{measured.refused} documents refused" if measured.refused else ""
        if attack.kind is AttackKind.CONTROL and counts:
            return _unpunished(measured)
        if counts is None:
            if measured.refused:
                return Judgement(Verdict.HOLDS, note=note)
            return Judgement(Verdict.NOT_APPLICABLE, note="it has no answer to these")
        return self._compare(attack.must, counts, note)

    def allowed(self, must: Requirement) -> tuple[Fraction, ...] | Judgement:
        """What the requirement's reference allows each case to be paid."""
        if isinstance(must.reference, Fraction):
            return tuple(must.reference + must.plus for _ in self.cases)
        reference = self.measure(must.reference)
        if reference.counts is None:
            return Judgement(
                Verdict.FAILED, note=f"{must.reference} could not be measured"
            )
        return tuple(reward + must.plus for reward in reference.counts.rewards)

    def _compare(self, must: Requirement, counts: Tried, note: str) -> Judgement:
        if must.relation == "report":
            return Judgement(Verdict.REPORTED, note=note)
        allowed = self.allowed(must)
        if isinstance(allowed, Judgement):
            return allowed
        found = counts.rewards
        pairs = list(zip(found, allowed, strict=True))
        if not must.every_ticket:
            pairs = [(mean(found), mean(allowed))]
        more = [f for f, a in pairs if f > a]
        less = [f for f, a in pairs if f < a]
        if more and must.relation != "at_least":
            return Judgement(Verdict.EXCEEDS, allowed, note)
        if less and must.relation != "at_most":
            return Judgement(Verdict.FALLS_SHORT, allowed, note)
        return Judgement(Verdict.HOLDS, allowed, note)


def _component_means(scores: Sequence[TicketScore]) -> dict[str, Fraction]:
    """The mean score of each criterion."""
    columns: dict[str, list[Fraction]] = {}
    for score in scores:
        for component in score.components:
            if component.terms.kind is ComponentKind.CRITERION:
                columns.setdefault(component.name, []).append(component.value)
    return {name: mean(values) for name, values in columns.items()}


def _unpunished(measured: Measured) -> Judgement:
    """A control holds when no penalty and no gate found anything in it."""
    hit = [
        f"{variant or measured.attack.name} ({count})"
        for variant, count in measured.punished.items()
        if count
    ]
    if not hit:
        return Judgement(Verdict.HOLDS, note="no penalty, no gate")
    return Judgement(Verdict.FALLS_SHORT, note=f"punished: {', '.join(hit)}")
