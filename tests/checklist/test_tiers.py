"""Tiers: what is left out, what blocks, and that no evidence has a say in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.checklist.describe import describe_checklist
from auditor.checklist.lint import advice
from auditor.checklist.load import load_checklist
from auditor.evaluate.assess import assess
from auditor.evaluate.policy_notes import policy_notes
from auditor.formats.text.config_text import Mistake
from auditor.model.item import Checklist, Item, Severity
from auditor.model.level import Level
from auditor.model.verdict import Outcome
from auditor.settings import ChosenTier
from tests.checklist.samples import SMALL, VOCABULARY
from tests.evaluate import worlds

TIERS = """\
tiers:
  "1": {title: Money depends on it, severities: {testing.coverage: blocker}}
  internal:
    title: An internal tool
    leave_out: {security: nobody outside can reach it}
    severities: {testing.load: important}
"""
Load = Callable[..., Checklist]


@pytest.fixture
def load(written: Callable[..., Path]) -> Load:
    """Loads SMALL with tiers, or a checklist derived from that, for a service of `tier`."""

    def read(tier: str | None = None, child: str = "", tiers: str = TIERS) -> Checklist:
        path = written(SMALL + tiers, "parent.yaml")
        if child:
            path = written(f"extends: parent.yaml\n{child}", "child.yaml")
        choice = ChosenTier(tier, "auditor.yaml", 3, 7) if tier is not None else None
        return load_checklist(str(path), VOCABULARY, tier=choice)

    return read


def items(made: Checklist) -> dict[str, Item]:
    return {item.id: item for item in made.items()}


def mistake(load: Load, *args: str, **more: str) -> str:
    with pytest.raises(Mistake) as caught:
        load(*args, **more)
    return str(caught.value)


def test_without_a_tier_all_of_the_checklist_applies(load: Load) -> None:
    made = load()
    assert [t.name for t in made.tiers] == ["1", "internal"]
    assert made.tier == ""
    assert all(not item.left_out for item in made.items())
    assert list(policy_notes(made)) == []


def test_a_tier_leaves_out_a_category_with_its_reason(load: Load) -> None:
    made = items(load("internal"))
    assert made["security.tls.chain"].left_out == "nobody outside can reach it"
    assert made["testing.load"].left_out == ""


def test_a_tier_says_what_blocks_and_the_floor_follows(load: Load) -> None:
    assert items(load("internal"))["testing.load"].severity is Severity.IMPORTANT
    assert items(load("internal"))["testing.load"].floor is Level.DECLARED
    assert items(load())["testing.load"].floor is Level.REPORTED
    assert items(load("1"))["testing.coverage"].severity is Severity.BLOCKER


def test_the_digest_tells_tiers_apart(load: Load) -> None:
    assert len({load(tier).digest for tier in (None, "1", "internal")}) == 3


def test_what_is_said_of_an_item_stands_before_what_is_said_of_its_section(load: Load) -> None:
    child = "tiers: {internal: {leave_out: {security.tls.chain: its proxy is not ours}}}"
    assert items(load("internal", child))["security.tls.chain"].left_out == "its proxy is not ours"


def test_a_derived_checklist_changes_single_entries_and_adds_tiers(load: Load) -> None:
    child = (
        "tiers:\n  internal: {severities: {testing.load: nice}}\n"
        "  toy: {title: A toy, leave_out: {testing: no one minds}}\n"
    )
    assert items(load("internal", child))["testing.load"].severity is Severity.NICE
    assert items(load("internal", child))["security.tls.chain"].left_out
    assert items(load("toy", child))["testing.load"].left_out == "no one minds"


def test_an_item_that_a_child_adds_to_a_section_is_left_out_with_it(load: Load) -> None:
    child = "add: {security.tls: [{id: mine, number: 2.1.2, title: Mine, severity: nice, attestable: reported}]}"
    assert items(load("internal", child))["mine"].left_out


def test_an_item_that_a_child_removes_is_no_mistake_of_its_parents_tier(load: Load) -> None:
    made = load("internal", "remove: {testing.load: no load}")
    assert "testing.load" not in made.tiers[1].severities


@pytest.mark.parametrize(
    ("tier", "said"),
    [
        ("internl", "auditor.yaml:3:7: tier: the checklist small has no tier 'internl'. Did you mean 'internal'? Declared: 1, internal."),
        ("9", "has no tier '9'. Declared: 1, internal."),
        ("", "has no tier ''."),
    ],
)  # fmt: skip
def test_an_unknown_tier_is_refused_at_its_place(load: Load, tier: str, said: str) -> None:
    assert said in mistake(load, tier)


def test_a_tier_of_a_checklist_without_tiers_is_refused(load: Load) -> None:
    assert "declares no tiers. Leave the key out." in mistake(load, "1", tiers="")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tiers: {a: {title: A, leave_out: {securty: no}}}", ":1:35: No item, section or category is called 'securty'. Did you mean 'security'?"),
        ("tiers: {a: {title: A, leave_out: {security: ''}}}", "Leaving out security needs a reason."),
        ("tiers: {a: {title: A, severities: {security: nice}}}", "No item is called 'security'."),
        ("tiers: {a: {title: A, severities: {testing.load: nce}}}", "Did you mean 'nice'?"),
        ("tiers: {a: {leave_out: {}}}", "tiers.a lacks the key 'title'."),
        ("tiers: {a: {title: A, leaveout: {}}}", "Did you mean 'leave_out'?"),
        ("tiers: {'a b': {title: A}}", "'a b' is no name"),
        ("tiers: [a]", "tiers should be a mapping"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_tier_is_told_at_its_place(
    written: Callable[..., Path], text: str, said: str
) -> None:
    path = written(f"{text}\n{SMALL}")
    with pytest.raises(Mistake) as caught:
        load_checklist(str(path), VOCABULARY)
    assert said in str(caught.value)


def test_every_report_is_told_of_the_tier_and_of_what_it_does(load: Load) -> None:
    (note,) = policy_notes(load("internal"))
    assert note == (
        "The service is of tier internal (An internal tool): 1 item left out;"
        " of another severity: testing.load is important."
    )
    assert next(iter(policy_notes(load("1")))).endswith(
        "nothing is left out; of another severity: testing.coverage is blocker."
    )


def test_the_terminal_lists_the_tiers(load: Load) -> None:
    told = describe_checklist(load())
    assert "  1       Money depends on it: all of it applies, 1 of another severity" in told
    assert "  internal An internal tool: 1 left out, 1 of another severity" in told


def test_lint_advises_on_tiers_that_say_nothing_or_contradict_themselves(load: Load) -> None:
    tiers = (
        "tiers:\n  a: {title: A}\n  b: {title: B, severities: {testing.load: blocker}}\n"
        "  c: {title: C, leave_out: {testing: x, security: y}, severities: {testing.load: nice}}\n"
    )
    told = advice(load(tiers=tiers))
    assert told == [
        "The tier a changes nothing and has no `description` that says so.",
        "The tier b gives testing.load the severity blocker, which it has already.",
        "The tier c leaves out every item, so nothing is asked of its services.",
        "The tier c leaves out testing.load, so its severity there means nothing.",
    ]


class TestJudged:
    """An item that is left out is not applicable, whatever there is of evidence."""

    OUT = "an internal tool"

    @given(value=st.none() | st.integers(0, 2))
    def test_false_green_evidence_present_absent_or_contrary_changes_nothing(
        self, value: int | None
    ) -> None:
        known = () if value is None else (worlds.fact("a.number", value),)
        facts = worlds.seen(*known, promised=[worlds.spec_of(worlds.fact("a.number", 1))])
        item = worlds.item("one", worlds.asks("a.number", "> 0"), left_out=self.OUT)
        verdict = worlds.judged(item, facts)
        assert verdict.outcome is Outcome.NOT_APPLICABLE
        assert [r.text for r in verdict.reasons] == [
            "the service's tier leaves it out: an internal tool"
        ]

    def test_the_report_counts_it_and_scores_without_it(self) -> None:
        facts = worlds.seen(worlds.fact("a.number", 1))
        good = worlds.item("one", worlds.asks("a.number", "> 0"))
        bad = worlds.item("two", worlds.asks("a.number", "> 5"))
        made = worlds.checklist(good, replace(bad, left_out=self.OUT))
        report = assess(worlds.bundle_of(facts), made)
        assert report.score.proven == 1
        assert report.tally.declared_not_applicable == 1
        whole = assess(worlds.bundle_of(facts), worlds.checklist(good, bad))
        assert whole.score.proven < 1
