"""A few routes of a running deployment that really answer, for probes that look at how it answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.model.evidence import ProblemKind
from auditor.probing.answers import Unknown
from auditor.probing.api_description import find_description, plain_gets
from auditor.probing.health_paths import live_paths
from auditor.probing.http import Exchange
from auditor.probing.trouble import Trouble

if TYPE_CHECKING:
    from auditor.probing.contract import Context

_MOST_HEALTH_PATHS = 8
_WALLS = (401, 403, 407, 429)


@dataclass(frozen=True, slots=True)
class Route:
    """A path (or URL of the description), and what it answered to a plain GET; `own` tells it from "/"."""

    path: str
    exchange: Exchange
    own: bool


def answering(ctx: Context, unknown: Unknown) -> list[Route]:
    """The start page, a health path and a route of the API, where there are such.

    Raises Trouble where none of them answers 2xx: denied, unreachable, vacuous.
    """
    trouble: Trouble | None = None
    routes: list[Route] = []
    try:
        routes.append(Route("/", ctx.http.once("/"), False))
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
    try:
        described = find_description(ctx, unknown)
        gets = plain_gets(described) if described is not None else []
        known = health.exchange.url if health is not None else None
        for operation, url in gets:
            if url != known and operation.path != "/":
                yield Route(url, ctx.http.once(url), True)
                return
    except Trouble:
        return


def health_route(ctx: Context, unknown: Unknown) -> Route | None:
    """The first conventional health path, or one that the repository names, that answers 2xx."""
    for path in live_paths(ctx.repo)[:_MOST_HEALTH_PATHS]:
        try:
            exchange = ctx.http.once(path)
            if unknown.endpoint(exchange, path) and exchange.status < 500:
                return Route(path, exchange, True)
        except Trouble as trouble:
            if trouble.kind in (ProblemKind.UNREACHABLE, ProblemKind.TIMED_OUT):
                return None
    return None
