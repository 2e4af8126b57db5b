"""The gate's part of the reports: its answer comes last on a terminal and first in Markdown."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest

from auditor.model.evidence import Location
from auditor.model.gate import Cause, Change, Gate, GateBase, PolicyChange, Worse
from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.report.gate_text import answer, compared_with
from auditor.report.json_report import schema
from auditor.report.registry import render

from .sample import HOSTILE

BASE = GateBase("audit", "origin/main", "c" * 40, "2026-03-01T12:00:00+00:00", "0.1.0")


def change(item: str, text: str = "2 (wanted 0)", cause: Cause = Cause.CODE) -> Change:
    return Change(item, "3.1.3", f"Title of {item}", Severity.BLOCKER, "pass", "fail", cause, text)


def gate(words: str = "2 (wanted 0)") -> Gate:
    new, lost = change("scan.sast", words), change("tests.load", words, Cause.EVIDENCE_LOST)
    return Gate(
        met=False, undecided=False, base=BASE, new_blockers=(new,), evidence_lost=(lost,),
        still_open=(change("old.debt"),), changes=(new, lost, change("docs.readme")),
        worse=(
            Worse("old.debt", Severity.BLOCKER, "finding", "sast.high", words, Location("a.py", 3)),
        ),
        policy=(PolicyChange("waivers", f"waiver of scan.sast: added {words}"),),
        notes=(f"A note: {words}",),
    )  # fmt: skip


def test_the_answer_names_what_counts() -> None:
    made = gate()
    assert answer(made) == (
        "GATE NOT MET: 1 new blocker, 1 with lost evidence, 1 worse inside open items"
    )
    lost = replace(made, undecided=True, new_blockers=(), worse=())
    assert answer(lost) == "GATE NOT DECIDED: too little evidence to say: 1 with lost evidence"
    met = replace(made, met=True)
    assert answer(met) == "GATE MET: no new blocker; 1 old blocker still open, 0 resolved"


def test_the_base_is_named_with_how_it_was_made() -> None:
    assert compared_with(BASE) == (
        "Compared with an audit of the merge base at commit cccccccccccc (--against origin/main),"
        " made 2026-03-01 12:00 UTC by auditor 0.1.0."
    )
    stored = replace(BASE, kind="baseline", ref="b.json", commit=None)
    assert compared_with(stored) == (
        "Compared with a baseline (b.json), made 2026-03-01 12:00 UTC by auditor 0.1.0."
    )


@pytest.mark.parametrize("width", [40, 80, 120])
def test_on_a_terminal_the_answer_stands_at_the_end_and_nothing_is_wider(
    sample: Report, width: int
) -> None:
    text = render("terminal", replace(sample, gate=gate()), width=width)
    assert "GATE NOT MET" in "\n".join(text.split("\n")[-8:])
    for title in ("NEW BLOCKERS", "EVIDENCE LOST", "CHANGES TO THE RULES"):
        assert title in text
    assert max(map(len, text.split("\n"))) <= width


def test_in_markdown_the_answer_stands_above_the_tables(sample: Report) -> None:
    text = render("markdown", replace(sample, gate=gate()))
    assert text.index("GATE NOT MET") < text.index("## Categories")
    assert "### Other items that changed" in text
    assert "docs.readme" in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_the_target_wrote_is_harmless(sample: Report, hostile: str) -> None:
    report = replace(sample, gate=gate(hostile))
    for name in ("terminal", "json"):
        assert "\x1b" not in render(name, report)
    page = render("markdown", report).split("## Categories")[0]
    assert "<script" not in page
    assert "<b>" not in page


def test_the_json_has_the_fields_that_the_interface_promises(sample: Report) -> None:
    value = json.loads(render("json", replace(sample, gate=gate())))
    jsonschema.Draft202012Validator(schema()).validate(value)
    made = value["gate"]
    assert {
        "met",
        "base",
        "new_blockers",
        "resolved",
        "evidence_lost",
        "still_open",
        "changes",
    } <= set(made)
    assert {"kind", "ref", "commit"} <= set(made["base"])
    assert {"item", "from", "to", "cause"} <= set(made["changes"][0])
    assert made["new_blockers"][0]["from"] == "pass"


def test_a_report_without_a_gate_says_nothing_of_one(sample: Report) -> None:
    assert json.loads(render("json", sample))["gate"] is None
    assert "GATE" not in render("terminal", sample)
    assert "GATE" not in render("markdown", sample)
