"""Handlers of unexpected errors: whether one is registered for everything that is left, and what it answers.

Looks in the files that the service imports from where it starts, for FastAPI, Starlette, Litestar, Sanic, Flask,
Quart, Falcon and aiohttp, Django (`handler500`, `process_exception`, REST framework's EXCEPTION_HANDLER),
Express (four parameters, after the routes), Koa, Fastify, NestJS and Hono, and in Go gin, echo, chi, fiber,
gRPC and functions of the service's own that recover and answer; in Java advices of Spring with an @ExceptionHandler
for Exception, mappers of JAX-RS and handlers of Micronaut. A handler for some exceptions alone, for one
router alone, or of middleware that nobody adds does not count, nor one that answers a success or nothing: it
swallows. An answer leaks where it carries the text, arguments or stack of whatever was caught, under no
condition. A clause is blind where it catches everything and does nothing; closing things may fail quietly.
What a framework does by itself is not counted. Cannot see handlers of other frameworks, nor whether the
answer reaches the client, nor what is logged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from auditor.code.definitions import Definitions
from auditor.code.scan import Catch
from auditor.code.scan_scopes import is_cleanup
from auditor.code.scanning import family
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic, gaps, listing, topic_of
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_handlers import java_handlers, java_leaks
from auditor.probing.contract import (
    Context,
    Fact,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.live.error_settings import Written

GLOBAL = FactSpec(
    "error_handlers.global",
    FactType.LIST,
    "Handlers for every error that is left, which answer a failure (path:line what)",
)
SWALLOWING = FactSpec(
    "error_handlers.swallowing",
    FactType.LIST,
    "Such handlers that answer a success, or nothing at all",
)
LEAKING = FactSpec(
    "error_handlers.leaking",
    FactType.LIST,
    "Answers that carry the text or the stack of whatever error was caught",
)
BLIND = FactSpec(
    "error_handlers.blind",
    FactType.LIST,
    "Clauses that catch every error and do nothing",
)
UNREACHED = FactSpec(
    "error_handlers.unreachable",
    FactType.NUMBER,
    "Registrations of such handlers in files that the service does not import",
)

_LISTS = (GLOBAL, SWALLOWING, LEAKING)
_KEYS = tuple(spec.key for spec in (*_LISTS, BLIND))
_EVERYTHING = frozenset(
    {
        "*",
        "Exception",
        "BaseException",
        "error",
        "panic",
        "java.lang.Exception",
        "java.lang.Throwable",
    }
)
_FAILED = re.compile(r"500|(?:http|fiber)\.StatusInternalServerError")
_STATUS = re.compile(rf"\.Status\((?:{_FAILED.pattern})\)\.\w+$")
_MOST = 100

Place = tuple[str, int, str]


@probe(
    "code.error_handlers",
    title="Handlers of unexpected errors",
    needs=[Need.REPOSITORY],
    emits=[*_LISTS, BLIND, UNREACHED],
    pure=True,
)
def error_handlers(ctx: Context) -> Iterator[Observation]:
    """Tell good handlers from those that hide or tell too much."""
    topic = topic_of(ctx, "error_handlers")
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    reading = Written(ctx, topic, Texts(ctx, topic), Definitions(topic.code.scans, topic.origin))
    java = JavaFiles(topic, reading.texts)
    found = sorted(
        {*reading.of(topic.reachable), *reading.written(), *java_handlers(java)},
        key=lambda h: (h.path, h.line),
    )
    good = [(h.path, h.line, h.what) for h in found if not h.body.hides]
    bad = [
        (h.path, h.line, f"{h.what}: {h.body.hides} (its body: {h.at})")
        for h in found
        if h.body.hides
    ]
    leaks = [_leak(h.at, h.body.tells) for h in found if h.body.tells]
    leaks += [
        (p, c.tells, "the answer carries what was caught") for p, c in _caught(topic) if c.tells
    ]
    leaks += [*_told(topic), *java_leaks(java)]
    blind = [(p, c.line, _said(c)) for p, c in _caught(topic) if is_blind(c)]
    absent = [] if good or bad or doubts else list(unknown(topic))
    yield from absent
    for spec, places in zip((*_LISTS, BLIND), (good, bad, leaks, blind), strict=True):
        unsure = doubts or (absent and spec in (GLOBAL, SWALLOWING))
        if places or not unsure:
            yield listed(ctx, topic, spec, places)
    if not doubts:
        away = list(reading.of(topic.unreachable))
        yield UNREACHED.of(
            len(away), level=Level.EFFECTIVE, source=topic.source(ctx), produced_at=ctx.observed_at
        )


def _leak(at: str, line: int) -> Place:
    return at.rpartition(":")[0], line, "the answer carries the text or stack of the error"


def _caught(topic: Topic) -> Iterator[tuple[str, Catch]]:
    for path in sorted(topic.code.closure.reachable):
        scan = topic.code.scans.get(path)
        for catch in scan.catches if scan is not None else ():
            yield path, catch


def _told(topic: Topic) -> Iterator[Place]:
    """Go: answers with a status of 500 that carry the text of an error."""
    for use in topic.reachable:
        said = use.call.arguments
        if use.rule.role != "tells" or not any(re.search(r"\berr\w*\.Error\(\)", a) for a in said):
            continue
        if any(_FAILED.fullmatch(a) for a in said) or _STATUS.search(use.call.name):
            yield use.path, use.call.line, f"{use.call.name} carries the text of the error"


def is_blind(catch: Catch) -> bool:
    """Whether a clause catches everything and does nothing, where more than an end was tried."""
    return (
        catch.does == "nothing"
        and bool(_EVERYTHING & set(catch.types))
        and not is_cleanup(catch.tried)
    )


def _said(catch: Catch) -> str:
    what = {"*": "everything"}.get(catch.types[0], catch.types[0])
    return f"catches {what} in {catch.scope or 'the module'} and does nothing"


def unknown(topic: Topic) -> Iterator[Problem]:
    """Why nothing that was found does not mean that there is no handler."""
    apps = {family(u.path) for u in topic.reachable if u.rule.role in ("app", "table")}
    perhaps = [
        u for u in topic.perhaps if u.rule.role in ("handler", "last", "recovers", "filters")
    ]
    if not apps:
        message = (
            "No web framework was found whose handlers of errors are known, so absence is not told."
        )
        yield Problem(
            ProblemKind.VACUOUS, message, "Attest the item.", (GLOBAL.key, SWALLOWING.key)
        )
    elif perhaps:
        where = tuple(Location(path=u.path, line=u.call.line) for u in perhaps[:_MOST])
        message = (
            f"A file that is imported by a value, if at all, may register a handler ({perhaps[0]})."
        )
        yield Problem(
            ProblemKind.VACUOUS, message, "Attest the item.", (GLOBAL.key, SWALLOWING.key), where
        )


def listed(ctx: Context, topic: Topic, spec: FactSpec, places: Iterable[Place]) -> Fact:
    """A fact that lists places."""
    every = sorted(set(places))
    return listing(
        ctx,
        spec,
        [f"{path}:{line} {what}" for path, line, what in every],
        [(path, line or None) for path, line, _ in every[:_MOST]],
        topic.source(ctx),
    )
