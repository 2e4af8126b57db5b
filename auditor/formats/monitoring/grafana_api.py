"""Answers of the HTTP API of Grafana: found dashboards, data sources and their health, contact points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from auditor.formats.text.json_text import decode

_NAME = "The answer of Grafana"
_EMPTY = frozenset({"NaN", "nan"})


@dataclass(frozen=True, slots=True)
class FoundDashboard:
    """A dashboard that Grafana holds."""

    uid: str
    title: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data source; `type` is that of its plugin, such as `prometheus`."""

    uid: str
    name: str
    type: str
    default: bool


@dataclass(frozen=True, slots=True)
class Health:
    """What the health check of a data source says."""

    well: bool
    message: str


class _Found(msgspec.Struct):
    uid: str
    title: str
    tags: list[str] = []


class _Source(msgspec.Struct, rename="camel"):
    uid: str
    name: str
    type: str
    is_default: bool = False


class _Health(msgspec.Struct):
    status: str = ""
    message: str = ""


class _Contact(msgspec.Struct):
    name: str
    type: str
    settings: dict[str, Any] = {}


class _Data(msgspec.Struct, rename="camel"):
    result_type: str
    result: Any


class _Result(msgspec.Struct):
    status: str
    data: _Data | None = None


def dashboards(body: bytes) -> list[FoundDashboard]:
    """`/api/search?type=dash-db`. Raises Malformed and TooLarge."""
    found = decode(body, list[_Found], name=_NAME)
    return [FoundDashboard(one.uid, one.title, tuple(one.tags)) for one in found]


def data_sources(body: bytes) -> list[DataSource]:
    """`/api/datasources`. Raises as `dashboards` does."""
    found = decode(body, list[_Source], name=_NAME)
    return [DataSource(one.uid, one.name, one.type, one.is_default) for one in found]


def health(body: bytes) -> Health:
    """`/api/datasources/uid/<uid>/health`, whatever its status. Raises as `dashboards` does."""
    said = decode(body, _Health, name=_NAME)
    return Health(said.status.upper() == "OK", said.message)


def contact_points(body: bytes) -> list[tuple[str, str]]:
    """Name and type of `/api/v1/provisioning/contact-points`. Raises as `dashboards` does."""
    return [(one.name, one.type) for one in decode(body, list[_Contact], name=_NAME)]


def has_data(body: bytes) -> bool:
    """Whether a query through Grafana's proxy to Prometheus gave a value that a panel can show.

    Raises as `dashboards` does.
    """
    answer = decode(body, _Result, name=_NAME)
    if answer.status != "success" or answer.data is None:
        return False
    result = answer.data.result
    if answer.data.result_type in ("scalar", "string"):
        last = result[1] if isinstance(result, list) and len(result) == 2 else None
        return isinstance(last, str) and last not in _EMPTY
    series = result if isinstance(result, list) else []
    return any(_shows(one) for one in series if isinstance(one, dict))


def _shows(series: dict[str, Any]) -> bool:
    value, values = series.get("value"), series.get("values")
    pairs = [value] if value is not None else values if isinstance(values, list) else []
    shown = [pair[1] for pair in pairs if isinstance(pair, list) and len(pair) == 2]
    if "histogram" in series or "histograms" in series:
        return True
    return any(isinstance(text, str) and text not in _EMPTY for text in shown)
