"""The terminal report: fits, needs no colour, and cannot be taken over."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from auditor.model.report import Readiness, Report
from auditor.report.registry import render

from .sample import HOSTILE, report


def _lines(text: str) -> list[str]:
    return text.split("\n")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
@pytest.mark.parametrize("hostile", [*HOSTILE, "x" * 300, "日本語" * 40])
def test_no_line_is_wider_than_the_terminal(width: int, hostile: str) -> None:
    assert (
        max(cell_len(line) for line in _lines(render("terminal", report(hostile), width=width)))
        <= width
    )


@settings(max_examples=30, deadline=None)
@given(st.text(st.characters(), max_size=40))
def test_nothing_from_a_target_reaches_the_terminal_as_a_control(hostile: str) -> None:
    text = render("terminal", report(hostile))
    assert all(char.isprintable() or char == "\n" for char in text)
    assert text.encode()


def test_markup_of_a_target_is_shown_not_obeyed() -> None:
    text = render("terminal", report("[bold]x[/bold] :bomb:"), width=120)
    assert "on main[bold]x[/bold] :bomb:, with" in text


def test_without_colour_there_are_no_codes_and_with_colour_there_are(sample: Report) -> None:
    assert "\x1b[" not in render("terminal", sample)
    coloured = render("terminal", sample, colour=True)
    assert "\x1b[1;31m" in coloured
    assert "\x1b[31mred.py" not in coloured


def test_the_first_and_the_last_line_give_the_verdict(sample: Report) -> None:
    lines = _lines(render("terminal", sample).rstrip("\n"))
    assert lines[0] == lines[-1]
    assert lines[0].startswith("orders: NOT READY - 45.3 % proven, 2 of 10 blockers pass")


def test_every_applicable_blocker_is_listed_with_its_result(sample: Report) -> None:
    text = render("terminal", sample)
    section = text.split("\nBLOCKERS")[1].split("\nCRITICAL")[0]
    assert section.count("\n✗ FAIL ") == 3
    assert section.count("\n? FAIL (unknown) ") == 5
    assert section.count("\n✓ PASS ") == 2
    assert "→ Produce the evidence: k6 run load.js" in section
    assert "waived until 2025-11-15 00:00 +01:00 by Maria Gómez" in section


def test_an_open_item_has_its_own_title(sample: Report) -> None:
    text = render("terminal", sample)
    assert "Unit tests cover less than 90 % of lines" in text
    assert "Unit tests cover at least 90 % of lines" not in text


def test_the_report_ends_with_what_did_not_count(sample: Report) -> None:
    tail = render("terminal", sample).split("WHAT DID NOT COUNT")[1]
    for words in (
        "23 suppressed",
        " 1 waived",
        " 1 stale",
        " 3 not looked at",
        " 0 unused waivers",
    ):
        assert f"\n{words}" in tail


def test_probes_that_could_not_look_say_why_and_what_to_do(sample: Report) -> None:
    text = " ".join(render("terminal", sample).split())
    assert "live.prometheus was skipped - https://prometheus.example.net did not answer" in text
    assert "or name another one with --prometheus." in text


def test_a_perfect_report_has_no_empty_headings(sample: Report) -> None:
    perfect = replace(
        sample,
        categories=(),
        criteria=(),
        probes=(),
        readiness=Readiness("perfect", True, ()),
        notes=(),
    )
    text = render("terminal", perfect)
    assert text.startswith("orders: PERFECT")
    for heading in ("WHAT TO DO NEXT", "SUCCESS", "COULD NOT", "CRITICAL", "What stands"):
        assert heading not in text
