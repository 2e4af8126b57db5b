"""Sees whether answers carry an id by which a request can be found again in the logs.

A good answer and an error are asked for twice: without an id, then with an `X-Request-ID` and a W3C
`traceparent` of our own. An id that is the same in every answer is none, and those that an edge network
sets (`cf-ray`, `x-amz-cf-id`) are not the service's. Whether the id stands in the logs, and goes along with
calls to other services, is not seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.model.evidence import Value
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
    probe,
)
from auditor.probing.http import Exchange
from auditor.probing.live.answers import find_unknown
from auditor.probing.live.routes import Kind, answering

REQUEST_ID = FactSpec(
    "tracing.request_id",
    FactType.BOOLEAN,
    "Whether every answer, errors too, carries an id of its own.",
)
ECHOES = FactSpec(
    "tracing.echoes",
    FactType.BOOLEAN,
    "Whether every answer gives the caller's own id, or trace id, back.",
)
HEADERS = FactSpec("tracing.headers", FactType.LIST, "Response headers that carry such ids.")
WITHOUT = FactSpec("tracing.without_id", FactType.LIST, "Answers that carry no id of their own.")
RESPONSES = FactSpec("tracing.responses", FactType.NUMBER, "Answers that were read.")

_NAMES = (
    "x-request-id", "request-id", "x-correlation-id", "correlation-id", "x-trace-id", "trace-id",
    "traceparent", "traceresponse", "x-b3-traceid", "uber-trace-id", "x-cloud-trace-context",
    "x-amzn-requestid", "x-amzn-trace-id", "x-ms-request-id", "request-context", "sentry-trace",
    "x-operation-id", "x-transaction-id", "server-timing",
)  # fmt: skip
_SHORTEST = 6


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two answers to the same request, without ids and with ours; `name` is the same in every audit."""

    name: str
    plain: Exchange
    asked: Exchange
    ids: tuple[str, str]


@probe(
    "live.tracing",
    title="Request ids",
    needs=[Need.URL],
    emits=[REQUEST_ID, ECHOES, HEADERS, WITHOUT, RESPONSES],
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def tracing(ctx: Context) -> Iterator[Observation]:
    """Ask for one good answer and one error, each without an id and with one."""
    unknown = find_unknown(ctx)
    good = [r for r in answering(ctx, unknown) if 200 <= r.exchange.status < 300][-1]
    pairs = [
        _pair(ctx, good.url, "a good answer"),
        _pair(ctx, unknown.path, "a path that does not exist"),
    ]
    answers = [e for pair in pairs for e in (pair.plain, pair.asked)]
    hidden = [e for e in answers if e.status == 429 or e.status in (502, 503, 504)]
    if hidden:
        yield Problem(
            ProblemKind.UNREACHABLE,
            f"An answer has the status {hidden[0].status}, which may not be the service's own.",
            "Run again when the deployment is well and lets the auditor's requests through.",
            locations=(hidden[0].location,),
        )
        return
    lacking, names = read(pairs)
    if lacking and good.kind is Kind.START:
        yield Problem(
            ProblemKind.VACUOUS,
            "Only the start page is known to answer, and it may be a file that the service never sees.",
            "Publish the API description, or name a path of the API as live check of a feature in auditor.yaml.",
        )
        return
    echoed = all(gives_back(pair.asked, pair.ids) for pair in pairs)
    facts: list[tuple[FactSpec, Value]] = [
        (REQUEST_ID, not lacking),
        (ECHOES, echoed),
        (HEADERS, names),
        (WITHOUT, lacking),
        (RESPONSES, len(answers)),
    ]
    for spec, value in facts:
        yield spec.of(
            value,
            level=Level.OBSERVED,
            source=pairs[0].asked.source,
            locations=list(dict.fromkeys(e.location for e in answers)),
            produced_at=ctx.observed_at,
        )


def _pair(ctx: Context, path: str, name: str) -> _Pair:
    """The ids differ from path to path; the trace is marked as one not to be sampled."""
    digest = hashlib.sha256(f"{ctx.observed_at} {path}".encode()).hexdigest()
    ids = f"auditor-{digest[:16]}", digest[16:48]
    headers = {"X-Request-ID": ids[0], "traceparent": f"00-{ids[1]}-{digest[48:64]}-00"}
    plain = ctx.http.get(path, follow=False)
    asked = ctx.http.get(path, follow=False, headers=headers)
    return _Pair(f"{name} ({plain.status})", plain, asked, ids)


def read(pairs: list[_Pair]) -> tuple[list[str], list[str]]:
    """The answers that carry no id of their own, and the names of the headers that carry one.

    A header counts where its values differ from answer to answer.
    """
    everywhere = [pair.plain for pair in pairs]
    names = [
        name
        for name in _NAMES
        if len(found := [v for e in everywhere if (v := _id(e, name))]) == len(set(found)) and found
    ]
    lacking = [pair.name for pair in pairs if not any(_id(pair.plain, name) for name in names)]
    return lacking, names


def _id(exchange: Exchange, name: str) -> str | None:
    value = (exchange.header(name) or "").strip()
    if name == "server-timing" and "traceparent" not in value:
        return None
    return value if len(value) >= _SHORTEST else None


def gives_back(exchange: Exchange, ids: tuple[str, str]) -> bool:
    """Whether a header of the answer holds one of the ids that the request carried."""
    return any(one in value for _, value in exchange.headers for one in ids)
