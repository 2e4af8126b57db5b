"""What ships the service's logs away from its containers, and for how long the store keeps them.

Reads configurations of Promtail, Alloy, Fluent Bit, Fluentd, Vector, Filebeat and the OpenTelemetry collector,
texts in ConfigMaps too, logging drivers in Compose files and in container definitions of ECS, and the agent of
Datadog. A shipper counts when a source leads to a target outside itself, Compose or a manifest runs it with that
file, its address may be somebody's, and it takes the logs of every container, or of the service. Retention is
read of Loki (limits_config and compactor), VictoriaLogs, lifecycle policies of Elasticsearch and OpenSearch, and
log groups in Terraform, CloudFormation and Serverless. Tests, examples and documents are left out, and charts not
rendered. That lines arrive, and old ones are deleted, only the store shows; what is set up elsewhere is not seen,
so that nothing found means not known.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.containers.composed_services import composed_services
from auditor.probing.containers.container_files import Holdings
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.monitoring.log_retention_files import LogRetention, log_retention_files
from auditor.probing.monitoring.log_shipper_judge import ShipperJudge
from auditor.probing.monitoring.log_shippers import LogShippers, log_shippers
from auditor.probing.repository.entries import Entries

_LIST = FactType.LIST
SHIPPERS = FactSpec("log_shipping.shippers", _LIST, "What ships the service's logs, and whereto.")
INVALID = FactSpec("log_shipping.invalid", _LIST, "Configurations that their shipper would refuse.")
PLACEHOLDERS = FactSpec(
    "log_shipping.placeholder_targets", _LIST, "Shippers whose targets are nobody's."
)
IDLE = FactSpec("log_shipping.idle", _LIST, "Shippers that take nothing of the service anywhere.")
UNROTATED = FactSpec(
    "log_shipping.unrotated", _LIST, "Containers of the service whose log file grows without end."
)
DAYS = FactSpec(
    "log_shipping.retention_days",
    FactType.NUMBER,
    "Days for which the stores keep logs by an enforced setting, the fewest of several.",
    "days",
)
INEFFECTIVE = FactSpec(
    "log_shipping.retention_ineffective",
    _LIST,
    "Retention that is set and not enforced, or not set.",
)
_OF_SHIPPERS = (SHIPPERS, INVALID, PLACEHOLDERS, IDLE, UNROTATED)
_ELSEWHERE = "Where another repository sets it up, attest it with a link to the store."


@probe(
    "infra.log_shipping",
    title="Shipping and retention of logs",
    needs=[Need.REPOSITORY],
    emits=[*_OF_SHIPPERS, DAYS, INEFFECTIVE],
    pure=True,
)
def log_shipping(ctx: Context) -> Iterator[Observation]:
    """Facts of shippers where any is found, those of retention where any is set."""
    services = list(composed_services(ctx.repo, Holdings(ctx.repo)))
    yield from _shipping(ctx, log_shippers(ctx.repo, services))
    yield from _retention(ctx, log_retention_files(ctx.repo, ShipperJudge(ctx.repo, services)))


def _shipping(ctx: Context, found: LogShippers) -> Iterator[Observation]:
    seen = Entries(_OF_SHIPPERS, problems=list(found.problems))
    rows = (
        (SHIPPERS, found.running),
        (INVALID, found.invalid),
        (PLACEHOLDERS, found.placeholders),
        (IDLE, found.idle),
        (UNROTATED, found.unrotated),
    )
    for spec, entries in rows:
        for path, line, what in entries:
            seen.add(spec, path, line, what)
    if not found.running and not seen.problems:
        others = found.idle or found.placeholders or found.invalid
        said = "The repository holds nothing that ships logs."
        if others:
            path, line, what = others[0]
            said = f"Nothing ships logs of the service: {Location(path, line)} {what}."
        yield Problem(ProblemKind.VACUOUS, said, _ELSEWHERE, (SHIPPERS.key,))
        seen.facts = tuple(spec for spec in _OF_SHIPPERS if spec is not SHIPPERS)
    source = ctx.repo.source(
        "searched: configurations of log shippers, Compose files, manifests, *.tf"
    )
    yield from seen.observations(ctx, source)


def _retention(ctx: Context, found: LogRetention) -> Iterator[Observation]:
    seen = Entries((INEFFECTIVE,), problems=list(found.unread))
    for path, one in found.found:
        if one.against:
            seen.add(INEFFECTIVE, path, one.line, f"{one.store}: {one.against}")
    kept = [(path, one) for path, one in found.found if not one.against and one.days]
    source = ctx.repo.source(
        ", ".join(path for path, _ in found.found) or "searched: stores of logs"
    )
    if kept:
        yield DAYS.of(
            round(min(one.days or 0 for _, one in kept), 2),
            level=Level.EFFECTIVE,
            source=source,
            locations=[Location(path=path, line=one.line) for path, one in kept],
            produced_at=ctx.observed_at,
        )
    else:
        told = (
            "is decided by variables"
            if any(not o.against for _, o in found.found)
            else "is nowhere enforced"
        )
        said = f"For how long logs are kept {told} in the repository." if found.found else (
            "No store of logs in the repository says for how long it keeps them."
        )  # fmt: skip
        yield Problem(ProblemKind.VACUOUS, said, _ELSEWHERE, (DAYS.key,))
    yield from seen.observations(ctx, source)
