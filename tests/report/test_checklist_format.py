"""A report as a checklist, and written into a checklist that people keep: boxes and figures alone."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.checklist.chain import Written as File
from auditor.checklist.imported import import_markdown
from auditor.checklist.imported_arithmetic import findings
from auditor.checklist.imported_binding import BOUND
from auditor.checklist.imported_pairing import SURE, Pairing, pair
from auditor.checklist.imported_words import words
from auditor.checklist.imported_yaml import checklist_yaml
from auditor.checklist.load import checklist_from
from auditor.collect.registry import find_probes, vocabulary
from auditor.evaluate.readiness import readiness
from auditor.evaluate.scoring import mean, section_score
from auditor.formats.checklists.figures import figures
from auditor.formats.checklists.mojibake import damage
from auditor.formats.checklists.parts import TaskDocument
from auditor.formats.checklists.reader import read
from auditor.formats.checklists.structure import categories
from auditor.model.item import Checklist, Item
from auditor.model.report import CategoryResult, Report, SectionResult
from auditor.model.verdict import Outcome, Verdict, Waiver
from auditor.report.checklist_figures import short, sign, tenths
from auditor.report.checklist_into import Written, decided_by, write_into
from auditor.report.checklist_markdown import document as rendered
from auditor.report.checklist_markdown import web_safe
from auditor.report.registry import render

from .sample import HOSTILE, report

SEED = (
    Path(__file__).parents[2]
    / ".."
    / "shared"
    / "seed"
    / "production-readiness-checklist.mojibake.md"
)
TEXT = """\
# ✅ Ours

Prose with 7/8 and  two spaces.\x20\x20

## 🎵 1. Tests (Weight: 60%)
### 1.1 Unit
- [x] 🔴 **First** ← BLOCKER
- [ ] 🟡 Second
  - [x] part one
  - [ ] part two
* [X] 🟢 Third

**Score**: 2/3 = 66.7% ✅

## 2. Runs (Weight: 60%)
- [ ] 🟢 Fourth
- [ ] 🟢 Fifth

**Score**: 0/2 = 0% 🔴

```
│  CATEGORY  │  SCORE  │  WEIGHT  │  WEIGHTED  │
│  1. Tests  │  66.7%  │   60%    │   40.0%    │
│  2. Runs   │   0.0%  │   60%    │    0.0%    │
│  TOTAL                           │   40.0%    │

🔴 BLOCKER Issues: 0 (MUST FIX)
🟡 CRITICAL Issues: 9 (SHOULD FIX)
Status: ✅ PRODUCTION READY (≥ 80% required)
```

## Unknown section (3 blockers)
Nothing here, 57.3%.
```sh
- [ ] never
```
"""
PASS, FAIL, UNKNOWN, NONE = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE
WAIVER = Waiver("x", "Ada", "Grace", "later", "2026-05-01T00:00:00+00:00")


def read_text(data: str | bytes) -> TaskDocument:
    return read(data.encode() if isinstance(data, str) else data, words(), name="x.md")


def imported(data: str | bytes) -> Checklist:
    made = import_markdown(data.encode() if isinstance(data, str) else data, "x.md")
    facts = (
        vocabulary(p.spec for p in find_probes())
        if b"require:" in checklist_yaml(made).encode()
        else {}
    )
    return checklist_from([File("x", "x.yaml", checklist_yaml(made).encode())], facts)


def judged(checklist: Checklist, outcomes: dict[str, Outcome], waived: str = "") -> Report:
    """A report in which items have the outcomes of their titles; the others are unknown."""

    def verdict(item: Item) -> Verdict:
        outcome = outcomes.get(item.title, UNKNOWN)
        waiver = WAIVER if item.title == waived else None
        checks = tuple(map(verdict, item.checks))
        return Verdict(item, outcome, waived=waiver, evidence=("repo.code",), checks=checks)

    made = []
    for category in checklist.categories:
        sections = []
        for section in category.sections:
            verdicts = tuple(map(verdict, section.items))
            score, applicable = section_score(verdicts)
            sections.append(SectionResult(section, score, verdicts, bool(applicable)))
        score, applicable = mean((s.score, Fraction(s.applicable)) for s in sections)
        made.append(CategoryResult(category, score, tuple(sections), bool(applicable)))
    total, _ = mean((c.score, c.category.weight if c.applicable else Fraction(0)) for c in made)
    verdicts = [v for c in made for s in c.sections for v in s.verdicts]
    return replace(
        report(),
        checklist=checklist,
        categories=tuple(made),
        score=total,
        readiness=readiness(checklist, total, list(verdicts)),
        criteria=(),
    )


def into(
    data: str | bytes, told: Report, *, links: bool = False, least: float = 2.0
) -> tuple[Written, Pairing]:
    document = read_text(data)
    paired = pair(document, told.checklist, least=least)
    made = write_into(
        document,
        paired.structure,
        figures(document, words()),
        decided_by(paired.by_task, told),
        told,
        link=(lambda verdict: "b/evidence/repo.code.json") if links else None,
    )
    return made, paired


OUTCOMES = {
    "First": FAIL,
    "Second": PASS,
    "part one": PASS,
    "part two": PASS,
    "Fourth": PASS,
    "Fifth": NONE,
}


def test_boxes_scores_rows_total_counts_and_status_are_as_evidence_says() -> None:
    written, _ = into(TEXT, judged(imported(TEXT), OUTCOMES))
    lines = written.data.decode().split("\n")
    changed = [(a, b) for a, b in zip(TEXT.split("\n"), lines, strict=True) if a != b]
    assert changed == [
        ("- [x] 🔴 **First** ← BLOCKER", "- [ ] 🔴 **First** ← BLOCKER"),
        ("- [ ] 🟡 Second", "- [x] 🟡 Second"),
        ("  - [ ] part two", "  - [x] part two"),
        ("* [X] 🟢 Third", "* [ ] 🟢 Third"),
        ("**Score**: 2/3 = 66.7% ✅", "**Score**: 1/3 = 33.3% ⚠️"),
        ("- [ ] 🟢 Fourth", "- [x] 🟢 Fourth"),
        ("**Score**: 0/2 = 0% 🔴", "**Score**: 1/1 = 100% ✅"),
        ("│  1. Tests  │  66.7%  │   60%    │   40.0%    │", "│  1. Tests  │  33.3%  │   60%    │   16.7%    │"),
        ("│  2. Runs   │   0.0%  │   60%    │    0.0%    │", "│  2. Runs   │ 100.0%  │   60%    │   50.0%    │"),
        ("│  TOTAL                           │   40.0%    │", "│  TOTAL                           │   66.6%    │"),
        ("🔴 BLOCKER Issues: 0 (MUST FIX)", "🔴 BLOCKER Issues: 1 (MUST FIX)"),
        ("🟡 CRITICAL Issues: 9 (SHOULD FIX)", "🟡 CRITICAL Issues: 0 (SHOULD FIX)"),
        ("Status: ✅ PRODUCTION READY (≥ 80% required)", "Status: ⚠️ NOT PRODUCTION READY (< 80% required)"),
        ("## Unknown section (3 blockers)", "## Unknown section (1 blockers)"),
    ]  # fmt: skip
    assert written.left == ()


@pytest.mark.parametrize("outcome", [FAIL, UNKNOWN, NONE])
def test_nothing_but_a_pass_ticks_a_box(outcome: Outcome) -> None:
    everything = dict.fromkeys(
        ("First", "Second", "part one", "part two", "Third", "Fourth", "Fifth"), outcome
    )
    written, _ = into(TEXT, judged(imported(TEXT), everything, waived="First"))
    assert not re.search(r"\[[xX]\]", written.data.decode())


def test_a_ready_service_is_called_ready_and_an_open_blocker_is_named() -> None:
    checklist = imported(TEXT)
    ready = dict.fromkeys(
        ("First", "Second", "part one", "part two", "Third", "Fourth", "Fifth"), PASS
    )
    low = TEXT.replace("✅ PRODUCTION READY (≥ 80%", "⚠️ NOT PRODUCTION READY (< 80%")
    assert (
        "Status: ✅ PRODUCTION READY (≥ 80% required)"
        in into(low, judged(checklist, ready))[0].data.decode()
    )
    blocked = judged(checklist, {**ready, "First": FAIL})
    only = replace(blocked, checklist=replace(blocked.checklist, levels={"ready": 50.0}))
    assert "NOT PRODUCTION READY (1 blocker open)" in into(low, only)[0].data.decode()


@pytest.mark.parametrize("links", [False, True])
def test_a_second_run_changes_nothing(links: bool) -> None:
    told = judged(imported(TEXT), OUTCOMES, waived="First")
    once, _ = into(TEXT, told, links=links)
    twice, _ = into(once.data, told, links=links)
    assert twice.data == once.data != TEXT.encode()
    assert (twice.boxes, twice.figures) == (0, 0)


def test_marks_say_what_a_box_cannot_and_the_titles_stay() -> None:
    told = judged(imported(TEXT), OUTCOMES, waived="First")
    text = into(TEXT, told, links=True)[0].data.decode()
    link = "[evidence](b/evidence/repo.code.json)"
    assert f"- [ ] 🔴 **First** ← BLOCKER · ❌ fails, ⏸ waived until 2026-05-01, {link}\n" in text
    assert f"* [ ] 🟢 Third ← ❔ unknown, {link}\n" in text
    assert f"- [ ] 🟢 Fifth ← ➖ not applicable, {link}\n" in text
    assert f"- [x] 🟢 Fourth ← {link}\n" in text
    assert [t.title for t in read_text(text).tasks] == [t.title for t in read_text(TEXT).tasks]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_line_ends_byte_order_mark_trailing_spaces_and_odd_bytes_stay(end: str) -> None:
    data = (
        b"\xef\xbb\xbf"
        + TEXT.replace("\n", end).encode()
        + b"latin \xe9\xff"
        + end.encode()
        + b"\t end "
    )
    told = judged(imported(TEXT), OUTCOMES)
    written, _ = into(data, told)
    assert written.data == b"\xef\xbb\xbf" + into(TEXT, told)[0].data.decode().replace(
        "\n", end
    ).encode() + (b"latin \xe9\xff" + end.encode() + b"\t end ")


def test_a_damaged_file_keeps_its_damage_but_for_boxes_and_figures() -> None:
    broken = damage(TEXT, "cp1254")
    told = judged(imported(TEXT), OUTCOMES)
    assert into(broken, told)[0].data.decode() == damage(
        into(TEXT, told)[0].data.decode(), "cp1254"
    )
    marks, _ = into(broken, told, links=True)
    assert into(marks.data, told, links=True)[0].data == marks.data
    assert "<- unknown, [evidence]" in marks.data.decode()


def test_a_box_without_an_item_stays_and_so_does_every_figure_over_it() -> None:
    told = judged(imported(TEXT), OUTCOMES)
    more = TEXT.replace("- [ ] 🟢 Fourth", "- [x] 🟢 Nobody's business\n- [ ] 🟢 Fourth")
    written, paired = into(more, told)
    text = written.data.decode()
    assert len(paired.single) == 1
    assert "- [x] 🟢 Nobody's business" in text
    assert "**Score**: 0/2 = 0% 🔴" in text
    assert "│   40.0%    │\n\n🔴 BLOCKER Issues: 0" in text
    assert "**Score**: 1/3 = 33.3% ⚠️" in text
    assert any("the score of section 2" in one for one in written.left)


def test_alike_titles_go_to_the_item_below_their_own_headings() -> None:
    text = "# T\n## 1. A\n- [ ] Same\n## 2. B\n- [ ] Same\n"
    checklist = imported(text)
    one, two = (item.id for item in checklist.items())
    assert one != two
    assert pair(read_text(text), checklist).by_task == {0: one, 1: two}
    grown = "# T\n## 1. New\n- [ ] Same\n## 2. B\n- [ ] Same\n## 3. A\n- [ ] Same\n"
    assert pair(read_text(grown), checklist).by_task == {1: two, 2: one}
    assert pair(read_text("# T\n## 1. C\n- [ ] Same\n"), checklist).by_task == {}


def test_twins_that_are_not_as_many_on_both_sides_are_not_paired() -> None:
    checklist = imported("# T\n## A\n- [ ] Same\n- [ ] Same\n- [ ] Once\n")
    same, other, once = (item.id for item in checklist.items())
    twice = read_text("# T\n## A\n- [ ] Same\n- [ ] Once\n- [ ] Same\n")
    assert pair(twice, checklist).by_task == {0: same, 1: once, 2: other}
    single = read_text("# T\n## A\n- [ ] Same\n- [ ] Once\n")
    assert pair(single, checklist).by_task == {1: once}
    elsewhere = read_text("# T\n## Moved\n- [ ] Once\n")
    assert pair(elsewhere, checklist).by_task == {0: once}


def test_no_other_status_or_total_is_taken_for_that_of_the_checklist() -> None:
    text = (
        "# T\n- [x] a\n\nStatus: READY for review\n**Overall**: 85% of lines\n**Total**: 40% of hours\n"
        "Status: PRODUCTION READY\n**Overall score**: 100%\n"
    )
    lines = into(text, judged(imported(text), {"a": FAIL}))[0].data.decode().split("\n")
    assert lines[3:6] == text.split("\n")[3:6]
    assert lines[6:8] == ["Status: NOT PRODUCTION READY", "**Overall score**: 0.0%"]


def test_what_only_means_nearly_the_same_is_paired_only_where_it_is_asked_for() -> None:
    checklist = imported("# T\n- [ ] Load testing completed\n- [ ] Same\n")
    document = read_text("# T\n- [ ] Pruebas de carga\n- [ ] Same\n")
    assert [(p.task, p.exact) for p in pair(document, checklist, least=BOUND).pairs] == [
        (0, False),
        (1, True),
    ]
    assert pair(document, checklist, least=SURE).pairs[0].score >= SURE
    vague = read_text("# T\n- [ ] Load test of the expected traffic weekly\n- [ ] Same\n")
    assert pair(vague, checklist, least=BOUND).single == ()
    assert pair(vague, checklist).single == (0,)


def test_import_render_import_is_stable() -> None:
    told = judged(imported(TEXT), OUTCOMES)
    before = checklist_yaml(import_markdown(TEXT.encode(), "x.md"))
    for links in (False, True):
        data = into(TEXT, told, links=links)[0].data
        after = checklist_yaml(import_markdown(data, "x.md"))
        assert plain(after) == plain(before)
    whole = imported(rendered(told, "bundle").encode())
    assert [(i.id, i.number, i.title, i.severity) for i in whole.items()] == [
        (i.id, i.number, i.title, i.severity) for i in told.checklist.items()
    ]


def plain(text: str) -> str:
    """Without what comments say of ticks."""
    return re.sub(r"(# line \d+), (?:not )?ticked", r"\1", text)


def test_the_rendered_checklist_contradicts_itself_nowhere() -> None:
    document = read_text(rendered(judged(imported(TEXT), OUTCOMES)))
    told = findings(document, categories(document), figures(document, words()))
    assert [one.kind for one in told] == ["weights"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_whatever_a_target_says_the_whole_checklist_reads_back_item_by_item(hostile: str) -> None:
    told = report(hostile)
    text = render("checklist", told)
    made = read_text(text.encode("utf-8", "backslashreplace"))
    top = [made.tasks[index] for index in made.top]
    verdicts = told.verdicts()
    assert [(t.ticked, t.severity) for t in top] == [
        (v.outcome is PASS, v.item.severity.value) for v in verdicts
    ]
    assert [(s.got, s.of) for s in figures(made, words()).scores] == [
        (sum(v.outcome is PASS for v in s.verdicts), sum(v.outcome is not NONE for v in s.verdicts))
        for c in told.categories
        for s in c.sections
    ]


def test_the_whole_checklist_links_to_evidence_and_shows_what_is_unknown() -> None:
    text = rendered(judged(imported(TEXT), OUTCOMES, waived="First"), "https://ci.test/bundle")
    link = "[evidence](https://ci.test/bundle/evidence/repo.code.json)"
    assert f"- [ ] 🔴 **First** ← ❌ fails, ⏸ waived until 2026-05-01, {link}" in text
    assert f"← ❔ unknown, {link}" in text
    assert "1 item unknown; with it passed 66.7%." in text
    assert "Status: ⚠️ NOT PRODUCTION READY" in text
    assert "evidence]" not in rendered(judged(imported(TEXT), OUTCOMES))


def test_rendering_into_the_seed_changes_boxes_and_figures_only() -> None:
    if not SEED.is_file():
        pytest.skip("The seed is not beside the project.")
    data = SEED.read_bytes()
    checklist = imported(data)
    outcomes = {item.title: list(Outcome)[n % 4] for n, item in enumerate(checklist.items())}
    written, paired = into(data, judged(checklist, outcomes))
    assert (len(paired.pairs), paired.single, written.left) == (113, (), ())
    old, new = data.decode().split("\n"), written.data.decode().split("\n")
    assert len(old) == len(new)
    signs = [damage(one, "cp1254") for one in ("✅", "⚠️", "🔴")]

    def without(line: str) -> str:
        line = re.sub(r"- \[[ x]\]", "- []", line)
        if "Score" in line:
            for one in signs:
                line = line.replace(one, "")
        return re.sub(r" *\d+(\.\d+)?", "0", line)

    assert [without(line) for line in new] == [without(line) for line in old]
    same = [a == b for a, b in zip(old, new, strict=True)]
    kept = [line for line, alike in zip(old, same, strict=True) if not alike]
    assert all(re.search(r"- \[[ x]\]|Score|%|Issues|Blockers", line) for line in kept)
    assert into(written.data, judged(checklist, outcomes))[0].data == written.data


@pytest.mark.parametrize(
    ("share", "text", "down", "shown"),
    [
        (Fraction(2, 3), "66.7", "66.6", "⚠️"),
        (Fraction(7996, 10000), "80.0", "79.9", "✅"),
        (Fraction(99999, 100000), "99.9", "99.9", "✅"),
        (Fraction(1), "100.0", "100.0", "✅"),
        (Fraction(0), "0.0", "0.0", "🔴"),
    ],
)
def test_totals_are_rounded_down_and_only_all_is_a_hundred(
    share: Fraction, text: str, down: str, shown: str
) -> None:
    assert (tenths(share), tenths(share, down=True), sign(share)) == (text, down, shown)
    assert short(Fraction(1, 5)) == "20"


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../up.py", "a b.py", "x](y", "javascript:alert(1)"]
)
def test_no_odd_path_becomes_a_link(path: str) -> None:
    assert not web_safe(path)
    assert web_safe("orders/audio.py")


@given(st.lists(st.sampled_from(list(Outcome)), min_size=7, max_size=7))
def test_any_outcomes_give_sound_figures_and_a_stable_file(outcomes: list[Outcome]) -> None:
    names = ("First", "Second", "part one", "part two", "Third", "Fourth", "Fifth")
    told = judged(CHECKLIST, dict(zip(names, outcomes, strict=True)))
    once = into(TEXT, told, links=True)[0].data
    assert into(once, told, links=True)[0].data == once
    document = read_text(once)
    kinds = {f.kind for f in findings(document, categories(document), figures(document, words()))}
    assert kinds <= {"weights"}
    ticks = {t.title: t.ticked for t in document.tasks}
    assert ticks == {n: o is PASS for n, o in zip(names, outcomes, strict=True)}


CHECKLIST = imported(TEXT)
