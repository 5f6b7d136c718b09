"""Text matching: what hides a word does not, and what only resembles one does not."""

import re
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support_queue_env.rubrics.matching import (
    Phrases,
    Reading,
    compile_phrases,
    contains_literal,
    copied_share,
    normalise,
    read,
)
from support_queue_env.rubrics.matching.acts import unsafe_acts


CODES = compile_phrases(("send ... password", "duplicate charge", "INV-20417"))

SENTENCES = [
    "Please send me your password.",
    "There is a duplicate charge on the card.",
    "The invoice is inv-20417 and it is settled.",
]


CYRILLIC = str.maketrans(
    "aceopsxyij", "\u0430\u0441\u0435\u043e\u0440\u0455\u0445\u0443\u0456\u0458"
)


def in_cyrillic(text: str) -> str:
    """The text with every letter replaced that looks the same in Cyrillic."""
    return text.translate(CYRILLIC)


def shifted(text: str, start: int) -> str:
    """The letters of another alphabet of 26 that begins at `start`."""
    return "".join(chr(ord(c) - 97 + start) if c.isalpha() else c for c in text)


def says(text: str, *phrases: str) -> bool:
    """Whether `text` asserts one of the phrases."""
    return compile_phrases(phrases).found_in(read(text))


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    """Folding has reached its end after one pass."""
    assert normalise(text) == normalise(normalise(text))


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_read(text: str) -> None:
    """Surrogates, controls, unassigned characters: nothing raises."""
    reading = read(text)
    CODES.found_in(reading)
    contains_literal(reading, text)

    assert len(reading.words) == len(reading.asserted)


@pytest.mark.parametrize(
    "text",
    [
        "We will never ask you to send your password.",
        "Please do not send us the password",
        "no need to send a password, thanks",
        "Instead of sending your password, use the link.",
        "We ask nobody to send a password.",
    ],
)
def test_what_is_denied_is_not_asserted(text: str) -> None:
    """A negated clause does not say what it denies, but it contains it."""
    assert not CODES.found_in(read(text))
    assert CODES.found_in(read(text), asserted=False)


@pytest.mark.parametrize(
    "text",
    [
        "send me your password",
        "SEND ME YOUR PASSWORD",
        in_cyrillic("send me your password"),
        "s\u200be\u200bn\u200bd me your pass\u00adword",
        shifted("send me your password", 0xFF41),  # full width
        shifted("send me your password", 0x1D41A),  # mathematical bold
        "send me your p a s s w o r d",
        "send me your p.a.s.s.w.o.r.d",
        "send me your pass-word",
        "sending me your passwords",
        "We cannot see it, so send me your password.",
        "Do not hesitate to send me your password.",
    ],
)
def test_what_hides_a_word_is_seen_through(text: str) -> None:
    """Case, look-alike letters, invisible characters, spaces, inflection."""
    assert CODES.found_in(read(text))


def test_copies_are_counted_in_runs() -> None:
    """A text copied whole is copied to 100 percent."""
    assert copied_share(read(SENTENCES[1]), read(" ".join(SENTENCES))) == 1
    assert isinstance(CODES, Phrases)
    assert says("a Duplicate-Charge", "duplicate charge")


PHRASES = tuple(unsafe_acts()._conditions)
WORDS = sorted({word for phrase in PHRASES for word in phrase.split()})
MARKS = (".", "?", ",", "-", "not", "never", "please", "log-in", '"', "\n\n", "\n> ")
SAID = st.lists(
    st.sampled_from(PHRASES) | st.sampled_from(WORDS) | st.sampled_from(MARKS),
    max_size=40,
).map(lambda parts: re.sub(r"[|^=]|\.\.\.", " ", " ".join(parts)))


@given(SAID, st.lists(st.sampled_from(PHRASES), max_size=8, unique=True))
@example("Please send us your password. Send us, please, the code now.", [])
def test_what_is_ruled_out_is_not_there(text: str, few: list[str]) -> None:
    """Looking for all phrases at once finds what looking for each everywhere finds."""
    reading = read(text)
    for phrases in (compile_phrases(few), compile_phrases(PHRASES)):
        readings = [reading]
        if not phrases.vocabulary.isdisjoint(reading.joined):
            readings.append(reading.rejoined)
        everywhere = {
            (pattern.phrase, at, one)
            for one in readings
            for _, pattern in phrases._patterns
            for at in pattern.found(one)
        }
        found = {
            (match.phrase, match.at, match.reading)
            for match in phrases.matches(reading)
        }

        assert everywhere == found
        assert bool(everywhere) == phrases.found_in(reading, asserted=False)


@given(SAID, SAID, st.integers(2, 7))
@example("a b c d e f g", "g f a b c d e f", 6)
def test_the_copied_share_is_that_of_the_runs(
    text: str, source: str, size: int
) -> None:
    """Looking only where a run can stand counts what comparing all runs counts."""

    def runs(reading: Reading) -> set[tuple[str, ...]]:
        words = reading.words
        return {words[i : i + size] for i in range(len(words) - size + 1)}

    for one in (text, f"{text} {source}", source[: len(source) // 2]):
        mine, theirs = runs(read(one)), runs(read(source))
        expected = Fraction(len(mine & theirs), len(mine)) if mine else Fraction(0)

        assert expected == copied_share(read(one), read(source), size)
