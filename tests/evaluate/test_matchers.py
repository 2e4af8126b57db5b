"""Tests of one value: which values pass, what was expected and seen, and how numbers are shown."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evaluate.matchers import (
    OPERATORS,
    expected,
    satisfied,
    shown,
    split_comparison,
    with_unit,
)
from auditor.model.item import Matcher
from auditor.model.probe import FactType
from tests.evaluate.worlds import matcher


@pytest.mark.parametrize(
    ("test", "good", "bad"),
    [
        (">= 90", [90, 90.0, 91, 1e9], [89, 89.999999, -90]),
        ("> 0", [1, 0.0001], [0, -1]),
        ("<= 3", [3, 0, -1], [3.0001, 4]),
        ("< 5", [4.999, -5], [5, 6]),
        ("== 0", [0, 0.0, -0.0], [1, 0.0001]),
        ("!= 0", [1, -1], [0, 0.0]),
        (True, [True], [False]),
        (False, [False], [True]),
        ("pass", ["pass"], ["Pass", "passed", ""]),
        (2.0, [2, 2.0], [1, 2.01]),
        ({"contains": "python"}, [["go", "python"], "cpython", {"python": 1}], [[], ["Python"], "go", {}]),
        ({"excludes": "python"}, [[], ["go"], "go", {}], [["python"], "cpython", {"python": 0}]),
        ({"empty": True}, [[], "", {}], [["x"], "x", {"x": 1}]),
        ({"empty": False}, [["x"], "x"], [[], ""]),
        ({"count": ">= 2"}, [["a", "b"], [1, 2, 3]], [[], ["a"]]),
        ({"count": "== 0"}, [[]], [["a"]]),
        ({"one_of": ["TLSv1.2", "TLSv1.3"]}, ["TLSv1.3"], ["TLSv1", ""]),
        ({"matches": "^v?1\\."}, ["1.2", "v1.0"], ["2.1", ""]),
    ],
)  # fmt: skip
def test_what_passes_and_what_does_not(test: object, good: list[object], bad: list[object]) -> None:
    asked = matcher(test)
    assert [v for v in good if not satisfied(asked, v)] == []  # type: ignore[arg-type]
    assert [v for v in bad if satisfied(asked, v)] == []  # type: ignore[arg-type]


def test_every_operator_says_on_which_types_it_makes_sense() -> None:
    number, text, listed = FactType.NUMBER, FactType.TEXT, FactType.LIST
    allowed = {name: operator.types for name, operator in OPERATORS.items()}
    assert all(allowed[sign] == {number} for sign in (">=", "<=", "==", "!=", ">", "<"))
    assert allowed["one_of"] == allowed["matches"] == {text}
    assert allowed["count"] == {listed}
    assert allowed["contains"] == allowed["excludes"] == {listed, text, FactType.OBJECT}
    assert allowed["equals"] == {number, text, FactType.BOOLEAN}


@pytest.mark.parametrize(
    ("test", "unit", "words"),
    [
        (">= 90", "%", ">= 90 %"),
        ("== 0", "", "== 0"),
        ("<= 0.5", "s", "<= 0.5 s"),
        (">= 31536000", "s", ">= 31,536,000 s"),
        (True, "", "yes"),
        (False, "", "no"),
        ("pass", "", "pass"),
        (2.0, "d", "2 d"),
        ({"empty": True}, "", "none"),
        ({"empty": False}, "", "at least one"),
        ({"contains": "python"}, "", "containing python"),
        ({"excludes": "{x}"}, "", "without {x}"),
        ({"count": ">= 3"}, "", ">= 3 entries"),
        ({"one_of": ["a", "b"]}, "", "one of a, b"),
        ({"matches": "^v1"}, "", "matching ^v1"),
    ],
)
def test_what_is_expected_is_said_in_words_with_the_unit(
    test: object, unit: str, words: str
) -> None:
    assert expected(matcher(test), unit) == words


def test_an_operand_that_is_a_whole_number_is_shown_as_it_is() -> None:
    assert expected(Matcher("==", 3, "== 3"), "") == "== 3"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (True, "%", "yes"),
        (False, "", "no"),
        (79.999, "%", "79.99 %"),
        (99.9999, "%", "99.99 %"),
        (-79.999, "", "-79.99"),
        (90, "%", "90 %"),
        (90.0, "%", "90 %"),
        (90.5, "%", "90.5 %"),
        (0.29, "s", "0.29 s"),
        (64.1, "%", "64.1 %"),
        (1.15, "", "1.15"),
        (1234567, "", "1,234,567"),
        ([], "", "none"),
        (["a", "b"], "", "a, b"),
        (["a", "b", "c", "d", "e"], "", "a, b, c and 2 more"),
        (["x" * 50, "y" * 50, "content-security-policy"], "", f"{'x' * 50}, {'y' * 50} and 1 more"),
        (["a", "y" * 130], "", "a and 1 more"),
        ("", "", ""),
        ("main", "", "main"),
        ({"a": 1}, "", "{'a': 1}"),
    ],
)
def test_a_value_is_shown_short(value: object, unit: str, words: str) -> None:
    assert shown(value, unit) == words  # type: ignore[arg-type]


@pytest.mark.parametrize("value", ["x" * 500, ["x" * 500], ["x" * 500] * 9, {"x": "y" * 500}])
def test_a_value_never_fills_more_than_a_line(value: object) -> None:
    words = shown(value)  # type: ignore[arg-type]
    assert len(words) <= 140
    assert "..." in words


@pytest.mark.parametrize(
    ("value", "words"),
    [(90.004, "90.004"), (0.001, "0.001"), (-0.001, "-0.001"), (79.9999999, "79.99"), (1e-7, "0.0000001")],
)  # fmt: skip
def test_what_is_not_whole_never_looks_whole(value: float, words: str) -> None:
    """Else a reader would see "90 (wanted <= 90)" below a failed item."""
    assert with_unit(value, "") == words


def test_numbers_of_any_size_can_be_shown() -> None:
    assert with_unit(10**15, "") == "1,000,000,000,000,000"
    assert with_unit(1e300, "B") == "1e+300 B"


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**63))
def test_a_number_is_cut_and_never_rounded_up(value: float) -> None:
    exact = Decimal(repr(value))
    read = Decimal(with_unit(value, "").replace(",", ""))
    assert abs(read) <= abs(exact) or abs(value) >= 1e15
    assert abs(read - exact) < Decimal("0.01") or abs(value) >= 1e15
    if exact != exact.to_integral_value() and abs(value) < 1e15:
        assert read != read.to_integral_value()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (">= 90", (">=", 90.0)),
        (" >=90 ", (">=", 90.0)),
        ("< -0.5", ("<", -0.5)),
        ("<= 1e-05", ("<=", 0.00001)),
        ("!= 0", ("!=", 0.0)),
    ],
)
def test_a_comparison_is_a_sign_and_a_number(text: str, parts: tuple[str, float]) -> None:
    assert split_comparison(text) == parts


@pytest.mark.parametrize(
    "text", ["90", "=> 90", ">= ", ">= ninety", ">= 90 %", ">= nan", ">= inf", ">= 1e999", "== 1 == 1"]
)  # fmt: skip
def test_anything_else_is_no_comparison(text: str) -> None:
    with pytest.raises(ValueError, match="not a comparison such as"):
        split_comparison(text)
