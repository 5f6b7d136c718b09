"""Hypothesis strategies for what properties quantify over.

Cases, actions and rubrics, and the texts that break scorers. Everything that is
drawn can be constructed, so a scorer may meet it.
"""

import string
from fractions import Fraction
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from ..core.actions import Vocabulary
from ..core.cases import Case, Gold, Statement
from ..models import SupportQueueAction, Ticket
from ..rubrics.quantities import Amount, Cap, Weight
from ..rubrics.rubric import Criterion, Gate, Penalty, Rubric, ScorerChoice


VOCABULARY = Vocabulary(
    ("P1", "P2", "P3", "P4"),
    ("billing", "security", "success", "technical", "trust_safety"),
    ("respond", "request_info", "escalate", "close"),
)

TICKET = Ticket(
    ticket_id="T-1",
    subject="Subject",
    body="Body",
    customer_tier="pro",
    product_area="exports",
    sla_hours=8.0,
)

unit_fractions = st.builds(
    lambda part, rest: Fraction(part, part + rest),
    st.integers(0, 10**6),
    st.integers(1, 10**6),
) | st.sampled_from([Fraction(0), Fraction(1), Fraction(1, 2)])
"""Exact numbers in [0, 1], the ends and the middle among them."""

_surrogate_free = st.characters(exclude_categories=["Cs"])
SEEDS = (
    *" a0(\\\"'<.,-\n\t",
    "\x00",
    "\u202e",  # turns the writing direction
    "e\u0301",  # a letter and its accent apart
    "\u200b",  # no width
    "😀",
    "ß",
    "İ",
    "¼",
    "我",
    "aA",
    "not ",
)
"""What hostile texts repeat: letters and words that careless code trips over."""


def texts(low: int, high: int) -> st.SearchStrategy[str]:
    """Any Unicode text of that length: control, right-to-left, combining, the lot."""
    return st.text(_surrogate_free, min_size=low, max_size=high)


def hostile_texts(low: int, high: int) -> st.SearchStrategy[str]:
    """Texts of that length that break careless code: long runs, strange letters.

    A run is one seed repeated, with another at its end: what makes a backtracking
    pattern try everything.
    """
    runs = st.builds(
        lambda seed, end, count: (seed * count)[: max(count - 1, 0)] + end,
        st.sampled_from(SEEDS),
        st.sampled_from(["!", " ", "a", "\n"]),
        st.integers(max(low, 1), high),
    ).filter(lambda text: low <= len(text) <= high)
    return runs | texts(low, min(high, low + 40))


def action_fields(
    vocabulary: Vocabulary = VOCABULARY,
) -> dict[str, st.SearchStrategy[Any]]:
    """What each field of an action may hold, unknown labels included."""
    unknown = texts(1, 12)
    return {
        "priority": st.sampled_from(vocabulary.priorities) | unknown,
        "queue": st.sampled_from(vocabulary.queues) | unknown,
        "disposition": st.sampled_from(vocabulary.dispositions) | unknown,
        "summary": texts(8, 280) | hostile_texts(8, 280),
        "response": texts(16, 400) | hostile_texts(16, 1200),
        "confidence": st.floats(0, 1) | st.integers(0, 1),
        "metadata": st.dictionaries(_letters, st.integers() | _letters, max_size=2),
    }


def actions(
    vocabulary: Vocabulary = VOCABULARY,
) -> st.SearchStrategy[SupportQueueAction]:
    """Any action that can be constructed, unknown labels included."""
    return st.builds(SupportQueueAction, **action_fields(vocabulary))


_letters = st.text(string.ascii_letters, min_size=1, max_size=4)
_words = st.text(string.ascii_letters + "äß€(*[\\ ", min_size=1, max_size=8).filter(
    lambda text: not text.isspace()
)
_some_words = st.lists(_words, min_size=1, max_size=5, unique=True).map(tuple)


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    """Any statement that a text may be asked for."""
    return Statement(
        name=draw(st.sampled_from(["amount", "order", "date"])),
        says=draw(_some_words),
        literals=draw(st.lists(_words, max_size=2).map(tuple)),
        excludes=draw(st.lists(_words, max_size=2).map(tuple)),
    )


def gold_fields(
    vocabulary: Vocabulary = VOCABULARY,
) -> dict[str, st.SearchStrategy[Any]]:
    """What each field of the truth may hold; what may be empty sometimes is."""
    queues = st.sampled_from(vocabulary.queues)
    dispositions = st.sampled_from(vocabulary.dispositions)
    asked = st.lists(statements(), max_size=2).map(tuple)
    codes = st.sampled_from(["U1", "U2", "U9", "U16"])
    return {
        "priority": st.sampled_from(vocabulary.priorities),
        "queue": queues,
        "disposition": dispositions,
        "queue_alternates": st.lists(queues, max_size=2).map(tuple),
        "disposition_alternates": st.lists(dispositions, max_size=2).map(tuple),
        "summary_keywords": _some_words,
        "response_keywords": _some_words,
        "disallowed_phrases": st.lists(_words, max_size=3).map(tuple),
        "summary_slots": asked,
        "response_acts": asked,
        "foreign_slots": asked,
        "unsafe": st.dictionaries(codes, _some_words, max_size=2),
        "reference_summary": st.just("A reference summary."),
        "reference_response": st.just("A reference response."),
    }


def golds(vocabulary: Vocabulary = VOCABULARY) -> st.SearchStrategy[Gold]:
    """Any truth over a vocabulary."""
    return st.builds(Gold, **gold_fields(vocabulary))


def ticket_fields() -> dict[str, st.SearchStrategy[Any]]:
    """What each field of a ticket may hold."""
    line = st.sampled_from(["Refund please", "a", "(", "😀"]) | _words
    body = hostile_texts(1, 2000).filter(lambda text: bool(text.strip()))
    return {
        "ticket_id": st.sampled_from(["T-1", "T-2"]),
        "subject": line,
        "body": line | body,
        "customer_tier": st.sampled_from(["starter", "pro", "enterprise"]),
        "product_area": line,
        "sla_hours": st.sampled_from([0.0, 1.0, 8.0, 72.0]),
        "recent_events": st.lists(line, max_size=3).map(tuple),
    }


def tickets() -> st.SearchStrategy[Ticket]:
    """Any ticket that an agent may see."""
    return st.builds(Ticket, **ticket_fields())


def cases(
    vocabulary: Vocabulary = VOCABULARY,
    *,
    ticket: st.SearchStrategy[Ticket] | None = None,
    needs: tuple[str, ...] = (),
) -> st.SearchStrategy[Case]:
    """Any case over a vocabulary.

    Args:
        vocabulary: the labels there are.
        ticket: of which tickets; any if not given.
        needs: fields of gold that must not be empty.
    """
    gold = golds(vocabulary)
    if needs:
        gold = gold.map(lambda drawn: _filled(drawn, needs))
    of = tickets() if ticket is None else ticket
    return st.builds(Case, ticket=of, gold=gold, vocabulary=st.just(vocabulary))


def _filled(gold: Gold, needs: tuple[str, ...]) -> Gold:
    """With the plain case's value where a field that is needed came out empty."""
    plain = a_case().gold
    empty = [name for name in needs if not getattr(gold, name)]
    return evolve(gold, **{name: getattr(plain, name) for name in empty})


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
        summary_slots=(Statement(name="fault", says=("charged twice",)),),
        response_acts=(Statement(name="review", says=("will review",)),),
        foreign_slots=(Statement(name="outage", says=("the site is down",)),),
        unsafe={"U1": ("full refund tomorrow",)},
        reference_summary="Invoice charged twice, see ledger.",
        reference_response="Sorry: billing will review the invoice.",
    )
    return Case(ticket=evolve(TICKET), gold=gold, vocabulary=evolve(VOCABULARY))


def an_action(**changes: Any) -> SupportQueueAction:
    """The oracle's answer to `a_case`, with changes."""
    return evolve(a_case().gold.oracle(), **changes)


def weights(count: int) -> st.SearchStrategy[list[Fraction]]:
    """Any point of the simplex with that many corners."""
    parts = st.lists(st.integers(0, 10**9), min_size=count, max_size=count)
    return parts.filter(any).map(lambda ps: [Fraction(p, sum(ps)) for p in ps])


def scorer_choices() -> st.SearchStrategy[ScorerChoice]:
    """A built-in scorer of the classic rubric with any parameters."""
    credits_ = unit_fractions.map(str)
    return st.one_of(
        st.builds(lambda c: ScorerChoice("ordinal", {"adjacent": c}), credits_),
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
    )


@st.composite
def rubrics(
    draw: st.DrawFn,
    depth: int = 2,
    choices: st.SearchStrategy[ScorerChoice] | None = None,
) -> Rubric:
    """Any rubric that compiles: weights, penalties, gates, nesting.

    Args:
        draw: given by Hypothesis.
        depth: how many rubrics may be inside one another below this one.
        choices: of which scorers; the classic ones if not given.
    """
    scorers = scorer_choices() if choices is None else choices
    shares = draw(weights(draw(st.integers(1, 4))))
    nested = rubrics(depth=depth - 1, choices=choices) if depth else st.nothing()
    criteria = tuple(
        Criterion(f"c{i}", Weight(share), draw(scorers | nested))
        for i, share in enumerate(shares)
    )
    penalties = tuple(
        Penalty(f"p{i}", Amount(draw(unit_fractions)), draw(scorers))
        for i in range(draw(st.integers(0, 2)))
    )
    gates = tuple(
        Gate(f"g{i}", Cap(draw(unit_fractions)), draw(scorers))
        for i in range(draw(st.integers(0, 2)))
    )
    return Rubric("generated", criteria, penalties, gates)
