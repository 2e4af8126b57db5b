"""What Gatling writes beside its statistics: `assertions.json`, and `simulation.log` as text.

From both comes the time of the run; from the log also its requests, one by one (up to Gatling 3.10).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from auditor.formats import iso_time, json_text
from auditor.formats.errors import Malformed

_NAME = "The Gatling log"
_ASSERTIONS = "The Gatling assertions"
_LOG = re.compile(rb"\ARUN\t[^\n]{0,1000}\t(\d{13})\t")
_OPENING = re.compile(rb'\A\s*\{\s*"simulation"\s*:\s*"[^"]*",\s*"simulationId"\s*:')
_STAMP = re.compile(r"\d{13}")


@dataclass(frozen=True, slots=True)
class GatlingRun:
    """One run: requests are None where only the assertions tell of it."""

    started_at: datetime | None
    ended_at: datetime | None = None
    duration_s: float | None = None
    requests: int | None = None
    failed: int | None = None
    lines: int = 0
    assertions_met: tuple[str, ...] = ()
    assertions_failed: tuple[str, ...] = ()


class _Assertion(msgspec.Struct):
    message: str = ""
    result: bool = False


class _Assertions(msgspec.Struct):
    simulation: str
    start: Annotated[int, msgspec.Meta(ge=0, le=10**15)]
    assertions: list[_Assertion]


def sniff(head: bytes) -> bool:
    """Whether the first bytes open the log or the assertions of a run."""
    return bool(_LOG.search(head) or _OPENING.search(json_text.opening(head)))


def parse(data: bytes) -> GatlingRun:
    """The run of either file. Raises Malformed and TooLarge."""
    if _LOG.search(data[:4096]):
        return _log(data)
    found = json_text.decode(data, _Assertions, name=_ASSERTIONS)
    return GatlingRun(
        started_at=iso_time.from_seconds(found.start / 1000),
        assertions_met=tuple(a.message[:200] for a in found.assertions if a.result),
        assertions_failed=tuple(a.message[:200] for a in found.assertions if not a.result),
    )


def _log(data: bytes) -> GatlingRun:
    opening = _LOG.search(data)
    start = int(opening[1]) if opening else 0
    last = start
    good = bad = lines = 0
    for raw in data.splitlines():
        lines += 1
        if not raw.startswith(b"REQUEST\t"):
            continue
        fields = raw.decode("utf-8", "replace").split("\t")
        stamps = [int(f) for f in fields if _STAMP.fullmatch(f)]
        outcome = next((f for f in fields[3:] if f in ("OK", "KO")), None)
        if outcome is None or not stamps:
            raise Malformed(f"{_NAME} has a request without its times and outcome.", line=lines)
        good, bad = good + (outcome == "OK"), bad + (outcome == "KO")
        last = max(last, *stamps)
    return GatlingRun(
        started_at=iso_time.from_seconds(start / 1000),
        ended_at=iso_time.from_seconds(last / 1000),
        duration_s=(last - start) / 1000,
        requests=good + bad,
        failed=bad,
        lines=lines,
    )
