"""Variables in Compose files and Dockerfiles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.text.interpolation import Interpolated, interpolate

VALUES = {"SET": "value", "BLANK": ""}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("$SET-x", "value-x"),
        ("${SET}", "value"),
        ("${SET:-other}", "value"),
        ("${BLANK:-other}", "other"),
        ("${BLANK-other}", ""),
        ("${NO:-other}", "other"),
        ("${NO:-${SET}}", "value"),
        ("${NO:-${NOT:-deep}}", "deep"),
        ("${SET:+given}", "given"),
        ("${NO:+given}", ""),
        ("${NO}", "${NO}"),
        ("$NO", "${NO}"),
        ("${NO:?must be set}", "${NO}"),
        ("$$SET", "$SET"),
        ("a$", "a$"),
        ("${}", "${}"),
        ("${1}", "${1}"),
        ("${SET", "${SET"),
        ("${SET%x}", "${SET%x}"),
    ],
)
def test_what_is_known_is_put_in(text: str, expected: str) -> None:
    assert interpolate(text, VALUES).text == expected


def test_what_is_unknown_and_what_was_defaulted_is_named() -> None:
    result = interpolate("${A} ${B:-b} $SET", VALUES)
    assert (result.unknown, result.defaulted) == (("A",), ("B",))


def test_the_escape_character_can_be_a_backslash() -> None:
    assert interpolate(r"\$SET $SET", VALUES, escape="\\").text == "$SET value"


@given(st.text(alphabet="${}:-+?AB \\"))
def test_no_text_is_refused(text: str) -> None:
    assert isinstance(interpolate(text, {"A": "1"}).text, str)


def test_deep_nesting_is_left_as_written() -> None:
    assert interpolate("${A:-" * 5_000 + "}" * 5_000, {}).text.startswith("${A:-")


def test_values_that_grow_by_doubling_stay_variables() -> None:
    value = "x" * 10
    for _ in range(60):
        value = interpolate("$A$A", {"A": value}).text
    assert len(value) < 10_000
    assert len(interpolate("$A" * 100_000, {"A": "x" * 4_000}).text) < 1_000_000


@pytest.mark.parametrize(
    ("text", "expected", "unknown"),
    [
        ("${V#re}", "lease-1.2", ()),
        ("${V##re}", "lease-1.2", ()),
        ("${V%.2}", "release-1", ()),
        ("${V%%no}", "release-1.2", ()),
        ("${V/release-/v}", "v1.2", ()),
        ("${V//e/E}", "rElEasE-1.2", ()),
        ("${V/-}", "release1.2", ()),
        ("${P/\\//-}", "linux-arm64", ()),
        ("${V/release-/${W}}", "w1.2", ()),
        ("${V%.*}", "${V}", ("V",)),
        ("${NO/\\//-}", "${NO}", ("NO",)),
    ],
)
def test_a_dockerfile_may_cut_and_replace(
    text: str, expected: str, unknown: tuple[str, ...]
) -> None:
    values = {"V": "release-1.2", "P": "linux/arm64", "W": "w"}
    found = interpolate(text, values, escape="\\")
    assert (found.text, found.unknown) == (expected, unknown)


def test_a_value_with_a_variable_in_it_is_not_known() -> None:
    assert interpolate("$A/x", {"A": "${NO}"}) == Interpolated("${NO}/x", ("A",))
