"""Bandit's JSON: findings, suppressions, and what a filter hid."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.formats.scanners.bandit_json import Rank, parse, sniff
from auditor.formats.text.errors import Malformed

ZERO = {f"{kind}.{rank.name}": 0 for kind in ("SEVERITY", "CONFIDENCE") for rank in Rank}
RESULT = {
    "filename": "src/a.py",
    "issue_severity": "HIGH",
    "issue_confidence": "MEDIUM",
    "issue_text": "Danger.",
    "line_number": 7,
    "test_id": "B602",
}
REPORT: dict[str, Any] = {
    "errors": [{"filename": "src/broken.py", "reason": "syntax error while parsing AST"}],
    "generated_at": "2025-11-15T12:21:41Z",
    "metrics": {
        "_totals": ZERO | {"SEVERITY.HIGH": 2, "loc": 12, "nosec": 1, "skipped_tests": 2},
        "src/a.py": ZERO | {"SEVERITY.HIGH": 2, "loc": 12, "nosec": 1, "skipped_tests": 2},
        "src/broken.py": ZERO | {"loc": 0, "nosec": 0, "skipped_tests": 0},
    },
    "results": [RESULT],
}


def changed(**changes: object) -> bytes:
    report = copy.deepcopy(REPORT)
    for key, value in changes.items():
        if key in REPORT:
            report[key] = value
        else:
            report["metrics"]["_totals"][key.replace("__", ".")] = value
    return json.dumps(report).encode()


def test_findings_are_counted_by_severity_and_confidence() -> None:
    report = parse(changed())
    assert report.count(Rank.HIGH) == 1
    assert report.count(Rank.HIGH, Rank.MEDIUM) == 1
    assert report.count(Rank.HIGH, Rank.HIGH) == 0
    assert report.count(Rank.MEDIUM) == 0
    (finding,) = report.findings
    assert (finding.path, finding.line, finding.test_id) == ("src/a.py", 7, "B602")


def test_findings_that_a_filter_removed_are_exposed() -> None:
    report = parse(changed(results=[]))
    assert (report.hidden(Rank.HIGH), report.hidden(Rank.LOW)) == (2, 0)


def test_a_file_with_an_error_was_not_scanned() -> None:
    report = parse(changed())
    assert ([file.path for file in report.files], report.files_scanned) == (
        ["src/a.py", "src/broken.py"],
        1,
    )
    assert report.errors[0].reason == "syntax error while parsing AST"


def test_suppressions_are_bare_and_named_ones() -> None:
    assert parse(changed()).suppressed == 3


def test_counts_written_as_floats_are_read() -> None:
    report = parse(changed(SEVERITY__HIGH=2.0, loc=12.0))
    assert (report.severity_totals[Rank.HIGH], report.totals.loc) == (2, 12)


def test_totals_that_the_files_contradict_are_told() -> None:
    assert parse(changed()).disagreement == ()
    assert parse(changed(loc=1000)).disagreement == (
        "The totals state 1,000 lines of code, and the files add up to 12.",
    )
    assert len(parse(changed(nosec=0)).disagreement) == 1


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2025-11-15T12:21:41Z", datetime(2025, 11, 15, 12, 21, 41, tzinfo=UTC)),
        ("2025-11-15T12:21:41", datetime(2025, 11, 15, 12, 21, 41, tzinfo=UTC)),
        ("2025-11-15T13:21:41+01:00", datetime(2025, 11, 15, 12, 21, 41, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_the_time_is_utc(written: str, read: datetime | None) -> None:
    assert parse(changed(generated_at=written)).generated_at == read


def test_old_reports_lack_the_named_suppressions() -> None:
    report = copy.deepcopy(REPORT)
    for metrics in report["metrics"].values():
        del metrics["skipped_tests"]
    assert parse(json.dumps(report).encode()).totals.skipped_tests == 0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (changed(results=[RESULT | {"issue_severity": "CRITICAL"}]), "level 'CRITICAL'"),
        (changed(results=[RESULT | {"issue_confidence": ""}]), "level ''"),
        (changed(results=[RESULT | {"line_number": "7"}]), "shape"),
        (changed(metrics={}), "_totals"),
        (changed(metrics={"_totals": {"loc": 1, "nosec": 0}}), "SEVERITY.UNDEFINED"),
        (changed(loc=-1), "shape"),
        (changed(loc=1.5), "no count"),
        (changed(loc=None), "shape"),
        (changed().replace(b'"loc": 12', b'"loc": 1e999', 1), "shape"),
        (changed().replace(b'"loc": 12', b'"loc": NaN', 1), "not JSON"),
        (changed().replace(b'"results"', b'"results": [], "results"'), "twice"),
        (changed()[:-5], "cut off"),
        (b"{}", "shape"),
        (b"[]", "shape"),
        (b"", "empty"),
    ],
)
def test_other_shapes_are_malformed(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(data)
    assert message in refused.value.message


@pytest.mark.parametrize(
    "name",
    [
        "src/broken.py",
        "{{cookiecutter.slug}}/setup.py",
        "a}.py",
        "{a.py",
        'a"b.py',
        "src\\a.py",
        "é.py",
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_it_is_recognised_by_its_first_bytes_however_many_errors_they_hold(
    name: str, indent: int | None, encoding: str
) -> None:
    errors = [{"filename": name, "reason": "syntax error {in} AST"}] * 400
    report = {key: (REPORT | {"errors": errors})[key] for key in sorted(REPORT)}
    for as_is in (True, False):
        data = json.dumps(report, indent=indent, ensure_ascii=as_is).encode(encoding)
        assert b"_totals" not in data.decode(encoding).encode()[:8192]
        assert all(sniff(data[:size]) for size in (256, 1024, 4096, 8192))
        assert len(parse(data).errors) == 400


def test_it_is_recognised_by_content() -> None:
    assert sniff(changed())
    assert sniff(json.dumps(REPORT, indent=2).encode()[:120])
    assert sniff(json.dumps(REPORT).encode("utf-16"))
    assert not sniff(b'{"errors": [], "results": []}')
    assert not sniff(b'{"errors": [{"filename": "a", "message": "b"}]}')
    assert not sniff(b'{"errors": [{"filename": "a \\", \\"reason\\": "}]}')
    assert not sniff(b"")
