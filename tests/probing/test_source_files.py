"""What is made of a source file is kept by its content and its grammar, and by nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.code.parsing import Unparsed
from auditor.model.evidence import ProblemKind
from auditor.probing.code.source_files import SourceFiles
from auditor.probing.content_tables import Tables
from auditor.probing.doors.cache import Cache
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo
from auditor.probing.testing import FakeTree

DENIED = Trouble(ProblemKind.DENIED, "no")


def made(cache: Path, files: dict[str, str | bytes | Trouble], calls: list[str]) -> dict[str, str]:
    """What a maker says of each file; each call of it is noted."""

    def make(text: str, grammar: str) -> str:
        calls.append(text)
        return f"{grammar}: {text}"

    repo = Repo(FakeTree(files))
    tables = Tables(repo, Cache(cache))
    sources = SourceFiles(repo, tables)
    said = {path: str(sources.made("maker", str, make, path)) for path in files}
    tables.save()
    return said


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "own" / "results"


def test_false_green_the_same_text_is_another_in_another_grammar(cache: Path) -> None:
    calls: list[str] = []
    assert made(cache, {"a.js": "x"}, calls) == {"a.js": "javascript: x"}
    assert made(cache, {"a.ts": "x"}, calls) == {"a.ts": "typescript: x"}
    assert made(cache, {"a.ts": "y"}, calls) == {"a.ts": "typescript: y"}
    assert calls == ["x", "x", "y"]


def test_a_moved_file_and_a_copy_are_known(cache: Path) -> None:
    calls: list[str] = []
    made(cache, {"a.py": "x"}, calls)
    assert made(cache, {"b/c.py": "x", "d.py": "x"}, calls) == {
        "b/c.py": "python: x",
        "d.py": "python: x",
    }
    assert calls == ["x"]


def test_false_green_what_cannot_be_read_is_not_taken_for_what_it_was(cache: Path) -> None:
    calls: list[str] = []
    made(cache, {"a.py": ""}, calls)
    assert made(cache, {"a.py": DENIED}, calls) == {"a.py": str(Unparsed("it could not be read"))}
    assert calls == [""]
