"""Reads the security headers of several answers: a page, a health path, an API route, a 404, redirects.

It asks with GET, a few times, and judges only what answered: a login wall or a row of server errors
is a problem, not a fact. HSTS means nothing to a browser over plain HTTP, so its absence there is
not held against the service, and not taken for a pass either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from auditor.formats.security_headers import hsts_max_age, missing, weak
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.answers import Unknown, find_unknown, is_page, json_of
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

RESPONSES = FactSpec("headers.responses", FactType.NUMBER, "Responses whose headers were read.")
MISSING = FactSpec("headers.missing", FactType.LIST, "Security headers that a response lacks.")
WEAK = FactSpec(
    "headers.weak", FactType.LIST, "Security headers and cookies that protect too little."
)
HSTS = FactSpec(
    "headers.hsts_max_age",
    FactType.NUMBER,
    "The shortest HSTS max-age of all responses; 0 without one.",
    "s",
)

_HEALTH = ("/health/live", "/healthz", "/health", "/livez")
_OPENAPI = "/openapi.json"
_ROUTE = re.compile(r"/[\w./~-]{0,200}")
_RISKY = re.compile(
    r"log-?(?:in|out)|sign|delete|reset|export|download|stream|events|shutdown|/ws\b", re.I
)
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A response, and whether it came over TLS and is an HTML page."""

    exchange: Exchange
    https: bool
    page: bool

    @property
    def name(self) -> str:
        path = urlsplit(self.exchange.url).path or "/"
        return f"{self.exchange.method} {path} ({self.exchange.status})"


@probe(
    "live.headers",
    title="Security headers",
    needs=[Need.URL],
    emits=[RESPONSES, MISSING, WEAK, HSTS],
    phase=Phase.LIVE,
    timeout_s=90.0,
)
def headers(ctx: Context) -> Iterator[Observation]:
    """Gather answers of different kinds, then read their headers."""
    unknown = find_unknown(ctx)
    chains = [_chain(ctx, "/"), _chain(ctx, unknown.path), *_optional(ctx, unknown)]
    hidden = _hidden([chain[-1] for chain in chains], ctx)
    if hidden is not None:
        yield hidden
        return
    answers = [_answer(e) for chain in chains for e in chain if not _is_upgrade(e)]
    yield from _facts(ctx, answers)


def _chain(ctx: Context, path: str) -> list[Exchange]:
    """The answer on a path, and those that its redirects lead to on the same host."""
    chain = [ctx.http.get(path, follow=False)]
    while len(chain) < 4:
        target = _target(chain[-1])
        if target is None or _host(target) != _host(ctx.http.base or ""):
            break
        chain.append(ctx.http.get(target, follow=False))
    return chain


def _target(exchange: Exchange) -> str | None:
    location = exchange.header("location")
    if exchange.status not in _REDIRECTS or not location:
        return None
    try:
        target = urljoin(exchange.url, location)
        return target if urlsplit(target).scheme in ("http", "https") else None
    except ValueError:
        return None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _optional(ctx: Context, unknown: Unknown) -> Iterator[list[Exchange]]:
    """A health path and an API route, where the service has them; trouble there costs only them."""
    for path in _HEALTH:
        chain = _tried(ctx, path)
        if chain and 200 <= chain[-1].status < 300 and not unknown.same(chain[-1], path):
            yield chain
            break
    described = _tried(ctx, _OPENAPI)
    route = api_route(json_of(described[-1])) if described else None
    if route is not None and (chain := _tried(ctx, route)):
        yield chain


def _tried(ctx: Context, path: str) -> list[Exchange] | None:
    try:
        return _chain(ctx, path)
    except Trouble:
        return None


def api_route(document: object) -> str | None:
    """The first harmless GET route of an OpenAPI document that needs no parameter."""
    paths = document.get("paths") if isinstance(document, dict) else None
    for path, operations in paths.items() if isinstance(paths, dict) else ():
        if not _ROUTE.fullmatch(path) or path == "/" or _RISKY.search(path):
            continue
        get = operations.get("get") if isinstance(operations, dict) else None
        parameters = get.get("parameters", []) if isinstance(get, dict) else None
        if isinstance(parameters, list) and not any(_needed(p) for p in parameters):
            return str(path)
    return None


def _needed(parameter: object) -> bool:
    return not isinstance(parameter, dict) or bool(parameter.get("required")) or "$ref" in parameter


def _hidden(ends: list[Exchange], ctx: Context) -> Problem | None:
    """Why the answers say nothing of the service, if so."""
    if any(200 <= e.status < 300 for e in ends):
        return None
    statuses = ", ".join(f"{urlsplit(e.url).path or '/'} {e.status}" for e in ends)
    away = [
        e for e in ends if (t := _target(e)) is not None and _host(t) != _host(ctx.http.base or "")
    ]
    if away or any(e.status in (401, 403, 407, 429) for e in ends):
        hint = "Give a URL that answers without a login, or let the auditor's address through."
        return Problem(
            ProblemKind.DENIED, f"Every path leads to a login or a refusal: {statuses}.", hint
        )
    if all(e.status >= 500 for e in ends):
        hint = "Check that the deployment runs."
        return Problem(
            ProblemKind.UNREACHABLE, f"Every path answers a server error: {statuses}.", hint
        )
    hint = "Check the URL: a path in front may be missing."
    return Problem(ProblemKind.VACUOUS, f"No path answered with a page or data: {statuses}.", hint)


def _is_upgrade(exchange: Exchange) -> bool:
    """A redirect from plain HTTP to HTTPS: no browser uses its other headers (live.tls reads it)."""
    target = _target(exchange) or ""
    return exchange.url.startswith("http:") and target.startswith("https:")


def _answer(exchange: Exchange) -> _Answer:
    page = is_page(exchange) or "html" in (exchange.header("content-type") or "")
    return _Answer(exchange, urlsplit(exchange.url).scheme == "https", page)


def _facts(ctx: Context, answers: list[_Answer]) -> Iterator[Observation]:
    lacking = [(f"{what} on {a.name}", a) for a in answers for what in _lacking(a)]
    feeble = [
        (f"{what} on {a.name}", a)
        for a in answers
        for what in weak(a.exchange.headers, page=a.page)
    ]
    yield _fact(ctx, RESPONSES, len(answers), answers)
    yield _fact(
        ctx, MISSING, list(dict.fromkeys(t for t, _ in lacking)), [a for _, a in lacking] or answers
    )
    yield _fact(
        ctx, WEAK, list(dict.fromkeys(t for t, _ in feeble)), [a for _, a in feeble] or answers
    )
    ages = [(hsts_max_age(a.exchange.headers), a) for a in answers if a.https]
    if not ages:
        ages = [(hsts_max_age(a.exchange.headers), a) for a in answers]
        if any(age is None for age, _ in ages):
            yield _plain_http()
            return
    shortest = min(ages, key=lambda pair: pair[0] or 0)
    yield _fact(ctx, HSTS, shortest[0] or 0, [shortest[1]])


def _lacking(answer: _Answer) -> list[str]:
    lacking = missing(answer.exchange.headers)
    if answer.https and answer.exchange.header("strict-transport-security") is None:
        lacking.insert(0, "strict-transport-security")
    return lacking


def _plain_http() -> Problem:
    return Problem(
        ProblemKind.VACUOUS,
        "The deployment was asked over plain http, where HSTS means nothing to a browser.",
        "Run again with the https URL of the deployment.",
        (HSTS.key,),
    )


def _fact(
    ctx: Context, spec: FactSpec, value: int | list[str], about: list[_Answer]
) -> Observation:
    locations = dict.fromkeys(a.exchange.location for a in about)
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=about[0].exchange.source,
        locations=list(locations)[:20],
        produced_at=ctx.observed_at,
    )
