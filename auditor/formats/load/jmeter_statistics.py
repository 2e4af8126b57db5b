"""JMeter's dashboard `statistics.json`; it carries no time, no target and no name of its percentiles.

`pct1`, `pct2` and `pct3` are P90, P95 and P99 unless JMeter was set up otherwise, which the file hides.
"""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from auditor.formats.load.load_report import LoadReport, named_targets
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed

_NAME = "The JMeter statistics"
_OPENING = re.compile(
    rb'\A\s*\{\s*"(?:[^"\\]|\\.){0,500}"\s*:\s*\{\s*"transaction"\s*:.{0,1000}?"sampleCount"\s*:',
    re.DOTALL,
)
_Number = Annotated[float, msgspec.Meta(ge=0, le=1e15)]


class _Row(msgspec.Struct):
    sampleCount: Annotated[int, msgspec.Meta(ge=0, le=10**15)]
    errorCount: Annotated[int, msgspec.Meta(ge=0, le=10**15)]
    errorPct: _Number
    meanResTime: _Number
    minResTime: _Number
    maxResTime: _Number
    pct1ResTime: _Number
    pct2ResTime: _Number
    pct3ResTime: _Number
    throughput: _Number
    medianResTime: _Number | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes open a dashboard's statistics."""
    return bool(_OPENING.search(json_text.opening(head)))


def parse(data: bytes) -> LoadReport:
    """The run, from the row `Total`. Raises Malformed and TooLarge."""
    rows = json_text.decode(data, dict[str, _Row], name=_NAME)
    total = rows.get("Total")
    if total is None:
        raise Malformed(f"{_NAME} have no row `Total`, which JMeter always writes.")
    others = [name for name in rows if name != "Total"]
    points = {90.0: total.pct1ResTime, 95.0: total.pct2ResTime, 99.0: total.pct3ResTime}
    if total.medianResTime is not None:
        points[50.0] = total.medianResTime
    known = bool(total.sampleCount and total.throughput)
    return LoadReport(
        dialect="JMeter dashboard",
        requests=total.sampleCount,
        failed=total.errorCount,
        share_failed=total.errorPct / 100,
        rate=total.throughput if total.sampleCount else None,
        percentiles=points if total.sampleCount else {},
        minimum_ms=total.minResTime if total.sampleCount else None,
        mean_ms=total.meanResTime if total.sampleCount else None,
        maximum_ms=total.maxResTime if total.sampleCount else None,
        duration_s=total.sampleCount / total.throughput if known else None,
        targets=named_targets(others),
        details={"transactions": float(len(others)), "error_percent": total.errorPct},
        contradictions=_contradictions(total),
    )


def _contradictions(total: _Row) -> tuple[str, ...]:
    counted = 100 * total.errorCount / total.sampleCount if total.sampleCount else 0.0
    if abs(counted - total.errorPct) <= 0.05:
        return ()
    return (f"Its errorPct is {total.errorPct:g}, and its counts give {counted:g} %.",)
