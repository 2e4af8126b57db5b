"""A few routes of a running deployment that really answer, for probes that look at how it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from auditor.formats.web.openapi_doc import is_health
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Exchange
from auditor.probing.live.answers import Unknown
from auditor.probing.live.api_description import FOR_MACHINES, find_description, plain_gets
from auditor.probing.live.health_paths import live_paths

if TYPE_CHECKING:
    from auditor.probing.contract import Context

_MOST_HEALTH_PATHS = 24
_MOST_DECLARED = 5
_WALLS = (401, 403, 407, 429)


class Kind(StrEnum):
    """What a route is for: a start page may be a file that the service never sees."""

    START = "start"
    HEALTH = "health"
    API = "api"


@dataclass(frozen=True, slots=True)
class Route:
    """What a plain GET of the start page, the health path or the API answered."""

    kind: Kind
    exchange: Exchange

    @property
    def url(self) -> str:
        """The URL that answered, behind its redirects."""
        return self.exchange.url


def answering(ctx: Context, unknown: Unknown) -> list[Route]:
    """The start page, a health path and a route of the API, where there are such.

    Raises Trouble where none of them answers 2xx: denied, unreachable, vacuous.
    """
    trouble: Trouble | None = None
    routes: list[Route] = []
    try:
        routes.append(Route(Kind.START, ctx.http.once("/")))
    except Trouble as caught:
        if caught.kind in (ProblemKind.UNREACHABLE, ProblemKind.TIMED_OUT):
            raise
        trouble = caught  # such as a redirect to a login elsewhere: the API may answer all the same
    routes += _others(ctx, unknown)
    statuses = [route.exchange.status for route in routes] + [unknown.exchange.status]
    if any(200 <= route.exchange.status < 300 for route in routes):
        return routes
    if trouble is not None:
        raise trouble
    said = ", ".join(str(status) for status in dict.fromkeys(statuses))
    if set(statuses) & set(_WALLS):
        hint = "Give a URL that answers without a login, or let the auditor's address through."
        raise Trouble(ProblemKind.DENIED, f"No path answers without a login: {said}.", hint)
    if max(statuses) >= 500:
        hint = "Check that the deployment runs behind its gateway."
        raise Trouble(ProblemKind.UNREACHABLE, f"No path answers well: {said}.", hint)
    hint = "Give a URL below which something answers, such as https://your-host/api."
    raise Trouble(ProblemKind.VACUOUS, f"No path answers with a page or data: {said}.", hint)


def _others(ctx: Context, unknown: Unknown) -> Iterator[Route]:
    """Trouble costs only the route in question."""
    health = health_route(ctx, unknown)
    if health is not None:
        yield health
    api = _api_route(ctx, unknown)
    if api is not None:
        yield api


def _api_route(ctx: Context, unknown: Unknown) -> Route | None:
    """A path that the operator declared for a feature, else a harmless GET of the API description."""
    declared = [f.live_path for f in ctx.looking.features if (f.live_path or "").startswith("/")]
    for path in declared[:_MOST_DECLARED]:
        try:
            exchange = ctx.http.once(path or "/")
        except Trouble:
            continue
        if not unknown.same(exchange, path or "/"):
            return Route(Kind.API, exchange)
    try:
        described = find_description(ctx, unknown)
        for operation, url in plain_gets(described) if described is not None else ():
            if operation.path not in FOR_MACHINES and not is_health(operation.path):
                return Route(Kind.API, ctx.http.once(url))
    except Trouble:
        return None
    return None


def health_route(ctx: Context, unknown: Unknown) -> Route | None:
    """The first conventional health path, or one that the repository names, that answers 2xx."""
    for path in live_paths(ctx.repo)[:_MOST_HEALTH_PATHS]:
        try:
            exchange = ctx.http.once(path)
            if unknown.endpoint(exchange, path) and exchange.status < 500:
                return Route(Kind.HEALTH, exchange)
        except Trouble as trouble:
            if trouble.kind in (ProblemKind.UNREACHABLE, ProblemKind.TIMED_OUT):
                return None
    return None
