"""A30: answering with whatever the environment lets slip before grading.

The spy plays the tickets as episodes and reads every observation and state it is
sent, and every other document that it is given. A label that stands there as a value
of its own is taken for the truth, unless it stands in a list of the labels that
exist, in what the ticket says to everybody, or in the spy's own answers. Without such
a find it answers like the best constant.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import fields, frozen

from ..core.cases import Case, Task
from ..core.conversion import unstructure
from ..core.episode import Episode
from ..core.scoring import TicketScorer
from ..core.views import describe, observe
from ..models import SupportQueueAction, Ticket
from .search_lanes import answered


_LABELS = ("priority", "queue", "disposition")
_LISTS = ("allowed_priorities", "allowed_queues", "allowed_dispositions", "enum")
_OWN = ("action_history",)
_TICKET = frozenset(attribute.name for attribute in fields(Ticket))
_SHORTEST = 4
"""Shorter truths than this stand in any document by chance."""


@frozen
class Spied:
    """What the spy answered, and what of the truth it saw.

    `labels` is how many labels it found, `leaks` the texts of the truth that stood in
    some document, each with the ticket it belongs to.
    """

    actions: tuple[SupportQueueAction, ...]
    labels: int
    leaks: tuple[str, ...]
    documents: int


def spy(
    rubric: TicketScorer,
    cases: Sequence[Case],
    constant: Sequence[SupportQueueAction],
    documents: Iterable[Any] = (),
) -> Spied:
    """Play every case, reading along.

    Args:
        rubric: scores the answers, as the environment would.
        cases: the tickets.
        constant: the answer to each ticket when nothing is found.
        documents: what else can be fetched without playing, as plain values.
    """
    fetched = list(documents)
    actions: list[SupportQueueAction] = []
    leaks: list[str] = []
    found, read = 0, len(fetched)
    for vocabulary, group in _groups(cases).items():
        task = Task(
            task_id="spied",
            title="spied",
            difficulty="easy",
            instructions="",
            split="test",
            vocabulary=vocabulary,
            cases=tuple(cases[place] for place in group),
        )
        episode = Episode(
            episode_id="spied", task=task, scorer=rubric, feedback="scores"
        )
        for place in group:
            case = cases[place]
            seen = [unstructure(observe(episode)), unstructure(describe(episode))]
            read += len(seen)
            labels = _labels_in([*seen, *fetched], case)
            found += len(labels)
            action = answered(constant[place], labels)
            actions.append(action)
            leaks += _leaks(case, [*seen, *fetched])
            episode = episode.step(action)
    order = [place for group in _groups(cases).values() for place in group]
    by_place = dict(zip(order, actions, strict=True))
    return Spied(
        tuple(by_place[place] for place in range(len(cases))),
        found,
        tuple(leaks),
        read,
    )


def _groups(cases: Sequence[Case]) -> dict[Any, list[int]]:
    """The places of the cases by vocabulary: a task has one."""
    groups: dict[Any, list[int]] = {}
    for place, case in enumerate(cases):
        groups.setdefault(case.vocabulary, []).append(place)
    return groups


def _labels_in(documents: Iterable[Any], case: Case) -> dict[str, str]:
    """Per label the value most often seen where no list of labels stands."""
    known = {
        "priority": case.vocabulary.priorities,
        "queue": case.vocabulary.queues,
        "disposition": case.vocabulary.dispositions,
    }
    seen = Counter(_texts(list(documents)))
    chosen: dict[str, str] = {}
    for name in _LABELS:
        best = max(known[name], key=lambda label: seen[label], default="")
        if best and seen[best]:
            chosen[name] = best
    return chosen


def _texts(value: Any) -> Iterator[str]:
    """Every text that is a value, outside lists of labels and own answers."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "ticket" and isinstance(inner, Mapping):
                # What stands in the ticket is for reading; a field too many is not.
                yield from _texts({k: v for k, v in inner.items() if k not in _TICKET})
            elif key not in _LISTS and key not in _OWN:
                yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _leaks(case: Case, documents: Sequence[Any]) -> Iterator[str]:
    """Which texts of the truth some document holds, beyond what the ticket says."""
    gold = case.gold
    visible = json.dumps(unstructure(case.ticket), ensure_ascii=False).casefold()
    text = json.dumps(
        [_without_own(document) for document in documents], ensure_ascii=False
    ).casefold()
    for kind, truth in (
        ("reference_summary", gold.reference_summary),
        ("reference_response", gold.reference_response),
        *(("disallowed_phrases", phrase) for phrase in gold.disallowed_phrases),
    ):
        if len(truth) < _SHORTEST:
            continue
        sought = json.dumps(truth, ensure_ascii=False)[1:-1].casefold()
        if sought in text and sought not in visible:
            yield f"{case.ticket.ticket_id}: {kind}"
    for kind, words in (
        ("summary_keywords", gold.summary_keywords),
        ("response_keywords", gold.response_keywords),
    ):
        if json.dumps(list(words), ensure_ascii=False).casefold() in text:
            yield f"{case.ticket.ticket_id}: {kind}"


def _without_own(value: Any) -> Any:
    """A document without the answers that the spy itself gave."""
    if isinstance(value, Mapping):
        return {k: _without_own(v) for k, v in value.items() if k not in _OWN}
    if isinstance(value, list | tuple):
        return [_without_own(inner) for inner in value]
    return value
