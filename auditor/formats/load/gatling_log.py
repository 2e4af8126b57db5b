"""What Gatling writes beside its statistics: `assertions.json`, and `simulation.log` as text.

From both comes the time of the run; from the log also its requests, one by one (up to Gatling 3.10).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed

_NAME = "The Gatling log"
_ASSERTIONS = "The Gatling assertions"
_LOG = re.compile(rb"\ARUN\t([^\n]{0,1000})\t(\d{13})\t([^\n]{0,1000})")
_OPENING = re.compile(rb'\A\s*\{\s*"simulation"\s*:\s*"[^"]*",\s*"simulationId"\s*:')
_TEXT = 200
_MOST_SCENARIOS = 100
_STAMP = re.compile(r"\d{13}")


@dataclass(frozen=True, slots=True)
class GatlingRun:
    """One run: requests are None where only the assertions tell of it.

    `simulation` is the class that was run, `ids` name the run (Gatling's own name last; "" is one that
    nobody gave), `description` is what was said of it, `version` that of Gatling. What a file does not
    tell is None, or empty.
    """

    started_at: datetime | None
    ended_at: datetime | None = None
    duration_s: float | None = None
    requests: int | None = None
    failed: int | None = None
    lines: int = 0
    assertions_met: tuple[str, ...] = ()
    assertions_failed: tuple[str, ...] = ()
    simulation: str = ""
    ids: tuple[str, ...] = ()
    description: str | None = None
    scenarios: tuple[str, ...] | None = None
    version: str = ""


class _Assertion(msgspec.Struct):
    message: str = ""
    result: bool = False


class _Assertions(msgspec.Struct):
    simulation: str
    start: Annotated[int, msgspec.Meta(ge=0, le=10**15)]
    assertions: list[_Assertion]
    simulationId: str | None = None
    description: str | None = None
    scenarios: list[str] | None = None


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
        assertions_met=tuple(a.message[:_TEXT] for a in found.assertions if a.result),
        assertions_failed=tuple(a.message[:_TEXT] for a in found.assertions if not a.result),
        simulation=found.simulation[:_TEXT],
        ids=(found.simulationId[:_TEXT],) if found.simulationId is not None else (),
        description=found.description[:_TEXT] if found.description is not None else None,
        scenarios=tuple(one[:_TEXT] for one in found.scenarios[:_MOST_SCENARIOS])
        if found.scenarios is not None
        else None,
    )


def _log(data: bytes) -> GatlingRun:
    opening = _LOG.search(data)
    names, time, rest = opening.groups() if opening else (b"", b"0", b"")
    simulation, *ids = names.decode("utf-8", "replace").split("\t")
    description, _, version = rest.decode("utf-8", "replace").rstrip("\r").partition("\t")
    start = int(time)
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
        simulation=simulation[:_TEXT],
        ids=tuple(one[:_TEXT] for one in ids),
        # Gatling writes a blank where nobody said anything.
        description=description.strip()[:_TEXT],
        version=version[:_TEXT],
    )
