"""ESLint's JSON: files with their messages, ignored and broken files, `--quiet`."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.formats.scanners.eslint_json import parse, sniff
from auditor.formats.text.errors import FormatError, Malformed

ERROR = {"ruleId": "no-undef", "severity": 2, "message": "'x' is not defined.", "line": 3}
WARNING = {"ruleId": "eqeqeq", "severity": 1, "message": "Expected '==='.", "line": 1}
FATAL = {"ruleId": None, "fatal": True, "severity": 2, "message": "Parsing error: (", "line": 1}
IGNORED = {
    "ruleId": None,
    "fatal": False,
    "severity": 1,
    "message": "File ignored because of a matching ignore pattern.",
}


def file(path: str, *messages: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A file's entry as ESLint writes it."""
    return {
        "filePath": path,
        "messages": list(messages),
        "suppressedMessages": [],
        "errorCount": sum(m["severity"] == 2 for m in messages),
        "fatalErrorCount": sum(m.get("fatal") is True for m in messages),
        "warningCount": sum(m["severity"] == 1 for m in messages),
        "usedDeprecatedRules": [],
    } | changes


def written(*files: dict[str, Any]) -> bytes:
    return json.dumps(list(files)).encode()


def test_every_file_is_counted_with_its_messages() -> None:
    report = parse(written(file("/w/src/a.js", ERROR, WARNING), file("/w/src/b.ts")))
    assert (report.errors, report.warnings, report.suppressed) == (1, 1, 0)
    assert (report.files, report.files_checked) == (("/w/src/a.js", "/w/src/b.ts"), 2)
    first = report.messages[0]
    assert (first.rule, first.kind, first.path, first.line) == (
        "no-undef",
        "error",
        "/w/src/a.js",
        3,
    )
    assert report.disagreement == ()


def test_paths_of_windows_get_slashes() -> None:
    report = parse(written(file("C:\\w\\src\\a.js"), file("b.js")))
    assert (report.files, report.windows) == (("C:/w/src/a.js", "b.js"), True)
    assert not parse(written(file("/w/src/a.js"))).windows


def test_messages_that_a_directive_silences_are_counted() -> None:
    report = parse(written(file("a.js", suppressedMessages=[ERROR, WARNING])))
    assert (report.errors, report.suppressed) == (0, 2)


def test_an_old_report_does_not_tell_what_was_silenced() -> None:
    old = file("a.js")
    del old["suppressedMessages"], old["fatalErrorCount"]
    assert parse(written(old)).suppressed is None


def test_metadata_around_the_results_does_not_matter() -> None:
    whole = json.dumps({"results": [file("a.js", ERROR)], "metadata": {"cwd": "/w"}}).encode()
    assert sniff(whole)
    assert parse(whole).errors == 1


def test_false_green_a_file_that_did_not_parse_was_not_checked() -> None:
    report = parse(written(file("a.js", FATAL), file("b.js", WARNING)))
    assert (report.errors, report.unparsed, report.files) == (1, ("a.js",), ("b.js",))
    assert report.messages[0].kind == "fatal"


def test_false_green_an_ignored_file_was_not_checked() -> None:
    report = parse(written(file("a.js", IGNORED)))
    assert (report.files, report.files_checked, report.messages) == ((), 0, ())
    assert (report.errors, report.warnings) == (0, 0)


def test_false_green_quiet_hides_warnings_and_clean_files() -> None:
    report = parse(written(file("a.js", ERROR), file("b.js", ERROR)))
    assert (report.errors, report.warnings) == (2, None)
    assert (report.files, report.files_checked) == (None, None)


def test_false_green_counts_that_the_messages_contradict_are_said() -> None:
    report = parse(written(file("a.js", ERROR, errorCount=0), file("b.js", WARNING)))
    assert report.errors == 1
    assert "0 errors in a.js and lists 1" in report.disagreement[0]
    assert parse(written(file("a.js", errorCount=7))).errors == 7


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"{}", "shape"),
        (b"null", "shape"),
        (written(file("a.js", errorCount=-1)), "shape"),
        (written(file("a.js", errorCount="1")), "shape"),
        (written(file("a.js", errorCount=1.5)), "shape"),
        (written(file("a.js", ERROR | {"severity": 3})), "severity 3"),
        (written(file("a.js", ERROR | {"endLine": "3"})), "shape"),
        (written(file("a.js"))[:-9], "cut off"),
        (written(file("a.js")) + b"\nDone.", "not JSON"),
        (b'[{"filePath": "a", "filePath": "b"}]', "shape"),
        (written(file("a.js")).replace(b'"errorCount": 0', b'"errorCount": NaN'), "not JSON"),
    ],
)
def test_other_shapes_are_malformed(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(data)
    assert message in refused.value.message


def test_a_line_that_no_file_has_is_left_out() -> None:
    for line in (0, -1, 10**12, 1e300):
        (found,) = parse(written(file("a.js", ERROR | {"line": line, "endLine": line}))).messages
        assert (found.line, found.end_line) == (None, None)


def test_the_last_line_of_a_message_is_kept_where_eslint_writes_it() -> None:
    report = parse(written(file("a.js", ERROR | {"endLine": 5}, WARNING)))
    assert [one.end_line for one in report.messages] == [5, None]


def test_it_is_recognised_by_content() -> None:
    assert sniff(written(file("a.js")))
    assert sniff(written(file("a.js", ERROR)).decode().encode("utf-16"))
    for other in (b"[]", b"", b'[{"filePath": "a.js"}]', b'{"results": []}',
                  b'[{"type": "error", "message-id": "E1"}]'):  # fmt: skip
        assert not sniff(other)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_damaged_report_is_read_or_refused(data: st.DataObject) -> None:
    entry = file("a.js", ERROR, WARNING)
    entry[data.draw(st.sampled_from(sorted(entry)))] = data.draw(
        VALUES | st.lists(VALUES, max_size=2)
    )
    document = written(entry, file("b.js"))
    at = data.draw(st.integers(0, len(document)))
    junk = data.draw(st.sampled_from([b"", b"]", b"[", b'"', b"\\", b"{", b"\xff", b"9" * 400]))
    for one in (document, document[:at], document[:at] + junk + document[at:]):
        assert sniff(one) in (True, False)
        with suppress(FormatError):
            assert parse(one).errors >= 0
