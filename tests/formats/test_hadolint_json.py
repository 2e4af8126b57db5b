"""Hadolint's JSON: levels, places, and several documents in one file."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.formats.scanners.hadolint_json import Rank, parse, sniff
from auditor.formats.text.errors import FormatError, Malformed, TooLarge

FINDING = {
    "code": "DL3008",
    "column": 1,
    "file": ".\\docker\\Dockerfile",
    "level": "warning",
    "line": 9,
    "message": "Pin versions.",
}


def report(**changes: object) -> bytes:
    return json.dumps([FINDING | changes]).encode()


def test_a_finding_has_a_level_and_a_place() -> None:
    (finding,) = parse(report()).findings
    assert (finding.code, finding.path, finding.line) == ("DL3008", "docker/Dockerfile", 9)
    assert (finding.rank, parse(report()).count(Rank.WARNING)) == (Rank.WARNING, 1)
    assert parse(report(line=-1)).findings[0].line is None


@pytest.mark.parametrize("between", [b"", b"\n", b"\n\n  "])
def test_documents_of_several_runs_count_together(between: bytes) -> None:
    found = parse(report() + between + b"[]" + between + report(file="b", level="error"))
    assert (found.documents, found.paths) == (3, ("docker/Dockerfile", "b"))
    assert (found.count(Rank.ERROR), found.count(Rank.WARNING)) == (1, 1)


def test_an_empty_report_names_no_file() -> None:
    assert (parse(b"[]").documents, parse(b"[]").paths) == (1, ())


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (report(level="fatal"), "level 'fatal'", None),
        (report(line="9"), "shape", None),
        (report(line=1.5), "shape", None),
        (report(code=None), "shape", None),
        (b'[{"code": "DL1"}]', "shape", None),
        (b"{}", "shape", None),
        (b"null", "shape", None),
        (b"", "empty", None),
        (b"]", "not JSON", 1),
        (report() + b"\n[{", "cut off", 2),
        (report() + b"\nhadolint: no such file", "not JSON", 2),
        (report().replace(b'"code"', b'"line": 1, "code"'), "`line` twice", 1),
    ],
)
def test_other_shapes_are_malformed(data: bytes, message: str, line: int | None) -> None:
    with pytest.raises(Malformed) as refused:
        parse(data)
    assert message in refused.value.message
    assert refused.value.line == line


def test_too_many_documents_are_refused() -> None:
    with pytest.raises(TooLarge):
        parse(b"[]" * 10_001)


def test_it_is_recognised_by_content() -> None:
    assert sniff(report())
    assert sniff(b"[]\n" + report())
    assert sniff(report().decode().encode("utf-16"))
    assert not sniff(b"[]")
    assert not sniff(b'[{"code": "F401", "filename": "a.py", "level": "x"}]')
    assert not sniff(b"")


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_damaged_report_is_read_or_refused(data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(FINDING)))
    document = report(**{key: data.draw(VALUES | st.lists(VALUES, max_size=2))}) * 2
    at = data.draw(st.integers(0, len(document)))
    junk = data.draw(
        st.sampled_from([b"", b"]", b"[", b'"', b"\\", b"{", b"}", b"\xff", b"9" * 400])
    )
    for one in (document, document[:at], document[:at] + junk + document[at:]):
        assert sniff(one) in (True, False)
        with suppress(FormatError):
            assert parse(one).documents >= 1
