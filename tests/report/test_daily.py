"""The daily note: every item that moved is told once, and figures never look better than they are."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.checklist.shipped import schema_path
from auditor.evaluate.compare import compare
from auditor.model.gate import ItemState, Snapshot
from auditor.model.item import Severity
from auditor.model.verdict import Outcome
from auditor.report.daily import Daily, Next, daily
from auditor.report.daily_pages import RENDERERS, schema

from .sample import HOSTILE

PASS, FAIL, UNKNOWN, NONE = Outcome
BLOCKER, CRITICAL, IMPORTANT, NICE = Severity
LISTS = ("completed", "broken", "lost", "opened", "others")
VALIDATOR = jsonschema.Draft202012Validator(schema())


def state(name: str, outcome: Outcome, severity: Severity = IMPORTANT, **more: Any) -> ItemState:
    return ItemState(name, name, f"Title of {name}", severity, outcome, reason="seen", **more)


def audit_of(
    *items: ItemState, at: str = "2026-03-02", proven: float = 0.0, **more: Any
) -> Snapshot:
    made = Snapshot(
        "0", f"{at}T06:00:00+00:00", "orders", "shop", "", "c" * 40, False, "small", "1", "d" * 64, items, proven=proven
    )  # fmt: skip
    return replace(made, **more)


def note(old: Snapshot, new: Snapshot, *steps: Next) -> Daily:
    return daily(old, new, compare(old, new), steps)


def moved(old: ItemState | None, new: ItemState | None) -> list[str]:
    """The lists that one item is in."""
    sides = [audit_of(*([one] if one else [])) for one in (old, new)]
    made = note(sides[0], replace(sides[1], started_at="2026-03-03T06:00:00+00:00"))
    return [name for name in LISTS if getattr(made, name)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (FAIL, PASS, "completed"),
        (UNKNOWN, PASS, "completed"),
        (PASS, FAIL, "broken"),
        (PASS, UNKNOWN, "lost"),
        (FAIL, UNKNOWN, "lost"),
        (UNKNOWN, FAIL, "others"),
        (NONE, FAIL, "opened"),
        (NONE, PASS, "others"),
        (PASS, NONE, "others"),
    ],
)
def test_what_became_of_an_item(old: Outcome, new: Outcome, expected: str) -> None:
    assert moved(state("a", old), state("a", new)) == [expected]


def test_a_waiver_does_not_hide_that_something_broke() -> None:
    assert moved(state("a", PASS), state("a", FAIL, waived=True)) == ["broken"]


def test_what_was_waived_and_passes_is_completed_and_what_no_longer_is_waived_is_open() -> None:
    assert moved(state("a", FAIL, waived=True), state("a", PASS)) == ["completed"]
    assert moved(state("a", FAIL, waived=True), state("a", FAIL)) == ["opened"]


def test_a_waiver_resolves_nothing() -> None:
    assert moved(state("a", FAIL), state("a", FAIL, waived=True)) == ["others"]


def test_a_new_item_that_passes_is_no_work_of_the_day() -> None:
    assert moved(None, state("a", PASS)) == ["others"]
    assert moved(None, state("a", FAIL)) == ["opened"]
    assert moved(state("a", FAIL), None) == ["others"]


STATES = st.builds(
    state, st.sampled_from("abcd"), st.sampled_from(Outcome), st.sampled_from(Severity),
    waived=st.booleans(), pending=st.sampled_from(["", "2027-01-01"]),
)  # fmt: skip
AUDITS = st.lists(STATES, unique_by=lambda i: i.id).map(lambda items: audit_of(*items))


@given(AUDITS, AUDITS)
def test_everything_that_changed_is_in_exactly_one_list(old: Snapshot, new: Snapshot) -> None:
    made = note(old, new)
    told = [c.item for name in LISTS for c in getattr(made, name)]
    assert sorted(told) == sorted(c.item for c in compare(old, new).changes)


def test_blockers_and_criticals_that_pass_are_counted_among_those_that_apply() -> None:
    old = audit_of(state("a", FAIL, BLOCKER), state("b", PASS, BLOCKER), state("n", NONE, BLOCKER))
    new = audit_of(
        state("a", PASS, BLOCKER),
        state("b", PASS, BLOCKER),
        state("n", NONE, BLOCKER),
        state("w", FAIL, BLOCKER, waived=True),
        state("c", UNKNOWN, CRITICAL),
        at="2026-03-03",
    )
    text = RENDERERS["terminal"](note(old, new), 80)
    assert "Blockers resolved: 2 of 3 (+1, 1 waived, of 2 before)" in text
    assert "Critical resolved: 0 of 1 (+0, of 0 before)" in text


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [(79.9, 79.99999, "79.9 % proven (+0.0)"), (0.0, 64.1, "64.1 % proven (+64.1)"), (80.0, 7.95, "7.9 % proven (-72.1)")],
)  # fmt: skip
def test_a_score_is_rounded_down(before: float, after: float, said: str) -> None:
    old, new = audit_of(proven=before), audit_of(proven=after, at="2026-03-03")
    assert f"Overall score:     {said}" in RENDERERS["terminal"](note(old, new), 80)


def test_what_makes_the_two_hard_to_compare_is_told() -> None:
    old = audit_of(at="2026-03-04")
    new = audit_of(service="shop", checklist_digest="e" * 64, tool_version="1")
    assert note(old, new).notes == (
        "The two audits are not of the same service: orders (shop) and shop (shop).",
        "The first audit is the later one of the two: this note reads backwards.",
        "The checklist is not the same in both audits, so not all that moved is work.",
        "The auditor was 0, and is 1.",
    )


def test_the_markdown_follows_the_form_of_a_daily_entry() -> None:
    old = audit_of(state("1.1", FAIL, BLOCKER), state("1.2", PASS), proven=50.0)
    new = audit_of(state("1.1", PASS, BLOCKER), state("1.2", FAIL), at="2026-03-03", proven=62.5)
    step = Next(("1.2 Title of 1.2",), "Mend it.")
    assert (
        RENDERERS["markdown"](note(old, new, step), 80)
        == """\
### 2026-03-03 - orders: daily progress

- **Blockers resolved**: 1 of 1 (+1)
- **Critical resolved**: 0 of 0 (+0)
- **Overall score**: 62.5 % proven (+12.5)

**Completed**:

- [x] 1.1 Title of 1.1 (blocker, was fail)

**Newly broken**:

- 1.2 Title of 1.2 (important): pass -> fail, cause: the environment: seen

**Next steps**:

- [ ] 1.2 Title of 1.2: Mend it.
"""
    )


def test_a_day_on_which_nothing_was_done_says_so() -> None:
    made = note(audit_of(), audit_of(at="2026-03-03"))
    assert RENDERERS["terminal"](made, 80).endswith("COMPLETED\n  - nothing\n")
    assert RENDERERS["markdown"](made, 80).endswith("**Completed**:\n\n- nothing\n")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_of_a_target_gets_through(hostile: str) -> None:
    old = audit_of(state("a", PASS), service=hostile)
    new = audit_of(replace(state("a", FAIL), title=hostile, reason=hostile), service=hostile)
    made = note(old, new, Next((hostile,), hostile))
    for name, form in RENDERERS.items():
        text = form(made, 80)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", text)
        assert name == "json" or "\n" not in hostile or hostile not in text
        assert name != "terminal" or max(map(len, text.split("\n"))) <= 80
    assert "<script>" not in RENDERERS["markdown"](made, 80)


class TestJson:
    def test_the_schema_is_published(self) -> None:
        text = json.dumps(schema(), indent=2) + "\n"
        if os.environ.get("AUDITOR_GOLDEN") == "accept":
            schema_path("daily").write_text(text, encoding="utf-8")
        assert schema_path("daily").read_text(encoding="utf-8") == text

    @given(AUDITS, AUDITS)
    def test_a_note_keeps_it(self, old: Snapshot, new: Snapshot) -> None:
        made = json.loads(RENDERERS["json"](note(old, new, Next(("a",), "b")), 80))
        VALIDATOR.validate(made)

    def test_a_change_says_from_what_to_what(self) -> None:
        made = note(audit_of(state("a", PASS)), audit_of(state("a", FAIL), at="2026-03-03"))
        broken = json.loads(RENDERERS["json"](made, 80))["newly_broken"]
        assert [(c["item"], c["from"], c["to"]) for c in broken] == [("a", "pass", "fail")]
