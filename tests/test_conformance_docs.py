"""The page about the conformance kit is held to the kit."""

from pathlib import Path

import pytest
from attrs import NOTHING, fields

from support_queue_env.testing import RubricConformance, ScorerConformance
from support_queue_env.testing.check import PROPERTIES
from support_queue_env.testing.claims import CLAIMS, IGNORABLE, Claims
from support_queue_env.testing.findings import TITLES
from support_queue_env.testing.rubric_check import PROPERTIES as OF_RUBRICS


PAGE = (Path(__file__).parent.parent / "docs" / "conformance.md").read_text("utf-8")
CLAIMED = PAGE.partition("| Claim |")[2].partition("\n\n")[0]


def row(first: str, page: str = PAGE) -> list[str]:
    """The cells of the row of a table that begins with `first`."""
    (line,) = (x for x in page.splitlines() if x.startswith(f"| {first} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.mark.parametrize("number", TITLES)
def test_every_property_is_there(number: str) -> None:
    """With its title, and whether it is a scorer's, a rubric's or both."""
    _, title, of_scorers, of_rubrics = row(number)

    assert TITLES[number] == title
    assert bool(of_scorers) == (number in PROPERTIES)
    assert bool(of_rubrics) == (number in OF_RUBRICS)


def test_no_other_property_is_there() -> None:
    """Of the design's twenty only P20 is somebody else's."""
    listed = [x.split()[1] for x in PAGE.splitlines() if x.startswith(("| P", "| rea"))]

    assert list(TITLES) == listed
    assert {f"P{number}" for number in range(20)} == set(TITLES) - {"reason"}
    assert "P20, that a step over HTTP earns what the library says" in PAGE


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_is_there(claim: str) -> None:
    """With its default."""
    default = getattr(fields(Claims), claim).default
    told = row(f"`{claim}`", CLAIMED)[1]

    assert default is not NOTHING
    assert (f"`{default}`" == told) if isinstance(default, bool) else told


def test_what_may_be_ignored_is_there() -> None:
    """By name."""
    assert all(f"`{name}`" in row("`ignores`", CLAIMED)[2] for name in IGNORABLE)


@pytest.mark.parametrize("cls", [ScorerConformance, RubricConformance])
def test_every_setting_of_a_test_class_is_there(cls: type) -> None:
    """Numbers with their default."""
    table = PAGE.partition(f"| `{cls.__name__}` |")[2].partition("\n\n")[0]
    for name in (n for n in cls.__annotations__ if not n.startswith("_")):
        (line,) = (x for x in table.splitlines() if x.startswith(f"| `{name}` |"))
        default = getattr(cls, name, None)
        if isinstance(default, int | float):
            assert f"| {default:g} |" in line
