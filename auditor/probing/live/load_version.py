"""Whether the deployment that bears a load runs the audited commit, by what it says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.formats.containers import build_revision
from auditor.probing.doors.trouble import Trouble
from auditor.probing.live.answers import Unknown, json_of
from auditor.probing.monitoring.metrics_endpoint import scrape

if TYPE_CHECKING:
    from auditor.probing.contract import Context

_PATHS = ("/version", "/api/version", "/info", "/actuator/info", "/version.json", "/health", "/")
_SHORTEST = 7


def runs_audited_commit(ctx: Context, unknown: Unknown) -> bool | None:
    """None where the deployment names no commit, or the audited folder has none (see live.identity)."""
    commit = ctx.target.commit
    if commit is None:
        return None
    for path in _PATHS:
        try:
            exchange = ctx.http.once(path)
            named = build_revision.of_headers(exchange.headers)
            if not named and unknown.endpoint(exchange, path):
                named = build_revision.of_json(json_of(exchange))
        except Trouble:
            continue
        if named:
            return all(_same(one, commit) for one in named)
    try:
        metrics = scrape(ctx)
    except Trouble:
        return None
    named = build_revision.of_exposition(metrics.exchange.text) if metrics else []
    return all(_same(one, commit) for one in named) if named else None


def _same(one: str, other: str) -> bool:
    shorter, longer = sorted((one.lower(), other.lower()), key=len)
    return len(shorter) >= _SHORTEST and longer.startswith(shorter)
