"""The Markdown report: complete, and whole whatever a target is called."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from auditor.model.report import Report
from auditor.report.registry import render

from .sample import HOSTILE, report

READER = MarkdownIt("gfm-like", {"html": True, "linkify": False})
NASTY = st.text(
    st.sampled_from("\\`*_[]()<>#+-.!|~&$@:=x1 \n\t\x1b\u202e\u200b\udc80/"), max_size=30
)


def _shape(text: str) -> list[str]:
    """The blocks of a document in order, without what is in them."""
    return [token.type for token in READER.parse(text) if token.type != "inline"]


def _raw(text: str) -> list[str]:
    """The raw HTML that a reader of Markdown would obey."""
    tokens = [t for token in READER.parse(text) for t in [token, *(token.children or [])]]
    return [t.content.strip() for t in tokens if t.type in ("html_block", "html_inline")]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_changes_neither_blocks_nor_html(hostile: str) -> None:
    text = render("markdown", report(hostile))
    harmless = render("markdown", report("name"))
    assert _shape(text) == _shape(harmless)
    assert [t for t in _raw(text) if "code>" not in t] == _raw(harmless)


@settings(max_examples=60, deadline=None)
@given(NASTY | st.text(st.characters(), max_size=30))
def test_no_name_breaks_the_document(hostile: str) -> None:
    text = render("markdown", report(hostile))
    assert _shape(text) == _shape(render("markdown", report("name")))
    assert text.encode()
    assert "\x1b" not in text


def test_it_has_the_parts_that_a_ticket_needs(sample: Report) -> None:
    text = render("markdown", sample)
    assert text.startswith("# orders: NOT READY\n")
    headings = [line for line in text.split("\n") if line.startswith("## ")]
    assert [h.split(":")[0] for h in headings] == [
        "## Categories",
        "## Blockers",
        "## Critical",
        "## What to do next",
        "## Success criteria",
        "## What could not be looked at",
        "## What did not count",
    ]
    assert "| **45.3 %** | 69.6 % | 75.6 % | 2 of 10 blockers pass, 1 waived |" in text
    assert text.count("| ❌ FAIL | ") == 3
    assert text.count("| ❌ FAIL (unknown) | ") == 5
    assert "23 suppressed, 1 waived, 1 stale, 3 not looked at" in text


def test_places_beyond_the_third_are_counted(sample: Report) -> None:
    assert "`orders/module_3.py:3` and 2 more (1 more reason)" in render("markdown", sample)
