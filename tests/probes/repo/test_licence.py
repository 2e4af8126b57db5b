"""repo.licence tells the licence by its text, and manifests that say another."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.repo.licence import licence

MIT = "MIT License\n\nPermission is hereby granted, free of charge, to any\nperson obtaining a copy of this software\n"
APACHE = "                 Apache License\n           Version 2.0, January 2004\n"


def look(files: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The facts without `licence.`."""
    found = values(run_probe(licence, repo=files, **options))
    return {key.removeprefix("licence."): value for key, value in found.items()}


def test_present_and_agreed_upon() -> None:
    files = {
        "LICENSE": MIT,
        "pyproject.toml": '[project]\nlicense = "MIT"\n',
        "package.json": '{"license": "(MIT OR Apache-2.0)"}',
    }
    assert look(files) == {"file": ["LICENSE"], "spdx": ["MIT"], "conflict": []}


@pytest.mark.parametrize(
    "files", [{}, {"README.md": "# x\n\n## License\n\nMIT\n", "app/licence.py": "x = 1\n"}]
)
def test_missing_is_told_and_leaves_the_rest_open(files: dict[str, Any]) -> None:
    evidence = run_probe(licence, repo=files)
    assert values(evidence) == {"licence.file": []}
    assert problems(evidence) == ["vacuous"]


@pytest.mark.parametrize(
    "text", ["MIT", "All rights reserved.", "[Licence goes here]", MIT + APACHE]
)
def test_false_green_a_file_that_holds_no_whole_licence_or_several(text: str) -> None:
    evidence = run_probe(licence, repo={"LICENSE": text})
    assert "licence.spdx" not in values(evidence)
    assert problems(evidence) == ["vacuous"]


def test_an_empty_file_is_none() -> None:
    assert look({"LICENSE": ""})["file"] == []


def test_denied() -> None:
    evidence = run_probe(licence, repo={"LICENSE": Trouble(ProblemKind.DENIED, "LICENSE")})
    assert "denied" in problems(evidence)
    assert "licence.conflict" not in values(evidence)


def test_a_malformed_manifest_leaves_conflicts_open() -> None:
    evidence = run_probe(licence, repo={"LICENSE": MIT, "package.json": "{"})
    assert problems(evidence) == ["malformed"]
    assert "licence.conflict" not in values(evidence)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pyproject.toml", '[project]\nlicense = "Apache-2.0"\n'),
        ("pyproject.toml", '[project]\nlicense = {text = "GPLv3"}\n'),
        ("pyproject.toml", '[project]\nclassifiers = ["License :: OSI Approved :: Apache Software License"]\n'),
        ("package.json", '{"license": "AGPL-3.0-only"}'),
        ("Cargo.toml", '[package]\nlicense = "Apache-2.0"\n'),
    ],
)  # fmt: skip
def test_a_manifest_that_says_another(path: str, text: str) -> None:
    found = look({"LICENSE": MIT, path: text})["conflict"]
    assert [one.partition(" ")[0] for one in found] == [path]


@pytest.mark.parametrize(
    "text",
    [
        '{"license": "ISC", "private": true}',
        '{"license": "SEE LICENSE IN LICENSE"}',
        '{"license": "UNLICENSED"}',
        "{}",
    ],
)
def test_what_names_no_licence_is_no_conflict(text: str) -> None:
    assert look({"LICENSE": MIT, "package.json": text})["conflict"] == []


def test_the_file_of_the_service_comes_before_that_of_the_git_root() -> None:
    files = {"LICENSE": APACHE, "services/shop/LICENCE.md": MIT}
    assert look(files, root="services/shop")["spdx"] == ["MIT"]
    assert look(files, root="services/other")["spdx"] == ["Apache-2.0"]
