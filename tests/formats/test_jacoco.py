"""JaCoCo reports: counted from the lines of source files, whatever their counters state."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.coverage.coverage_report import Declared
from auditor.formats.coverage.jacoco import parse, sniff
from auditor.formats.text.errors import FormatError, Malformed, TooLarge

REPORT = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">
<report name="orders">
<sessioninfo id="new" start="1715617950000" dump="1715617956000"/>
<sessioninfo id="old" start="1715617900000" dump="1715617956"/>
<package name="com/acme/orders">
<class name="com/acme/orders/Order" sourcefilename="Order.java">
<method name="total" desc="()I" line="4"><counter type="LINE" missed="7" covered="7"/></method>
</class>
<sourcefile name="Order.java">
<line nr="4" mi="0" ci="3" mb="0" cb="0"/>
<line nr="6" mi="2" ci="1" mb="1" cb="1"/>
<line nr="9" mi="5" ci="0" mb="0" cb="0"/>
<counter type="LINE" missed="1" covered="2"/>
</sourcefile>
<counter type="LINE" missed="99" covered="99"/>
</package>
<counter type="LINE" missed="1" covered="2"/>
<counter type="BRANCH" missed="1" covered="1"/>
</report>"""


def test_a_line_ran_when_one_of_its_instructions_did() -> None:
    report = parse(REPORT)
    (file,) = report.files
    assert (file.path, file.statements, file.covered) == ("com/acme/orders/Order.java", 3, 2)
    assert (file.branches, file.covered_branches, file.last_line) == (2, 1, 9)
    assert report.declared == Declared(statements=3, covered=2, branches=2, covered_branches=1)
    assert (report.disagreement, report.branch_disagreement) == ((), ())


def test_of_merged_sessions_the_oldest_gives_the_time() -> None:
    one = REPORT.replace(b'dump="1715617956"', b'dump="1715617956001"')
    assert parse(one).produced_at == datetime(2024, 5, 13, 16, 32, 36, tzinfo=UTC)
    older = REPORT.replace(b'dump="1715617956"', b'dump="1600000000000"')
    assert parse(older).produced_at == datetime(2020, 9, 13, 12, 26, 40, tzinfo=UTC)
    none = REPORT.replace(b"sessioninfo", b"session")
    assert parse(none).produced_at is None


def test_groups_are_modules_so_that_files_of_one_name_stay_apart() -> None:
    body = REPORT[REPORT.index(b"<package") : REPORT.index(b"</package>") + 10]
    report = parse(
        b'<report name="all"><group name="a">%b</group><group name="b"><group name="c">%b</group>'
        b"</group></report>" % (body, body)
    )
    assert [(f.module, f.path) for f in report.files] == [
        ("a", "com/acme/orders/Order.java"),
        ("b/c", "com/acme/orders/Order.java"),
    ]


def test_branches_that_were_not_measured_are_none() -> None:
    bare = REPORT.replace(b'<counter type="BRANCH" missed="1" covered="1"/>', b"").replace(
        b'mb="1" cb="1"', b'mb="0" cb="0"'
    )
    assert (parse(bare).branches, parse(bare).branch_percent) == (None, None)


def test_a_counter_that_boasts_is_contradicted() -> None:
    whole = REPORT.replace(b'missed="1" covered="2"/>\n<c', b'missed="0" covered="3"/>\n<c')
    assert parse(whole).disagreement == (
        "The report states 3 covered lines, and its files add up to 2.",
    )
    file = REPORT.replace(b'missed="1" covered="2"/>\n</s', b'missed="0" covered="3"/>\n</s')
    assert "Order.java states 3 of 3" in parse(file).disagreement[0]
    assert parse(file).line_percent == pytest.approx(200 / 3)


def test_counters_without_lines_are_no_percentage() -> None:
    report = parse(b'<report name="x"><counter type="LINE" missed="0" covered="9"/></report>')
    assert report.line_percent is None
    assert report.disagreement


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('ci="3"', 'ci="-3"', "ci='-3'"),
        ('ci="3"', 'ci="NaN"', "ci='NaN'"),
        ('ci="3"', f'ci="{"9" * 5000}"', "no count"),
        ('ci="3"', "", "ci=''"),
        ('nr="4"', 'nr="0"', "no line of a file"),
        ('nr="4"', 'nr="99999999"', "no line of a file"),
        ('nr="6"', 'nr="4"', "line 4 of 'com/acme/orders/Order.java' twice"),
        ('covered="2"', 'covered="two"', "covered='two'"),
        ('<sourcefile name="Order.java">', "<sourcefile>", "names no file"),
        ('dump="1715617956000"', 'dump="today"', "dump='today'"),
        ("</report>", "", "cut off"),
    ],
)
def test_nonsense_is_refused_by_name(old: str, new: str, message: str) -> None:
    text = REPORT.decode()
    assert old in text
    with pytest.raises(Malformed) as refused:
        parse(text.replace(old, new, 1).encode())
    assert message in refused.value.message
    assert refused.value.line is not None


def test_a_source_file_may_not_stand_twice_nor_outside_a_package() -> None:
    body = REPORT[REPORT.index(b"<sourcefile") : REPORT.index(b"</sourcefile>") + 13]
    with pytest.raises(Malformed, match="twice"):
        parse(REPORT.replace(body, body + body))
    with pytest.raises(Malformed, match="outside"):
        parse(b"<report>" + body + b"</report>")


@pytest.mark.parametrize(
    "data",
    [
        b'<report name="x"/>',
        b'<report name="x"><entry/></report>',
        b'<coverage line-rate="1"/>',
        b'<other name="x"><package/></other>',
        b"",
    ],
)
def test_other_documents_are_neither_recognised_nor_read(data: bytes) -> None:
    assert not sniff(data)
    with pytest.raises(Malformed):
        parse(data)


def test_it_is_recognised_with_and_without_its_document_type() -> None:
    assert sniff(REPORT[:160])
    assert sniff(b'<report name="x"><group name="y">')


def test_entities_are_refused() -> None:
    bomb = REPORT.replace(b'"report.dtd">', b'"report.dtd" [<!ENTITY a "b">]>')
    with pytest.raises(Malformed, match="entit"):
        parse(bomb)


def test_nesting_is_bounded() -> None:
    with pytest.raises(TooLarge):
        parse(b'<report><group name="g">' + b"<group>" * 500)


@given(st.lists(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=6), max_size=5))
def test_counts_equal_the_lines_that_were_written(files: list[list[tuple[int, int]]]) -> None:
    body = "".join(
        f'<sourcefile name="F{i}.kt">'
        + "".join(
            f'<line nr="{n}" mi="{mi}" ci="{ci}" mb="0" cb="0"/>'
            for n, (mi, ci) in enumerate(lines, start=1)
        )
        + "</sourcefile>"
        for i, lines in enumerate(files)
    )
    document = f'<report name="r"><sessioninfo id="a" start="1" dump="2"/><package>{body}</package>'
    report = parse(f"{document}</report>".encode())
    pairs = [pair for lines in files for pair in lines]
    assert report.statements == sum(mi + ci > 0 for mi, ci in pairs)
    assert report.covered == sum(ci > 0 for _, ci in pairs)


@given(st.integers(0, len(REPORT)), st.integers(0, 20), st.binary(max_size=6))
def test_whatever_is_done_to_a_report_it_is_read_or_refused(at: int, gone: int, put: bytes) -> None:
    try:
        report = parse(REPORT[:at] + put + REPORT[at + gone :])
    except FormatError:
        return
    assert report.covered <= report.statements
