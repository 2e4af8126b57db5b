"""Answers of the REST API of PagerDuty, version 2: services, escalation policies, on-calls."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from auditor.formats.on_call.coverage import Shift
from auditor.formats.text import iso_time
from auditor.formats.text.errors import Malformed
from auditor.formats.text.json_text import decode

_NAME = "The answer of PagerDuty"


@dataclass(frozen=True, slots=True)
class Service:
    """A service, and the id of the escalation policy that it pages."""

    name: str
    disabled: bool
    policy: str


class _Reference(msgspec.Struct):
    id: str
    summary: str = ""


class _Service(msgspec.Struct):
    name: str
    status: str = ""
    escalation_policy: _Reference | None = None


class _Services(msgspec.Struct):
    services: list[_Service]


class _Rule(msgspec.Struct):
    targets: list[_Reference] = []


class _Policy(msgspec.Struct):
    name: str = ""
    summary: str = ""
    escalation_rules: list[_Rule] = []


class _PolicyAnswer(msgspec.Struct):
    escalation_policy: _Policy


class _OnCall(msgspec.Struct):
    user: _Reference
    escalation_level: int
    start: str | None = None
    end: str | None = None


class _OnCalls(msgspec.Struct):
    oncalls: list[_OnCall]
    more: bool = False


def services(body: bytes) -> list[Service]:
    """`/services`. Raises Malformed and TooLarge."""
    return [
        Service(
            one.name,
            one.status == "disabled",
            one.escalation_policy.id if one.escalation_policy else "",
        )
        for one in decode(body, _Services, name=_NAME).services
    ]


def policy(body: bytes) -> tuple[str, int]:
    """Name and number of levels of `/escalation_policies/<id>`. Raises as `services` does."""
    found = decode(body, _PolicyAnswer, name=_NAME).escalation_policy
    return found.name or found.summary, sum(bool(rule.targets) for rule in found.escalation_rules)


def on_calls(body: bytes) -> tuple[list[Shift], bool]:
    """The shifts of `/oncalls`, and whether there are more pages. Raises as `services` does."""
    answer = decode(body, _OnCalls, name=_NAME)
    shifts = []
    for one in answer.oncalls:
        start, end = (
            None if text is None else iso_time.read(text) for text in (one.start, one.end)
        )
        lost = (one.start is not None and start is None) or (one.end is not None and end is None)
        if lost or any(time is not None and time.tzinfo is None for time in (start, end)):
            raise Malformed(f"{_NAME} holds a shift whose time cannot be read.")
        shifts.append(Shift(one.escalation_level, one.user.id, start, end))
    return shifts, answer.more
