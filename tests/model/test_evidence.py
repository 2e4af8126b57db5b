"""Names and places of facts."""

from __future__ import annotations

import pytest

from auditor.model.evidence import Location


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Location("a/b.py", 7), "a/b.py:7"),
        (Location("a/b.py"), "a/b.py"),
        (Location(url="https://x.test/health"), "https://x.test/health"),
        (Location(), ""),
    ],
)
def test_a_place_is_written_as_a_reader_can_open_it(place: Location, text: str) -> None:
    assert str(place) == text
