"""Asks a few routes as a page of another origin would, and reads which origins the answers let in.

Four origins are tried: a foreign one, "null" (a sandboxed frame), and two that only begin or end like the
deployment's own name; then a preflight for a PUT. A browser refuses credentials beside "*", so
`cors.credentials` speaks of origins that are named back. Routes behind a login that send no CORS headers
with their refusal are not seen; where no route of the API is known, silence proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

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
    probe,
)
from auditor.probing.http import Exchange
from auditor.probing.live.answers import find_unknown
from auditor.probing.live.routes import Kind, Route, answering

RESPONSES = FactSpec(
    "cors.responses", FactType.NUMBER, "Answers to a foreign origin that were read."
)
REFLECTS = FactSpec(
    "cors.reflects_any_origin",
    FactType.BOOLEAN,
    "Whether an answer names a foreign origin back, whichever it is.",
)
WILDCARD = FactSpec(
    "cors.wildcard", FactType.BOOLEAN, "Whether an answer lets every origin in by *."
)
CREDENTIALS = FactSpec(
    "cors.credentials",
    FactType.BOOLEAN,
    "Whether a foreign or forged origin may read with the user's cookies.",
)
TRUSTED = FactSpec(
    "cors.trusted_origins",
    FactType.LIST,
    "Foreign and forged origins that an answer lets in, and where.",
)

FOREIGN = "https://origin-of-nobody.invalid"
_METHOD = "PUT"
_ALLOWED = "access-control-allow-origin"


@probe(
    "live.cors",
    title="CORS",
    needs=[Need.URL],
    emits=[RESPONSES, REFLECTS, WILDCARD, CREDENTIALS, TRUSTED],
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def cors(ctx: Context) -> Iterator[Observation]:
    """Every route for the foreign origin, the last of them (an API's, where there is one) for all."""
    routes = answering(ctx, find_unknown(ctx))
    asked = [(FOREIGN, _get(ctx, route, FOREIGN)) for route in routes]
    last = routes[-1]
    for origin in forged(ctx.http.base or ""):
        asked.append((origin, _get(ctx, last, origin)))
    preflight = {"Access-Control-Request-Method": _METHOD}
    asked.append((FOREIGN, _get(ctx, last, FOREIGN, preflight, method="OPTIONS")))
    broken = [answer for _, answer in asked if hides(answer)]
    if broken:
        yield _hidden(broken[0])
        return
    if last.kind is not Kind.API and not any(a.header(_ALLOWED) for _, a in asked):
        yield Problem(
            ProblemKind.VACUOUS,
            "No route of the API is known, and others sent no CORS headers: the API may answer otherwise.",
            "Publish the API description, or name a path of the API as live check of a feature in auditor.yaml.",
        )
        return
    yield from _facts(ctx, asked)


def _get(
    ctx: Context,
    route: Route,
    origin: str,
    more: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
) -> Exchange:
    return ctx.http.request(
        method, route.url, headers={"Origin": origin, **(more or {})}, follow=False
    )


def forged(base: str) -> list[str]:
    """Origins that a careless comparison takes for the deployment's own."""
    parts = urlsplit(base)
    host = parts.hostname or "localhost"
    shown = f"{parts.scheme or 'https'}://"
    own = [] if ":" in host or host.replace(".", "").isdigit() else [f"{shown}nobodys{host}"]
    begins = host.replace(":", "-").strip("-")
    return ["null", f"{shown}{begins}.origin-of-nobody.invalid", *own]


def hides(answer: Exchange) -> bool:
    """Whether it may come from what stands in front: refused as one too many, or the gateway's error.

    A 403 is how some frameworks refuse an origin, and 500 how others do.
    """
    return answer.status in (429, 502, 503, 504)


def _hidden(answer: Exchange) -> Problem:
    return Problem(
        ProblemKind.UNREACHABLE,
        f"{answer.method} {urlsplit(answer.url).path} answers {answer.status} to a foreign origin,"
        " which tells nothing of its CORS headers.",
        "Run again when the deployment is well and lets the auditor's requests through.",
        locations=(answer.location,),
    )


def lets_in(answer: Exchange, origin: str) -> bool:
    """Whether the answer names this very origin as one that may read it."""
    return (answer.header(_ALLOWED) or "").strip() == origin


def _facts(ctx: Context, asked: list[tuple[str, Exchange]]) -> Iterator[Observation]:
    named = [(o, a) for o, a in asked if lets_in(a, o)]
    wild = [(o, a) for o, a in asked if lets_in(a, "*")]
    reflected = [(o, a) for o, a in named if o == FOREIGN]
    with_cookies = [
        (o, a)
        for o, a in named
        if (a.header("access-control-allow-credentials") or "").strip() == "true"
    ]
    told: dict[str, None] = {}
    for origin, answer in named:
        path = urlsplit(answer.url).path or "/"
        told[f"{origin} on {answer.method} {path}"] = None
    facts: list[tuple[FactSpec, Value, list[tuple[str, Exchange]]]] = [
        (RESPONSES, len(asked), asked),
        (REFLECTS, bool(reflected), reflected),
        (WILDCARD, bool(wild), wild),
        (CREDENTIALS, bool(with_cookies), with_cookies),
        (TRUSTED, list(told), named),
    ]
    for spec, value, about in facts:
        answers = [answer for _, answer in about or asked]
        yield spec.of(
            value,
            level=Level.OBSERVED,
            source=answers[0].source,
            locations=list(dict.fromkeys(answer.location for answer in answers)),
            produced_at=ctx.observed_at,
        )
