"""Tells what the operator gave this audit to look at beside the repository: systems by address or token, and leave.

A weaker report may stand where nothing stronger was looked at, and not where something stronger was and says
otherwise. So that a run which was lost is not taken for one that nobody asked for, that it was not asked for is a fact
of its own. Nothing is sent; whether what was given answers is for the probes that ask it.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.evidence import Source, SourceKind
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Need, Observation, probe
from auditor.probing.looking import met

SYSTEMS = FactSpec(
    "given.systems",
    FactType.LIST,
    "What this audit was given to look at: addresses, tokens and leave",
)

_ALWAYS = (Need.REPOSITORY, Need.NETWORK)


@probe("live.given", title="What the audit was given", emits=[SYSTEMS])
def given(ctx: Context) -> Iterator[Observation]:
    """Names of needs that are met, and of what may be done to the deployment."""
    have = met(ctx)
    names = [need.value for need in Need if have[need] and need not in _ALWAYS]
    if have[Need.URL]:
        names += ["load"] if ctx.looking.allow_load else []
        names += ["intrusive"] if ctx.looking.allow_intrusive else []
    if "intrusive" in names and ctx.command.find("schemathesis") is not None:
        names.append("conformance")
    yield SYSTEMS.of(
        names,
        level=Level.OBSERVED,
        source=Source(
            SourceKind.COMMAND, "options and environment of the audit", observed_at=ctx.observed_at
        ),
        produced_at=ctx.observed_at,
    )
