"""Follows the runbook link of each alert of the repository, and sees whether it leads to a page of its own.

A path, and an address of the very repository on its forge, are looked up in the work tree, with the heading that
they name. Other addresses are asked for, where the operator named their host with --allow-host: the repository
does not choose whom the auditor talks to. A page that every path of the host shows is none, nor are two links to
one page two runbooks. What a runbook is worth is not seen, nor the alerts of Grafana, or of rules that are rendered.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.evidence import Value
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Phase,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.doors.redact import redact
from auditor.probing.monitoring.prometheus_files import prometheus_files
from auditor.probing.monitoring.runbook_links import Led, RunbookLink, follow, links, same_pages

FOLLOWED = FactSpec(
    "runbooks.followed", FactType.NUMBER, "Runbook links of alerts that were followed", "links"
)
DEAD = FactSpec(
    "runbooks.dead", FactType.LIST, "Alerts whose runbook link leads to no page, and why"
)
ALIKE = FactSpec(
    "runbooks.alike", FactType.LIST, "Runbook links that are different and show the same page"
)
_ALL = (FOLLOWED, DEAD, ALIKE)
_MOST = 200


@probe(
    "monitoring.runbooks",
    title="Runbook links of alerts",
    needs=[Need.REPOSITORY],
    emits=_ALL,
    phase=Phase.LIVE,
    timeout_s=180.0,
)
def runbooks(ctx: Context) -> Iterator[Observation]:
    """What is dead is told in any case; that nothing is, only where every link could be followed."""
    found = prometheus_files(ctx.repo)
    if found.rendered and not found.rules:
        yield _vacuous(
            "The alert rules of the repository are rendered, so their links were not read."
        )
        return
    wanted = [one for one in links(found) if one.link]
    if not wanted:
        yield _vacuous("No alert of the repository links a runbook.")
        return
    led: dict[str, Led] = {}
    trouble: Trouble | None = None
    for link in list(dict.fromkeys(one.link for one in wanted))[:_MOST]:
        try:
            led[link] = follow(ctx, link)
        except Trouble as caught:
            trouble = trouble or caught
    yield from _facts(ctx, wanted, led, trouble)


def _facts(
    ctx: Context, wanted: list[RunbookLink], led: dict[str, Led], trouble: Trouble | None
) -> Iterator[Observation]:
    dead = [one for one in wanted if one.link in led and led[one.link].why_not]
    told = [redact(f"{one.alert}: {one.link} ({led[one.link].why_not})") for one in dead]
    alike = [redact(link) for link in same_pages(led)]
    seen = [one.exchange for one in led.values() if one.exchange is not None]
    source = seen[0].source if seen else ctx.repo.source("annotations of alert rules")
    values: list[tuple[FactSpec, Value]] = [(FOLLOWED, len(led)), (DEAD, told), (ALIKE, alike)]
    if trouble is not None:
        hidden = tuple(spec.key for spec, value in values if spec is FOLLOWED or not value)
        yield trouble.problem(*hidden)
        values = [(spec, value) for spec, value in values if spec.key not in hidden]
    for spec, value in values:
        yield spec.of(
            value,
            level=Level.OBSERVED if len(seen) == len(led) else Level.EFFECTIVE,
            source=source,
            locations=[one.place for one in dead][:50] if spec is DEAD else [],
            produced_at=ctx.observed_at,
        )


def _vacuous(message: str) -> Problem:
    hint = "Give each alert a `runbook_url` of its own, in rules that the repository holds."
    return Problem(ProblemKind.VACUOUS, message, hint, tuple(spec.key for spec in _ALL))
