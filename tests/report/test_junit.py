"""The JUnit report, read back by our own reader, by one that others wrote, and by a strict parser of XML."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from junitparser import Error, Failure, JUnitXml, Skipped
from junitparser import TestCase as Case
from junitparser import TestSuite as Suite

from auditor.formats.testruns import junit as reader
from auditor.formats.testruns.junit_report import JunitReport, Outcome
from auditor.model.gate import Cause, Change, Gate, GateBase
from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.report.registry import render

from .sample import HOSTILE, report


def read(made: Report) -> JunitReport:
    return reader.parse(render("junit", made).encode())


def read_by_others(made: Report) -> dict[str, tuple[type, ...]]:
    """What junitparser finds: item → how its case ended; the counters of each suite must be true."""
    ended: dict[str, tuple[type, ...]] = {}
    top = JUnitXml.fromstring(render("junit", made).encode())
    declared = [(s.tests, s.failures, s.errors, s.skipped) for s in top]
    assert (top.tests, top.failures, top.errors, top.skipped) == tuple(
        map(sum, zip(*declared, strict=True))
    )
    for suite in top:
        assert isinstance(suite, Suite)
        cases = [case for case in suite if isinstance(case, Case)]
        kinds = [tuple(type(r) for r in case.result) for case in cases]
        assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (
            len(cases), *(kinds.count((kind,)) for kind in (Failure, Error, Skipped)),
        )  # fmt: skip
        assert suite.timestamp == made.started_at
        ended |= dict(zip((str(case.classname) for case in cases), kinds, strict=True))
    return ended


ENDINGS: dict[str, tuple[type, ...]] = {
    "pass": (), "fail": (Failure,), "unknown": (Error,), "not_applicable": (Skipped,),
}  # fmt: skip


def test_an_independent_reader_reads_every_item_and_how_it_ended(sample: Report) -> None:
    wanted = {
        v.item.id: (Skipped,) if v.waived is not None else ENDINGS[v.outcome.value]
        for v in sample.verdicts()
    }
    assert read_by_others(sample) == wanted
    assert set(wanted.values()) == set(ENDINGS.values())


def test_an_independent_reader_sees_only_what_a_gate_blocks_on_as_failed(sample: Report) -> None:
    opened = [v.item for v in sample.verdicts() if v.item.severity is Severity.BLOCKER and v.blocks]
    one = opened[0]
    new = Change(one.id, one.number, one.title, one.severity, "pass", "fail", Cause.CODE, "Seen")
    base = GateBase("audit", "main", "c" * 40)
    gate = Gate(met=False, undecided=False, base=base, new_blockers=(new,), changes=(new,))
    ended = read_by_others(replace(sample, gate=gate))
    assert [name for name, kinds in ended.items() if kinds in ((Failure,), (Error,))] == [one.id]


def test_each_item_is_a_case_in_the_suite_of_its_severity_blockers_first(sample: Report) -> None:
    made = read(sample)
    assert len(made.cases) == len(sample.verdicts()) == 26
    assert [s.name for s in made.suites[1:]] == ["blocker", "critical", "important", "nice"]
    first = made.cases[0]
    assert first.name == "1.1.1 Audio messages are transcribed and answered"
    assert (first.classname, first.file) == ("item.audio-messages-are-trans", "orders/audio.py")
    assert first.message == "Speech is turned into text: 0 effective statements (wanted >= 1)."


def test_an_unknown_item_is_an_error_and_never_green(sample: Report) -> None:
    ended = {c.classname: c.outcome for c in read(sample).cases}
    for verdict in sample.verdicts():
        wanted = {
            "pass": Outcome.PASSED,
            "fail": Outcome.FAILED,
            "unknown": Outcome.ERROR,
            "not_applicable": Outcome.SKIPPED,
        }[verdict.outcome.value]
        if verdict.waived is not None:
            wanted = Outcome.SKIPPED
        assert ended[verdict.item.id] is wanted


def test_what_a_suite_declares_is_what_it_holds(sample: Report) -> None:
    made = read(sample)
    for suite in made.suites:
        counted = suite.nested
        assert suite.declared == {
            "tests": counted.tests,
            "failures": counted.failed,
            "errors": counted.errors,
            "skipped": counted.skipped,
        }
    assert made.suites[0].declared == {"tests": 26, "failures": 8, "errors": 6, "skipped": 2}


def test_a_waived_item_tells_until_when_and_by_whom(sample: Report) -> None:
    skipped = [
        element.get("message")
        for case in ElementTree.fromstring(render("junit", sample)).iter("testcase")
        for element in case.iter("skipped")
    ]
    assert skipped[0] == (
        "unknown, waived until 2025-11-15 00:00 +01:00 by Maria Gómez, approved by Head of"
        " Operations: Only 50 hotels are invited; the load test runs before the public launch."
    )


def test_a_failure_holds_all_reasons_and_what_there_is_to_paste(sample: Report) -> None:
    root = ElementTree.fromstring(render("junit", sample))
    texts = {case.get("name"): "".join(case.itertext()) for case in root.iter("testcase")}
    text = texts["2.1.2 Unit tests cover at least 90 % of lines"]
    assert "Unit tests cover less than 90 % of lines\n" in text
    assert "- Files never measured: orders/refunds.py (wanted none)" in text
    assert 'source = ["orders"]' in text


@pytest.mark.parametrize("hostile", [*HOSTILE, "]]>", "<![CDATA[", "&amp;&#0;", "\x00\ufffe\uffff"])
def test_a_hostile_name_changes_no_case(hostile: str) -> None:
    made, harmless = read(report(hostile)), read(report("name"))
    assert [c.outcome for c in made.cases] == [c.outcome for c in harmless.cases]
    assert made.suites[0].nested == harmless.suites[0].nested


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=30))
def test_no_name_breaks_the_document_or_reaches_a_terminal(hostile: str) -> None:
    text = render("junit", report(hostile))
    assert all(char.isprintable() or char == "\n" for char in text)
    root = ElementTree.fromstring(text)
    assert len(list(root.iter("testcase"))) == 26


def test_an_empty_report_is_a_report_of_no_cases(sample: Report) -> None:
    made = read(replace(sample, categories=()))
    assert made.cases == ()
    assert made.suites[0].declared["tests"] == 0
