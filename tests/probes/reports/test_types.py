"""What reports.types says: of reports, and of its own run with the real mypy."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.command import Command
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import NOW, FakeTree, problems, run_probe, values
from probes.reports.types import foreign_imports, types

CLEAN = "def add(a: int, b: int) -> int:\n    return a + b\n"
WRONG = 'def add(a: int, b: int) -> int:\n    return "sum"\n'


def own(files: dict[str, str | bytes | Trouble]) -> Evidence:
    """Run the probe with the real mypy."""
    return run_probe(types, repo=files, commands=Command())


def pyright(errors: int = 0, files: int = 2, made: datetime = NOW, **summary: int) -> str:
    found = [{"file": "app.py", "severity": "error", "message": "No"}] * errors
    counts = {"filesAnalyzed": files, "errorCount": errors, "warningCount": 0, **summary}
    time = str(int(made.timestamp() * 1000))
    value: dict[str, Any] = {
        "version": "1.1.400",
        "time": time,
        "generalDiagnostics": found,
        "summary": counts,
    }
    return json.dumps(value)


def reported(text: str | Trouble, name: str = "reports/types.json") -> Evidence:
    return run_probe(types, repo=FakeTree({"app.py": CLEAN}, ignored={name: text}))


def test_present_a_fresh_report_decides_and_nothing_is_run() -> None:
    evidence = reported(pyright())
    assert values(evidence) == {
        "types.ignored": 0,
        "types.errors": 0,
        "types.files_checked": 2,
        "types.files_missing": 0,
    }
    assert {f.level.value for f in evidence.facts if f.key == "types.errors"} == {"reported"}
    assert problems(evidence) == []


def test_missing_report_and_tool_leave_the_figure_open() -> None:
    evidence = run_probe(types, repo={"app.py": CLEAN})
    assert "types.errors" not in values(evidence)
    assert problems(evidence) == ["tool_missing"]


def test_an_empty_repository_has_nothing_to_check() -> None:
    assert problems(run_probe(types, repo={})) == ["vacuous"]


def test_a_malformed_report_gives_no_figure() -> None:
    evidence = reported(pyright()[:-20])
    assert "types.errors" not in values(evidence)
    assert "malformed" in problems(evidence)


def test_source_that_may_not_be_read_is_not_clean() -> None:
    evidence = own({"app.py": CLEAN, "secret.py": Trouble(ProblemKind.DENIED, "no")})
    assert values(evidence) == {}
    assert problems(evidence) == ["denied"]


def test_without_a_report_the_auditor_runs_mypy_itself() -> None:
    assert values(
        own({"app/a.py": CLEAN, "app/b.py": "from app import a\n\nx = a.add(1, 2)\n"})
    ) == {
        "types.ignored": 0,
        "types.errors": 0,
        "types.files_checked": 2,
        "types.files_missing": 0,
    }
    evidence = own({"app/a.py": WRONG})
    assert values(evidence)["types.errors"] == 1
    assert [(f.rule, f.location and f.location.line) for f in evidence.findings] == [
        ("return-value", 2)
    ]


def test_what_imports_packages_that_are_not_here_is_not_judged_by_a_run() -> None:
    evidence = own({"app.py": "import django\n\nx: int = django.VERSION\n"})
    assert "types.errors" not in values(evidence)
    assert problems(evidence) == ["not_configured"]


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ("import os, sys as s\nfrom app.b import c\nfrom . import d\nimport app.b\n", []),
        ("import os\n\nimport os, django.db\n", [3]),
        ("if True:\n    from yaml import load\n", [2]),
        ('"""Doc."""\nimport attrs as a\nimport attrs\n', [2, 3]),
    ],
)
def test_imports_of_other_packages_are_told_from_the_services_own(
    code: str, lines: list[int]
) -> None:
    found = foreign_imports({"app/a.py": code.encode(), "app/b.py": b""})
    assert [line for _, line in found] == lines


def test_false_green_the_targets_own_settings_silence_nothing() -> None:
    files: dict[str, str | bytes | Trouble] = {
        "app.py": WRONG,
        "mypy.ini": "[mypy]\nignore_errors = True\n",
        "pyproject.toml": "[tool.mypy]\nexclude = ['.*']\n",
    }
    assert values(own(files))["types.errors"] == 1


def test_false_green_ignored_lines_are_counted() -> None:
    assert (
        values(own({"app.py": WRONG.replace('"sum"', '"sum"  # type: ignore')}))["types.ignored"]
        == 1
    )


def test_false_green_a_checker_that_saw_a_part_of_the_source_missed_the_rest() -> None:
    tree = FakeTree(
        {f"app/{n}.py": CLEAN for n in range(9)}, ignored={"reports/types.json": pyright(files=2)}
    )
    assert values(run_probe(types, repo=tree))["types.files_missing"] == 7


def test_false_green_a_checker_that_checked_no_file_proves_nothing() -> None:
    evidence = reported(pyright(files=0))
    assert "types.errors" not in values(evidence)
    assert problems(evidence) == ["vacuous", "tool_missing"]


def test_false_green_messages_taken_out_of_a_report_still_count() -> None:
    evidence = reported(pyright(errorCount=3))
    assert values(evidence)["types.errors"] == 3
    assert {f.level.value for f in evidence.facts} == {"effective"}


def test_false_green_output_without_a_summary_is_not_known_to_be_whole() -> None:
    evidence = reported("app.py:1: note: something\n", "reports/mypy.txt")
    assert "types.errors" not in values(evidence)


def test_false_green_an_old_report_is_not_of_this_commit() -> None:
    evidence = reported(pyright(made=NOW - timedelta(days=3)))
    assert {f.level.value for f in evidence.facts} == {"effective"}
    assert "stale" in problems(evidence)
