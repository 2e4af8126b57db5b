"""What formats that mark items one by one say of a gate: old debt is no news, and no failure."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from auditor.model.evidence import Location
from auditor.model.gate import Cause, Change, Gate, GateBase, Worse
from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.model.verdict import Verdict
from auditor.report.findings import open_items
from auditor.report.gate_marks import Mark, mark
from auditor.report.html import render as html
from auditor.report.junit import render as junit
from auditor.report.registry import Look, render


def change(verdict: Verdict, before: str) -> Change:
    item = verdict.item
    after = verdict.outcome.value
    return Change(
        item.id, item.number, item.title, item.severity, before, after, Cause.CODE, "app.py changed"
    )


def gate(**parts: object) -> Gate:
    base = GateBase("audit", "main", "c" * 40, "2026-03-01T12:00:00+00:00", "0.1.0")
    return replace(Gate(met=not parts, undecided=False, base=base), **parts)  # type: ignore[arg-type]


def opened(sample: Report, *severities: Severity) -> list[Verdict]:
    return [
        v for v in open_items(sample) if v.blocks and v.item.severity in (severities or Severity)
    ]


def test_each_open_item_has_one_mark(sample: Report) -> None:
    blocker, *others = opened(sample, Severity.BLOCKER, Severity.CRITICAL, Severity.IMPORTANT)
    lost, worse, since, old = others[:4]
    made = gate(
        new_blockers=(change(blocker, "pass"),),
        evidence_lost=(change(lost, "pass"),),
        worse=(Worse(worse.item.id, worse.item.severity, "number", "tests.failed", "2, was 1"),),
        changes=tuple(change(v, b) for v, b in ((blocker, "pass"), (since, "pass"), (old, "fail"))),
    )
    marks = [mark(made, v) for v in (blocker, lost, worse, since, old)]
    assert marks == [Mark.NEW, Mark.LOST, Mark.WORSE, Mark.OPENED, Mark.OLD]
    assert [m.counts for m in marks] == [True, True, True, False, False]


def failing(text: str) -> set[str]:
    cases = ElementTree.fromstring(text).iter("testcase")
    found = (c for c in cases if c.find("failure") is not None or c.find("error") is not None)
    return {str(c.get("classname")) for c in found}


def test_only_what_keeps_the_gate_from_being_met_fails_in_junit(sample: Report) -> None:
    blocker = opened(sample, Severity.BLOCKER)[0]
    assert failing(junit(replace(sample, gate=gate()), Look())) == set()
    made = gate(new_blockers=(change(blocker, "pass"),))
    text = junit(replace(sample, gate=made), Look())
    assert failing(text) == {blocker.item.id}
    assert "as at the base" in text
    assert failing(junit(sample, Look())) == {v.item.id for v in opened(sample)}


def test_annotations_of_a_gate_are_of_what_is_new_alone(sample: Report) -> None:
    blocker = opened(sample, Severity.BLOCKER)[0]
    critical = opened(sample, Severity.CRITICAL)[0]
    quiet = render("github", replace(sample, gate=gate())).splitlines()
    assert len(quiet) == 1
    assert quiet[0].startswith("::notice title=")
    assert "GATE MET" in quiet[0]
    made = gate(
        new_blockers=(change(blocker, "pass"),),
        changes=(change(blocker, "pass"), change(critical, "pass")),
    )
    lines = render("github", replace(sample, gate=made)).splitlines()
    assert [line.split()[0] for line in lines] == ["::error", "::warning", "::notice"]
    assert blocker.item.number in lines[0]


@pytest.mark.parametrize(("before", "state"), [("pass", "new"), ("fail", "unchanged")])
def test_sarif_says_what_is_new_beside_the_base(sample: Report, before: str, state: str) -> None:
    critical = opened(sample, Severity.CRITICAL)[0]
    made = gate(changes=(change(critical, before),))
    run = json.loads(render("sarif", replace(sample, gate=made)))["runs"][0]
    found = {r["ruleId"]: r["baselineState"] for r in run["results"]}
    assert found.pop(critical.item.id) == state
    assert set(found.values()) == {"unchanged"}
    assert len(run["baselineGuid"]) == 36
    plain = json.loads(render("sarif", sample))["runs"][0]
    assert "baselineGuid" not in plain
    assert not any("baselineState" in r for r in plain["results"])


def test_the_page_holds_the_answer_and_its_parts(sample: Report) -> None:
    blocker = opened(sample, Severity.BLOCKER)[0]
    made = gate(new_blockers=(change(blocker, "pass"),), notes=("<script>alert(1)</script>",))
    text = html(replace(sample, gate=made), Look())
    assert 'id="gate"' in text
    assert "GATE NOT MET: 1 new blocker" in text
    assert "New blockers" in text
    assert "<script>alert(1)" not in text
    assert 'id="gate"' not in html(sample, Look())


def test_what_is_worse_inside_an_open_item_is_told_where_it_is_new(sample: Report) -> None:
    item = next(v for v in opened(sample, Severity.BLOCKER) if v.reasons[0].locations).item
    new = Worse(
        item.id, item.severity, "finding", "sast.high", "B102: exec", Location("new/place.py", 7)
    )
    more = Worse(item.id, item.severity, "number", "sast.high", "3, and was 2")
    made = replace(sample, gate=gate(worse=(new, more)))
    told = "Worse than at the base: B102: exec. Worse than at the base: sast.high: 3, and was 2."
    line = render("github", made).splitlines()[0]
    assert line.startswith("::error file=new/place.py,line=7,title=")
    assert f"::{told} " in line
    (found,) = [f for f in json.loads(render("gitlab", made)) if f["check_name"] == item.id]
    assert found["location"] == {"path": "new/place.py", "lines": {"begin": 7}}
    assert told in found["description"]
    results = json.loads(render("sarif", made))["runs"][0]["results"]
    (result,) = [r for r in results if r["ruleId"] == item.id]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "new/place.py"
    assert len(result["relatedLocations"]) >= 1
    assert (result["baselineState"], told in result["message"]["text"]) == ("updated", True)
    assert told in render("junit", made)
