"""What hey prints with `-o csv`: a row for each answer; requests without one are in no row."""

from __future__ import annotations

import math
from collections import Counter

from auditor.formats.load.load_report import succeeded
from auditor.formats.load.load_stage import Stage, Times
from auditor.formats.text import csv_rows
from auditor.formats.text.errors import Malformed, TooLarge

_NAME = "The output of hey"
_MOST_ROWS = 2_000_000
_COLUMNS = ("response-time", "status-code", "offset")


def parse(data: bytes, rate: float, wanted: int, timeout_s: float) -> Stage:
    """The rows as a stage of `wanted` requests at `rate` a second. Raises Malformed and TooLarge."""
    lines = csv_rows.rows(data, _NAME)
    header = next(lines, None)
    if header is None:
        raise Malformed(f"{_NAME} is empty.")
    names = [field.strip() for field in header[1]]
    if any(names.count(column) != 1 for column in _COLUMNS):
        raise Malformed(f"{_NAME} has no column {', '.join(_COLUMNS)}.", line=1)
    time_at, status_at, offset_at = (names.index(column) for column in _COLUMNS)
    statuses: Counter[str] = Counter()
    latency: Counter[float] = Counter()
    end = start = 0.0
    rows = 0
    for line, fields in lines:
        rows += 1
        if rows > min(_MOST_ROWS, wanted):
            raise TooLarge(f"{_NAME} has more rows than requests were sent.", line=line)
        if len(fields) != len(names):
            raise Malformed(f"{_NAME} has {len(fields)} fields for {len(names)}.", line=line)
        seconds = csv_rows.number(fields[time_at], _NAME, line)
        offset = csv_rows.number(fields[offset_at], _NAME, line)
        status = str(csv_rows.count(fields[status_at], _NAME, line))
        statuses[status] += 1
        if succeeded({status: 1}):
            latency[float(f"{seconds * 1000:.3g}")] += 1
        end, start = max(end, offset + seconds), max(start, offset)
    lost = wanted - rows
    if lost:
        statuses["0"] = lost
        latency[timeout_s * 1000] += lost
    if not math.isfinite(end):
        raise Malformed(f"{_NAME} has a time that is none.")
    return Stage(
        tool="hey",
        offered=rate,
        planned=wanted,
        sent=wanted,
        failed=wanted - succeeded(statuses),
        dropped=0,
        received_bytes=0,
        statuses=dict(statuses),
        latency=Times(tuple(sorted(latency.items()))),
        lag=Times(()),
        started_at=None,
        sending_s=start,
        wall_s=end,
        open_model=False,
    )
