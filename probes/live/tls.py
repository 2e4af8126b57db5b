"""Shakes hands with the deployment's TLS port: chain, host name, expiry, old versions, port 80.

The chain is judged by this machine's store (or SSL_CERT_FILE), as any client here would. What lies
behind the port that answers (a load balancer, a CDN) is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from auditor.model.evidence import Fact, Location, Source, SourceKind, Value
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
from auditor.probing.tls import TlsSeen

TRUSTED = FactSpec(
    "tls.chain_trusted",
    FactType.BOOLEAN,
    "Whether the chain is complete, in force and trusted here.",
)
MATCHES = FactSpec(
    "tls.hostname_matches", FactType.BOOLEAN, "Whether the certificate is for this host."
)
DAYS = FactSpec(
    "tls.days_left",
    FactType.NUMBER,
    "Whole days until the certificate expires; below 0 after it.",
    "d",
)
WEAK = FactSpec(
    "tls.weak_protocols", FactType.LIST, "Versions below TLS 1.2 that the port accepts."
)
BEST = FactSpec("tls.best_protocol", FactType.TEXT, "The newest version that both sides speak.")
REDIRECTS = FactSpec(
    "tls.http_redirects", FactType.BOOLEAN, "Whether port 80 redirects to https, or is closed."
)
_HTTP_PORT = 80


@probe(
    "live.tls",
    title="TLS",
    needs=[Need.URL],
    emits=[TRUSTED, MATCHES, DAYS, WEAK, BEST, REDIRECTS],
    phase=Phase.LIVE,
)
def tls(ctx: Context) -> Iterator[Observation]:
    """Look at the port of an https URL, then at plain http on the same host."""
    base = urlsplit(ctx.http.base or "")
    if base.scheme != "https" or not base.hostname:
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            "The deployment was given by a plain http URL, so its TLS was not looked at.",
            "Run again with the https URL of the deployment.",
        )
        return
    seen = ctx.tls.inspect(base.hostname, base.port or 443)
    yield from _facts(ctx, seen)
    try:
        yield _redirects(ctx, base.hostname)
    except Trouble as trouble:
        yield trouble.problem(REDIRECTS.key)


def _facts(ctx: Context, seen: TlsSeen) -> Iterator[Observation]:
    why = replace(seen.source, excerpt=seen.chain_error or None)
    yield _fact(ctx, TRUSTED, seen.chain_trusted, why)
    yield _fact(ctx, MATCHES, seen.hostname_matches, seen.source)
    yield _fact(ctx, DAYS, (seen.not_after - ctx.now).days, seen.source)
    yield _fact(ctx, BEST, seen.best_protocol, seen.source)
    if seen.unclear and not seen.weak_protocols:
        yield Problem(
            ProblemKind.TIMED_OUT,
            f"The port neither accepted nor refused {', '.join(seen.unclear)}.",
            "Check the versions with testssl.sh or sslyze from another network.",
            (WEAK.key,),
        )
    else:
        yield _fact(ctx, WEAK, list(seen.weak_protocols), seen.source)


def _redirects(ctx: Context, host: str) -> Fact:
    """A closed port 80 serves nothing in the clear, which is as good as a redirect."""
    shown = f"[{host}]" if ":" in host else host
    if not ctx.tls.listens(host, _HTTP_PORT):
        source = Source(
            SourceKind.HTTP, f"{shown}:80 refuses connections", observed_at=ctx.observed_at
        )
        return _fact(ctx, REDIRECTS, True, source)
    exchange = ctx.http.get(f"http://{shown}/", follow=False)
    return _fact(ctx, REDIRECTS, leads_to_https(exchange), exchange.source, exchange.location)


def leads_to_https(exchange: Exchange) -> bool:
    """Whether the answer is a redirect, straight to an https URL."""
    if exchange.status not in (301, 302, 303, 307, 308):
        return False
    try:
        target = urlsplit(urljoin(exchange.url, exchange.header("location") or ""))
    except ValueError:
        return False
    return target.scheme == "https" and bool(target.hostname)


def _fact(
    ctx: Context, spec: FactSpec, value: Value, source: Source, location: Location | None = None
) -> Fact:
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=source,
        locations=[location or Location(url=ctx.http.base)],
        produced_at=ctx.observed_at,
    )
