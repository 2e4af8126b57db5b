"""Counts JMeter's samples one by one, whichever form they are written in, in little memory."""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass, field

from auditor.formats.load.load_report import MOST_TARGETS, LoadReport, named_targets, nearest_rank
from auditor.formats.text import iso_time

_TRANSACTION = "Number of samples in transaction"
_PART = re.compile(r"(.+)-\d{1,4}")
_MOST_NAMES = 10_000
_POINTS = (50.0, 90.0, 95.0, 99.0)


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample; `start_ms` is the time since 1970, None where it is no number."""

    start_ms: float | None
    elapsed_ms: float
    label: str
    ok: bool
    thread: str = ""
    message: str = ""
    code: str = ""
    url: str = ""


@dataclass(slots=True)
class Samples:
    """The running count. Transactions and the parts of a request are records, and no requests."""

    times: array[float] = field(default_factory=lambda: array("d"))
    every: array[float] = field(default_factory=lambda: array("d"))
    failed: int = 0
    failed_records: int = 0
    labels: set[str] = field(default_factory=set)
    urls: set[str] = field(default_factory=set)
    statuses: dict[str, int] = field(default_factory=dict)
    first_ms: float = math.inf
    last_ms: float = -math.inf
    untimed: bool = False
    open_threads: bool = True
    _latest: dict[str, Sample] = field(default_factory=dict)

    def add(self, sample: Sample) -> None:
        """Count one sample, in the order of the file."""
        self.every.append(sample.elapsed_ms)
        self.failed_records += not sample.ok
        _remember(self.labels, sample.label, _MOST_NAMES)
        if sample.start_ms is None:
            self.untimed = True
        else:
            self.first_ms = min(self.first_ms, sample.start_ms)
            self.last_ms = max(self.last_ms, sample.start_ms + sample.elapsed_ms)
        if sample.message.startswith(_TRANSACTION) or self._is_part(sample):
            return
        if len(self._latest) < _MOST_NAMES or sample.thread in self._latest:
            self._latest[sample.thread] = sample
        self.times.append(sample.elapsed_ms)
        self.failed += not sample.ok
        self.open_threads &= sample.thread.startswith("Open Model")
        _remember(self.urls, sample.url, MOST_TARGETS)
        if sample.code.isdigit() and len(sample.code) == 3:
            self.statuses[sample.code] = self.statuses.get(sample.code, 0) + 1

    def _is_part(self, sample: Sample) -> bool:
        """Whether it is a part (`Search-0`) of the request of the same thread just before."""
        match = _PART.fullmatch(sample.label)
        whole = self._latest.get(sample.thread)
        if match is None or whole is None or match[1] != whole.label:
            return False
        if sample.start_ms is None or whole.start_ms is None:
            return False
        end = whole.start_ms + whole.elapsed_ms + 5
        return whole.start_ms <= sample.start_ms and sample.start_ms + sample.elapsed_ms <= end

    def report(self, dialect: str, details: dict[str, float]) -> LoadReport:
        """The run that the samples make up."""
        timed = not self.untimed and self.times and math.isfinite(self.first_ms)
        passed = (self.last_ms - self.first_ms) / 1000 if timed else None
        ordered = sorted(self.times)
        records = sorted(self.every)
        targets = self.urls or self.labels
        return LoadReport(
            dialect=dialect,
            requests=len(ordered),
            failed=self.failed,
            rate=len(ordered) / passed if passed else None,
            percentiles={p: nearest_rank(ordered, p) for p in _POINTS} if ordered else {},
            minimum_ms=ordered[0] if ordered else None,
            mean_ms=sum(ordered) / len(ordered) if ordered else None,
            maximum_ms=ordered[-1] if ordered else None,
            duration_s=passed,
            started_at=iso_time.from_seconds(self.first_ms / 1000) if timed else None,
            ended_at=iso_time.from_seconds(self.last_ms / 1000) if timed else None,
            targets=named_targets(targets),
            open_model=bool(ordered) and self.open_threads,
            statuses=dict(self.statuses),
            details=details | self._records(records),
        )

    def _records(self, records: list[float]) -> dict[str, float]:
        found = {"records": float(len(records)), "failed_records": float(self.failed_records),
                 "labels": float(len(self.labels))}  # fmt: skip
        if records:
            found |= {
                "record_mean_ms": sum(records) / len(records),
                "record_p90_ms": nearest_rank(records, 90),
                "record_p95_ms": nearest_rank(records, 95),
                "record_maximum_ms": records[-1],
            }
        return found


def _remember(names: set[str], name: str, most: int) -> None:
    if name and name != "null" and len(names) < most:
        names.add(name[:300])
