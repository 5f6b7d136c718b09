"""The kit's strategies, with the scorers of our own tests among the choices."""

from hypothesis import strategies as st

from support_queue_env.rubrics.rubric import Rubric, ScorerChoice
from support_queue_env.testing import strategies as kit
from support_queue_env.testing.strategies import (
    TICKET,
    VOCABULARY,
    a_case,
    actions,
    an_action,
    cases,
    golds,
    texts,
    unit_fractions,
    weights,
)


__all__ = [
    "SCORERS",
    "SCORER_OPTIONS",
    "TICKET",
    "VOCABULARY",
    "a_case",
    "actions",
    "an_action",
    "cases",
    "flat_rubrics",
    "golds",
    "rubrics",
    "scorer_choices",
    "texts",
    "unit_fractions",
    "weights",
]

SCORERS = "scorers-for-tests"
SCORER_OPTIONS = (
    "scorers_for_tests:Fixed",
    "scorers_for_tests:Confident",
    "scorers_for_tests:Misbehaving",
    "scorers_for_tests:Hostile",
    "scorers_for_tests:Sleepy",
    "scorers_for_tests:Awaiting",
    "scorers_for_tests:Judging",
)


def scorer_choices() -> st.SearchStrategy[ScorerChoice]:
    """A built-in with any parameters, or a test scorer."""
    fixed = st.builds(
        lambda c: ScorerChoice(f"{SCORERS}.fixed", {"value": c}),
        unit_fractions.map(str),
    )
    confident = st.just(ScorerChoice(f"{SCORERS}.confident"))
    return kit.scorer_choices() | fixed | confident


def rubrics(depth: int = 2) -> st.SearchStrategy[Rubric]:
    """Any rubric that compiles, of these scorers."""
    return kit.rubrics(depth=depth, choices=scorer_choices())


def flat_rubrics() -> st.SearchStrategy[Rubric]:
    """A rubric without nesting."""
    return rubrics(depth=0)
