"""The parts of the judge that need no endpoint."""

import asyncio
import json
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support_queue_env.models import Ticket
from support_queue_env.plugins.judge.agreement import Agreement, median_of
from support_queue_env.plugins.judge.breaker import FAILURES, OPEN_SECONDS, Breaker
from support_queue_env.plugins.judge.failure import JudgeFailure
from support_queue_env.plugins.judge.key import Key
from support_queue_env.plugins.judge.prompt import Question, visible
from support_queue_env.plugins.judge.sharing import Memory, SharedCalls
from support_queue_env.plugins.judge.verdict import (
    Verdict,
    content_of,
    read_completion,
    read_verdict,
)


NONCE = "0123456789abcdef"
TICKET = Ticket(
    ticket_id="T-1",
    subject="Subject",
    body="Body",
    customer_tier="basic",
    product_area="app",
    sla_hours=8,
)
SCORES = st.fractions(0, 1, max_denominator=1000)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["nonce", "score", "reason", "choices", "message"]), inner
        )
    ),
)


def written(score: object, reason: object = "fine", nonce: object = NONCE) -> str:
    """A verdict's text."""
    return json.dumps({"nonce": nonce, "reason": reason, "score": score})


# --- verdicts ---------------------------------------------------------------------


@given(st.integers(0, 1000), st.text(max_size=300))
def test_every_verdict_by_the_rules_is_read_exactly(score: int, reason: str) -> None:
    """Thousandths come back as such, whatever floats make of them."""
    verdict = read_verdict(written(score / 1000, reason), NONCE)

    assert Fraction(score, 1000) == verdict.score
    assert len(verdict.reason) <= 300


@given(st.text() | JSON.map(json.dumps))
def test_no_text_is_taken_for_a_verdict_without_the_nonce(text: str) -> None:
    """Nothing but `JudgeFailure` comes of what cannot know it."""
    with pytest.raises(JudgeFailure, match="judge_malformed"):
        read_verdict(text, NONCE)


@given(JSON, JSON, JSON)
def test_a_verdict_is_in_range_or_refused(
    score: object, reason: object, nonce: object
) -> None:
    """Even with the right nonce, whatever JSON stands for the rest."""
    for known in (nonce, NONCE):
        try:
            verdict = read_verdict(written(score, reason, known), NONCE)
        except JudgeFailure as failure:
            assert "judge_malformed" == failure.code  # noqa: PT017 - either is right
        else:
            assert 0 <= verdict.score <= 1


@given(st.binary() | JSON.map(lambda value: json.dumps({"choices": value}).encode()))
def test_any_bytes_are_a_completion_or_a_failure(body: bytes) -> None:
    """Whatever an endpoint sends, no other exception comes of it."""
    try:
        content = content_of(read_completion(body))
    except JudgeFailure as failure:
        assert failure.code.startswith("judge_")  # noqa: PT017 - either is right
    else:
        assert isinstance(content, str)


# --- agreement --------------------------------------------------------------------


@given(st.lists(SCORES, min_size=1, max_size=9), st.randoms())
def test_the_median_lies_among_the_scores_in_any_order(
    scores: list[Fraction], random: Random
) -> None:
    """As many scores lie above it as below."""
    median = median_of(scores)
    shuffled = list(scores)
    random.shuffle(shuffled)

    assert min(scores) <= median <= max(scores)
    assert median == median_of(shuffled)
    assert sum(s < median for s in scores) <= len(scores) / 2
    assert sum(s > median for s in scores) <= len(scores) / 2


@given(SCORES, SCORES, SCORES)
def test_one_verdict_always_agrees_with_itself(
    score: Fraction, share: Fraction, tolerance: Fraction
) -> None:
    """A single sample needs no agreement."""
    verdict = Verdict(score, "fine")

    assert verdict == Agreement(share, tolerance).settle([verdict])


@pytest.mark.parametrize(
    ("scores", "share", "agree"),
    [
        (["0.5", "0.6", "0.7"], "1", True),
        (["0", "0.5", "0.6"], "2/3", True),
        (["0", "0.5", "0.6"], "1", False),
        (["0", "1"], "1/2", False),
        (["0", "1"], "0", True),
    ],
)
def test_enough_samples_must_lie_near_the_median(
    scores: list[str], share: str, agree: bool
) -> None:
    """A share of them, within the tolerance."""
    agreement = Agreement(Fraction(share), Fraction(1, 4))
    verdicts = [Verdict(Fraction(score), "fine") for score in scores]
    if agree:
        assert agreement.settle(verdicts).score == median_of(
            [verdict.score for verdict in verdicts]
        )
        return
    with pytest.raises(JudgeFailure, match="judge_disagreement"):
        agreement.settle(verdicts)


# --- the prompt -------------------------------------------------------------------


@given(st.text())
def test_a_text_stays_one_json_text_on_one_line(text: str) -> None:
    """Whatever it holds, the message has four lines, and people can see all of it."""
    question = Question(question="Why?", ticket=TICKET, texts=(("response", text),))
    (*_, message) = question.messages(NONCE, "mark")
    lines = message["content"].split("\n")

    assert 4 == len(lines)
    assert visible(text) == json.loads(lines[2])


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "plain"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("zero\u200bwidth\u2060\ufeff", "zerowidth"),
        ("\u202eback\u2066wards\u2069", "backwards"),
        ("tags\U000e0041\U000e007f", "tags"),
        ("hidden\ufe01\U000e0101", "hidden"),
        ("new\u2028line", "new\nline"),
        ("bell\x07\x1b[31m", "bell[31m"),
        ("Grüße, 你好 e\u0301 🙂", "Grüße, 你好 e\u0301 🙂"),
    ],
)
def test_what_nobody_sees_is_not_shown_to_the_judge(text: str, seen: str) -> None:
    """Letters, marks and pictures of every script stay."""
    assert seen == visible(text)


# --- breaker, memory, key ---------------------------------------------------------


def test_the_breaker_opens_closes_and_lets_one_try() -> None:
    """Failures in a row count; one that was abandoned says nothing."""
    now = 0.0
    breaker = Breaker(lambda: now)
    for _ in range(FAILURES - 1):
        assert breaker.admit()
        breaker.failed()
    breaker.succeeded()
    for _ in range(FAILURES):
        assert breaker.admit()
        breaker.failed()

    assert not breaker.admit()
    now += OPEN_SECONDS
    assert breaker.admit()
    assert breaker.refuses
    breaker.abandoned()
    assert breaker.admit()
    breaker.failed()
    assert not breaker.admit()
    now += OPEN_SECONDS
    assert breaker.admit()
    breaker.succeeded()
    assert breaker.admit()


def test_the_memory_forgets_what_was_unused_for_longest() -> None:
    """It never holds more than its size."""
    memory: Memory[int] = Memory(2)
    memory.keep("a", 1)
    memory.keep("b", 2)
    memory.recall("a")
    memory.keep("c", 3)

    assert 2 == len(memory)
    assert (1, None, 3) == tuple(map(memory.recall, "abc"))


def test_a_shared_call_that_fails_fails_for_all_and_is_forgotten() -> None:
    """The next caller starts a new one."""
    made = []

    async def make() -> int:
        made.append(1)
        await asyncio.sleep(0)
        raise JudgeFailure("judge_error", "no")

    async def ask() -> list[object]:
        calls: SharedCalls[int] = SharedCalls()
        pairs = (calls.share("key", make) for _ in range(3))
        together = await asyncio.gather(*pairs, return_exceptions=True)
        with pytest.raises(JudgeFailure):
            await calls.share("key", make)
        return list(together)

    failures = asyncio.run(ask())

    assert all(isinstance(failure, JudgeFailure) for failure in failures)
    assert 2 == len(made)


def test_a_key_does_not_print_itself() -> None:
    """Nor does a bad one; a short one is a word like another."""
    key = Key("sk-0123456789")

    assert "sk-" not in f"{key} {[key]}"
    assert "is [key]." == key.hidden_in("is sk-0123456789.")
    assert "none" == Key("none").hidden_in("none")
    with pytest.raises(ValueError, match="printable") as caught:
        Key("sk 0123")
    assert "0123" not in str(caught.value)
