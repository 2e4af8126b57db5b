"""Where a checklist contradicts itself: its weights, scores, totals, counts and targets worked out again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.checklist.imported_arithmetic import findings
from auditor.checklist.imported_boxes import Finding
from auditor.checklist.imported_words import words
from auditor.formats.checklists.figures import figures
from auditor.formats.checklists.reader import read
from auditor.formats.checklists.structure import categories

SHARED = Path(__file__).parents[2] / ".." / "shared"
SEED = SHARED / "seed" / "production-readiness-checklist.mojibake.md"


def found(data: str | bytes) -> list[Finding]:
    document = read(data.encode() if isinstance(data, str) else data, words())
    return findings(document, categories(document), figures(document, words()))


def said(text: str) -> list[str]:
    return [one.text for one in found(text)]


def test_the_seed_contradicts_itself_in_each_of_the_known_places() -> None:
    if not SEED.is_file():
        pytest.skip("The seed is not beside the project.")
    told = found(SEED.read_bytes())
    texts = [one.text for one in told]
    for part in (
        "weights of the categories add up to 120, not 100",
        "Section 1.1 (Features Completas) says 7/8; it lists 7 tasks, 6 of them ticked: 6/7",
        "Section 2.2 (Code Quality) says 4/6; it lists 6 tasks, 5 of them ticked: 5/6",
        "Category 2 (TESTING & QUALITY) says 16.7 %",
        "it leaves out 2.2",
        "The total 57.3 % is out of 120",
        "own boxes give 54.34 %",
        "11 blockers are said, and 13 are listed",
        "28 criticals are said, and 40 are listed",
        "Two targets for throughput: 500 and 1000 req/s",
    ):
        assert any(part in text for text in texts), part
    assert len(told) == 9  # the ninth: five important items, where one is open and 55 are listed
    assert next(one.lines for one in told if "2.2 (" in one.text) == (64,)


def test_the_samples_contradict_themselves_nowhere_else() -> None:
    folder = SHARED / "samples" / "checklists-md"
    if not folder.is_dir():
        pytest.skip("The samples are not beside the project.")
    for path in folder.glob("*.md"):
        if not path.name.startswith("hotel"):
            assert found(path.read_bytes()) == [], path.name


SOUND = """\
# T
## 1. A (Weight: 60%)
### 1.1 X
- [x] 🔴 a
- [ ] 🔴 b

**Score**: 1/2 = 50% ⚠️

### 1.2 Y
- [x] 🟡 c

**Score**: 1/1 = 100% ✅
## 2. B (Weight: 40%)
- [ ] 🟡 d

| Category | Score | Weight | Weighted |
|---|---|---|---|
| 1. A | 75.0% | 60% | 45.0% |
| 2. B | 0.0% | 40% | 0.0% |
| TOTAL | | | 45.0% |

🔴 BLOCKER Issues: 1
🟡 CRITICAL Issues: 1
All CRITICAL items resolved (0/2)
Target: P95 < 300 ms, >500 req/s
"""


def test_a_sound_checklist_is_found_sound() -> None:
    assert said(SOUND) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("(Weight: 40%)", "(Weight: 50%)", "add up to 110, not 100: 60 + 50."),
        ("1/2 = 50%", "2/2 = 100%", "Section 1.1 (X) says 2/2; it lists 2 tasks, 1 of them ticked"),
        ("1/1 = 100%", "1/1 = 90%", "says 1/1 = 90 %; that is 100 %."),
        ("| 75.0% | 60%", "| 50.0% | 60%", "it leaves out 1.2."),
        ("| 75.0% | 60%", "| 60.0% | 60%", "says 60 %; the mean of its sections is 75 %"),
        ("| 60% | 45.0%", "| 60% | 40.0%", "75 % of 60 is 45 %, not 40 %."),
        ("| 0.0% | 40% |", "| 0.0% | 30% |", "weighs 40 in its heading and 30 in the table"),
        ("| | | 45.0%", "| | | 80.0%", "is not the sum of its rows, 45 %."),
        ("BLOCKER Issues: 1", "BLOCKER Issues: 5", "5 blockers are said, and 2 are listed, 1 of them"),
        ("(0/2)", "(0/7)", "7 criticals are said, and 2 are listed"),
        (">500 req/s", ">500 req/s\nLoad: 1k rps", "Two targets for throughput: 500 and 1000 req/s."),
        ("P95 < 300 ms", "P95 < 300 ms, p95 <0.5s", "Two targets for P95 latency: 300 and 500 ms."),
    ],
)  # fmt: skip
def test_one_wrong_figure_is_found(old: str, new: str, says: str) -> None:
    assert SOUND.count(old) == 1
    assert any(says in text for text in said(SOUND.replace(old, new)))


def test_a_total_out_of_a_hundred_and_twenty_is_told_from_a_scaled_one() -> None:
    text = SOUND.replace("(Weight: 40%)", "(Weight: 60%)").replace("| 0.0% | 40%", "| 0.0% | 60%")
    scaled = text.replace("| 60% | 45.0%", "| 60% | 37.5%").replace("| | | 45.0%", "| | | 37.5%")
    assert any("45 % is out of 120" in one and "37.5 %" in one for one in said(text))
    assert [one for one in said(scaled) if "total" in one.lower()] == []


def test_examples_in_code_and_placeholders_are_nobodys_figures() -> None:
    text = "# T\n- [ ] a\n```markdown\n**Score**: 9/9 = 100%\n11 blockers\n```\n**Score**: X/5\n"
    assert said(text) == []


def test_what_the_auditor_marked_as_not_applicable_is_counted_by_nobody() -> None:
    text = "# T\n- [x] a\n- [ ] b ← ➖ not applicable\n\n**Score**: 1/1 = 100%\n"
    assert said(text) == []
    assert len(said(text.replace(" ← ➖ not applicable", ""))) == 1


def test_hundreds_of_faults_of_a_kind_are_told_in_part() -> None:
    text = "# T\n" + "".join(f"## S{i}\n- [ ] t\n\n**Score**: 3/4 = 75%\n" for i in range(400))
    told = said(text)
    assert len(told) == 51
    assert told[-1] == "… and 350 more of this kind."


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_a_score_that_is_counted_right_is_never_a_finding(boxes: list[bool]) -> None:
    lines = "".join(f"- [{'x' if box else ' '}] task {n}\n" for n, box in enumerate(boxes))
    got, of = sum(boxes), len(boxes)
    assert said(f"# T\n{lines}\n**Score**: {got}/{of} = {got * 100 / of:.1f}%\n") == []
    assert len(said(f"# T\n{lines}\n**Score**: {got + 1}/{of + 1}\n")) == 1
