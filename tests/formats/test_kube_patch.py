"""Patches as Kustomize applies them, and quantities of Kubernetes."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from auditor.formats.kubernetes.kube_patch import json_patch, strategic
from auditor.formats.kubernetes.kube_quantity import quantity
from auditor.formats.text.errors import Malformed


@pytest.mark.parametrize(
    ("base", "patch", "expected"),
    [
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),
        ({"env": [{"name": "A", "value": "1"}]}, {"env": [{"name": "A", "value": "2"}]}, {"env": [{"name": "A", "value": "2"}]}),
        ({"env": [{"name": "A"}, {"name": "B"}]}, {"env": [{"name": "A", "$patch": "delete"}]}, {"env": [{"name": "B"}]}),
        ({"env": [{"name": "A"}]}, {"env": [{"$patch": "replace"}, {"name": "B"}]}, {"env": [{"name": "B"}]}),
        ({"args": ["a"]}, {"args": ["b"]}, {"args": ["b"]}),
        ({"a": 1}, {"$patch": "delete"}, None),
        ({"a": {"b": 1}}, {"a": {"$patch": "replace", "c": 2}}, {"a": {"c": 2}}),
    ],
)  # fmt: skip
def test_a_strategic_patch_merges_known_lists_by_key(base: Any, patch: Any, expected: Any) -> None:
    assert strategic(base, patch, keyed=True) == expected


def test_of_other_kinds_a_list_takes_the_place_of_the_other() -> None:
    assert strategic({"env": [{"name": "A"}]}, {"env": [{"name": "B"}]}, keyed=False) == {
        "env": [{"name": "B"}]
    }


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ({"op": "add", "path": "/a/-", "value": 3}, {"a": [1, 2, 3], "b/c": {}}),
        ({"op": "add", "path": "/a/0", "value": 3}, {"a": [3, 1, 2], "b/c": {}}),
        ({"op": "remove", "path": "/a/0"}, {"a": [2], "b/c": {}}),
        ({"op": "replace", "path": "/b~1c", "value": 4}, {"a": [1, 2], "b/c": 4}),
        ({"op": "copy", "from": "/a", "path": "/d"}, {"a": [1, 2], "b/c": {}, "d": [1, 2]}),
        ({"op": "move", "from": "/a", "path": "/d"}, {"b/c": {}, "d": [1, 2]}),
        ({"op": "test", "path": "/a/1", "value": 2}, {"a": [1, 2], "b/c": {}}),
    ],
)
def test_a_json_patch_changes_a_copy(operation: Any, expected: Any) -> None:
    base: Any = {"a": [1, 2], "b/c": {}}
    assert json_patch(base, [operation]) == expected
    assert base == {"a": [1, 2], "b/c": {}}


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "remove", "path": "/x"},
        {"op": "replace", "path": "/a/9", "value": 1},
        {"op": "add", "path": "/a/9", "value": 1},
        {"op": "test", "path": "/a/0", "value": 2},
        {"op": "rename", "path": "/a"},
        {"op": "add", "path": "", "value": 1},
        {"op": "add"},
        "add",
    ],
)
def test_what_cannot_be_applied_is_malformed(operation: Any) -> None:
    with pytest.raises(Malformed):
        json_patch({"a": [1, 2]}, [operation])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("250m", Fraction(1, 4)), ("512Mi", 2**29), ("1e3", 1000), ("1.5", Fraction(3, 2)), ("x", None), (None, None), ("1E", 10**18)],
)  # fmt: skip
def test_a_quantity_is_the_number_that_it_stands_for(text: str | None, expected: Any) -> None:
    assert quantity(text) == expected


@pytest.mark.parametrize("op", ["add", "replace"])
def test_an_annotation_may_be_added_where_there_are_none_as_kustomize_does(op: str) -> None:
    operation = {"op": op, "path": "/metadata/annotations/a~1b", "value": "x"}
    assert json_patch({"metadata": {"name": "c"}}, [operation]) == {
        "metadata": {"name": "c", "annotations": {"a/b": "x"}}
    }
    with pytest.raises(Malformed):
        json_patch({"metadata": {"name": "c"}}, [{**operation, "path": "/metadata/labels/a"}])
