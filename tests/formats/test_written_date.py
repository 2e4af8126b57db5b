"""Dates as people write them."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.formats.written_date import find_date


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05",
        "(2024/3/5)",
        "v1.0.0 - 2024.03.05",
        "05.03.2024",
        "5/3/2024",
        "March 5, 2024",
        "Mar 5th, 2024",
        "5 March 2024",
        "5th of March 2024",
        "5 de marzo de 2024",
        "released on March 5, 2024 by us",
    ],
)
def test_every_way_means_the_same_day(text: str) -> None:
    assert find_date(text) == date(2024, 3, 5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("03/25/2024", date(2024, 3, 25)),
        ("July 2020", date(2020, 7, 1)),
        ("31 de diciembre de 2023", date(2023, 12, 31)),
        ("2024-13-05", None),
        ("30.02.2024", None),
        ("version 1.2.3", None),
        ("chapter 12 of 2024", None),
        ("", None),
    ],
)
def test_other_dates_and_none(text: str, expected: date | None) -> None:
    assert find_date(text) == expected
