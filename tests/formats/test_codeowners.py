"""CODEOWNERS as the forges read it, and licences by their text."""

from __future__ import annotations

import pytest

from auditor.formats.documents.codeowners import Forge, OwnerRule, read
from auditor.formats.documents.licence_text import names_licence, same, spdx_of_text
from auditor.formats.text.errors import Malformed


def test_rules_comments_and_blanks_in_names() -> None:
    text = b"# all\n*  @a @firm/team # both\n/my\\ docs/ me@firm.test\n/open/\n"
    assert read(text, path="CODEOWNERS").rules == [
        OwnerRule("*", ("@a", "@firm/team"), 2),
        OwnerRule("/my docs/", ("me@firm.test",), 3),
        OwnerRule("/open/", (), 4),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "* a",
        "* @your-org/team",
        "* @todo",
        "* me@example.com",
        "!x @a",
        "x[12] @a",
        "* @",
        "* @acme",
    ],
)
def test_lines_at_fault(line: str) -> None:
    found = read(line.encode(), path="CODEOWNERS")
    assert (found.rules, len(found.faults)) == ([], 1)


@pytest.mark.parametrize("owner", ["@mystic/team", "@theresa", "@someone", "@org1/x", "@user-b"])
def test_real_names_are_no_placeholders(owner: str) -> None:
    assert read(f"* {owner}".encode(), path="CODEOWNERS").faults == []


def test_sections_of_gitlab() -> None:
    text = b"[Docs][2] @writers\n/docs/\n^[Extra]\n*.md @@maintainers\n"
    assert read(text, path="CODEOWNERS", forge=Forge.GITLAB).rules == [
        OwnerRule("/docs/", ("@writers",), 2, "docs"),
        OwnerRule("*.md", ("@@maintainers",), 4, "extra", True),
    ]


def test_binary_content_is_refused() -> None:
    with pytest.raises(Malformed):
        read(b"* @a\x00", path="CODEOWNERS")


@pytest.mark.parametrize("piece", ["@your", "[", "* @a\n", "a\\ ", "**/", "<", "@a/"])
def test_repeated_nonsense_is_read(piece: str) -> None:
    found = read((piece * 10_000).encode(), path="CODEOWNERS")
    assert len(found.rules) + len(found.faults) in (1, 10_000)


@pytest.mark.parametrize(
    ("text", "spdx"),
    [
        ("Apache License\n  Version 2.0, January 2004", "Apache-2.0"),
        ("GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3, 19 November 2007", "AGPL-3.0"),
        ("Business Source License 1.1 ... Change License: Apache License, Version 2.0", "BUSL-1.1"),
        (
            "Redistribution and use in source and binary forms ... Neither the name of",
            "BSD-3-Clause",
        ),
        ("Redistribution and use in source and binary forms", "BSD-2-Clause"),
        ("MIT", ""),
    ],
)
def test_licences_by_text(text: str, spdx: str) -> None:
    assert spdx_of_text(text) == spdx


@pytest.mark.parametrize(
    ("spdx", "written", "agrees"),
    [
        ("MIT", "MIT License", True),
        ("MIT", "(Apache-2.0 OR MIT)", True),
        ("GPL-3.0", "GPL-3.0-or-later", True),
        ("BSD-3-Clause", "BSD License", True),
        ("MIT", "Apache-2.0", False),
    ],
)
def test_names_of_licences(spdx: str, written: str, agrees: bool) -> None:
    assert names_licence(written)
    assert same(spdx, written) is agrees


@pytest.mark.parametrize("written", ["", "UNLICENSED", "SEE LICENSE IN x", "Proprietary", "ours"])
def test_what_names_no_licence(written: str) -> None:
    assert not names_licence(written)
