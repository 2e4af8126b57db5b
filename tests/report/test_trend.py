"""The trend as a chart for a terminal and as SVG: nothing is drawn better than it was."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.history import Run, RunKind, ServiceKey, TrendPoint
from auditor.model.verdict import Score
from auditor.report import history_words as words
from auditor.report.history_text import Screen
from auditor.report.trend import chart, sampled
from auditor.report.trend_svg import svg
from tests.report.sample import HOSTILE
from tests.store.history_world import BEGIN, DAY, ORDERS, head, stored

ROW = re.compile(r"^.{6} [│|](.*)$")
SHARES = st.lists(
    st.tuples(st.integers(0, 3000), st.integers(0, 100), st.integers(0, 100), st.integers(0, 40)),
    min_size=1,
    max_size=60,
)


def points(*rows: tuple[int, int, int, int]) -> list[TrendPoint]:
    """Runs at these hours, with so much proven and, beside that, unknown (percent), and open blockers."""
    found = []
    for number, (hours, proven, unknown, blockers) in enumerate(sorted(rows), 1):
        possible = min(100, proven + unknown)
        score = Score(Fraction(proven, 100), Fraction(possible, 100), Fraction(1))
        about = replace(head(), at=BEGIN + hours * 3600, score=score, open_blockers=blockers)
        found.append(TrendPoint(Run(number, 1, ORDERS, about, False, 0)))
    return found


def drawn(text: str) -> list[str]:
    """The rows of a chart, from the top, each to its full width."""
    rows = [found[1] for line in text.splitlines() if (found := ROW.match(line))]
    return [row.ljust(72) for row in rows]


@settings(max_examples=20)
@given(SHARES, st.booleans(), st.integers(40, 120))
def test_no_line_is_longer_than_the_screen(
    rows: list[tuple[int, int, int, int]], ascii_only: bool, width: int
) -> None:
    text = chart(points(*rows), Screen(width, ascii_only=ascii_only))
    chart_lines = text.splitlines()[3:17]
    assert max(map(len, chart_lines)) <= width
    assert not ascii_only or text.isascii()
    assert "\x1b" not in text


@settings(max_examples=30)
@given(st.integers(0, 100), st.integers(0, 100))
def test_false_green_a_bar_is_never_higher_than_what_is_proven(proven: int, unknown: int) -> None:
    text = chart(points((0, proven, unknown, 0)), Screen(ascii_only=True))
    column = [row[0] for row in drawn(text)]
    assert column.count("#") == proven * 12 // 100
    assert column.count("#") + column.count(":") == min(100, proven + unknown) * 12 // 100


def test_a_column_shows_what_the_last_audit_before_it_said() -> None:
    two = points((0, 10, 0, 0), (100, 90, 0, 0))
    assert [p.run.head.at for p in sampled(two, 4)] == [BEGIN] * 3 + [BEGIN + 360_000]
    columns = list(zip(*drawn(chart(two, Screen(ascii_only=True))), strict=True))
    assert [column.count("#") for column in columns] == [1] * 71 + [10]


def test_the_line_of_readiness_is_where_the_checklist_has_it() -> None:
    (low,) = points((0, 0, 0, 0))
    low = replace(low, run=replace(low.run, head=replace(low.run.head, ready_from=30.0)))
    text = chart([low], Screen(ascii_only=True))
    assert "ready from 30 %" in text
    assert next(line for line in text.splitlines() if "-----" in line).startswith("  30 % |")
    assert "ready from 30 % (dashed)" in svg([low])


def test_colour_changes_nothing_but_colour() -> None:
    some = points((0, 20, 30, 4), (50, 60, 20, 2))
    coloured = chart(some, Screen(colour=True))
    assert "\x1b[32m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == chart(some, Screen())


def test_below_the_chart_stands_what_it_says() -> None:
    text = chart(points((0, 20, 0, 9), (100, 60, 0, 2), (200, 40, 0, 3)), Screen())
    assert "proven    20.0 % -> 40.0 %, highest 60.0 % on 2026-01-05" in text
    assert "blockers  9 -> 3 open" in text
    assert "3 runs" in text


def test_backfilled_runs_and_another_checklist_are_told() -> None:
    one, two = points((0, 20, 0, 9), (100, 60, 0, 2))
    old = replace(one.run.head, kind=RunKind.BACKFILL, checklist_digest="other")
    text = chart([replace(one, run=replace(one.run, head=old)), two], Screen())
    assert "2 runs, 1 backfilled from the repository alone" in text
    assert "The checklist changed on 2026-01-05 (run 2)." in text
    assert svg([replace(one, run=replace(one.run, head=old)), two]).count("dot hollow") == 1


@settings(max_examples=15)
@given(SHARES)
def test_an_svg_is_well_formed_and_stays_inside_its_frame(
    rows: list[tuple[int, int, int, int]],
) -> None:
    page = ElementTree.fromstring(svg(points(*rows)))
    space = "{http://www.w3.org/2000/svg}"
    for dot in page.iter(f"{space}circle"):
        assert 52 <= float(dot.get("cx", "")) <= 744
        assert 46 <= float(dot.get("cy", "")) <= 270
    for bar in page.iter(f"{space}rect"):
        if bar.get("class") == "bar":
            assert 300 <= float(bar.get("y", "")) <= 340
    assert page.find(f"{space}title") is not None
    assert "at first" in (page.findtext(f"{space}desc") or "")


def test_ten_years_of_nights_make_no_larger_file_than_one() -> None:
    many = points(*((night * 24, night % 100, 5, 3) for night in range(3650)))
    text = svg(many)
    assert len(text) < 100_000
    assert text.count("<circle") <= 240


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_are_shown_and_never_obeyed(hostile: str) -> None:
    (one,) = points((0, 50, 10, 1))
    about = replace(one.run.head, ref=hostile, branch=hostile, deployment=hostile)
    run = replace(one.run, service=ServiceKey(hostile, hostile, hostile), head=about)
    some = [replace(one, run=run)]
    text = chart(some, Screen())
    assert "\x1b" not in text
    page = svg(some)
    ElementTree.fromstring(page)
    assert "<script" not in page


@pytest.mark.parametrize(
    ("shares", "drawn"),
    [
        ((), ""),
        ((50.0,), "▁"),
        ((50.0, 50.4), "▁▁"),
        ((0.0, 100.0), "▁█"),
        ((10.0, 55.0, 100.0), "▁▅█"),
    ],
)
def test_a_spark_line_shows_moves_and_blows_up_none(shares: tuple[float, ...], drawn: str) -> None:
    assert words.spark(shares, 10) == drawn
    assert words.spark(shares, 10, ascii_only=True).isascii()


def test_only_the_last_shares_are_in_a_spark_line() -> None:
    assert words.spark((0.0, 0.0, 100.0), 2) == "▁█"
    assert len(words.spark(tuple(map(float, range(50))), 10)) == 10


def test_a_run_says_what_is_special_about_it() -> None:
    run = stored(3, at=BEGIN + DAY, baseline=True, kind=RunKind.BACKFILL)
    assert words.remarks(run) == "backfilled, baseline"
    assert words.place(run) == f"2026-01-02 ({run.head.commit[:10]}, run 3)"  # type: ignore[index]
