"""Patterns are data; a mistake in one is named by file and line."""

from __future__ import annotations

import pytest

from auditor.code.patterns import PatternMistake, read_patterns, spread_braces

GOOD = """topic: t
rules:
  - {id: a, language: python, library: x, role: call, calls: ["x.{b,c}"]}
  - {id: a.m, language: python, library: x, role: call, of: a, methods: go, settings: {n: 3, t: [u]}}
"""


def test_a_rule_names_calls_and_methods() -> None:
    made = read_patterns({"t.yaml": GOOD.encode()})
    first, second = made.rules("t", "python")
    assert first.calls == ("x.b", "x.c")
    assert (second.of, second.methods) == (("a",), ("go",))
    assert (second.number("n"), second.texts("t"), second.text("none", "d")) == (3, ("u",), "d")
    assert made.wanted("python") == {"b", "c", "go"}
    assert made.wanted("go") == frozenset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("topic: t\n", "t.yaml:1: A file of patterns has the keys topic and rules."),
        ("topic: [", "t.yaml:2: t.yaml is not valid YAML"),
        ("topic: t\nrules: []\n", "t.yaml:2: topic is a text"),
        ("topic: t\nrules:\n  - 3\n", "t.yaml:3: A rule is a mapping."),
        ("topic: t\nrules:\n  - {id: a}\n", "t.yaml:3: A rule needs language, a text."),
        (GOOD.replace("role: call, calls", "role: call, kalls"), "t.yaml:3: A rule has no key 'kalls'"),
        (GOOD.replace("python", "cobol", 1), "t.yaml:3: language is one of python, javascript, go, java."),
        (GOOD.replace("id: a,", "id: A,"), "t.yaml:3: An id has"),
        (GOOD.replace("id: a.m", "id: a"), "t.yaml:4: The id 'a' is used twice."),
        (GOOD.replace("of: a", "of: z"), "t.yaml:4: of: no rule here has the id 'z'."),
        (GOOD.replace("of: a, ", ""), "t.yaml:4: of and methods go together"),
        (GOOD.replace("methods: go", "methods: [3]"), "t.yaml:4: methods is a text or a list of texts."),
        (GOOD.replace("{n: 3, t: [u]}", "3"), "t.yaml:4: settings is a mapping."),
        (GOOD.replace(', calls: ["x.{b,c}"]', ""), "t.yaml:3: A rule needs calls"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_file_and_line(text: str, expected: str) -> None:
    with pytest.raises(PatternMistake) as mistake:
        read_patterns({"t.yaml": text.encode()})
    assert str(mistake.value).startswith(expected)


def test_a_topic_has_one_file() -> None:
    with pytest.raises(PatternMistake, match="two files"):
        read_patterns({"a.yaml": GOOD.encode(), "b.yaml": GOOD.encode()})


def test_braces_stand_for_each_choice() -> None:
    assert list(spread_braces("{a,b}.{c,d}")) == ["a.c", "a.d", "b.c", "b.d"]
