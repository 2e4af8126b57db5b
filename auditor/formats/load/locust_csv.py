"""Locust's CSV files: statistics by route, their history, and failures.

Only the history carries a time. Users wait for their answers, so the tail is understated: a closed model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.formats.load.load_report import LoadReport, named_targets
from auditor.formats.text import csv_rows, iso_time
from auditor.formats.text.errors import Malformed, TooLarge

_STATS = "The Locust statistics"
_HISTORY = "The Locust history"
_FAILURES = "The Locust failures"
_MOST_ROWS = 1_000_000
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)%")
_STATS_HEAD = re.compile(r'\A\s*"?Type"?,"?Name"?,"?(?:Request Count|# requests)"?,', re.IGNORECASE)
_HISTORY_HEAD = re.compile(r'\A\s*"?Timestamp"?,"?User Count"?,"?Type"?,"?Name"?,', re.IGNORECASE)
_FAILURES_HEAD = re.compile(r'\A\s*"?Method"?,"?Name"?,"?Error"?,"?Occurrences"?', re.IGNORECASE)
_TOTALS = ("Aggregated", "Total")


@dataclass(frozen=True, slots=True)
class LocustHistory:
    """The seconds of a run: when it began and ended, and the requests counted at its end."""

    started_at: datetime
    ended_at: datetime
    rows: int
    most_users: int
    requests: int | None
    failures: int | None


@dataclass(frozen=True, slots=True)
class LocustFailure:
    """One kind of failure on one route."""

    method: str
    name: str
    error: str
    occurrences: int


def sniff(head: bytes) -> bool:
    """Whether the first bytes open the statistics."""
    return bool(_STATS_HEAD.search(csv_rows.opening(head)))


def sniff_history(head: bytes) -> bool:
    """Whether the first bytes open a history."""
    return bool(_HISTORY_HEAD.search(csv_rows.opening(head)))


def sniff_failures(head: bytes) -> bool:
    """Whether the first bytes open a list of failures."""
    return bool(_FAILURES_HEAD.search(csv_rows.opening(head)))


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    values: dict[str, str]


def parse(data: bytes) -> LoadReport:
    """The statistics as a run; without a history it has no time. Raises Malformed and TooLarge."""
    rows = _table(data, _STATS)
    totals = [row for row in rows if row.values.get("Name") in _TOTALS]
    routes = [row for row in rows if row.values.get("Name") not in _TOTALS]
    if len(totals) != 1:
        raise Malformed(f"{_STATS} have {len(totals)} rows `Aggregated`; Locust writes one.")
    total = totals[0]
    requests = _count(total, "Request Count", "# requests", name=_STATS)
    failed = _count(total, "Failure Count", "# failures", name=_STATS)
    summed = sum(_count(row, "Request Count", "# requests", name=_STATS) for row in routes)
    return LoadReport(
        dialect="locust CSV",
        requests=requests,
        failed=failed,
        rate=_number(total, "Requests/s", "Requests/s", name=_STATS) if requests else None,
        percentiles=_percentiles(total),
        minimum_ms=_optional(total, "Min Response Time", "Min response time"),
        mean_ms=_optional(total, "Average Response Time", "Average response time"),
        maximum_ms=_optional(total, "Max Response Time", "Max response time"),
        targets=named_targets([row.values["Name"] for row in routes]),
        open_model=False,
        details={"rows": float(len(routes)), "row_requests": float(summed)},
        contradictions=_contradiction(requests, summed, bool(routes)),
    )


def parse_history(data: bytes) -> LocustHistory:
    """The history. Raises Malformed and TooLarge."""
    rows = [
        r for r in _table(data, _HISTORY) if "Aggregated" in (r.values["Name"], r.values["Type"])
    ]
    if not rows:
        raise Malformed(f"{_HISTORY} has no row `Aggregated`.")
    times = [_number(row, "Timestamp", "Timestamp", name=_HISTORY) for row in rows]
    if times != sorted(times):
        raise Malformed(f"{_HISTORY} runs backwards in time.")
    if len(times) > 2 and len(set(times)) == 1:
        raise Malformed(f"{_HISTORY} has {len(times)} rows of one second; Locust writes one each.")
    start, end = iso_time.from_seconds(times[0]), iso_time.from_seconds(times[-1])
    if start is None or end is None:
        raise Malformed(f"{_HISTORY} has a time that is none.", line=rows[0].line)
    last = rows[-1]
    counted = "Total Request Count" in last.values
    return LocustHistory(
        started_at=start,
        ended_at=end,
        rows=len(rows),
        most_users=max(_count(row, "User Count", "User Count", name=_HISTORY) for row in rows),
        requests=_count(last, "Total Request Count", "", name=_HISTORY) if counted else None,
        failures=_count(last, "Total Failure Count", "", name=_HISTORY) if counted else None,
    )


def parse_failures(data: bytes) -> tuple[LocustFailure, ...]:
    """The failures; none is a good sign. Raises Malformed and TooLarge."""
    return tuple(
        LocustFailure(
            row.values["Method"],
            row.values["Name"],
            row.values["Error"][:200],
            _count(row, "Occurrences", "Occurrences", name=_FAILURES),
        )
        for row in _table(data, _FAILURES)
    )


def with_history(report: LoadReport, history: LocustHistory) -> LoadReport | None:
    """The run with the times of its history; None where that belongs to another run."""
    if history.requests is None or report.requests is None:
        return None
    # The last row of the history is written up to a second before the statistics.
    if history.requests > report.requests or history.requests < 0.9 * report.requests:
        return None
    duration = (history.ended_at - history.started_at).total_seconds()
    return replace(
        report,
        started_at=history.started_at,
        ended_at=history.ended_at,
        duration_s=duration,
        details=report.details | {"users": float(history.most_users)},
    )


def _contradiction(requests: int, summed: int, routes: bool) -> tuple[str, ...]:
    if not routes or requests == summed:
        return ()
    return (f"Its total is {requests:,} requests, and its routes add up to {summed:,}.",)


def _table(data: bytes, name: str) -> list[_Row]:
    lines = csv_rows.rows(data, name)
    first = next(lines, None)
    if first is None:
        raise Malformed(f"{name} are empty." if name != _HISTORY else f"{name} is empty.")
    header = [field.strip() for field in first[1]]
    if len(set(header)) != len(header):
        raise Malformed(f"{name} have a column twice.", line=1)
    for needed in {_STATS: ("Name",), _HISTORY: ("Type", "Name"),
                   _FAILURES: ("Method", "Name", "Error")}[name]:  # fmt: skip
        if needed not in header:
            raise Malformed(f"{name} have no column `{needed}`.", line=1)
    found: list[_Row] = []
    for line, fields in lines:
        if len(fields) != len(header):
            raise Malformed(
                f"{name} have {len(fields)} fields for {len(header)} columns.", line=line
            )
        if len(found) >= _MOST_ROWS:
            raise TooLarge(f"{name} have more than {_MOST_ROWS:,} rows.", line=line)
        found.append(
            _Row(line, dict(zip(header, (field.strip() for field in fields), strict=True)))
        )
    return found


def _field(row: _Row, column: str, old: str, name: str) -> str:
    value = row.values.get(column, row.values.get(old))
    if value is None:
        raise Malformed(f"{name} have no column `{column}`.", line=1)
    return value


def _number(row: _Row, column: str, old: str, *, name: str) -> float:
    return csv_rows.number(_field(row, column, old, name), name, row.line)


def _count(row: _Row, column: str, old: str, *, name: str) -> int:
    return csv_rows.count(_field(row, column, old, name), name, row.line)


def _optional(row: _Row, column: str, old: str) -> float | None:
    text = row.values.get(column, row.values.get(old, ""))
    return None if text in ("", "N/A") else csv_rows.number(text, _STATS, row.line)


def _percentiles(row: _Row) -> dict[float, float]:
    found: dict[float, float] = {}
    for column, text in row.values.items():
        match = _PERCENT.fullmatch(column)
        if match and float(match[1]) < 100 and text not in ("", "N/A"):
            found[float(match[1])] = csv_rows.number(text, _STATS, row.line)
    return found
