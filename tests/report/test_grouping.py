"""One problem that hides several facts of an item is told once; the JSON keeps every reason."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from rich.cells import cell_len

from auditor.model.evidence import Location
from auditor.model.item import Item, Severity
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Reason, Verdict
from auditor.report.grouping import grouped, told
from auditor.report.registry import render

from .sample_parts import failed, item, unknown

WHY = "Bandit is not installed. Install it: pip install bandit."


def hidden(*names: str, problem: str = "tool_missing", why: str = WHY) -> list[Reason]:
    return [
        Reason(f"{name}: {why}", f"sast.{n}", "none", None, problem, (Location(f"{n}.py"),))
        for n, name in enumerate(names)
    ]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("High findings",), "High findings"),
        (("High findings", "Files scanned"), "High findings and files scanned"),
        (("High findings", "SBOM files", "A file"), "High findings, SBOM files and a file"),
        (("High findings", "Files scanned", "C", "D", "E"), "High findings, files scanned and 3 more"),
    ],
)  # fmt: skip
def test_reasons_with_the_same_problem_are_one(names: tuple[str, ...], told: str) -> None:
    (one,) = grouped(hidden(*names))
    assert one.text == f"{told}: {WHY}"
    assert one.fact == ", ".join(f"sast.{n}" for n in range(len(names)))
    assert len(one.locations) == len(names)


def test_what_differs_stays_apart_and_in_its_order() -> None:
    seen = Reason("Findings: 3 (wanted none)", "a", "none", "3")
    reasons = [
        seen,
        *hidden("Files", "Lines"),
        *hidden("Findings", why="It timed out."),
        *hidden("Age", problem="stale"),
        replace(seen, fact="b"),
    ]
    texts = [reason.text for reason in grouped(reasons)]
    assert texts == [
        seen.text,
        f"Files and lines: {WHY}",
        "Findings: It timed out.",
        f"Age: {WHY}",
        seen.text,
    ]


def test_what_was_seen_below_the_floor_is_never_joined() -> None:
    weak = "3 (wanted none); but it is only claimed, and reported evidence is needed"
    assert len(grouped(hidden("Files", "Lines", problem="below_floor", why=weak))) == 2
    assert (
        grouped([Reason("no colon", problem="stale")] * 2)
        == [Reason("no colon", problem="stale")] * 2
    )
    assert grouped([]) == []


def _with(sample: Report, *verdicts: object) -> Report:
    first = sample.categories[0]
    section = replace(first.sections[0], verdicts=verdicts)
    return replace(sample, categories=(replace(first, sections=(section,)), *sample.categories[1:]))


@pytest.mark.parametrize("name", ["terminal", "markdown", "html"])
def test_a_report_for_readers_tells_a_problem_once(sample: Report, name: str) -> None:
    made = unknown(item("9.9.9", Severity.BLOCKER, "Scanned"), *hidden(*"ABCD"))
    page = render(name, _with(sample, made), width=120)
    assert "A, B and 2 more: Bandit is not installed" in " ".join(page.split())
    assert "more reason" not in page.split("9.9.9")[1].split("2.1.5")[0]
    assert " B: Bandit" not in page


def test_false_green_the_json_keeps_every_reason(sample: Report) -> None:
    made = unknown(item("9.9.9", Severity.BLOCKER, "Scanned"), *hidden(*"ABCD"))
    report = json.loads(render("json", _with(sample, made)))
    told = report["categories"][0]["sections"][0]["items"][0]["reasons"]
    assert [reason["text"][0] for reason in told] == list("ABCD")


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize(
    "words", ["no restart policy " * 2, "no restart policy " * 20, "日本語" * 60]
)
def test_a_failed_item_of_less_weight_shows_its_first_reason_in_one_line(
    sample: Report, width: int, words: str
) -> None:
    reason = Reason(f"Services: {words}", "x", locations=(Location("compose.yaml", 2),))
    items = [item(f"9.9.{n}", s, "Up") for n, s in enumerate((Severity.IMPORTANT, Severity.NICE))]
    page = render("terminal", _with(sample, *(failed(i, reason) for i in items)), width=width)
    lines = page.split("\n")
    for made in items:
        (at,) = (n for n, line in enumerate(lines) if line.startswith(f"✗ FAIL {made.number} ") or
                 line.startswith(f"✗ FAIL    {made.number} "))  # fmt: skip
        assert lines[at + 1].startswith("    Services: ")
        assert not lines[at + 2].startswith("    ")
    assert max(map(cell_len, lines)) <= width
    if words.isascii() and width == 80:
        assert page.count(" at compose.yaml:2\n") == 2


def test_an_unknown_item_of_less_weight_stays_one_line(sample: Report) -> None:
    made = unknown(item("9.9.9", Severity.NICE, "Told"), *hidden("Files"))
    assert "Files: Bandit" not in render("terminal", _with(sample, made), width=80)


def test_what_the_next_step_says_again_is_left_out_of_the_reasons() -> None:
    step = "Run `go vet ./...`, then audit again."
    text = f"Files checked: No report was found. {step}"
    made = Item("a.b", "1.1", "A", Severity.IMPORTANT)
    reasons = (Reason(text, hint=step), Reason("Other: Look there.", hint="Look there."))
    (first, second) = told(Verdict(made, Outcome.UNKNOWN, reasons=reasons))
    assert (first.text, second.text) == (
        "Files checked: No report was found.",
        "Other: Look there.",
    )
    (kept, _) = told(Verdict(made, Outcome.FAIL, reasons=reasons))
    assert kept.text == text, "a failed item is mended, and its next step is another"
