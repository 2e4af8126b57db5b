"""The sample in every format, byte for byte as it was when somebody last looked at it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.report.registry import names, render

from .sample import report

GOLDEN = Path(__file__).parent / "golden"
HOSTILE = "\x1b[31m[bold]<b>|`x`\u202e.py"


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("terminal", "report.txt"),
        ("json", "report.json"),
        ("markdown", "report.md"),
        ("checklist", "report.checklist.md"),
        ("html", "report.html"),
        ("sarif", "report.sarif"),
        ("junit", "report.junit.xml"),
        ("github", "report.github.txt"),
        ("gitlab", "report.gitlab.json"),
        ("badge", "report.svg"),
        ("csv", "report.csv"),
        ("prometheus", "report.prom"),
    ],
)
def test_a_format_has_not_changed_unseen(
    name: str, file: str, same_as_golden: Callable[[Path, str], None]
) -> None:
    same_as_golden(GOLDEN / file, render(name, report(HOSTILE)))


@pytest.mark.parametrize("name", names())
def test_the_same_report_gives_the_same_bytes(name: str) -> None:
    assert render(name, report(HOSTILE)) == render(name, report(HOSTILE))
