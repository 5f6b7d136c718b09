"""A comparison as a page: one file, no script, nothing fetched."""

from collections.abc import Sequence
from functools import cache

from attrs import frozen
from jinja2 import Environment, PackageLoader, StrictUndefined

from .. import __version__
from .charts import Dot, diverging, histogram, scatter
from .comparison import Comparison
from .component_changes import ComparedStep


_FEW = 20
_PLOTS = 12
_SIZE = 200


@frozen
class _Plot:
    """The steps of one ticket."""

    title: str
    rows: int
    dots: tuple[Dot, ...]
    size: int = _SIZE


def comparison_page(
    steps: Sequence[ComparedStep],
    comparison: Comparison,
    *,
    source: str,
    remarks: Sequence[str] = (),
) -> str:
    """The page; `source` is where the steps came from, `remarks` go to its foot."""
    template = _templates().get_template("comparison.html")
    changes = [step.b.ticket_reward - step.a.ticket_reward for step in steps]
    bars = diverging([c.change or 0.0 for c in comparison.components], 144, 14)
    return template.render(
        comparison=comparison,
        plots=_plots(steps, comparison),
        changes=histogram(changes, 600, 120),
        components=list(zip(comparison.components, bars, strict=True)),
        source=source,
        remarks=remarks,
        version=__version__,
    )


def how_sure(comparison: Comparison) -> list[str]:
    """How the interval and the p-value came about, a sentence each."""
    interval, test = comparison.interval, comparison.test
    if interval is None or test is None:
        return ["One ticket only: no interval and no test, since tickets are compared."]
    way = (
        f"all {test.permutations:,}" if test.exact else f"{test.permutations:,} random"
    )
    made = f"{interval.method} bootstrap of the mean change"
    drawn = f"{interval.resamples:,} resamples of {interval.clusters:,} whole tickets"
    swapped = f"two-sided, {way} ways to swap the sides of whole tickets"
    sentences = [
        f"Interval: {interval.level:.0%}, {made}, {drawn}, seed {interval.seed}.",
        f"No difference: p = {test.p_value:.4f}, {swapped}.",
    ]
    if interval.clusters < _FEW:
        sentences.append(f"With fewer than {_FEW} tickets both are rough.")
    return sentences


def _plots(steps: Sequence[ComparedStep], comparison: Comparison) -> list[_Plot]:
    """All steps, then the tickets whose mean changed most."""
    listed = [(t.task_id, t.ticket_id) for t in comparison.tickets[:_PLOTS]]
    points: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for step in steps:
        both = (step.a.ticket_reward, step.b.ticket_reward)
        points.setdefault(step.ticket, []).append(both)
    every = [point for ticket in points.values() for point in ticket]
    return [
        _plot("All tickets", every),
        *(_plot(ticket[1], points[ticket]) for ticket in listed),
    ]


def _plot(title: str, points: Sequence[tuple[float, float]]) -> _Plot:
    return _Plot(title, len(points), scatter(points, _SIZE))


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("support_queue_env.evaluation", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters |= {"number": number, "signed": signed, "percent": percent}
    return templates


def number(value: float | None) -> str:
    """Four digits, or a dash for None."""
    return "-" if value is None else f"{value:.4f}"


def signed(value: float | None) -> str:
    """Four digits with their sign, or a dash for None; what rounds to 0 has none."""
    if value is None:
        return "-"
    return f"{value:+.4f}" if round(value, 4) else "0.0000"


def percent(value: float | None) -> str:
    """A share in percent, or a dash for None."""
    return "-" if value is None else f"{value:.1%}"
