"""One stage of the auditor's own load: what its generator printed, at one rate of arrivals.

Counts and histograms alone are believed; shares, rates and percentiles are counted from them here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed

_NAME = "The stage of load"
_MARK = b'"auditor_load_stage"'
_LIMIT = 20_000_000
FEWEST = {50.0: 20, 95.0: 200, 99.0: 1000}
"""How many times a percentile wants at least, so that ten or more lie beyond it."""

_Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
_Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e7)]


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds in rising order, each with how often it was measured."""

    counts: tuple[tuple[float, int], ...]

    @property
    def total(self) -> int:
        """How many were measured."""
        return sum(count for _, count in self.counts)

    def rank(self, percent: float) -> float | None:
        """The nearest-rank percentile, of however few; None of none."""
        total, seen = self.total, 0
        for value, count in self.counts:
            seen += count
            if seen * 100 >= percent * total:
                return value
        return None

    def percentile(self, percent: float) -> float | None:
        """The same, or None where there are too few to tell it by (see FEWEST)."""
        return self.rank(percent) if self.total >= FEWEST[percent] else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What came of one rate. `latency` is that of good answers, and the time-out of those that never came.

    `offered` is in requests a second; `dropped` found no place, since too many were under way; `lag` is
    how late requests left. `cpu_s` is the generator's own, None where that is not known.
    """

    tool: str
    offered: float
    planned: int
    sent: int
    failed: int
    dropped: int
    received_bytes: int
    statuses: dict[str, int]
    latency: Times
    lag: Times
    started_at: datetime | None
    sending_s: float
    wall_s: float
    cpu_s: float | None = None
    open_model: bool = True
    aborted: str = ""

    @property
    def good(self) -> int:
        """Requests that were answered well."""
        return self.sent - self.failed

    @property
    def seconds(self) -> float:
        """How long it took, until the last answer; the gap before the next request is part of it."""
        return max(self.wall_s, (self.sent + self.dropped) / self.offered)

    @property
    def rate(self) -> float:
        """Good answers a second, until the last of them."""
        return self.good / self.seconds if self.seconds else 0.0

    @property
    def reached(self) -> float:
        """Requests a second that the generator brought out, dropped ones too."""
        due = self.sent + self.dropped
        seconds = max(self.sending_s, due / self.offered)
        return due / seconds if seconds else 0.0

    @property
    def error_percent(self) -> float:
        """Requests that failed or found no place, in percent of all that were due."""
        due = self.sent + self.dropped
        return 100 * (self.failed + self.dropped) / due if due else 0.0

    @property
    def refused_percent(self) -> float:
        """Answers of 429, in percent of what was sent."""
        return 100 * self.statuses.get("429", 0) / self.sent if self.sent else 0.0

    @property
    def cpu_share(self) -> float | None:
        """The generator's share of one processor, 1.0 being all of it."""
        return self.cpu_s / self.wall_s if self.cpu_s is not None and self.wall_s else None


class _Printed(msgspec.Struct):
    auditor_load_stage: Literal[1]
    tool: Annotated[str, msgspec.Meta(max_length=100)]
    rate: Annotated[float, msgspec.Meta(gt=0, le=1e6)]
    planned: _Count
    sent: _Count
    failed: _Count
    dropped: _Count
    received_bytes: _Count
    statuses: dict[str, _Count]
    latency_ms: dict[str, _Count]
    lag_ms: dict[str, _Count]
    started_at: Annotated[float, msgspec.Meta(ge=0, le=1e11)]
    sending_s: _Seconds
    wall_s: _Seconds
    cpu_s: _Seconds
    aborted: Annotated[str, msgspec.Meta(max_length=200)] = ""


def parse(data: bytes) -> Stage:
    """The stage among all that the generator printed. Raises Malformed and TooLarge."""
    lines = [line for line in data.splitlines() if _MARK in line]
    if len(lines) != 1:
        raise Malformed(f"{_NAME} has {len(lines)} lines of results, and one is expected.")
    found = json_text.decode(lines[0], _Printed, name=_NAME, limit=_LIMIT)
    stage = Stage(
        tool=found.tool,
        offered=found.rate,
        planned=found.planned,
        sent=found.sent,
        failed=found.failed,
        dropped=found.dropped,
        received_bytes=found.received_bytes,
        statuses=found.statuses,
        latency=_times(found.latency_ms),
        lag=_times(found.lag_ms),
        started_at=iso_time.from_seconds(found.started_at),
        sending_s=found.sending_s,
        wall_s=found.wall_s,
        cpu_s=found.cpu_s,
        aborted=found.aborted,
    )
    if stage.failed > stage.sent or stage.sent + stage.dropped > stage.planned:
        raise Malformed(f"{_NAME} counts more than it sent.")
    if not stage.good <= stage.latency.total <= stage.sent:
        raise Malformed(f"{_NAME} has {stage.latency.total} times for {stage.good} good answers.")
    return stage


def merged(times: Iterable[Times]) -> Times:
    """Several histograms as one."""
    counts: dict[float, int] = {}
    for one in times:
        for value, count in one.counts:
            counts[value] = counts.get(value, 0) + count
    return Times(tuple(sorted(counts.items())))


def _times(counts: dict[str, int]) -> Times:
    found: dict[float, int] = {}
    for text, count in counts.items():
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1e9:
            raise Malformed(f"{_NAME} has the time {text[:40]!r} in a histogram.")
        found[value] = found.get(value, 0) + count
    return Times(tuple(sorted((v, n) for v, n in found.items() if n)))
