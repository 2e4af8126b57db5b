"""Asks the running deployment which commit it was built from, and compares it with the audited one.

Looks at /version and its like, at health and info endpoints, at headers of those answers, at `*_build_info`
in the metrics and, where the Kubernetes API may be asked, at labels and annotations of what runs there, such as
`org.opencontainers.image.revision`, and at image tags that are a commit. The place that answers is asked twice
more, and the cluster in any case: commits that differ decide nothing. Without such an answer, live evidence
speaks of some version of the service. A deployment can lie about itself; that is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.containers import build_revision
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
from auditor.probing.http import Exchange
from auditor.probing.kubernetes.cluster import Cluster, Service
from auditor.probing.kubernetes.cluster import revisions as revisions_of_cluster
from auditor.probing.live.answers import Unknown, find_unknown, json_of
from auditor.probing.monitoring.metrics_endpoint import scrape

REVISION = FactSpec(
    "deployment.revision", FactType.TEXT, "The commit that the deployment says it was built from"
)
IS_AUDITED = FactSpec(
    "deployment.is_audited_commit",
    FactType.BOOLEAN,
    "Whether the deployment runs the commit that is audited",
)

_KEYS = (REVISION.key, IS_AUDITED.key)
_PATHS = (
    "/version",
    "/api/version",
    "/info",
    "/actuator/info",
    "/build-info",
    "/version.json",
    "/health",
    "/",
)
_SHORTEST = 7
_MORE = 2


@probe(
    "live.identity",
    title="Which commit the deployment runs",
    needs=[Need.URL],
    emits=[REVISION, IS_AUDITED],
    phase=Phase.LIVE,
)
def identity(ctx: Context) -> Iterator[Observation]:
    """The first answer that names a commit decides; answers that contradict each other decide nothing."""
    found = _find(ctx)
    if found is None:
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            "The deployment does not say which commit it was built from,"
            f" neither at {', '.join(_PATHS)} nor in a header, a build_info metric or a label of its image.",
            'Serve it at /version, as {"commit": "…"}, set from the build (for example a build argument of the'
            " image), or as a label revision of a metric *_build_info.",
            _KEYS,
        )
        return
    exchange, revisions = found
    revisions = [*revisions, *_again(ctx, exchange), *_of_cluster(ctx)]
    if not all(_same(revisions[0], other) for other in revisions):
        yield Problem(
            ProblemKind.MALFORMED,
            f"The deployment names several commits: {', '.join(dict.fromkeys(r[:12] for r in revisions))}.",
            "Wait until the rollout is over, and let every replica name the one that its image was built from.",
            _KEYS,
        )
        return
    revision = max(revisions, key=len)
    values: list[tuple[FactSpec, str | bool]] = [(REVISION, revision)]
    if ctx.target.commit is None:
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            "The audited folder has no commit to compare the deployment with.",
            "Audit a git repository.",
            (IS_AUDITED.key,),
        )
    else:
        values.append((IS_AUDITED, _same(revision, ctx.target.commit)))
    for fact, value in values:
        yield fact.of(
            value,
            level=Level.OBSERVED,
            source=exchange.source,
            locations=[exchange.location],
            produced_at=ctx.observed_at,
        )


def _find(ctx: Context) -> tuple[Exchange, list[str]] | None:
    unknown = find_unknown(ctx)
    for path in _PATHS:
        exchange = ctx.http.get(path)
        revisions = revisions_of(exchange, path, unknown)
        if revisions:
            return exchange, revisions
    try:
        found = scrape(ctx)
    except Trouble:
        found = None  # metrics that cannot be read name no commit; monitoring.exposition says why
    revisions = build_revision.of_exposition(found.exchange.text) if found else []
    if found and revisions:
        return found.exchange, revisions
    service = _cluster(ctx)
    named = revisions_of_cluster(service) if service else []
    return (service.exchange, named) if service and named else None


def _again(ctx: Context, exchange: Exchange) -> list[str]:
    """What the same place names when it is asked twice more: replicas of a rollout may differ."""
    base = ctx.http.base or ""
    path = exchange.url.removeprefix(base)
    if exchange.method != "GET" or not base or not exchange.url.startswith(base) or exchange.hops:
        return []
    named: list[str] = []
    for _ in range(_MORE):
        try:
            other = ctx.http.get(path, follow=False)
        except Trouble:
            continue
        named += build_revision.of_headers(other.headers)
        if 200 <= other.status < 300:
            named += build_revision.of_json(json_of(other))
            named += build_revision.of_exposition(other.text)
    return named


def _of_cluster(ctx: Context) -> list[str]:
    service = _cluster(ctx)
    return revisions_of_cluster(service) if service else []


def _cluster(ctx: Context) -> Service | None:
    """What the cluster runs of the service; live.cluster says why, where that cannot be read."""
    if not ctx.access.base("kubernetes"):
        return None
    try:
        return Cluster(ctx).service()
    except Trouble:
        return None


def revisions_of(exchange: Exchange, path: str, unknown: Unknown) -> list[str]:
    """The commits that an answer names; its headers count whatever it answers, its body only if it is one."""
    in_headers = build_revision.of_headers(exchange.headers)
    if in_headers:
        return in_headers
    try:
        if not unknown.endpoint(exchange, path):
            return []
    except Trouble:
        return []  # a wall: the next path may be open
    return build_revision.of_json(json_of(exchange))


def _same(one: str, other: str) -> bool:
    """Whether two commit ids, either of which may be shortened, can be of one commit."""
    shorter, longer = sorted((one.lower(), other.lower()), key=len)
    return len(shorter) >= _SHORTEST and longer.startswith(shorter)
