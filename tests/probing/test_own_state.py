"""Whatever of the auditor may change what it says of a file changes its state."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.probing.repository.own_state import own_state, state_of


@pytest.fixture
def auditor(tmp_path: Path) -> Path:
    """The files of a made-up auditor, and a library beside it."""
    for name in (
        "code/a.py",
        "config/patterns/x.yaml",
        "site-packages/grammar-1.0.dist-info/RECORD",
    ):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("one")
    return tmp_path


def state(auditor: Path) -> str:
    folders = [auditor / "code", auditor / "config" / "patterns", auditor / "missing"]
    return state_of(folders, [str(auditor / "site-packages"), str(auditor / "missing")])


def _unseen(auditor: Path) -> None:
    file = auditor / "code/a.py"
    before = file.stat()
    file.write_text("two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES: dict[str, Callable[[Path], object]] = {
    "a module": lambda a: (a / "code/a.py").write_text("other"),
    "a module, size and time kept": _unseen,
    "a new module": lambda a: (a / "code/b.py").write_text(""),
    "a module gone": lambda a: (a / "code/a.py").unlink(),
    "the patterns": lambda a: (a / "config/patterns/x.yaml").write_text("other"),
    "a library's version": lambda a: (a / "site-packages/grammar-1.0.dist-info").rename(
        a / "site-packages/grammar-1.1.dist-info"
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_false_green_another_auditor_has_another_state(change: str, auditor: Path) -> None:
    before = state(auditor)
    assert state(auditor) == before
    CHANGES[change](auditor)
    assert state(auditor) != before


def test_the_state_of_this_auditor_is_looked_up_once() -> None:
    assert own_state() is own_state()
    assert len(own_state()) == 32
