"""Asks PagerDuty or Opsgenie whether somebody is on call for the service, now and for the week to come.

In PagerDuty the service is the one that is called like this one (or as --on-call says), and its escalation policy
is followed; in Opsgenie the escalations of that name, or of the team of that name. A level is covered where
somebody is on call at every minute of the seven days; overrides count, as far as the system computes them. People
are counted, not named. That whoever is on call has a working phone, and that alerts reach this service at all, is
not seen; a team that an Opsgenie escalation notifies is not followed further. Where no such system was given, that is
an answer too: a person's word may then stand, which it may not against what a system shows.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.on_call.coverage import Policy, covered_levels, gaps, people
from auditor.model.evidence import Fact, Value
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Phase,
    Trouble,
    probe,
)
from auditor.probing.doors.access import ON_CALL
from auditor.probing.doors.redact import redact
from auditor.probing.http import Exchange
from auditor.probing.looking import lacking, met
from auditor.probing.monitoring.on_call import WINDOW, policies

POLICIES = FactSpec("oncall.policies", FactType.LIST, "How pages of the service are escalated")
NOW = FactSpec("oncall.now", FactType.BOOLEAN, "Whether somebody is on call for the service now")
LEVELS = FactSpec(
    "oncall.levels",
    FactType.NUMBER,
    "Levels of escalation with somebody on call at every minute of the next week",
    "levels",
)
GAPS = FactSpec("oncall.gaps", FactType.LIST, "When nobody is on call in the next week")
PEOPLE = FactSpec(
    "oncall.people", FactType.NUMBER, "Different people on call in the next week", "people"
)
_EVERY = (POLICIES, NOW, LEVELS, GAPS, PEOPLE)
_MOST_GAPS = 10


@probe(
    "monitoring.on_call",
    title="Who is on call",
    emits=_EVERY,
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def on_call(ctx: Context) -> Iterator[Observation]:
    """The first system that knows the service decides; of several policies the weakest."""
    if not met(ctx)[Need.ON_CALL]:
        yield lacking(Need.ON_CALL, *(spec.key for spec in _EVERY))
        return
    trouble: Trouble | None = None
    for system in (name for name in ON_CALL if ctx.access.base(name)):
        try:
            found = policies(ctx, system)
        except Trouble as caught:
            trouble = trouble or caught
            continue
        yield from _facts(ctx, found.value, found.exchange)
        return
    if trouble is not None:
        raise trouble


def _facts(ctx: Context, found: list[Policy], exchange: Exchange) -> Iterator[Fact]:
    start, end = ctx.now, ctx.now + WINDOW
    told = [redact(f"{one.name} ({one.levels} levels)") for one in found]
    without = [
        redact(f"{one.name}: {begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M} UTC")
        for one in found
        for begins, ends in gaps((s for s in one.shifts if s.level == 1), start, end)
    ]
    values: list[tuple[FactSpec, Value]] = [
        (POLICIES, told),
        (NOW, all(_now(one, ctx) for one in found)),
        (LEVELS, min(covered_levels(one, start, end) for one in found)),
        (GAPS, without[:_MOST_GAPS]),
        (PEOPLE, min(people(one, start, end) for one in found)),
    ]
    for spec, value in values:
        yield spec.of(
            value,
            level=Level.OBSERVED,
            source=exchange.source,
            locations=[exchange.location],
            produced_at=ctx.observed_at,
        )


def _now(policy: Policy, ctx: Context) -> bool:
    """Whether a shift of the first level runs at the time of the audit."""
    return any(
        shift.level == 1
        and (shift.start is None or shift.start <= ctx.now)
        and (shift.end is None or shift.end > ctx.now)
        for shift in policy.shifts
    )
