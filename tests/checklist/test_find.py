"""An item by its id, its number, or words of its title."""

from __future__ import annotations

import pytest

from auditor.checklist.find import find_items, near_items
from tests.evaluate.worlds import item

ITEMS = [
    item("testing.tests.unit", number="2.1.1", title="Unit tests run: at least 10"),
    item("testing.coverage", number="2.1.2", title="Unit tests cover at least 90 % of lines"),
    item("testing.tests.load", number="2.1.5", title="A load test has met its limits"),
    item("observability.alerting.oncall", number="5.3.3", title="Somebody is on call"),
]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("2.1.2", ["testing.coverage"]),
        ("testing.coverage", ["testing.coverage"]),
        ("Testing.Coverage", ["testing.coverage"]),
        (" 2.1.2 ", ["testing.coverage"]),
        ("alerting.oncall", ["observability.alerting.oncall"]),
        ("load test", ["testing.tests.load"]),
        ("LOAD", ["testing.tests.load"]),
        ("cover lines", ["testing.coverage"]),
        ("unit", ["testing.tests.unit", "testing.coverage"]),
        ("2.1", []),
        ("%", []),
        ("", []),
        ("no such thing", []),
    ],
)
def test_what_people_call_an_item(wanted: str, found: list[str]) -> None:
    assert [i.id for i in find_items(wanted, ITEMS)] == found


@pytest.mark.parametrize(
    ("wanted", "nearest"),
    [
        ("testing.covrage", "testing.coverage"),
        ("laod test", "testing.tests.load"),
        ("oncal", "observability.alerting.oncall"),
        ("2.1.9", "2.1"),
    ],
)
def test_a_slip_of_the_pen_has_a_nearest_item(wanted: str, nearest: str) -> None:
    found = near_items(wanted, ITEMS)
    assert nearest in (found[0].id, found[0].number[:3])


def test_nonsense_is_near_to_nothing() -> None:
    assert near_items("zzzzqqqq", ITEMS) == []
