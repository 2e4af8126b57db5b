"""UTF-8 that was read as a Windows code page: read as meant, with every place kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from auditor.formats.checklists.mojibake import PAGES, damage, original_place, repair

SEED = (
    Path(__file__).parents[2]
    / ".."
    / "shared"
    / "seed"
    / "production-readiness-checklist.mojibake.md"
)
MEANT = (
    "- [ ] 🔴 **Prueba** ← BLOCKER",
    "**Score**: 1/6 = 16.7% ⚠️",
    "Validación: ≥90 %",
    "plain",
    "→ ✅ ❌",
)


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith("cp125")])
def test_what_was_damaged_is_read_as_meant(page: str) -> None:
    made = repair([damage(line, page) for line in MEANT])
    assert made.page is not None
    assert [line for line in made.lines if "�" not in line] == list(MEANT)
    assert made.changed == 4


@pytest.mark.parametrize(
    "text",
    [
        "São Paulo, AÇÃO, SÃO", "naïve café — “quotes” … 10 €", "Größe, Øre, Ænima", "→ ≥ ✅ 🔴 ⚠️",
        "日本語のチェックリスト", "Тест нагрузки", "ğüşiöç İĞÜŞ", "plain ASCII",
    ],
)  # fmt: skip
def test_sound_text_is_left_alone(text: str) -> None:
    assert repair([text, text]).lines == (text, text)
    assert repair([text]).page is None


def test_a_sound_line_among_damaged_ones_is_left_alone() -> None:
    lines = [*[damage(line, "cp1252") for line in MEANT], "ya está bien: ✅"]
    made = repair(lines)
    assert made.lines[-1] == "ya está bien: ✅"
    assert made.lines[0] == MEANT[0]


@given(st.text(alphabet="ab 1[]🔴áéíóúñ→≥│✅", max_size=40))
def test_every_ascii_character_keeps_its_place_among_the_others(text: str) -> None:
    assume(text.strip())
    broken = damage(text, "cp1254")
    made = repair([broken, damage("🔴 á é", "cp1254")]).lines[0]
    assert [c for c in made if c < "\x80"] == [c for c in text if c < "\x80"]
    for place, char in enumerate(made):
        if char < "\x80":
            assert broken[original_place(broken, made, place)] == char
    assert original_place(broken, made, len(made)) == len(broken)


@given(st.text(max_size=60))
def test_repair_never_fails_and_never_touches_ascii(text: str) -> None:
    line = text.replace("\n", "").replace("\r", "")
    made = repair([line, line])
    assert len(made.lines) == 2
    assert [c for c in made.lines[0] if c < "\x80"] == [c for c in line if c < "\x80"]


def test_the_seed_is_read_as_meant() -> None:
    if not SEED.is_file():
        pytest.skip("The seed is not beside the project.")
    lines = SEED.read_text(encoding="utf-8").split("\n")
    made = repair(lines)
    assert (made.page, made.lost) == ("cp1254", 2)
    assert made.lines[0] == "# ✅ PRODUCTION READINESS CHECKLIST"
    assert sum("🔴" in line for line in made.lines if line.startswith("- [")) == 13
    assert not [line for line in made.lines if "ğŸ" in line or "âš" in line]
