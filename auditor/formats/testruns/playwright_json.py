"""Playwright's JSON report, as the same cases that a JUnit report gives: one for each test and project.

Outcomes are recounted from the results of the tests, never taken from `status` or `stats`; a test whose
last result differs from what it expects has failed, one that passed only when retried is flaky.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from auditor.formats.testruns.junit_report import Case, Counters, JunitReport, Outcome, Suite
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.typed_json import decoder

PRODUCER = "playwright"
_NAME = "The Playwright report"
_CONFIG = re.compile(rb'\A\s*\{\s*"config"\s*:\s*\{')
_KEYS = re.compile(rb'"(?:forbidOnly|globalTimeout|fullyParallel|maxFailures|updateSnapshots)"\s*:')
_DEPTH = 50
_MOST_PROPERTIES = 100
_MOST_CASES = 1_000_000
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_EXPECTED = {"passed", "failed", "skipped", "timedOut", "interrupted"}


class _Error(msgspec.Struct):
    message: str | None = None


class _Result(msgspec.Struct):
    status: str | None = None
    duration: float | None = None
    error: _Error | None = None


class _Test(msgspec.Struct, rename="camel"):
    expected_status: str
    results: list[_Result]
    project_name: str = ""


class _Spec(msgspec.Struct):
    title: str
    tests: list[_Test]
    file: str | None = None


class _Suite(msgspec.Struct):
    title: str
    specs: list[_Spec] = []
    suites: list[msgspec.Raw] = []
    file: str | None = None


class _Stats(msgspec.Struct, rename="camel"):
    start_time: str | None = None
    expected: int | None = None
    unexpected: int | None = None
    flaky: int | None = None
    skipped: int | None = None


class _Config(msgspec.Struct):
    metadata: dict[str, msgspec.Raw] = {}


class _Report(msgspec.Struct):
    config: _Config
    suites: list[msgspec.Raw]
    stats: _Stats | None = None
    errors: list[_Error] = []


def sniff(head: bytes) -> bool:
    """Whether the first bytes open a Playwright report, whose first key is its configuration."""
    text = json_text.opening(head)
    return bool(_CONFIG.match(text) and _KEYS.search(text))


def parse(data: bytes) -> JunitReport:
    """The report. An error outside any test is a case that broke. Raises Malformed and TooLarge."""
    report = json_text.decode(data, _Report, name=_NAME)
    cases = [case for raw in report.suites for case in _cases(raw, (), 0)]
    cases += [_broken(error) for error in report.errors]
    if len(cases) > _MOST_CASES:
        raise TooLarge(f"{_NAME} holds more than {_MOST_CASES:,} tests.")
    counted = Counters.of(cases)
    root = Suite(
        name="Playwright",
        depth=0,
        declared=_declared(report.stats, len(report.errors)),
        counted=counted,
        nested=counted,
        timestamp=_time(report.stats),
        timestamp_is_local=False,
        hostname=None,
        properties=_properties(report.config),
    )
    return JunitReport(tuple(cases), (root,), counted, PRODUCER)


def _cases(raw: msgspec.Raw, above: tuple[str, ...], depth: int) -> Iterator[Case]:
    if depth > _DEPTH:
        raise TooLarge(f"{_NAME} is nested too deeply.")
    try:
        suite = decoder(_Suite).decode(raw)
    except msgspec.ValidationError as error:
        raise Malformed(f"{_NAME} does not have the expected shape: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Malformed(f"{_NAME} is not JSON: it holds bytes that are not UTF-8.") from None
    titles = above if suite.title == suite.file else (*above, suite.title)
    for spec in suite.specs:
        for test in spec.tests:
            yield _case(spec, test, titles, suite.file)
    for below in suite.suites:
        yield from _cases(below, titles, depth + 1)


def _case(spec: _Spec, test: _Test, titles: tuple[str, ...], file: str | None) -> Case:
    name = " › ".join((*titles[1:], spec.title) if len(titles) > 1 else (spec.title,))
    where = spec.file or file or (titles[0] if titles else "")
    outcome = _outcome(test)
    error = next((r.error.message for r in reversed(test.results) if r.error), None)
    durations = [r.duration for r in test.results if r.duration is not None and r.duration >= 0]
    return Case(
        id=f"{where}::{name}",
        name=name,
        classname=where,
        suite=test.project_name,
        file=where or None,
        outcome=outcome,
        seconds=sum(durations) / 1000 if durations else None,
        message=_COLOURS.sub("", error or "")[:300],
    )


def _outcome(test: _Test) -> Outcome:
    """As Playwright decides it, save that a test which never ran is skipped, whatever it expected."""
    if test.expected_status not in _EXPECTED:
        raise Malformed(f"{_NAME} expects the status {test.expected_status[:40]!r}, which is none.")
    ran = [r.status for r in test.results if r.status not in (None, "skipped", "interrupted")]
    if not ran:
        interrupted = any(r.status == "interrupted" for r in test.results)
        return Outcome.ERROR if interrupted else Outcome.SKIPPED
    as_expected = [status == test.expected_status for status in ran]
    if not as_expected[-1]:
        return Outcome.FAILED
    return Outcome.PASSED if all(as_expected) else Outcome.FLAKY


def _broken(error: _Error) -> Case:
    message = _COLOURS.sub("", error.message or "")[:300]
    return Case(
        "::(outside any test)", "(outside any test)", "", "", None, Outcome.ERROR, None, message
    )


def _declared(stats: _Stats | None, errors: int) -> dict[str, int]:
    """The counters as a JUnit report would declare them; none where one of them is missing."""
    if stats is None:
        return {}
    numbers = (stats.expected, stats.unexpected, stats.flaky, stats.skipped)
    known = [n for n in numbers if n is not None]
    if len(known) < len(numbers):
        return {}
    return {"tests": sum(known) + errors, "skipped": known[3]}


def _properties(config: _Config) -> tuple[tuple[str, str], ...]:
    """The texts of the configuration's `metadata`, which projects fill as they like."""
    found = []
    for name, raw in list(config.metadata.items())[:_MOST_PROPERTIES]:
        value = msgspec.json.decode(raw)
        if isinstance(value, str):
            found.append((name, value))
    return tuple(found)


def _time(stats: _Stats | None) -> datetime | None:
    time = iso_time.read(stats.start_time) if stats and stats.start_time else None
    return time if time is None or time.tzinfo else time.replace(tzinfo=UTC)
