"""Asks a running deployment for its liveness and readiness.

It tries the conventional paths, and those that the repository's own health checks name, until one
answers that is not merely the answer of every path: the page that a single-page application gives for
all paths is no endpoint, though its status is 200. Each endpoint is asked five times: where the answers
disagree it is unstable, which is a fact with its samples, and no single one of them is taken for its
state. What a dependency does when it fails is not tried here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.formats.web.health_body import HealthBody, read_health
from auditor.model.evidence import Location, Source, SourceKind
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
from auditor.probing.live.answers import Unknown, alike, find_unknown, json_of
from auditor.probing.live.health_paths import live_paths, ready_paths

LIVE = FactSpec(
    "health.live_status",
    FactType.NUMBER,
    "Status of the liveness endpoint; 404 where no path answers as one.",
)
READY = FactSpec(
    "health.ready_status",
    FactType.NUMBER,
    "Status of the readiness endpoint; 404 where no path answers as one.",
)
DEPENDENCIES = FactSpec(
    "health.ready_dependencies",
    FactType.LIST,
    "Dependencies that the readiness endpoint names with their state.",
)
CONTRADICTS = FactSpec(
    "health.body_contradicts",
    FactType.BOOLEAN,
    "Whether a status says well and its body down, or the other way round.",
)
EQUALS = FactSpec(
    "health.ready_equals_live",
    FactType.BOOLEAN,
    "Whether readiness is a constant: liveness' very body, naming no dependency.",
)
UNSTABLE = FactSpec(
    "health.unstable",
    FactType.LIST,
    "Endpoints whose answers to the same question differ, with the samples.",
)
_SAMPLES = 5
_PAUSE_S = 0.05
_ABOUT_READY = (READY.key, DEPENDENCIES.key, CONTRADICTS.key, EQUALS.key)
_TIMEOUT_S = 5.0


@dataclass(slots=True)
class _Search:
    """Where a kind of endpoint was looked for, and what was found or stood in the way."""

    looked: list[str] = field(default_factory=list)
    path: str = ""
    found: Exchange | None = None
    trouble: Trouble | None = None
    alike: str | None = None
    samples: list[str] = field(default_factory=list)

    @property
    def unstable(self) -> bool:
        """Whether one of the samples says something else than another."""
        return len(set(self.samples)) > 1


@probe(
    "live.health",
    title="Health endpoints",
    needs=[Need.URL],
    emits=[LIVE, READY, DEPENDENCIES, CONTRADICTS, EQUALS, UNSTABLE],
    phase=Phase.LIVE,
    timeout_s=90.0,
)
def health(ctx: Context) -> Iterator[Observation]:
    """Search both endpoints, then compare what they say with their status and with each other."""
    unknown = find_unknown(ctx)
    live = _search(ctx, live_paths(ctx.repo), unknown)
    ready = _search(ctx, ready_paths(ctx.repo), unknown)
    found = [s for s in (live, ready) if s.found is not None]
    for search in found:
        _sample(ctx, search)
    unsure = any(s.found is None and s.trouble is not None for s in (live, ready))
    if found and (not unsure or any(s.unstable for s in found)):
        yield from _stability(ctx, found)
    yield from _states(ctx, live, ready)


def _states(ctx: Context, live: _Search, ready: _Search) -> Iterator[Observation]:
    if live.unstable:
        yield _flaps(live, LIVE.key, CONTRADICTS.key, EQUALS.key)
    elif live.found is None and live.trouble is not None:
        yield live.trouble.problem(LIVE.key, CONTRADICTS.key, EQUALS.key)
    else:
        yield _status(ctx, LIVE, live)
    if ready.found is None and ready.trouble is not None:
        yield ready.trouble.problem(*_ABOUT_READY)
        return
    if ready.unstable:
        yield _flaps(ready, *_ABOUT_READY)
        return
    yield _status(ctx, READY, ready)
    yield from _bodies(ctx, live, ready)


def _search(ctx: Context, paths: list[str], unknown: Unknown) -> _Search:
    """Ask one path after another until one is an endpoint, or cannot be told."""
    search = _Search()
    for path in paths:
        search.looked.append(path)
        try:
            exchange = ctx.http.get(path, timeout_s=_TIMEOUT_S)
            if unknown.endpoint(exchange, path):
                search.path, search.found = path, exchange
                break
            if 200 <= exchange.status < 300:
                search.alike = search.alike or path
        except Trouble as trouble:
            search.trouble = search.trouble or trouble
            if trouble.kind in (ProblemKind.UNREACHABLE, ProblemKind.TIMED_OUT):
                break  # whatever other paths answer, this one may be the endpoint
    return search


def _status(ctx: Context, spec: FactSpec, search: _Search) -> Observation:
    if search.found is None:
        return spec.of(
            404,
            level=Level.OBSERVED,
            source=_looked_at(ctx, search),
            locations=[Location(url=redact(f"{ctx.http.base}{path}")) for path in search.looked],
            produced_at=ctx.observed_at,
        )
    return _fact(ctx, spec, search.found.status, search.found)


def _looked_at(ctx: Context, search: _Search) -> Source:
    """The paths that were asked, and why what answered there is no endpoint."""
    return Source(
        SourceKind.HTTP,
        f"looked at {len(search.looked)} paths: {', '.join(search.looked)}",
        excerpt=search.alike and f"GET {search.alike} answers as a path that does not exist does",
        observed_at=ctx.observed_at,
    )


def _fact(
    ctx: Context, spec: FactSpec, value: bool | int | list[str], exchange: Exchange
) -> Observation:
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=exchange.source,
        locations=[exchange.location],
        produced_at=ctx.observed_at,
    )


def _sample(ctx: Context, search: _Search) -> None:
    """Ask again what was found; an answer that does not come is a sample as well."""
    if search.found is not None:
        search.samples.append(_shown(search.found))
    while len(search.samples) < _SAMPLES:
        time.sleep(_PAUSE_S)
        try:
            search.samples.append(_shown(ctx.http.get(search.path, timeout_s=_TIMEOUT_S)))
        except Trouble as trouble:
            search.samples.append(f"no answer ({trouble.kind.value})")


def _shown(exchange: Exchange) -> str:
    """What a sample says, without what may differ each time: status, own state and dependencies."""
    said = _said(exchange)
    parts = [str(said.state)] if said.state else []
    parts += [f"{name} {state}" for name, state in sorted((said.dependencies or {}).items())]
    return f"{exchange.status} ({', '.join(parts)})" if parts else f"{exchange.status}"


def _stability(ctx: Context, found: list[_Search]) -> Iterator[Observation]:
    """The endpoints that flap. One that was not found, or could not be told, is not among them."""
    flapping = [f"{s.path}: {'; '.join(s.samples)}" for s in found if s.unstable]
    exchange = next((s.found for s in found if s.unstable), found[0].found)
    assert exchange is not None
    yield UNSTABLE.of(
        [redact(text) for text in flapping],
        level=Level.OBSERVED,
        source=exchange.source,
        locations=[s.found.location for s in found if s.found is not None],
        produced_at=ctx.observed_at,
    )


def _flaps(search: _Search, *hidden: str) -> Problem:
    return Problem(
        ProblemKind.MALFORMED,
        f"GET {search.path} is unstable: asked {len(search.samples)} times, it answered"
        f" {redact('; '.join(search.samples))}.",
        "Find which replica or dependency flaps, then run again.",
        hidden,
        (search.found.location,) if search.found else (),
    )


def _bodies(ctx: Context, live: _Search, ready: _Search) -> Iterator[Observation]:
    if ready.found is None:
        source = _looked_at(ctx, ready)
        yield DEPENDENCIES.of([], level=Level.OBSERVED, source=source, produced_at=ctx.observed_at)
    else:
        yield _fact(ctx, DEPENDENCIES, _said(ready.found).names, ready.found)
    if live.unstable:
        return
    found = [e for e in (live.found, ready.found) if e is not None]
    if found and (live.found is not None or live.trouble is None):
        liars = [e for e in found if contradicts(e.status, _said(e))]
        yield _fact(ctx, CONTRADICTS, bool(liars), (liars or found)[0])
    if live.found is not None and ready.found is not None:
        same = alike(live.found, live.path, ready.found, ready.path)
        constant = same and not _said(ready.found).names
        yield _fact(ctx, EQUALS, constant, ready.found)


def contradicts(status: int, body: HealthBody) -> bool:
    """Whether a status and a body say opposite things."""
    if 200 <= status < 300:
        return body.says_down
    return body.state == "good" and not body.says_down


def _said(exchange: Exchange) -> HealthBody:
    parsed = json_of(exchange)
    return read_health(parsed if parsed is not None else exchange.text)
