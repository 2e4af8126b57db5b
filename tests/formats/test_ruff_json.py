"""Ruff's JSON: violations, and refusals that say which other output this is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.formats.scanners.ruff_json import Violation, parse, sniff
from auditor.formats.text.errors import Malformed

RAW: dict[str, Any] = {
    "cell": None,
    "code": "F401",
    "end_location": {"column": 12, "row": 1},
    "filename": "/w/a.py",
    "fix": {"applicability": "safe", "edits": [], "message": "Remove"},
    "location": {"column": 8, "row": 3},
    "message": "`json` imported but unused",
    "noqa_row": 1,
    "url": "https://docs.astral.sh/ruff/rules/unused-import",
}


def test_a_violation_has_code_path_line_message_and_fix() -> None:
    report = parse(json.dumps([RAW, RAW | {"code": "E501", "fix": None}]).encode())
    assert report.violations == (
        Violation("F401", "/w/a.py", 3, "`json` imported but unused", True),
        Violation("E501", "/w/a.py", 3, "`json` imported but unused", False),
    )
    assert report.by_code == {"F401": 1, "E501": 1}
    assert (report.fixable, set(report.files), set(report.unparsed)) == (1, {"/w/a.py"}, set())


@pytest.mark.parametrize("code", [None, "E999", "invalid-syntax"])
def test_a_file_that_does_not_parse_is_told_apart(code: str | None) -> None:
    assert parse(json.dumps([RAW | {"code": code}]).encode()).unparsed == {"/w/a.py"}


def test_no_violation_is_an_empty_report() -> None:
    assert parse(b"[]\n").violations == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'[{"code": "W293", "name": "x", "count": 3, "fixable": true}]', "ruff --statistics"),
        (b"warning: The top-level linter settings are deprecated\n[]", "standard error"),
        (b"Would reformat: a.py\n", "messages stand"),
        (json.dumps([RAW | {"location": {"row": "3"}}]).encode(), "shape"),
        (json.dumps(RAW).encode(), "shape"),
        (json.dumps([RAW]).encode()[:-3], "cut off"),
        (json.dumps([RAW]).replace('"noqa_row"', '"code": "", "noqa_row"').encode(), "twice"),
        (b"", "empty"),
        (b"null", "shape"),
    ],
)
def test_other_output_is_malformed_and_named(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(data)
    assert message in refused.value.message


def test_it_is_recognised_by_content() -> None:
    assert sniff(json.dumps([RAW]).encode())
    assert sniff(json.dumps([RAW], indent=2).encode()[:200])
    assert not sniff(b"[]")
    assert not sniff(b'[{"code": "W293", "name": "x", "count": 3, "fixable": true}]')
    assert not sniff(b"")
