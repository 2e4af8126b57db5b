"""Each open item has a next step that can be pasted as it stands, in every format."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.model.item import Item, Severity
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Reason, Verdict
from auditor.report.registry import render
from auditor.report.steps import NextStep, fix, next_step

SNIPPET = """\
groups:
  - name: orders
    rules:
      - alert: HighErrorRate"""
FIX = f"""\
Write the rules, and load
them.

{chr(10).join("    " + line for line in SNIPPET.splitlines())}


    promtool check rules rules.yml

Then look at them.
"""


def test_a_fix_is_advice_and_what_is_indented_is_to_be_pasted() -> None:
    assert fix(FIX) == NextStep(
        "Write the rules, and load\nthem.\nThen look at them.",
        block=f"{SNIPPET}\n\npromtool check rules rules.yml",
    )


def test_a_fix_without_a_block_is_advice_alone() -> None:
    assert fix("Ask a lawyer.\n  Then ask again.") == NextStep("Ask a lawyer.\n  Then ask again.")


def test_words_with_a_command_in_them_are_not_given_as_a_command() -> None:
    made = Item("a", "1", "A", Severity.NICE, produce="`auditor attest a`, linking the log.")
    step = next_step(Verdict(made, Outcome.UNKNOWN))
    assert step == NextStep("Produce the evidence: `auditor attest a`, linking the log.")


@pytest.mark.parametrize("outcome", [Outcome.FAIL, Outcome.UNKNOWN])
@pytest.mark.parametrize(
    ("name", "severity"),
    [
        (name, severity)
        for name in ("terminal", "markdown", "html", "json")
        for severity in Severity
        if name != "terminal" or severity in (Severity.BLOCKER, Severity.CRITICAL)
    ],
)
def test_what_is_to_be_pasted_keeps_its_lines(
    sample: Report, name: str, severity: Severity, outcome: Outcome
) -> None:
    made = Item("new.one", "9.9.9", "New", severity, fix=FIX)
    text = render(name, _with(sample, Verdict(made, outcome)))
    if name == "json":
        assert "rules:\\n          - alert: HighErrorRate" in text
        return
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.strip().endswith("groups:"))
    margin = 0 if name == "html" else len(lines[start]) - len(lines[start].lstrip())
    assert [line[margin:] for line in lines[start + 1 : start + 4]] == SNIPPET.splitlines()[1:]


def test_the_terminal_says_where_the_fixes_of_less_severe_items_are(sample: Report) -> None:
    assert "Reasons and fixes of these are in the page: --format html=report.html" in render(
        "terminal", sample
    )


def test_a_command_of_several_lines_keeps_them_on_the_terminal(sample: Report) -> None:
    made = Item("new.one", "9.9.9", "New", Severity.BLOCKER, produce="first --a\nsecond --b")
    lines = render("terminal", _with(sample, Verdict(made, Outcome.UNKNOWN))).splitlines()
    assert "second --b" in [line.strip() for line in lines]


def _with(report: Report, verdict: Verdict) -> Report:
    """The report with one more item in its first section."""
    category = report.categories[0]
    section = category.sections[0]
    more = replace(section, verdicts=(*section.verdicts, verdict))
    first = replace(category, sections=(more, *category.sections[1:]))
    return replace(report, categories=(first, *report.categories[1:]))


def unknown(*hints: str) -> Verdict:
    made = Item(
        "a.b", "1.1", "A", Severity.IMPORTANT, produce="pytest --junit-xml=reports/junit.xml"
    )
    return Verdict(made, Outcome.UNKNOWN, reasons=tuple(Reason("why", hint=h) for h in hints))


def test_the_command_of_the_targets_own_stack_comes_before_the_checklists() -> None:
    step = next_step(unknown("Look there.", "Run `go vet ./...`, then audit again."))
    assert step == NextStep("Produce the evidence:", "go vet ./...")


def test_what_goes_with_the_targets_command_is_told_as_well() -> None:
    hint = "Run `go vet ./...` in CI, and attest that run: its report is not read."
    assert next_step(unknown(hint)) == NextStep(f"Produce the evidence: {hint}")


def test_a_hint_that_names_no_command_leaves_the_checklists_step() -> None:
    step = next_step(unknown("Run again with --url https://your-staging-host."))
    assert step.command == "pytest --junit-xml=reports/junit.xml"


def test_a_failed_item_is_mended_and_its_evidence_not_made_again() -> None:
    verdict = replace(unknown("Run `go vet ./...`, then audit again."), outcome=Outcome.FAIL)
    assert "go vet" not in str(next_step(verdict))
