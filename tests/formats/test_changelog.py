"""Versions of a changelog, in the forms in which people write them."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.formats.documents.changelog import read


@pytest.mark.parametrize(
    ("heading", "name", "day"),
    [
        ("## [1.2.0] - 2026-01-31", "1.2.0", date(2026, 1, 31)),
        ("## v1.2.3 - 2024-01-01", "1.2.3", date(2024, 1, 1)),
        ("## 1.2.3 (2024-01-01)", "1.2.3", date(2024, 1, 1)),
        ("## [1.2.3](https://host.test/compare) (2024-01-01)", "1.2.3", date(2024, 1, 1)),
        ("1.2.3 / 2024-01-01\n==================", "1.2.3", date(2024, 1, 1)),
        ("# Version 3.1", "3.1", None),
        ("## Versión 2.0.0 - 5 de marzo de 2024", "2.0.0", date(2024, 3, 5)),
        ("## 1.0.0-rc.1 - March 5, 2024", "1.0.0-rc.1", date(2024, 3, 5)),
        ("## 2024-05-06", "2024-05-06", date(2024, 5, 6)),
    ],
)
def test_a_version_is_read_with_its_date(heading: str, name: str, day: date | None) -> None:
    (version,) = read(f"{heading}\n\n- Added something useful.\n").versions
    assert (version.name, version.date) == (name, day)
    assert version.words == 3


def test_underlined_versions_of_plain_text_are_read() -> None:
    found = read(
        "Version 1.1\n-----------\n\nReleased 2024-05-06\n\n- A fix.\n", name="CHANGES.rst"
    )
    assert [(v.name, v.date) for v in found.versions] == [("1.1", date(2024, 5, 6))]


@pytest.mark.parametrize(
    "heading",
    [
        "## [Unreleased]",
        "## 2.0.0 (unreleased)",
        "## [2.0.0] - TBD",
        "## [1.0.0] - YYYY-MM-DD",
        "## 2.0 - sin publicar",
    ],
)
def test_what_is_not_released_is_no_version(heading: str) -> None:
    found = read(f"# Changelog\n\n{heading}\n\n- Added something.\n")
    assert (found.versions, found.unreleased) == ((), True)


def test_a_version_without_notes_or_in_the_future_is_not_released() -> None:
    found = read(
        "## 3.0.0 - 2026-12-01\n\n- Soon.\n\n## 2.0.0 - 2026-01-01\n\n## 1.0.0 - 2025-01-01\n\n- First.\n"
    )
    assert [v.name for v in found.released(date(2026, 3, 2))] == ["1.0.0"]


@pytest.mark.parametrize(
    "text", ["# Changelog\n", "# History\n\nIn 2024 we moved.\n", "## 0.0.0\n\n- x y z\n", ""]
)
def test_text_without_versions_has_none(text: str) -> None:
    assert read(text).versions == ()


def test_a_short_file_without_versions_points_elsewhere() -> None:
    assert read("See [the list](docs/changes.md).\n").pointer == "docs/changes.md"
    assert read(".. include:: ../CHANGES.rst\n", name="changes.rst").pointer == "../CHANGES.rst"
    assert read("# Changelog\n\nsee docs/CHANGELOG.md\n").pointer == "docs/CHANGELOG.md"
    assert read("# 1.0.0\n\n[x](y.md)\n").pointer is None
