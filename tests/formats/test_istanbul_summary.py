"""coverage-summary.json: totals per file, and nothing that Istanbul does not write."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.coverage import coverage_json, istanbul
from auditor.formats.coverage.istanbul_summary import parse, sniff
from auditor.formats.text.errors import FormatError, Malformed


def part(total: int, covered: int, pct: object = None) -> dict[str, object]:
    if pct is None:
        pct = int(10_000 * covered / total) / 100 if total else 100
    return {"total": total, "covered": covered, "skipped": 0, "pct": pct}


def totals(total: int, covered: int) -> dict[str, object]:
    return {
        "lines": part(total, covered),
        "statements": part(total + 1, covered),
        "functions": part(1, 1),
        "branches": part(3, 2),
    }


REPORT: dict[str, Any] = {
    "total": {**totals(7, 3), "branches": part(6, 4), "branchesTrue": part(0, 0, "Unknown")},
    "/ci/src/a.ts": totals(3, 2),
    "/ci/src/b.ts": totals(4, 1),
}


def changed(file: str = "/ci/src/a.ts", **changes: object) -> bytes:
    report = copy.deepcopy(REPORT)
    report[file].update(changes)
    return json.dumps(report).encode()


def test_files_are_counted_by_lines() -> None:
    report = parse(changed())
    assert [(f.path, f.statements, f.covered, f.last_line) for f in report.files] == [
        ("/ci/src/a.ts", 3, 2, None),
        ("/ci/src/b.ts", 4, 1, None),
    ]
    assert report.branch_percent == pytest.approx(200 / 3)
    assert (report.produced_at, report.excluded_lines) == (None, None)
    assert (report.disagreement, report.branch_disagreement) == ((), ())


def test_totals_that_boast_are_contradicted() -> None:
    assert parse(changed("total", lines=part(7, 7))).disagreement
    assert parse(changed(lines=part(3, 2, 99.0))).disagreement == (
        "The summary states 99.00 % of /ci/src/a.ts, and counts 66.67 %.",
    )


def test_totals_without_files_are_no_percentage() -> None:
    report = parse(json.dumps({"total": totals(3, 3)}).encode())
    assert report.line_percent is None
    assert report.disagreement


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (changed(lines=part(3, 4)), "covers 4 of 3"),
        (changed(lines=part(-3, -4)), "shape"),
        (changed(lines={"pct": 95}), "shape"),
        (changed(lines=part(3, 2) | {"threshold": 90}), "shape"),
        (changed(coverage=95), "shape"),
        (changed().replace(b'"covered": 2', b'"covered": NaN', 1), "JSON"),
        (changed().replace(b'"covered": 2', b'"covered": 2, "covered": 3', 1), "twice"),
        (changed().replace(b'"total": {', b'"all": {', 1), "no totals"),
        (changed()[:-9], "cut off"),
        (b"[]", "shape"),
        (b"", "empty"),
    ],
)
def test_other_shapes_are_malformed(data: bytes, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        parse(data)


def test_it_is_recognised_by_its_totals() -> None:
    assert sniff(changed()[:60])
    assert not sniff(b'{"total": 3}')
    assert not sniff(b'{"totals": {"lines": {"total": 3}}}')
    assert not istanbul.sniff(changed())
    assert not coverage_json.sniff(changed())


@given(st.integers(0, 800), st.integers(0, 20), st.binary(max_size=6))
def test_whatever_is_done_to_a_report_it_is_read_or_refused(at: int, gone: int, put: bytes) -> None:
    data = changed()
    try:
        report = parse(data[:at] + put + data[at + gone :])
    except FormatError:
        return
    assert report.covered <= report.statements
