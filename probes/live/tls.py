"""Shakes hands with the deployment's TLS port: chain, host name, expiry, old versions, port 80.

Each address of the name is asked, six at most, and what the weakest of them shows is what counts: a client may be sent
to any. One that cannot be reached from here is told, and decides nothing. The chain is judged by this machine's store
(or SSL_CERT_FILE), as any client here would. What lies behind the port that answers (a load balancer, a CDN) is not
seen.
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
ADDRESSES = FactSpec(
    "tls.addresses",
    FactType.LIST,
    "Addresses of the name that shook hands, the weakest of which counts.",
)
UNREACHED = FactSpec(
    "tls.unreached", FactType.LIST, "Addresses of the name that could not be reached from here."
)
DIFFERING = FactSpec(
    "tls.differing", FactType.LIST, "What each address shows, where they do not all show the same."
)
_HTTP_PORT = 80
_MOST = 6
_EACH_S = 8.0


@probe(
    "live.tls",
    title="TLS",
    needs=[Need.URL],
    emits=[TRUSTED, MATCHES, DAYS, WEAK, BEST, REDIRECTS, ADDRESSES, UNREACHED, DIFFERING],
    phase=Phase.LIVE,
    timeout_s=90.0,
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
    seen, lost = _every(ctx, base.hostname, base.port or 443)
    yield from _facts(ctx, seen)
    yield _fact(ctx, UNREACHED, lost, seen[0].source)
    try:
        yield _redirects(ctx, base.hostname)
    except Trouble as trouble:
        yield trouble.problem(REDIRECTS.key)


def _every(ctx: Context, host: str, port: int) -> tuple[list[TlsSeen], list[Value]]:
    """What each address shows, and those that cannot be reached. Raises Trouble where none can."""
    seen: list[TlsSeen] = []
    lost: list[Value] = []
    first: Trouble | None = None
    for address in ctx.tls.addresses(host, port)[:_MOST]:
        try:
            found = ctx.tls.inspect(host, port, timeout_s=_EACH_S, address=address)
            seen.append(replace(found, address=address))
        except Trouble as trouble:
            if trouble.kind not in (ProblemKind.UNREACHABLE, ProblemKind.TIMED_OUT):
                raise
            first = first or trouble
            lost.append(f"{address}: {trouble.message}")
    if not seen:
        raise first or Trouble(ProblemKind.UNREACHABLE, f"{host} has no address.")
    return seen, lost


def _facts(ctx: Context, seen: list[TlsSeen]) -> Iterator[Observation]:
    """The weakest of all addresses."""
    wrong = next((one for one in seen if not one.chain_trusted), seen[0])
    said = f"{wrong.chain_error} (at {wrong.address})" if len(seen) > 1 else wrong.chain_error
    why = replace(wrong.source, excerpt=said if wrong.chain_error else None)
    yield _fact(ctx, TRUSTED, wrong.chain_trusted, why)
    other = next((one for one in seen if not one.hostname_matches), seen[0])
    yield _fact(ctx, MATCHES, other.hostname_matches, other.source)
    ends = min(seen, key=lambda one: one.not_after)
    yield _fact(ctx, DAYS, (ends.not_after - ctx.now).days, ends.source)
    oldest = min(seen, key=lambda one: one.best_protocol)
    yield _fact(ctx, BEST, oldest.best_protocol, oldest.source)
    weak = list(dict.fromkeys(name for one in seen for name in one.weak_protocols))
    unclear = list(dict.fromkeys(name for one in seen for name in one.unclear))
    if unclear and not weak:
        yield Problem(
            ProblemKind.TIMED_OUT,
            f"The port neither accepted nor refused {', '.join(unclear)}.",
            "Check the versions with testssl.sh or sslyze from another network.",
            (WEAK.key,),
        )
    else:
        accepts = next((one for one in seen if one.weak_protocols), seen[0])
        yield _fact(ctx, WEAK, [*weak], accepts.source)
    yield _fact(ctx, ADDRESSES, [one.address for one in seen], seen[0].source)
    shown = {one.address: _shown(one) for one in seen}
    told: list[Value] = [f"{address}: {said}" for address, said in shown.items()]
    yield _fact(ctx, DIFFERING, told if len(set(shown.values())) > 1 else [], seen[0].source)


def _shown(seen: TlsSeen) -> str:
    """What one address shows, in a line."""
    parts = [
        "trusted" if seen.chain_trusted else f"not trusted ({seen.chain_error})",
        "for this host" if seen.hostname_matches else "for another host",
        f"until {seen.not_after:%Y-%m-%d}",
        seen.best_protocol,
        *(f"accepts {name}" for name in seen.weak_protocols),
    ]
    return ", ".join(parts)


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
