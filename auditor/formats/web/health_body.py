"""Reads what a health endpoint says of itself: its own state, and those of its dependencies.

Knows the shapes of Spring Boot (components), MicroProfile (a list of checks), ASP.NET (entries),
Terminus (info, error, details), health+json of the IETF draft (checks), and flat objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """A state in known words; UNSAID where the words are not known."""

    GOOD = "good"
    HALF = "half"
    BAD = "bad"
    UNSAID = ""


_PLAIN = {
    State.GOOD: "up ok healthy pass connected available reachable",
    State.HALF: "degraded warn warning partial",
    State.BAD: "down error fail failed failing failure unhealthy unavailable disconnected timeout "
    "out_of_service unreachable timed_out",
}
_LOOSE = {
    State.GOOD: "okay passed passing ready alive live true good success running serving green online "
    "operational",
    State.HALF: "yellow unknown",
    State.BAD: "false critical dead red offline refused bad",
}
_PLAIN_WORDS = {word: state for state, words in _PLAIN.items() for word in words.split()}
_WORDS = _PLAIN_WORDS | {word: state for state, words in _LOOSE.items() for word in words.split()}


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_OWN = _set("status state health healthy ok ready alive live success result outcome")
_STRICT = _set(
    "checks dependencies components services entries dependency deps connections subsystems"
)
_FREE = _set("details info error results")
"""Containers that may hold anything: versions, regions, flags. Only what has a state counts."""
_ITSELF = _set(
    "ping diskspace disk livenessstate readinessstate self ssl liveness readiness app application "
    "process api server service refreshscope system memory cpu uptime"
)
_TEXTS = _set("message msg detail description text note output title error errors reason")
_NAMES = ("name", "id", "component", "service", "check")
_KINDS = _set(
    "db database postgres postgresql mysql mariadb mongo mongodb redis cache memcached queue rabbitmq kafka "
    "broker elasticsearch opensearch storage s3 smtp ldap upstream"
)
_MOST = 100


@dataclass(frozen=True, slots=True)
class HealthBody:
    """What a body says: its own state, and the state of each dependency that it names."""

    state: State = State.UNSAID
    dependencies: Mapping[str, State] | None = None

    @property
    def names(self) -> list[str]:
        """The dependencies, sorted."""
        return sorted(self.dependencies or ())

    @property
    def says_down(self) -> bool:
        """Whether it calls the service down, or calls it well while a dependency is down."""
        if self.state is State.BAD:
            return True
        return self.state is not State.HALF and State.BAD in (self.dependencies or {}).values()


def read_health(body: Mapping[str, Any] | str) -> HealthBody:
    """A parsed JSON object, or the text of a body that is none ("OK", "DOWN")."""
    if isinstance(body, str):
        text = body.strip().strip('"')
        return HealthBody(_said(text) if len(text) < 60 else State.UNSAID)
    found: dict[str, State] = {}
    for name, state in _dependencies(body):
        if _is_itself(name) or len(found) >= _MOST:
            continue
        found[name[:80]] = _worst({state, found.get(name[:80], state)})
    return HealthBody(_own(body), found)


def _is_itself(name: str) -> bool:
    return re.sub(r"[ _-]", "", name.partition(":")[0]).lower() in _ITSELF


def _own(body: Mapping[str, Any]) -> State:
    """The worst of what an object says of itself: `{"status": "ok", "ready": false}` is bad."""
    return _worst({_said(value) for key, value in body.items() if key.lower() in _OWN})


def _dependencies(body: Mapping[str, Any]) -> Iterator[tuple[str, State]]:
    for key, value in body.items():
        name = key.lower()
        if name in _STRICT | _FREE and isinstance(value, dict | list):
            yield from _entries(value, strict=name in _STRICT)
        elif name not in _OWN | _TEXTS:
            state = _flat(name, value)
            if state:
                yield key, state


def _flat(name: str, value: Any) -> State:
    """A dependency beside the service's own state: `{"status": "ok", "database": "up"}`.

    Words that other settings share ("environment": "live", "debug": false) name no dependency.
    """
    if isinstance(value, bool):
        return _said(value) if _KINDS & set(re.split(r"[\W_]+", name)) else State.UNSAID
    if isinstance(value, str):
        return _PLAIN_WORDS.get(value.strip().lower(), State.UNSAID)
    return _own(value) if isinstance(value, dict) else State.UNSAID


def _entries(container: Any, *, strict: bool) -> Iterator[tuple[str, State]]:
    pairs = container.items() if isinstance(container, dict) else _named(container)
    for name, value in pairs:
        state = _entry(value) if strict else _flat(name.lower(), value)
        if state:
            yield name, state


def _named(entries: list[Any]) -> Iterator[tuple[str, Any]]:
    for entry in entries:
        if isinstance(entry, dict):
            name = next((entry[k] for k in _NAMES if isinstance(entry.get(k), str)), "")
            if name:
                yield name, entry


def _entry(value: Any) -> State:
    """The state of one entry: a word, a truth value, an object with a state, or a list of such."""
    if isinstance(value, dict):
        return _own(value)
    if isinstance(value, list):
        return _worst({_own(v) for v in value[:_MOST] if isinstance(v, dict)})
    return _said(value)


def _worst(states: set[State]) -> State:
    return next((s for s in (State.BAD, State.HALF, State.GOOD) if s in states), State.UNSAID)


def _said(value: Any) -> State:
    """The state that a value names: by its whole text, else by its first word ("timeout after 3 s")."""
    if isinstance(value, bool):
        return State.GOOD if value else State.BAD
    if not isinstance(value, str):
        return State.UNSAID
    text = re.sub(r"[ -]+", "_", value.strip().lower()[:200])
    if text.startswith("not_"):
        return State.BAD
    first = re.match(r"[a-z]*", text)
    return _WORDS.get(text) or _WORDS.get(first[0] if first else "") or State.UNSAID
