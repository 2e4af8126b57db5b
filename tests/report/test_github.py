"""Workflow commands: escaped so that a target can issue none, and no more than GitHub shows."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.gate import Gate, GateBase
from auditor.model.report import Report
from auditor.model.verdict import Reason, Verdict
from auditor.report import github
from auditor.report.registry import render

from .sample import HOSTILE, report
from .sample_parts import BLOCKER, CRITICAL, IMPORTANT, failed, item, passed

COMMANDS = (
    "::set-output name=x::y",
    "\n::error::owned",
    "\r::stop-commands::x",
    "x\n  ::add-mask::y",
    "##[add-matcher]x.json",
    "a%0A::set-env name=PATH::x",
    ",line=1,col=2::x",
    "%25%0D",
)
NASTY = st.text(st.sampled_from(":,%#[]\r\n\t x0AD=\x1b\u202e\u2028\udc80"), max_size=30)


def obeyed(output: str) -> list[tuple[str, dict[str, str], str]]:
    """What a runner obeys: a line that begins with `::`, leading space aside, as the runner reads it.

    A line may also hold the old `##[command]` anywhere, but not where the new form was read.
    """
    read = []
    for line in re.split(r"\r\n|\r|\n", output):
        found = re.match(r"\s*::(?P<kind>[^ :]+)(?: (?P<properties>.*?))?::(?P<data>.*)\Z", line)
        if found is None:
            assert "##[" not in line
            continue
        pairs = (found["properties"] or "").split(",")
        properties = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        read.append(
            (found["kind"], {k: _property(v) for k, v in properties.items()}, _data(found["data"]))
        )
    return read


def _data(text: str) -> str:
    for escaped, char in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(escaped, char)
    return text


def _property(text: str) -> str:
    return _data(text.replace("%3A", ":").replace("%2C", ","))


def one_section(made: Report, verdicts: list[Verdict]) -> Report:
    category = made.categories[0]
    section = replace(category.sections[0], verdicts=tuple(verdicts))
    return replace(made, categories=(replace(category, sections=(section,)),))


def test_an_open_item_is_annotated_where_it_was_seen(sample: Report) -> None:
    kind, properties, message = obeyed(render("github", sample))[1]
    assert kind == "error"
    assert properties == {
        "file": "orders/search.py",
        "line": "88",
        "title": "3.1.3 The static security scan is clean",
    }
    assert message == "Findings of high severity: 2 (wanted 0).\nNext: Parameterise the query."


def test_blockers_are_errors_criticals_warnings_the_rest_notices_and_waived_ones_left_out(
    sample: Report,
) -> None:
    kinds = Counter(kind for kind, _, _ in obeyed(render("github", sample)))
    assert kinds == {"error": 7, "warning": 4, "notice": 4}


def test_the_last_notice_counts_everything(sample: Report) -> None:
    kind, properties, message = obeyed(render("github", sample))[-1]
    assert (kind, properties) == ("notice", {"title": "orders: NOT READY"})
    assert message == (
        "45.3 % proven, 69.6 % possible; 2 of 10 blockers pass, 1 waived."
        " Open: 7 blocker, 4 critical, 1 important, 2 nice."
    )


def test_no_more_is_written_than_github_shows_and_the_rest_is_counted(sample: Report) -> None:
    severities = [*[BLOCKER] * 12, *[CRITICAL] * 10, *[IMPORTANT] * 30]
    many = [
        failed(item(f"1.1.{n}", severity, f"Item {n}"), Reason("Seen"))
        for n, severity in enumerate(severities)
    ]
    read = obeyed(render("github", one_section(sample, many)))
    assert Counter(kind for kind, _, _ in read) == {"error": 10, "warning": 10, "notice": 10}
    assert read[-1][2].endswith(
        "Open: 12 blocker, 10 critical, 30 important. 23 of them are not shown here."
    )


def test_a_report_without_open_items_says_so(sample: Report) -> None:
    fine = one_section(sample, [passed(item("1.1", BLOCKER, "Fine"), "Seen")])
    ((_, _, message),) = obeyed(render("github", fine))
    assert message.endswith("1 of 1 blocker pass. No item is open.")


@pytest.mark.parametrize("hostile", [*HOSTILE, *COMMANDS])
def test_a_target_can_issue_no_command(hostile: str) -> None:
    read, harmless = (
        obeyed(render("github", report(hostile))),
        obeyed(render("github", report("n"))),
    )
    assert [(kind, set(p)) for kind, p, _ in read] == [(kind, set(p)) for kind, p, _ in harmless]
    assert [p.get("file") for _, p, _ in read] == [p.get("file") for _, p, _ in harmless]


@settings(max_examples=100, deadline=None)
@given(NASTY | st.text(st.characters(), max_size=30))
def test_whatever_a_target_is_called_each_line_is_one_command_of_ours(hostile: str) -> None:
    made = report(hostile)
    made = replace(made, target=replace(made.target, service=hostile))
    text = render("github", made)
    lines = text.split("\n")[:-1]
    assert len(lines) == 15
    for line in lines:
        assert line.isprintable()
        assert re.match(r"::(error|warning|notice) (?:(?:file|line|title)=[^:,]*,?)+::", line)


def test_words_come_back_as_they_were_after_escaping(sample: Report) -> None:
    odd = item("1.1", BLOCKER, "100 %, or: a%0Ab", open_title="")
    read = obeyed(render("github", one_section(sample, [failed(odd, Reason("50 % done: a, b"))])))
    assert read[0][1]["title"] == "1.1 100 %, or: a%0Ab"
    assert read[0][2].startswith("50 % done: a, b.\n")


def test_the_step_summary_is_the_markdown_report(sample: Report) -> None:
    assert github.step_summary(sample) == render("markdown", sample)


def test_a_step_summary_that_github_would_refuse_is_replaced_by_a_short_one(sample: Report) -> None:
    severe = [
        failed(item(f"1.1.{n}", CRITICAL, f"Item {n} " + "é" * 300), Reason("x" * 400))
        for n in range(1200)
    ]
    text = github.step_summary(one_section(sample, severe))
    assert len(text.encode()) < 2000
    assert text.startswith("# orders: NOT READY\n")
    assert "too long for a step summary" in text


def test_what_other_commands_of_the_step_have_written_counts_too(sample: Report) -> None:
    room = github.LONGEST_SUMMARY - len(render("markdown", sample).encode())
    assert github.step_summary(sample, room - 1000) == render("markdown", sample)
    assert len(github.step_summary(sample, room).encode()) < 1000


def test_of_a_gate_a_short_summary_tells_the_answer_too(sample: Report) -> None:
    gated = replace(
        sample, gate=Gate(met=True, undecided=False, base=GateBase("audit", "main", None))
    )
    room = github.LONGEST_SUMMARY - len(render("markdown", gated).encode())
    for written in (room, github.LONGEST_SUMMARY - 2000):
        text = github.step_summary(gated, written)
        assert "GATE MET" in text
        assert written + len(text.encode()) <= github.LONGEST_SUMMARY
