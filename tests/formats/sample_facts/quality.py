"""Linters, type checkers and test runs."""

from __future__ import annotations

import re
from typing import Any

from auditor.formats.scanners import mypy_output, pylint_json, ruff_json
from auditor.formats.testruns import junit
from auditor.formats.testruns.junit_report import Suite
from auditor.formats.text import json_text
from tests.formats.sample_facts.folder import Facts, Folder, Refusal, counted


def of_ruff(data: bytes) -> Facts:
    report = ruff_json.parse(data)
    return {
        "distinct_codes": len(report.by_code),
        "files": len(report.files),
        "null_code(syntax errors)": sum(one.code is None for one in report.violations),
        # A file with anything in front of the JSON is refused.
        "non_json_prefix_lines": 0,
        "strict_json": True,
        "top_codes": dict(report.by_code.most_common(3)),
        # What every reader of JSON takes off before it reads.
        "utf8_bom": json_text.opening(data) != data,
        "violations": len(report.violations),
        "windows_paths": any("\\" in one.path for one in report.violations),
        "with_fix": report.fixable,
    }


def of_pylint(data: bytes) -> Facts:
    report = pylint_json.parse(data)
    return {
        "by_type": dict(report.by_kind),
        "distinct_symbols": len(report.rules),
        "files": len(report.named),
        "has_endLine_key": any(one.end_line for one in report.messages),
        "messages": len(report.messages),
        "windows_paths": report.windows,
    }


def of_mypy(data: bytes) -> Facts:
    report = mypy_output.parse(data)
    if report.dialect != "text":
        return {
            "by_severity": counted(one.severity for one in report.diagnostics),
            "files": len({one.path for one in report.diagnostics}),
            # A line that is no JSON is refused.
            "non_json_lines": [],
            "records": len(report.diagnostics),
            "shape": report.dialect,
        }
    summary = None
    if report.complete:
        summary = (
            f"Found {report.declared_errors} errors in {len(report.files)} files"
            f" (checked {report.files_checked} source files)"
        )
    return {
        "error_lines": report.errors,
        "files_with_error_lines": len(report.files),
        "lines": len(report.diagnostics) + report.complete,
        "note_lines": report.count("note"),
        "summary": summary,
        # Where mypy refused its arguments, the file is refused.
        "usage_error": False,
    }


def of_junit(data: bytes) -> Facts:
    report = junit.parse(data)
    root, suites = report.suites[0], report.suites
    if root.element == "testsuites":
        suites = suites[1:]
    top = [suite for suite in suites if suite.depth == suites[0].depth]
    keys = sorted({key for suite in top for key in suite.declared})
    counters = report.counters
    return {
        "root": root.element,
        "root_attrs": attributes(root),
        "sum_testcase_time": sum(case.seconds or 0 for case in report.cases),
        "sum_top_level_suite_attrs": {
            key: sum(suite.declared.get(key, 0) for suite in top) for key in keys
        },
        "testcase_elements": counters.tests,
        "testcases_with_error": counters.errors,
        "testcases_with_failure": counters.failed,
        "testcases_with_flaky_or_rerun": counters.flaky,
        "testcases_with_skipped": counters.skipped - counters.disabled,
        "testsuite_elements": len(suites),
        "top_level_suites": len(top),
        "well_formed": True,
    }


def attributes(suite: Suite) -> Facts:
    told: dict[str, Any] = dict(suite.declared)
    if suite.name:
        told["name"] = suite.name
    if suite.seconds is not None:
        told["time"] = suite.seconds
    if suite.disabled is not None:
        told["disabled"] = suite.disabled
    return told


def root_of(says: str) -> Facts:
    """Nothing is known of what lies below a root that is not JUnit's, save that it is no report."""
    found = re.search(r"root element is <(\w+)>", says)
    return {"root": found[1] if found else None}


FOLDERS = (
    Folder(
        "ruff-json",
        of_ruff,
        refused={
            "format-report-not-json.json": Refusal(
                r"messages stand before or in place of the JSON; keep standard error out",
                lambda _: {"is_json": False},
            ),
            "statistics-stderr-prefixed.json": Refusal(
                r"output of `ruff --statistics`, which counts rules and names no place",
                lambda says: {
                    "dialect": "statistics" if "--statistics" in says else "",
                    "strict_json": False,
                },
            ),
        },
    ),
    Folder("pylint-json", of_pylint, pylint_json.sniff),
    Folder(
        "mypy",
        of_mypy,
        refused={
            "usage-error.json": Refusal(
                r"an error of usage: mypy checked nothing",
                lambda says: {"usage_error": "error of usage" in says},
            )
        },
    ),
    Folder(
        "junit-xml",
        of_junit,
        refused={
            "corrupt.xml": Refusal(
                r"The XML is cut off\. \(line 11\)", lambda _: {"well_formed": False}
            ),
            "non-junit.xml": Refusal(
                r"root element is <suites>; JUnit's are <testsuites> and <testsuite>", root_of
            ),
        },
    ),
)
