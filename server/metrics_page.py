"""Samples as Prometheus reads them."""

from collections.abc import Callable, Iterator

from attrs import frozen
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from .metric_list import PREFIX, Metric
from .samples import Sample, Samples, by_metric


def metrics_page(samples: Callable[[], Samples], accept: str) -> tuple[bytes, str]:
    """The page and its content type, in the format that an `Accept` header asks for."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Page(samples))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


@frozen
class _Page(Collector):
    samples: Callable[[], Samples]

    def collect(self) -> Iterator[Family]:
        for metric, samples in by_metric(self.samples()):
            family = _family(metric)
            for sample in samples:
                _add(family, metric, sample)
            yield family


def _family(metric: Metric) -> Family:
    name, labels = PREFIX + metric.name, metric.labels
    match metric.kind:
        case "counter":
            return CounterMetricFamily(name, metric.help, labels=labels)
        case "gauge":
            return GaugeMetricFamily(name, metric.help, labels=labels)
        case "histogram":
            return HistogramMetricFamily(name, metric.help, labels=labels)


def _add(family: Family, metric: Metric, sample: Sample) -> None:
    if isinstance(family, HistogramMetricFamily):
        buckets, below = [], 0
        for bound, count in zip((*metric.bounds, "+Inf"), sample.counts, strict=True):
            below += count
            buckets.append((str(bound), below))
        family.add_metric(sample.labels, buckets, sample.value)
    elif isinstance(family, CounterMetricFamily | GaugeMetricFamily):
        family.add_metric(sample.labels, sample.value)
