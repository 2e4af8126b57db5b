"""Items made from the features that auditor.yaml declares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.checklist.load import DEFAULT_FLOORS, load_checklist
from auditor.evaluate.tree import constraints
from auditor.formats.text.config_text import Mistake
from auditor.model.item import Checklist, Item, Severity
from auditor.model.level import Level
from auditor.model.target import Feature
from auditor.model.verdict import Outcome
from tests.checklist.samples import SMALL, VOCABULARY
from tests.evaluate.worlds import ago, attestation, fact, judged, seen

FULL = Feature(
    "pay", "Pay an order", "blocker", ("tests/test_pay.py::*",), "/pay/health", "pays_total"
)
GENERATED = SMALL.replace("title: TLS\n", "title: TLS\n        generate: features\n")


@pytest.fixture
def made(written: Callable[..., Path]) -> Callable[..., Checklist]:
    def load(*features: Feature, text: str = GENERATED) -> Checklist:
        return load_checklist(str(written(text)), VOCABULARY, features=features)

    return load


Made = Callable[..., Checklist]


def items(checklist: Checklist) -> list[Item]:
    return [i for i in checklist.items() if i.id.startswith("core.features.")]


def asked_of(item: Item) -> list[str]:
    return [f"{c.name} {c.matcher.text}" for c in constraints(item.require)]


def test_false_green_declaring_no_feature_leaves_one_open_critical_item(made: Made) -> None:
    (item,) = items(made())
    assert (item.id, item.number) == ("core.features.declared", "2.1.1")
    assert (item.severity, item.require, item.attestable) == (Severity.CRITICAL, None, None)
    assert "features:" in item.fix
    assert judged(item, seen(attestation(item.id))).outcome is Outcome.UNKNOWN


def test_a_declared_feature_asks_for_everything_that_it_names(made: Made) -> None:
    (item,) = items(made(FULL))
    assert (item.id, item.number, item.title) == ("core.features.pay", "2.1.1", "Pay an order")
    assert item.severity is Severity.BLOCKER
    assert asked_of(item) == [
        "features.tests_passed@pay > 0",
        "features.tests_failed@pay == 0",
        "features.live_ok@pay True",
        "features.metric_total@pay > 0",
    ]
    assert (item.floor, item.max_age_s, item.attestable) == (Level.REPORTED, 7 * 86400, None)
    for named in ("tests/test_pay.py::*", "/pay/health", "pays_total"):
        assert named in item.fix


@pytest.mark.parametrize(
    ("feature", "wanted"),
    [
        (Feature("a", "A", tests=("t",)), ["features.tests_passed@a > 0", "features.tests_failed@a == 0"]),
        (Feature("a", "A", live_path="/a"), ["features.live_ok@a True"]),
        (Feature("a", "A", metric="a_total"), ["features.metric_total@a > 0"]),
    ],
)  # fmt: skip
def test_what_a_feature_does_not_name_is_not_asked_for(
    made: Made, feature: Feature, wanted: list[str]
) -> None:
    assert asked_of(items(made(feature))[0]) == wanted


def test_a_feature_that_names_nothing_can_only_be_attested(made: Made) -> None:
    (item,) = items(made(Feature("a", "A")))
    assert (item.require, item.attestable) == (None, Level.REPORTED)
    assert judged(item, seen()).outcome is Outcome.UNKNOWN


def test_each_feature_is_an_item_before_those_of_the_section(made: Made) -> None:
    checklist = made(Feature("a", "A"), Feature("b", "B"))
    section = checklist.categories[1].sections[0]
    assert [i.id for i in section.items] == [
        "core.features.a",
        "core.features.b",
        "security.tls.chain",
    ]
    assert [i.number for i in section.items[:2]] == ["2.1.1", "2.1.2"]
    assert section.generate == "features"


def test_floors_and_weights_are_those_of_the_checklist(made: Made) -> None:
    text = GENERATED.replace(
        "floors: {", "severity_weights: {blocker: 5}\nfloors: {blocker: observed, "
    )
    (item,) = items(made(FULL, text=text))
    assert (item.floor, item.weight) == (Level.OBSERVED, 5)
    assert items(made(Feature("a", "A")))[0].floor is DEFAULT_FLOORS[Severity.IMPORTANT]


@pytest.mark.parametrize("name", ["pay", "declared"])
def test_a_feature_whose_item_the_checklist_has_already_is_a_mistake(made: Made, name: str) -> None:
    text = GENERATED.replace("id: security.tls.chain", f"id: core.features.{name}")
    with pytest.raises(Mistake, match=f"The id 'core.features.{name}' is used twice"):
        made(Feature(name, "A"), text=text)


def test_a_section_that_generates_nothing_ignores_features(made: Made) -> None:
    assert items(made(FULL, text=SMALL)) == []


def test_it_passes_only_on_tests_answer_and_metric_together(made: Made) -> None:
    (item,) = items(made(FULL))
    good = [
        fact("features.tests_passed@pay", 3),
        fact("features.tests_failed@pay", 0),
        fact("features.live_ok@pay", True, Level.OBSERVED),
        fact("features.metric_total@pay", 17.0, Level.OBSERVED),
    ]
    assert judged(item, seen(*good)).outcome is Outcome.PASS
    for n, bad in enumerate([0, 1, False, 0.0]):
        spoilt = [*good[:n], fact(good[n].name, bad, good[n].level), *good[n + 1 :]]
        assert judged(item, seen(*spoilt)).outcome is Outcome.FAIL
    stale = [fact(f.name, f.value, f.level, at=ago(days=8)) for f in good]
    assert judged(item, seen(*stale)).outcome is Outcome.UNKNOWN
    assert judged(item, seen(*good[:3])).outcome is Outcome.UNKNOWN
