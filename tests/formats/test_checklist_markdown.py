"""Checklists in Markdown: tasks, headings, tables and figures, each with its exact place."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from auditor.checklist.imported_words import words
from auditor.formats.checklists.figures import figures
from auditor.formats.checklists.marks import mark, marked, without_mark
from auditor.formats.checklists.parts import TaskDocument
from auditor.formats.checklists.reader import DEEPEST, LIMIT, joined, read, split
from auditor.formats.checklists.structure import categories
from auditor.formats.checklists.titles import bare, read_title
from auditor.formats.text.errors import Malformed, TooLarge
from tests.formats.conftest import SampleReader


def document(text: str) -> TaskDocument:
    return read(text.encode(), words())


def titles(text: str) -> list[tuple[str, bool]]:
    return [(task.title, task.ticked) for task in document(text).tasks]


def test_the_tasks_of_every_sample_are_those_of_its_manifest(samples: SampleReader) -> None:
    for name, (data, facts) in samples("checklists-md").items():
        made = read(data, words(), name=name)
        told = {
            "tasks": len(made.tasks),
            "checked": sum(task.ticked for task in made.tasks),
            "unchecked": sum(not task.ticked for task in made.tasks),
            "tasks_indented(nested)": sum(task.indent > 0 for task in made.tasks),
            "tasks_inside_code_fences(excluded)": len(made.in_code),
            "lines": len(made.lines),
        }
        assert told == {key: facts[key] for key in told}, name


def test_the_severities_of_the_samples_are_the_signs_that_the_manifest_counts(
    samples: SampleReader,
) -> None:
    data, facts = samples("checklists-md")["hotel-emoji-severities.md"]
    tasks = read(data, words()).tasks
    signs = {"green": "important", "red": "blocker", "yellow": "critical"}
    told = {sign: sum(t.severity == name for t in tasks) for sign, name in signs.items()}
    ticked = {sign: sum(t.severity == n and t.ticked for t in tasks) for sign, n in signs.items()}
    assert (told, ticked) == (facts["task_emoji"], facts["task_emoji_checked"])


def test_every_box_is_where_its_place_says(samples: SampleReader) -> None:
    for name, (data, _) in samples("checklists-md").items():
        made = read(data, words(), name=name)
        for task in made.tasks:
            line = made.shown[task.line - 1]
            assert line[task.start - 1] + line[task.end] == "[]"
            assert line[task.start : task.end].strip().lower() == ("x" if task.ticked else "")


@given(st.binary(max_size=300))
def test_split_lines_join_to_the_same_bytes(data: bytes) -> None:
    try:
        lines = split(data)
    except Malformed:
        return
    assert joined(lines) == data


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_and_a_byte_order_mark_are_kept(end: str) -> None:
    data = ("\ufeff# T" + end + "- [x] one  " + end + "- [ ] two").encode()
    made = read(data, words())
    assert joined(made.lines) == data
    assert [(t.line, t.title, t.ticked) for t in made.tasks] == [
        (2, "one", True),
        (3, "two", False),
    ]
    assert made.headings[0].title == "T"


def test_boxes_in_code_are_told_and_no_tasks() -> None:
    made = document(
        "- [ ] real\n\n```markdown\n- [ ] fenced\n```\n\n~~~\n- [x] waves\n~~~\n\nText.\n\n    - [ ] indented\n"
    )
    assert [task.title for task in made.tasks] == ["real"]
    assert made.in_code == (4, 8, 13)


def test_a_fence_ends_only_with_as_many_signs_of_its_own() -> None:
    made = document("````\n```\n- [ ] inside\n~~~\n````\n- [ ] outside\n")
    assert ([task.title for task in made.tasks], made.in_code) == (["outside"], (3,))


def test_a_fence_without_an_end_goes_on_to_the_end_and_its_boxes_are_told() -> None:
    made = document("- [ ] before\n```\n- [ ] never shown\n")
    assert (len(made.tasks), made.in_code) == (1, (3,))


def test_metadata_at_the_beginning_is_none_of_the_text() -> None:
    made = document("---\ntitle: x\nscore: 1/2\n---\n# T\n- [ ] a\n")
    assert [h.title for h in made.headings] == ["T"]
    assert 3 not in made.prose


def test_tasks_in_a_comment_are_told_apart() -> None:
    made = document("<!--\n- [ ] hidden\n-->\n- [ ] shown\n")
    assert [(t.title, t.place) for t in made.tasks] == [("hidden", "comment"), ("shown", "list")]


def test_nested_tasks_know_the_task_above_them_also_over_plain_items() -> None:
    made = document(
        "- [ ] a\n  - note\n    - [ ] a1\n  - [x] a2\n- [ ] b\n\n  - [ ] b1\n\n# H\n- [ ] c\n"
    )
    above = {t.title: None if t.parent is None else made.tasks[t.parent].title for t in made.tasks}
    assert above == {"a": None, "a1": "a", "a2": "a", "b": None, "b1": "b", "c": None}
    assert made.tasks[0].details == ("note",)


def test_what_is_nested_too_deep_is_flattened_and_counted() -> None:
    text = "".join(f"{'  ' * depth}- [ ] level {depth}\n" for depth in range(400))
    made = document(text)
    depth = 0
    task = made.tasks[-1]
    while task.parent is not None:
        task, depth = made.tasks[task.parent], depth + 1
    assert (len(made.tasks), depth) == (400, DEEPEST)
    assert made.flattened == 400 - DEEPEST - 1


def test_a_task_behind_any_indentation_is_a_task() -> None:
    made = document("- [ ] a\n" + " " * 9000 + "- [x] far\n")
    assert [(t.title, t.start, t.parent) for t in made.tasks] == [("a", 3, None), ("far", 9003, 0)]


def test_a_title_goes_on_over_the_lines_of_its_paragraph() -> None:
    text = "- [ ] **A:** first half\n      second half\n- [ ] b\\\n  not the title\n- [ ] c\n  > a quote\n"
    assert [t for t, _ in titles(text)] == ["A: first half second half", "b", "c"]


@pytest.mark.parametrize(
    ("text", "title", "severity"),
    [
        ("🔴 **Bandit scan** ← BLOCKER", "Bandit scan", "blocker"),
        ("🟡 Mypy", "Mypy", "critical"),
        ("⚪ Release notes", "Release notes", "nice"),
        ("Plain", "Plain", None),
        ("**Critical:** backups", "backups", "critical"),
        ("[P0] login works", "login works", "blocker"),
        ("Crítico: copias de seguridad", "copias de seguridad", "critical"),
        ("Bloqueante - pruebas de carga", "pruebas de carga", "blocker"),
        ("Backups restored (high)", "Backups restored", "critical"),
        ("**Charset:** ![High][high_img] is declared", "Charset: is declared", "critical"),
        ("Trivy HIGH/CRITICAL resolved", "Trivy HIGH/CRITICAL resolved", None),
        ("High availability is there", "High availability is there", None),
        ("1.2.3 Add `x` to [docs](https://x.test) ✅ COMPLETE", "Add x to docs", None),
        ("Fish &amp; chips \\*now\\*", "Fish & chips *now*", None),
        ("`__init__` stays", "__init__ stays", None),
    ],
)
def test_a_title_is_what_remains_without_marks_and_severity(
    text: str, title: str, severity: str | None
) -> None:
    found = read_title(text, words())
    assert (found.text, found.severity) == (title, severity)


def test_a_box_without_words_is_a_task_all_the_same() -> None:
    assert titles("# T\n- [ ]\n- [x] ✅\n- [ ] **a**\n") == [
        ("(untitled)", False),
        ("(untitled)", True),
        ("a", False),
    ]


def test_two_severities_are_a_doubt_and_the_worse_one_counts() -> None:
    found = read_title("🟢 Load test ← BLOCKER", words())
    assert (found.severity, found.doubt) == ("blocker", True)


def test_a_legend_of_the_file_goes_before_the_usual_signs() -> None:
    made = document("```\n🟡 BLOCKER - must fix\n🔴 NICE - later\n```\n- [ ] 🟡 a\n- [ ] 🔴 b\n")
    assert [t.severity for t in made.tasks] == ["blocker", "nice"]


def test_a_heading_says_the_severity_of_the_tasks_below_it() -> None:
    made = document("# T\n## 🔴 Now\n### Part\n- [ ] a\n## Optional\n- [ ] b\n## Other\n- [ ] c\n")
    assert [t.severity for t in made.tasks] == ["blocker", "nice", None]


def test_headings_tell_number_title_and_weight() -> None:
    made = document(
        "# ✅ Ready\n## 🧪 2. Testing & Quality (Weight: 25%)\n### 2.1 Tests\n## Seguridad (Peso: 12,5 %)\n"
        "## 30 Minutes Before\nUnderlined\n----------\n"
    )
    told = [(h.level, h.number, h.title, h.weight) for h in made.headings]
    assert told == [
        (1, "", "Ready", None),
        (2, "2", "Testing & Quality", 25.0),
        (3, "2.1", "Tests", None),
        (2, "", "Seguridad", 12.5),
        (2, "", "30 Minutes Before", None),
        (2, "", "Underlined", None),
    ]


def test_boxes_in_tables_are_tasks_with_the_severity_of_their_row() -> None:
    made = document(
        "| # | Item | Severity | Done |\n|---|---|---|---|\n| 1 | Backups tested | 🔴 | [x] |\n"
        "| 2 | Alerts | Low | [ ] |\n| 3 | Logs | | ☐ |\n"
    )
    told = [(t.title, t.severity, t.ticked, t.place) for t in made.tasks]
    assert told == [
        ("Backups tested", "blocker", True, "table"),
        ("Alerts", "nice", False, "table"),
        ("Logs", None, False, "table"),
    ]


def test_categories_are_the_headings_with_weights_else_those_below_what_is_over_all() -> None:
    weighted = categories(
        document(
            "# T\n## A (Weight: 60%)\n### A1\n- [ ] a\n### A2\n- [ ] b\n## B (Weight: 40%)\n- [ ] c\n"
        )
    )
    assert [(c.title, c.weight, [s.title for s in c.sections]) for c in weighted] == [
        ("A", 60.0, ["A1", "A2"]),
        ("B", 40.0, ["B"]),
    ]
    plain = categories(document("# T\n## L\n### A\n- [ ] a\n### B\n- [ ] b\n"))
    assert [c.title for c in plain] == ["A", "B"]
    assert [c.title for c in categories(document("- [ ] a\n"), "Mine")] == ["Mine"]


def test_scores_totals_rows_counts_and_targets_are_found_with_their_places() -> None:
    made = document(
        "# T\n## 1. A (Weight: 50%)\n- [x] 🔴 a\n\n**Score**: 1/1 = 100% ✅\n\n"
        "| Category | Score | Weight | Weighted |\n|---|---|---|---|\n| 1. A | 100.0% | 50% | 50,0% |\n"
        "| Total | | | 50% |\n\n🔴 BLOCKER Issues: 3 (fix)\nTarget: >1,000 req/s, P95 < 0.3 s\n"
        "```python\n**Score**: 9/9\n```\n"
    )
    found = figures(made, words())

    def at(line: int, span: tuple[int, int]) -> str:
        return made.shown[line - 1][slice(*span)]

    score = found.scores[0]
    assert (score.got, score.of, score.percent) == (1, 1, 100.0)
    assert at(score.line, score.part) == "1/1"
    assert score.sign is not None
    assert at(score.line, score.sign) == "✅"
    row = found.rows[0]
    assert row.weighted is not None
    assert (row.number, row.weighted[0], at(row.line, row.weighted[1])) == ("1", 50.0, "50,0")
    assert [(t.percent, at(t.line, t.span)) for t in found.totals] == [(50.0, "50")]
    assert [(c.severity, c.number, c.open) for c in found.counts] == [("blocker", 3, True)]
    assert [(t.metric, t.value) for t in found.targets] == [
        ("throughput", 1000.0),
        ("P95 latency", 300.0),
    ]


def test_marks_come_off_as_they_were_put_on() -> None:
    for line in ("- [ ] a", "- [ ] a ← BLOCKER", "- [ ] a  ", "- [ ] a \\"):
        for ascii_only in (False, True):
            wanted = mark(
                ["❔ unknown", "⏸ waived until 2026-01-01"], "b/e.json", ascii_only=ascii_only
            )
            once = marked(line, wanted, ascii_only=ascii_only)
            assert marked(once, wanted, ascii_only=ascii_only) == once
            assert without_mark(once).rstrip(" \\") == line.rstrip(" \\")
    assert without_mark("- [ ] a ← BLOCKER") == "- [ ] a ← BLOCKER"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff\xfe- \x00", "UTF-16"),
        (b"- [ ] a\n\x00", "NUL"),
        (bytes(range(128, 256)) * 4, "not UTF-8"),
        (b"PK\x03\x04\x00\x00", "NUL"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(data: bytes, says: str) -> None:
    with pytest.raises(Malformed, match=says):
        read(data, words(), name="list.md")


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(TooLarge, match="64,000,000 bytes"):
        split(b"x" * (LIMIT + 1))


@pytest.mark.parametrize(
    "line",
    [
        "- [ ] " + "a" * 1_000_000,
        "[" * 100_000,
        "- [ ] " + "[" * 100_000,
        "- [ ] " + "<!--" * 30_000,
        "- [ ] " + "*_`" * 30_000,
        "| " * 50_000,
        "**Score**: " + "1/" * 50_000,
        "# " + "(" * 50_000,
        ">" * 100_000,
        "- " * 50_000,
        "é" * 100_000,
        "Ã©" * 10_000,
    ],
)
def test_a_hostile_line_is_read_in_little_time(line: str) -> None:
    made = document(f"# T\n\n{line}\n\n- [ ] last\n")
    assert made.tasks[-1].title == "last"
    assert figures(made, words()).totals == ()
    assert all(len(task.title) <= 500 for task in made.tasks)


@given(st.text(alphabet="ab `*_[]()<>&;#\\|é\u200b\x1b\u2028", max_size=60))
def test_bare_text_can_always_be_shown(text: str) -> None:
    assert bare(text).isprintable()
    assert bare(text) == " ".join(bare(text).split())


def test_the_kept_parser_of_markdown_sees_the_same_tasks() -> None:
    """Lists of lists, fences and headings as people write them, drawn at random."""
    chance = random.Random(7)
    for _ in range(60):
        text = drawn(chance)
        made = document(text)
        fenced = set()
        for token in MarkdownIt("commonmark").parse(text):
            if token.type in ("fence", "code_block") and token.map:
                fenced |= set(range(token.map[0], token.map[1]))
        boxes = [
            n for n, line in enumerate(text.split("\n"))
            if re.match(r"\s*[-*] \[[ x]\] ", line) and n not in fenced
        ]  # fmt: skip
        assert [task.line - 1 for task in made.tasks] == boxes, text


def drawn(chance: random.Random) -> str:
    lines = ["# T", ""]
    for _ in range(chance.randrange(3, 25)):
        kind = chance.randrange(6)
        if kind == 0:
            lines += ["", "#" * chance.randrange(1, 5) + " H", ""]
        elif kind == 1:
            fence = chance.choice(["```", "~~~", "````"])
            lines += ["", fence + chance.choice(["", "sh"]), "- [ ] code", fence, ""]
        elif kind == 2:
            lines += ["", "Some words.", ""]
        else:
            lines += [f"- [{chance.choice(' x')}] task", *["  - [ ] part"] * chance.randrange(3)]
    return "\n".join(lines) + "\n"
