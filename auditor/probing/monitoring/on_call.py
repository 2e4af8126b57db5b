"""Asks PagerDuty or Opsgenie who is paged for a service, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from auditor.formats.on_call import opsgenie_api, pagerduty_api
from auditor.formats.on_call.coverage import Policy, Shift
from auditor.formats.on_call.opsgenie_api import Escalation, Step
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.access import SYSTEMS
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring.monitoring_api import Answer, Api

if TYPE_CHECKING:
    from auditor.probing.contract import Context

WINDOW = timedelta(days=7)
_MOST_PAGES = 10
_PAGE = 100
_ACCEPT = {"Accept": "application/json"}


def policies(ctx: Context, system: str) -> Answer[list[Policy]]:
    """The policies by which a system pages for the service. Raises Trouble as `Api.ask` does, and
    vacuous where it knows no such service.
    """
    api = Api(ctx, ctx.access.base(system), SYSTEMS[system].title, f"--{system}", _ACCEPT)
    return _pagerduty(ctx, api) if system == "pagerduty" else _opsgenie(ctx, api)


def wanted(ctx: Context) -> str:
    """The name to look for: what the operator gave, else the service's."""
    return ctx.looking.on_call or ctx.target.service


def _pagerduty(ctx: Context, api: Api) -> Answer[list[Policy]]:
    query = {"query": wanted(ctx), "limit": str(_PAGE)}
    found = api.ask("/services", pagerduty_api.services, query)
    mine = [one for one in found.value if same(one.name, wanted(ctx))]
    if not mine:
        raise _nobody(ctx, api, "service", [one.name for one in found.value])
    made = []
    for service in mine:
        if service.disabled or not service.policy:
            made.append(Policy(f"{service.name} (disabled)", 0, ()))
            continue
        path = f"/escalation_policies/{quote(service.policy, safe='')}"
        name, levels = api.ask(path, pagerduty_api.policy).value
        made.append(Policy(name, levels, tuple(_on_calls(ctx, api, service.policy))))
    return Answer(made, found.exchange)


def _on_calls(ctx: Context, api: Api, policy: str) -> Iterator[Shift]:
    for page in range(_MOST_PAGES):
        query = {
            "escalation_policy_ids[]": policy,
            "since": ctx.now.isoformat(),
            "until": (ctx.now + WINDOW).isoformat(),
            "limit": str(_PAGE),
            "offset": str(page * _PAGE),
        }
        shifts, more = api.ask("/oncalls", pagerduty_api.on_calls, query).value
        yield from shifts
        if not more:
            return
    raise Trouble(ProblemKind.TOO_LARGE, f"{policy} has more than {_MOST_PAGES * _PAGE} shifts.")


def _opsgenie(ctx: Context, api: Api) -> Answer[list[Policy]]:
    found = api.ask("/v2/escalations", opsgenie_api.escalations)
    mine = [one for one in found.value if _concerns(one, wanted(ctx))]
    if not mine:
        names = [one.team or one.name for one in found.value]
        raise _nobody(ctx, api, "escalation", names)
    enabled = {s.id for s in api.ask("/v2/schedules", opsgenie_api.schedules).value if s.enabled}
    made = []
    for one in mine:
        delays = sorted({step.minutes for step in one.steps})
        shifts = [
            replace(shift, level=delays.index(step.minutes) + 1)
            for step in one.steps
            for shift in _of_step(ctx, api, step, enabled)
        ]
        made.append(Policy(one.name, len(delays), tuple(shifts)))
    return Answer(made, found.exchange)


def _of_step(ctx: Context, api: Api, step: Step, enabled: set[str]) -> Iterator[Shift]:
    """A person is always on call; a team is paged by an escalation of its own, which is not followed."""
    if step.kind == "user":
        yield Shift(1, step.id or step.name)
    if step.kind != "schedule" or step.id not in enabled:
        return
    query = {"interval": "2", "intervalUnit": "weeks", "date": ctx.now.isoformat()}
    path = f"/v2/schedules/{quote(step.id, safe='')}/timeline"
    yield from api.ask(path, opsgenie_api.timeline, query).value


def _concerns(escalation: Escalation, name: str) -> bool:
    return (
        any(same(text, name) for text in (escalation.name, escalation.team) if text)
        or escalation.name.casefold() == f"{name}_escalation".casefold()
    )


def same(one: str, other: str) -> bool:
    """Whether two names differ in nothing but case and punctuation."""
    plain = [re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") for name in (one, other)]
    return bool(plain[0]) and plain[0] == plain[1]


def _nobody(ctx: Context, api: Api, what: str, known: list[str]) -> Trouble:
    listed = f" It knows {', '.join(sorted(set(known))[:8])}." if known else ""
    return Trouble(
        ProblemKind.VACUOUS,
        f"{api.name} shows no {what} called {wanted(ctx)}.{listed}",
        "Name the one that pages for the service with --on-call.",
    )
