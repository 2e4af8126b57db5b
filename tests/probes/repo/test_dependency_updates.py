"""repo.dependency_updates reads Dependabot's and Renovate's configurations, and what they leave out."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.repo.dependency_updates import dependency_updates

PIP = "version: 2\nupdates:\n  - {package-ecosystem: pip, directory: /, schedule: {interval: weekly}}\n"
SERVICE = {"pyproject.toml": "[project]\n", "app.py": "x = 1\n"}


def look(files: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The facts without `dependency_updates.`."""
    found = values(run_probe(dependency_updates, repo=files, **options))
    return {key.removeprefix("dependency_updates."): value for key, value in found.items()}


def test_present() -> None:
    assert look(SERVICE | {".github/dependabot.yml": PIP}) == {
        "bots": [".github/dependabot.yml:3 Dependabot: pip, weekly"],
        "ineffective": [],
        "uncovered": [],
    }


def test_missing() -> None:
    found = look(SERVICE)
    assert (found["bots"], found["ineffective"]) == ([], [])
    assert found["uncovered"] == ["pyproject.toml is of pip, which nothing keeps new"]


def test_nothing_to_look_at() -> None:
    assert look({}) == {"bots": [], "ineffective": [], "uncovered": []}


def test_malformed() -> None:
    evidence = run_probe(
        dependency_updates, repo=SERVICE | {".github/dependabot.yml": "updates: ["}
    )
    assert problems(evidence) == ["malformed"]
    assert "dependency_updates.bots" not in values(evidence)


def test_denied() -> None:
    denied = Trouble(ProblemKind.DENIED, "renovate.json")
    evidence = run_probe(dependency_updates, repo={"renovate.json": denied})
    assert problems(evidence) == ["denied"]
    assert "dependency_updates.bots" not in values(evidence)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".github/dependabot.yml", "version: 2\n"),
        (".github/dependabot.yml", "version: 2\nupdates: []\n"),
        (".github/dependabot.yml", PIP.replace("schedule", "open-pull-requests-limit: 0, schedule")),
        (".github/dependabot.yml", PIP.replace("directory: /, ", "")),
        (".github/dependabot.yml", PIP.replace(", schedule: {interval: weekly}", "")),
        ("renovate.json", "{}"),
        ("renovate.json", "[]"),
        ("renovate.json", "{"),
        ("renovate.json", '{"enabled": false}'),
        ("renovate.json", '{"dependencyDashboardApproval": true}'),
        ("renovate.json5", '// off\n{\n  enabled: false,\n}\n'),
        ("package.json", '{"renovate": {"enabled": false}}'),
    ],
)  # fmt: skip
def test_false_green_a_configuration_that_proposes_nothing(path: str, text: str) -> None:
    found = look(SERVICE | {path: text})
    assert found["bots"] == []
    assert len(found["ineffective"]) == 1
    assert "pyproject.toml is of pip, which nothing keeps new" in found["uncovered"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("renovate.json", '{"extends": ["config:recommended"]}'),
        (".github/renovate.json5", "{ // all\n  extends: ['config:recommended'],\n}"),
        ("renovate.json5", "{packageRules: [{matchPackageNames: ['x'], enabled: false}]}"),
        (".renovaterc", '{"schedule": ["weekly"]}'),
        ("package.json", '{"renovate": {"extends": ["config:base"]}}'),
    ],
)
def test_renovate_takes_every_ecosystem(path: str, text: str) -> None:
    found = look(SERVICE | {path: text})
    assert len(found["bots"]) == 1
    assert found["uncovered"] == []


@pytest.mark.parametrize(
    "path", ["services/a/renovate.json", "dependabot.yml", ".github/x/dependabot.yml"]
)
def test_false_green_a_file_that_no_bot_reads(path: str) -> None:
    assert look(SERVICE | {path: PIP})["bots"] == []


def test_an_ecosystem_that_no_entry_names_is_told() -> None:
    found = look(SERVICE | {".github/dependabot.yml": PIP, "Dockerfile": "FROM x\n"})
    assert found["uncovered"] == ["Dockerfile is of docker, which nothing keeps new"]
