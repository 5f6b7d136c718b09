"""Reading what an endpoint sent: a whole document that keeps every rule, or nothing.

No number is searched for in prose, no fence is cut off, nothing is rounded into
range: whatever is not exactly a verdict might be the submission speaking.
"""

from fractions import Fraction
from typing import Any

from attrs import frozen

from ...core.documents import decode_document
from ...core.errors import InvalidInput
from .failure import JudgeFailure
from .prompt import REASON_LENGTH, visible
from .usage import Tokens


_STEPS = 1000
_MOST_TOKENS = 10**9


@frozen
class Verdict:
    """A judge's answer. The score is kept to a thousandth; no judge is finer."""

    score: Fraction
    reason: str


def read_completion(body: bytes) -> Any:
    """The document that an endpoint answers with.

    Raises:
        JudgeFailure: it is no JSON object with choices.
    """
    try:
        document = decode_document(body, "completion")
    except InvalidInput:
        raise _no_completion("its answer is no JSON document") from None
    if not isinstance(document, dict) or not isinstance(document.get("choices"), list):
        raise _no_completion("its answer is no chat completion")
    return document


def tokens_of(completion: Any) -> Tokens | None:
    """The tokens that the endpoint says it used, if it says so credibly."""
    match completion:
        case {"usage": {"prompt_tokens": prompt, "completion_tokens": written}} if (
            _is_count(prompt) and _is_count(written)
        ):
            return Tokens(prompt, written)
    return None


def content_of(completion: Any) -> str:
    """What the model said.

    Raises:
        JudgeFailure: nothing, not all, something else than text, or a refusal.
    """
    match completion["choices"]:
        case [{"message": {} as message} as choice]:
            pass
        case found:
            raise _malformed(f"expected one choice with a message, found {len(found)}")
    match choice.get("finish_reason"):
        case "stop":
            pass
        case "length":
            raise JudgeFailure("judge_truncated", "its answer was cut off")
        case "content_filter":
            raise JudgeFailure("judge_declined", "a content filter kept the answer")
        case _:
            raise _malformed("its answer has no end that we know")
    if message.get("refusal"):
        raise JudgeFailure("judge_declined", "the model refused to judge")
    content = message.get("content")
    if not isinstance(content, str) or message.get("tool_calls"):
        raise _malformed("its answer is no text")
    return content


def read_verdict(content: str, nonce: str) -> Verdict:
    """The verdict that is the whole of `content`.

    Raises:
        JudgeFailure: it is anything else than one, or does not repeat `nonce`.
    """
    try:
        document = decode_document(content, "verdict")
    except InvalidInput:
        raise _malformed("its answer is not one strict JSON document") from None
    if not isinstance(document, dict) or set(document) != {"nonce", "score", "reason"}:
        raise _malformed("expected an object with nonce, score and reason, only those")
    score, reason = document["score"], document["reason"]
    if document["nonce"] != nonce:
        raise _malformed("its verdict does not repeat the nonce")
    if type(score) not in {int, float} or not 0 <= score <= 1:
        raise _malformed("its score is no number from 0 to 1")
    if not isinstance(reason, str) or len(reason) > REASON_LENGTH:
        raise _malformed(f"its reason is no text of at most {REASON_LENGTH} characters")
    exact = Fraction(round(score * _STEPS), _STEPS)
    return Verdict(exact, " ".join(visible(reason).split()))


def _is_count(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MOST_TOKENS


def _malformed(why: str) -> JudgeFailure:
    return JudgeFailure("judge_malformed", f"malformed: {why}")


def _no_completion(why: str) -> JudgeFailure:
    return JudgeFailure("judge_malformed", f"malformed: {why}", down=True)
