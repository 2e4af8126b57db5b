"""Limits on how often a client may ask: where a limiter is made, where it is put around requests, and where it counts.

Looks in the files that the service imports from where it starts, for slowapi, Flask-Limiter, fastapi-limiter,
django-ratelimit, throttles of Django REST framework, limits, Litestar, middleware named for it; express-rate-limit,
rate-limiter-flexible, limiter, koa-ratelimit, @fastify/rate-limit; httprate, tollbooth and x/time/rate for Go;
Bucket4j, Guava, Resilience4j and Spring Cloud Gateway for Java, with the packaged settings.
A limiter that nothing applies is ineffective, and so is one that is switched off or lets through 100,000
and more. A limit around single routes counts for these; all are those that decorators of Python and calls of
routers in JavaScript declare. A middleware of the service's own counts where its file also refuses a request.
Limits that the service keeps in another way cannot be judged, and are told as a problem. Cannot see limits of a
proxy, nor whether the key is one that the client chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.reach.uses import Use
from auditor.model.evidence import Location, Source
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.code.code_topics import Topic, gaps, listing, topic_of
from auditor.probing.code.java_rate_limits import java_limits, paced
from auditor.probing.code.limited_routes import limited_percent
from auditor.probing.code.rate_limiting import (
    Place,
    Seen,
    applications,
    in_memory,
    switched_off,
    throttles,
)
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)

DECLARED = FactSpec(
    "rate_limits.declared",
    FactType.LIST,
    "Limiters and throttles that the service reaches (path:line what)",
)
APPLIED = FactSpec("rate_limits.applied", FactType.LIST, "Where a limit is put around requests")
MEMORY = FactSpec(
    "rate_limits.in_memory_store", FactType.LIST, "Limiters that count in the process alone"
)
INEFFECTIVE = FactSpec(
    "rate_limits.ineffective",
    FactType.LIST,
    "Limiters that nothing applies, or that hold nobody back",
)

SHARE = FactSpec(
    "rate_limits.routes_percent",
    FactType.NUMBER,
    "Routes that a limit stands around, of those that can be counted",
    "%",
)

_FACTS = (DECLARED, APPLIED, MEMORY, INEFFECTIVE)
_KEYS = tuple(spec.key for spec in (*_FACTS, SHARE))
_HUGE = 100_000
_AMOUNT = re.compile(r"[\"']?(\d[\d_]*)")
_MOST = 100


@probe(
    "code.rate_limits",
    title="Rate limits in the code",
    needs=[Need.REPOSITORY],
    emits=(*_FACTS, SHARE),
    pure=True,
)
def rate_limits(ctx: Context) -> Iterator[Observation]:
    """Tell limiters and their applications apart."""
    topic = topic_of(ctx, "rate_limits")
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    seen = read(topic)
    if not seen.applied and doubts:
        return
    if not seen.applied:
        hidden = list(unknown(topic, seen))
        yield from hidden
        if hidden:
            return
    source = topic.source(ctx)
    for spec, places in zip(
        _FACTS, (seen.declared, seen.applied, seen.memory, seen.ineffective), strict=True
    ):
        yield listing(
            ctx,
            spec,
            [str(p) for p in places],
            [(p.path, p.line or None) for p in places[:_MOST]],
            source,
        )
    yield _share(ctx, topic, seen.applied, source)


def _share(ctx: Context, topic: Topic, applied: list[Place], source: Source) -> Observation:
    """How many of the routes are limited, or why that is not known."""
    part = limited_percent(topic, [(p.path, p.reach) for p in applied])
    places = [Location(path=p.path, line=p.line or None) for p in applied[:_MOST]]
    if part is not None:
        return SHARE.of(
            part,
            level=Level.EFFECTIVE,
            source=source,
            locations=places,
            produced_at=ctx.observed_at,
        )
    below = ", ".join(sorted({p.reach.path for p in applied if p.reach.path}))
    return Problem(
        ProblemKind.VACUOUS,
        f"Limits stand around what is below {below[:120]} alone; which routes that leaves without is not known.",
        "Put a limit around the whole application, or attest which routes need none.",
        (SHARE.key,),
        tuple(places),
    )


def read(topic: Topic) -> Seen:
    """What the reachable code declares and applies."""
    limiters = [u for u in topic.reachable if u.rule.role == "limiter"]
    declared = [Place(u.path, u.call.line, u.call.name) for u in limiters]
    seen = throttles(topic)
    java = java_limits(topic)
    used, applied = applications(topic, limiters)
    off = [u for u in limiters if switched_off(u)]
    huge = [p for p in applied if _amount(p.limit) >= _HUGE]
    idle = [u for u in limiters if u not in used and not paced(u, topic)]
    off_places = {(u.path, u.call.line) for u in off}
    kept = [p for p in applied if p not in huge and p.limiter not in off_places]
    return Seen(
        declared=declared + seen.declared + java.declared,
        applied=kept + seen.applied + java.applied,
        memory=[Place(u.path, u.call.line, u.call.name) for u in limiters if in_memory(u)]
        + java.memory,
        ineffective=[
            *(Place(u.path, u.call.line, f"{u.call.name}: nothing applies it") for u in idle),
            *(Place(u.path, u.call.line, f"{u.call.name}: switched off") for u in off),
            *(Place(p.path, p.line, f"{p.what}: holds nobody back") for p in huge),
            *seen.ineffective,
            *java.ineffective,
        ],
        unclear=java.unclear,
    )


def _amount(limit: str) -> int:
    match = _AMOUNT.match(limit)
    return int(match[1].replace("_", "")) if match else 0


def unknown(topic: Topic, seen: Seen) -> Iterator[Problem]:
    """Why nothing that was found does not mean that there are no limits."""
    refusing = [
        (path, scan.refusals[0])
        for path in sorted(topic.code.closure.reachable)
        if (scan := topic.code.scans.get(path)) is not None and scan.refusals
    ]
    if refusing and not seen.declared:
        yield _problem(
            refusing, "Some code speaks of requests too many, but uses no library that is known"
        )
    if seen.unclear:
        places = [(p.path, p.line) for p in seen.unclear]
        yield _problem(places, f"{seen.unclear[0].what} may limit requests, or something else")
    perhaps: list[Use] = [u for u in topic.perhaps if u.rule.role in ("limiter", "apply", "named")]
    if perhaps:
        places = [(u.path, u.call.line) for u in perhaps]
        yield _problem(places, "Code that is imported by a value, if at all, limits requests")


def _problem(places: list[tuple[str, int]], what: str) -> Problem:
    path, line = places[0]
    return Problem(
        ProblemKind.VACUOUS,
        f"{what} ({path}:{line}{' and others' if len(places) > 1 else ''}), so it is not known whether requests "
        "are limited.",
        "Attest the item with a transcript of the request after the limit.",
        _KEYS,
        tuple(Location(path=p, line=n) for p, n in places[:_MOST]),
    )
