"""A comparison as tables; needs the extra `stats`."""

from ..evaluation.comparison import Comparison, Side
from ..evaluation.comparison_page import how_sure, number, percent, signed
from ..evaluation.statistics import PairCounts
from .output import say
from .printing import print_table


def print_comparison(comparison: Comparison) -> None:
    """Every part of the comparison, a blank line between two."""
    _means(comparison)
    for print_part in (
        _components,
        _order,
        _advantages,
        _tickets,
        _changes,
        _inversions,
    ):
        say()
        print_part(comparison)


def _means(c: Comparison) -> None:
    interval = c.interval
    ends = f"{signed(interval.low)} to {signed(interval.high)}" if interval else "-"
    print_table(
        f"A is {c.a.label}, B is {c.b.label}: {c.rows} steps of {c.groups} tickets",
        ("", "rubric", "digest", "mean reward"),
        [_side("A", c.a), _side("B", c.b)],
        right=("mean reward",),
        footer=("B - A", "", ends, signed(c.change)),
    )
    for sentence in how_sure(c):
        say(sentence)
    same = c.rows - c.rows_up - c.rows_down
    say(f"{c.rows_up} steps earn more, {c.rows_down} less, {same} the same.")


def _side(letter: str, side: Side) -> tuple[str, ...]:
    digests = ", ".join(digest[:12] for digest in side.digests)
    return letter, ", ".join(side.rubrics), digests, number(side.mean)


def _components(c: Comparison) -> None:
    numbers = ("points A", "points B", "change", "changed", "score A", "score B")
    print_table(
        "Components (mean points; changed: share of the steps)",
        ("component", *numbers),
        [
            (
                part.name,
                number(part.points_a),
                number(part.points_b),
                signed(part.change),
                percent(part.changed),
                number(part.score_a),
                number(part.score_b),
            )
            for part in c.components
        ],
        right=numbers,
    )


def _order(c: Comparison) -> None:
    numbers = ("pairs", "ordered by both", "flipped", "share", "tied by B", "tied by A")
    print_table(
        f"Order: Kendall tau-b {number(c.kendall_tau_b)}, "
        f"Spearman {number(c.spearman)}",
        ("", *numbers),
        [
            _pairs("of any two steps", c.pairs),
            _pairs("of one ticket", c.pairs_within_tickets),
        ],
        right=numbers,
    )


def _pairs(name: str, counts: PairCounts) -> tuple[object, ...]:
    return (
        name,
        counts.pairs,
        counts.ordered,
        counts.flipped,
        percent(counts.share),
        counts.merged,
        counts.split,
    )


def _advantages(c: Comparison) -> None:
    found = c.advantages
    say(
        f"Advantages within a ticket (reward less its mean, as in GRPO): "
        f"{found.rows} steps in {found.groups} groups"
    )
    say(f"  change sign           {found.reversed}  ({percent(found.share)})")
    say(f"  had one, have none    {found.lost}")
    say(f"  had none, have one    {found.gained}")
    say(f"  groups without spread {found.flat_a} under A, {found.flat_b} under B")


def _tickets(c: Comparison) -> None:
    numbers = ("steps", "mean A", "mean B", "change")
    print_table(
        "Tickets whose mean changed most",
        ("ticket", "task", *numbers),
        [
            (
                ticket.ticket_id,
                ticket.task_id,
                ticket.rows,
                number(ticket.mean_a),
                number(ticket.mean_b),
                signed(ticket.change),
            )
            for ticket in c.tickets
        ],
        right=numbers,
    )


def _changes(c: Comparison) -> None:
    if not c.changes:
        say("No step changed.")
        return
    print_table(
        "Steps that changed most",
        ("line", "ticket", "reward A", "reward B", "change", "most by"),
        [
            (
                row.line,
                row.ticket_id,
                number(row.reward_a),
                number(row.reward_b),
                signed(row.change),
                f"{row.component} {signed(row.component_change)}",
            )
            for row in c.changes
        ],
        right=("line", "reward A", "reward B", "change"),
    )


def _inversions(c: Comparison) -> None:
    if not c.inversions:
        say("No two answers to one ticket change places.")
        return
    print_table(
        "Answers to one ticket that change places (A prefers the first line, "
        "B the second)",
        ("ticket", "first", "second", "rewards A", "rewards B", "pairs"),
        [
            (
                pair.ticket_id,
                pair.first,
                pair.second,
                " > ".join(map(number, pair.rewards_a)),
                " < ".join(map(number, pair.rewards_b)),
                pair.pairs,
            )
            for pair in c.inversions
        ],
        right=("first", "second", "pairs"),
    )
