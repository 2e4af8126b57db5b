"""Asks for what a deployment should show to nobody: repository, settings, debug and status pages.

What answers is judged by its content, and against the answer for a path that does not exist. Read without
credentials, from where the audit runs: a wall that lets this address through is not seen. API documents
and metrics are told apart, since a checklist may allow them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.formats.monitoring.exposition import parse
from auditor.formats.text.errors import FormatError
from auditor.formats.web.exposed_content import is_documentation, is_listing, secret_of
from auditor.model.evidence import Source, SourceKind
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Phase,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.http import Exchange
from auditor.probing.live.answers import Unknown, find_unknown, is_page
from auditor.probing.live.api_description import find_description

PATHS = FactSpec(
    "exposure.paths",
    FactType.LIST,
    "Paths that show anybody what is for nobody outside: repository, settings, debug and status pages.",
)
DOCUMENTATION = FactSpec(
    "exposure.documentation", FactType.LIST, "Paths that show anybody the API's description."
)
METRICS = FactSpec("exposure.metrics", FactType.LIST, "Paths that show anybody the metrics.")
ASKED = FactSpec("exposure.asked", FactType.NUMBER, "Paths that were asked for and answered.")

_SECRET = (
    "/.git/HEAD", "/.git/config", "/.env", "/debug", "/debug/pprof/", "/debug/vars", "/console",
    "/actuator/env", "/server-status", "/nginx_status", "/phpinfo.php", "/__debug__/", "/_profiler/",
    "/telescope", "/rails/info/properties",
)  # fmt: skip
_PAGES = ("/docs", "/redoc", "/swagger", "/swagger-ui/index.html")
_METRICS = ("/metrics", "/actuator/prometheus")
_MARK = "x-auditor-trace"
_WALLS = (401, 403, 407)


@dataclass(slots=True)
class _Seen:
    """What one kind of thing was found at, how many paths answered, and what stood in the way."""

    found: dict[str, Exchange] = field(default_factory=dict)
    answered: int = 0
    trouble: Trouble | None = None


@probe(
    "live.exposure",
    title="Exposed files and pages",
    needs=[Need.URL],
    emits=[PATHS, DOCUMENTATION, METRICS, ASKED],
    phase=Phase.LIVE,
    timeout_s=180.0,
)
def exposure(ctx: Context) -> Iterator[Observation]:
    """Ask for each path, without credentials, and keep those that show what they should not."""
    unknown = find_unknown(ctx)
    _refuse_a_wall(ctx, unknown)
    secrets, pages, metrics = _Seen(), _Seen(), _Seen()
    for path in _SECRET:
        exchange = _ask(ctx, path, secrets)
        if exchange is not None and (what := _secret(path, exchange, unknown)):
            secrets.found[f"{path} ({what})"] = exchange
    _folder_listing(ctx, secrets)
    _trace(ctx, secrets)
    for path in _PAGES:
        exchange = _ask(ctx, path, pages)
        if exchange is not None and is_page(exchange) and _is_documentation(exchange, unknown):
            pages.found[path] = exchange
    _description(ctx, unknown, pages)
    for path in _METRICS:
        exchange = _ask(ctx, path, metrics)
        if exchange is not None and _is_metrics(exchange):
            metrics.found[path] = exchange
    for spec, seen in ((PATHS, secrets), (DOCUMENTATION, pages), (METRICS, metrics)):
        yield from _told(ctx, spec, seen)
    asked = secrets.answered + pages.answered + metrics.answered
    yield ASKED.of(
        asked, level=Level.OBSERVED, source=unknown.exchange.source, produced_at=ctx.observed_at
    )


def _refuse_a_wall(ctx: Context, unknown: Unknown) -> None:
    """Raise Trouble where everything is behind a login or an error: production may differ there."""
    if unknown.exchange.status in _WALLS or unknown.exchange.status == 429:
        start = ctx.http.once("/")
        if not 200 <= start.status < 300:
            unknown.refuse_hidden(start, "/")
    if unknown.exchange.status >= 500:
        unknown.refuse_hidden(ctx.http.once("/"), "/")


def _ask(ctx: Context, path: str, seen: _Seen) -> Exchange | None:
    """A good answer on a path of this very host; None where there is none, or it leads elsewhere."""
    try:
        exchange = ctx.http.get(path)
    except Trouble as trouble:
        if trouble.kind is ProblemKind.DENIED:  # it redirects to another host, such as a login
            seen.answered += 1
            return None
        seen.trouble = seen.trouble or trouble
        return None
    if exchange.status in (429, 502, 503, 504):
        message = f"GET {path} answers {exchange.status}, so what it shows was not seen."
        hint = "Run again when the deployment is well and lets the auditor's requests through."
        seen.trouble = seen.trouble or Trouble(ProblemKind.UNREACHABLE, message, hint)
        return None
    seen.answered += 1
    return exchange if 200 <= exchange.status < 300 else None


def _secret(path: str, exchange: Exchange, unknown: Unknown) -> str | None:
    """What it shows, unless a path that does not exist shows the same kind of thing."""
    what = secret_of(path, exchange.body)
    return what if what != secret_of(path, unknown.exchange.body) else None


def _is_documentation(exchange: Exchange, unknown: Unknown) -> bool:
    return is_documentation(exchange.body) and not is_documentation(unknown.exchange.body)


def _folder_listing(ctx: Context, seen: _Seen) -> None:
    exchange = _ask(ctx, "/", seen)
    if exchange is not None and is_listing(exchange.body):
        seen.found["/ (a listing of files)"] = exchange


def _trace(ctx: Context, seen: _Seen) -> None:
    """TRACE gives a request back, its cookies included; only our own mark in the answer proves it."""
    try:
        exchange = ctx.http.request("TRACE", "/", headers={_MARK: "seen"}, follow=False)
    except Trouble:
        return  # many servers close the line on TRACE, which serves as a refusal
    seen.answered += 1
    body = exchange.text[:10_000].lower()
    if 200 <= exchange.status < 300 and _MARK in body and body.lstrip().startswith("trace "):
        seen.found["TRACE / (gives requests back)"] = exchange


def _description(ctx: Context, unknown: Unknown, seen: _Seen) -> None:
    try:
        described = find_description(ctx, unknown)
    except Trouble as trouble:
        if trouble.kind is not ProblemKind.DENIED:
            seen.trouble = seen.trouble or trouble
        return
    seen.answered += 1
    if described is not None:
        path = described.exchange.url.removeprefix(ctx.http.base or "")
        seen.found[path] = described.exchange


def _is_metrics(exchange: Exchange) -> bool:
    try:
        return not is_page(exchange) and parse(exchange.body).samples > 0
    except FormatError:
        return False


def _told(ctx: Context, spec: FactSpec, seen: _Seen) -> Iterator[Observation]:
    """What was found stands, whatever else could not be seen; that nothing is there does not."""
    if seen.trouble is not None:
        yield seen.trouble.problem(spec.key)
        if not seen.found:
            return
    found = list(seen.found.values())
    nothing = f"{seen.answered} answers, none of which shows any"
    yield spec.of(
        list(seen.found),
        level=Level.OBSERVED,
        source=found[0].source
        if found
        else Source(SourceKind.HTTP, nothing, observed_at=ctx.observed_at),
        locations=[exchange.location for exchange in found],
        produced_at=ctx.observed_at,
    )
