"""Small documents of coverage and of test runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from auditor.formats.coverage import (
    clover,
    cobertura,
    coverage_data,
    coverage_json,
    go_cover,
    istanbul,
    istanbul_summary,
    jacoco,
    lcov,
)
from auditor.formats.coverage.coverage_report import CoverageReport
from auditor.formats.testruns import junit, playwright_json
from tests.formats.documents.format import Format, encoded

SUMMARY = {"covered_lines": 1, "num_statements": 2, "percent_covered": 50.0, "missing_lines": 1}
COUNTS = SUMMARY | {"num_branches": 2, "covered_branches": 1, "percent_covered": 50.0}
COVERAGE = {
    "meta": {"version": "7", "timestamp": "2025-01-01T00:00:00", "branch_coverage": True},
    "files": {
        "a.py": {
            "executed_lines": [1],
            "summary": COUNTS,
            "missing_lines": [2],
            "excluded_lines": [],
            "missing_branches": [[1, 2]],
        }
    },
    "totals": COUNTS,
}
PLACE = {"start": {"line": 1, "column": 0}, "end": {"line": 1, "column": 5}}
ISTANBUL = {
    "/a/b.js": {
        "path": "/a/b.js", "statementMap": {"0": PLACE, "1": PLACE}, "fnMap": {}, "f": {},
        "branchMap": {"0": {"type": "if", "locations": [PLACE, PLACE], "line": 1}}, "s": {"0": 3, "1": 0},
        "b": {"0": [1, 0]},
    }
}  # fmt: skip
PART = {"total": 4, "covered": 2, "skipped": 0, "pct": 50}
PARTS = {"lines": PART, "statements": PART, "functions": PART, "branches": PART}
PLAYWRIGHT = {
    "config": {"forbidOnly": True, "fullyParallel": True, "globalTimeout": 0, "metadata": {}},
    "suites": [
        {
            "title": "a.spec.ts", "file": "a.spec.ts",
            "specs": [
                {"title": "logs in", "file": "a.spec.ts", "tests": [
                    {"expectedStatus": "passed", "projectName": "chromium",
                     "results": [{"status": "passed", "duration": 12, "error": {"message": "x"}}]}
                ]}
            ],
            "suites": [],
        }
    ],
    "errors": [],
    "stats": {"startTime": "2026-03-01T12:00:00.000Z", "expected": 1, "unexpected": 0, "flaky": 0, "skipped": 0},
}  # fmt: skip
SOURCE = "import os\n\n\ndef f(x):\n    if x:\n        return 1\n    return 2\n"
TABLES = """
CREATE TABLE coverage_schema (version integer);
CREATE TABLE meta (key text, value text);
CREATE TABLE file (id integer primary key, path text);
CREATE TABLE line_bits (file_id integer, context_id integer, numbits blob);
CREATE TABLE arc (file_id integer, context_id integer, fromno integer, tono integer);
CREATE TABLE tracer (file_id integer primary key, tracer text);
INSERT INTO coverage_schema VALUES (7);
INSERT INTO meta VALUES ('has_arcs', '0'), ('version', '7.6.0');
INSERT INTO file VALUES (1, '/a/b.py');
INSERT INTO line_bits VALUES (1, 1, x'32');
"""


def data_file() -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript("PRAGMA page_size = 512; VACUUM;" + TABLES)
        return database.serialize()


def of_data_file(data: bytes) -> CoverageReport:
    return coverage_data.parse(data, lambda _: SOURCE)


FORMATS = (
    Format(
        "cobertura",
        cobertura.parse,
        cobertura.sniff,
        (
            b'<?xml version="1.0"?><coverage line-rate="0.5" lines-valid="2" timestamp="1">'
            b"<sources><source>/a</source></sources><packages><package><classes>"
            b'<class filename="a.py"><lines><line number="1" hits="1" branch="true" '
            b'condition-coverage="50% (1/2)"/></lines></class></classes></package></packages>'
            b"</coverage>",
        ),
    ),
    Format(
        "junit",
        junit.parse,
        junit.sniff,
        (
            b'<testsuites tests="2"><testsuite name="s" tests="2" failures="1" '
            b'timestamp="2025-01-01T00:00:00"><properties><property name="a" value="b"/>'
            b'</properties><testcase classname="c" name="n" time="0.1"><failure message="m">'
            b'<![CDATA[t]]></failure></testcase><testcase status="notrun"/></testsuite>'
            b"</testsuites>",
        ),
    ),
    Format("coverage_json", coverage_json.parse, coverage_json.sniff, encoded(COVERAGE)),
    Format("coverage_data", of_data_file, coverage_data.sniff, (data_file(),)),
    Format(
        "clover",
        clover.parse,
        clover.sniff,
        (
            b'<coverage generated="1172366400000" clover="4.4.1"><project timestamp="1"><metrics '
            b'statements="3" coveredstatements="2" conditionals="2" coveredconditionals="1" loc="9"/>'
            b'<package name="p"><file name="a.js" path="/a.js"><line num="1" count="1" type="stmt"/>'
            b'<line num="2" count="0" type="stmt"/><line num="3" count="1" type="cond" truecount="1" '
            b'falsecount="1"/></file></package></project></coverage>',
        ),
    ),
    Format(
        "jacoco",
        jacoco.parse,
        jacoco.sniff,
        (
            b'<report name="r"><sessioninfo id="s" start="1772366400000" dump="1772366401000"/>'
            b'<group name="g"><package name="p"><class name="p/A"/><sourcefile name="A.java">'
            b'<line nr="1" mi="0" ci="2" mb="1" cb="1"/><line nr="2" mi="1" ci="0" mb="0" cb="0"/>'
            b'<counter type="LINE" missed="1" covered="1"/></sourcefile></package></group>'
            b'<counter type="LINE" missed="1" covered="1"/>'
            b'<counter type="BRANCH" missed="1" covered="1"/></report>',
        ),
    ),
    Format(
        "lcov",
        lcov.parse,
        lcov.sniff,
        (
            b"TN:t\nSF:/a/b.js\nFN:1,f\nFNDA:1,f\nFNF:1\nFNH:1\nDA:1,3\nDA:2,0\nLF:2\nLH:1\n"
            b"BRDA:1,0,0,1\nBRDA:1,0,1,-\nBRF:2\nBRH:1\nend_of_record\n"
            b"SF:/a/c.js\nDA:1,1\nLF:1\nLH:1\nend_of_record\n",
        ),
    ),
    Format(
        "go_cover",
        go_cover.parse,
        go_cover.sniff,
        (b"mode: set\na.org/m/a.go:1.2,3.4 2 1\na.org/m/a.go:5.2,6.4 1 0\n",),
    ),
    Format("istanbul", istanbul.parse, istanbul.sniff, encoded(ISTANBUL)),
    Format(
        "istanbul_summary",
        istanbul_summary.parse,
        istanbul_summary.sniff,
        encoded({"total": PARTS, "/a/b.js": PARTS}),
    ),
    Format("playwright_json", playwright_json.parse, playwright_json.sniff, encoded(PLAYWRIGHT)),
)
