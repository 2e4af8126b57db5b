"""The files of a checklist: found one after the other, and complete or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auditor.checklist.chain import Written, is_whole, read_chain
from auditor.checklist.load import checklist_from, load_checklist
from auditor.formats.text.config_text import Mistake
from tests.checklist.samples import SMALL, VOCABULARY

DERIVED = 'extends: base.yaml\nid: mine\nversion: "1"\ntitle: Mine\n'


@pytest.fixture
def files(tmp_path: Path) -> tuple[Written, ...]:
    """A checklist that extends another one in the same folder."""
    (tmp_path / "base.yaml").write_text(SMALL)
    (tmp_path / "mine.yaml").write_text(DERIVED)
    return read_chain("mine.yaml", beside=tmp_path)


def test_a_chain_goes_from_the_file_that_was_asked_for_to_the_whole_one(
    files: tuple[Written, ...], tmp_path: Path
) -> None:
    assert [(file.name, file.place, file.data.decode()) for file in files] == [
        ("mine.yaml", str(tmp_path / "mine.yaml"), DERIVED),
        ("base.yaml", str(tmp_path / "base.yaml"), SMALL),
    ]


def test_a_chain_makes_the_checklist_without_its_files(
    files: tuple[Written, ...], tmp_path: Path
) -> None:
    wanted = load_checklist("mine.yaml", VOCABULARY, beside=tmp_path)
    for file in tmp_path.iterdir():
        file.unlink()
    assert checklist_from(files, VOCABULARY) == wanted


def test_a_chain_of_a_shipped_checklist_names_no_place_of_the_installation() -> None:
    places = [file.place for file in read_chain("agente-hotelero")]
    assert places == [
        "config/checklists/agente-hotelero.yaml",
        "config/checklists/production-readiness.yaml",
    ]


def test_only_a_chain_without_gap_and_without_more_is_whole(files: tuple[Written, ...]) -> None:
    mine, base = files
    assert is_whole(files)
    assert is_whole((base,))
    for broken in ((), (mine,), (base, mine), (mine, base, base), (mine, mine, base)):
        assert not is_whole(broken)
    assert not is_whole((mine, replace(base, name="other.yaml")))


def test_a_chain_without_end_is_refused_where_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").write_text("extends: loop.yaml\n")
    with pytest.raises(Mistake, match=r"loop\.yaml:1:10: Checklists extend each other"):
        read_chain("loop.yaml", beside=tmp_path)
