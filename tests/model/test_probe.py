"""What a fact's promise accepts: the right type, what JSON can hold, and the right subjects."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import codec
from auditor.model.evidence import Fact, Location, Source, SourceKind
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType

SOURCE = Source(SourceKind.FILE, "here")
GOOD: dict[FactType, list[object]] = {
    FactType.NUMBER: [0, -1, 2.5, 2**63 - 1],
    FactType.BOOLEAN: [True, False],
    FactType.TEXT: ["", "x"],
    FactType.LIST: [[], ["a"], [1, None, ["b"]], [{"a": [True]}]],
    FactType.OBJECT: [{}, {"a": None}, {"a": {"b": [1.5]}}],
}


def spec(kind: FactType, *subjects: str) -> FactSpec:
    return FactSpec("a.key", kind, "A fact.", "%", subjects)


@pytest.mark.parametrize("kind", list(FactType))
def test_each_type_takes_its_own_values_and_no_others(kind: FactType) -> None:
    for other, values in GOOD.items():
        assert [spec(kind).accepts(v) for v in values] == [other is kind] * len(values)


@pytest.mark.parametrize(
    "value",
    [None, float("nan"), float("inf"), -float("inf"), 2**63, 10**5000, -(10**400), b"x", {1}, object()],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_false_green_what_json_cannot_hold_is_no_value(value: object) -> None:
    assert not any(spec(kind).accepts(value) for kind in FactType)
    assert not spec(FactType.LIST).accepts([value]) or value is None
    assert not spec(FactType.OBJECT).accepts({"a": value}) or value is None


def test_a_value_may_not_be_nested_too_deeply_and_its_keys_are_text() -> None:
    deep: list[Any] = []
    for _ in range(2000):
        deep = [deep]
    assert not spec(FactType.LIST).accepts(deep)
    assert not spec(FactType.OBJECT).accepts({1: "a"})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=2),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner),
    )
)
def test_what_is_accepted_comes_back_from_its_file(value: Any) -> None:
    for kind in FactType:
        if spec(kind).accepts(value):
            fact = spec(kind).of(value, level=Level.DECLARED, source=SOURCE)
            assert codec.decode(codec.encode(fact), Fact) == fact


def test_a_fact_has_the_key_and_unit_of_its_promise() -> None:
    made = spec(FactType.NUMBER).of(
        3, level=Level.REPORTED, source=SOURCE, locations=[Location("a.py", 3)], produced_at="now"
    )
    assert (made.key, made.unit, made.value, made.level) == ("a.key", "%", 3, Level.REPORTED)
    assert (made.locations, made.produced_at) == ((Location("a.py", 3),), "now")
    assert (made.subject, made.name) == ("", "a.key")


def test_a_value_of_another_type_is_refused() -> None:
    with pytest.raises(TypeError, match=r"a\.key takes a number, not '3'"):
        spec(FactType.NUMBER).of("3", level=Level.REPORTED, source=SOURCE)


@pytest.mark.parametrize(
    ("subjects", "good", "bad"),
    [((), [""], ["x"]), (("x", "y"), ["x", "y"], ["", "z"]), (("*",), ["x", "anything"], [""])],
)
def test_a_fact_is_about_the_subjects_of_its_promise(
    subjects: tuple[str, ...], good: list[str], bad: list[str]
) -> None:
    promise = spec(FactType.NUMBER, *subjects)
    for subject in good:
        assert (
            promise.of(1, level=Level.REPORTED, source=SOURCE, subject=subject).subject == subject
        )
    for subject in bad:
        with pytest.raises(TypeError, match="has no subject"):
            promise.of(1, level=Level.REPORTED, source=SOURCE, subject=subject)


def test_a_fact_about_something_carries_its_name() -> None:
    made = spec(FactType.NUMBER, "x").of(1, level=Level.REPORTED, source=SOURCE, subject="x")
    assert made.name == "a.key@x"
