"""Plans as text, Markdown, JSON and HTML: whole, current, within the width, and safe to show."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.checklist.shipped import schema_path
from auditor.evaluate.plan import make_plan
from auditor.evaluate.plan_calendar import Calendar
from auditor.model.item import Severity
from auditor.model.plan import Action, Effort
from auditor.model.report import Report
from auditor.model.verdict import Outcome
from auditor.report.plan_document import schema
from auditor.report.plan_registry import render
from auditor.report.plan_words import Sheet, hours
from tests.evaluate.plan_worlds import efforts, one_section, verdict

from .sample import HOSTILE, report

GOLDEN = Path(__file__).parent / "golden"
FORMS = {"terminal": "plan.txt", "markdown": "plan.md", "json": "plan.json", "html": "plan.html"}
START = date(2025, 10, 7)
PASS, FAIL, UNKNOWN, NONE = Outcome


def sheet(
    made: Report, level: str = "excellent", without: tuple[str, ...] = (), joined: str = "Load run"
) -> Sheet:
    """The plan of a report; its blockers wait for one action."""
    stated = {v.item.id: _effort(v.item.effort_h) for v in made.verdicts()}
    blockers = [v.item.id for v in made.verdicts() if v.item.severity is Severity.BLOCKER]
    plan = make_plan(
        made, level, stated, Calendar(START, Fraction(6)),
        actions={name: (Action("run: k6", joined),) for name in blockers}, without=without,
    )  # fmt: skip
    return Sheet(plan, made, ("A note of the use case.",))


def _effort(stated: float) -> Effort:
    return Effort(Fraction(stated)) if stated else Effort(Fraction(4), "assumed")


def as_json(made: Sheet) -> Any:
    return json.loads(render("json", made))


@pytest.mark.parametrize(("name", "file"), FORMS.items())
def test_a_form_has_not_changed_unseen(
    name: str, file: str, same_as_golden: Callable[[Path, str], None]
) -> None:
    same_as_golden(GOLDEN / file, render(name, sheet(report())))


def test_another_form_is_none() -> None:
    with pytest.raises(LookupError, match="pdf"):
        render("pdf", sheet(report()))


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_that_a_terminal_obeys_is_in_any_form(name: str, hostile: str) -> None:
    text = render(name, sheet(report(hostile), joined=hostile))
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufeff]", text
    )
    assert text.encode()


class TestTerminal:
    @pytest.mark.parametrize("width", [60, 80, 100])
    @pytest.mark.parametrize("level", ["ready", "excellent", "perfect"])
    def test_no_line_is_longer_than_the_width(self, width: int, level: str) -> None:
        for hostile in HOSTILE:
            text = render("terminal", sheet(report(hostile), level, joined=hostile), width=width)
            assert max(map(len, text.split("\n"))) <= width

    def test_a_blocker_and_a_level_that_are_settled_are_marked(self) -> None:
        made = one_section(verdict("b", FAIL, Severity.BLOCKER), verdict("i"), verdict("p", PASS))
        lines = [s for s in render("terminal", sheet(made)).split("\n") if s.startswith("----")]
        assert [s.strip("- ") for s in lines] == ["no blocker is open any more", "PERFECT"]

    def test_nothing_to_do(self) -> None:
        text = render("terminal", sheet(one_section(verdict("p", PASS))))
        assert "It is reached already: there is nothing to do." in text
        assert "STEP" not in text

    def test_an_obstacle_comes_before_the_steps(self) -> None:
        made = one_section(verdict("b", FAIL, Severity.BLOCKER), verdict("i"))
        text = render("terminal", sheet(made, "perfect", without=("b",)))
        assert (
            text.index("It cannot be reached:") < text.index("b is left out") < text.index("STEP")
        )
        assert "The steps lead as near as can be: 1 item and 4 h" in text

    def test_assumed_efforts_and_unknown_items_are_told(self) -> None:
        made = one_section(verdict("a", UNKNOWN, effort=0), verdict("b", effort=3))
        text = " ".join(render("terminal", sheet(made)).split())
        assert "Nobody states an effort for 1 item, so 4 h is assumed: a." in text
        assert "Efforts of open items: 1 from the checklist." in text
        assert "4 h of the 7 h are for 1 item that is unknown" in text

    def test_features_that_nobody_declared_are_no_end_of_it(self) -> None:
        made = one_section(verdict("core.features.declared"))
        assert "plan again after it" in " ".join(render("terminal", sheet(made)).split())


class TestJson:
    def test_the_schema_is_published(self) -> None:
        text = json.dumps(schema(), indent=2) + "\n"
        if os.environ.get("AUDITOR_GOLDEN") == "accept":
            schema_path("plan").write_text(text, encoding="utf-8")
        assert schema_path("plan").read_text(encoding="utf-8") == text

    @pytest.mark.parametrize("without", [(), ("item.a-load-test-passes",)])
    def test_a_plan_keeps_it(self, without: tuple[str, ...]) -> None:
        made = as_json(sheet(report(), without=without))
        jsonschema.Draft202012Validator(schema()).validate(made)

    def test_the_steps_add_up(self) -> None:
        made = as_json(sheet(report(), "perfect"))
        items = [i for s in made["steps"] for i in s["items"]]
        assert made["hours"] == sum(i["hours"] for i in items) == made["steps"][-1]["hours_done"]
        assert made["end"] == made["steps"][-1]["after"]
        assert made["end"]["proven"] == 100
        assert made["left_out"] == []
        dates = [d for s in made["steps"] for d in (s["start"], s["finish"])]
        assert dates == sorted(dates)


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.style = ""
        self._in_style = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        self.style += data if self._in_style else ""

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


class TestHtml:
    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_the_policy_allows_its_own_style_alone(self, hostile: str) -> None:
        page = _Page(render("html", sheet(report(hostile), joined=hostile)))
        policy = next(m["content"] for m in page.all("meta") if "http-equiv" in m) or ""
        digest = base64.b64encode(hashlib.sha256(page.style.encode()).digest()).decode()
        assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
        assert page.all("script") == []
        named = {name for _, attrs in page.tags for name in attrs}
        assert named.isdisjoint({"style", "onclick", "onload", "onmouseover", "src"})
        assert {a.get("href") for a in (*page.all("a"), *page.all("link"))} == {"data:,"}

    def test_every_step_is_a_dot_that_rises_to_the_goal(self) -> None:
        made = sheet(report(), "perfect")
        page = _Page(render("html", made))
        dots = page.all("circle")
        assert len(dots) == len(made.plan.steps)
        places = [(float(d["cx"] or 0), float(d["cy"] or 0)) for d in dots]
        assert [x for x, _ in places] == sorted(x for x, _ in places)
        assert [y for _, y in places] == sorted((y for _, y in places), reverse=True)
        goal = next(line for line in page.all("line") if line.get("class") == "goal")
        assert float(goal["y1"] or 0) == places[-1][1]

    def test_without_steps_there_is_no_chart(self) -> None:
        assert _Page(render("html", sheet(one_section(verdict("p", PASS))))).all("svg") == []

    @settings(max_examples=30)
    @given(
        st.dates(max_value=date(2200, 1, 1)),
        st.fractions(min_value=Fraction(1, 50), max_value=100, max_denominator=50),
        st.booleans(),
    )
    def test_the_chart_stays_in_its_frame(
        self, start: date, per_day: Fraction, weekends: bool
    ) -> None:
        made = one_section(*(verdict(f"i{n}", effort=n) for n in range(6)))
        calendar = Calendar(start, per_day, weekends)
        plan = make_plan(made, "perfect", efforts(made), calendar)
        page = _Page(render("html", Sheet(plan, made)))
        for dot in page.all("circle"):
            assert 56 <= float(dot["cx"] or 0) <= 936
        assert 1 <= len([t for t in page.all("text") if t.get("y") == "354"]) <= 12


def test_hours_are_told_shortly() -> None:
    told = [hours(Fraction(n)) for n in ("4", "1.5", "0.25", "1250", "0")] + [hours(Fraction(1, 3))]
    assert told == ["4 h", "1.5 h", "0.25 h", "1,250 h", "0 h", "0.33 h"]
