"""Routes that take input, and whether a schema checks it before it is used.

Looks at FastAPI, Litestar and Django Ninja by the types of their parameters, at Flask, Django and REST framework
by what their functions read; at Express, Koa, Fastify, Hono, NestJS (with a pipe and a class of class-validator)
and the route handlers of Next.js; at Go functions that bind or decode a request (gin, echo, fiber, net/http); at
controllers of Spring, JAX-RS and Micronaut, whose body must be a class with constraints and be marked @Valid; in the
files that the service imports from where it starts. `dict`, `Any`, `Map` and no type are no schema; a validator counts
where its result is read, a middleware of the service's own where it checks anything, tags of Go where something reads
them. Other frameworks, and server actions and pages/api of Next.js, are told as a problem. Cannot see how tight a
schema is, nor messages from queues, headers, or what the database checks.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.code.topics.routes import Check, Route
from auditor.model.evidence import Location
from auditor.model.probe import FactType
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import gaps, listing, topic_of
from auditor.probing.code.code_trees import trees_of
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_routes import JavaRoutes
from auditor.probing.code.validation_looks import TOPIC, ValidationLook
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)

ROUTES = FactSpec("validation.routes", FactType.LIST, "Routes that take input (path:line what)")
UNVALIDATED = FactSpec(
    "validation.unvalidated",
    FactType.LIST,
    "Those whose input no schema checks (path:line what: why)",
)
SCHEMAS = FactSpec(
    "validation.schemas",
    FactType.LIST,
    "Those whose input a schema checks (path:line what: by what)",
)

_FACTS = (ROUTES, UNVALIDATED, SCHEMAS)
_KEYS = tuple(spec.key for spec in _FACTS)
_MOST = 200
Found = list[tuple[str, Route]]


@probe(
    "code.validation",
    title="Input of routes in the code",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    timeout_s=120.0,
    pure=True,
)
def validation(ctx: Context) -> Iterator[Observation]:
    """Tell the routes apart; no clean list is given where some could not be judged."""
    topic = topic_of(ctx, TOPIC)
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    look = ValidationLook(trees_of(ctx, topic.code))
    java = JavaRoutes(JavaFiles(topic, Texts(ctx, topic)))
    found = sorted([*look.routes(), *java.read()], key=lambda r: (r[0], r[1].line))
    if not found:
        if not doubts:
            yield _nothing(look)
        return
    lists = {check: [r for r in found if r[1].check is check] for check in Check}
    hidden = bool(doubts)
    if lists[Check.UNCLEAR]:
        yield _unclear(lists[Check.UNCLEAR])
        hidden = True
    if unread := look.unknown():
        path, line, module = unread[0]
        yield _unread(path, line, module)
        hidden = True
    source = topic.source(ctx)
    for spec, routes, told in (
        (ROUTES, found, False), (UNVALIDATED, lists[Check.RAW], True), (SCHEMAS, lists[Check.SCHEMA], True),
    ):  # fmt: skip
        if hidden and spec is UNVALIDATED and not routes:
            continue
        yield listing(
            ctx,
            spec,
            [f"{p}:{r.line} {r.what}" + (f": {r.by}" if told and r.by else "") for p, r in routes],
            [(p, r.line) for p, r in routes[:_MOST]],
            source,
        )


def _nothing(look: ValidationLook) -> Problem:
    unread = look.unknown()
    other = (
        f" It uses {unread[0][2]} ({unread[0][0]}:{unread[0][1]}), whose routes are not read."
        if unread
        else ""
    )
    return Problem(
        ProblemKind.VACUOUS,
        f"No route that takes input was found in a framework that is known.{other}",
        "Attest the item with the report of schemathesis against the description of the API.",
        _KEYS,
    )


def _unclear(routes: Found) -> Problem:
    path, first = routes[0]
    return Problem(
        ProblemKind.VACUOUS,
        f"Of {len(routes)} routes it is not known whether their input is checked. The first is {path}:{first.line} "
        f"{first.what}: {first.by}.",
        "Check the input in the handler, or attest the item.",
        (UNVALIDATED.key,),
        tuple(Location(path=p, line=r.line) for p, r in routes[:_MOST]),
    )


def _unread(path: str, line: int, module: str) -> Problem:
    return Problem(
        ProblemKind.VACUOUS,
        f"The service answers by {module} as well ({path}:{line}), whose routes are not read.",
        "Attest the item with the report of schemathesis, or of a fuzzer of that protocol.",
        (UNVALIDATED.key,),
        (Location(path=path, line=line),),
    )
