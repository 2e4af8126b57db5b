"""LCOV tracefiles: lines counted once, records of one file put together, nothing passed over."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.coverage.coverage_report import Declared
from auditor.formats.coverage.lcov import parse, sniff
from auditor.formats.text.errors import FormatError, Malformed, TooLarge

REPORT = b"""TN:unit
SF:/build/src/a.c
FN:1,main
FNDA:3,main
FNF:1
FNH:1
BRDA:2,0,0,3
BRDA:2,0,1,-
BRF:2
BRH:1
DA:1,3
DA:2,3,checksum
DA:3,0
LF:3
LH:2
end_of_record
SF:src\\b.c
DA:1,0
LF:1
LH:0
end_of_record
"""


def test_lines_and_branches_are_counted() -> None:
    report = parse(REPORT)
    assert [(f.path, f.statements, f.covered, f.branches, f.last_line) for f in report.files] == [
        ("/build/src/a.c", 3, 2, 2, 3),
        ("src\\b.c", 1, 0, 0, 1),
    ]
    assert (report.line_percent, report.branch_percent) == (50.0, 50.0)
    assert report.declared == Declared(statements=4, covered=2)
    assert (report.disagreement, report.branch_disagreement) == ((), ())


def test_it_carries_no_time_and_no_excluded_lines() -> None:
    report = parse(REPORT)
    assert (report.produced_at, report.excluded_lines) == (None, None)


def test_branches_that_were_not_measured_are_none() -> None:
    lines = [line for line in REPORT.splitlines(keepends=True) if not line.startswith(b"BR")]
    report = parse(b"".join(lines))
    assert (report.branches, report.branch_percent) == (None, None)


def test_lines_that_name_a_test_are_counted_an_empty_name_too() -> None:
    assert parse(REPORT).details["tests"] == 1
    assert parse(b"TN:\n" + REPORT).details["tests"] == 2
    assert parse(REPORT.replace(b"TN:unit\n", b"")).details["tests"] == 0
    assert parse(REPORT.replace(b"TN:unit", b"# TN:")).details["tests"] == 0


def test_records_of_one_file_are_put_together() -> None:
    report = parse(
        b"TN:one\nSF:a.c\nDA:1,1\nDA:2,0\nLF:2\nLH:1\nend_of_record\n"
        b"TN:two\nSF:a.c\nDA:1,0\nDA:2,0\nDA:3,7\nLF:3\nLH:1\nend_of_record\n"
    )
    (file,) = report.files
    assert (file.statements, file.covered) == (3, 2)
    assert report.disagreement == ()


def test_a_line_that_is_written_twice_counts_once() -> None:
    report = parse(b"SF:a.c\nDA:1,1\nDA:01,1\nDA:1,0\nDA:2,0\nLF:4\nLH:2\nend_of_record\n")
    assert (report.statements, report.covered) == (2, 1)
    assert report.disagreement == ()


@pytest.mark.parametrize(("old", "new"), [(b"LF:3", b"LF:9"), (b"LH:2", b"LH:3")])
def test_a_total_that_boasts_is_contradicted(old: bytes, new: bytes) -> None:
    assert parse(REPORT.replace(old, new)).disagreement
    twice = REPORT + REPORT
    assert parse(twice).disagreement == ()
    assert parse(twice.replace(old, new, 1)).disagreement


def test_branches_that_are_only_stated_do_not_count() -> None:
    report = parse(b"SF:a.c\nDA:1,1\nBRF:9\nBRH:9\nend_of_record\n")
    assert (report.branches, report.branch_percent) == (0, None)
    assert report.branch_disagreement


def test_no_lines_are_no_percentage() -> None:
    assert parse(b"SF:a.c\nend_of_record\n").line_percent is None


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b""])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing(mark: bytes, end: bytes) -> None:
    data = mark + REPORT.replace(b"\n", end)
    assert sniff(data)
    assert parse(data) == parse(REPORT)
    assert parse(REPORT.decode().encode("utf-16")) == parse(REPORT)


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        (b"DA:3,0", b"DA:3,-1", "no counts", 13),
        (b"DA:3,0", b"DA:0,1", "no counts", 13),
        (b"DA:3,0", b"DA:-3,1", "no counts", 13),
        (b"DA:3,0", b"DA:3,NaN", "no counts", 13),
        (b"DA:3,0", b"DA:3,1e3", "no counts", 13),
        (b"DA:3,0", b"DA:3", "no counts", 13),
        (b"DA:3,0", b"DA:" + b"9" * 30 + b",1", "no counts", 13),
        (b"BRDA:2,0,1,-", b"BRDA:2,0,1,x", "no counts", 8),
        (b"LF:3", b"LF:all", "no counts", 14),
        (b"SF:/build/src/a.c", b"SF:", "names no file", 2),
        (b"SF:src\\b.c", b"SF:" + b"x" * 5000, "names no file", 17),
        (b"LH:0\nend_of_record\n", b"", "cut off", 17),
    ],
)
def test_nonsense_is_refused_with_its_line(old: bytes, new: bytes, message: str, line: int) -> None:
    assert old in REPORT
    with pytest.raises(Malformed, match=message) as refused:
        parse(REPORT.replace(old, new, 1))
    assert refused.value.line == line


@pytest.mark.parametrize(
    "data", [b"", b"mode: set\na.go:1.1,2.2 1 1\n", b"<coverage/>", b"{}", b"TN:\n", b"SFX: a\n"]
)
def test_other_documents_are_neither_recognised_nor_read(data: bytes) -> None:
    assert not sniff(data)
    with pytest.raises(Malformed):
        parse(data)


def test_it_is_recognised_by_its_first_record() -> None:
    assert sniff(REPORT[:60])
    assert sniff(b"# made by us\nTN:\n\nSF:a.c\nVER:1\n")
    assert not sniff(b"SF: our summary of findings\nwas written by hand\n")


def test_a_file_of_endless_lines_is_too_large() -> None:
    lines = b"".join(b"DA:%d,1\n" % number for number in range(1, 500_003))
    with pytest.raises(TooLarge, match="lines of a"):
        parse(b"SF:a\n" + lines + b"end_of_record\n")
    with pytest.raises(TooLarge, match="a line of more"):
        parse(b"SF:a\nFN:1," + b"x" * (3 << 20) + b"\nend_of_record\n")


HITS = st.dictionaries(st.integers(1, 40), st.integers(0, 3), max_size=8)


@given(st.lists(st.tuples(st.sampled_from("abc"), HITS), min_size=1, max_size=6))
def test_counts_equal_the_lines_that_were_written(
    records: list[tuple[str, dict[int, int]]],
) -> None:
    text = ""
    expected: dict[str, dict[int, int]] = defaultdict(dict)
    for name, hits in records:
        text += f"SF:{name}\n" + "".join(f"DA:{n},{h}\n" for n, h in hits.items())
        text += "end_of_record\n"
        for number, hit in hits.items():
            expected[name][number] = max(hit, expected[name].get(number, 0))
        expected[name].update({})
    report = parse(text.encode())
    assert {f.path: (f.statements, f.covered) for f in report.files} == {
        name: (len(hits), sum(h > 0 for h in hits.values())) for name, hits in expected.items()
    }


@given(st.integers(0, len(REPORT)), st.integers(0, 20), st.binary(max_size=6))
def test_whatever_is_done_to_a_report_it_is_read_or_refused(at: int, gone: int, put: bytes) -> None:
    data = REPORT[:at] + put + REPORT[at + gone :]
    try:
        report = parse(data)
    except FormatError:
        return
    assert report.covered <= report.statements
