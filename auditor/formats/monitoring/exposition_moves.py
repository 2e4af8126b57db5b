"""What changed between two answers of one metrics endpoint, and which names break the conventions."""

from __future__ import annotations

import math
import re

from auditor.formats.monitoring.exposition import Exposition
from auditor.formats.monitoring.exposition_families import is_default
from auditor.formats.monitoring.exposition_lines import Sample, read_line

START = "process_start_time_seconds"
# https://prometheus.io/docs/practices/naming/: base units, and counters that end in _total.
_UNITS = re.compile(
    r"_(?:ms|msec|millis|milliseconds?|micros|microseconds?|us|nanos|nanoseconds?|ns|minutes?|mins?|hours?|days?"
    r"|kb|kilobytes?|mb|megabytes?|gb|gigabytes?|percent|percentage|pct)(?:_total|_sum|_count|_bucket)?$"
)
_SNAKE = re.compile(r"[a-z_:][a-z0-9_:]*")


def totals(data: bytes, path: str) -> dict[str, float]:
    """The sum of each series that has a finite value; when one began, and what asking for `path` moves, left out.

    Raises Malformed.
    """
    sums: dict[str, float] = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        sample = read_line(line)
        if not isinstance(sample, Sample) or not math.isfinite(sample.value):
            continue
        if sample.name.endswith("_created") or f'"{path}"' in (sample.labels or ""):
            continue
        sums[sample.name] = sums.get(sample.name, 0.0) + sample.value
    return sums


def same_process(before: dict[str, float], after: dict[str, float]) -> bool:
    """Whether two answers are of one process, as far as they tell: behind a balancer they may not be."""
    return before.get(START) == after.get(START)


def moved(before: dict[str, float], after: dict[str, float], seen: Exposition) -> list[str]:
    """The service's own families of which a sum changed, or a series came up."""
    changed = {name for name, value in after.items() if before.get(name) != value}
    return [
        family.name
        for family in seen.own_families
        if not is_default(family.name) and changed.intersection(family.series)
    ]


def misnamed(seen: Exposition) -> list[str]:
    """Own families whose name breaks a convention, and which."""
    found = (
        (family.name, _against(family.name, family.type, seen.openmetrics))
        for family in seen.own_families
    )
    return [f"{name}: {why}" for name, why in found if why]


def _against(name: str, kind: str | None, openmetrics: bool) -> str:
    if not _SNAKE.fullmatch(name):
        return "is not in lower case with underscores"
    if kind == "counter" and not openmetrics and not name.endswith("_total"):
        return "is a counter and does not end in _total"
    if kind in ("gauge", "histogram", "summary") and name.endswith("_total"):
        return f"is a {kind} and ends in _total"
    unit = _UNITS.search(name)
    return f"is not in a base unit ({unit[0].lstrip('_')})" if unit else ""
