"""Answers of the HTTP API of Prometheus, version 1: targets, rules, Alertmanagers, queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from auditor.formats.monitoring.prometheus_rule import duration_seconds
from auditor.formats.text import iso_time
from auditor.formats.text.errors import Malformed
from auditor.formats.text.json_text import decode

_NAME = "The answer of Prometheus"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ScrapeTarget:
    """An active target. `health` is up, down or unknown (not scraped yet).

    `interval_s`: how often it is scraped; None where Prometheus does not say (before 2.31).
    """

    labels: dict[str, str]
    url: str
    health: str
    error: str
    scraped: datetime | None
    interval_s: float | None = None


@dataclass(frozen=True, slots=True)
class LoadedRule:
    """A rule that Prometheus evaluates. `health` is ok, err or unknown (not evaluated yet).

    `state` of an alert is inactive, pending or firing; `interval_s` is its group's.
    """

    name: str
    alerting: bool
    query: str
    labels: dict[str, str]
    health: str
    error: str
    state: str
    evaluated: datetime | None
    interval_s: float
    group: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One series of an answer and its value, which may be NaN or infinite."""

    labels: dict[str, str]
    value: float


class _Target(msgspec.Struct, rename="camel"):
    labels: dict[str, str] = {}
    scrape_url: str = ""
    health: str = ""
    last_error: str = ""
    last_scrape: str = ""
    scrape_interval: str = ""


class _Targets(msgspec.Struct, rename="camel"):
    active_targets: list[_Target]


class _Rule(msgspec.Struct, rename="camel"):
    name: str
    type: str
    query: str = ""
    labels: dict[str, str] = {}
    health: str = ""
    last_error: str = ""
    state: str = ""
    last_evaluation: str = ""


class _Group(msgspec.Struct):
    name: str = ""
    interval: float = 0.0
    rules: list[_Rule] = []


class _Groups(msgspec.Struct):
    groups: list[_Group]


class _Alertmanager(msgspec.Struct):
    url: str


class _Alertmanagers(msgspec.Struct, rename="camel"):
    active_alertmanagers: list[_Alertmanager]


class _Series(msgspec.Struct):
    metric: dict[str, str]
    value: tuple[float, str]


class _Vector(msgspec.Struct, rename="camel"):
    result_type: str
    result: Any


class _TargetsAnswer(msgspec.Struct):
    status: str
    data: _Targets | None = None
    error: str = ""


class _RulesAnswer(msgspec.Struct):
    status: str
    data: _Groups | None = None
    error: str = ""


class _AlertmanagersAnswer(msgspec.Struct):
    status: str
    data: _Alertmanagers | None = None
    error: str = ""


class _NamesAnswer(msgspec.Struct):
    status: str
    data: list[str] | None = None
    error: str = ""


class _VectorAnswer(msgspec.Struct):
    status: str
    data: _Vector | None = None
    error: str = ""


class _SeriesList(msgspec.Struct):
    result: list[_Series]


class _SeriesAnswer(msgspec.Struct):
    data: _SeriesList


def targets(body: bytes) -> list[ScrapeTarget]:
    """`/api/v1/targets`. Raises Malformed, with what Prometheus says against the request, and TooLarge."""
    answer = decode(body, _TargetsAnswer, name=_NAME)
    return [
        ScrapeTarget(
            t.labels,
            t.scrape_url,
            t.health,
            t.last_error,
            iso_time.read(t.last_scrape),
            duration_seconds(t.scrape_interval),
        )
        for t in _data(answer.status, answer.error, answer.data).active_targets
    ]


def rules(body: bytes) -> list[LoadedRule]:
    """`/api/v1/rules`. Raises as `targets` does."""
    answer = decode(body, _RulesAnswer, name=_NAME)
    return [
        LoadedRule(
            name=rule.name,
            alerting=rule.type == "alerting",
            query=rule.query,
            labels=rule.labels,
            health=rule.health,
            error=rule.last_error,
            state=rule.state,
            evaluated=iso_time.read(rule.last_evaluation),
            interval_s=group.interval,
            group=group.name,
        )
        for group in _data(answer.status, answer.error, answer.data).groups
        for rule in group.rules
    ]


def alertmanagers(body: bytes) -> list[str]:
    """The addresses of `/api/v1/alertmanagers` to which alerts are sent. Raises as `targets` does."""
    answer = decode(body, _AlertmanagersAnswer, name=_NAME)
    data = _data(answer.status, answer.error, answer.data)
    return [manager.url for manager in data.active_alertmanagers]


def names(body: bytes) -> list[str]:
    """`/api/v1/label/<name>/values`. Raises as `targets` does."""
    answer = decode(body, _NamesAnswer, name=_NAME)
    return _data(answer.status, answer.error, answer.data)


def vector(body: bytes) -> list[Sample]:
    """`/api/v1/query` of an instant vector. Raises as `targets` does."""
    answer = decode(body, _VectorAnswer, name=_NAME)
    kind = _data(answer.status, answer.error, answer.data).result_type
    if kind != "vector":
        raise Malformed(f"{_NAME} is a {kind[:40]}, not a vector.")
    series = decode(body, _SeriesAnswer, name=_NAME).data.result
    try:
        return [Sample(one.metric, float(one.value[1])) for one in series]
    except ValueError:
        raise Malformed(f"{_NAME} holds a value that is no number.") from None


def _data(status: str, error: str, data: _T | None) -> _T:
    if status != "success" or data is None:
        raise Malformed(f"{_NAME} says: {error[:200] or status[:40]}.")
    return data
