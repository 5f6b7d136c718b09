"""Scores of tickets with any numbers and words in them, nested or not."""

from hypothesis import strategies as st

from support_queue_env.core.scoring import (
    ComponentKind,
    ComponentScore,
    Terms,
    TicketScore,
    UnscoredComponent,
)


units = st.fractions(min_value=0, max_value=1)
seconds = st.floats(min_value=0, max_value=60)
words = st.text(st.characters(codec="utf-8"), max_size=20)
terms = st.builds(Terms, words, st.sampled_from(ComponentKind), units, words)


def components(
    inner: st.SearchStrategy[TicketScore | None],
) -> st.SearchStrategy[object]:
    """Component scores, with a score of their own inside or without."""
    return st.builds(
        lambda terms, value, doubled, reason, explanation, seconds, inner: (
            ComponentScore(
                terms,
                value.numerator * (2 if doubled else 1),
                value.denominator * (2 if doubled else 1),
                reason,
                explanation,
                seconds,
                inner,
            )
        ),
        terms,
        units,
        st.booleans(),
        words,
        words,
        seconds,
        inner,
    )


def scores(
    inner: st.SearchStrategy[TicketScore | None],
) -> st.SearchStrategy[TicketScore]:
    """Scores of tickets, whatever numbers they hold."""
    return st.builds(
        TicketScore,
        units,
        st.fractions(min_value=-1, max_value=1),
        st.lists(components(inner), max_size=3).map(tuple),
        st.lists(
            st.builds(UnscoredComponent, words, words, words, words, seconds),
            max_size=2,
        ).map(tuple),
        words,
    )
