"""Where an Alertmanager's routes lead an alert, as far as its labels are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.formats.monitoring import label_matcher
from auditor.formats.monitoring.alertmanager_config import Route
from auditor.formats.text.errors import Malformed


@dataclass(frozen=True, slots=True)
class Ways:
    """The receivers that an alert surely reaches, and those that it may reach by labels unknown here."""

    sure: tuple[str, ...]
    possible: tuple[str, ...]


def ways(route: Route, labels: Mapping[str, str]) -> Ways:
    """Where an alert with these labels goes; a label that is not among them may have any value.

    `sure` is where it goes if no route matches by a label that is not known.
    """
    sure = _lead(route, labels, doubtful=False)
    doubtful = _lead(route, labels, doubtful=True)
    return Ways(_once(sure), tuple(name for name in _once(doubtful) if name not in sure))


def _lead(route: Route, labels: Mapping[str, str], *, doubtful: bool) -> list[str]:
    """The receivers below a route that matched; with `doubtful`, those of every route that may match."""
    found: list[str] = []
    taken = False
    for child in route.routes:
        fits = _fits(child, labels)
        if fits is False or (fits is None and not doubtful):
            continue
        found += _lead(child, labels, doubtful=doubtful)
        taken = taken or fits is True
        if fits is True and not child.continues:
            return found
    return found if taken else [*found, route.receiver]


def _fits(route: Route, labels: Mapping[str, str]) -> bool | None:
    try:
        matchers = [m for text in route.matchers for m in label_matcher.read(text)]
    except Malformed:
        return None
    answers = [matcher.matches(labels) for matcher in matchers]
    if False in answers:
        return False
    return None if None in answers else True


def _once(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
