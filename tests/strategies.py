"""Hypothesis strategies for the values that properties quantify over."""

import string
from fractions import Fraction
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from support_queue_env.core.actions import Vocabulary
from support_queue_env.core.cases import Case, Gold
from support_queue_env.models import SupportQueueAction, Ticket
from support_queue_env.rubrics.quantities import Amount, Cap, Weight
from support_queue_env.rubrics.rubric import (
    Criterion,
    Gate,
    Penalty,
    Rubric,
    ScorerChoice,
)


VOCABULARY = Vocabulary(
    ("P1", "P2", "P3", "P4"),
    ("billing", "security", "success", "technical", "trust_safety"),
    ("respond", "request_info", "escalate", "close"),
)
SCORERS = "scorers-for-tests"
SCORER_OPTIONS = (
    "scorers_for_tests:Fixed",
    "scorers_for_tests:Confident",
    "scorers_for_tests:Misbehaving",
    "scorers_for_tests:Hostile",
)

unit_fractions = st.builds(
    lambda part, rest: Fraction(part, part + rest),
    st.integers(0, 10**6),
    st.integers(1, 10**6),
) | st.sampled_from([Fraction(0), Fraction(1), Fraction(1, 2)])

surrogate_free = st.characters(exclude_categories=["Cs"])


def texts(low: int, high: int) -> st.SearchStrategy[str]:
    """Any Unicode text of that length: control, right-to-left, combining, the lot."""
    return st.text(surrogate_free, min_size=low, max_size=high)


def actions(
    vocabulary: Vocabulary = VOCABULARY,
) -> st.SearchStrategy[SupportQueueAction]:
    """Any action that can be constructed, unknown labels included."""
    unknown = texts(1, 12)
    return st.builds(
        SupportQueueAction,
        priority=st.sampled_from(vocabulary.priorities) | unknown,
        queue=st.sampled_from(vocabulary.queues) | unknown,
        disposition=st.sampled_from(vocabulary.dispositions) | unknown,
        summary=texts(8, 280),
        response=texts(16, 400),
        confidence=st.floats(0, 1) | st.integers(0, 1),
    )


_words = st.text(string.ascii_letters + "äß€ ", min_size=1, max_size=8)


@st.composite
def golds(draw: st.DrawFn) -> Gold:
    """Any truth over the test vocabulary."""
    lists = st.lists(_words, min_size=1, max_size=5, unique=True).map(tuple)
    return Gold(
        priority=draw(st.sampled_from(VOCABULARY.priorities)),
        queue=draw(st.sampled_from(VOCABULARY.queues)),
        disposition=draw(st.sampled_from(VOCABULARY.dispositions)),
        queue_alternates=draw(
            st.lists(st.sampled_from(VOCABULARY.queues), max_size=2).map(tuple)
        ),
        disposition_alternates=draw(
            st.lists(st.sampled_from(VOCABULARY.dispositions), max_size=2).map(tuple)
        ),
        summary_keywords=draw(lists),
        response_keywords=draw(lists),
        disallowed_phrases=draw(st.lists(_words, max_size=3).map(tuple)),
        reference_summary="A reference summary.",
        reference_response="A reference response.",
    )


TICKET = Ticket(
    ticket_id="T-1",
    subject="Subject",
    body="Body",
    customer_tier="pro",
    product_area="exports",
    sla_hours=8.0,
)


def cases() -> st.SearchStrategy[Case]:
    """Any case over the test vocabulary."""
    return st.builds(
        Case, ticket=st.just(TICKET), gold=golds(), vocabulary=st.just(VOCABULARY)
    )


def a_case() -> Case:
    """A case without surprises."""
    gold = Gold(
        priority="P2",
        queue="billing",
        disposition="respond",
        queue_alternates=("success",),
        disposition_alternates=("request_info",),
        summary_keywords=("invoice", "twice", "ledger"),
        response_keywords=("invoice", "billing", "review", "sorry"),
        disallowed_phrases=("full refund tomorrow",),
        reference_summary="Invoice charged twice, see ledger.",
        reference_response="Sorry: billing will review the invoice.",
    )
    return Case(ticket=TICKET, gold=gold, vocabulary=VOCABULARY)


def an_action(**changes: Any) -> SupportQueueAction:
    """The oracle's answer to `a_case`, with changes."""
    return evolve(a_case().gold.oracle(), **changes)


def scorer_choices() -> st.SearchStrategy[ScorerChoice]:
    """A built-in with any parameters, or a test scorer."""
    credits_ = unit_fractions.map(str)
    return st.one_of(
        st.builds(
            lambda c: ScorerChoice("ordinal", {"adjacent": c}),
            credits_,
        ),
        st.builds(
            lambda label, c: ScorerChoice("label", {"label": label, "alternate": c}),
            st.sampled_from(["queue", "disposition"]),
            credits_,
        ),
        st.builds(
            lambda name, text: ScorerChoice(name, {"text": text}),
            st.sampled_from(["keyword-coverage", "disallowed-phrases"]),
            st.sampled_from(["summary", "response"]),
        ),
        st.builds(
            lambda c: ScorerChoice(f"{SCORERS}.fixed", {"value": c}),
            credits_,
        ),
        st.just(ScorerChoice(f"{SCORERS}.confident")),
    )


def weights(count: int) -> st.SearchStrategy[list[Fraction]]:
    """Any point of the simplex with that many corners."""
    parts = st.lists(st.integers(0, 10**9), min_size=count, max_size=count)
    return parts.filter(any).map(lambda ps: [Fraction(p, sum(ps)) for p in ps])


@st.composite
def rubrics(draw: st.DrawFn, depth: int = 2) -> Rubric:
    """Any rubric that compiles: weights, penalties, gates, nesting."""
    shares = draw(weights(draw(st.integers(1, 4))))
    nested = rubrics(depth=depth - 1) if depth else st.nothing()
    criteria = tuple(
        Criterion(f"c{i}", Weight(share), draw(scorer_choices() | nested))
        for i, share in enumerate(shares)
    )
    penalties = tuple(
        Penalty(f"p{i}", Amount(draw(unit_fractions)), draw(scorer_choices()))
        for i in range(draw(st.integers(0, 2)))
    )
    gates = tuple(
        Gate(f"g{i}", Cap(draw(unit_fractions)), draw(scorer_choices()))
        for i in range(draw(st.integers(0, 2)))
    )
    return Rubric("generated", criteria, penalties, gates)


def flat_rubrics() -> st.SearchStrategy[Rubric]:
    """A rubric without nesting."""
    return rubrics(depth=0)
