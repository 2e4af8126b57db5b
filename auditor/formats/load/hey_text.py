"""What hey and oha print, and oha's JSON; an answer of 404 is no success, though both call it one."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from auditor.formats.load.load_report import LoadReport, succeeded
from auditor.formats.text import json_text, text_file
from auditor.formats.text.errors import Malformed

_NAME = "The hey report"
_OHA = "The oha report"
_UNIT = r"(secs?|ms|us|µs|ns|mins?|hours?|s)"
_LINE = re.compile(
    rf"^\s*(Total|Slowest|Fastest|Average):\s+(\d{{1,12}}(?:\.\d{{1,9}})?|NaN)\s+{_UNIT}\s*$",
    re.MULTILINE,
)
_RATE = re.compile(r"^\s*Requests/sec:\s+(\d{1,12}(?:\.\d{1,9})?)\s*$", re.MULTILINE)
_PERCENT = re.compile(
    rf"^\s*(\d{{1,3}}(?:\.\d{{1,4}})?)% in (\d{{1,12}}(?:\.\d{{1,9}})?) {_UNIT}\s*$", re.MULTILINE
)
_STATUS = re.compile(r"^\s*\[(\d{3})\]\s+(\d{1,15}) responses?\s*$", re.MULTILINE)
_ERROR = re.compile(r"^\s*\[(\d{1,15})\]\s+(?!\d{1,15} responses?\s*$)(\S.*)$", re.MULTILINE)
_MS = {"sec": 1000.0, "secs": 1000.0, "s": 1000.0, "ms": 1.0, "us": 1e-3, "µs": 1e-3, "ns": 1e-6,
       "min": 6e4, "mins": 6e4, "hour": 3.6e6, "hours": 3.6e6}  # fmt: skip
_DEADLINE = "aborted due to deadline"
_JSON = re.compile(rb'\A\s*\{\s*"summary"\s*:\s*\{\s*"successRate"\s*:')

_Number = Annotated[float, msgspec.Meta(ge=0, le=1e15)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=10**15)]


class _Summary(msgspec.Struct):
    total: _Number
    requestsPerSec: _Number
    slowest: _Number | None = None
    fastest: _Number | None = None
    average: _Number | None = None


class _Report(msgspec.Struct):
    summary: _Summary
    latencyPercentiles: dict[str, _Number | None]
    statusCodeDistribution: dict[str, _Count]
    errorDistribution: dict[str, _Count]


def sniff(head: bytes) -> bool:
    """Whether the first bytes hold a summary of hey or oha, as text or JSON."""
    head = json_text.opening(head)
    if _JSON.search(json_text.opening(head)):
        return True
    text = head.decode("utf-8", "replace")
    return "Summary:" in text and _RATE.search(text) is not None and "Slowest:" in text


def parse(data: bytes) -> LoadReport:
    """The run of either tool. Raises Malformed, also for a file of several runs, and TooLarge."""
    if _JSON.search(json_text.opening(data[:4096])):
        return _json(json_text.decode(data, _Report, name=_OHA))
    text = text_file.decode(data, name=_NAME).text
    if text.count("Summary:") != 1:
        runs = text.count("Summary:")
        raise Malformed(f"{_NAME} holds {runs} runs; keep each in a file of its own.")
    found = {key: None if number == "NaN" else float(number) * _MS[unit]
             for key, number, unit in _LINE.findall(text)}  # fmt: skip
    rate = _RATE.search(text)
    total = found.get("Total")
    if rate is None or total is None:
        raise Malformed(f"{_NAME} is cut off: it has no total.", line=text.count("\n") + 1)
    errors = {m[1]: int(m[0]) for m in _ERROR.findall(text.partition("Error distribution:")[2])}
    points = {float(p): round(float(n) * _MS[unit], 6) for p, n, unit in _PERCENT.findall(text)}
    answered = found.get("Average") is not None
    statuses = {code: int(n) for code, n in _STATUS.findall(text)}
    return _report(
        "oha" if "Success rate:" in text else "hey",
        rate=float(rate[1]),
        seconds=total / 1000,
        points=points,
        times=(found.get("Fastest"), found.get("Average"), found.get("Slowest"))
        if answered
        else (None, None, None),
        statuses=statuses,
        errors=errors,
    )


def _json(report: _Report) -> LoadReport:
    summary = report.summary
    points = {
        float(key[1:]): round(1000 * value, 6)
        for key, value in report.latencyPercentiles.items()
        if re.fullmatch(r"p\d{1,2}(?:\.\d{1,4})?", key) and value is not None
    }
    low, mean, high = (
        None if value is None or not report.statusCodeDistribution else 1000 * value
        for value in (summary.fastest, summary.average, summary.slowest)
    )
    return _report(
        "oha JSON",
        rate=summary.requestsPerSec,
        seconds=summary.total,
        points=points,
        times=(low, mean, high),
        statuses=report.statusCodeDistribution,
        errors=report.errorDistribution,
    )


def _report(
    dialect: str,
    *,
    rate: float,
    seconds: float,
    points: dict[float, float],
    times: tuple[float | None, float | None, float | None],
    statuses: dict[str, int],
    errors: dict[str, int],
) -> LoadReport:
    # Requests that were under way when the time was up: the end of the run, not a failure.
    broken = sum(number for text, number in errors.items() if text != _DEADLINE)
    requests = sum(statuses.values()) + broken
    return LoadReport(
        dialect=dialect,
        requests=requests,
        failed=requests - succeeded(statuses),
        rate=rate,
        percentiles={percent: value for percent, value in points.items() if 0 < percent < 100},
        minimum_ms=times[0],
        mean_ms=times[1],
        maximum_ms=times[2],
        duration_s=seconds,
        open_model=False,
        statuses=statuses,
        details={"errors": float(sum(errors.values()))},
    )
