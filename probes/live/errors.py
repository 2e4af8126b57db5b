"""Sends a few requests that are wrong on purpose, and reads the error answers.

An unknown path, broken JSON to it and, where the deployment publishes an API description, values of a
wrong type to a few GETs, and broken JSON to a few POSTs that take nothing but JSON, whose names sound
harmless, and never on a production deployment. A server error counts when it comes twice. How the service
answers an error of its own making is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.formats.text.error_text import default_page, trace_in
from auditor.model.evidence import Fact, Value
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
from auditor.probing.live.answers import find_unknown
from auditor.probing.live.api_description import find_description
from auditor.probing.live.bad_requests import BadRequest, to_known, to_nowhere

RESPONSES = FactSpec("errors.responses", FactType.NUMBER, "Error answers that were read.")
INPUTS = FactSpec(
    "errors.bad_inputs",
    FactType.NUMBER,
    "Bad inputs that operations of the API were tried with, and judged.",
)
SERVER_ERRORS = FactSpec(
    "errors.server_errors", FactType.LIST, "Bad requests that are answered 5xx."
)
TRACES = FactSpec(
    "errors.stack_traces",
    FactType.LIST,
    "Error answers that show stack traces, debug pages, database errors.",
)
WITHOUT_BODY = FactSpec("errors.without_body", FactType.LIST, "Error answers without a body.")
DEFAULTS = FactSpec(
    "errors.default_pages",
    FactType.LIST,
    "Error answers that are a default page of a server or framework.",
)
ACCEPTED = FactSpec("errors.accepted", FactType.LIST, "Bad inputs that are answered 2xx.")

_ALL = (RESPONSES, INPUTS, SERVER_ERRORS, TRACES, WITHOUT_BODY, DEFAULTS, ACCEPTED)
_NOT_IMPLEMENTED = 501  # how servers of files say that they know no POST
_WALLS = (401, 403, 407, 429)
_NOT_TAKEN = (*_WALLS, 404, 405, 410)
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


@dataclass(slots=True)
class _Seen:
    """The answers by kind; `about` are the exchanges that a list speaks of."""

    answers: list[Exchange] = field(default_factory=list)
    inputs: int = 0
    lists: dict[str, dict[str, Exchange]] = field(default_factory=dict)

    def add(self, spec: FactSpec, what: str, exchange: Exchange) -> None:
        self.lists.setdefault(spec.key, {})[what] = exchange


@probe(
    "live.errors",
    title="Error answers",
    needs=[Need.URL],
    emits=_ALL,
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def errors(ctx: Context) -> Iterator[Observation]:
    """Send each bad request, twice where the answer is a server error, and read the answers."""
    unknown = find_unknown(ctx)
    if unknown.exchange.status >= 500:
        unknown.refuse_hidden(ctx.http.once("/"), "/")
    if unknown.exchange.status in _WALLS:
        unknown.refuse_hidden(unknown.exchange, unknown.path)
    requests = to_nowhere(unknown.path)
    hidden = False
    try:
        described = find_description(ctx, unknown)
        if described is not None:
            requests += to_known(described, posts=not _is_production(ctx))
    except Trouble as trouble:
        hidden = True
        yield trouble.problem(INPUTS.key)
    seen = _Seen()
    for request in requests:
        first = _send(ctx, request)
        if first.status >= 500 and (problem := _unstable(request, first, _send(ctx, request))):
            yield problem
            return
        _read(seen, request, first)
    if not seen.answers:
        yield Problem(
            ProblemKind.VACUOUS,
            "No bad request got an error answer: every path answers as if it existed.",
            "Give the URL of the API instead of that of a page that the browser fills.",
        )
        return
    yield from (fact for fact in _facts(ctx, seen) if not (hidden and fact.key == INPUTS.key))


def _is_production(ctx: Context) -> bool:
    return ctx.target.deployment is not None and ctx.target.deployment.production


def _send(ctx: Context, request: BadRequest) -> Exchange:
    headers = _JSON if request.content is not None else {}
    return ctx.http.request(
        request.method, request.url, headers=headers, content=request.content, follow=False
    )


def _unstable(request: BadRequest, first: Exchange, second: Exchange) -> Problem | None:
    if second.status >= 500:
        return None
    return Problem(
        ProblemKind.MALFORMED,
        f"{request.name} is answered {first.status}, then {second.status}: the deployment is unstable.",
        "Find the error in the service's log, then run again.",
        locations=(first.location,),
    )


def _read(seen: _Seen, request: BadRequest, exchange: Exchange) -> None:
    status = exchange.status
    told = f"{request.name} ({status})"
    if request.known and status not in _NOT_TAKEN and not 300 <= status < 400:
        seen.inputs += 1
    if 200 <= status < 300:
        if request.known:
            seen.add(ACCEPTED, told, exchange)
        return
    if status < 400:
        return
    seen.answers.append(exchange)
    if status >= 500 and (request.known or status != _NOT_IMPLEMENTED):
        seen.add(SERVER_ERRORS, told, exchange)
    if what := trace_in(exchange.body):
        seen.add(TRACES, f"{told}: {what}", exchange)
    elif whose := default_page(exchange.body):
        seen.add(DEFAULTS, f"{told}: {whose}", exchange)
    if not exchange.body.strip():
        seen.add(WITHOUT_BODY, told, exchange)


def _facts(ctx: Context, seen: _Seen) -> Iterator[Fact]:
    counts: list[tuple[FactSpec, Value]] = [(RESPONSES, len(seen.answers)), (INPUTS, seen.inputs)]
    for spec, count in counts:
        yield _fact(ctx, spec, count, seen.answers)
    for spec in (SERVER_ERRORS, TRACES, WITHOUT_BODY, DEFAULTS, ACCEPTED):
        found = seen.lists.get(spec.key, {})
        yield _fact(ctx, spec, list(found), list(found.values()) or seen.answers)


def _fact(ctx: Context, spec: FactSpec, value: Value, about: list[Exchange]) -> Fact:
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=about[0].source,
        locations=list(dict.fromkeys(exchange.location for exchange in about)),
        produced_at=ctx.observed_at,
    )
