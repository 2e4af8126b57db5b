"""The checklist as values."""

from __future__ import annotations

from auditor.model.item import Severity
from tests.evaluate.worlds import asks, checklist, item


def test_a_checklist_lists_its_items_in_order_without_their_parts() -> None:
    made = checklist(item("b", checks=(item("b.part"),)), item("a"))
    assert [i.id for i in made.items()] == ["b", "a"]


def test_a_constraint_is_named_as_it_is_written() -> None:
    assert asks("documents.words@readme", ">= 1").name == "documents.words@readme"
    assert asks("tests.failed", "== 0").name == "tests.failed"


def test_severities_are_those_of_the_original() -> None:
    assert [s.value for s in Severity] == ["blocker", "critical", "important", "nice"]
