"""Reads service level objectives from the repository, and the alerts on how fast their error budgets burn.

Objectives: OpenSLO, Sloth (plain or for Kubernetes) and Pyrra, by content; one without a target below 100 %, or without
a query that tells how it stands, is none. Burn-rate alerts: rules of Prometheus that compare two windows or more, and
those that Sloth and Pyrra make from an objective, or that an OpenSLO names. Those among tests, examples and
documents are left out.

Not seen: objectives that live in a vendor's system alone, whether the queries return data, and whether the alerts are
loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.formats.monitoring import slo_file
from auditor.model.probe import FactType
from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.contract import Context, FactSpec, Need, Observation, Trouble, probe
from auditor.probing.monitoring.prometheus_files import prometheus_files
from auditor.probing.repository.entries import Entries

OBJECTIVES = FactSpec(
    "slo.objectives", FactType.LIST, "Service level objectives, with target and window."
)
INCOMPLETE = FactSpec("slo.incomplete", FactType.LIST, "Objectives that cannot be held, and why.")
BURN = FactSpec("slo.burn_alerts", FactType.LIST, "Alerts on how fast an error budget burns.")
INVALID = FactSpec("slo.invalid", FactType.LIST, "Files of objectives that cannot be read.")

_YAML = re.compile(r"(?i).+\.ya?ml")
_LIMIT = 1024 * 1024


@probe(
    "monitoring.slos",
    title="Service level objectives",
    needs=[Need.REPOSITORY],
    emits=[OBJECTIVES, INCOMPLETE, BURN, INVALID],
    pure=True,
)
def slos(ctx: Context) -> Iterator[Observation]:
    """What cannot be read, or is nowhere, leaves open what nothing else tells: a vendor may hold it."""
    repo = ctx.repo
    seen = Entries((OBJECTIVES, INCOMPLETE, BURN, INVALID))
    for entry in repo.service:
        if not _YAML.fullmatch(entry.path) or use_of(repo.below(entry.path)) is Use.APART:
            continue
        try:
            if not slo_file.sniff(repo.head(entry.path)):
                continue
        except Trouble as trouble:
            seen.problems.append(trouble.problem())
            continue
        with seen.reading(entry.path, INVALID, "its tool"):
            for one in slo_file.parse(repo.read(entry.path, limit=_LIMIT).data, name=entry.path):
                _add(seen, entry.path, one)
    _burn_alerts(ctx, seen)
    seen.away(
        "The repository holds no service level objective of OpenSLO, Sloth or Pyrra.",
        "Write one beside the alert rules, or attest those that a vendor holds.",
        OBJECTIVES, INCOMPLETE, INVALID,
    )  # fmt: skip
    if OBJECTIVES.key not in seen.found and INCOMPLETE.key not in seen.found:
        seen.away(
            "No rule of the repository follows how fast an error budget burns.",
            "Write such rules, or attest the alerts of the vendor that holds the objectives.",
            BURN,
        )
    source = repo.source("searched: OpenSLO, Sloth and Pyrra files, and rules of Prometheus")
    yield from seen.observations(ctx, source)


def _add(seen: Entries, path: str, one: slo_file.Objective) -> None:
    name = one.name or "an objective"
    if one.lacks:
        seen.add(INCOMPLETE, path, one.line, f"{name} {one.lacks}")
        return
    window = f" over {one.window}" if one.window else ""
    seen.add(OBJECTIVES, path, one.line, f"{name}: {one.target:g} %{window}")
    if one.alerts:
        seen.add(BURN, path, one.line, f"made from the objective {name}")


def _burn_alerts(ctx: Context, seen: Entries) -> None:
    found = prometheus_files(ctx.repo)
    seen.problems += found.problems
    for rules in found.rules:
        for rule in rules.alerts:
            if slo_file.burns(rule.name, rule.expr):
                seen.add(BURN, rules.path, rule.line, rule.name)
