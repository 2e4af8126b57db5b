"""Whether the operator lets the audit load or attack the deployment: the flag, and the host by name."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble

if TYPE_CHECKING:
    from auditor.probing.contract import Context


def refuse_without_leave(ctx: Context, what: str, *, load: bool = False) -> None:
    """Raise Trouble (denied) unless the flag is given and the host listed, and it is no production one.

    `what` names in the message what is sent, as in "A burst of requests". The runner checks the same
    before any intrusive probe, but takes either flag for all.
    """
    flag = "--allow-load" if load else "--allow-intrusive"
    if not (ctx.looking.allow_load if load else ctx.looking.allow_intrusive):
        raise Trouble(
            ProblemKind.DENIED,
            f"{what} is sent only with leave.",
            f"Run again with {flag}, and --allow-host for a host that may bear it.",
        )
    host = (urlsplit(ctx.http.base or "").hostname or "").lower()
    production = ctx.target.deployment is not None and ctx.target.deployment.production
    if production or host not in {h.lower() for h in ctx.looking.allow_hosts}:
        raise Trouble(
            ProblemKind.DENIED,
            f"The host {host} is not on the list of those that may bear it: {what.lower()}.",
            f"Run again with --allow-host {host} if it is no production host.",
        )
