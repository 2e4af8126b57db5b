"""Type checkers' output: messages counted, a summary compared, and no run mistaken for a clean one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.scanners import mypy_output, pyright_output
from auditor.formats.text.errors import FormatError, Malformed

MYPY = """app/a.py: note: In function "f":
app/a.py:3: error: Incompatible return value type (got "str", expected "int")  [return-value]
app/b.py:7:5: error: Name "x" is not defined  [name-defined]
Found 2 errors in 2 files (checked 9 source files)
"""
JSON_LINES = (
    '{"file": "a.py", "line": 3, "column": 4, "message": "Bad", "hint": null, "code": "arg-type", "severity": "error"}\n'
    '{"file": "a.py", "line": -1, "column": 0, "message": "See", "hint": null, "code": null, "severity": "note"}\n'
)
PYRIGHT = {
    "version": "1.1.400",
    "time": "1772452800000",
    "generalDiagnostics": [
        {"file": "/src/a.py", "severity": "error", "message": "No", "rule": "reportCallIssue",
         "range": {"start": {"line": 4, "character": 0}, "end": {"line": 4, "character": 3}}},
        {"file": "/src/b.py", "severity": "information", "message": "Note"},
    ],
    "summary": {"filesAnalyzed": 12, "errorCount": 1, "warningCount": 0, "informationCount": 1, "timeInSec": 1.0},
}  # fmt: skip
TEXT = """/src/a.py
  /src/a.py:5:1 - error: No (reportCallIssue)
  /src/a.py:6:1 - warning: Hm (reportUnused)
1 error, 1 warning, 0 informations
"""


def test_mypy_text_is_counted_and_its_summary_read() -> None:
    seen = mypy_output.parse(MYPY.encode())
    assert (seen.errors, seen.count("note"), seen.files_checked, seen.complete) == (2, 1, 9, True)
    assert [(d.path, d.line, d.code) for d in seen.diagnostics] == [
        ("app/a.py", None, None),
        ("app/a.py", 3, "return-value"),
        ("app/b.py", 7, "name-defined"),
    ]
    assert seen.disagreement is None


def test_mypy_success_tells_how_many_files_it_means() -> None:
    seen = mypy_output.parse(b"Success: no issues found in 31 source files\n")
    assert (seen.errors, seen.files_checked, seen.complete) == (0, 31, True)


def test_mypy_json_lines_have_no_summary_so_the_run_is_not_known_to_be_whole() -> None:
    seen = mypy_output.parse(JSON_LINES.encode())
    assert (seen.errors, seen.files_checked, seen.complete) == (1, None, False)
    assert [d.line for d in seen.diagnostics] == [3, None]


def test_the_form_of_a_report_is_told() -> None:
    assert [mypy_output.parse(one.encode()).dialect for one in (MYPY, JSON_LINES)] == [
        "text",
        "JSON lines",
    ]
    assert mypy_output.parse(b"\n \n" + JSON_LINES.encode()).dialect == "JSON lines"
    assert pyright_output.parse(json.dumps(PYRIGHT).encode()).dialect == "JSON"
    assert pyright_output.parse(TEXT.encode()).dialect == "text"


def test_false_green_a_report_without_its_errors_is_told_by_its_summary() -> None:
    kept = "".join(line + "\n" for line in MYPY.splitlines() if "error:" not in line)
    assert mypy_output.parse(kept.encode()).disagreement == (
        "The summary states 2 errors, and 0 are listed."
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"hello\n", b"usage: mypy [-h]\nmypy: error: unrecognized arguments: --json\n", b'{"file": 1}\n',
     JSON_LINES.encode()[:-30]],
)  # fmt: skip
def test_false_green_a_mypy_that_did_not_run_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        mypy_output.parse(data)


def test_pyright_json_is_read_with_lines_from_1_and_its_time() -> None:
    seen = pyright_output.parse(json.dumps(PYRIGHT).encode())
    assert (seen.errors, seen.count("note"), seen.files_checked) == (1, 1, 12)
    assert (seen.diagnostics[0].path, seen.diagnostics[0].line) == ("/src/a.py", 5)
    assert seen.made_at is not None
    assert seen.made_at.isoformat() == "2026-03-02T12:00:00+00:00"


def test_pyright_text_is_counted() -> None:
    seen = pyright_output.parse(TEXT.encode())
    assert (seen.errors, seen.count("warning"), seen.complete, seen.files_checked) == (
        1,
        1,
        True,
        None,
    )


def test_false_green_pyright_counters_that_contradict_the_messages_are_said() -> None:
    value = {**PYRIGHT, "generalDiagnostics": []}
    assert pyright_output.parse(json.dumps(value).encode()).disagreement is not None


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"nothing\n", b'{"version": "1", "generalDiagnostics": []}']
)
def test_what_is_no_pyright_report_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        pyright_output.parse(data)


@pytest.mark.parametrize(
    ("data", "mypy", "pyright"),
    [
        (MYPY.encode(), True, False),
        (JSON_LINES.encode(), True, False),
        (b"Success: no issues found in 1 source file\n", True, False),
        (json.dumps(PYRIGHT).encode(), False, True),
        (TEXT.encode(), False, True),
        (b"0 errors, 0 warnings, 0 informations \n", False, True),
        (b"ERROR: it failed\n", False, False),
        (b'{"file": "a"}', False, False),
        (b"<xml/>", False, False),
    ],
)
def test_each_is_told_by_its_own_words(data: bytes, mypy: bool, pyright: bool) -> None:
    assert (mypy_output.sniff(data), pyright_output.sniff(data)) == (mypy, pyright)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_the_bytes_are_they_are_read_or_refused(data: bytes) -> None:
    for form in (mypy_output, pyright_output):
        form.sniff(data)
        try:
            form.parse(data)
        except FormatError:
            continue


@given(st.lists(st.sampled_from([*MYPY.splitlines(), *TEXT.splitlines(), "", "x: y"]), max_size=8))
def test_lines_in_any_order_are_counted_or_refused(lines: list[str]) -> None:
    data = "\n".join(lines).encode()
    for form in (mypy_output, pyright_output):
        try:
            seen = form.parse(data)
        except FormatError:
            continue
        assert seen.errors <= len(lines)
