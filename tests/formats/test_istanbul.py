"""coverage-final.json: lines from statements, as Istanbul itself counts them."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.coverage import coverage_json, istanbul_summary
from auditor.formats.coverage.istanbul import parse, sniff
from auditor.formats.text.errors import FormatError, Malformed, TooLarge


def span(line: int) -> dict[str, Any]:
    return {"start": {"line": line, "column": 0}, "end": {"line": line, "column": None}}


REPORT: dict[str, Any] = {
    "/ci/src/a.ts": {
        "path": "/ci/src/a.ts",
        "statementMap": {"0": span(1), "1": span(1), "2": span(2), "3": span(7)},
        "fnMap": {},
        "branchMap": {"0": {"loc": span(2), "type": "if", "locations": [span(2), span(2)]}},
        "s": {"0": 0, "1": 3, "2": 1, "3": 0},
        "f": {},
        "b": {"0": [1, 0]},
        "_coverageSchema": "1a1c01bbd47fc00a2c39e90264f33305004495a9",
        "hash": "x",
    }
}


def changed(**changes: object) -> bytes:
    report = copy.deepcopy(REPORT)
    report["/ci/src/a.ts"].update(changes)
    return json.dumps(report).encode()


def test_a_line_ran_where_a_statement_that_starts_on_it_did() -> None:
    (file,) = parse(changed()).files
    assert (file.path, file.statements, file.covered) == ("/ci/src/a.ts", 3, 2)
    assert (file.branches, file.covered_branches, file.last_line) == (2, 1, 7)


def test_it_carries_no_time_and_no_totals() -> None:
    report = parse(changed())
    assert (report.produced_at, report.excluded_lines, report.disagreement) == (None, None, ())


def test_files_without_statements_are_no_percentage() -> None:
    report = parse(changed(statementMap={}, s={}, branchMap={}, b={}))
    assert (report.line_percent, report.branches, report.branch_percent) == (None, 0, None)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (changed(s={"0": 1}), "other statements"),
        (changed(s={"0": 1, "1": 1, "2": 1, "3": 1, "9": 1}), "other statements"),
        (changed(b={}), "other statements"),
        (changed(s={"0": -1, "1": 3, "2": 1, "3": 0}), "does not count"),
        (changed(s={"0": 1.5, "1": 3, "2": 1, "3": 0}), "does not count"),
        (changed(s={"0": "1", "1": 3, "2": 1, "3": 0}), "does not count"),
        (changed(s={"0": None, "1": 3, "2": 1, "3": 0}), "does not count"),
        (changed(s={"0": 10**30, "1": 3, "2": 1, "3": 0}), "does not count"),
        (changed(statementMap={"0": span(0), "1": span(1), "2": span(2), "3": span(7)}), "count"),
        (changed(statementMap=[]), "does not count"),
        (changed().replace(b'"0": 0,', b'"0": NaN,'), "JSON"),
        (changed().replace(b'"0": 0,', b'"0": 0, "0": 1,'), "twice"),
        (changed()[:-9], "cut off"),
        (b'{"a.ts": {}}', "does not count"),
        (b"{}", "names no file"),
        (b"[]", "shape"),
        (b"", "empty"),
    ],
)
def test_other_shapes_are_malformed(data: bytes, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        parse(data)


def test_a_nesting_bomb_is_refused() -> None:
    bomb = changed().replace(b'"fnMap": {}', b'"fnMap": ' + b"[" * 100_000 + b"]" * 100_000)
    with pytest.raises((Malformed, TooLarge)):
        parse(bomb)


def test_it_is_recognised_by_its_maps() -> None:
    assert sniff(changed()[:200])
    assert sniff(b"\xef\xbb\xbf" + changed())
    assert not sniff(b"[" + changed())
    assert not sniff(b'{"files": {"a.py": {"executed_lines": []}}}')
    assert not sniff(b"{}")
    assert not coverage_json.sniff(changed())
    assert not istanbul_summary.sniff(changed())


def test_a_report_of_a_solidity_project_is_read(samples: Any) -> None:
    found = samples("coverage-py-json")
    data, _ = found["NOT-coveragepy-solidity-istanbul-map.json"]
    assert sniff(data[:8192])
    report = parse(data)
    assert [(f.path, f.statements, f.covered) for f in report.files] == [
        ("contracts/Lock.sol", 5, 0)
    ]
    others = [name for name in found if not name.startswith("NOT-")]
    assert others
    assert not any(sniff(found[name][0][:8192]) for name in others)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 3)), max_size=12))
def test_counts_equal_the_statements_that_were_written(statements: list[tuple[int, int]]) -> None:
    maps = {str(i): span(line) for i, (line, _) in enumerate(statements)}
    report = parse(changed(statementMap=maps, s={str(i): h for i, (_, h) in enumerate(statements)}))
    assert report.statements == len({line for line, _ in statements})
    assert report.covered == len({line for line, hits in statements if hits})


@given(st.integers(0, 800), st.integers(0, 20), st.binary(max_size=6))
def test_whatever_is_done_to_a_report_it_is_read_or_refused(at: int, gone: int, put: bytes) -> None:
    data = changed()
    try:
        report = parse(data[:at] + put + data[at + gone :])
    except FormatError:
        return
    assert report.covered <= report.statements
