"""Scores written as plain values and read back, as the episode log does."""

import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ticket_scores import scores

from support_queue_env.core.documents import decode_document, encode_document
from support_queue_env.core.score_documents import read_score, score_document
from support_queue_env.core.scoring import (
    TicketScore,
)
from support_queue_env.core.session import Session
from support_queue_env.environment import load_environment
from support_queue_env.evaluation.heuristic import HeuristicPolicy
from support_queue_env.models import ResetOptions


@given(scores(st.none() | scores(st.none())))
def test_a_score_survives_json(score: TicketScore) -> None:
    """What was written is what is read, to the last numerator."""
    written = encode_document(score_document(score))
    assert read_score(decode_document(written)) == score


def test_a_document_needs_no_rubric_and_is_plain_json() -> None:
    """The standard library reads it, and every amount stands in it exactly."""
    session = Session(load_environment())
    action = HeuristicPolicy().act(session.reset(ResetOptions()))
    session.step(action)
    assert session.episode is not None
    score = session.episode.graded[0].score
    document = json.loads(encode_document(score_document(score)))
    weights = [
        Fraction(component["amount"])
        for component in document["components"]
        if component["kind"] == "criterion"
    ]
    assert sum(weights) == 1
    assert read_score(document) == score


@pytest.mark.parametrize("document", [{}, {"reward": "1/0"}, {"reward": "x"}])
def test_what_is_no_score_is_refused(document: dict[str, str]) -> None:
    """A damaged document does not become some score."""
    with pytest.raises((KeyError, TypeError, ValueError, ZeroDivisionError)):
        read_score(document)
