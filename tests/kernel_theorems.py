"""What holds of the kernel, as contracts that CrossHair confirms for all integers.

    make crosshair

Weights are whole numbers over `w1 + w2 + w3`, so they sum to 1. `test_kernel.py` tries
the same contracts on numbers that Hypothesis makes up.
"""

from typing import NamedTuple

from support_queue_env.rubrics.kernel import held, weighted_sum


class Part(NamedTuple):
    """The plainest ratio there is."""

    numerator: int
    denominator: int


NOTHING = Part(0, 1)


def raw_is_bounded(
    *, w1: int, w2: int, w3: int, p: int, n1: int, n2: int, n3: int, t: int, d: int
) -> bool:
    """Raw lies between minus the penalty's amount and 1.

    pre: w1 >= 0 and w2 >= 0 and w3 >= 0 and w1 + w2 + w3 > 0 and p >= 0 and d > 0
    pre: 0 <= n1 <= d and 0 <= n2 <= d and 0 <= n3 <= d and 0 <= t <= d
    post: _
    """
    scores = [Part(n1, d), Part(n2, d), Part(n3, d), Part(t, d)]
    numerator, denominator = weighted_sum([w1, w2, w3, -p], scores)
    whole = (w1 + w2 + w3) * denominator
    return denominator > 0 and -p * denominator <= numerator <= whole


def the_reward_is_bounded(
    *, n: int, d: int, c1: int, c2: int, e1: int, e2: int
) -> bool:
    """From a raw of at most 1, the reward lies in [0, 1] and above no cap.

    pre: d > 0 and n <= d and e1 > 0 and e2 > 0 and 0 <= c1 <= e1 and 0 <= c2 <= e2
    post: _
    """
    reward = held(Part(n, d), NOTHING, [Part(c1, e1), Part(c2, e2)])
    return (
        0 <= reward.numerator <= reward.denominator
        and reward.numerator * e1 <= c1 * reward.denominator
        and reward.numerator * e2 <= c2 * reward.denominator
    )


def without_gates_only_a_negative_raw_is_changed(n: int, d: int) -> bool:
    """There is no clamp from above: what is earned is paid.

    pre: d > 0 and n <= d
    post: _
    """
    reward = held(Part(n, d), NOTHING, [])
    return reward == (Part(n, d) if n > 0 else NOTHING)


def a_better_score_never_lowers_raw(
    *, w1: int, w2: int, p: int, n1: int, n2: int, t: int, d1: int, d2: int, better: int
) -> bool:
    """Whatever the other scores are, also with denominators of their own.

    pre: w1 >= 0 and w2 >= 0 and p >= 0 and d1 > 0 and d2 > 0
    pre: 0 <= n1 <= better <= d1 and 0 <= n2 <= d2 and 0 <= t <= d2
    post: _
    """
    amounts, rest = [w1, w2, -p], [Part(n2, d2), Part(t, d2)]
    before = weighted_sum(amounts, [Part(n1, d1), *rest])
    after = weighted_sum(amounts, [Part(better, d1), *rest])
    return before[0] * after[1] <= after[0] * before[1]


def a_severity_never_raises_raw(
    *,
    w1: int,
    p1: int,
    p2: int,
    n1: int,
    t1: int,
    t2: int,
    d1: int,
    d2: int,
    worse: int,
) -> bool:
    """Nor does adding a penalty, which is a severity that was 0.

    pre: w1 >= 0 and p1 >= 0 and p2 >= 0 and d1 > 0 and d2 > 0
    pre: 0 <= n1 <= d1 and 0 <= t1 <= worse <= d2 and 0 <= t2 <= d2
    post: _
    """
    amounts = [w1, -p1, -p2]
    before = weighted_sum(amounts, [Part(n1, d1), Part(t1, d2), Part(t2, d2)])
    after = weighted_sum(amounts, [Part(n1, d1), Part(worse, d2), Part(t2, d2)])
    return after[0] * before[1] <= before[0] * after[1]


def holding_keeps_the_order(
    *, n1: int, n2: int, d: int, c1: int, c2: int, e: int
) -> bool:
    """A higher raw never ends below a lower one; a further gate never raises it.

    pre: n1 <= n2 and d > 0 and e > 0 and 0 <= c1 <= e and 0 <= c2 <= e
    post: _
    """
    caps = [Part(c1, e), Part(c2, e)]
    low = held(Part(n1, d), NOTHING, caps)
    high = held(Part(n2, d), NOTHING, caps)
    freer = held(Part(n2, d), NOTHING, caps[:1])
    ordered = low.numerator * high.denominator <= high.numerator * low.denominator
    return (
        ordered
        and high.numerator * freer.denominator <= freer.numerator * high.denominator
    )


def the_order_of_terms_changes_nothing(
    *, a1: int, a2: int, a3: int, n1: int, n2: int, n3: int, d1: int, d2: int
) -> bool:
    """Turned around, the sum is the same number.

    pre: d1 > 0 and d2 > 0
    post: _
    """
    amounts, scores = [a1, a2, a3], [Part(n1, d1), Part(n2, d2), Part(n3, d1)]
    there = weighted_sum(amounts, scores)
    back = weighted_sum(amounts[::-1], scores[::-1])
    return there[0] * back[1] == back[0] * there[1]
