"""Changelogs in the forms that people write them."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.formats import changelog
from auditor.formats.changelog import Changelog
from auditor.formats.markdown_doc import read as read_document

KEEP = """\
# Changelog

All notable changes. The format follows [Keep a Changelog](https://keepachangelog.com/1.1.0).

## [Unreleased]

- Something new

## [1.2.0] - 2026-01-31

### Added

- First thing here
- Second thing

### Fixed

- Third

## [1.1.0] - 2025-12-01 [YANKED]

## [1.0.0-rc.1] - 2025-11-01

- Start

[Unreleased]: https://host/compare
[1.2.0]: https://host/1.2.0
"""


def test_keep_a_changelog() -> None:
    read = changelog.read(KEEP)
    assert [(found.name, found.date, found.line, found.words) for found in read.versions] == [
        ("1.2.0", date(2026, 1, 31), 9, 6),
        ("1.1.0", date(2025, 12, 1), 20, 0),
        ("1.0.0-rc.1", date(2025, 11, 1), 22, 1),
    ]
    assert [(found.name, found.words) for found in read.unreleased] == [("[Unreleased]", 2)]
    assert read.newest is not None
    assert read.newest.name == "1.2.0"
    assert [found.name for found in read.released(date(2025, 12, 31))] == ["1.0.0-rc.1"]
    assert read.pointer is None


@pytest.mark.parametrize(
    ("heading", "name", "when"),
    [
        ("## v1.2.3 - 2024-01-01", "1.2.3", date(2024, 1, 1)),
        ("## 1.2.3 (2024-01-01)", "1.2.3", date(2024, 1, 1)),
        ("# [1.2.3](https://host/compare) (2024-01-01)", "1.2.3", date(2024, 1, 1)),
        ("### Version 1.2 (January 5, 2024)", "1.2", date(2024, 1, 5)),
        ("## Release 1.2.3", "1.2.3", None),
        ("## orders@1.2.3", "1.2.3", None),
        ("## orders 1.2.3 – 5th March 2024", "1.2.3", date(2024, 3, 5)),
        ("## Versión 1.2.3 (31 de enero de 2024)", "1.2.3", date(2024, 1, 31)),
        ("## Notas de versión 1.2.3", "1.2.3", None),
        ("1.2.3 (2024-01-01)\n------------------", "1.2.3", date(2024, 1, 1)),
        ("What's new in orders 1.2.3\n===", "1.2.3", None),
        ("## 2024-01-01", "2024-01-01", date(2024, 1, 1)),
        ("## 1.2.0b3 / 2024-01-01", "1.2.0b3", date(2024, 1, 1)),
        ("## 🚀 v2.0.0", "2.0.0", None),
        ("## 1.2.3\n\n_Released 2024-01-01_", "1.2.3", date(2024, 1, 1)),
    ],
)
def test_a_version_and_its_date(heading: str, name: str, when: date | None) -> None:
    (found,) = changelog.read(f"{heading}\n\n- What was changed\n").versions
    assert (found.name, found.date) == (name, when)
    assert found.words >= 3


@pytest.mark.parametrize(
    "text",
    [
        "# Changelog\n\n## Unreleased\n\n- x\n",
        "# Cambios\n\n## Sin publicar\n\n- x\n",
        "## 1.2.0 (unreleased)\n\n- x\n",
        "## 1.2.0 - YYYY-MM-DD\n\n- x\n",
        "## 1.2.0\n\nNot yet released\n\n- x\n",
    ],
)
def test_what_is_to_come_is_no_release(text: str) -> None:
    read = changelog.read(text)
    assert read.versions == ()
    assert len(read.unreleased) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Changelog\n",
        "# Changelog\n\nWe follow SemVer 2.0.0 and Keep a Changelog 1.1.0 from the start of the year.\n",
        "# Changelog\n\n## 0.0.0\n\n- template\n",
        "# Changelog\n\n## Python 3 support\n\nWorks with Python 3.12 and later versions only.\n",
    ],
)
def test_a_changelog_without_versions_has_none(text: str) -> None:
    assert changelog.read(text).versions == ()


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("See docs/changelog.md\n", "docs/changelog.md"),
        ("See `docs/changelog.md`.\n", "docs/changelog.md"),
        ("# Changelog\n\nMoved to [the site](https://host/changes).\n", "https://host/changes"),
        ("Ask [us](mailto:a@b.net), or read HISTORY.rst\n", "HISTORY.rst"),
        ("Nothing here\n", None),
    ],
)
def test_a_short_file_may_point_elsewhere(text: str, pointer: str | None) -> None:
    assert changelog.read(text).pointer == pointer


def test_without_headings_bare_lines_name_versions() -> None:
    text = "1.2.0 (2024-02-01)\n\n  Fixed a thing.\n\n1.1.0 (2024-01-01)\n\n  Began.\n"
    assert [found.name for found in changelog.read(text, name="NEWS").versions] == [
        "1.2.0",
        "1.1.0",
    ]


def test_restructuredtext_changelogs_are_read_too() -> None:
    text = "Changes\n=======\n\n1.2.0 (2024-02-01)\n------------------\n\n* Fixed a thing\n"
    read = changelog.read(text, name="CHANGES.rst")
    assert [(found.name, found.words) for found in read.versions] == [("1.2.0", 3)]


def test_a_version_of_a_library_in_the_notes_is_no_version() -> None:
    text = "## 1.1.0\n\n### Dependencies\n\n#### 9.9.9 of lib\n\n- bump\n"
    assert [found.name for found in changelog.read(text).versions] == ["1.1.0"]


def test_a_document_that_was_read_already_will_do() -> None:
    assert changelog.read(read_document("## 1.0\n\n- a\n")).versions[0].name == "1.0"
    assert Changelog().newest is None
