"""What a JUnit report tells: cases and suites, counted, beside the counters that it declares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How a case ended; FLAKY failed at first and passed when run again."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    FLAKY = "flaky"


@dataclass(frozen=True, slots=True)
class Case:
    """One testcase element; `seconds` is None where no sensible time is given.

    `id` is `classname::name`, with the suite's name where there is no classname. `disabled` marks
    a skipped case that has no skipped element but says in an attribute that it was not run.
    """

    id: str
    name: str
    classname: str
    suite: str
    file: str | None
    outcome: Outcome
    seconds: float | None
    message: str
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class Counters:
    """Numbers of cases; `skipped` includes `disabled`."""

    tests: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0
    flaky: int = 0
    disabled: int = 0

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Counters:
        """Counts `cases`."""
        outcomes = dict.fromkeys(Outcome, 0)
        disabled = 0
        for case in cases:
            outcomes[case.outcome] += 1
            disabled += case.disabled
        return cls(
            tests=sum(outcomes.values()),
            failed=outcomes[Outcome.FAILED],
            errors=outcomes[Outcome.ERROR],
            skipped=outcomes[Outcome.SKIPPED],
            flaky=outcomes[Outcome.FLAKY],
            disabled=disabled,
        )

    def __add__(self, other: Counters) -> Counters:
        return Counters(
            self.tests + other.tests,
            self.failed + other.failed,
            self.errors + other.errors,
            self.skipped + other.skipped,
            self.flaky + other.flaky,
            self.disabled + other.disabled,
        )


@dataclass(frozen=True, slots=True)
class Suite:
    """One testsuite element, or the testsuites root where it carries attributes.

    `counted` is of its own cases, `nested` of its suites' too. `declared` holds the counters
    tests, failures, errors and skipped as far as they are written, `disabled` the fifth one, which
    producers count in different ways, and `seconds` the time. `timestamp` has a time zone unless
    `timestamp_is_local`.
    """

    name: str
    depth: int
    declared: dict[str, int]
    counted: Counters
    nested: Counters
    timestamp: datetime | None
    timestamp_is_local: bool
    hostname: str | None
    properties: tuple[tuple[str, str], ...]
    element: str = "testsuite"
    disabled: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A counter that a suite declares and its cases contradict."""

    suite: str
    counter: str
    declared: int
    counted: int

    def __str__(self) -> str:
        return (
            f"The suite {self.suite or '(unnamed)'} declares {self.counter}={self.declared}, "
            f"and its test cases add up to {self.counted}."
        )


@dataclass(frozen=True, slots=True)
class JunitReport:
    """A whole report; every number is counted from the cases, none is taken from an attribute.

    `producer` is the tool that wrote it, where the format tells.
    """

    cases: tuple[Case, ...]
    suites: tuple[Suite, ...]
    counters: Counters
    producer: str = ""

    @property
    def executed(self) -> int:
        """Cases that ran: all save the skipped ones."""
        return self.counters.tests - self.counters.skipped

    @property
    def timestamps(self) -> tuple[datetime, ...]:
        """Times of the suites that name their time zone."""
        return tuple(
            suite.timestamp
            for suite in self.suites
            if suite.timestamp is not None and not suite.timestamp_is_local
        )

    @property
    def local_timestamps(self) -> tuple[datetime, ...]:
        """Times of the suites that do not: the wall clock of an unnamed zone."""
        return tuple(
            suite.timestamp
            for suite in self.suites
            if suite.timestamp is not None and suite.timestamp_is_local
        )

    @property
    def disagreement(self) -> tuple[Disagreement, ...]:
        """Counters that are written and wrong; either way to count nested suites is accepted."""
        found: list[Disagreement] = []
        for suite in self.suites:
            own, nested = _accepted(suite.counted), _accepted(suite.nested)
            for counter, declared in suite.declared.items():
                if declared not in own[counter] | nested[counter]:
                    counted = max(nested[counter])
                    found.append(Disagreement(suite.name, counter, declared, counted))
        return tuple(found)


def _accepted(counters: Counters) -> dict[str, set[int]]:
    """A disabled case is counted as skipped by some producers and not by others."""
    return {
        "tests": {counters.tests},
        "failures": {counters.failed},
        "errors": {counters.errors},
        "skipped": {counters.skipped, counters.skipped - counters.disabled},
    }
