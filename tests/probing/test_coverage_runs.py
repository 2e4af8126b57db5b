"""Reports of every format come to one value over the service's own files."""

from __future__ import annotations

import json

import pytest

from auditor.model.level import Level
from auditor.probing.reports.coverage_runs import CoverageRun, coverage_runs
from auditor.probing.testing import NOW, FakeTree, make_context

TS = "export const one = () => 1;\nexport const two = () => 2;\n"
STAMP = int(NOW.timestamp() * 1000)
SUMMARY_PART = {"total": 2, "covered": 1, "skipped": 0, "pct": 50}
SUMMARY = dict.fromkeys(("lines", "statements", "functions", "branches"), SUMMARY_PART)
FINAL = {
    "path": "/ci/src/a.ts",
    "statementMap": {"0": {"start": {"line": 1}}, "1": {"start": {"line": 2}}},
    "branchMap": {"0": {}},
    "fnMap": {},
    "s": {"0": 1, "1": 0},
    "f": {},
    "b": {"0": [1, 0]},
}
CLOVER = (
    f'<coverage generated="{STAMP}"><project><file name="a.ts" path="/ci/src/a.ts">'
    '<line num="1" type="cond" count="1" truecount="1" falsecount="1"/>'
    '<line num="2" type="stmt" count="0"/></file>'
    '<metrics statements="2" coveredstatements="1"/></project></coverage>'
)
COBERTURA = (
    f'<coverage line-rate="0.5" timestamp="{STAMP}"><class filename="src/a.ts"><lines>'
    '<line number="1" hits="1" condition-coverage="50% (1/2)"/><line number="2" hits="0"/>'
    "</lines></class></coverage>"
)
LCOV = "SF:src/a.ts\nDA:1,1\nDA:2,0\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nend_of_record\n"


def runs(files: dict[str, str], reports: dict[str, str]) -> tuple[CoverageRun, ...]:
    found = coverage_runs(make_context(repo=FakeTree(files, ignored=reports)), "x")
    assert found.unread == ()
    return found.runs


@pytest.mark.parametrize(
    ("name", "report", "level"),
    [
        ("reports/coverage.xml", COBERTURA, Level.REPORTED),
        ("coverage/clover.xml", CLOVER, Level.REPORTED),
        ("coverage/lcov.info", LCOV, Level.EFFECTIVE),
        ("coverage/coverage-final.json", json.dumps({"/ci/src/a.ts": FINAL}), Level.EFFECTIVE),
        (
            "coverage/coverage-summary.json",
            json.dumps({"total": SUMMARY, "/ci/src/a.ts": SUMMARY}),
            Level.EFFECTIVE,
        ),
    ],
)
def test_each_format_tells_the_same_of_the_same_run(name: str, report: str, level: Level) -> None:
    (run,) = runs({"src/a.ts": TS}, {name: report})
    assert (list(run.files), run.path, run.level) == (["src/a.ts"], name, level)
    assert (run.recount.line_percent, run.recount.branch_percent) == (50.0, 50.0)
    assert (run.languages, run.contradictions) == ({"javascript"}, ())
    assert run.complaint() is None


def test_a_go_profile_is_mapped_by_the_module_and_counts_statements() -> None:
    files = {"go.mod": "module example.com/shop\n", "a.go": "package a\n\nfunc A() {\n\tB()\n}\n"}
    profile = "mode: set\nexample.com/shop/a.go:3.10,5.2 1 1\nexample.com/x/a.go:3.10,5.2 9 0\n"
    (run,) = runs(files, {"coverage.out": profile})
    assert (run.recount.line_percent, run.recount.branch_percent) == (100.0, None)


def test_the_bytes_of_a_report_are_not_kept() -> None:
    (run,) = runs({"src/a.ts": TS}, {"reports/coverage.xml": COBERTURA})
    assert run.report.file.data == b""
    assert run.report.file.source.sha256


@pytest.mark.parametrize(
    ("report", "what"),
    [
        (LCOV.replace("DA:2,0", "DA:9,0"), "line 9 of src/a.ts, which has 3 lines"),
        (
            json.dumps({"total": SUMMARY, "src/a.ts": SUMMARY}).replace('"total": 2', '"total": 7')
            .replace('"pct": 50', '"pct": 14.28'),
            "7 lines of src/a.ts, which has 3 lines",
        ),
    ],
)  # fmt: skip
def test_a_report_of_more_than_the_file_has_is_of_another_version(report: str, what: str) -> None:
    (run,) = runs({"src/a.ts": TS}, {"coverage/a.json" if "total" in report else "a.info": report})
    assert what in run.contradictions[0]
    assert run.level is Level.EFFECTIVE


def test_a_report_without_the_service_s_files_complains() -> None:
    (run,) = runs({"src/b.ts": TS}, {"a.info": LCOV})
    complaint = run.complaint("x")
    assert complaint is not None
    assert "measures no shipped source file" in complaint.message


def test_without_a_report_no_source_is_read() -> None:
    found = coverage_runs(make_context(repo={"src/a.ts": TS}), "x")
    assert (found.runs, found.unread, found.sources.lines) == ((), (), {})
