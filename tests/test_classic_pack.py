"""The classic pack: its shape, its labels, and the honesty of its gold."""

from fractions import Fraction

import pytest

from support_queue_env.core.cases import Case
from support_queue_env.environment import load_rubrics
from support_queue_env.models import GoldLabels, SupportQueueAction
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.tickets.lint import best_constant, lint_cases
from support_queue_env.tickets.packs import load_pack


PACK = load_pack("classic")
CLASSIC = load_rubrics("classic", PluginRegistry()).default
by_ticket = pytest.mark.parametrize(
    "case", PACK.cases, ids=lambda case: case.ticket.ticket_id
)


def labels(
    priority: str,
    queue: str,
    disposition: str,
    queues: tuple[str, ...] = (),
    dispositions: tuple[str, ...] = (),
) -> GoldLabels:
    """Gold labels in one line."""
    return GoldLabels(
        priority=priority,
        queue=queue,
        disposition=disposition,
        queue_alternates=queues,
        disposition_alternates=dispositions,
    )


GOLD = {
    "E-101": labels("P3", "technical", "respond"),
    "E-102": labels("P2", "billing", "respond"),
    "M-201": labels("P1", "security", "escalate"),
    "M-202": labels("P2", "technical", "escalate", queues=("success",)),
    "M-203": labels("P3", "billing", "request_info", dispositions=("respond",)),
    "H-301": labels("P1", "technical", "escalate"),
    "H-302": labels("P1", "security", "escalate"),
    "H-303": labels("P2", "success", "escalate", queues=("billing",)),
    "H-304": labels("P3", "trust_safety", "request_info", queues=("billing",)),
}


def test_tasks() -> None:
    """Three test tasks of rising difficulty serve nine tickets in a fixed order."""
    served = [
        (t.task_id, t.difficulty, t.split, [c.ticket.ticket_id for c in t.cases])
        for t in PACK.tasks
    ]

    assert [
        ("easy_inbox_cleanup", "easy", "test", ["E-101", "E-102"]),
        ("medium_sla_defense", "medium", "test", ["M-201", "M-202", "M-203"]),
        ("hard_exec_escalations", "hard", "test", ["H-301", "H-302", "H-303", "H-304"]),
    ] == served


def test_gold_labels() -> None:
    """Each ticket has the labels and alternates that the policy of triage gives it."""
    assert GOLD == {case.ticket.ticket_id: case.gold.labels for case in PACK.cases}


def test_every_queue_is_needed() -> None:
    """All five queues of the vocabulary own a ticket."""
    assert set(PACK.tasks[0].vocabulary.queues) == {c.gold.queue for c in PACK.cases}


def test_lint_finds_no_error() -> None:
    """Lint has notes at most."""
    errors = [str(f) for f in lint_cases(PACK.cases) if f.level == "error"]

    assert [] == errors


def test_constant_labels_earn_little() -> None:
    """One label triple for every ticket earns 0.40: guessing is no strategy."""
    assert Fraction(2, 5) == best_constant(PACK.cases).reward


@by_ticket
def test_oracle_earns_everything(case: Case) -> None:
    """The reference answer scores exactly 1, every criterion full, no penalty."""
    score = CLASSIC.score(case, case.gold.oracle())
    criteria = {c.name: c.value for c in score.components}
    unsafe = criteria.pop("unsafe_reply")

    assert Fraction(1) == score.reward
    assert {Fraction(1)} == set(criteria.values())
    assert Fraction(0) == unsafe


@by_ticket
def test_lists_are_long_enough(case: Case) -> None:
    """Three or more keywords for each text, and three or more disallowed phrases."""
    gold = case.gold

    assert 3 <= len(gold.summary_keywords) <= 6
    assert 3 <= len(gold.response_keywords) <= 5
    assert 3 <= len(gold.disallowed_phrases) <= 6


@by_ticket
def test_tickets_read_like_tickets(case: Case) -> None:
    """A body has 80 to 200 words, and two to five events stand beside it."""
    assert 80 <= len(case.ticket.body.split()) <= 200
    assert 2 <= len(case.ticket.recent_events) <= 5


@by_ticket
def test_instructions_explain_every_label(case: Case) -> None:
    """An agent learns what each label means, and nothing about this ticket."""
    for task in PACK.tasks:
        vocabulary = task.vocabulary
        explained = (
            *vocabulary.priorities,
            *vocabulary.queues,
            *vocabulary.dispositions,
        )

        assert [] == [word for word in explained if word not in task.instructions]
        assert case.ticket.ticket_id not in task.instructions


def test_lint_knows_the_classic_credits() -> None:
    """What lint says a constant answer earns is what the rubric pays for it."""
    best = best_constant(PACK.cases)
    paid = [
        CLASSIC.score(
            case,
            SupportQueueAction(
                priority=best.priority,
                queue=best.queue,
                disposition=best.disposition,
                summary="~~~~~~~~",
                response="~~~~~~~~~~~~~~~~",
            ),
        ).reward
        for case in PACK.cases
    ]

    assert best.reward == sum(paid) / len(paid)
