"""coverage.py's data file: counted against the sources, in memory, with no plugin and no trust."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

import coverage
import pytest
from coverage.config import DEFAULT_EXCLUDE
from coverage.parser import PythonParser
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.formats.coverage.coverage_data import parse, sniff
from auditor.formats.coverage.coverage_report import FileCoverage, UnreadableFile
from auditor.formats.coverage.coverage_source import EXCLUDED, NO_BRANCH, count
from auditor.formats.text.errors import FormatError, Malformed, TooLarge
from tests.clocks import at_most

SOURCE = '''"""Docstring."""
import os


def branchy(x):
    if x:
        return 1
    return (
        2
    )


def unused():  # pragma: no cover
    return 3


if os.name == "none":
    print("never")
'''
LINES = {1, 2, 5, 6, 7, 13, 17}
ARCS = [(-1, 1), (1, 2), (2, 5), (5, 13), (13, 17), (17, -1), (-5, 6), (6, 7), (7, -5)]
Write = Callable[..., bytes]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Gives the bytes of a data file that coverage.py wrote, changed by SQL statements."""

    def written(
        lines: dict[str, set[int]] | None = None,
        arcs: dict[str, list[tuple[int, int]]] | None = None,
        *statements: str,
        plugin: str = "",
    ) -> bytes:
        path = tmp_path / "data"
        path.unlink(missing_ok=True)
        data = coverage.CoverageData(str(path))
        if lines is not None:
            data.add_lines(lines)
        if arcs is not None:
            data.add_arcs(arcs)
        if plugin:
            data.add_file_tracers(dict.fromkeys(lines or {}, plugin))
        data.write()
        data.close(force=True)
        database = sqlite3.connect(path)
        for statement in statements:
            database.execute(statement)
        database.commit()
        database.close()
        return path.read_bytes()

    return written


def text_of(path: str) -> str | None:
    return SOURCE if path.endswith("a.py") else None


def test_lines_are_counted_against_the_text_that_the_caller_finds(write: Write) -> None:
    data = write({"/elsewhere/src/a.py": LINES})
    assert sniff(data[:4096])
    report = parse(data, text_of)
    assert report.files == (FileCoverage("/elsewhere/src/a.py", 7, 5, 2),)
    assert (report.branches, report.branch_percent) == (None, None)
    assert report.producer_version == coverage.__version__
    assert (report.unreadable, report.disagreement) == ((), ())


def test_branches_are_counted_where_arcs_were_recorded(write: Write) -> None:
    (file,) = parse(write(None, {"a.py": ARCS}), text_of).files
    assert (file.statements, file.covered) == (7, 5)
    assert (file.branches, file.covered_branches) == (4, 2)


def test_a_file_without_its_text_is_reported_and_never_covered(write: Write) -> None:
    report = parse(write({"/x/gone.py": {1}, "/x/a.py": {1}}), text_of)
    assert [file.path for file in report.files] == ["/x/a.py"]
    assert report.unreadable == (
        UnreadableFile("/x/gone.py", "Its source is not in the repository."),
    )


def test_a_recorded_file_of_which_no_line_ran_counts_with_all_its_lines(write: Write) -> None:
    report = parse(write({"a.py": set()}), text_of)
    assert (report.statements, report.covered) == (7, 0)


def test_a_plugin_named_by_the_data_is_not_loaded(write: Write) -> None:
    report = parse(write({"a.py": {1}}, plugin="no_such_module.Plugin"), text_of)
    assert report.files == ()
    assert "no_such_module.Plugin" in report.unreadable[0].reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def broken(:\n", "not Python"),
        ("x = 1\0", "not Python"),
        ("x = " + "-" * 50_000 + "1", "nested too deeply"),
        ("if a: pass\n" + "elif b: pass\n" * 3_000, "nested too deeply"),
        ("x = 1\n" * 60_000, "too long"),
        ("x" * 2_100_000, "too long"),
    ],
)
def test_a_source_that_cannot_be_analysed_is_unreadable(text: str, reason: str) -> None:
    counted = count("a.py", text, frozenset({1}), frozenset())
    assert isinstance(counted, UnreadableFile)
    assert reason in counted.reason


def test_a_source_shorter_than_its_recorded_lines_has_changed() -> None:
    counted = count("a.py", "x = 1\n", frozenset({1, 40}), None)
    assert isinstance(counted, UnreadableFile)
    assert "changed" in counted.reason


def test_an_empty_source_has_no_statement() -> None:
    assert count("__init__.py", "", frozenset(), None) == FileCoverage("__init__.py", 0, 0, 0)


def test_invalid_escapes_in_a_source_warn_nobody() -> None:
    assert count("a.py", "x = '\\d'\nx is 1\n", frozenset({1}), None) == FileCoverage(
        "a.py", 2, 1, 0
    )


def test_the_exclusions_are_those_of_coverage_py() -> None:
    text = (
        "from typing import TYPE_CHECKING, Protocol\n"
        "if TYPE_CHECKING:\n    import os\n"
        "class P(Protocol):\n"
        "    def f(self) -> int: ...\n"
        "    async def g(\n        self,\n    ) -> int: ...  # stub\n"
        "    def h(self) -> int:\n        ...\n"
        "def real():  # pragma: no cover\n    return 1\n"
        "x = 1\n"
    )
    theirs = PythonParser(text=text, filename="a.py", exclude="|".join(DEFAULT_EXCLUDE))
    theirs.parse_source()
    assert theirs.statements == {1, 4, 13}
    counted = count("a.py", text, frozenset(), None)
    assert isinstance(counted, FileCoverage)
    assert (counted.statements, counted.excluded) == (3, len(theirs.excluded))


@pytest.mark.parametrize("pattern", [EXCLUDED, NO_BRANCH])
@pytest.mark.parametrize(
    "text",
    [
        "x\n" + "\n" * 300_000,
        "def " + ")" * 100_000,
        "def " + ")->" * 60_000,
        "#" + " " * 300_000,
        ")" * 200_000,
    ],
)
def test_the_exclusions_take_linear_time(pattern: str, text: str) -> None:
    with at_most(2):
        assert re.findall(pattern, text, re.MULTILINE) == []


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE coverage_schema SET version = 8", "schema [8]"),
        ("DELETE FROM coverage_schema", "schema []"),
        ("DROP TABLE line_bits", "no such table"),
        ("UPDATE file SET path = NULL", "no text"),
        ("UPDATE file SET path = x'ff'", "no text"),
        ("DELETE FROM file", "does not name"),
        ("UPDATE line_bits SET numbits = 7", "line numbers that are none"),
        ("UPDATE line_bits SET numbits = zeroblob(2000000)", "line numbers that are none"),
        ("UPDATE meta SET value = CAST(x'ff' AS TEXT)", "cannot be read"),
        ("INSERT INTO arc VALUES (1, 1, 'x', 2)", "line numbers that are none"),
        ("INSERT INTO arc VALUES (1, 1, 9223372036854775807, 2)", "line numbers that are none"),
    ],
)
def test_a_data_file_of_another_shape_is_malformed(
    write: Write, statement: str, message: str
) -> None:
    with pytest.raises(Malformed) as refused:
        parse(write({"a.py": {1}}, None, statement), text_of)
    assert message in refused.value.message


def test_a_view_in_place_of_a_table_can_neither_call_functions_nor_run_for_ever(
    write: Write,
) -> None:
    calling = "CREATE VIEW meta AS SELECT 'has_arcs' AS key, hex(randomblob(9)) AS value"
    with pytest.raises(Malformed, match="not authorized"):
        parse(write({"a.py": {1}}, None, "DROP TABLE meta", calling), text_of)
    endless = (
        "CREATE VIEW meta AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) "
        "SELECT i AS key, i AS value FROM n"
    )
    with pytest.raises(FormatError):
        parse(write({"a.py": {1}}, None, "DROP TABLE meta", endless), text_of)


def test_a_join_that_explodes_is_stopped(write: Write) -> None:
    rows = ", ".join(f"({number}, 'c{number}')" for number in range(2, 2000))
    fill = f"INSERT INTO context VALUES {rows}"
    view = (
        "CREATE VIEW meta AS SELECT a.id AS key, b.id AS value FROM context a, context b, "
        "context c, context d WHERE a.id + b.id + c.id + d.id < 0"
    )
    with pytest.raises(TooLarge):
        parse(write({"a.py": {1}}, None, fill, "DROP TABLE meta", view), text_of)


@pytest.mark.parametrize(
    "data", [b"", b"SQLite format 3\x00", b"SQLite format 3\x00" + b"x" * 5000, b"<coverage/>"]
)
def test_what_is_no_database_is_malformed(data: bytes) -> None:
    assert not sniff(data)
    with pytest.raises(Malformed):
        parse(data, text_of)


def test_a_database_of_something_else_is_malformed() -> None:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE TABLE users (name)")
    data = database.serialize()
    database.close()
    assert not sniff(data)
    with pytest.raises(Malformed, match="no such table"):
        parse(data, text_of)


@settings(max_examples=60)
@given(cut=st.integers(0, 40_000), at=st.integers(0, 40_000), byte=st.integers(0, 255))
def test_a_damaged_data_file_raises_nothing_unexpected(
    tmp_path_factory: pytest.TempPathFactory, cut: int, at: int, byte: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "whole-data-file"
    if not path.exists():
        data = coverage.CoverageData(str(path))
        data.add_lines({"a.py": LINES})
        data.write()
        data.close(force=True)
    damaged = bytearray(path.read_bytes())
    damaged[at % len(damaged)] = byte
    for attempt in (bytes(damaged), bytes(damaged[: cut % len(damaged)])):
        try:
            report = parse(attempt, text_of)
        except (Malformed, TooLarge):
            continue
        assert report.covered <= report.statements
