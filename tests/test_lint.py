"""Lint: every rule fires on a small bad case and is silent on a good one."""

from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve

from support_queue_env.core.actions import Vocabulary
from support_queue_env.core.cases import Case, Gold
from support_queue_env.models import Ticket
from support_queue_env.tickets.lint import Finding, best_constant, lint_cases


VOCABULARY = Vocabulary(
    ("P1", "P2", "P3", "P4"),
    ("billing", "technical"),
    ("respond", "request_info", "escalate"),
)


def build_case(ticket_id: str = "T-1", body: str = "Help me.", **gold: Any) -> Case:
    """A case that lint has nothing to say against."""
    good = Gold(
        priority="P3",
        queue="billing",
        disposition="respond",
        queue_alternates=("technical",),
        summary_keywords=("invoice", "duplicate", "refund"),
        response_keywords=("ledger", "billing team", "review"),
        disallowed_phrases=("your card number, please",),
        reference_summary="Duplicate payment of one invoice, refund wanted.",
        reference_response="The ledger is open; our billing team will review it.",
    )
    ticket = Ticket(
        ticket_id=ticket_id,
        subject="s",
        body=body,
        customer_tier="starter",
        product_area="billing",
        sla_hours=8,
    )
    return Case(ticket=ticket, gold=evolve(good, **gold), vocabulary=VOCABULARY)


def errors(*cases: Case) -> list[tuple[str, str]]:
    """Ticket and rule of every error."""
    return [(f.ticket_id, f.rule) for f in lint_cases(cases) if f.level == "error"]


def note(rule: str, *cases: Case) -> list[str]:
    """The messages of the notes of one rule."""
    return [f.message for f in lint_cases(cases) if (f.rule, f.level) == (rule, "note")]


def test_good_case() -> None:
    """A good case gives notes and no error."""
    assert [] == errors(build_case())


def test_nothing_to_lint() -> None:
    """No cases, no findings."""
    assert () == lint_cases(())


@pytest.mark.parametrize(
    ("rule", "gold"),
    [
        ("few-keywords", {"summary_keywords": ("invoice", "refund")}),
        ("few-keywords", {"response_keywords": ("ledger", "review")}),
        (
            "repeated-keyword",
            {"summary_keywords": ("invoice", "INVOICE", "refund", "duplicate")},
        ),
        (
            "repeated-keyword",
            {"response_keywords": ("ledger", "review", "billing team", "Ledger")},
        ),
        (
            "nested-keyword",
            {"summary_keywords": ("invoice", "refund", "refund wanted", "one")},
        ),
        ("disallowed-keyword", {"disallowed_phrases": ("we review nothing",)}),
        ("disallowed-keyword", {"disallowed_phrases": ("VOICE",)}),
        ("alternate-is-gold", {"queue_alternates": ("billing",)}),
        ("alternate-is-gold", {"disposition_alternates": ("respond",)}),
        ("alternate-is-gold", {"queue_alternates": ("technical", "technical")}),
        ("incomplete-reference", {"reference_summary": "Duplicate invoice payment."}),
        ("incomplete-reference", {"reference_response": "Our billing team reviews."}),
        ("unsafe-reference", {"disallowed_phrases": ("is OPEN; our",)}),
        ("unsafe-reference", {"disallowed_phrases": ("payment of one",)}),
    ],
)
def test_rule_fires(rule: str, gold: dict[str, Any]) -> None:
    """Each rule about gold names the ticket that breaks it."""
    assert ("T-1", rule) in errors(build_case(**gold))


def test_copied_keywords() -> None:
    """Keywords that all stand in the body reward copying it."""
    copied = build_case(body="A DUPLICATE invoice:\nrefund it!")
    partly = build_case(body="A duplicate invoice.")

    assert [("T-1", "copied-keywords")] == errors(copied)
    assert [] == errors(partly)


def test_copy_share() -> None:
    """A note says how many keywords a verbatim copy of the body would earn."""
    notes = note("copy-share", build_case(body="Duplicate invoice; see the ledger."))

    assert [
        "copying the body earns 2 of 3 summary_keywords",
        "copying the body earns 1 of 3 response_keywords",
    ] == notes


def test_identical_keywords() -> None:
    """Two tickets with one keyword list, in whatever order, cannot be told apart."""
    first = build_case("T-1", response_keywords=("ledger", "review", "open"))
    second = build_case("T-2", summary_keywords=("refund", "Invoice", "duplicate"))

    assert [("T-2", "identical-keywords")] == errors(first, second)


def test_different_keywords() -> None:
    """Lists that share only some words are fine."""
    second = build_case(
        "T-2",
        summary_keywords=("refund", "invoice", "payment"),
        response_keywords=("ledger", "review", "open"),
    )

    assert [] == errors(build_case("T-1"), second)


def test_label_balance() -> None:
    """Notes count every label of the set."""
    cases = build_case("T-1"), build_case("T-2", priority="P1")

    assert [
        "priority: P1 1, P3 1",
        "queue: billing 2",
        "disposition: respond 2",
    ] == note("label-balance", *cases)


def test_best_constant() -> None:
    """The best constant answer uses neighbours and alternates where they pay."""
    cases = (
        build_case("T-1", priority="P1"),
        build_case("T-2", priority="P3"),
        build_case(
            "T-3",
            priority="P3",
            queue="technical",
            queue_alternates=("billing",),
            disposition="escalate",
            disposition_alternates=("respond",),
        ),
    )
    best = best_constant(cases)

    assert ("P3", "billing", "respond") == (
        best.priority,
        best.queue,
        best.disposition,
    )
    assert best.reward == (
        Fraction(2, 3) * Fraction("0.30")
        + (2 + Fraction("0.6")) / 3 * Fraction("0.25")
        + (2 + Fraction("0.5")) / 3 * Fraction("0.20")
    )


def test_best_constant_is_noted() -> None:
    """The note gives the answer and what it earns."""
    (message,) = note("best-constant", build_case())

    assert message.startswith("always answering P3 / billing / respond earns 0.750")


def test_best_constant_needs_cases() -> None:
    """Without cases there is no best answer."""
    with pytest.raises(ValueError, match="no case"):
        best_constant(())


def test_findings_read_well() -> None:
    """A finding prints its level, place, rule and message."""
    on_ticket = Finding("T-1", "few-keywords", "two", "error")
    on_set = Finding("", "label-balance", "one", "note")

    assert "error: T-1: few-keywords: two" == str(on_ticket)
    assert "note: set: label-balance: one" == str(on_set)
