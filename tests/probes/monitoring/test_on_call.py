"""Who is on call for the service, as PagerDuty and Opsgenie tell it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.on_call.coverage import Shift, gaps
from auditor.model.evidence import Status
from auditor.model.target import Looking
from auditor.probing.doors.access import access
from auditor.probing.testing import NOW, problems, run_probe, values
from probes.monitoring.on_call import on_call
from tests.servers.made_up import MadeUp

DAY = timedelta(days=1)
WEEK = 7 * DAY


def shift(level: int, person: str, start: float | None = None, end: float | None = None) -> Any:
    """An on-call of PagerDuty; times in days from now."""
    times = [None if day is None else (NOW + day * DAY).isoformat() for day in (start, end)]
    user = {"id": person, "type": "user_reference", "summary": "A Name"}
    return {"user": user, "escalation_level": level, "start": times[0], "end": times[1]}


def pagerduty(*on_calls: Any, levels: int = 2, status: str = "active", **routes: Any) -> MadeUp:
    """A PagerDuty with the service and its policy."""
    service = {"id": "S1", "name": "Service", "status": status, "escalation_policy": {"id": "P1"}}
    rules = [{"targets": [{"id": "SCHED"}]}] * levels
    policy = {"escalation_policy": {"name": "Orders team", "escalation_rules": rules}}
    return MadeUp(
        {
            "/services": {"services": [service]},
            "/escalation_policies/P1": policy,
            "/oncalls": {"oncalls": list(on_calls), "more": False},
            **routes,
        },
        "Token token=a-read-only-key",
    )


def ask(api: MadeUp, variable: str = "AUDITOR_PAGERDUTY_TOKEN", **options: Any) -> Any:
    """The probe of an operator with a key."""
    return run_probe(on_call, http=api, access=access({variable: "a-read-only-key"}, {}), **options)


GOOD = [shift(1, "ann", -1, 3), shift(1, "bob", 3, 10), shift(2, "cy")]


def test_present_two_levels_without_gaps() -> None:
    api = pagerduty(*GOOD)
    evidence = ask(api)
    assert problems(evidence) == []
    assert values(evidence) == {
        "oncall.policies": ["Orders team (2 levels)"],
        "oncall.now": True,
        "oncall.levels": 2,
        "oncall.gaps": [],
        "oncall.people": 3,
    }
    assert api.methods == {"GET"}
    assert "A Name" not in repr(evidence)


def test_missing_service_names_those_there_are() -> None:
    evidence = ask(pagerduty(*GOOD), looking=Looking(on_call="billing"))
    assert problems(evidence) == ["vacuous"]
    assert "Service" in evidence.problems[0].message
    assert "--on-call" in evidence.problems[0].hint


def test_without_a_key_there_is_nothing_to_look_at() -> None:
    evidence = run_probe(on_call)
    assert problems(evidence) == ["not_configured"]
    assert "AUDITOR_PAGERDUTY_TOKEN" in evidence.problems[0].hint
    assert evidence.status is Status.OK, "a person's word may stand in for what nobody gave"


def test_malformed_shifts_tell_nothing() -> None:
    broken = {**shift(1, "ann"), "start": "tomorrow"}
    assert problems(ask(pagerduty(broken))) == ["malformed"]


def test_denied_names_the_variable() -> None:
    api = pagerduty(*GOOD)
    api.credential = "Token token=another"
    evidence = ask(api)
    assert problems(evidence) == ["denied"]
    assert "AUDITOR_PAGERDUTY_TOKEN" in evidence.problems[0].hint
    assert "a-read-only-key" not in repr(evidence)


def test_false_green_a_schedule_that_ends_in_the_week_is_a_gap() -> None:
    told = values(ask(pagerduty(shift(1, "ann", -1, 5), shift(2, "cy"))))
    assert told["oncall.now"] is True
    assert told["oncall.levels"] == 0
    assert told["oncall.gaps"] == ["Orders team: 2026-03-07 12:00 to 2026-03-09 12:00 UTC"]


def test_false_green_one_person_behind_herself_is_one() -> None:
    assert values(ask(pagerduty(shift(1, "ann"), shift(2, "ann"))))["oncall.people"] == 1


def test_false_green_a_second_level_that_nobody_holds_is_none() -> None:
    assert values(ask(pagerduty(shift(1, "ann"), shift(1, "bob"))))["oncall.levels"] == 1


def test_false_green_a_disabled_service_pages_nobody() -> None:
    told = values(ask(pagerduty(*GOOD, status="disabled")))
    assert (told["oncall.now"], told["oncall.levels"]) == (False, 0)


def test_shifts_of_several_pages_are_joined() -> None:
    def page(params: Any) -> Any:
        first = params["offset"] == "0"
        return {"oncalls": GOOD[:1] if first else GOOD[1:], "more": first}

    assert values(ask(pagerduty(**{"/oncalls": page})))["oncall.levels"] == 2


def opsgenie(*periods: tuple[str, float, float], enabled: bool = True) -> MadeUp:
    """An Opsgenie in which a schedule is escalated to a person after ten minutes."""
    rules = [
        {
            "recipient": {"type": "schedule", "id": "s1"},
            "delay": {"timeAmount": 0, "timeUnit": "minutes"},
        },
        {
            "recipient": {"type": "user", "id": "cy"},
            "delay": {"timeAmount": 10, "timeUnit": "minutes"},
        },
    ]
    escalation = {"name": "service_escalation", "ownerTeam": {"name": "team"}, "rules": rules}
    timeline = [
        {
            "startDate": (NOW + start * DAY).isoformat(),
            "endDate": (NOW + end * DAY).isoformat(),
            "recipient": {"type": "user", "id": person},
        }
        for person, start, end in periods
    ]
    return MadeUp(
        {
            "/v2/escalations": {"data": [escalation]},
            "/v2/schedules": {"data": [{"id": "s1", "name": "main", "enabled": enabled}]},
            "/v2/schedules/s1/timeline": {
                "data": {"finalTimeline": {"rotations": [{"periods": timeline}]}}
            },
        },
        "GenieKey a-read-only-key",
    )


@pytest.mark.parametrize(
    ("api", "levels", "people"),
    [
        (opsgenie(("ann", -1, 4), ("bob", 4, 9)), 2, 3),
        (opsgenie(("ann", -1, 4), ("bob", 5, 9)), 0, 3),
        (opsgenie(("ann", -1, 9), enabled=False), 0, 1),
    ],
)
def test_opsgenie_is_followed_through_its_schedules(api: MadeUp, levels: int, people: int) -> None:
    told = values(ask(api, "AUDITOR_OPSGENIE_TOKEN"))
    assert (told["oncall.levels"], told["oncall.people"]) == (levels, people)


@given(st.lists(st.tuples(st.integers(-48, 240), st.integers(1, 100)), max_size=12))
def test_gaps_are_exactly_the_hours_that_no_shift_holds(spans: list[tuple[int, int]]) -> None:
    hour = timedelta(hours=1)
    shifts = [Shift(1, "x", NOW + a * hour, NOW + (a + n) * hour) for a, n in spans]
    held = {h for a, n in spans for h in range(a, a + n)}
    free = [h for h in range(168) if h not in held]

    def inside(moment: datetime) -> bool:
        return any(a <= moment < b for a, b in gaps(shifts, NOW, NOW + WEEK))

    assert [h for h in range(168) if inside(NOW + h * hour + hour / 2)] == free
