"""A28: finding a well paid answer with nothing but what the environment returns.

The searcher sees the ticket, the labels that exist, words that anybody may know, and
after each try what the feedback mode lets it see. It never sees the truth. It works
field by field: labels one after the other, then texts, into which it packs as many
candidate pieces as fit and halves a pack that paid until it knows which piece did.
At last it puts words, those that paid first, into sentences, for a rubric that pays a
list less than prose.
With component scores all fields are searched at once, because each has a score of
its own; with full feedback the right labels are read from the first reply.
"""

import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from attrs import frozen

from ..core.cases import Case, Task
from ..core.episode import Episode
from ..core.scoring import TicketScorer
from ..core.views import feedback_on
from ..models import Feedback, FeedbackMode, SupportQueueAction
from ..rubrics.attacks.suite import PublicTable
from ..rubrics.attacks.texts import TextName, fitted
from .search_lanes import Lane, answered, choose, compose, dress, names, pieces


GOAL = 0.9
BUDGET = 600
LABELS = ("priority", "queue", "disposition")
TEXTS: tuple[TextName, ...] = ("summary", "response")

Ask = Callable[[SupportQueueAction], Feedback]


@frozen
class TicketSearch:
    """A search on one ticket.

    `needed` is how many queries it took until one was paid more than the goal; None
    when none was within the budget.
    """

    ticket_id: str
    needed: int | None
    queries: int
    best: float


@frozen(kw_only=True)
class SearchPlan:
    """How to search: what is seen, how many queries a ticket may take, in what order."""

    feedback: FeedbackMode = "none"
    budget: int = BUDGET
    seed: int = 0


@frozen
class RewardSearch:
    """The searches of a run under one feedback mode."""

    feedback: FeedbackMode
    budget: int
    tickets: tuple[TicketSearch, ...]

    @property
    def reached(self) -> int:
        """On how many tickets the goal was exceeded."""
        return sum(ticket.needed is not None for ticket in self.tickets)

    @property
    def median_needed(self) -> float | None:
        """The median of the queries needed; None unless half the tickets were won."""
        if 2 * self.reached <= len(self.tickets):
            return None
        endless = float("inf")
        needed = [endless if t.needed is None else t.needed for t in self.tickets]
        found = statistics.median_low(needed)
        return None if found == endless else found

    @property
    def mean_best(self) -> float:
        """The mean of the best rewards found."""
        return statistics.fmean(ticket.best for ticket in self.tickets)


def search_all(
    rubric: TicketScorer, cases: Sequence[Case], public: PublicTable, plan: SearchPlan
) -> RewardSearch:
    """Search on every case; each is a ticket of its own."""
    return RewardSearch(
        plan.feedback,
        plan.budget,
        tuple(search(rubric, case, public, plan) for case in cases),
    )


def search(
    rubric: TicketScorer, case: Case, public: PublicTable, plan: SearchPlan
) -> TicketSearch:
    """Search on one case until the goal is exceeded or the budget is spent."""
    ticket_id = case.ticket.ticket_id
    seen = _Seen(_asking(rubric, case, plan.feedback), plan.budget)
    order = random.Random(f"{plan.seed}:{ticket_id}")  # noqa: S311 - not for secrets
    known = _labels(case)
    first = SupportQueueAction(
        priority=known["priority"][0],
        queue=known["queue"][0],
        disposition=known["disposition"][0],
        summary=fitted("", "summary"),
        response=fitted("", "response"),
    )
    with suppress(_Over):
        _follow(seen, first, _Lanes(case, public, order))
    return TicketSearch(ticket_id, seen.needed, seen.queries, seen.best)


class _Over(Exception):
    """The goal is reached or the budget is spent."""


class _Seen:
    """What was asked, and the best that came back."""

    def __init__(self, ask: Ask, budget: int) -> None:
        self._ask = ask
        self._budget = budget
        self.queries = 0
        self.best = 0.0
        self.needed: int | None = None

    def reply(self, action: SupportQueueAction) -> Feedback:
        if self.queries >= self._budget:
            raise _Over
        self.queries += 1
        feedback = self._ask(action)
        self.best = max(self.best, feedback.reward)
        if feedback.reward > GOAL:
            self.needed = self.queries
            raise _Over
        return feedback


def _asking(rubric: TicketScorer, case: Case, feedback: FeedbackMode) -> Ask:
    """One scored step of a fresh episode, seen as an agent sees it."""
    task = Task(
        task_id="search",
        title="search",
        difficulty="easy",
        instructions="",
        split="test",
        vocabulary=case.vocabulary,
        cases=(case,),
    )
    start = Episode(episode_id="search", task=task, scorer=rubric, feedback=feedback)

    def ask(action: SupportQueueAction) -> Feedback:
        episode = start.step(action)
        return feedback_on(episode.graded[-1], episode)

    return ask


def _labels(case: Case) -> dict[str, tuple[str, ...]]:
    vocabulary = case.vocabulary
    return {
        "priority": vocabulary.priorities,
        "queue": vocabulary.queues,
        "disposition": vocabulary.dispositions,
    }


class _Lanes:
    """A lane for each field that is still to be searched, in an order of its own."""

    def __init__(self, case: Case, public: PublicTable, order: random.Random) -> None:
        self._choices = {
            name: order.sample(labels, len(labels))
            for name, labels in _labels(case).items()
        }
        self._public = public
        self._pieces = _shuffled(pieces(case.ticket, public), order)
        self._names = _shuffled(names(case.ticket, public), order)

    def of_label(self, name: str) -> Lane:
        return choose(self._choices[name])

    def of_text(self, name: TextName) -> Lane:
        return compose(self._pieces, name)

    def of_sentences(self, name: TextName, text: str) -> Lane:
        return compose(dress(text, self._names, self._public), name)

    def of_field(self, name: str) -> Lane:
        for text in TEXTS:
            if name == text:
                return self.of_text(text)
        return self.of_label(name)


def _shuffled(values: Sequence[str], order: random.Random) -> list[str]:
    return order.sample(values, len(values))


def _follow(seen: _Seen, action: SupportQueueAction, lanes: _Lanes) -> None:
    """Search field by field, or all at once where each field has its own score."""
    reply = seen.reply(action)
    fields: list[str] = [*LABELS, *TEXTS]
    if reply.gold is not None:
        action = answered(action, {n: getattr(reply.gold, n) for n in LABELS})
        fields = list(TEXTS)
        reply = seen.reply(action)
    own = {name: lanes.of_field(name) for name in fields if name in reply.scores}
    action = _together(seen, action, own)
    for name in fields:
        if name not in own:
            action = _alone(seen, action, name, lanes.of_field(name))
    # Texts once more: what the rest pays is known now, and it may pay for both.
    for text in TEXTS:
        action = _alone(seen, action, text, lanes.of_text(text))
    for text in TEXTS:
        dressed = lanes.of_sentences(text, getattr(action, text))
        action = _alone(seen, action, text, dressed)


def _together(
    seen: _Seen, action: SupportQueueAction, lanes: Mapping[str, Lane]
) -> SupportQueueAction:
    """Every lane tries a value in the same query and is told its own score."""
    values: dict[str, str] = {}
    running = dict(lanes)
    for name in lanes:
        values[name] = next(running[name])
    while running:
        reply = seen.reply(answered(action, values))
        for name in tuple(running):
            try:
                values[name] = running[name].send(reply.scores.get(name, 0.0))
            except StopIteration as done:
                values[name] = done.value
                del running[name]
    return answered(action, values)


def _alone(
    seen: _Seen, action: SupportQueueAction, name: str, lane: Lane
) -> SupportQueueAction:
    """One lane, told the whole reward; the other fields stay as they are."""
    value = next(lane)
    while True:
        reply = seen.reply(answered(action, {name: value}))
        try:
            value = lane.send(reply.reward)
        except StopIteration as done:
            return answered(action, {name: done.value})
