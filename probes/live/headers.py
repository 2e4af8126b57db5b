"""Reads the security headers of several answers: a page and a script of it, a health path, an API route,
a 404, redirects.

It asks with GET, a few times, and judges only what answered: a login wall or a row of server errors
is a problem, not a fact. A redirect shows no content, so it owes HSTS and safe cookies alone; a script
or a style sheet owes no policy for pages, yet must not be taken for another kind of content. HSTS
means nothing to a browser over plain HTTP, so its absence there is not held against the service, and
not taken for a pass either.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from auditor.formats.web.security_headers import hsts_max_age, missing, weak
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
from auditor.probing.live.answers import Unknown, find_unknown, is_page, json_of

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
_ASSET = re.compile(
    r"""<(?:script|link)\b[^<>]{0,300}?\b(?:src|href)=["']?([^\s"'<>?#]{1,300}\.(?:m?js|css))\b""",
    re.I,
)
_ASSET_TYPES = re.compile(
    r"\s*(?:(?:text|application)/(?:x-)?(?:javascript|ecmascript)|text/css)\b", re.I
)
_HEAD = 100_000
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A response: whether it came over TLS, is an HTML page, and is for a path that does not exist."""

    exchange: Exchange
    https: bool
    page: bool
    unknown: bool

    @property
    def name(self) -> str:
        """The same in every audit, though the path that does not exist is another each time."""
        path = urlsplit(self.exchange.url).path or "/"
        asked = "a path that does not exist" if self.unknown else path
        return f"{self.exchange.method} {asked} ({self.exchange.status})"

    @property
    def redirects(self) -> bool:
        return _target(self.exchange) is not None


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
    start = _chain(ctx, "/")
    chains = [start, _chain(ctx, unknown.path), *_optional(ctx, unknown)]
    hidden = _hidden([_answer(chain[-1], unknown) for chain in chains], ctx)
    if hidden is not None:
        yield hidden
        return
    chains += _assets(ctx, start[-1])
    answers = [_answer(e, unknown) for chain in chains for e in chain if not _is_upgrade(e)]
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


def _assets(ctx: Context, page: Exchange) -> Iterator[list[Exchange]]:
    """The first script or style sheet that a page takes from the same host: often served apart."""
    if not is_page(page):
        return
    for match in _ASSET.finditer(page.text[:_HEAD]):
        try:
            target = urljoin(page.url, html.unescape(match[1]))
        except ValueError:
            continue
        if urlsplit(target)[:2] != urlsplit(page.url)[:2]:
            continue
        chain = _tried(ctx, target)
        if chain and 200 <= chain[-1].status < 300 and _is_asset(chain[-1]):
            yield chain
        return


def _is_asset(exchange: Exchange) -> bool:
    return _ASSET_TYPES.match(exchange.header("content-type") or "") is not None


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


def _hidden(ends: list[_Answer], ctx: Context) -> Problem | None:
    """Why the answers say nothing of the service, if so."""
    statuses = {a.exchange.status for a in ends}
    if any(200 <= status < 300 for status in statuses):
        return None
    said = ", ".join(a.name for a in ends)
    targets = [t for a in ends if (t := _target(a.exchange)) is not None]
    if statuses & {401, 403, 407, 429} or any(
        _host(t) != _host(ctx.http.base or "") for t in targets
    ):
        hint = "Give a URL that answers without a login, or let the auditor's address through."
        message = f"Every path leads to a login or a refusal: {said}."
        return Problem(ProblemKind.DENIED, message, hint)
    if min(statuses) >= 500:
        hint = "Check that the deployment runs."
        message = f"Every path answers a server error: {said}."
        return Problem(ProblemKind.UNREACHABLE, message, hint)
    hint = "Give a URL below which something answers, such as https://your-host/api/v1/docs."
    if statuses == {400}:
        hint = "Check the URL: the port may speak TLS (https://), or want a client certificate."
    return Problem(ProblemKind.VACUOUS, f"No path answered with a page or data: {said}.", hint)


def _is_upgrade(exchange: Exchange) -> bool:
    """A redirect from plain HTTP to HTTPS: no browser uses its other headers (live.tls reads it)."""
    target = _target(exchange) or ""
    return exchange.url.startswith("http:") and target.startswith("https:")


def _answer(exchange: Exchange, unknown: Unknown) -> _Answer:
    page = is_page(exchange) or "html" in (exchange.header("content-type") or "")
    parts = urlsplit(exchange.url)
    return _Answer(exchange, parts.scheme == "https", page, unknown.path in parts.path)


def _facts(ctx: Context, answers: list[_Answer]) -> Iterator[Observation]:
    lacking = _gathered(answers, _lacking)
    feeble = _gathered(answers, lambda a: weak(a.exchange.headers, page=a.page))
    yield _fact(ctx, RESPONSES, len(answers), answers)
    for spec, found in ((MISSING, lacking), (WEAK, feeble)):
        about = [a for where in found.values() for a in where]
        yield _fact(ctx, spec, [_listed(w, a, answers) for w, a in found.items()], about or answers)
    ages = [(hsts_max_age(a.exchange.headers), a) for a in answers if a.https]
    if not ages:
        ages = [(hsts_max_age(a.exchange.headers), a) for a in answers]
        if any(age is None for age, _ in ages):
            yield _plain_http()
            return
    shortest = min(ages, key=lambda pair: pair[0] or 0)
    yield _fact(ctx, HSTS, shortest[0] or 0, [shortest[1]])


def _gathered(
    answers: list[_Answer], judge: Callable[[_Answer], list[str]]
) -> dict[str, list[_Answer]]:
    """Each fault with the answers that have it, so that three kinds of faults are three entries."""
    found: dict[str, list[_Answer]] = {}
    for answer in answers:
        for what in judge(answer):
            found.setdefault(what, []).append(answer)
    return found


def _listed(what: str, where: list[_Answer], answers: list[_Answer]) -> str:
    """One fault in few words: a report shows the first words of a list, and all of its places."""
    if len(where) > 1 and len(where) == len(answers):
        return f"{what} on every answer"
    names = list(dict.fromkeys(a.name for a in where))
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{what} on {names[0]}{more}"


def _lacking(answer: _Answer) -> list[str]:
    lacking = [] if answer.redirects else missing(answer.exchange.headers)
    if _is_asset(answer.exchange):
        lacking = [name for name in lacking if name == "x-content-type-options"]
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
