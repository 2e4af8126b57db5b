"""vegeta's `report -type=json`: an open-loop attack, times in nanoseconds."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from auditor.formats.load.load_report import LoadReport, succeeded
from auditor.formats.text import iso_time, json_text

_NAME = "The vegeta report"
_OPENING = re.compile(rb'\A\s*\{\s*"latencies"\s*:\s*\{\s*"total"\s*:')
_MS = 1e6

_Ns = Annotated[float, msgspec.Meta(ge=0, le=1e18)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=10**15)]


class _Latencies(msgspec.Struct):
    total: _Ns
    mean: _Ns
    max: _Ns
    p50: _Ns | None = msgspec.field(default=None, name="50th")
    p90: _Ns | None = msgspec.field(default=None, name="90th")
    p95: _Ns | None = msgspec.field(default=None, name="95th")
    p99: _Ns | None = msgspec.field(default=None, name="99th")
    min: _Ns | None = None


class _Report(msgspec.Struct):
    latencies: _Latencies
    earliest: str
    latest: str
    end: str
    duration: _Ns
    wait: _Ns
    requests: _Count
    rate: Annotated[float, msgspec.Meta(ge=0, le=1e12)]
    success: Annotated[float, msgspec.Meta(ge=0, le=1)]
    status_codes: dict[str, _Count]
    throughput: Annotated[float, msgspec.Meta(ge=0, le=1e12)] | None = None
    errors: list[str] | None = None
    buckets: dict[str, _Count] | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes open a report of vegeta."""
    return bool(_OPENING.search(json_text.opening(head)))


def parse(data: bytes) -> LoadReport:
    """The attack. Raises Malformed and TooLarge."""
    report = json_text.decode(data, _Report, name=_NAME)
    times = report.latencies
    points = {50.0: times.p50, 90.0: times.p90, 95.0: times.p95, 99.0: times.p99}
    good = succeeded(report.status_codes)
    return LoadReport(
        dialect="vegeta",
        requests=report.requests,
        failed=report.requests - good,
        rate=report.rate,
        throughput=report.throughput,
        percentiles={k: v / _MS for k, v in points.items() if v is not None},
        minimum_ms=None if times.min is None else times.min / _MS,
        mean_ms=times.mean / _MS,
        maximum_ms=times.max / _MS,
        duration_s=report.duration / 1e9,
        started_at=iso_time.read(_shortened(report.earliest)),
        ended_at=iso_time.read(_shortened(report.latest)),
        open_model=True,
        statuses=report.status_codes,
        details={
            "success_ratio": report.success,
            "errors": float(len(report.errors or ())),
            "buckets": float(len(report.buckets or ())),
        },
    )


def _shortened(time: str) -> str:
    """Go writes nanoseconds; Python reads microseconds."""
    return re.sub(r"(\.\d{6})\d{1,3}", r"\1", time)
