"""JSON in and out: what comes back is what went in, and dishonest text is refused."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support_queue_env.core.documents import (
    MAX_DEPTH,
    decode_document,
    encode_document,
)
from support_queue_env.core.errors import InvalidInput, NotJSON


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5)
    ),
    max_leaves=20,
)


@given(DOCUMENTS)
@example(2**64)
@example(-(10**4000))
@example({"": [[], {}]})
def test_round_trip(value: Any) -> None:
    """A JSON value survives being written and read, as text and as bytes."""
    encoded = encode_document(value)

    assert value == decode_document(encoded)
    assert value == decode_document(encoded.decode())


@given(DOCUMENTS)
def test_the_standard_library_reads_the_same(value: Any) -> None:
    """Other programs' JSON means to us what it means to them."""
    assert value == decode_document(json.dumps(value))
    assert value == json.loads(encode_document(value))


@given(st.dictionaries(TEXT, st.integers(), min_size=2))
def test_keys_keep_their_order(value: dict[str, int]) -> None:
    """Objects are written and read in the order of their keys."""
    assert list(value) == list(decode_document(encode_document(value)))


@given(st.text() | st.binary())
def test_any_text_is_a_value_or_refused(text: str | bytes) -> None:
    """Nothing but our own error comes of strange text."""
    with suppress(InvalidInput):
        value = decode_document(text)

        assert value == decode_document(encode_document(value))


def nested(depth: int) -> str:
    """Arrays and objects in turns, that deep."""
    opening = "".join("[" if place % 2 else '{"a":' for place in range(depth))
    closing = "".join("]" if place % 2 else "}" for place in reversed(range(depth)))
    return f"{opening}1{closing}"


def test_the_deepest_document() -> None:
    """As deep as `MAX_DEPTH` is fine, one level more is not."""
    assert decode_document(nested(MAX_DEPTH))
    with pytest.raises(InvalidInput, match="levels of nesting"):
        decode_document(nested(MAX_DEPTH + 1))


def test_many_brackets_that_are_not_deep() -> None:
    """Only depth counts, not how many arrays there are, nor brackets in text."""
    wide: list[Any] = [[] for _ in range(1000)]

    assert wide == decode_document(encode_document(wide))
    assert "[" * 1000 == decode_document(encode_document("[" * 1000))


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ('{"a":1,"a":1}', "duplicate_key"),
        ('[{"b":{"a":1,"\\u0061":2}}]', "duplicate_key"),
        ("NaN", "finite_number"),
        ("[Infinity]", "finite_number"),
        ('{"a":-Infinity}', "finite_number"),
        ("1e400", "finite_number"),
        ("-1e999999", "finite_number"),
        ("9" * 5000, "number_too_long"),
        ("[" * 100_000, "nesting"),
        ("[" * 100_000 + "]" * 100_000, "nesting"),
        ('{"a":' * 100_000, "nesting"),
    ],
)
def test_json_that_breaks_a_rule(text: str, type_: str) -> None:
    """Doubtful JSON is refused by the rule it breaks, not repaired."""
    with pytest.raises(InvalidInput) as refused:
        decode_document(text)

    assert not isinstance(refused.value, NotJSON)
    assert [type_] == [fault.type for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('"\\ud800"', ()),
        ('"\\udc00\\ud800"', ()),
        ('{"a":[1,"x\\udfff"]}', ("a", 1)),
        ('{"\\ud800":1}', ()),
        ('["\ud800"]', (0,)),
    ],
)
def test_a_lone_surrogate(text: str, path: tuple[str | int, ...]) -> None:
    """Half a surrogate pair is no text; the fault says where it is."""
    with pytest.raises(InvalidInput) as refused:
        decode_document(text)
    (fault,) = refused.value.faults

    assert ("string_unicode", path) == (fault.type, fault.path)


def test_a_surrogate_pair() -> None:
    """Two halves that belong together are one character."""
    assert "👋" == decode_document('"\\ud83d\\udc4b"')


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("", 0),
        ("  ", 2),
        ("{'a':1}", 1),
        ("[1,]", 3),
        ("[1 2]", 3),
        ("nul", 0),
        ("\ufeff{}", 0),
        ('"a', 0),
        ("01", 1),
        ("{} {}", 3),
        (b"\xff", 0),
        (b'["\xc3\x28"]', 2),
    ],
)
def test_no_json_at_all(text: str | bytes, offset: int) -> None:
    """The error says where reading gave up."""
    with pytest.raises(NotJSON) as refused:
        decode_document(text)

    assert offset == refused.value.offset
    assert ["json_invalid"] == [fault.type for fault in refused.value.faults]


def test_the_subject_is_named() -> None:
    """Errors say what kind of document it was."""
    with pytest.raises(InvalidInput, match="invalid action: "):
        decode_document("NaN", "action")
