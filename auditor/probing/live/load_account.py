"""A load run in words: how it ended, what to do next, and what bore it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from auditor.formats.load.load_report import is_local
from auditor.model.evidence import Value
from auditor.probing.live.load_plan import Plan
from auditor.probing.live.load_ramp import End, Run

if TYPE_CHECKING:
    from auditor.probing.contract import Context

HINTS = {
    End.GENERATOR: "Run the audit from a machine with an idle processor, or lower --load-rate.",
    End.REFUSED: "Exempt the auditor's address from the rate limit of staging, or lower --load-rate.",
    End.BROKE: "Find what saturates first, or lower --load-rate to what is expected.",
}


def no_capacity(plan: Plan, run: Run) -> str:
    if run.unstable and run.broken is not None:
        rate = run.broken.stage.offered
        return (
            f"The service is unstable at {rate:g} requests a second: it held once and broke once."
        )
    if run.broken is not None and run.highest is not None:
        low, high = run.highest.stage.offered, run.broken.stage.offered
        return f"The service held {low:g} requests a second and broke at {high:g}; its limit lies between."
    stopped = next((s for s in run.steps if s.part != "hold" and s.end is not End.HELD), None)
    if stopped is not None:
        return (
            f"The steps ended at {stopped.stage.offered:g} requests a second, where {stopped.why}."
        )
    return (
        f"The service held every step up to {plan.rate:g} requests a second; its limit is higher."
    )


def next_step(run: Run) -> str:
    stopped = next((s for s in run.steps if s.end is not End.HELD), None)
    return "Raise --load-rate to find it." if stopped is None else HINTS[stopped.end]


def told(ctx: Context, plan: Plan, run: Run) -> str:
    """The run in a line that follows a figure and "since": by what, against what, and how it ended."""
    last = run.hold or run.steps[-1]
    kind = "open" if last.stage.open_model else "closed"
    host = urlsplit(ctx.http.base or "").hostname or ""
    name = ctx.target.deployment.name if ctx.target.deployment else "the deployment"
    where = f"{host}, a laptop or the auditor's own machine" if is_local(host) else host
    return (
        f"{last.stage.tool} measured it in one run against {name} ({where}): {kind} model, {run.sent:,} requests,"
        f" {last.part} at {last.stage.offered:g} a second {last.end}"
    )


def environment(ctx: Context, plan: Plan, run: Run) -> dict[str, Value]:
    """A label of what bore the load, since the figures hold for it alone."""
    host = urlsplit(ctx.http.base or "").hostname or ""
    deployment = ctx.target.deployment
    return {
        "deployment": deployment.name if deployment else "",
        "host": host,
        "on_the_auditors_machine": is_local(host),
        "generator": run.steps[-1].stage.tool,
        "generator_processors": os.cpu_count() or 0,
        "paths": list(plan.paths),
        "a_step_held": plan.words,
    }
