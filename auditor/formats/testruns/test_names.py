"""What a test may be called by, and what kind of test its place says that it is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from auditor.formats.testruns.junit_report import Case

KINDS = ("unit", "integration", "e2e")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_E2E_WORDS = frozenset({"e2e", "endtoend", "acceptance", "playwright", "cypress", "selenium"})
_E2E_FOLDERS = frozenset({"end_to_end", "end-to-end", "system", "functional", "smoke"})
_INTEGRATION_WORDS = frozenset({"integration", "integracion", "integ"})
_JAVA_INTEGRATION = re.compile(r".+[a-z0-9]IT")


def names(case: Case) -> set[str]:
    """How a pattern may call a test: by class and name, or by file and name.

    pytest writes `tests.api.test_pay.TestPay` as the class name of `tests/api/test_pay.py::TestPay`.
    """
    said = {case.id, case.name}
    if case.file:
        said.add(f"{case.file}::{case.name}")
    parts = case.classname.split(".")
    for i in range(1, len(parts) + 1):
        path = "/".join(parts[:i]) + ".py"
        said.add("::".join((path, *parts[i:], case.name)))
    return said


def matches(case: Case, patterns: Sequence[str]) -> bool:
    """Whether one of the globs means the test."""
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names(case))


def kind_of(case: Case, patterns: Mapping[str, Sequence[str]], *, otherwise: str = "unit") -> str:
    """unit, integration or e2e: as the `patterns` of a kind say, else by the words of its place.

    Folders, modules, classes and the suite speak; the test's own name does not, since
    `test_integration_of_two_curves` is a unit test of a mathematician.
    """
    for kind, globs in patterns.items():
        if matches(case, globs):
            return kind
    places = [p for text in (case.file or "", case.classname, case.suite) for p in _parts(text)]
    words = {word.lower() for place in places for word in _WORD.findall(place)}
    if words & _E2E_WORDS or {p.lower() for p in places} & _E2E_FOLDERS:
        return "e2e"
    if words & _INTEGRATION_WORDS or any(_JAVA_INTEGRATION.fullmatch(p) for p in places):
        return "integration"
    return otherwise


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[/\\.:\s]+", text) if part]
