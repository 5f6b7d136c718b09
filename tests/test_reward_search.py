"""Searching by reward: without the truth, within the budget, the same every time."""

from collections.abc import Iterator
from typing import Any

import pytest
from answers import cases, environment
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import SCORER_OPTIONS, SCORERS, a_case, golds

from support_queue_env.core.cases import Gold
from support_queue_env.core.episode import Episode
from support_queue_env.evaluation.reward_search import (
    BUDGET,
    GOAL,
    RewardSearch,
    SearchPlan,
    TicketSearch,
    search,
    search_all,
)
from support_queue_env.evaluation.search_lanes import (
    choose,
    compose,
    dress,
    names,
    pieces,
)
from support_queue_env.models import SupportQueueAction, Ticket
from support_queue_env.plugins.compiled import compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.attacks.suite import built_in
from support_queue_env.rubrics.quantities import Weight
from support_queue_env.rubrics.rubric import Criterion, Rubric, ScorerChoice
from support_queue_env.testing.strategies import tickets


CLASSIC = environment().find_rubric(None)
PUBLIC = built_in().public


def classic(feedback: Any, budget: int = 400) -> RewardSearch:
    """The search of the report."""
    plan = SearchPlan(feedback=feedback, budget=budget)
    return search_all(CLASSIC, cases(), PUBLIC, plan)


@pytest.mark.parametrize("feedback", ["none", "scores", "full"])
def test_the_classic_rubric_can_be_searched(feedback: str) -> None:
    """Most tickets are won well within the budget, by the returned reward alone."""
    found = classic(feedback)

    assert 8 <= found.reached <= len(cases()) == len(found.tickets)
    assert 0.9 < found.mean_best <= 1
    for ticket in found.tickets:
        if ticket.needed is not None:
            assert ticket.needed == ticket.queries <= 400
            assert ticket.best > GOAL


@pytest.mark.parametrize("feedback", ["none", "scores", "full"])
def test_the_strict_rubric_is_not_won(feedback: Any) -> None:
    """The search ends with nothing left to try; lists and sentences do not reach 0.9.

    It gets further than labels alone, so it does find what pays.
    """
    strict = environment().find_rubric("strict")
    plan = SearchPlan(feedback=feedback, budget=2000)
    found = search_all(strict, cases(), PUBLIC, plan)

    assert 0 == found.reached
    assert 0.8 < found.mean_best < 0.9
    assert max(ticket.queries for ticket in found.tickets) < BUDGET


def test_scores_tell_more_than_the_reward() -> None:
    """Component scores cut the queries to a fraction, labels in full feedback too."""
    medians = [classic(mode).median_needed for mode in ("none", "scores")]
    (scalar, components) = [m for m in medians if m is not None]

    assert components * 3 < scalar


def test_full_feedback_gives_the_labels_away() -> None:
    """After one query the labels are right, so the second is paid at least 0.75."""
    for case in cases():
        plan = SearchPlan(feedback="full", budget=2)

        assert search(CLASSIC, case, PUBLIC, plan).best >= 0.75


@pytest.mark.parametrize("budget", [1, 7, 40])
def test_a_budget_is_kept(budget: int) -> None:
    """No ticket takes a query more."""
    found = classic("none", budget)

    assert all(ticket.queries <= budget for ticket in found.tickets)


def test_searches_repeat() -> None:
    """The same seed, the same queries; another seed may find another way."""
    assert classic("none") == classic("none")
    other = search_all(CLASSIC, cases(), PUBLIC, SearchPlan(seed=1))

    assert classic("none").tickets != other.tickets


def asked(
    ticket: Ticket, gold: Gold, monkeypatch: pytest.MonkeyPatch
) -> list[SupportQueueAction]:
    """Every action that a search tries where each is paid the same."""
    fixed = ScorerChoice(f"{SCORERS}.fixed", {"value": "1/2"})
    rubric = Rubric("toy", (Criterion("only", Weight(1), fixed),))
    compiled = compile_rubric(rubric, PluginRegistry(SCORER_OPTIONS))
    seen: list[SupportQueueAction] = []
    step = Episode.step

    def watched(episode: Episode, action: SupportQueueAction) -> Episode:
        seen.append(action)
        return step(episode, action)

    with monkeypatch.context() as patched:
        patched.setattr(Episode, "step", watched)
        case = evolve(a_case(), ticket=ticket, gold=gold)
        search(compiled, case, PUBLIC, SearchPlan(feedback="scores", budget=60))
    return seen


@settings(max_examples=20, deadline=None)
@given(ticket=tickets(), one=golds(), other=golds())
def test_a_search_does_not_know_the_truth(
    ticket: Ticket, one: Gold, other: Gold
) -> None:
    """Tickets that differ in their truth alone are searched alike."""
    with pytest.MonkeyPatch.context() as patch:
        assert asked(ticket, one, patch) == asked(ticket, other, patch)


def run_lane(lane: Any, worth: Any) -> str:
    """A lane to its end, each value paid what `worth` says."""
    value = next(lane)
    while True:
        try:
            value = lane.send(worth(value))
        except StopIteration as done:
            found: str = done.value
            return found


def test_choosing() -> None:
    """The best paid label, the first of equals."""
    assert "b" == run_lane(choose(["a", "b", "c"]), {"a": 0, "b": 1, "c": 1}.get)


@given(st.sets(st.integers(0, 199), max_size=6))
def test_composing_finds_what_pays(wanted: set[int]) -> None:
    """Of two hundred words a text keeps those that pay, and those only."""
    words = [f"word{number}." for number in range(200)]
    paying = [f"word{number}." for number in sorted(wanted)]
    text = run_lane(
        compose(words, "summary"),
        lambda value: sum(word in value.strip("-").split() for word in paying),
    )

    assert paying == sorted(text.strip("-").split(), key=paying.index)


def test_pieces_come_from_what_is_visible() -> None:
    """Sentences and words of the ticket, its record, and public words; each once."""
    ticket = cases()[0].ticket
    found = pieces(ticket, PUBLIC)

    assert len(found) == len(set(found))
    assert set(ticket.recent_events) <= set(found)
    assert "expired" in found
    assert set(PUBLIC.sentences) <= set(found)


def test_names_are_words_and_pairs_of_the_ticket() -> None:
    """None is a run of three words, which could be part of a copy."""
    ticket = cases()[0].ticket
    found = names(ticket, PUBLIC)

    assert set(PUBLIC.words) < set(found)
    assert {1, 2} == {len(name.split()) for name in set(found) - set(PUBLIC.words)}
    assert len(found) == len(set(found))


def test_words_are_put_into_sentences() -> None:
    """First the public sentences that were kept, then the words that were."""
    kept = PUBLIC.sentences[2]
    text = f"{kept} ledger invoice"
    found = dress(text, ["refund", "ledger", "owner", "invoice"], PUBLIC)
    one, two, *_ = PUBLIC.frames

    assert kept == found[0]
    assert [one.format("ledger"), two.format("invoice")] == list(found[1:3])
    assert 5 == len(found)


def searches() -> Iterator[tuple[list[int | None], float | None]]:
    """Queries needed, and their median."""
    yield [3], 3
    yield [3, None], None
    yield [3, 5, None], 5
    yield [None, None, 1], None
    yield [4, 2, 9], 4


@pytest.mark.parametrize(("needed", "median"), list(searches()))
def test_medians_count_what_was_not_found(
    needed: list[int | None], median: float | None
) -> None:
    """A ticket that was not won took longer than any other."""
    tickets = tuple(TicketSearch("T", n, n or 400, 0.5) for n in needed)

    assert median == RewardSearch("none", 400, tickets).median_needed
