"""What is made of a file is kept by its content, refusals too, and never taken for another's."""

from __future__ import annotations

from pathlib import Path

from auditor.code.parsing import Unparsed
from auditor.code.sources import SourceText
from auditor.probing.by_content import by_content
from auditor.probing.content_tables import tables_of
from auditor.probing.doors.cache import Cache
from auditor.probing.testing import make_context


def lengths(
    cache: Path | None, files: list[SourceText], made: list[str], maker: str = "lengths"
) -> list[tuple[str, int | str]]:
    def make(file: SourceText) -> int:
        made.append(file.path)
        if "bad" in file.text:
            raise Unparsed("it is bad")
        return len(file.text)

    ctx = make_context(cache=Cache(cache))
    found = list(by_content(ctx, maker, int, make, files))
    tables_of(ctx.repo, ctx.cache).save()
    return [(f.path, str(v) if isinstance(v, Unparsed) else v) for f, v in found]


def text(path: str, content: str, language: str = "python") -> SourceText:
    return SourceText(path, language, content)


FILES = [text("a.py", "x"), text("b.py", "xx"), text("c.py", "bad")]
SAID = [("a.py", 1), ("b.py", 2), ("c.py", "it is bad")]


def test_a_second_time_nothing_is_made(tmp_path: Path) -> None:
    made: list[str] = []
    assert lengths(tmp_path / "k" / "c", FILES, made) == SAID
    assert lengths(tmp_path / "k" / "c", FILES, made) == SAID
    assert made == ["a.py", "b.py", "c.py"]


def test_only_what_changed_is_made_and_a_moved_file_is_known(tmp_path: Path) -> None:
    made: list[str] = []
    lengths(tmp_path / "k" / "c", FILES, made)
    made.clear()
    changed = [text("moved.py", "x"), text("b.py", "xxx"), FILES[2]]
    assert lengths(tmp_path / "k" / "c", changed, made)[:2] == [("moved.py", 1), ("b.py", 3)]
    assert made == ["b.py"]


def test_false_green_the_same_text_in_another_grammar_or_for_another_maker_is_another(
    tmp_path: Path,
) -> None:
    made: list[str] = []
    lengths(tmp_path / "k" / "c", [FILES[0]], made)
    lengths(tmp_path / "k" / "c", [text("a.ts", "x", "typescript")], made)
    lengths(tmp_path / "k" / "c", [FILES[0]], made, maker="other")
    assert made == ["a.py", "a.ts", "a.py"]


def test_without_a_cache_everything_is_made_each_time() -> None:
    made: list[str] = []
    assert lengths(None, FILES, made) == lengths(None, FILES, made)
    assert len(made) == 6


def test_many_files_keep_their_order(tmp_path: Path) -> None:
    many = [text(f"f{n}.py", "x" * n) for n in range(1203)]
    for _ in range(2):
        said = lengths(tmp_path / "k" / "c", many, [])
        assert said == [(f"f{n}.py", n) for n in range(1203)]
