"""`fact-slots`: each fact once, in any wording, if the note itself says it."""

from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from strategies import a_case, actions, an_action, cases

from support_queue_env.core.cases import Case
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins import Credit, Score, Statement
from support_queue_env.plugins.fact_slots import FactSlots


SLOTS = (
    Statement(name="fault", says=("charged twice", "double payment")),
    Statement(name="invoice", says=("inv-77",), literals=("INV-77",)),
    Statement(name="state", says=("settled",), excludes=("still pending",)),
    Statement(name="wish", says=("refund",)),
)
FOREIGN = tuple(
    Statement(name=word, says=(word,))
    for word in ("outage", "token", "renewal", "gdpr")
)
NOTE = (
    "Customer was charged twice for INV-77; both are settled and she asks for a refund."
)


def case(**gold: Any) -> Case:
    """A case with four slots and four terms of other families."""
    plain = a_case()
    changed = {"summary_slots": SLOTS, "foreign_slots": FOREIGN} | gold
    return evolve(plain, gold=evolve(plain.gold, **changed))


def score(summary: str, scorer: FactSlots | None = None, **gold: Any) -> Score:
    """What a summary earns."""
    return (scorer or FactSlots()).score(case(**gold), an_action(summary=summary))


def test_every_fact_in_other_words() -> None:
    """Synonyms and inflections state the fact as well."""
    other = "A double payment on INV-77 was settled, and the refunding is wanted."

    assert score(NOTE) == score(other) == Score(1, "4 of 4 slots")


@pytest.mark.parametrize(
    ("summary", "found"),
    [
        ("Customer was charged twice for the invoice and asks for it back.", 1),
        ("Customer was not charged twice for INV-77, and it is settled.", 1),
        ("She writes 'I was charged twice and want a refund' about INV-77.", 1),
        ("The invoice 'INV-77' is the one that she was charged twice for.", 2),
        ("We see the xrefundx and the xsettledx of INV-778 in the ledger.", 0),
        ("A refund of the refund is a refund, and she wants the refund.", 1),
    ],
    ids=["missing", "denied", "quoted", "quoted name", "junk", "repeated"],
)
def test_what_counts(summary: str, found: int) -> None:
    """Denied, quoted and hidden words state nothing; a name may stand in quotes."""
    assert score(summary) == Score(
        Fraction(found, 4), f"{found} of 4 slots", score(summary).explanation
    )


def test_a_list_in_sentences_is_a_list() -> None:
    """Whatever stands around each item, it is the same words again and again."""
    framed = (
        "It is about INV-77. It is about charged twice. It is about settled. "
        "It is about a refund."
    )
    varied = (
        "It is about INV-77. She was charged twice. Both are settled. "
        "What she wants is a refund."
    )

    assert Score(Fraction(1, 5), "4 of 4 slots, no prose") == score(framed)
    assert Score(1, "4 of 4 slots, no prose") == score(
        framed, FactSlots(listed=Credit(1))
    )
    assert Score(1, "4 of 4 slots") == score(framed, FactSlots(again=Credit(1)))
    assert Score(1, "4 of 4 slots") == score(varied)


def test_two_states_that_exclude_one_another() -> None:
    """Naming both loses the slot, denying one of them does not."""
    both = NOTE.replace("settled", "settled or still pending")
    one = NOTE.replace("settled", "settled and not still pending")

    assert Fraction(3, 4) == score(both).value
    assert "contradicted: state" == score(both).explanation
    assert 1 == score(one).value


def test_foreign_terms_are_taxed_beyond_two() -> None:
    """Two are free, each further one takes a fifth, and never more than there is."""
    some = [
        f"{NOTE} It is no list but has {words} in it."
        for words in (
            "outage and token",
            "outage, token and renewal",
            "outage, token, renewal, gdpr",
        )
    ]
    dear = FactSlots(tax=Credit(1))

    assert [1, Fraction(4, 5), Fraction(3, 5)] == [score(text).value for text in some]
    assert 0 == score(some[-1], dear).value
    assert "4 of 4 slots, 4 foreign" == score(some[-1]).reason
    assert 1 == score(some[-1], FactSlots(free=4)).value


@pytest.mark.parametrize(
    "listed",
    [
        "charged twice, INV-77, settled, refund",
        "charged twice INV-77 settled refund",
        "- charged twice\n- INV-77\n- settled\n- refund",
    ],
    ids=["commas", "spaces", "lines"],
)
def test_a_list_keeps_a_fifth(listed: str) -> None:
    """Facts in a row are no note; how much they keep is a parameter."""
    assert score(listed) == Score(Fraction(1, 5), "4 of 4 slots, no prose")
    assert 1 == score(listed, FactSlots(listed=Credit(1))).value


def test_the_explanation_names_what_is_missing() -> None:
    """For people, with `feedback="full"`; the reason only counts."""
    found = score("Customer was charged twice, and there is an outage of the token.")

    assert "missing: invoice, state, wish; foreign: outage, token" == found.explanation
    assert "1 of 4 slots" == found.reason


def test_keywords_where_there_are_no_slots() -> None:
    """Each keyword is read as the reference text uses it."""
    keywords = "ledger", "not found", "date"
    gold: dict[str, Any] = {
        "summary_slots": (),
        "summary_keywords": keywords,
        "reference_summary": "The invoice was not found. The ledger is from before the update.",
    }

    assert score(gold["reference_summary"], **gold) == Score(1, "3 of 3 keywords")
    assert 0 == score("There is no ledger, and we never look.", **gold).value


def test_nothing_asked() -> None:
    """A case that wants no fact gets what it wants; packs refuse such a case."""
    nothing: dict[str, Any] = {"summary_slots": (), "summary_keywords": ()}

    assert score(NOTE, **nothing) == Score(1, "nothing_asked")


@given(cases(), actions())
def test_any_case_and_action(case: Case, action: SupportQueueAction) -> None:
    """An exact value in [0, 1], the same each time."""
    found = FactSlots().score(case, action)

    assert isinstance(found.value, Fraction)
    assert 0 <= found.value <= 1
    assert FactSlots().score(case, action) == found
