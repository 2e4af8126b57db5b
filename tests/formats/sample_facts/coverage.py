"""Coverage reports."""

from __future__ import annotations

from typing import Any

from auditor.formats.coverage import (
    clover,
    cobertura,
    coverage_json,
    go_cover,
    istanbul,
    jacoco,
    lcov,
)
from auditor.formats.coverage.coverage_report import CoverageReport
from tests.formats.sample_facts.folder import Facts, Folder, Refusal, not_told


def windows(report: CoverageReport) -> bool:
    return any("\\" in file.path for file in report.files)


def of_clover(data: bytes) -> Facts:
    report = clover.parse(data)
    assert report.produced_at is not None
    metrics = {
        name.removeprefix("metrics."): count
        for name, count in report.details.items()
        if name.startswith("metrics.")
    }
    stated = report.declared
    measured = stated.branches is not None
    return {
        "files": len(report.files),
        "has_project": True,
        "packages": report.details["packages"],
        # What verdicts rest on stands for what is only described, wherever both are there.
        "project_metrics": metrics
        | {"statements": stated.statements, "coveredstatements": stated.covered}
        | ({"conditionals": stated.branches} if measured else {})
        | ({"coveredconditionals": stated.covered_branches} if measured else {}),
        "root_generated": str(round(report.produced_at.timestamp() * 1000)),
        "statement_pct": report.line_percent,
        "stmt_lines": report.details["statement_lines"],
        "stmt_lines_hit": report.details["covered_statement_lines"],
    }


def of_cobertura(data: bytes) -> Facts:
    report = cobertura.parse(data)
    stated, details = report.declared, report.details
    seconds = report.produced_at.timestamp() if report.produced_at else 0
    in_seconds = f'timestamp="{seconds:.0f}"'.encode() in data
    return {
        "all_line_elements_incl_methods": details["lines_written"],
        "branch-rate": details["branch_percent"] / 100,
        "branch_lines": details["branch_lines"],
        "branches-covered": stated.covered_branches or 0,
        "branches-valid": stated.branches or 0,
        "class_line_elements": report.statements,
        "class_line_elements_hit": report.covered,
        "classes": details["classes"],
        "computed_line_pct_from_class_lines": report.line_percent,
        "line-rate": (stated.line_percent or 0) / 100,
        "lines-covered": stated.covered,
        "lines-valid": stated.statements,
        "packages": details["packages"],
        "sources": len(report.sources),
        "timestamp": round(seconds if in_seconds else seconds * 1000),
    }


def of_go(data: bytes) -> Facts:
    report = go_cover.parse(data)
    return {
        "block_lines": report.details["blocks_written"],
        "covered_raw_sum": report.details["covered_written"],
        "covered_statements_unique_blocks": report.covered,
        "files": len(report.files),
        "mode_lines": [
            f"mode: {name.removeprefix('mode.')}"
            for name, lines in report.details.items()
            for _ in range(int(lines))
            if name.startswith("mode.")
        ],
        "pct_unique_blocks": report.line_percent,
        "statements_raw_sum": report.details["statements_written"],
        "statements_unique_blocks": report.statements,
        "unique_blocks": report.details["blocks"],
    }


def of_jacoco(data: bytes) -> Facts:
    report = jacoco.parse(data)
    counters: dict[str, dict[str, float]] = {}
    for name, count in report.details.items():
        kind, _, part = name.partition(".")
        if part:
            counters.setdefault(kind, {})[part] = count
    told: dict[str, Any] = {
        "check_sum_sourcefile_LINE": {
            "covered": report.covered,
            "missed": report.statements - report.covered,
        },
        "classes": report.details["classes"],
        "groups": report.details["groups"],
        "line_pct": report.line_percent,
        "packages": report.details["packages"],
        "report_level_counters": counters,
        "report_name": report.title,
        "sourcefiles": len(report.files),
    }
    return told if report.branches is None else told | {"branch_pct": report.branch_percent}


def of_lcov(data: bytes) -> Facts:
    report = lcov.parse(data)
    details = report.details
    told: dict[str, Any] = {
        "DA_lines": details["lines"],
        "DA_lines_hit": details["covered_lines"],
        "SF_lines": details["records"],
        "has_TN": details["tests"] > 0,
        "computed_line_pct_from_DA": 100 * details["covered_lines"] / details["lines"],
        "line_pct_from_LH_over_LF": 100 * details["LH"] / details["LF"],
        "records": details["records"],
        "unique_SF": len(report.files),
        "windows_paths": windows(report),
    }
    sums = {key: details[key] for key in ("LF", "LH", "BRF", "BRH") if key in details}
    for key, name in (("FNF", "functions"), ("FNH", "covered_functions")):
        if name in details:
            sums[key] = details[name]
    return told | {f"sum_{key}": number for key, number in sums.items()}


def of_coverage_json(data: bytes) -> Facts:
    if not coverage_json.sniff(data[:8192]):
        other = istanbul.parse(data)
        return {
            "first_key": other.files[0].path,
            "has_totals": False,
            "is_coveragepy": False,
            "top_level_keys": len(other.files),
        }
    report = coverage_json.parse(data)
    stated = report.declared
    return {
        "branch_coverage": report.branches is not None,
        "check_sum_of_files_covered": report.covered,
        "check_sum_of_files_statements": report.statements,
        "covered_lines": stated.covered,
        "excluded_lines": report.excluded_lines,
        "files": len(report.files),
        "meta_format": report.details["format"],
        "missing_lines": report.statements - report.covered,
        "num_statements": stated.statements,
        "percent_covered": report.details["percent_covered"],
        "percent_covered_display": f"{report.line_percent:.0f}",
        "windows_paths": windows(report),
    }


FOLDERS = (
    Folder(
        "coverage-clover",
        of_clover,
        clover.sniff,
        {"empty.xml": Refusal(r"holds no <project>", lambda _: {"has_project": False})},
    ),
    Folder("coverage-cobertura", of_cobertura, cobertura.sniff),
    Folder("coverage-go", of_go, go_cover.sniff),
    Folder(
        "coverage-jacoco",
        of_jacoco,
        jacoco.sniff,
        {"empty.xml": Refusal(r"root element is <other>; JaCoCo's is <report>")},
    ),
    Folder(
        "coverage-lcov",
        of_lcov,
        lcov.sniff,
        not_told=not_told(
            "Its end_of_record is followed by a blank: a record here, none to the manifest.",
            *("records",),
            file="cpp-real.lcov",
        ),
    ),
    Folder("coverage-py-json", of_coverage_json),
)
