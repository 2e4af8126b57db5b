"""What a load run asks for: paths that the operator declared, else harmless GETs of the API description."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from auditor.formats.web.openapi_doc import is_health
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.live.answers import Unknown
from auditor.probing.live.api_description import FOR_MACHINES, find_description, plain_gets

if TYPE_CHECKING:
    from auditor.probing.contract import Context

_MOST = 10
_MOST_TRIED = 20


def load_paths(ctx: Context, unknown: Unknown) -> tuple[str, ...]:
    """Paths, with their queries, that answer 2xx: `live: {get: …}` of auditor.yaml, else the description.

    Health, metrics and their like carry no load and are left out. Raises Trouble (vacuous) where none is left.
    """
    declared = [f.live_path for f in ctx.looking.features if f.live_path]
    refused: dict[str, str] = {}
    found = _answering(ctx, unknown, declared, refused)
    if not found:
        found = _answering(ctx, unknown, _described(ctx, unknown), refused)
    if found:
        return tuple(found)
    told = "; ".join(f"{path} {why}" for path, why in list(refused.items())[:5])
    raise Trouble(
        ProblemKind.VACUOUS,
        "No path is known that a load run may ask for"
        + (f": {told}." if told else ": none is declared, and no GET without parameters is described."),
        "Declare what users ask for in auditor.yaml, as `live: {get: /orders?limit=20}` of a feature.",
    )  # fmt: skip


def _described(ctx: Context, unknown: Unknown) -> list[str]:
    try:
        described = find_description(ctx, unknown)
    except Trouble:
        return []  # live.openapi says why
    base = urlsplit(ctx.http.base or "").path.rstrip("/")
    urls = [] if described is None else [url for _, url in plain_gets(described)]
    return [path for url in urls if (path := _below(url, base)) is not None]


def _answering(
    ctx: Context, unknown: Unknown, paths: list[str], refused: dict[str, str]
) -> list[str]:
    """Those that answer well without a redirect, each once; why the others do not, into `refused`."""
    found: list[str] = []
    for path in list(dict.fromkeys(paths))[:_MOST_TRIED]:
        bare = urlsplit(path).path
        if not path.startswith("/") or path.startswith("//"):
            refused[path] = "is no path"
        elif is_health(bare) or (bare in FOR_MACHINES and bare != "/"):
            refused[path] = "is for machines"
        elif len(found) < _MOST:
            exchange = ctx.http.get(path, follow=False)
            if not 200 <= exchange.status < 300:
                refused[path] = f"answers {exchange.status}"
            elif unknown.same(exchange, path):
                refused[path] = "answers as every path does"
            else:
                found.append(path)
    return found


def _below(url: str, base: str) -> str | None:
    """The path and query of a URL below the path of the deployment's own URL; None beside it."""
    parts = urlsplit(url)
    if base and not parts.path.startswith(f"{base}/"):
        return None
    return parts.path[len(base) :] + (f"?{parts.query}" if parts.query else "")
