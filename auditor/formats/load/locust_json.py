"""Locust's `--json` output, and the line-delimited statistics of its workers.

Each entry is one route with a histogram of rounded times, from which the percentiles are counted.
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from auditor.formats.load.load_report import LoadReport, named_targets
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed, TooLarge

_NAME = "The Locust report"
_ENTRY = re.compile(rb'"(?:num_requests|num_failures|num_none_requests|total_response_time)"\s*:')
_MOST_LINES = 100_000

_Count = Annotated[int, msgspec.Meta(ge=0, le=10**15)]
_Time = Annotated[float, msgspec.Meta(ge=0, le=1e15)]


class _Entry(msgspec.Struct):
    name: str
    num_requests: _Count
    num_failures: _Count
    total_response_time: _Time
    max_response_time: _Time
    response_times: dict[str, _Count]
    start_time: _Time
    last_request_timestamp: _Time | None = None
    min_response_time: _Time | None = None


class _Worker(msgspec.Struct):
    stats: list[_Entry]


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like statistics of Locust in JSON."""
    text = json_text.opening(head).lstrip()
    return text[:1] in (b"[", b"{") and b'"response_times"' in text and bool(_ENTRY.search(text))


def parse(data: bytes) -> LoadReport:
    """The run of either form. Raises Malformed and TooLarge."""
    if json_text.opening(data[:4096]).lstrip().startswith(b"["):
        return _report("locust --json", json_text.decode(data, list[_Entry], name=_NAME), {})
    lines = [line for line in data.splitlines() if line.strip()]
    if len(lines) > _MOST_LINES:
        raise TooLarge(f"{_NAME} has more than {_MOST_LINES:,} lines.")
    entries: list[_Entry] = []
    for number, line in enumerate(lines, start=1):
        try:
            entries += json_text.decode(line, _Worker, name=_NAME).stats
        except Malformed as error:
            raise Malformed(error.message, line=number) from None
    return _report("locust workers", entries, {"lines": float(len(lines))})


def _report(dialect: str, entries: list[_Entry], details: dict[str, float]) -> LoadReport:
    if not entries:
        raise Malformed(f"{_NAME} holds no route.")
    histogram: dict[float, int] = {}
    for entry in entries:
        for text, times in entry.response_times.items():
            histogram[_milliseconds(text)] = histogram.get(_milliseconds(text), 0) + times
    requests = sum(entry.num_requests for entry in entries)
    total = sum(entry.total_response_time for entry in entries)
    start = min(entry.start_time for entry in entries)
    end = max(entry.last_request_timestamp or 0.0 for entry in entries)
    lows = [e.min_response_time for e in entries if e.min_response_time is not None]
    passed = end - start if end > start > 0 else None
    return LoadReport(
        dialect=dialect,
        requests=requests,
        failed=sum(entry.num_failures for entry in entries),
        rate=requests / passed if passed else None,
        percentiles=_percentiles(histogram),
        minimum_ms=min(lows) if lows else None,
        mean_ms=total / requests if requests else None,
        maximum_ms=max(entry.max_response_time for entry in entries),
        duration_s=passed,
        started_at=iso_time.from_seconds(start),
        ended_at=iso_time.from_seconds(end),
        targets=named_targets([entry.name for entry in entries]),
        open_model=False,
        details=details | {"rows": float(len(entries)), "total_response_time": total},
    )


def _milliseconds(text: str) -> float:
    if not re.fullmatch(r"\d{1,12}(?:\.\d{1,9})?", text):
        raise Malformed(f"{_NAME} has the time {text[:40]!r} in a histogram.")
    return float(text)


def _percentiles(histogram: dict[float, int]) -> dict[float, float]:
    counted = sum(histogram.values())
    found: dict[float, float] = {}
    for percent in (50.0, 90.0, 95.0, 99.0) if counted else ():
        seen = 0
        for value in sorted(histogram):
            seen += histogram[value]
            if seen * 100 >= percent * counted:
                found[percent] = value
                break
    return found
