"""coverage.py's JSON: recounted from its lists, branches only where they were measured."""

from __future__ import annotations

import copy
import json
from datetime import datetime
from typing import Any

import pytest

from auditor.formats.coverage.coverage_json import parse, sniff
from auditor.formats.text.errors import Malformed, TooLarge

SUMMARY = {
    "covered_lines": 2,
    "num_statements": 3,
    "percent_covered": 200 / 3,
    "missing_lines": 1,
    "excluded_lines": 1,
}
REPORT: dict[str, Any] = {
    "meta": {
        "format": 3,
        "version": "7.12.0",
        "timestamp": "2025-12-02T14:40:35.828742",
        "branch_coverage": False,
        "show_contexts": False,
    },
    "files": {
        "src/a.py": {
            "executed_lines": [1, 2, 3],
            "summary": SUMMARY,
            "missing_lines": [4],
            "excluded_lines": [9],
            "functions": {"": {"executed_lines": [1]}},
        }
    },
    "totals": SUMMARY,
}


def changed(**changes: object) -> bytes:
    """The report with the values at dotted paths replaced; `__` stands for a dot."""
    report = copy.deepcopy(REPORT)
    for path, value in changes.items():
        *steps, last = path.split("__")
        holder = report
        for step in steps:
            holder = holder["files"]["src/a.py"] if step == "file" else holder[step]
        holder[last] = value
    return json.dumps(report).encode()


def with_branches(**changes: object) -> bytes:
    counts = {"num_branches": 4, "covered_branches": 3, "percent_covered": 500 / 7}
    return changed(
        meta__branch_coverage=True,
        file__summary=SUMMARY | counts,
        totals=SUMMARY | counts,
        **({"file__missing_branches": [[1, -1]], "file__executed_branches": []} | changes),
    )


def test_executed_lines_may_include_docstrings_and_the_summary_counts() -> None:
    report = parse(changed())
    (file,) = report.files
    assert (file.path, file.statements, file.covered, file.excluded) == ("src/a.py", 3, 2, 1)
    assert report.disagreement == ()
    assert (report.producer, report.producer_version) == ("coverage.py", "7.12.0")


def test_the_time_is_local_and_never_taken_for_utc() -> None:
    report = parse(changed())
    assert report.produced_at == datetime(2025, 12, 2, 14, 40, 35, 828742)
    assert report.produced_at_is_local
    aware = parse(changed(meta__timestamp="2025-12-02T14:40:35+01:00"))
    assert not aware.produced_at_is_local
    assert parse(changed(meta__timestamp="just now")).produced_at is None


def test_branches_that_were_not_measured_are_none() -> None:
    counts = SUMMARY | {"num_branches": 2, "covered_branches": 2}
    report = parse(changed(totals=counts))
    assert (report.branches, report.branch_percent, report.declared.branches) == (None, None, None)


def test_measured_branches_are_counted() -> None:
    report = parse(with_branches())
    assert (report.branches, report.covered_branches, report.branch_percent) == (4, 3, 75.0)
    assert (report.disagreement, report.branch_disagreement) == ((), ())


def test_measured_branches_of_zero_are_zero() -> None:
    none = SUMMARY | {"num_branches": 0, "covered_branches": 0}
    report = parse(changed(meta__branch_coverage=True, file__summary=none, totals=none))
    assert (report.branches, report.branch_percent) == (0, None)


@pytest.mark.parametrize(
    "data",
    [
        changed(totals=SUMMARY | {"covered_lines": 3, "percent_covered": 100.0}),
        changed(file__executed_lines=[]),
        changed(file__missing_lines=[4, 5, 6]),
        changed(file__missing_lines=[1, 2, 3, 4]),
        changed(file__excluded_lines=[]),
        changed(totals=SUMMARY | {"percent_covered": 99.0}),
        changed(file__summary=SUMMARY | {"num_statements": 2}),
        with_branches(file__missing_branches=[[1, 2], [1, 3]]),
    ],
)
def test_a_report_that_contradicts_itself_says_so_and_never_gains(data: bytes) -> None:
    report = parse(data)
    assert report.disagreement
    assert report.line_percent is not None
    assert report.line_percent <= 200 / 3 + 0.001


def test_no_files_are_no_percentage_though_coverage_py_says_100() -> None:
    totals = {
        "covered_lines": 0, "num_statements": 0, "percent_covered": 100.0, "missing_lines": 0
    }  # fmt: skip
    report = parse(changed(files={}, totals=totals))
    assert (report.line_percent, report.declared_line_percent) == (None, None)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (changed(meta__format=4), "format 4"),
        (changed(meta__format="3"), "shape"),
        (changed(file__executed_lines=[1, -2]), "no line numbers"),
        (changed(file__executed_lines=[1.5]), "no line numbers"),
        (changed(file__executed_lines=[10**30]), "no line numbers"),
        (changed(file__executed_lines={"1": 2}), "no line numbers"),
        (changed(file__summary=SUMMARY | {"num_statements": -1}), "shape"),
        (changed(file__summary=SUMMARY | {"covered_lines": 10**13}), "shape"),
        (changed(totals={}), "shape"),
        (changed(files=[]), "shape"),
        (changed(meta__branch_coverage=True), "counts none"),
        (changed().replace(b'"percent_covered": 66', b'"percent_covered": NaN, "x": 6', 1), "JSON"),
        (changed()[:-40], "cut off"),
        (changed().replace(b'"format": 3', b'"format": 3, "format": 2'), "twice"),
        (b"{}", "shape"),
        (b"[]", "shape"),
        (b"", "empty"),
        (b"<coverage/>", "not JSON"),
    ],
)
def test_other_shapes_are_malformed(data: bytes, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        parse(data)


def test_a_nesting_bomb_is_too_large() -> None:
    bomb = changed().replace(b"[1, 2, 3]", b"[" * 100_000 + b"]" * 100_000)
    with pytest.raises(TooLarge, match="nested"):
        parse(bomb)


def test_it_is_recognised_by_its_keys_in_any_order() -> None:
    assert sniff(changed()[:300])
    reordered = json.dumps(dict(sorted(REPORT.items())), sort_keys=True).encode()
    assert sniff(reordered)
    assert not sniff(b'{"contracts/Lock.sol":{"l":{"14":0},"path":"/project/contracts/Lock.sol"}}')
    assert not sniff(b"[" + changed())
    assert not sniff(b"")
