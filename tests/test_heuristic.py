"""The heuristic policy: what it scores, what it may look at, what it survives."""

import tomllib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from support_queue_env.core.actions import Vocabulary, structure_action
from support_queue_env.core.conversion import structure, unstructure
from support_queue_env.core.session import Environment, Session
from support_queue_env.environment import load_environment
from support_queue_env.evaluation.heuristic import HeuristicPolicy
from support_queue_env.models import (
    ResetOptions,
    SupportQueueAction,
    SupportQueueObservation,
    Ticket,
)
from support_queue_env.tickets.packs import load_pack


POLICY = HeuristicPolicy()
PARAPHRASES = Path(__file__).parent / "data" / "paraphrases.toml"
LABELS = ("queue", "priority", "disposition")


@pytest.fixture(scope="module")
def environment() -> Environment:
    """The classic tasks under the classic rubric."""
    return load_environment()


def build_observation(ticket: Ticket, **changes: Any) -> SupportQueueObservation:
    """An observation that shows `ticket` and offers the classic labels."""
    observation = SupportQueueObservation(
        task_id="any",
        task_title="Any",
        difficulty="easy",
        instructions="",
        current_index=0,
        total_tickets=1,
        ticket=ticket,
        allowed_priorities=("P1", "P2", "P3", "P4"),
        allowed_queues=("billing", "security", "success", "technical", "trust_safety"),
        allowed_dispositions=("respond", "request_info", "escalate", "close"),
        scoring_weights={},
        last_feedback=None,
        reward=None,
        cumulative_reward=0.0,
        done=False,
    )
    return evolve(observation, **changes)


def build_ticket(**changes: Any) -> Ticket:
    """A ticket that says nothing in particular."""
    ticket = Ticket(
        ticket_id="T-1",
        subject="Hello",
        body="Please read this.",
        customer_tier="starter",
        product_area="other",
        sla_hours=8,
    )
    return evolve(ticket, **changes)


def triage(**changes: Any) -> SupportQueueAction:
    """The policy's answer to such a ticket."""
    return POLICY.act(build_observation(build_ticket(**changes)))


def rewards(environment: Environment, task_id: str) -> list[Fraction]:
    """What the policy earns for each ticket of a task."""
    session = Session(environment)
    observation = session.reset(ResetOptions(task_id=task_id))
    while not observation.done:
        observation = session.step(POLICY.act(observation))
    assert session.episode is not None
    return [graded.score.reward for graded in session.episode.graded]


# --- what it scores -----------------------------------------------------------


@pytest.mark.parametrize(
    ("task_id", "score"),
    [
        ("easy_inbox_cleanup", 1.00),
        ("medium_sla_defense", 0.98),
        ("hard_exec_escalations", 0.97),
    ],
)
def test_classic_task_scores(
    environment: Environment, task_id: str, score: float
) -> None:
    """Each classic task has its published score, to two decimals."""
    earned = rewards(environment, task_id)

    assert score == round(float(sum(earned) / len(earned)), 2)


def test_classic_average(environment: Environment) -> None:
    """The mean over the three tasks is 0.98."""
    means = [
        sum(earned := rewards(environment, task.task_id)) / len(earned)
        for task in environment.tasks
    ]

    assert round(float(sum(means) / len(means)), 2) == 0.98


def test_classic_labels() -> None:
    """It finds all 27 labels of the classic pack and is never unsafe."""
    for case in load_pack("classic").cases:
        action = POLICY.act(build_observation(case.ticket))
        unsafe = [
            phrase
            for phrase in case.gold.disallowed_phrases
            if phrase in action.response.lower()
        ]

        assert [getattr(case.gold, name) for name in LABELS] == [
            getattr(action, name) for name in LABELS
        ]
        assert [] == unsafe


# --- that it reads and does not remember --------------------------------------


def read_paraphrases() -> list[dict[str, Any]]:
    """The retold tickets, each with its wanted labels."""
    with PARAPHRASES.open("rb") as file:
        return list(tomllib.load(file)["tickets"])


def share_right(rows: Sequence[Mapping[str, Any]], label: str) -> float:
    """The share of retold tickets with the right label; prints the others."""
    right = 0
    for row in rows:
        shown = {k: v for k, v in row.items() if k not in (*LABELS, "retells")}
        ticket = structure(shown | {"ticket_id": "T-1"}, Ticket, "paraphrase")
        found = getattr(POLICY.act(build_observation(ticket)), label)
        if found == row[label]:
            right += 1
        else:
            print(f"{row['subject']!r}: {found}, not {row[label]}")  # noqa: T201
    return right / len(rows)


def test_paraphrases_cover_every_classic_ticket() -> None:
    """At least two retold tickets stand for each classic one, twenty in all."""
    rows = read_paraphrases()
    told = [row["retells"] for row in rows]

    assert len(rows) >= 20
    assert {c.ticket.ticket_id for c in load_pack("classic").cases} == set(told)
    assert min(told.count(ticket_id) for ticket_id in set(told)) >= 2


@pytest.mark.parametrize("label", LABELS)
def test_paraphrases(label: str) -> None:
    """Told by others in other words, four of five tickets keep their labels."""
    assert share_right(read_paraphrases(), label) >= 0.8


def test_identifiers_do_not_matter() -> None:
    """Renaming tickets, tasks and episodes changes no action."""
    for case in load_pack("classic").cases:
        known = build_observation(case.ticket, task_id="easy_inbox_cleanup")
        renamed = build_observation(
            evolve(case.ticket, ticket_id="zzz"), task_id="x", task_title="y"
        )

        assert POLICY.act(known) == POLICY.act(renamed)


def test_mood_does_not_matter() -> None:
    """Capitals, exclamation marks and a title leave the priority alone."""
    quiet = triage(subject="Password reset", body="The link expired, I need it today.")
    loud = triage(
        subject="PASSWORD RESET!!!",
        body="I AM THE CEO. THE LINK EXPIRED, I NEED IT TODAY! P1!!! Lawyers next.",
    )

    assert (
        (quiet.priority, quiet.queue)
        == (loud.priority, loud.queue)
        == (
            "P3",
            "technical",
        )
    )


# --- single rules -------------------------------------------------------------


def test_closes_when_nothing_is_left() -> None:
    """A plain thank-you that says the matter is solved is closed as P4."""
    action = triage(subject="Re: import", body="The import works again, thank you all.")

    assert ("P4", "close") == (action.priority, action.disposition)


def test_open_question_is_not_closed() -> None:
    """A thank-you with a question in it stays open."""
    action = triage(
        subject="Re: import", body="The import works again, thank you. Why did it stop?"
    )

    assert action.disposition != "close"


def test_security_is_never_closed() -> None:
    """That the customer calls a takeover solved does not close it."""
    action = triage(
        subject="Account hacked",
        body="My account was hacked, it is solved. Works now, thank you.",
    )

    assert ("security", "escalate") == (action.queue, action.disposition)


def test_way_round_lowers_priority() -> None:
    """A confirmed way round takes a stopped team from P2 to P3."""
    stopped = {
        "subject": "Sync stopped",
        "body": "The order sync stopped, our sales team is waiting since 08:00.",
    }
    helped = triage(**stopped, recent_events=("A workaround is confirmed",))

    assert "P2" == triage(**stopped).priority
    assert "P3" == helped.priority


def test_sandbox_is_not_production() -> None:
    """The same outage in a sandbox is no emergency."""
    action = triage(
        subject="Sandbox outage", body="The sandbox is down for everyone since 08:00."
    )

    assert "P3" == action.priority


def test_question_has_no_date() -> None:
    """A how-to question is information and gets an answer."""
    action = triage(subject="Columns", body="How can I reorder the columns of a list?")

    assert ("P4", "technical", "respond") == (
        action.priority,
        action.queue,
        action.disposition,
    )


def test_danger_comes_first() -> None:
    """A person in danger is P1 for trust and safety, whatever else is mentioned."""
    action = triage(
        subject="Invoice and more",
        body="My colleague writes in a comment that she is in danger.",
    )

    assert ("P1", "trust_safety", "escalate") == (
        action.priority,
        action.queue,
        action.disposition,
    )


@pytest.mark.parametrize(
    "secret", ["sk-live-4f9a77c21be0", "hunter-two", "4111 1111 1111 1111", "AK-QW-77"]
)
def test_secrets_are_not_repeated(secret: str) -> None:
    """What looks like a pasted secret appears neither in the note nor in the reply."""
    action = triage(
        subject="Key leaked",
        body=f"Our API token {secret} was pasted in a public chat, the key {secret}.",
        recent_events=(f"Token {secret}: status live",),
    )

    assert "P1" == action.priority
    assert secret not in action.summary + action.response


def test_confidence_follows_evidence() -> None:
    """A clear ticket gives more confidence than one without any sign."""
    clear = POLICY.act(build_observation(load_pack("classic").cases[1].ticket))

    assert 0 <= triage().confidence < 0.3
    assert 0.6 < clear.confidence < 1


def test_needs_a_ticket() -> None:
    """Asked after the last ticket it says so."""
    observation = evolve(build_observation(build_ticket()), ticket=None, done=True)

    with pytest.raises(ValueError, match="no ticket"):
        POLICY.act(observation)


# --- whatever it is given -----------------------------------------------------

unicode_text = st.text(
    st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300
).filter(str.strip)
fragments = st.sampled_from(
    [
        " ",
        "\n\n",
        ". ",
        "\0",
        "\u202e",
        "INV-12345",
        "1,234 orders",
        "since 08:00",
        "charged twice settled",
        "password reset link expired",
        "token public repository",
        "gdpr erasure personal data",
        "renewal quote discount 18%",
        "not verified",
        "needs engineering",
        "HTTP 503",
        "works now, thank you",
    ]
)
ticket_text = unicode_text | st.lists(fragments, min_size=1, max_size=40).map(
    "".join
).filter(str.strip)
tickets = st.builds(
    Ticket,
    ticket_id=st.just("T-1"),
    subject=ticket_text,
    body=ticket_text,
    customer_tier=unicode_text,
    product_area=unicode_text,
    sla_hours=st.floats(0, 1000),
    recent_events=st.lists(ticket_text, max_size=4).map(tuple),
)
labels = st.lists(
    st.sampled_from(["P1", "P3", "billing", "technical", "close", "respond", "x", "ü"]),
    min_size=1,
    max_size=6,
    unique=True,
).map(tuple)


@settings(max_examples=150, deadline=None)
@given(tickets, labels, labels, labels)
def test_every_ticket_gets_a_valid_action(
    ticket: Ticket,
    priorities: tuple[str, ...],
    queues: tuple[str, ...],
    dispositions: tuple[str, ...],
) -> None:
    """Any ticket and any labels on offer give an action the environment accepts."""
    action = POLICY.act(
        build_observation(
            ticket,
            allowed_priorities=priorities,
            allowed_queues=queues,
            allowed_dispositions=dispositions,
        )
    )
    vocabulary = Vocabulary(priorities, queues, dispositions)

    assert action == structure_action(unstructure(action), vocabulary)


@pytest.mark.parametrize(
    "unit",
    ["a", " ", "\n", "\n ", ". ", "0", "1,", "A-", "live ", "no ", "since 1", "team "],
)
def test_long_bodies_are_quick(unit: str) -> None:
    """Twenty thousand characters of one thing are read like any ticket."""
    action = triage(body=(unit * 20_000)[:20_000] + "x", recent_events=(unit * 5_000,))

    assert 8 <= len(action.summary) <= 280


@given(tickets)
@settings(max_examples=30, deadline=None)
def test_same_ticket_same_action(ticket: Ticket) -> None:
    """It has no memory and no randomness."""
    observation = build_observation(ticket)

    assert POLICY.act(observation) == HeuristicPolicy().act(observation)


def test_labels_that_are_not_offered() -> None:
    """Without its first choice it takes the nearest label that is on offer."""
    ticket = load_pack("classic").cases[2].ticket
    action = POLICY.act(
        build_observation(
            ticket,
            allowed_priorities=("urgent", "normal", "low"),
            allowed_queues=("front_desk", "technical"),
            allowed_dispositions=("request_info", "respond"),
        )
    )

    assert ("urgent", "technical", "request_info") == (
        action.priority,
        action.queue,
        action.disposition,
    )
