"""One item explained, from values, in text, Markdown and JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.evaluate.assess import assess
from auditor.model.evidence import Problem, ProblemKind
from auditor.model.item import All, Item, Not
from auditor.model.item import Any as Either
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from auditor.model.verdict import Outcome
from auditor.report import explain_json, explain_markdown
from auditor.report.explain import Explanation, explain, known
from auditor.report.explain_text import text
from auditor.report.explain_tree import Kind, in_words
from tests.evaluate.worlds import (
    ago,
    asks,
    attestation,
    bundle_of,
    checklist,
    fact,
    item,
    matcher,
    seen,
    spec_of,
)
from tests.report.sample import HOSTILE

NONE = Problem(
    ProblemKind.NOT_CONFIGURED, "No report was found.", "Run `go test`, then audit again."
)


def explained(made: Item, *facts: Any, missing: tuple[str, ...] = (), **more: Any) -> Explanation:
    promised = [FactSpec(key, FactType.NUMBER, f"About {key}.", "%") for key in missing]
    found = seen(*facts, promised=promised, problems=dict.fromkeys(missing, NONE))
    bundle, policy = bundle_of(found), checklist(made)
    from dataclasses import replace

    of = replace(known(policy, bundle.probes), facts=found, report=assess(bundle, policy))
    return explain(policy.items()[0], of, **more)


def unseen(made: Item, command: str = "") -> Explanation:
    policy = checklist(made)
    probes = bundle_of(seen(promised=[spec_of(fact("a.b", 1))])).probes
    return explain(made, known(policy, probes), command)


@pytest.mark.parametrize(
    ("test", "unit", "words"),
    [
        (">= 90", "%", "at least 90 %"),
        ("== 0", "files", "exactly 0 files"),
        ("< 300", "ms", "less than 300 ms"),
        ("> 0", "", "more than 0"),
        (True, "", "yes"),
    ],
)
def test_what_is_wanted_is_told_in_words(test: Any, unit: str, words: str) -> None:
    assert in_words(matcher(test), unit) == words


def test_a_pass_tells_what_was_seen_where_and_that_nothing_is_missing() -> None:
    made = explained(item("one", asks("a.b", "> 0"), floor=Level.REPORTED), fact("a.b", 5))
    told = text(made)
    assert made.verdict is not None
    assert made.verdict.outcome is Outcome.PASS
    assert "PASS at the level reported" in told
    assert "seen: 5 (reported, report.json" in told
    assert "Nothing: it passes." in told


def test_what_is_missing_is_told_with_the_command_of_the_stack() -> None:
    made = explained(item("one", asks("a.b", "> 0"), produce="pytest"), missing=("a.b",))
    assert made.missing == ("About a.b: No report was found.",)
    assert [s.command for s in made.steps] == ["go test"]
    assert "? About a.b: more than 0 %" in text(made)


def test_one_problem_that_hides_several_facts_is_told_once_in_the_tree() -> None:
    tree = All((asks("a.b", "> 0"), asks("a.c", "> 0")))
    told = text(explained(item("one", tree), missing=("a.b", "a.c")))
    assert told.count("not known, as above") == 1


def test_false_green_evidence_below_the_floor_is_told_as_not_enough() -> None:
    weak = fact("a.b", 5, Level.DECLARED)
    made = explained(item("one", asks("a.b", "> 0"), floor=Level.REPORTED), weak)
    assert made.verdict is not None
    assert made.verdict.outcome is Outcome.UNKNOWN
    assert made.requires is not None
    assert made.requires.truth is None
    assert "not enough: 5 (wanted > 0); but it is only declared" in text(made)
    assert made.raises[0] == "Its weakest evidence is declared: About a.b (report.json)."
    assert made.raises[1].startswith("What is declared becomes effective once")


def test_a_contradiction_shows_both_facts() -> None:
    strong, weak = fact("a.b", 0, Level.OBSERVED), fact("a.b", 9, Level.DECLARED)
    made = explained(item("one", asks("a.b", "> 0")), strong, weak)
    assert made.requires is not None
    assert [(s.value, s.holds) for s in made.requires.seen] == [("0", False), ("9", True)]
    assert made.requires.truth is False


def test_old_evidence_is_shown_with_its_time() -> None:
    old = fact("a.b", 5, at=ago(days=9))
    told = text(explained(item("one", asks("a.b", "> 0"), max_age_s=86400.0), old))
    assert "It may be at most 1 days old" in told
    assert "2026-02-21 12:00 UTC" in told
    assert "(stale evidence)" in told


def test_a_not_keeps_its_own_truth() -> None:
    made = explained(item("one", Not(asks("a.b", "> 5"))), fact("a.b", 2))
    assert made.requires is not None
    assert (made.requires.kind, made.requires.truth) == (Kind.NOT, True)
    assert made.requires.parts[0].truth is False


def test_an_any_shows_every_branch() -> None:
    tree = Either((asks("a.b", "> 5"), asks("a.c", "> 5")))
    made = explained(item("one", tree), fact("a.b", 1), fact("a.c", 9))
    assert made.requires is not None
    assert [p.truth for p in made.requires.parts] == [False, True]
    told = " ".join(text(made).split())
    assert "? any of these" not in told
    assert "✓ any of these ✗ About a.b: more than 5" in told


def test_an_attested_item_says_who_vouched_and_where() -> None:
    made = explained(
        item("one", attestable=Level.REPORTED, floor=Level.REPORTED),
        attestation("one", owner="dana"),
    )
    assert made.verdict is not None
    assert made.verdict.attested
    assert made.vouched[0].startswith("attested by dana")
    assert "evidence would outlast the word" in text(made).replace("\n", " ").replace("    ", "")


def test_an_item_that_does_not_apply_says_why_and_asks_for_nothing() -> None:
    made = explained(item("one", asks("a.b", "> 0"), left_out="internal tool", produce="pytest"))
    assert "leaves it out: internal tool" in " ".join(text(made).split())
    assert made.steps == ()


def test_what_failed_is_told_how_to_mend_and_how_to_make_its_evidence_in_this_stack() -> None:
    asked = item("one", asks("a.b", "> 5"), fix="Mend it.", produce="pytest")
    made = explained(asked, fact("a.b", 1), command="Run `go test`, then audit again.")
    told = text(made)
    assert told.index("How to mend it") < told.index("How to produce the evidence here")
    assert "  Mend it." in told.splitlines()
    assert "go test" in told
    assert "pytest" not in told


def test_a_pass_is_told_what_makes_its_evidence_and_nothing_to_mend() -> None:
    made = explained(
        item("one", asks("a.b", "> 0"), fix="Mend it.", produce="pytest"), fact("a.b", 5)
    )
    assert made.remedy is None
    assert [s.advice for s in made.steps] == ["pytest"]


def test_what_a_tier_leaves_out_needs_no_look() -> None:
    made = unseen(item("one", asks("a.b", "> 0"), left_out="internal tool", produce="pytest"))
    told = " ".join(text(made).split())
    assert "- NOT APPLICABLE: the service's tier leaves it out: internal tool" in told
    assert "How to produce the evidence here" not in told
    plain = json.loads(explain_json.render(made))
    assert (plain["verdict"], plain["not_applicable"]) == ("not_applicable", ["internal tool"])
    assert "NOT APPLICABLE" in explain_markdown.render(made)


def test_unseen_an_item_says_what_is_asked_and_no_verdict() -> None:
    asked = item(
        "one",
        asks("a.b", ">= 90"),
        when=asks("a.b", "> 0"),
        why="Because.",
        fix="Mend it.\n\n    make it\n",
        fooled="By a stub.",
        stronger="A run.",
        produce="pytest",
        effective_from="2027-01-31",
    )
    made = unseen(asked, "Run `go test`, then audit again.")
    told = text(made)
    assert made.verdict is None
    for line in (
        "Why it matters",
        "  Because.",
        "  It applies unless it is shown that this is not so:",
        "    · About a.b: at least 90",
        "  Run `go test`, then audit again.",
        "      make it",
        "  - A run.",
        "  By a stub.",
    ):
        assert line in told.splitlines()
    assert "What is missing" not in told
    assert "pytest" not in told, "the stack's own command stands in its place"
    assert "in force from 2027-01-31" in " ".join(told.split())


def test_what_a_checklist_says_in_words_stays_beside_the_command() -> None:
    made = unseen(item("one", asks("a.b", "> 0"), produce="`pytest`, or attest it."), "Run `x`.")
    assert [s.advice for s in made.steps] == ["Run `x`.", "`pytest`, or attest it."]


def test_parts_are_explained_too() -> None:
    parts = (item("one.a", asks("a.b", "> 0"), title="Part A"),)
    made = explained(item("one", checks=parts), fact("a.b", 5))
    assert [c.item.id for c in made.checks] == ["one.a"]
    assert made.checks[0].verdict is not None
    assert "It passes when all of its parts pass." in text(made)
    assert "Part A" in text(made)


def test_the_share_of_the_score_is_told_only_where_everybody_looked() -> None:
    asked = item("one", asks("a.b", "> 0"))
    assert explained(asked, fact("a.b", 5)).worth is None
    assert explained(asked, fact("a.b", 5), whole=True).worth == 1


@pytest.mark.parametrize("width", [40, 80, 120])
def test_no_line_of_prose_is_wider_than_the_terminal(width: int) -> None:
    asked = item(
        "one", asks("a.b", "> 0"), why="word " * 90, fooled="word " * 90, stronger="w " * 99
    )
    told = text(explained(asked, fact("a.b", 5)), width=width)
    assert max(map(len, told.splitlines())) <= width


def test_json_holds_the_tree_the_facts_and_the_steps() -> None:
    made = explained(item("one", asks("a.b", "> 0"), produce="pytest"), missing=("a.b",))
    plain = json.loads(explain_json.render(made))
    assert plain["schema_version"] == "1"
    assert (plain["verdict"], plain["requires"]["holds"]) == ("unknown", None)
    assert plain["requires"]["missing"].startswith("No report was found.")
    assert plain["produce"][0]["command"] == "go test"
    assert (
        json.loads(explain_json.render(unseen(item("one", asks("a.b", "> 0")))))["verdict"] is None
    )


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_target_wrote_is_inert_everywhere(hostile: str) -> None:
    made = explained(item("one", asks("a.b", "> 5")), fact("a.b", 1, where=hostile))
    told = text(made)
    assert "\x1b" not in told
    assert all(c.isprintable() or c == "\n" for c in told)
    shown = explain_markdown.render(made)
    assert "<script>" not in shown
    assert "\x1b" not in shown
    assert json.loads(explain_json.render(made))["requires"]["seen"][0]["value"] == "1"


def test_markdown_is_headings_and_lists() -> None:
    lines = explain_markdown.render(
        explained(item("one", asks("a.b", "> 0"), fooled="By a stub."), fact("a.b", 5))
    ).splitlines()
    assert lines[0].startswith("# ")
    assert "## What decides it" in lines
    assert "- ✓ About a.b: more than 0" in lines
    assert "By a stub." in lines
