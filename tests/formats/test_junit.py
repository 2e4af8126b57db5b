"""JUnit reports: every number counted from the cases, attributes only compared."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.testruns.junit import parse, sniff
from auditor.formats.testruns.junit_report import Counters, Disagreement, Outcome
from auditor.formats.text.errors import Malformed

CHILDREN = {
    "": Outcome.PASSED,
    "<failure/>": Outcome.FAILED,
    "<error/>": Outcome.ERROR,
    "<skipped/>": Outcome.SKIPPED,
    "<flakyFailure/>": Outcome.FLAKY,
    "<flakyError/>": Outcome.FLAKY,
    "<failure/><rerunFailure/><rerunError/>": Outcome.FAILED,
    "<rerunFailure/>": Outcome.FAILED,
    "<flakyFailure/><failure/>": Outcome.FAILED,
    "<skipped/><error/>": Outcome.ERROR,
    "<failure/><error/>": Outcome.FAILED,
    "<system-out><failure/></system-out>": Outcome.PASSED,
    "<properties><property name='a' value='b'/></properties>": Outcome.PASSED,
}


def outcomes(body: str, attributes: str = "") -> list[Outcome]:
    report = parse(f"<testsuite {attributes}>{body}</testsuite>".encode())
    return [case.outcome for case in report.cases]


@pytest.mark.parametrize(("child", "outcome"), CHILDREN.items())
def test_the_children_of_a_case_tell_how_it_ended(child: str, outcome: Outcome) -> None:
    assert outcomes(f"<testcase name='t'>{child}</testcase>") == [outcome]


@pytest.mark.parametrize(
    ("attribute", "outcome", "disabled"),
    [
        ('status="run" result="completed"', Outcome.PASSED, False),
        ('status="notrun" result="suppressed"', Outcome.SKIPPED, True),
        ('status="disabled"', Outcome.SKIPPED, True),
        ('status="Failed"', Outcome.FAILED, False),
        ('result="error"', Outcome.ERROR, False),
    ],
)
def test_a_status_speaks_where_no_child_does(
    attribute: str, outcome: Outcome, disabled: bool
) -> None:
    (case,) = parse(f"<testsuite><testcase {attribute}/></testsuite>".encode()).cases
    assert (case.outcome, case.disabled) == (outcome, disabled)


def test_disabled_cases_were_not_executed() -> None:
    report = parse(b'<testsuite><testcase status="disabled"/><testcase/></testsuite>')
    assert (report.counters.tests, report.executed, report.counters.disabled) == (2, 1, 1)


def test_a_case_has_an_id_a_file_a_time_and_a_message() -> None:
    report = parse(
        b'<testsuite name="s"><testcase classname="tests.a.T" name="t[1]" file="tests/a.py" '
        b'time="1,234.5"><failure message="no">x</failure></testcase>'
        b'<testcase name="u" time="NaN"/></testsuite>'
    )
    first, second = report.cases
    assert (first.id, first.file, first.seconds, first.message) == (
        "tests.a.T::t[1]",
        "tests/a.py",
        1234.5,
        "no",
    )
    assert (second.id, second.file, second.seconds) == ("s::u", None, None)


@pytest.mark.parametrize("time", ["", "inf", "-1", "soon", "1e999"])
def test_a_senseless_time_is_none(time: str) -> None:
    (case,) = parse(f'<testsuite><testcase time="{time}"/></testsuite>'.encode()).cases
    assert case.seconds is None


def test_nested_suites_are_counted_once() -> None:
    report = parse(
        b'<testsuites tests="3"><testsuite name="outer" tests="3"><testcase/>'
        b'<testsuite name="inner" tests="2"><testcase/><testcase><skipped/></testcase></testsuite>'
        b"</testsuite></testsuites>"
    )
    assert report.counters == Counters(tests=3, skipped=1)
    assert [(suite.name, suite.depth) for suite in report.suites] == [
        ("", 0),
        ("outer", 1),
        ("inner", 2),
    ]
    assert (report.suites[1].counted.tests, report.suites[1].nested.tests) == (1, 3)
    assert report.disagreement == ()


def test_a_suite_may_declare_its_own_cases_or_the_nested_ones_too() -> None:
    body = (
        b'<testsuite name="o" tests="%d"><testcase/><testsuite><testcase/></testsuite></testsuite>'
    )
    assert parse(body % 1).disagreement == ()
    assert parse(body % 2).disagreement == ()
    assert parse(body % 3).disagreement == (Disagreement("o", "tests", 3, 2),)


def test_declared_counters_never_stand_in_for_missing_cases() -> None:
    report = parse(b'<testsuites><testsuite name="p" tests="6" failures="1"/></testsuites>')
    assert (report.counters.tests, report.executed) == (0, 0)
    assert [str(one) for one in report.disagreement] == [
        "The suite p declares tests=6, and its test cases add up to 0.",
        "The suite p declares failures=1, and its test cases add up to 0.",
    ]


@pytest.mark.parametrize("attribute", ['failures="0"', 'errors="0"', 'skipped="0"', 'skips="0"'])
def test_a_counter_that_hides_an_ending_is_told(attribute: str) -> None:
    body = "".join(f"<testcase><{end}/></testcase>" for end in ("failure", "error", "skipped"))
    report = parse(f"<testsuite {attribute}>{body}</testsuite>".encode())
    assert [one.counted for one in report.disagreement] == [1]


def test_times_with_and_without_zone_are_kept_apart() -> None:
    report = parse(
        b'<testsuites><testsuite timestamp="2025-01-02T03:04:05Z"/>'
        b'<testsuite timestamp="2025-01-02T03:04:05.5"/><testsuite timestamp="today"/></testsuites>'
    )
    assert report.timestamps == (datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC),)
    assert report.local_timestamps == (datetime(2025, 1, 2, 3, 4, 5, 500000),)


def test_properties_belong_to_their_suite() -> None:
    report = parse(
        b'<testsuite hostname="h"><properties><property name="a" value="b"/></properties>'
        b'<testcase><properties><property name="c" value="d"/></properties></testcase></testsuite>'
    )
    assert report.suites[0].properties == (("a", "b"),)
    assert report.suites[0].hostname == "h"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no XML element"),
        (b"<suites/>", "<suites>"),
        (b"<html><body/></html>", "<html>"),
        (b'<testsuite tests="-1"/>', "tests='-1'"),
        (b'<testsuite failures="many"/>', "failures='many'"),
        (b'<testsuite errors="' + b"9" * 5000 + b'"/>', "no count"),
        (b"<testsuite><testcase><testcase/></testcase></testsuite>", "inside another"),
        (b"<testsuite><testcase>", "cut off"),
        (b"<testsuite><testcase><failure>\x1b[31m</failure></testcase></testsuite>", "0x1b"),
        (b'<!DOCTYPE t [<!ENTITY a "b">]><testsuite/>', "entity"),
        (b"{}", "not well formed"),
    ],
)
def test_what_is_no_junit_report_is_malformed_with_a_line(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(data)
    assert message in refused.value.message
    assert refused.value.line == 1


def test_a_report_is_recognised_by_its_root() -> None:
    assert sniff(b'<?xml version="1.0"?><testsuites><tests')
    assert sniff(b"<testsuite>")
    assert not sniff(b"<suites/>")
    assert not sniff(b"")


@given(st.recursive(st.lists(st.sampled_from(sorted(CHILDREN)), max_size=5), st.lists))
def test_counts_equal_what_was_written_at_any_depth(tree: list[Any]) -> None:
    leaves: list[str] = []

    def written(node: Any) -> str:
        if isinstance(node, str):
            leaves.append(node)
            return f"<testcase>{node}</testcase>"
        return f"<testsuite>{''.join(map(written, node))}</testsuite>"

    counters = parse(f"<testsuites>{written(tree)}</testsuites>".encode()).counters
    expected = Counter(CHILDREN[leaf] for leaf in leaves)
    assert counters == Counters(
        tests=len(leaves),
        failed=expected[Outcome.FAILED],
        errors=expected[Outcome.ERROR],
        skipped=expected[Outcome.SKIPPED],
        flaky=expected[Outcome.FLAKY],
    )
