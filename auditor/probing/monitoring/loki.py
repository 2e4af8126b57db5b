"""A running Loki: which streams are a service's, and what their last lines say."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from auditor.formats.monitoring import loki_api
from auditor.formats.monitoring.log_retention import Retention
from auditor.formats.monitoring.loki_api import Line
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring.monitoring_api import Answer, Api
from auditor.probing.monitoring.prometheus_api import quoted

if TYPE_CHECKING:
    from auditor.probing.contract import Context

LOOK_BACK = timedelta(hours=24)
MOST_LINES = 500
_NAMING = (
    "service_name",
    "service",
    "app",
    "app_kubernetes_io_name",
    "application",
    "container",
    "compose_service",
    "job",
    "container_name",
    "syslog_identifier",
)


class Loki:
    """The Loki that the operator named. Every method raises Trouble as `Api.ask` does."""

    def __init__(self, ctx: Context) -> None:
        deployment = ctx.target.deployment
        self._ctx = ctx
        self._api = Api(ctx, (deployment.loki if deployment else None) or "", "Loki", "--loki")

    def selector(self) -> Answer[str]:
        """The streams of the service, as `{service="orders"}`; "" where none can be told to be its."""
        window = self._window()
        labels = self._api.ask("/loki/api/v1/labels", loki_api.names, window)
        for label in (name for name in _NAMING if name in labels.value):
            path = f"/loki/api/v1/label/{label}/values"
            values = self._api.ask(path, loki_api.names, window)
            mine = sorted(v for v in values.value if same_name(v, self._ctx.target.service))
            if mine:
                pattern = "|".join(re.escape(value) for value in mine)
                matcher = quoted(mine[0]) if len(mine) == 1 else f"~{quoted(pattern)}"
                return Answer(f"{{{label}={matcher}}}", values.exchange)
        return Answer("", labels.exchange)

    def last(self, query: str, most: int = MOST_LINES) -> Answer[list[Line]]:
        """The newest lines of a query over the last day, newest first."""
        asked = {"query": query, "limit": str(most), "direction": "backward", **self._window()}
        return self._api.ask("/loki/api/v1/query_range", loki_api.lines, asked)

    def retention(self) -> Answer[Retention]:
        """What the running configuration says of retention."""
        return self._api.ask("/config", loki_api.retention)

    def _window(self) -> dict[str, str]:
        """A day, up to an hour ahead for clocks that differ."""
        start = int((self._ctx.now - LOOK_BACK).timestamp())
        end = int((self._ctx.now + timedelta(hours=1)).timestamp())
        return {"start": f"{start}000000000", "end": f"{end}000000000"}


def same_name(value: str, service: str) -> bool:
    """`default/orders`, as Loki's agents name jobs, is called orders."""
    return bool(value) and _plain(value.rpartition("/")[2]) == _plain(service)


def no_stream(ctx: Context) -> Trouble:
    """The trouble of a Loki in which no stream is the service's."""
    return Trouble(
        ProblemKind.VACUOUS,
        f"Loki holds no stream of the last day that can be told to be of {ctx.target.service}.",
        "Label the service's streams by its name: service_name, service, app or container.",
    )


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
