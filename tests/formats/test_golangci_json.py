"""golangci-lint's JSON: issues, their severity, and which linters were on."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.formats.scanners.golangci_json import parse, sniff
from auditor.formats.text.errors import FormatError, Malformed

ISSUE = {
    "FromLinter": "errcheck",
    "Text": "Error return value is not checked",
    "Severity": "",
    "SourceLines": ["\tf.Close()"],
    "Pos": {"Filename": "cmd/main.go", "Offset": 0, "Line": 9, "Column": 2},
}
ON = [{"Name": "errcheck", "Enabled": True}, {"Name": "dupl"}]


def written(*issues: dict[str, Any], **report: Any) -> bytes:
    return json.dumps({"Issues": list(issues), "Report": {"Linters": ON} | report}).encode()


def test_an_issue_is_an_error_unless_it_says_something_milder() -> None:
    report = parse(written(ISSUE, ISSUE | {"Severity": "warning"}, ISSUE | {"Severity": "high"}))
    assert (report.errors, report.warnings) == (2, 1)
    first = report.messages[0]
    assert (first.rule, first.path, first.line) == ("errcheck", "cmd/main.go", 9)


def test_a_clean_run_tells_that_linters_were_on_and_no_more() -> None:
    for data in (
        written(),
        b'{"Issues": null, "Report": {"Linters": [{"Name": "a", "Enabled": true}]}}',
    ):
        report = parse(data)
        assert (report.errors, report.disabled, report.failure) == (0, False, None)
        assert (report.files, report.files_checked, report.suppressed) == (None, None, None)


def test_false_green_where_no_linter_was_on_nothing_was_linted() -> None:
    assert parse(written(Linters=[{"Name": "errcheck"}])).disabled
    assert parse(written(Linters=[])).disabled


def test_false_green_source_that_does_not_compile_was_not_linted() -> None:
    report = parse(written(ISSUE | {"FromLinter": "typecheck"}))
    assert (report.errors, report.unparsed) == (1, ("cmd/main.go",))


def test_false_green_a_run_that_ended_with_an_error_says_so() -> None:
    assert parse(written(Error="timeout")).failure == "timeout"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "empty"),
        (b"[]", "shape"),
        (b'{"Issues": []}', "shape"),
        (written(ISSUE | {"Text": None}), "shape"),
        (written(ISSUE | {"Pos": None}), "shape"),
        (written(ISSUE)[:-4], "cut off"),
        (written() + b"\n0 issues.", "not JSON"),
    ],
)
def test_other_shapes_are_malformed(data: bytes, text: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(data)
    assert text in refused.value.message


def test_it_is_recognised_by_content() -> None:
    assert sniff(written())
    assert sniff(written(ISSUE))
    for other in (b"[]", b"{}", b"", b'{"Issues": [{"code": 1}]}', b'{"issues": []}'):
        assert not sniff(other)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_damaged_report_is_read_or_refused(data: st.DataObject) -> None:
    changed = ISSUE | {data.draw(st.sampled_from(sorted(ISSUE))): data.draw(VALUES)}
    document = written(changed, ISSUE)
    at = data.draw(st.integers(0, len(document)))
    junk = data.draw(st.sampled_from([b"", b"]", b"[", b'"', b"\\", b"{", b"\xff", b"9" * 400]))
    for one in (document, document[:at], document[:at] + junk + document[at:]):
        assert sniff(one) in (True, False)
        with suppress(FormatError):
            assert parse(one).errors >= 0
