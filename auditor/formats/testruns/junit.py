"""JUnit XML of pytest, surefire, Gradle, jest, Go, GoogleTest and unittest, nested suites too."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from auditor.formats.testruns.junit_report import Case, Counters, JunitReport, Outcome, Suite
from auditor.formats.text import iso_time, xml_events
from auditor.formats.text.errors import Malformed, TooLarge

_ROOTS = ("testsuites", "testsuite")
_MOST_CASES = 1_000_000
_MOST_PROPERTIES = 10_000
_LONGEST_MESSAGE = 300
_COUNT = re.compile(r"[0-9]{1,15}")
_DECLARED = {
    "tests": ("tests",),
    "failures": ("failures",),
    "errors": ("errors",),
    "skipped": ("skipped", "skips", "skip"),
}
_ENDINGS = {
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
    "flakyFailure": Outcome.FLAKY,
    "flakyError": Outcome.FLAKY,
    # Written beside a failure by surefire and Gradle; alone it says only that a run failed.
    "rerunFailure": Outcome.FAILED,
    "rerunError": Outcome.FAILED,
}
# The strongest ending of a case wins: a case that failed and then errored has failed.
_STRENGTH = (Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED, Outcome.FLAKY)
# Attributes `status` and `result` (GoogleTest, CTest) where no child element tells the ending.
_STATUS = {
    "disabled": Outcome.SKIPPED,
    "notrun": Outcome.SKIPPED,
    "skipped": Outcome.SKIPPED,
    "suppressed": Outcome.SKIPPED,
    "ignored": Outcome.SKIPPED,
    "fail": Outcome.FAILED,
    "failed": Outcome.FAILED,
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "errored": Outcome.ERROR,
    "broken": Outcome.ERROR,
}


def sniff(head: bytes) -> bool:
    """Whether the first bytes open an XML document with a root of JUnit's."""
    root = xml_events.root(head)
    return root is not None and root[0] in _ROOTS


def parse(data: bytes | Iterable[bytes]) -> JunitReport:
    """The report, from a document or its pieces. Raises Malformed and TooLarge."""
    reader = _Reader()
    xml_events.read(data, reader)
    return reader.report()


@dataclass(slots=True)
class _OpenSuite:
    element: str
    attributes: dict[str, str]
    order: int
    cases: list[Case] = field(default_factory=list)
    nested: Counters = field(default_factory=Counters)
    properties: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class _OpenCase:
    attributes: dict[str, str]
    endings: set[Outcome] = field(default_factory=set)
    message: str = ""


class _Reader:
    text_of: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self._open: list[str] = []
        self._open_suites: list[_OpenSuite] = []
        self._suites: list[tuple[int, Suite]] = []
        self._started = 0
        self._case: _OpenCase | None = None
        self._cases: list[Case] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and name not in _ROOTS:
            raise Malformed(
                f"The root element is <{name[:80]}>; JUnit's are <testsuites> and <testsuite>."
            )
        if name in _ROOTS:
            self._open_suites.append(_OpenSuite(name, attributes, self._started))
            self._started += 1
        elif name == "testcase":
            if self._case is not None:
                raise Malformed("A <testcase> element lies inside another one.")
            self._case = _OpenCase(attributes)
        elif self._case is not None and self._open[-1] == "testcase":
            self._ending(self._case, name, attributes)
        elif name == "property" and self._case is None:
            self._property(attributes)
        self._open.append(name)

    def end(self, name: str, text: str) -> None:
        self._open.pop()
        if name == "testcase":
            self._close_case()
        elif name in _ROOTS:
            self._close_suite()

    def comment(self, text: str) -> None:
        """Comments say nothing here."""

    def _ending(self, case: _OpenCase, name: str, attributes: dict[str, str]) -> None:
        outcome = _ENDINGS.get(name)
        if outcome is None:
            return
        case.endings.add(outcome)
        if not case.message:
            case.message = attributes.get("message", "")[:_LONGEST_MESSAGE]

    def _property(self, attributes: dict[str, str]) -> None:
        properties = self._open_suites[-1].properties
        if len(properties) >= _MOST_PROPERTIES:
            raise TooLarge(f"A suite has more than {_MOST_PROPERTIES:,} properties.")
        properties.append((attributes.get("name", ""), attributes.get("value", "")))

    def _close_case(self) -> None:
        opened, self._case = self._case, None
        if opened is None:
            return
        if len(self._cases) >= _MOST_CASES:
            raise TooLarge(f"The report holds more than {_MOST_CASES:,} test cases.")
        suite = self._open_suites[-1]
        attributes = opened.attributes
        name, classname = attributes.get("name", ""), attributes.get("classname", "")
        suite_name = suite.attributes.get("name", "")
        outcome, disabled = _outcome(opened)
        case = Case(
            id=f"{classname or suite_name}::{name}",
            name=name,
            classname=classname,
            suite=suite_name,
            file=attributes.get("file") or None,
            outcome=outcome,
            seconds=_seconds(attributes.get("time", "")),
            message=opened.message,
            disabled=disabled,
        )
        suite.cases.append(case)
        self._cases.append(case)

    def _close_suite(self) -> None:
        opened = self._open_suites.pop()
        counted = Counters.of(opened.cases)
        nested = counted + opened.nested
        if self._open_suites:
            self._open_suites[-1].nested += nested
        attributes = opened.attributes
        timestamp = iso_time.read(attributes.get("timestamp", ""))
        disabled = attributes.get("disabled", "")
        suite = Suite(
            name=attributes.get("name", ""),
            depth=len(self._open_suites),
            declared=_declared(attributes),
            counted=counted,
            nested=nested,
            timestamp=timestamp,
            timestamp_is_local=timestamp is not None and timestamp.tzinfo is None,
            hostname=attributes.get("hostname") or None,
            properties=tuple(opened.properties),
            element=opened.element,
            disabled=int(disabled) if _COUNT.fullmatch(disabled) else None,
            seconds=_seconds(attributes.get("time", "")),
        )
        self._suites.append((opened.order, suite))

    def report(self) -> JunitReport:
        suites = [suite for _, suite in sorted(self._suites, key=lambda ordered: ordered[0])]
        return JunitReport(tuple(self._cases), tuple(suites), suites[0].nested)


def _outcome(case: _OpenCase) -> tuple[Outcome, bool]:
    for outcome in _STRENGTH:
        if outcome in case.endings:
            return outcome, False
    for attribute in ("status", "result"):
        outcome = _STATUS.get(case.attributes.get(attribute, "").lower(), Outcome.PASSED)
        if outcome is not Outcome.PASSED:
            return outcome, outcome is Outcome.SKIPPED
    return Outcome.PASSED, False


def _declared(attributes: dict[str, str]) -> dict[str, int]:
    declared: dict[str, int] = {}
    for counter, names in _DECLARED.items():
        text = next((attributes[name] for name in names if attributes.get(name)), None)
        if text is None:
            continue
        if not (text.isascii() and text.isdigit() and len(text) <= 15):
            raise Malformed(f"A suite has {counter}={text[:40]!r}, which is no count.")
        declared[counter] = int(text)
    return declared


def _seconds(text: str) -> float | None:
    """Surefire writes `1,234.5` for more than a thousand seconds."""
    try:
        seconds = float(text.replace(",", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
