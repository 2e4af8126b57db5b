"""Finds the metrics of a running deployment, for every probe that reads them."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.formats.monitoring.exposition import Exposition, parse
from auditor.formats.text.errors import FormatError, TooLarge
from auditor.model.evidence import ProblemKind
from auditor.probing.contract import Context
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Exchange
from auditor.probing.live.answers import find_unknown

PATHS = ("/metrics", "/actuator/prometheus", "/-/metrics", "/api/metrics")
_BODY_LIMIT = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Scrape:
    """One answer of the metrics endpoint, and what it holds."""

    exchange: Exchange
    exposition: Exposition


def scrape(ctx: Context) -> Scrape | None:
    """The first endpoint of PATHS that answers with metrics; None where there is none at all.

    Raises Trouble where one may be there and cannot be read: denied, malformed (a page, JSON),
    unreachable, timed_out, too_large.
    """
    trouble: Trouble | None = None
    for path in PATHS:
        try:
            exchange = _get(ctx, path)
            if 200 <= exchange.status < 300:
                return Scrape(exchange, _read(exchange, path))
            _refuse(ctx, exchange, path)
        except FormatError as error:
            if not find_unknown(ctx).same(exchange, path):
                trouble = trouble or _unreadable(path, error)
        except Trouble as found:
            if found.kind in (ProblemKind.UNREACHABLE, ProblemKind.TIMED_OUT):
                raise
            trouble = trouble or found
    if trouble is not None:
        raise trouble
    return None


def _get(ctx: Context, path: str) -> Exchange:
    """The answer; behind a login, with the credentials that the operator gave for metrics, if any.

    They are sent to the deployment alone, after it asked for some, and along no redirect.
    """
    exchange = ctx.http.get(path, body_limit=_BODY_LIMIT)
    grant = ctx.access.grant("metrics")
    if exchange.status not in (401, 403) or exchange.hops or grant is None:
        return exchange
    return ctx.http.get(path, headers=dict(grant.headers), follow=False, body_limit=_BODY_LIMIT)


def _read(exchange: Exchange, path: str) -> Exposition:
    kind = exchange.header("content-type") or ""
    return parse(exchange.body, openmetrics=True if "openmetrics" in kind else None)


def _refuse(ctx: Context, exchange: Exchange, path: str) -> None:
    """Raise Trouble unless the answer says that nothing is there."""
    if exchange.status in (404, 405, 410):
        return
    if exchange.status in (401, 403):
        grant = ctx.access.grant("metrics")
        hint = (
            f"Give what {grant.variable} holds the right to read it."
            if grant
            else (
                "Run again with AUDITOR_METRICS_TOKEN, or AUDITOR_METRICS_BASIC=user:password; or let the"
                " auditor's address read it without a login."
            )
        )
        message = f"GET {path} answers {exchange.status}, so its metrics cannot be read."
        raise Trouble(ProblemKind.DENIED, message, hint)
    find_unknown(ctx).refuse_hidden(exchange, path)
    if exchange.status >= 500:
        message = f"GET {path} answers {exchange.status}, so its metrics cannot be read."
        raise Trouble(ProblemKind.MALFORMED, message, "Find the error in the service's log.")


def _unreadable(path: str, error: FormatError) -> Trouble:
    kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
    return Trouble(kind, f"GET {path}: {error}", "Serve the Prometheus text format there.")
