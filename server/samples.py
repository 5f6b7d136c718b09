"""What metrics say at one moment: samples, and how those of several workers are one."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from .metric_list import METRICS, Merge, Metric


class Sample(Struct, frozen=True, array_like=True):
    """One value of one metric.

    For a histogram `value` is the sum of what was observed, and `counts` how much fell
    into each bucket, one more than there are bounds; they are not cumulated.
    """

    metric: str
    labels: tuple[str, ...]
    value: float
    counts: tuple[int, ...] = ()


Samples = tuple[Sample, ...]

_MERGES: Mapping[Merge, Callable[[float, float], float]] = {
    "sum": lambda one, other: one + other,
    "max": max,
    "min": min,
}


def merged(alive: Iterable[Samples], ended: Iterable[Samples] = ()) -> Samples:
    """The samples of several workers as one worker's.

    Of workers that have ended, only what grows still counts: how many sessions they had
    open is no matter any more.
    """
    found: dict[tuple[str, tuple[str, ...]], Sample] = {}
    for sample in (*_known(alive), *_growing(_known(ended))):
        key = (sample.metric, sample.labels)
        before = found.get(key)
        found[key] = sample if before is None else _sum_of(before, sample)
    return tuple(found.values())


def by_metric(samples: Samples) -> Iterator[tuple[Metric, Sequence[Sample]]]:
    """The samples of each metric, in the order of the list; labels in theirs."""
    for name, metric in METRICS.items():
        yield (
            metric,
            sorted((s for s in samples if s.metric == name), key=lambda s: s.labels),
        )


def _known(parts: Iterable[Samples]) -> Iterator[Sample]:
    """Another worker may be of another version, for as long as one is replaced."""
    for samples in parts:
        for sample in samples:
            metric = METRICS.get(sample.metric)
            if (
                metric is not None
                and len(sample.labels) == len(metric.labels)
                and (not metric.bounds or len(sample.counts) == len(metric.bounds) + 1)
            ):
                yield sample


def _growing(samples: Iterable[Sample]) -> Iterator[Sample]:
    return (s for s in samples if METRICS[s.metric].kind != "gauge")


def _sum_of(one: Sample, other: Sample) -> Sample:
    merge = _MERGES[METRICS[one.metric].merge]
    return Sample(
        one.metric,
        one.labels,
        merge(one.value, other.value),
        tuple(a + b for a, b in zip(one.counts, other.counts, strict=True)),
    )
