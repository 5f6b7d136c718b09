"""Rubric files: what they may say, and what is said about their faults."""

from fractions import Fraction
from pathlib import Path

import pytest

from support_queue_env.core.errors import RubricError, UnknownName
from support_queue_env.rubrics.files import load_rubric, parse_rubric, rubric_source
from support_queue_env.rubrics.rubric import Rubric, ScorerChoice


MINIMAL = """
schema = 1
name = "mine"

[criteria.queue]
weight = 1
scorer = "acme.exact"
"""


def test_a_scorer_may_be_just_its_name() -> None:
    """Swapping a scorer is one line."""
    rubric = parse_rubric(MINIMAL, "mine.toml")

    assert ScorerChoice("acme.exact") == rubric.criteria[0].source


def test_decimals_are_exact() -> None:
    """0.1 + 0.2 + 0.7 sum to 1 in a file, though not as floats."""
    tables = "".join(
        f'[criteria.{name}]\nweight = {weight}\nscorer = "s"\n'
        for name, weight in (("a", "0.1"), ("b", "0.2"), ("c", "0.7"))
    )
    rubric = parse_rubric(f'schema = 1\nname = "r"\n{tables}', "r.toml")

    assert [Fraction(1, 10), Fraction(1, 5), Fraction(7, 10)] == [
        c.weight.value for c in rubric.criteria
    ]


def test_criteria_may_have_criteria() -> None:
    """A nested table is a rubric of its own."""
    text = """
    schema = 1
    name = "nested"
    [criteria.labels]
    weight = "1/2"
    scorer = "s"
    [criteria.texts]
    weight = "1/2"
    [criteria.texts.criteria.summary]
    weight = 1
    scorer = { name = "keyword-coverage", text = "summary" }
    [criteria.texts.gates.unsafe]
    cap = 0.3
    scorer = "disallowed-phrases"
    """
    texts = parse_rubric(text, "nested.toml").criteria[1].source

    assert isinstance(texts, Rubric)
    assert ["summary", "unsafe"] == [c.name for c in texts.components]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("schema = 1\n = 2", "not TOML: .*line 2"),
        ("", r"required field missing @ \$.schema; .*name; .*criteria"),
        (MINIMAL.replace("schema = 1", "schema = 2"), r"expected 1 @ \$.schema"),
        (MINIMAL + "colour = 1", r"unknown key @ \$.criteria.queue.colour"),
        (MINIMAL.replace("= 1\ns", "= 0.99\ns"), "sum to 99/100, not exactly 1"),
        (MINIMAL.replace("= 1\ns", "= nan\ns"), r"finite .*@ \$.criteria.queue.weight"),
        (MINIMAL.replace("= 1\ns", "= -1\ns"), "from 0 to 1, found -1"),
        (MINIMAL.replace("= 1\ns", '= "a lot"\ns'), "expected a number"),
        (MINIMAL.replace('"acme.exact"', "7"), r"scorer's name.*@ .*queue.scorer"),
        (MINIMAL.replace('scorer = "acme.exact"', ""), "either a scorer or criteria"),
        (MINIMAL + "[criteria.queue]", "queue"),
        (MINIMAL.replace("criteria.queue", "criteria.Queue"), "component name 'Queue'"),
        (
            MINIMAL + '[penalties.queue]\namount = 0.1\nscorer = "s"',
            "two components are called 'queue'",
        ),
        (
            MINIMAL + '[penalties.p]\namount = 1.1\n[gates.g]\ncap = 2\nscorer = "s"',
            r"@ \$.penalties.p.amount; .*penalties.p.scorer; .*@ \$.gates.g.cap",
        ),
    ],
)
def test_faults_name_file_table_and_field(text: str, complaint: str) -> None:
    """Every kind of fault is an error with the place in it; all at once."""
    with pytest.raises(RubricError, match=complaint) as caught:
        parse_rubric(text, "mine.toml")

    assert "'mine.toml'" in str(caught.value)


@pytest.mark.parametrize(
    "weight",
    [
        "1e-99999999",
        "1e999999999",
        '"1e999999999"',
        '"1e-999999999"',
        "1e99999999999999999999",
        "0." + "1" * 100_000,
        '"1/1' + "0" * 4_000 + '"',
        "1" * 5_000,
        "1e-5000",
    ],
)
def test_hostile_numbers_are_refused_at_once(weight: str) -> None:
    """A number that would fill the memory, or an error's line, is never made."""
    with pytest.raises(RubricError) as caught:
        parse_rubric(MINIMAL.replace("weight = 1", f"weight = {weight}"), "mine.toml")

    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x = " + "[" * 2_000 + "]" * 2_000, "nests too deeply"),
        (
            MINIMAL
            + "".join(
                f'[criteria.c{i}]\nweight = 0\nscorer = "s"\n' for i in range(300)
            ),
            "301 components, more than 256",
        ),
        (
            'schema = 1\nname = "deep"\n'
            + "".join(
                f"[{'.'.join(['criteria.c'] * depth)}]\nweight = 1\n"
                for depth in range(1, 20)
            )
            + 'scorer = "s"\n',
            "nests 9 deep, deeper than 8",
        ),
        (MINIMAL + "\n".join(f"k{i} = 1" for i in range(5_000)), "and 4980 more"),
        (MINIMAL + '"\\u001b[31m\\nX" = 1', r"x1b\[31m"),
        (MINIMAL.replace('"mine"', '"a\\nb"'), "without control characters"),
    ],
)
def test_hostile_files_are_refused_in_one_line(text: str, complaint: str) -> None:
    """However deep, wide or odd: a sentence, in bounded time and space."""
    with pytest.raises(RubricError, match=complaint) as caught:
        parse_rubric(text, "mine.toml")

    assert len(str(caught.value)) < 3_000
    assert str(caught.value).isprintable()


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """A missing file and one that is not text are one sentence each."""
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")

    with pytest.raises(RubricError, match="no such file"):
        load_rubric(str(tmp_path / "missing.toml"))
    with pytest.raises(RubricError, match="not UTF-8"):
        load_rubric(str(binary))


def test_an_unknown_name_lists_the_built_in_rubrics() -> None:
    """A name that is no path is looked up among the built-ins."""
    with pytest.raises(UnknownName, match="available: classic"):
        load_rubric("clasic")


def test_the_source_of_a_built_in_is_a_file_to_start_from() -> None:
    """What `rubrics show --source` prints parses to the rubric itself."""
    assert load_rubric("classic") == parse_rubric(rubric_source("classic"), "copy.toml")
