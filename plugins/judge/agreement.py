"""Several answers of one judge made into one score, if they agree."""

from collections.abc import Sequence
from fractions import Fraction

from attrs import frozen

from .failure import JudgeFailure
from .verdict import Verdict


@frozen
class Agreement:
    """When samples agree: `share` of them lie within `tolerance` of the median."""

    share: Fraction
    tolerance: Fraction

    def settle(self, verdicts: Sequence[Verdict]) -> Verdict:
        """The median, with the reason of the verdict nearest to it.

        Raises:
            JudgeFailure: too few verdicts are near it.
        """
        median = median_of([verdict.score for verdict in verdicts])
        near = [v for v in verdicts if abs(v.score - median) <= self.tolerance]
        if len(near) < self.share * len(verdicts):
            why = f"only {len(near)} of {len(verdicts)} samples lie near their median"
            raise JudgeFailure("judge_disagreement", why)
        nearest = min(verdicts, key=lambda v: abs(v.score - median))
        return Verdict(median, nearest.reason)


def median_of(scores: Sequence[Fraction]) -> Fraction:
    """The middle score, or the mean of the two in the middle; exact."""
    ordered = sorted(scores)
    half = len(ordered) // 2
    return (ordered[half] + ordered[~half]) / 2
