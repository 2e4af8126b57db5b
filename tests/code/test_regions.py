"""Which lines run within a `with`, or a function that is handed to a call."""

from __future__ import annotations

import pytest

from auditor.code.lexical.regions import innermost, regions
from auditor.code.parsing import Unparsed

PYTHON = "with (\n    a.begin() as x,\n    b.lock(),\n):\n    one()\n    with c():\n        two()\nthree()\n"
SCRIPT = "db.transaction(async (t) => {\n  one();\n});\nrun(one);\n"
GO = "package m\n\nfunc f() {\n\tdb.Transaction(func(tx T) error {\n\t\treturn nil\n\t})\n}\n"


def test_a_with_of_python_runs_from_its_head_to_its_end() -> None:
    outer, inner = regions(PYTHON, "python")
    assert (outer.first, outer.head, outer.last) == (1, 4, 7)
    assert (inner.first, inner.last) == (6, 7)
    assert outer.holds(5)
    assert not outer.holds(8)


@pytest.mark.parametrize(("line", "word", "first"), [(2, "begin", 1), (3, "lock", 1), (6, "c", 6)])
def test_a_call_opens_the_innermost_region_that_names_it(line: int, word: str, first: int) -> None:
    found = innermost(regions(PYTHON, "python"), line, word)
    assert found is not None
    assert found.first == first


def test_a_call_within_a_region_opens_none() -> None:
    assert innermost(regions(PYTHON, "python"), 5, "one") is None


@pytest.mark.parametrize(
    ("text", "grammar", "lines"), [(SCRIPT, "typescript", (1, 3)), (GO, "go", (4, 6))]
)
def test_a_function_that_is_handed_over_runs_within_the_call(
    text: str, grammar: str, lines: tuple[int, int]
) -> None:
    (found,) = regions(text, grammar)
    assert (found.first, found.last) == lines


def test_a_text_that_is_no_source_is_refused() -> None:
    with pytest.raises(Unparsed):
        regions("x\x00", "python")
