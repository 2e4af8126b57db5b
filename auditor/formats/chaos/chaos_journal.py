"""Chaos Toolkit's journal: what an experiment did, and whether that is a pass.

`completed` is not success: the steady state must be met before and after, an action must have run, every
step and rollback must have succeeded, and nothing may have been dry. Times without a zone are UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated

import msgspec

from auditor.formats.chaos import chaos_experiment
from auditor.formats.chaos.chaos_experiment import Experiment
from auditor.formats.testruns import invented
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed

_NAME = "The Chaos Toolkit journal"
_VERSION = re.compile(rb'"chaoslib-version"\s*:')
_STATES = re.compile(rb'"steady_states"\s*:')
_NOTHING_REAL_S = 0.002
_CLOCK_S = 1.0

_Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e9)]


class _What(msgspec.Struct):
    type: str = ""
    name: str = ""


class _Activity(msgspec.Struct):
    activity: _What
    status: str
    start: str
    end: str | None = None
    duration: _Seconds | None = None
    output: msgspec.Raw = msgspec.Raw(b"")
    tolerance_met: bool | None = None


class _State(msgspec.Struct):
    steady_state_met: bool | None = None
    probes: list[_Activity] = []


class _States(msgspec.Struct):
    before: _State | None = None
    after: _State | None = None


class _Journal(msgspec.Struct):
    version: str = msgspec.field(name="chaoslib-version")
    experiment: dict[str, object]
    start: str
    end: str
    status: str
    deviated: bool
    steady_states: _States | None
    run: list[_Activity]
    rollbacks: list[_Activity] | None
    duration: _Seconds | None = None
    node: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One activity that ran, with its times in UTC."""

    type: str
    name: str
    status: str
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class Journal:
    """One run of an experiment; `before` and `after` are None where no hypothesis was checked.

    `checked` is how many of its probes were looked at, both times.
    """

    version: str
    experiment: Experiment
    status: str
    deviated: bool
    before: bool | None
    after: bool | None
    steps: tuple[Step, ...]
    rollbacks: tuple[Step, ...]
    start: datetime | None
    end: datetime | None
    has_zone: bool
    duration_s: float | None
    checked: int
    empty_probes: tuple[str, ...]

    @property
    def shortcomings(self) -> tuple[str, ...]:
        """Why the run is no pass; empty where it is one."""
        failed = [s.name for s in (*self.steps, *self.rollbacks) if s.status != "succeeded"]
        faults = {action.name for action in self.experiment.actions}
        acted = any(step.type == "action" and step.name in faults for step in self.steps)
        checks = (
            (self.status != "completed", f"its status is {self.status[:40]!r}"),
            (self.deviated, "it deviated from the steady state"),
            (self.before is not True, "the steady state was not met before"),
            (self.after is not True, "the steady state was not met after"),
            (not self.experiment.hypothesis_probes, "no hypothesis says what must hold"),
            (
                self.checked < self.experiment.hypothesis_probes,
                "not all of the hypothesis was checked",
            ),
            (self.experiment.dry, "it was a dry run"),
            (not self.steps, "no step ran"),
            (bool(self.steps) and not acted, "no action injected a fault"),
            (len(self.steps) < len(self.experiment.method), "not every step of the method ran"),
            (bool(failed), f"{', '.join(failed[:3])} did not succeed"),
            (len(self.rollbacks) < self.experiment.rollbacks, "not every rollback ran"),
        )
        return tuple(reason for holds, reason in checks if holds)

    @property
    def doubts(self) -> tuple[str, ...]:
        """A sentence for each figure that no run can have written."""
        steps = [*self.steps, *self.rollbacks]
        times = [t for step in steps for t in (step.start, step.end) if t is not None]
        ends = [t for t in (self.start, self.end) if t is not None]
        nulls = [(name, None) for name in self.empty_probes]
        return invented.sentences(
            invented.period(self.start, self.end, self.duration_s),
            invented.at_once("phases", [*times, *ends], _NOTHING_REAL_S) if steps else None,
            *(invented.period(step.start, step.end) for step in steps),
            self._outside(times),
            self._hurried(),
            invented.nulls(nulls),
        )

    def _outside(self, times: list[datetime]) -> str | None:
        if self.start is None or self.end is None or not times:
            return None
        early = (self.start - min(times)).total_seconds()
        late = (max(times) - self.end).total_seconds()
        if max(early, late) <= _CLOCK_S:
            return None
        return "A step of it ran before it started, or after it ended."

    def _hurried(self) -> str | None:
        """A pause that the experiment asks for and the times do not show."""
        asked = {step.name: step.pause_s for step in self.experiment.method}
        for one, following in pairwise(self.steps):
            pause = asked.get(one.name, 0.0)
            if one.end is None or following.start is None or not pause:
                continue
            waited = (following.start - one.end).total_seconds()
            if waited < 0.9 * pause:
                return f"After {one.name} it should wait {pause:g} s, and waited {waited:.3g} s."
        return None


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like a journal."""
    text = json_text.opening(head).lstrip()
    return text.startswith(b"{") and bool(_VERSION.search(text) or _STATES.search(text))


def parse(data: bytes) -> Journal:
    """The journal. Raises Malformed, also for keys that chaoslib always writes, and TooLarge."""
    raw = json_text.decode(data, _Journal, name=_NAME)
    if not raw.version.strip():
        raise Malformed(f"{_NAME} names no version of chaoslib.")
    states = raw.steady_states or _States()
    start, zoned = _time(raw.start)
    end, _ = _time(raw.end)
    if start is None or end is None:
        raise Malformed(f"{_NAME} has a start or an end that is no time.")
    checked = [p for state in (states.before, states.after) if state for p in state.probes]
    return Journal(
        version=raw.version[:40],
        experiment=chaos_experiment.read(raw.experiment),
        status=raw.status,
        deviated=raw.deviated,
        before=_met(states.before),
        after=_met(states.after),
        steps=tuple(_step(step) for step in raw.run),
        rollbacks=tuple(_step(step) for step in raw.rollbacks or ()),
        start=start,
        end=end,
        has_zone=zoned,
        duration_s=raw.duration,
        checked=min(len(s.probes) if s else 0 for s in (states.before, states.after)),
        empty_probes=tuple(p.activity.name[:80] for p in checked if _is_empty(p)),
    )


def _met(state: _State | None) -> bool | None:
    """Whether a steady state was met; not where one of its probes was out of tolerance."""
    if state is None or state.steady_state_met is None:
        return None
    return state.steady_state_met and all(p.tolerance_met is not False for p in state.probes)


def _is_empty(probe: _Activity) -> bool:
    """Whether a probe met its tolerance with nothing."""
    return probe.tolerance_met is True and bytes(probe.output).strip() in (b"null", b"")


def _step(raw: _Activity) -> Step:
    return Step(
        type=raw.activity.type,
        name=raw.activity.name[:200],
        status=raw.status,
        start=_time(raw.start)[0],
        end=_time(raw.end or "")[0],
    )


def _time(text: str) -> tuple[datetime | None, bool]:
    time = iso_time.read(text)
    if time is None:
        return None, False
    return (time, True) if time.tzinfo is not None else (time.replace(tzinfo=UTC), False)
