"""Every shipped item says how it is fooled and what would be worth more, in words of its own."""

from __future__ import annotations

from collections import Counter

import pytest

from auditor.checklist.find import every_item
from auditor.checklist.load import load_checklist
from auditor.checklist.shipped import checklist_names
from auditor.collect.registry import find_probes, vocabulary
from auditor.model.item import Item
from auditor.model.target import Feature


@pytest.fixture(scope="module")
def items() -> list[Item]:
    facts = vocabulary(p.spec for p in find_probes())
    feature = Feature("pay", "Pay")
    made = [load_checklist(name, facts, features=[feature]) for name in checklist_names()]
    return list({i.id: i for one in made for i in every_item(one)}.values())


def test_each_says_how_it_is_fooled_and_what_is_stronger(items: list[Item]) -> None:
    assert [i.id for i in items if len(i.fooled.split()) < 5 or len(i.stronger.split()) < 5] == []


def test_no_two_say_the_same(items: list[Item]) -> None:
    said = Counter(text for i in items for text in (i.fooled, i.stronger))
    assert [text for text, times in said.items() if times > 1] == []


def test_all_are_whole_sentences(items: list[Item]) -> None:
    texts = [text for i in items for text in (i.fooled, i.stronger)]
    assert [text for text in texts if not text.endswith(".") or text[0].islower()] == []
