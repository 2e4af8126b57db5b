"""Gatling's statistics: `stats.json`, `global_stats.json`, and `stats.js`, JSON inside a script.

Percentiles 1 to 4 are P50, P75, P95 and P99 unless Gatling was set up otherwise, which the file hides.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

import msgspec

from auditor.formats.load.gatling_log import GatlingRun
from auditor.formats.load.load_report import LoadReport, named_targets
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed

_NAME = "The Gatling statistics"
_SCRIPT = re.compile(rb"\A\s*var\s+stats\s*=\s*\{")
_STATS = re.compile(rb"\bstats\s*:\s*(?=\{)")
_NAMED = re.compile(rb'type:\s*"REQUEST",\s*name:\s*"((?:[^"\\]|\\.){1,300})"')
_COUNTS = re.compile(rb'"numberOfRequests"\s*:\s*\{')
_WHOLE = re.compile(r"\d{1,15}(?:\.\d{1,12})?")
_PERCENTS = (50.0, 75.0, 95.0, 99.0)

_Figure = Annotated[float, msgspec.Meta(ge=0, le=1e15)] | str


class _Split(msgspec.Struct):
    total: _Figure
    ok: _Figure
    ko: _Figure


class _Stats(msgspec.Struct):
    numberOfRequests: _Split
    minResponseTime: _Split
    maxResponseTime: _Split
    meanResponseTime: _Split
    percentiles1: _Split
    percentiles2: _Split
    meanNumberOfRequestsPerSecond: _Split
    percentiles3: _Split | None = None
    percentiles4: _Split | None = None


class _Node(msgspec.Struct):
    name: str = ""
    type: str = ""
    stats: _Stats | None = None
    contents: dict[str, msgspec.Raw] = {}


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like statistics of Gatling."""
    text = json_text.opening(head).lstrip()
    return (text.startswith(b"{") or bool(_SCRIPT.search(text))) and bool(_COUNTS.search(text))


def parse(data: bytes) -> LoadReport:
    """The run, over all requests. Raises Malformed and TooLarge."""
    if _SCRIPT.search(json_text.opening(data[:4096])):
        return _report(_from_script(data), [m[1].decode("utf-8", "replace")
                                            for m in _NAMED.finditer(data)])  # fmt: skip
    node = json_text.decode(data, _Node, name=_NAME)
    if node.stats is None:
        return _report(json_text.decode(data, _Stats, name=_NAME), [])
    return _report(node.stats, _requests(node, 0))


def with_run(report: LoadReport, run: GatlingRun) -> LoadReport | None:
    """The statistics with the time and the assertions of their run; None where the counts differ."""
    if run.requests is not None and run.requests != report.requests:
        return None
    return replace(
        report,
        started_at=run.started_at,
        ended_at=run.ended_at,
        duration_s=run.duration_s or report.duration_s,
        thresholds_met=run.assertions_met,
        thresholds_failed=run.assertions_failed,
    )


def _from_script(data: bytes) -> _Stats:
    place = _STATS.search(data)
    if place is None:
        raise Malformed(f"{_NAME} hold no `stats`.")
    return json_text.decode(_object(data, place.end()), _Stats, name=_NAME)


def _object(data: bytes, start: int) -> bytes:
    """The JSON object that opens at `start`, up to its own bracket."""
    depth = 0
    for token in re.finditer(rb'"(?:[^"\\]++|\\.)*+"|[{}]', data[start:], re.DOTALL):
        depth += {b"{": 1, b"}": -1}.get(token[0], 0)
        if depth == 0:
            return data[start : start + token.end()]
    raise Malformed(f"{_NAME} are cut off.", line=data.count(b"\n") + 1)


def _requests(node: _Node, depth: int) -> list[str]:
    """The names of the requests in a tree of groups."""
    names: list[str] = []
    for raw in node.contents.values() if depth < 20 else ():
        below = json_text.decode(bytes(raw), _Node, name=_NAME)
        names += [below.name] if below.type == "REQUEST" else _requests(below, depth + 1)
    return names


def _figure(value: _Figure) -> float | None:
    """Older versions write numbers as text, and `-` where there is none."""
    if isinstance(value, float):
        return value
    if value.strip() in ("-", ""):
        return None
    if not _WHOLE.fullmatch(value):
        raise Malformed(f"{_NAME} have {value[:40]!r} where a number should stand.")
    return float(value)


def _report(stats: _Stats, names: list[str]) -> LoadReport:
    total = _figure(stats.numberOfRequests.total)
    ok, ko = _figure(stats.numberOfRequests.ok), _figure(stats.numberOfRequests.ko)
    rate = _figure(stats.meanNumberOfRequestsPerSecond.total)
    good = _figure(stats.meanNumberOfRequestsPerSecond.ok)
    if total is None or ok is None or ko is None or total != ok + ko:
        raise Malformed(f"{_NAME} count requests that are not the sum of OK and KO.")
    measured = total > 0
    splits = (stats.percentiles1, stats.percentiles2, stats.percentiles3, stats.percentiles4)
    points = {
        percent: value
        for percent, split in zip(_PERCENTS, splits, strict=True)
        if split is not None and measured and (value := _figure(split.total)) is not None
    }
    return LoadReport(
        dialect="Gatling",
        requests=int(total),
        failed=int(ko),
        rate=rate if measured else None,
        throughput=good if measured else None,
        percentiles=points,
        minimum_ms=_figure(stats.minResponseTime.total) if measured else None,
        mean_ms=_figure(stats.meanResponseTime.total) if measured else None,
        maximum_ms=_figure(stats.maxResponseTime.total) if measured else None,
        duration_s=total / rate if measured and rate else None,
        targets=named_targets(names),
        details={"request_entries": float(len(names))},
    )
