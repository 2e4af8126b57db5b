"""Pylint's JSON in both dialects: types of messages, files that did not parse, what comments silence."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.formats.scanners.pylint_json import parse, sniff
from auditor.formats.text.errors import FormatError, Malformed

MESSAGE = {
    "type": "warning",
    "module": "app.a",
    "obj": "",
    "line": 2,
    "column": 0,
    "path": "app\\a.py",
    "symbol": "unused-import",
    "message": "Unused import re",
    "message-id": "W0611",
}
KINDS = ("fatal", "error", "warning", "refactor", "convention", "info")


def message(**changes: Any) -> dict[str, Any]:
    return MESSAGE | changes


def plain(*messages: dict[str, Any]) -> bytes:
    return json.dumps(messages).encode()


def json2(*messages: dict[str, Any], modules: int = 12, **counts: int) -> bytes:
    """The dialect that pylint calls json2."""
    stated = {kind: sum(m["type"] == kind for m in messages) for kind in KINDS} | counts
    renamed = [{**m, "messageId": m["message-id"]} for m in messages]
    for one in renamed:
        del one["message-id"]
    statistics = {"messageTypeCount": stated, "modulesLinted": modules, "score": 9.5}
    return json.dumps({"messages": renamed, "statistics": statistics}).encode()


def test_errors_are_fatal_and_error_and_taste_is_not_counted() -> None:
    report = parse(plain(*(message(type=kind) for kind in KINDS[:5])))
    assert (report.errors, report.warnings) == (2, 1)
    assert report.by_kind == dict.fromkeys(KINDS[:5], 1)
    assert report.messages[0].path == "app/a.py"


@pytest.mark.parametrize(
    ("written", "read"), [(4, 4), (1, 1), (None, None), (0, None), (-3, None), (2**31, None)]
)
def test_the_last_line_of_a_message_is_kept_where_pylint_knows_it(
    written: int | None, read: int | None
) -> None:
    for data in (plain(message(endLine=written)), json2(message(endLine=written))):
        assert [(one.line, one.end_line) for one in parse(data).messages] == [(2, read)]
    assert parse(plain(message())).messages[0].end_line is None


def test_paths_of_windows_get_slashes_and_it_is_told_that_they_had_none() -> None:
    here = message(path="./app/a.py")
    assert parse(plain(here, message())).windows
    assert not parse(plain(here)).windows
    assert {one.path for one in parse(plain(here, message())).messages} == {"app/a.py"}


def test_the_plain_dialect_tells_neither_files_nor_suppressions() -> None:
    report = parse(plain(message()))
    assert (report.files, report.files_checked, report.suppressed) == (None, None, None)


def test_the_second_dialect_counts_modules_and_two_of_pylints_own() -> None:
    assert parse(json2(modules=12)).files_checked == 10
    assert parse(json2(modules=1)).files_checked == 0


def test_silenced_messages_are_counted_where_information_was_enabled() -> None:
    silenced = message(type="info", symbol="suppressed-message", **{"message-id": "I0020"})
    assert parse(plain(message(), silenced, silenced)).suppressed == 2
    disabled = message(type="info", symbol="locally-disabled", **{"message-id": "I0011"})
    assert parse(plain(message(), disabled)).suppressed is None


@pytest.mark.parametrize(
    ("kind", "symbol"), [("fatal", "fatal"), ("error", "syntax-error"), ("fatal", "astroid-error")]
)
def test_false_green_a_file_that_did_not_parse_was_not_checked(kind: str, symbol: str) -> None:
    report = parse(json2(message(type=kind, symbol=symbol), modules=5))
    assert (report.errors, report.unparsed, report.files_checked) == (1, ("app/a.py",), 2)


def test_false_green_statistics_that_count_more_than_is_listed_win() -> None:
    report = parse(json2(message(), error=3))
    assert report.errors == 3
    assert report.disagreement == (
        "The statistics count 3 messages of type error, and 0 are listed.",
    )


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "empty"),
        (b"{}", "shape"),
        (b"3", "shape"),
        (plain(message(type="note")), "type 'note'"),
        (plain(message(line="2")), "shape"),
        (plain(message(endLine="2")), "shape"),
        (plain(message(endLine=2.5)), "shape"),
        (plain(message(path=None)), "shape"),
        (json2(message(), modules=-1), "shape"),
        (json2(message(), error=-1), "shape"),
        (plain(message())[:-3], "cut off"),
        (plain(message()) + b"\nYour code has been rated", "not JSON"),
    ],
)
def test_other_shapes_are_malformed(data: bytes, text: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(data)
    assert text in refused.value.message


def test_it_is_recognised_by_content() -> None:
    braces = message(message="Consider using '{}' or {x}, said \"so\".")
    for own in (plain(message()), json2(message()), json2(), plain(braces), json2(braces)):
        assert sniff(own)
        assert sniff(own.decode().encode("utf-16"))
    for other in (b"[]", b"", b'{"messages": []}', b'[{"code": "F401", "message": "x"}]',
                  b'[{"filePath": "a", "messages": []}]', b'{"messages": [{"symbol": "x"}]}'):  # fmt: skip
        assert not sniff(other)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_damaged_report_is_read_or_refused(data: st.DataObject) -> None:
    changed = message(**{data.draw(st.sampled_from(sorted(MESSAGE))): data.draw(VALUES)})
    document = data.draw(st.sampled_from([plain(changed, MESSAGE), json2(changed, MESSAGE)]))
    at = data.draw(st.integers(0, len(document)))
    junk = data.draw(st.sampled_from([b"", b"]", b"[", b'"', b"\\", b"{", b"\xff", b"9" * 400]))
    for one in (document, document[:at], document[:at] + junk + document[at:]):
        assert sniff(one) in (True, False)
        with suppress(FormatError):
            assert parse(one).errors >= 0
