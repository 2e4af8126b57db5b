"""Lets schemathesis try whether the deployment keeps to its own API description.

Runs only with `--allow-intrusive`, on a host that the operator named. GETs alone, and what `--allow-method`
adds, of operations whose name gives no reason to fear what they do: 30 of them at most, 20 requests a
second. The description is cut down to them and to itself first, so that the tool follows no reference and
no server out of it. Without credentials: what lies behind a login is seen as far as its refusal.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace

from auditor.formats.web import openapi_prune, schemathesis_events
from auditor.formats.web.openapi_doc import Operation
from auditor.formats.web.schemathesis_events import Conformance, Failure
from auditor.model.evidence import Value
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.command import Ran
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
from auditor.probing.live.answers import find_unknown
from auditor.probing.live.api_description import Described, find_description, is_harmless
from auditor.probing.live.leave import refuse_without_leave

_NUMBER, _LIST = FactType.NUMBER, FactType.LIST
OPERATIONS = FactSpec(
    "conformance.operations", _NUMBER, "Operations that were tried against their description"
)
ANSWERED = FactSpec(
    "conformance.answered", _NUMBER, "Operations that gave a good answer at least once"
)
REQUESTS = FactSpec("conformance.requests", _NUMBER, "Requests that were generated", "requests")
FAILURES = FactSpec(
    "conformance.failures",
    _LIST,
    "Operations that break their description, each with a request that shows it",
)
SERVER_ERRORS = FactSpec(
    "conformance.server_errors", _NUMBER, "Generated requests that were answered with 5xx"
)

_MOST_OPERATIONS = 30
_MOST_REFUSED = 0.05
_CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
)  # fmt: skip
_CONFIG = b"[phases.coverage]\nunexpected-methods = []\n"
"""Else methods that the description does not name are tried as well: PUT and DELETE among them."""
_USER_AGENT = "auditor (production readiness audit, conformance)"
_OUTPUT_LIMIT = 64 * 1024 * 1024


@probe(
    "live.conformance",
    title="Conformance to the API description",
    needs=[Need.URL],
    emits=[OPERATIONS, ANSWERED, REQUESTS, FAILURES, SERVER_ERRORS],
    phase=Phase.INTRUSIVE,
    timeout_s=420.0,
)
def conformance(ctx: Context) -> Iterator[Observation]:
    """Choose the operations, cut the description down to them, run the tool, and read its events."""
    refuse_without_leave(ctx, "A run of generated requests")
    if ctx.command.find("schemathesis") is None:
        raise Trouble(
            ProblemKind.TOOL_MISSING,
            "The tool schemathesis is not installed.",
            "pip install 'auditor[conformance]'.",
        )
    unknown = find_unknown(ctx)
    found = find_description(ctx, unknown)
    if found is None:
        unknown.refuse_hidden(unknown.exchange, unknown.path)
        raise Trouble(
            ProblemKind.VACUOUS,
            "The deployment publishes no API description to be tried against.",
            "Serve it at /openapi.json.",
        )
    methods = {"GET", *(method.upper() for method in ctx.looking.allow_methods)}
    chosen = choose(found.document.operations, methods)
    base = found.url("/")
    if base is None or not chosen:
        what = (
            "names another server"
            if base is None
            else f"has no harmless {' or '.join(sorted(methods))}"
        )
        hint = "Describe operations of this very address, or allow more with --allow-method."
        raise Trouble(ProblemKind.VACUOUS, f"The API description {what}.", hint)
    ctx.http.check(base)
    ran = _run(ctx, found, chosen, base.rstrip("/"), methods)
    seen = schemathesis_events.parse(ran.stderr)
    ctx.http.count(seen.requests)
    yield from _told(ctx, ran, seen)


def choose(operations: tuple[Operation, ...], methods: set[str]) -> list[Operation]:
    """Operations that may be called, the first ones of a long description."""
    fit = [one for one in operations if one.method in methods and is_harmless(one)]
    return fit[:_MOST_OPERATIONS]


def _run(
    ctx: Context, found: Described, chosen: list[Operation], base: str, methods: set[str]
) -> Ran:
    """The events come through standard error: bodies in them may hold secrets, so that none is kept."""
    wanted = {(one.method, one.path) for one in chosen}
    document = openapi_prune.only(found.exchange.body, wanted)
    allowed = [word for method in sorted(methods) for word in ("--include-method", method)]
    return ctx.command.run(
        ["schemathesis", "run", "openapi.json", "--url", base, *allowed,
         "--phases", "examples,coverage,fuzzing", "--checks", ",".join(_CHECKS), "--max-examples", "20",
         "--generation-deterministic", "--workers", "1", "--rate-limit", "20/s", "--request-timeout", "5",
         "--request-retries", "0", "--max-redirects", "0", "--header", f"User-Agent: {_USER_AGENT}",
         "--no-color", "--report", "ndjson", "--report-ndjson-path", "/dev/stderr"],
        timeout_s=360.0,
        files={"openapi.json": document, "schemathesis.toml": _CONFIG},
        network=True,
        output_limit=_OUTPUT_LIMIT,
        keep=False,
    )  # fmt: skip


def _told(ctx: Context, ran: Ran, seen: Conformance) -> Iterator[Observation]:
    if not seen.operations:
        raise Trouble(
            ProblemKind.VACUOUS,
            f"Schemathesis tried no operation ({seen.stop_reason}).",
            "Validate the description with openapi-spec-validator.",
        )
    if seen.refused > _MOST_REFUSED * seen.requests:
        raise Trouble(
            ProblemKind.VACUOUS,
            f"{seen.refused} of {seen.requests} generated requests were refused with 429.",
            "Exempt the auditor's address from the rate limit of staging.",
        )
    facts: dict[FactSpec, Value] = {
        OPERATIONS: len(seen.operations),
        ANSWERED: len(seen.answered),
        REQUESTS: seen.requests,
        FAILURES: [shown(failure) for failure in seen.failures],
        SERVER_ERRORS: seen.server_errors,
    }
    complete = seen.stop_reason == "completed"
    if not complete and not seen.failures:
        del facts[FAILURES]  # that none came so far is not that there is none
    silent = sorted(set(seen.operations) - set(seen.answered))
    told = f"no good answer of {', '.join(silent[:5])}" if silent else None
    source = replace(ran.source, excerpt=told)
    for spec, value in facts.items():
        yield spec.of(value, level=Level.OBSERVED, source=source, produced_at=ctx.observed_at)
    if not complete:
        yield Problem(
            ProblemKind.VACUOUS,
            f"Schemathesis ended early ({seen.stop_reason}), so operations may not have been tried.",
            "Run the audit again when the deployment is well.",
            (FAILURES.key,),
        )


def shown(failure: Failure) -> str:
    """A failure and the request that shows it, to be pasted into a shell; nothing of it unquoted."""
    again = f"curl -X {shlex.quote(failure.method)} {shlex.quote(failure.uri[:500])}"
    return redact(f"{failure.operation}: {failure.title} ({failure.status}): {again}")
