"""Answers of the REST API of Opsgenie, version 2: escalations, schedules and their timelines."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from auditor.formats.on_call.coverage import Shift
from auditor.formats.text import iso_time
from auditor.formats.text.errors import Malformed
from auditor.formats.text.json_text import decode

_NAME = "The answer of Opsgenie"
_MINUTES = {"minutes": 1, "hours": 60, "days": 1440, "": 1}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an escalation: whom it notifies, and after how many minutes."""

    minutes: float
    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """An escalation of a team."""

    name: str
    team: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Schedule:
    """A schedule, which somebody may have switched off."""

    id: str
    name: str
    team: str
    enabled: bool


class _Team(msgspec.Struct):
    name: str = ""


class _Recipient(msgspec.Struct):
    type: str = ""
    id: str = ""
    name: str = ""
    username: str = ""


class _Delay(msgspec.Struct, rename="camel"):
    time_amount: float = 0.0
    time_unit: str = "minutes"


class _Rule(msgspec.Struct):
    recipient: _Recipient
    delay: _Delay = msgspec.field(default_factory=_Delay)


class _Escalation(msgspec.Struct, rename="camel"):
    name: str
    owner_team: _Team | None = None
    rules: list[_Rule] = []


class _Schedule(msgspec.Struct, rename="camel"):
    id: str
    name: str
    enabled: bool = True
    owner_team: _Team | None = None


class _Period(msgspec.Struct, rename="camel"):
    start_date: str
    end_date: str
    recipient: _Recipient | None = None


class _Rotation(msgspec.Struct):
    periods: list[_Period] = []


class _Timeline(msgspec.Struct):
    rotations: list[_Rotation] = []


class _Timelines(msgspec.Struct, rename="camel"):
    final_timeline: _Timeline


class _EscalationsAnswer(msgspec.Struct):
    data: list[_Escalation]


class _SchedulesAnswer(msgspec.Struct):
    data: list[_Schedule]


class _TimelineAnswer(msgspec.Struct):
    data: _Timelines


def escalations(body: bytes) -> list[Escalation]:
    """`/v2/escalations`. Raises Malformed and TooLarge."""
    return [
        Escalation(
            one.name,
            one.owner_team.name if one.owner_team else "",
            tuple(_step(rule) for rule in one.rules),
        )
        for one in decode(body, _EscalationsAnswer, name=_NAME).data
    ]


def _step(rule: _Rule) -> Step:
    whom = rule.recipient
    factor = _MINUTES.get(rule.delay.time_unit, 1)
    return Step(rule.delay.time_amount * factor, whom.type, whom.id, whom.name or whom.username)


def schedules(body: bytes) -> list[Schedule]:
    """`/v2/schedules`. Raises as `escalations` does."""
    return [
        Schedule(one.id, one.name, one.owner_team.name if one.owner_team else "", one.enabled)
        for one in decode(body, _SchedulesAnswer, name=_NAME).data
    ]


def timeline(body: bytes) -> list[Shift]:
    """The shifts of people in `/v2/schedules/<id>/timeline`, all at level 1. Raises as `escalations` does.

    A period of nobody, or of what is no person, is none.
    """
    shifts = []
    for rotation in decode(body, _TimelineAnswer, name=_NAME).data.final_timeline.rotations:
        for period in rotation.periods:
            whom = period.recipient
            if whom is None or whom.type != "user" or not (whom.id or whom.name):
                continue
            start, end = iso_time.read(period.start_date), iso_time.read(period.end_date)
            if start is None or end is None or start.tzinfo is None or end.tzinfo is None:
                raise Malformed(f"{_NAME} holds a shift whose time cannot be read.")
            shifts.append(Shift(1, whom.id or whom.name, start, end))
    return shifts
