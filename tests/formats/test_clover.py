"""Clover reports of three producers: counted from lines, whatever the metrics state."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.coverage import cobertura
from auditor.formats.coverage.clover import parse, sniff
from auditor.formats.text.errors import FormatError, Malformed, TooLarge

JAVA = b"""<?xml version="1.0" encoding="UTF-8"?>
<coverage generated="1715617956000" clover="4.4.1">
<project timestamp="1715617950000" name="orders">
<metrics statements="3" coveredstatements="2" conditionals="2" coveredconditionals="1"/>
<package name="acme"><file path="/build/src/Order.java" name="Order.java">
<metrics statements="3" coveredstatements="2"/><class name="Order"><metrics statements="99"/></class>
<line num="3" count="2" type="method"/>
<line num="4" count="2" type="stmt"/>
<line num="5" count="1" type="stmt"/>
<line num="5" truecount="1" falsecount="0" type="cond"/>
<line num="6" count="0" type="stmt"/>
</file></package></project>
<testproject name="tests"><metrics statements="9" coveredstatements="9"/>
<file name="OrderTest.java"><line num="1" count="1" type="stmt"/></file></testproject>
</coverage>"""
ISTANBUL = b"""<coverage generated="1715617956000" clover="3.2.0">
<project timestamp="1715617956000" name="All files">
<metrics statements="2" coveredstatements="1" conditionals="4" coveredconditionals="3"/>
<file name="a.ts" path="/ci/src/a.ts"><metrics statements="2" coveredstatements="1"/>
<line num="1" count="0" type="stmt"/><line num="2" count="5" type="cond" truecount="3" falsecount="1"/>
</file></project></coverage>"""
PHPUNIT = b"""<coverage generated="1715617956"><project timestamp="1715617956">
<file name="/app/src/A.php"><class name="A"/><line num="3" type="method" name="f" count="1"/>
<line num="5" type="stmt" count="1"/><line num="6" type="stmt" count="0"/></file>
<metrics files="1" statements="2" coveredstatements="1" conditionals="0" coveredconditionals="0"/>
</project></coverage>"""


def test_statements_of_java_are_counted_and_its_conditions_are_branches() -> None:
    report = parse(JAVA)
    (file,) = report.files
    assert (file.path, file.statements, file.covered) == ("/build/src/Order.java", 3, 2)
    assert (file.branches, file.covered_branches, file.last_line) == (2, 1, 6)
    assert (report.disagreement, report.branch_disagreement) == ((), ())
    assert report.produced_at == datetime(2024, 5, 13, 16, 32, 36, tzinfo=UTC)


def test_istanbul_counts_a_condition_as_a_line_and_its_branches_apart() -> None:
    report = parse(ISTANBUL)
    assert (report.statements, report.covered) == (2, 1)
    assert (report.branches, report.covered_branches) == (4, 3)
    assert (report.disagreement, report.branch_disagreement) == ((), ())


def test_phpunit_names_files_by_their_path_and_writes_seconds() -> None:
    report = parse(PHPUNIT)
    assert [(f.path, f.statements, f.covered) for f in report.files] == [("/app/src/A.php", 2, 1)]
    assert report.produced_at == datetime(2024, 5, 13, 16, 32, 36, tzinfo=UTC)
    assert (report.branches, report.branch_percent) == (None, None)


def test_files_of_the_test_project_do_not_count() -> None:
    assert [f.path for f in parse(JAVA).files] == ["/build/src/Order.java"]


@pytest.mark.parametrize("data", [JAVA, ISTANBUL, PHPUNIT])
def test_metrics_that_boast_are_contradicted(data: bytes) -> None:
    boasting = data.replace(b' coveredstatements="', b' coveredstatements="9')
    assert parse(boasting).disagreement
    assert parse(boasting).line_percent == parse(data).line_percent


def test_branches_that_are_only_stated_do_not_count() -> None:
    report = parse(PHPUNIT.replace(b'conditionals="0"', b'conditionals="7"'))
    assert report.branch_percent is None
    assert report.branch_disagreement


def test_metrics_without_lines_are_no_percentage() -> None:
    report = parse(
        b'<coverage generated="1"><project><metrics statements="9" coveredstatements="9"/>'
        b"</project></coverage>"
    )
    assert (report.files, report.line_percent) == ((), None)
    assert report.disagreement


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('num="6" count="0"', 'num="6" count="-1"', "count='-1'"),
        ('num="6" count="0"', 'num="6" count="NaN"', "count='NaN'"),
        ('num="6" count="0"', 'num="6"', "count=''"),
        ('num="6" count="0"', 'num="0" count="0"', "no line of a file"),
        ('truecount="1"', 'truecount="all"', "truecount='all'"),
        (' path="/build/src/Order.java" name="Order.java"', "", "names no file"),
        ('statements="3"', f'statements="{"9" * 5000}"', "no count"),
        ("</coverage>", "", "cut off"),
        ("<testproject", "<project/><testproject", "more than one"),
    ],
)
def test_nonsense_is_refused_by_name(old: str, new: str, message: str) -> None:
    text = JAVA.decode()
    assert old in text
    with pytest.raises(Malformed) as refused:
        parse(text.replace(old, new, 1).encode())
    assert message in refused.value.message


def test_a_file_may_not_stand_twice() -> None:
    body = ISTANBUL[ISTANBUL.index(b"<file") : ISTANBUL.index(b"</file>") + 7]
    with pytest.raises(Malformed, match="twice"):
        parse(ISTANBUL.replace(body, body + body))


@pytest.mark.parametrize(
    "data",
    [
        b'<coverage line-rate="1" generated="1"/>',
        b'<coverage version="1"/>',
        b'<report name="x"><package/></report>',
        b"",
    ],
)
def test_other_documents_are_neither_recognised_nor_read(data: bytes) -> None:
    assert not sniff(data)
    with pytest.raises(Malformed):
        parse(data)


@pytest.mark.parametrize("data", [JAVA, ISTANBUL, PHPUNIT])
def test_it_is_recognised_and_cobertura_does_not_claim_it(data: bytes) -> None:
    assert sniff(data[:200])
    assert not cobertura.sniff(data)


def test_nesting_is_bounded() -> None:
    with pytest.raises(TooLarge):
        parse(b'<coverage generated="1"><project>' + b"<package>" * 500)


@given(st.lists(st.lists(st.integers(0, 3), max_size=6), max_size=5))
def test_counts_equal_the_lines_that_were_written(files: list[list[int]]) -> None:
    body = "".join(
        f'<file name="f{i}">'
        + "".join(f'<line num="{n}" count="{h}" type="stmt"/>' for n, h in enumerate(hits, start=1))
        + "</file>"
        for i, hits in enumerate(files)
    )
    document = f'<coverage generated="1"><project>{body}</project></coverage>'
    report = parse(document.encode())
    assert report.statements == sum(map(len, files))
    assert report.covered == sum(h > 0 for hits in files for h in hits)


@given(
    st.sampled_from([JAVA, ISTANBUL, PHPUNIT]),
    st.integers(0, len(JAVA)),
    st.integers(0, 20),
    st.binary(max_size=6),
)
def test_whatever_is_done_to_a_report_it_is_read_or_refused(
    data: bytes, at: int, gone: int, put: bytes
) -> None:
    try:
        report = parse(data[:at] + put + data[at + gone :])
    except FormatError:
        return
    assert report.covered <= report.statements
