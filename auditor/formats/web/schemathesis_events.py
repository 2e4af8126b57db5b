"""Schemathesis' NDJSON events (4.x): what was called, what was answered, and which checks failed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import msgspec

from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed, TooLarge

_NAME = "The event of schemathesis"
_SCENARIO = b'{"ScenarioFinished":'
_END = b'{"EngineFinished":'
_FATAL = b'{"FatalError":'
_LINE = 20_000_000
_MOST_LINES = 100_000
_MOST_FAILURES = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """One check that one operation failed, by the first request that showed it."""

    operation: str
    check: str
    title: str
    method: str
    uri: str
    status: int


@dataclass(frozen=True, slots=True)
class Conformance:
    """A whole run. `answered` are the operations that gave a 2xx at least once."""

    operations: tuple[str, ...]
    answered: tuple[str, ...]
    requests: int
    statuses: dict[str, int]
    failures: tuple[Failure, ...]
    stop_reason: str

    @property
    def refused(self) -> int:
        """Answers of 429."""
        return self.statuses.get("429", 0)

    @property
    def server_errors(self) -> int:
        """Answers of 5xx."""
        return sum(n for status, n in self.statuses.items() if status.startswith("5"))


class _Request(msgspec.Struct):
    method: str
    uri: str


class _Response(msgspec.Struct):
    status_code: int


class _Interaction(msgspec.Struct):
    request: _Request
    response: _Response | None = None


class _Detail(msgspec.Struct):
    title: str = ""


class _Info(msgspec.Struct):
    failure: _Detail = msgspec.field(default_factory=_Detail)


class _Check(msgspec.Struct):
    name: str
    status: str
    failure_info: _Info | None = None


class _Recorder(msgspec.Struct):
    label: str
    checks: dict[str, list[_Check]] = {}
    interactions: dict[str, _Interaction] = {}


class _Scenario(msgspec.Struct):
    recorder: _Recorder


class _ScenarioLine(msgspec.Struct):
    ScenarioFinished: _Scenario


class _End(msgspec.Struct):
    stop_reason: str


class _EndLine(msgspec.Struct):
    EngineFinished: _End


def parse(data: bytes) -> Conformance:
    """The run. Raises Malformed, also for one that has no end, and TooLarge."""
    lines = data.splitlines()
    if len(lines) > _MOST_LINES:
        raise TooLarge(f"Schemathesis wrote more than {_MOST_LINES:,} events.")
    if any(line.startswith(_FATAL) for line in lines):
        raise Malformed("Schemathesis ended with an error of its own.")
    ends = [line for line in lines if line.startswith(_END)]
    if len(ends) != 1:
        raise Malformed(f"Schemathesis wrote {len(ends)} ends of a run, and one is expected.")
    seen = _Seen()
    for line in lines:
        if line.startswith(_SCENARIO):
            found = json_text.decode(line, _ScenarioLine, name=_NAME, limit=_LINE)
            seen.take(found.ScenarioFinished.recorder)
    stop = json_text.decode(ends[0], _EndLine, name=_NAME, limit=_LINE).EngineFinished.stop_reason
    return seen.told(stop[:80])


class _Seen:
    def __init__(self) -> None:
        self.operations: dict[str, bool] = {}
        self.statuses: Counter[str] = Counter()
        self.failures: dict[tuple[str, str], Failure] = {}

    def take(self, recorder: _Recorder) -> None:
        """One operation in one phase; an operation that was not called is none."""
        label = recorder.label[:300]
        for one in recorder.interactions.values():
            status = one.response.status_code if one.response else 0
            self.statuses[str(status)] += 1
            self.operations[label] = self.operations.get(label, False) or 200 <= status < 300
        for case, checks in recorder.checks.items():
            interaction = recorder.interactions.get(case)
            if interaction is None:
                continue
            status = interaction.response.status_code if interaction.response else 0
            for check in checks:
                if check.status == "failure":
                    self._failed(label, check, interaction.request, status)

    def _failed(self, label: str, check: _Check, request: _Request, status: int) -> None:
        key = (label, check.name[:80])
        if status == 429 or key in self.failures or len(self.failures) >= _MOST_FAILURES:
            return  # what a rate limit answers tells nothing of the operation
        title = check.failure_info.failure.title if check.failure_info else ""
        self.failures[key] = Failure(
            label, key[1], title[:120] or key[1], request.method[:10], request.uri[:2000], status
        )

    def told(self, stop_reason: str) -> Conformance:
        """All of it, sorted."""
        return Conformance(
            operations=tuple(sorted(self.operations)),
            answered=tuple(sorted(name for name, good in self.operations.items() if good)),
            requests=self.statuses.total(),
            statuses=dict(self.statuses),
            failures=tuple(self.failures[key] for key in sorted(self.failures)),
            stop_reason=stop_reason,
        )
