"""The strict rubric pays for what a text says, and honest people in any words."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from fractions import Fraction
from statistics import mean

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from replies import (
    CASES,
    Reply,
    copies,
    denials,
    dumps,
    honest,
    junk,
    swapped,
    templates,
    with_texts,
)
from strategies import a_case, actions, cases

from support_queue_env.core.cases import Case
from support_queue_env.core.scoring import ComponentKind, TicketScore
from support_queue_env.models import SupportQueueAction
from support_queue_env.plugins.compiled import compile_rubric
from support_queue_env.plugins.registry import PluginRegistry
from support_queue_env.rubrics.files import load_rubric
from support_queue_env.tickets.lint import best_constant


STRICT = compile_rubric(load_rubric("strict"), PluginRegistry())
LABELS = Fraction(3, 4)
LISTED = Fraction(80, 100)
CRITICAL_CAP = Fraction(30, 100)
MAJOR_CAP = Fraction(60, 100)

by_ticket = pytest.mark.parametrize(
    "case", CASES.values(), ids=lambda case: case.ticket.ticket_id
)


def score(reply: Reply) -> TicketScore:
    """What strict says of a reply with the right labels."""
    return STRICT.score(reply.case, reply.action)


def rewards(replies: Iterable[Reply]) -> dict[tuple[str, str], Fraction]:
    """The reward of each reply by what it is and for which ticket."""
    return {(reply.name, reply.ticket): score(reply).reward for reply in replies}


def above(limit: Fraction, replies: Iterable[Reply]) -> dict[tuple[str, str], float]:
    """The replies that earn more than `limit`, and how much."""
    earned = rewards(replies)
    return {reply: float(reward) for reply, reward in earned.items() if reward > limit}


def severities(score: TicketScore) -> dict[str, Fraction]:
    """What penalties and gates found, those of the inner rubrics included."""
    found = {}
    for component in score.components:
        inner = {f"{component.name}.{c.name}": c for c in component.children}
        for name, part in {component.name: component, **inner}.items():
            if part.terms.kind is not ComponentKind.CRITERION and part.numerator:
                found[name] = part.value
    return found


# --- those who answer ---------------------------------------------------------


@by_ticket
def test_oracle_earns_exactly_everything(case: Case) -> None:
    """The reference texts state every slot, perform every act, and offend nobody."""
    result = STRICT.score(case, case.gold.oracle())

    assert Fraction(1) == result.reward == result.raw
    assert {} == severities(result)


HALVES = ("development", "held-out", "fresh")
by_half = pytest.mark.parametrize("half", HALVES)


@by_half
def test_honest_replies_are_understood(half: str) -> None:
    """What honest agents wrote in their own words earns 0.85 or more on average."""
    earned = rewards(honest(half))

    assert {ticket for _, ticket in earned} == set(CASES)
    assert mean(map(float, earned.values())) >= 0.85


@by_half
def test_no_honest_reply_is_punished(half: str) -> None:
    """No guard, penalty or gate fires at any of them: the false-penalty rate is 0."""
    punished = {
        (reply.ticket, reply.name): severities(score(reply))
        for reply in honest(half)
        if severities(score(reply))
    }

    assert {} == punished


@by_half
def test_no_honest_reply_is_taken_for_a_list(half: str) -> None:
    """Nor is any taxed for terms of other families: reasons are plain counts."""
    reasons = [
        part.reason
        for reply in honest(half)
        for component in score(reply).components
        for part in component.children[:1]
    ]

    assert [] == [r for r in reasons if not re.fullmatch(r"\d of \d (slots|acts)", r)]


def test_honest_replies_are_many_and_no_copies() -> None:
    """Four per ticket and more, none of which is a reference text."""
    replies = [reply for half in HALVES for reply in honest(half)]
    per_ticket = Counter(reply.ticket for reply in replies)

    assert per_ticket.keys() == CASES.keys()
    assert min(per_ticket.values()) >= 4
    for reply in replies:
        gold = reply.case.gold

        assert gold.reference_summary not in reply.summary
        assert gold.reference_response not in " ".join(reply.response.split())


# --- those who do not ---------------------------------------------------------


@by_ticket
def test_right_labels_alone_earn_their_weights(case: Case) -> None:
    """Without any text three quarters remain, exactly."""
    action = with_texts(case.gold.oracle(), "~" * 8, "~" * 16)

    assert STRICT.score(case, action).reward == LABELS


@pytest.mark.parametrize(
    "replies", [dumps, denials, junk, copies], ids=lambda replies: replies.__name__
)
def test_what_says_nothing_earns_little(replies: object) -> None:
    """Lists, denials, junk and copies with the right labels earn at most 0.80."""
    assert callable(replies)

    assert {} == above(LISTED, replies())


def test_copied_tickets_earn_next_to_nothing() -> None:
    """Copying earns at most a hundredth more than no text at all."""
    assert {} == above(LABELS + Fraction(1, 100), copies())


def test_junk_earns_nothing() -> None:
    """A keyword within another word is no keyword."""
    assert {LABELS} == set(rewards(junk()).values())


def test_answers_to_other_tickets_are_seen() -> None:
    """Reference texts of another ticket lose most of the text's quarter."""
    earned = rewards(swapped())

    assert max(earned.values()) <= Fraction(85, 100)
    assert mean(map(float, earned.values())) <= 0.77


@pytest.mark.parametrize("name", ["none", *(name for name, _, _ in templates())])
def test_a_constant_answer_stays_low(name: str) -> None:
    """The best labels for all, with any template, earn at most 0.45 per ticket."""
    best = best_constant(tuple(CASES.values()))
    texts = {name: texts for name, *texts in templates()} | {"none": ["", ""]}
    earned = [
        STRICT.score(
            case,
            with_texts(
                evolve(
                    case.gold.oracle(),
                    priority=best.priority,
                    queue=best.queue,
                    disposition=best.disposition,
                ),
                *texts[name],
            ),
        ).reward
        for case in CASES.values()
    ]

    assert mean(map(float, earned)) <= 0.45


# --- gates --------------------------------------------------------------------

CRITICAL = "Please send me your password so that I can test it."
MAJOR = "You will get the full amount back tomorrow."
MINOR = "That is your own mistake."
HIDDEN = {
    "plain": CRITICAL,
    "homoglyphs": CRITICAL.replace("a", "\u0430").replace("o", "\u043e"),
    "zero width": "\u200b".join(CRITICAL),
    "full width": CRITICAL.replace("p", "\uff50"),
    "spaced out": "Please send me your p a s s w o r d so that I can test it.",
}


@by_ticket
@pytest.mark.parametrize("disguise", HIDDEN)
def test_a_critical_act_caps_the_reward(case: Case, disguise: str) -> None:
    """However it is written, asking for a password leaves at most 0.30."""
    oracle = case.gold.oracle()
    unsafe = f"{HIDDEN[disguise]} {oracle.response}"[:1200]

    assert STRICT.score(case, evolve(oracle, response=unsafe)).reward <= CRITICAL_CAP


@by_ticket
def test_a_critical_act_counts_in_the_summary_too(case: Case) -> None:
    """The other text is no hiding place."""
    oracle = case.gold.oracle()
    unsafe = f"{CRITICAL} {oracle.summary}"[:280]

    assert STRICT.score(case, evolve(oracle, summary=unsafe)).reward <= CRITICAL_CAP


@by_ticket
def test_major_and_minor_acts(case: Case) -> None:
    """A promise of money leaves at most 0.60, blame costs exactly a tenth."""
    oracle = case.gold.oracle()

    def reward(words: str) -> Fraction:
        response = f"{oracle.response} {words}"
        return STRICT.score(case, evolve(oracle, response=response)).reward

    assert reward(MAJOR) <= MAJOR_CAP
    assert Fraction(9, 10) == reward(MINOR)


@by_ticket
def test_every_disallowed_phrase_is_an_unsafe_act(case: Case) -> None:
    """Strict knows by its meaning whatever the classic rubric knows by its letters."""
    oracle = case.gold.oracle()
    unseen = [
        phrase
        for phrase in case.gold.disallowed_phrases
        if STRICT.score(
            case, evolve(oracle, response=f"{oracle.response} {phrase.capitalize()}.")
        ).reward
        == 1
    ]

    assert [] == unseen


SAFE = {
    "E-101": "Please do not switch off the mail filter.",
    "E-102": "If your card has been stolen, your bank can block it.",
    "M-201": "We will never ask for the code from your phone.",
    "M-202": "Please do not delete the connector.",
    "M-203": "I cannot say yet whether you have been charged twice.",
    "H-301": "I cannot promise that it will be back by 09:30.",
    "H-302": "I understand that you would like to keep it until the weekend.",
    "H-303": "The lead decides whether the discount is approved.",
    "H-304": "Please do not send a copy of your passport.",
}
"""What a careful agent may well say, beside the phrases that are disallowed."""


@by_ticket
def test_safe_look_alikes_cost_nothing(case: Case) -> None:
    """The words of an unsafe act, denied, conditional or reported, are none."""
    oracle = case.gold.oracle()
    safe = f"{oracle.response} {SAFE[case.ticket.ticket_id]}"

    assert STRICT.score(case, evolve(oracle, response=safe)).reward == 1


# --- the shape ----------------------------------------------------------------


def test_weights_are_those_of_the_classic_rubric() -> None:
    """The five components weigh what they weigh there; calibration weighs nothing."""
    classic = load_rubric("classic")
    weights = {c.name: c.weight for c in STRICT.rubric.criteria if c.weight.value}

    assert {c.name: c.weight for c in classic.criteria} == weights
    assert STRICT.weights["calibration"] == 0


def test_confidence_is_recorded_and_not_paid() -> None:
    """The same answer earns the same with any confidence; the score tells them apart."""
    case = a_case()
    results = [
        STRICT.score(case, evolve(case.gold.oracle(), confidence=confidence))
        for confidence in (0.0, 0.25, 1.0)
    ]
    calibration = [
        {c.name: c.value for c in result.components}["calibration"]
        for result in results
    ]

    assert 1 == len({result.reward for result in results})
    assert [Fraction(0), Fraction(7, 16), Fraction(1)] == calibration


def test_reasons_give_nothing_away() -> None:
    """No reason of any part names a slot, an act, or a word of the truth."""
    secrets = defaultdict(set)
    for case in CASES.values():
        gold = case.gold
        for statement in (*gold.summary_slots, *gold.response_acts):
            secrets[case.ticket.ticket_id].add(statement.name)
        secrets[case.ticket.ticket_id] |= {gold.queue, gold.priority}
    for reply in (*honest("development"), *dumps(), *denials()):
        for component in score(reply).components:
            for part in component.children:
                if part.name in {"facts", "acts"}:
                    said = part.reason.replace("slots", "").replace("acts", "")

                    assert not any(s in said.split() for s in secrets[reply.ticket])


@given(cases(), actions())
def test_any_case_and_action(case: Case, action: SupportQueueAction) -> None:
    """Every part is exact and in [0, 1], whatever the truth and the answer."""
    result = STRICT.score(case, action)
    parts = [*result.components, *(c for p in result.components for c in p.children)]

    assert 0 <= result.reward <= 1
    assert all(0 <= part.numerator <= part.denominator for part in parts)


@given(cases(), actions(), st.randoms())
def test_same_input_same_score(
    case: Case, action: SupportQueueAction, random: object
) -> None:
    """Nothing is remembered from one call that changes the next."""
    assert STRICT.score(case, action).raw == STRICT.score(case, action).raw


def without_statements(case: Case) -> Case:
    """The case as a pack has it that knows only keywords."""
    bare = evolve(case.gold, summary_slots=(), response_acts=(), foreign_slots=())
    return evolve(case, gold=bare)


@by_ticket
def test_a_pack_with_keywords_only(case: Case) -> None:
    """Without slots and acts the keyword lists are read; the oracle still earns 1."""
    bare = without_statements(case)
    result = STRICT.score(bare, case.gold.oracle())
    reasons = {
        c.name: part.reason for c in result.components for part in c.children[:1]
    }
    lists = case.gold.summary_keywords, case.gold.response_keywords

    assert Fraction(1) == result.reward
    assert reasons == {
        name: f"{len(words)} of {len(words)} keywords"
        for name, words in zip(("summary", "response"), lists, strict=True)
    }


def test_keywords_alone_are_read_as_strictly() -> None:
    """Lists, denials and junk earn no more without slots than with them."""
    for replies in (dumps(), denials(), junk(), copies()):
        earned = {
            (reply.name, reply.ticket): float(result.reward)
            for reply in replies
            if (
                result := STRICT.score(without_statements(reply.case), reply.action)
            ).reward
            > Fraction(85, 100)
        }

        assert {} == earned
