"""The labels that attacks answer with."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product

from attrs import frozen

from ...constraints import limits
from ...core.cases import Case
from ...models import SupportQueueAction


UNKNOWN = "-"
"""A label that no task knows."""


@frozen
class Labels:
    """A priority, a queue and a disposition."""

    priority: str
    queue: str
    disposition: str


Choose = Callable[[Case, Sequence[Case]], Labels]


def gold(case: Case, cases: Sequence[Case]) -> Labels:
    """The right ones."""
    found = case.gold
    return Labels(found.priority, found.queue, found.disposition)


def unknown(case: Case, cases: Sequence[Case]) -> Labels:
    """Three that do not exist."""
    return Labels(UNKNOWN, UNKNOWN, UNKNOWN)


def wrong(case: Case, cases: Sequence[Case]) -> Labels:
    """Three that exist and earn nothing: the farthest priority, no alternate."""
    vocabulary, found = case.vocabulary, case.gold
    ranks = vocabulary.priorities
    place = ranks.index(found.priority) if found.priority in ranks else 0
    return Labels(
        ranks[0] if 2 * place >= len(ranks) else ranks[-1],
        _other(vocabulary.queues, (found.queue, *found.queue_alternates)),
        _other(
            vocabulary.dispositions,
            (found.disposition, *found.disposition_alternates),
        ),
    )


def _other(known: Iterable[str], accepted: Sequence[str]) -> str:
    return next((label for label in known if label not in accepted), UNKNOWN)


def joined(case: Case, cases: Sequence[Case]) -> Labels:
    """All of them at once, as much as one label holds."""
    known = case.vocabulary
    longest = _longest()
    return Labels(
        "|".join(known.priorities)[:longest],
        "|".join(known.queues)[:longest],
        "|".join(known.dispositions)[:longest],
    )


def _longest() -> int:
    meta = limits(SupportQueueAction.__annotations__["priority"])
    return (meta.max_length if meta else None) or 64


def of_next(case: Case, cases: Sequence[Case]) -> Labels:
    """The right ones of the next ticket."""
    return gold(next_case(case, cases), cases)


def next_case(case: Case, cases: Sequence[Case]) -> Case:
    """The ticket after this one, the first after the last."""
    place = next((i for i, other in enumerate(cases) if other is case), -1)
    return cases[(place + 1) % len(cases)]


CHOICES: Mapping[str, Choose] = {
    "gold": gold,
    "unknown": unknown,
    "wrong": wrong,
    "joined": joined,
    "next": of_next,
}
"""How labels are chosen, by name; `constant` besides, which is many policies."""


def triples(cases: Sequence[Case]) -> Iterable[Labels]:
    """Every combination of labels that some case knows, in order of appearance."""
    known = list(dict.fromkeys(case.vocabulary for case in cases))
    columns = (
        dict.fromkeys(label for v in known for label in v.priorities),
        dict.fromkeys(label for v in known for label in v.queues),
        dict.fromkeys(label for v in known for label in v.dispositions),
    )
    return (Labels(*triple) for triple in product(*columns))
