"""Looks for the OpenAPI or Swagger document that the deployment publishes, and reads what it says.

A summary that a framework makes of a function's name describes nothing, and a schema that is empty is
none. Operations that declare security are called without credentials, a few of them, with GET alone and
made-up path parameters where they need some: only a 2xx, a refusal or a redirect tells of their protection.
Whether answers keep to their schemas is for live.conformance, and is not seen here.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.web.openapi_doc import Operation
from auditor.model.evidence import Source, SourceKind, Value
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
from auditor.probing.live.answers import Unknown, find_unknown
from auditor.probing.live.api_description import (
    FOR_MACHINES,
    PATHS,
    Described,
    filled_gets,
    find_description,
    plain_gets,
)

OPERATIONS = FactSpec(
    "api.operations",
    FactType.NUMBER,
    "Operations that the live API description holds; 0 without one.",
)
UNDESCRIBED = FactSpec(
    "api.undescribed",
    FactType.LIST,
    "Operations without a summary or description in words of its own.",
)
DESCRIBED_SHARE = FactSpec(
    "api.described_percent", FactType.NUMBER, "Share of the operations that are described.", "%"
)
WITHOUT_SCHEMA = FactSpec(
    "api.without_response_schema",
    FactType.LIST,
    "Operations that do not say what their successful answer holds.",
)
WITHOUT_SECURITY = FactSpec(
    "api.without_security",
    FactType.LIST,
    "Operations for which nothing declares who may call them; health checks and the like left out.",
)
UNPROTECTED = FactSpec(
    "api.unprotected",
    FactType.LIST,
    "Operations that declare security, and answered 2xx without credentials.",
)
TRIED = FactSpec(
    "api.protected_tried",
    FactType.NUMBER,
    "Operations with declared security that were called without it, and told whether they ask for it.",
)
INVALID = FactSpec(
    "api.invalid", FactType.LIST, "Where the description breaks the rules of OpenAPI."
)
VERSION = FactSpec(
    "api.version", FactType.TEXT, "The version of the API that the description names."
)

_MOST_CALLS = 8
_REFUSALS = (401, 403)


@probe(
    "live.openapi",
    title="API description",
    needs=[Need.URL],
    emits=[
        OPERATIONS,
        UNDESCRIBED,
        DESCRIBED_SHARE,
        WITHOUT_SCHEMA,
        WITHOUT_SECURITY,
        UNPROTECTED,
        TRIED,
        INVALID,
        VERSION,
    ],
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def openapi(ctx: Context) -> Iterator[Observation]:
    """Find the document, read it, then try whether the security that it declares is there."""
    unknown = find_unknown(ctx)
    found = find_description(ctx, unknown)
    if found is None:
        unknown.refuse_hidden(unknown.exchange, unknown.path)
        where = f"looked at {', '.join(PATHS)}, and at what pages for readers name"
        source = Source(SourceKind.HTTP, where, observed_at=ctx.observed_at)
        yield OPERATIONS.of(0, level=Level.OBSERVED, source=source, produced_at=ctx.observed_at)
        return
    operations = found.document.operations
    for spec, value in _said(found):
        yield _fact(ctx, found, spec, value)
    if not operations:
        return
    yield from _calls(ctx, found, unknown)


def _said(found: Described) -> Iterator[tuple[FactSpec, Value]]:
    """The facts of the document itself; of no operations, nothing is said."""
    document = found.document
    operations = document.operations
    yield OPERATIONS, len(operations)
    yield INVALID, list(document.faults)
    if document.info_version:
        yield VERSION, document.info_version
    if not operations:
        return
    described = sum(one.described for one in operations)
    yield UNDESCRIBED, [one.name for one in operations if not one.described]
    yield DESCRIBED_SHARE, round(100 * described / len(operations), 1)
    yield WITHOUT_SCHEMA, [one.name for one in operations if not one.response_schema]
    machines = {*document.health_paths, *FOR_MACHINES}
    yield (
        WITHOUT_SECURITY,
        [o.name for o in operations if o.security is None and o.path not in machines],
    )


def _calls(ctx: Context, found: Described, unknown: Unknown) -> Iterator[Observation]:
    """Call operations without credentials that their declaration asks for."""
    tried, open_ones = 0, []
    protected = sum(_asks(operation) for operation in found.document.operations)
    gets = [*plain_gets(found), *filled_gets(found)]
    for operation, url in [pair for pair in gets if _asks(pair[0])][:_MOST_CALLS]:
        try:
            exchange = ctx.http.get(url, follow=False)
        except Trouble as trouble:
            yield trouble.problem(TRIED.key, UNPROTECTED.key)
            return
        if exchange.status == 429 or exchange.status >= 500:
            yield _undecided(operation, exchange.status)
            return
        if unknown.same(exchange, operation.path) and exchange.status not in _REFUSALS:
            continue  # whatever answers, it is not the operation
        if exchange.status in _REFUSALS or 200 <= exchange.status < 400:
            tried += 1
        if 200 <= exchange.status < 300:
            open_ones.append(operation.name)
    yield _fact(ctx, found, TRIED, tried)
    if protected and not tried:
        yield Problem(
            ProblemKind.VACUOUS,
            f"{protected} operations declare security, and none of them could be tried without it.",
            "Let one of them be a GET that answers 401 before it looks at anything else, or test it in CI.",
            (UNPROTECTED.key,),
        )
        return
    yield _fact(ctx, found, UNPROTECTED, open_ones)


def _asks(operation: Operation) -> bool:
    """Whether its declaration asks for credentials."""
    return bool(operation.security) and not operation.public


def _undecided(operation: Operation, status: int) -> Problem:
    return Problem(
        ProblemKind.UNREACHABLE,
        f"{operation.name} answers {status} without credentials, which tells nothing of its protection.",
        "Find why in the service's log; it should answer 401.",
        (TRIED.key, UNPROTECTED.key),
    )


def _fact(ctx: Context, found: Described, spec: FactSpec, value: Value) -> Observation:
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=found.exchange.source,
        locations=[found.exchange.location],
        produced_at=ctx.observed_at,
    )
