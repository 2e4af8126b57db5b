"""Sends one request with an id of its own, and looks for the lines that carry it in the running Loki.

The id goes in `X-Request-ID`, and a trace id in `traceparent`; neither stands in the path, so that an access
log alone does not show them. The path is one of the API, of health or the start page, as far as the deployment
shows any. Lines that arrive later than half a minute are missed. That every hop wrote one is not seen: the
number alone is told.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator

from auditor.formats.monitoring.loki_api import Line
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Phase,
    probe,
)
from auditor.probing.live.answers import find_unknown
from auditor.probing.live.routes import answering
from auditor.probing.monitoring.loki import Loki, no_stream
from auditor.probing.monitoring.monitoring_api import Answer

FOUND = FactSpec(
    "loki.request_lines",
    FactType.NUMBER,
    "Log lines that carry the id of a request that the audit sent",
    "lines",
)
_PAUSES_S = (1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0, 5.0)
_MOST = 100


@probe(
    "monitoring.log_correlation",
    title="A request found again in the logs",
    needs=[Need.URL, Need.LOKI],
    emits=[FOUND],
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def log_correlation(ctx: Context) -> Iterator[Observation]:
    """One request, then the same question to Loki until the line is there or half a minute is over."""
    asked = Loki(ctx)
    mine = asked.selector().value
    if not mine:
        raise no_stream(ctx)
    route = answering(ctx, find_unknown(ctx))[-1]
    digest = hashlib.sha256(f"{ctx.observed_at} log correlation".encode()).hexdigest()
    request, trace = f"auditor-{digest[:20]}", digest[20:52]
    headers = {"X-Request-ID": request, "traceparent": f"00-{trace}-{digest[:16]}-01"}
    ctx.http.get(route.url, headers=headers, follow=False)
    found = search(asked, mine, (request, trace))
    yield FOUND.of(
        len(found.value),
        level=Level.OBSERVED,
        source=found.exchange.source,
        locations=[found.exchange.location],
        produced_at=ctx.observed_at,
    )


def search(
    asked: Loki, streams: str, ids: tuple[str, str], sleep: Callable[[float], None] = time.sleep
) -> Answer[list[Line]]:
    """The lines of the streams that carry one of the ids; asked for again until there are some."""
    query = f'{streams} |~ "{"|".join(ids)}"'
    for pause in (0.0, *_PAUSES_S):
        sleep(pause)
        found = asked.last(query, _MOST)
        carrying = [line for line in found.value if any(one in line.text for one in ids)]
        if carrying:
            break
    return Answer(carrying, found.exchange)
