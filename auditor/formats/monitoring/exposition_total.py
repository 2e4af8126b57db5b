"""The sum of one metric's samples in a /metrics answer."""

from __future__ import annotations

import math

from auditor.formats.monitoring.exposition_lines import Sample, read_line

_COUNTS = ("_total", "_count")


def metric_total(data: bytes, metric: str) -> float | None:
    """The sum over the samples of `metric`, or None where it has none.

    `metric` names samples (`payments_total`) or a family: of a counter its `_total` is meant, of a
    histogram or summary its `_count`; never the `_created` times, which are above 0 from the start.
    Raises Malformed.
    """
    sums: dict[str, float] = {}
    wanted = (metric, *(metric + suffix for suffix in _COUNTS))
    for line in data.decode("utf-8", "replace").split("\n"):
        if not line.startswith(metric):
            continue
        sample = read_line(line)
        if isinstance(sample, Sample) and sample.name in wanted:
            sums[sample.name] = sums.get(sample.name, 0.0) + _finite(sample.value)
    return next((sums[name] for name in wanted if name in sums), None)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0
