"""The page of a comparison: one file that needs nothing, whatever is in it."""

import re
from html.parser import HTMLParser

import pytest
from attrs import evolve
from compared_steps import LABELS, compared, step, tables
from hypothesis import given, settings

from support_queue_env.evaluation.comparison import compare
from support_queue_env.evaluation.comparison_page import (
    comparison_page,
    how_sure,
    number,
    percent,
    signed,
)
from support_queue_env.evaluation.component_changes import ComparedStep


VOID = {"meta", "rect", "circle", "line", "link", "br"}
HOSTILE = "<script>alert(1)</script>\"'&"


class Page(HTMLParser):
    """Tags that are open, attributes seen and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.tags: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it until it is closed."""
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Every tag closes the one opened last."""
        if tag not in VOID:
            assert self.open.pop() == tag


def page_of(steps: list[ComparedStep]) -> str:
    """The page of their comparison."""
    return comparison_page(steps, compared(steps), source="steps.jsonl")


@settings(max_examples=20, deadline=None)
@given(tables)
def test_the_page_is_whole(steps: list[ComparedStep]) -> None:
    """Tags close, geometry is finite and not negative, nothing is fetched or run."""
    page = page_of(steps)
    parsed = Page(page)

    assert [] == parsed.open
    assert not {"script", "link", "img", "iframe"} & parsed.tags
    assert "http" not in page
    for name, value in parsed.attributes:
        if name in {"x", "y", "width", "height", "r", "cx", "cy"}:
            assert re.fullmatch(r"\d+(\.\d+)?", value or "")
    assert not re.search(r"\bnan\b|\binf\b|\bNone\b|Undefined", page)


def test_the_page_escapes_what_others_wrote() -> None:
    """Names of tickets, episodes, components and rubrics cannot leave their place."""
    hostile = step(1, HOSTILE, {HOSTILE: 0.5}, {HOSTILE: 0.25})
    hostile = evolve(
        hostile,
        a=evolve(hostile.a, episode_id=HOSTILE, rubric=HOSTILE, rubric_digest=HOSTILE),
    )
    steps = [hostile, evolve(hostile, line=2, b=evolve(hostile.b, ticket_reward=0.75))]
    comparison = compare(steps, (HOSTILE, HOSTILE), resamples=99)
    page = comparison_page(steps, comparison, source=HOSTILE, remarks=[HOSTILE])

    assert "<script" not in page
    assert 6 < page.count("&lt;script&gt;")
    assert [] == Page(page).open


def test_what_the_page_says() -> None:
    """The figures of the comparison, both rubrics, and the remarks."""
    steps = [
        step(n, ticket, {"queue": n / 8}, {"queue": 0.5 - n / 8, "tone": 0.125})
        for n, ticket in enumerate("XXYYZ", start=1)
    ]
    comparison = compared(steps)
    page = comparison_page(steps, comparison, source="steps.jsonl", remarks=["Look."])

    for text in (
        *LABELS,
        *(number(comparison.a.mean), signed(comparison.change), "digest of B"),
        *(percent(comparison.pairs_within_tickets.share), "tone", "Look."),
    ):
        assert text in page


def test_how_sure_one_is() -> None:
    """The sentences name method, resamples, clusters and seed, or say there are none."""
    one = compared([step(1, "X", {"q": 0.5}, {"q": 0.25})])
    two = compared([step(n, t, {"q": n / 9}, {"q": 0.25}) for n, t in enumerate("XY")])
    (only,) = how_sure(one)
    interval, test, rough = how_sure(two)

    assert "One ticket only" in only
    for part in ("95%", "99 resamples", "2 whole tickets", "seed 0"):
        assert part in interval
    assert "all 4 ways" in test
    assert "rough" in rough


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (None, ("-", "-", "-")),
        (0.0, ("0.0000", "0.0000", "0.0%")),
        (1e-9, ("0.0000", "0.0000", "0.0%")),
        (0.25, ("0.2500", "+0.2500", "25.0%")),
    ],
)
def test_numbers(value: float | None, texts: tuple[str, ...]) -> None:
    """Four digits, a sign where it says something, a dash for what is not there."""
    assert texts == (number(value), signed(value), percent(value))
