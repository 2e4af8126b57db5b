"""Asks the running Loki for the service's last log lines, and for how long it keeps them.

The streams are those of which a label (`service_name`, `service`, `app`, `container`, `job` and their like) is
called as the service is. Of the last day at most 500 lines are read; they are counted, their text is kept with
the evidence, without what looks like a secret. Lines count as structured where each is one JSON object; which
field holds time, level and message is told by the names that libraries use. Retention is read of the running
configuration, which Loki as a service does not show; overrides for one tenant are not seen there.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.monitoring.loki_api import structured_percent
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
from auditor.probing.monitoring.loki import Loki, no_stream

STREAMS = FactSpec("loki.streams", FactType.LIST, "Streams of the service in Loki")
LINES = FactSpec("loki.lines", FactType.NUMBER, "Log lines of the service that were read", "lines")
AGE = FactSpec("loki.last_line_age_s", FactType.NUMBER, "Age of the service's last log line", "s")
STRUCTURED = FactSpec(
    "loki.structured_percent", FactType.NUMBER, "Log lines that are a JSON object", "%"
)
LACKING = FactSpec(
    "loki.missing_fields", FactType.LIST, "What the structured lines lack: time, level, message"
)
DAYS = FactSpec(
    "loki.retention_days", FactType.NUMBER, "Days for which the running Loki keeps logs", "days"
)
INEFFECTIVE = FactSpec(
    "loki.retention_ineffective", FactType.LIST, "Why the running Loki keeps logs for ever"
)
_OF_LINES = (AGE.key, STRUCTURED.key, LACKING.key)


@probe(
    "monitoring.loki",
    title="What Loki holds of the service",
    needs=[Need.LOKI],
    emits=[STREAMS, LINES, AGE, STRUCTURED, LACKING, DAYS, INEFFECTIVE],
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def loki(ctx: Context) -> Iterator[Observation]:
    """Lines and retention each on their own."""
    asked = Loki(ctx)
    try:
        yield from _lines(ctx, asked)
    except Trouble as trouble:
        yield trouble.problem(STREAMS.key, LINES.key, *_OF_LINES)
    try:
        yield from _retention(ctx, asked)
    except Trouble as trouble:
        yield trouble.problem(DAYS.key, INEFFECTIVE.key)


def _lines(ctx: Context, asked: Loki) -> Iterator[Observation]:
    mine = asked.selector()
    yield _fact(ctx, STREAMS, [mine.value] if mine.value else [], mine.exchange)
    if not mine.value:
        yield _fact(ctx, LINES, 0, mine.exchange)
        yield no_stream(ctx).problem(*_OF_LINES)
        return
    found = asked.last(mine.value)
    yield _fact(ctx, LINES, len(found.value), found.exchange)
    if not found.value:
        message = "Loki holds no line of the service of the last day."
        hint = "Check that its agent still ships them, then audit under some traffic."
        yield Problem(ProblemKind.VACUOUS, message, hint, _OF_LINES)
        return
    age = ctx.now.timestamp() - found.value[0].at
    share, lacking = structured_percent(found.value)
    yield _fact(ctx, AGE, round(max(age, 0.0), 1), found.exchange)
    yield _fact(ctx, STRUCTURED, share, found.exchange)
    if share:
        yield _fact(ctx, LACKING, lacking, found.exchange)
    else:
        message = "No line of the service is structured, so which fields they lack is not known."
        yield Problem(ProblemKind.VACUOUS, message, "Log JSON, one object a line.", (LACKING.key,))


def _retention(ctx: Context, asked: Loki) -> Iterator[Observation]:
    said = asked.retention()
    against = said.value.against
    yield _fact(ctx, INEFFECTIVE, [against] if against else [], said.exchange)
    if said.value.days is not None and not against:
        yield _fact(ctx, DAYS, round(said.value.days, 2), said.exchange)
    else:
        message = (
            f"The running Loki deletes no old logs: {against or 'its period is not a duration'}."
        )
        hint = "Set limits_config.retention_period and compactor.retention_enabled."
        yield Problem(ProblemKind.VACUOUS, message, hint, (DAYS.key,))


def _fact(ctx: Context, spec: FactSpec, value: Value, exchange: Exchange) -> Fact:
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=exchange.source,
        locations=[exchange.location],
        produced_at=ctx.observed_at,
    )
