"""What names and conditional expressions stand for in production."""

from __future__ import annotations

import pytest

from auditor.code.kinds import nodes
from auditor.code.lexical.names import without_comments
from auditor.code.parsing import parse
from auditor.code.reach.flow import choices


def chosen(text: str) -> list[tuple[str, bool]]:
    """What the argument of `use(…)` may be."""
    root = parse(text, "python")
    call = next(n for n in nodes(root, ("call",)) if n.text().startswith("use("))
    given = call.field("arguments")
    assert given is not None
    return [(n.text(), sure) for n, sure in choices(given.children()[1], root, lambda name: None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("use(A())", [("A()", True)]),
        ("x = A()\nuse(x)", [("A()", True)]),
        ("x = A()\nx = B()\nuse(x)", [("B()", True)]),
        ("x = A()\nif DEBUG:\n    x = B()\nuse(x)", [("A()", True)]),
        ("x = A()\nif production:\n    x = B()\nuse(x)", [("B()", True)]),
        ("x = A()\nif who:\n    x = B()\nuse(x)", [("A()", True), ("B()", False)]),
        ("use(A() if who else B())", [("A()", False), ("B()", False)]),
        ("use(A() if DEBUG else B())", [("B()", True)]),
        ("def f():\n    x = B()\nx = A()\nuse(x)", [("A()", True)]),
        ("use(x)", [("x", True)]),
        ("x = x\nuse(x)", [("x", True)]),
    ],
)
def test_choices(text: str, expected: list[tuple[str, bool]]) -> None:
    assert chosen(text) == expected


def test_names_that_go_round_in_circles_end() -> None:
    circle = "".join(f"if who:\n    a{n} = a{(n + k) % 9}\n" for n in range(9) for k in range(1, 9))
    assert len(chosen(circle + "use(a0)")) < 1_000


def test_kinds_that_a_grammar_does_not_know_are_left_out() -> None:
    for grammar in ("python", "javascript", "typescript", "go"):
        root = parse("f(1)\n", grammar)
        assert nodes(root, ("type_annotation", "attribute", "call", "call_expression"))


def test_comments_and_texts_that_stand_alone_are_blanked_in_their_place() -> None:
    text = '"""Say."""\nx = "kept"  # gone\n"gone"\n'
    code = without_comments(parse(text, "python"), text)
    assert len(code) == len(text)
    assert "kept" in code
    assert "gone" not in code
    assert "Say" not in code
