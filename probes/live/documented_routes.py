"""Compares the API description that the deployment publishes with the routes that the code registers.

Routes are those written out beside their method in Python (FastAPI, Flask and their like), scripts (Express,
Fastify, NestJS), Go and Spring, in files that the service reaches. Prefixes of routers are not resolved: a route is
documented where an operation of the same method ends in its path. Those that say `include_in_schema=False`, and those
for machines (health, metrics, the description itself), are left out. Where the code makes half of the described
operations in a way that is not read, what it lacks is not told. Bodies and answers are not compared.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.code.scanning import family
from auditor.code.topics.route_paths import RoutePath, route_paths, serves
from auditor.formats.web.openapi_doc import OpenApi, is_health
from auditor.model.evidence import Location, Value
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.code.code_topics import topic_of
from auditor.probing.code.code_trees import Trees
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Phase,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.live.answers import find_unknown
from auditor.probing.live.api_description import FOR_MACHINES, PATHS, find_description

MATCHED = FactSpec(
    "api_routes.matched", FactType.NUMBER, "Described operations that a route of the code serves"
)
UNDOCUMENTED = FactSpec(
    "api_routes.undocumented", FactType.LIST, "Routes of the code that the live description lacks"
)
STALE = FactSpec(
    "api_routes.without_code",
    FactType.LIST,
    "Described operations that no route of the code serves",
)
_KEYS = (MATCHED.key, UNDOCUMENTED.key, STALE.key)
_MACHINES = frozenset({*FOR_MACHINES, *PATHS, "/docs", "/redoc", "/swagger", "/favicon.ico"})
_MOST = 100

Found = list[tuple[str, RoutePath]]


@probe(
    "live.documented_routes",
    title="Routes of the code and of the API description",
    needs=[Need.URL, Need.REPOSITORY],
    emits=[MATCHED, UNDOCUMENTED, STALE],
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def documented_routes(ctx: Context) -> Iterator[Observation]:
    """Nothing without a description, or without routes that can be read."""
    described = find_description(ctx, find_unknown(ctx))
    if described is None or not described.document.operations:
        yield _vacuous("The deployment publishes no API description to compare the code with.")
        return
    routes = routes_of(ctx)
    if not routes:
        yield _vacuous("No route of the code is written in a way that is read here.")
        return
    document = described.document
    served = [o for o in document.operations if any(serves(r, o.method, o.path) for _, r in routes)]
    missing = [(p, r) for p, r in routes if not is_documented(r, document)]
    stale = [o.name for o in document.operations if o not in served and not _for_machines(o.path)]
    values: list[tuple[FactSpec, Value, Found]] = [(MATCHED, len(served), [])]
    if 2 * len(served) >= len(document.operations):
        told = [f"{r.method} {r.path} ({p}:{r.line})" for p, r in missing]
        values += [(UNDOCUMENTED, told[:_MOST], missing), (STALE, stale[:_MOST], [])]
    else:
        yield Problem(
            ProblemKind.VACUOUS,
            f"Of {len(document.operations)} described operations only {len(served)} are found in the code.",
            "Check the service root (--root), and that the URL is that of this service.",
            (UNDOCUMENTED.key, STALE.key),
        )
    exchange = described.exchange
    for spec, value, about in values:
        yield spec.of(
            value,
            level=Level.OBSERVED,
            source=exchange.source,
            locations=[Location(path=p, line=r.line) for p, r in about[:_MOST]]
            or [exchange.location],
            produced_at=ctx.observed_at,
        )


def routes_of(ctx: Context) -> Found:
    """The routes of the service's own code, those for machines left out."""
    trees = Trees(ctx, topic_of(ctx, "validation").code)
    return [
        (path, route)
        for path, text in trees.texts.items()
        for route in route_paths(text, family(path) or "")
        if route.path != "/" and not _for_machines(route.path)
    ]


def is_documented(route: RoutePath, document: OpenApi) -> bool:
    """Whether an operation of the description may be this route."""
    return any(serves(route, operation.method, operation.path) for operation in document.operations)


def _for_machines(path: str) -> bool:
    return path in _MACHINES or is_health(path) or path.endswith(("/metrics", "/version"))


def _vacuous(message: str) -> Problem:
    hint = "Serve the OpenAPI document, and audit with the service's own code."
    return Problem(ProblemKind.VACUOUS, message, hint, _KEYS)
