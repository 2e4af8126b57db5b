"""Looks at how a few routes are delivered: compression, caching headers, and methods that nobody should take.

The start page, a health path and a route of the API are asked by GET and HEAD, and once by a method that does not
exist. Compression is wanted of text from 1,400 bytes on; a rule for caches of every good answer, and of a health check
one that keeps caches from answering in its place. A proxy in front may do all of this in the service's stead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
    Trouble,
    probe,
)
from auditor.probing.doors.redact import redact
from auditor.probing.http import Exchange
from auditor.probing.live.answers import find_unknown
from auditor.probing.live.routes import Kind, Route, answering

RESPONSES = FactSpec("transfer.responses", FactType.NUMBER, "Good answers that were looked at.")
UNCOMPRESSED = FactSpec(
    "transfer.uncompressed",
    FactType.LIST,
    "Answers with long text that came uncompressed, though the request takes gzip.",
)
UNSTATED = FactSpec(
    "transfer.without_cache_rule", FactType.LIST, "Answers that do not say how they may be cached."
)
CACHED = FactSpec(
    "transfer.cacheable_health", FactType.LIST, "Health checks that a cache may answer."
)
METHODS = FactSpec(
    "transfer.odd_methods",
    FactType.LIST,
    "Methods that are answered otherwise than they should: HEAD not as GET, or one that does not exist well.",
)
_EVERY = (RESPONSES, UNCOMPRESSED, UNSTATED, CACHED, METHODS)
_LONG = 1400
_TEXT = re.compile(r"\s*(?:text/|application/(?:[\w.+-]*(?:json|xml|javascript)))", re.I)
_NOT_KEPT = re.compile(r"\b(?:no-store|no-cache|private|max-age\s*=\s*0)\b", re.I)
_NO_METHOD = "AUDIT"


@probe(
    "live.transfer",
    title="Compression, caching and methods",
    needs=[Need.URL],
    emits=_EVERY,
    phase=Phase.LIVE,
)
def transfer(ctx: Context) -> Iterator[Observation]:
    """Every route by GET and HEAD, the last one by a method that nobody knows."""
    routes = answering(ctx, find_unknown(ctx))
    good = [one for one in routes if 200 <= one.exchange.status < 300]
    health = [one.exchange for one in good if one.kind is Kind.HEALTH]
    values: list[tuple[FactSpec, Value]] = [
        (RESPONSES, len(good)),
        (UNCOMPRESSED, [_named(one.exchange) for one in good if plain_though_long(one.exchange)]),
        (UNSTATED, [_named(one.exchange) for one in good if not has_rule(one.exchange)]),
        (CACHED, [_named(one) for one in health if may_be_cached(one)]),
    ]
    try:
        values.append((METHODS, _odd(ctx, good)))
    except Trouble as trouble:
        yield trouble.problem(METHODS.key)
    for spec, value in values:
        yield spec.of(
            value,
            level=Level.OBSERVED,
            source=good[-1].exchange.source,
            locations=[one.exchange.location for one in good],
            produced_at=ctx.observed_at,
        )
    if not health:
        yield Problem(
            ProblemKind.VACUOUS,
            "No health check answers well, so whether a cache may answer in its place is not known.",
            "Serve one, such as /health/live.",
            (CACHED.key,),
        )


def plain_though_long(exchange: Exchange) -> bool:
    """Whether long text came as it is."""
    text = _TEXT.match(exchange.header("content-type") or "") is not None
    return text and len(exchange.body) >= _LONG and not exchange.header("content-encoding")


def has_rule(exchange: Exchange) -> bool:
    """Whether an answer says how it may be cached, or how a copy of it is checked."""
    return any(exchange.header(n) for n in ("cache-control", "expires", "etag", "last-modified"))


def may_be_cached(exchange: Exchange) -> bool:
    """Whether a cache may keep an answer; without a rule only by its own choice, which is told apart."""
    rule = exchange.header("cache-control") or ""
    return bool(rule) and _NOT_KEPT.search(rule) is None


def _odd(ctx: Context, good: list[Route]) -> list[Value]:
    """HEAD owes what GET gives; a method that does not exist owes a refusal that is no error of the server."""
    odd: list[Value] = []
    for one in good:
        head = ctx.http.request("HEAD", one.url, follow=False)
        if head.status not in (one.exchange.status, 405, 501):
            odd.append(f"HEAD {_path(head)}: {head.status}, where GET is {one.exchange.status}")
    made_up = ctx.http.request(_NO_METHOD, good[-1].url, follow=False)
    if made_up.status < 400 or (made_up.status >= 500 and made_up.status != 501):
        odd.append(f"{_NO_METHOD}, which does not exist, {_path(made_up)}: {made_up.status}")
    return odd


def _path(exchange: Exchange) -> str:
    return redact(urlsplit(exchange.url).path or "/")


def _named(exchange: Exchange) -> Value:
    return f"{exchange.method} {_path(exchange)}"
