"""repo.ownership: who owns the rules, by the file that the forge reads, and whether the gate can fail."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.repo.ownership import ownership

GATE = (
    "name: gate\non:\n  pull_request:\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n"
    "      - run: auditor gate . --against origin/main\n"
)
GOOD: dict[str, Any] = {
    ".github/CODEOWNERS": "* @shop/everybody\n/.github/ @shop/leads\n/readiness/ @shop/leads\nauditor.yaml @shop/leads\n",
    ".github/workflows/gate.yml": GATE,
    "auditor.yaml": "service: shop\n",
    "readiness/waivers.yaml": "waivers: []\n",
}
KEYS = ("invalid", "unmatched", "unowned_rules", "toothless_gate")


def look(files: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The facts without `ownership.`."""
    found = values(run_probe(ownership, repo=files, **options))
    return {key.removeprefix("ownership."): value for key, value in found.items()}


def test_present_owners_and_a_gate() -> None:
    found = look(GOOD)
    assert [found[key] for key in KEYS] == [[]] * len(KEYS)
    assert found["file"] == [".github/CODEOWNERS"]
    assert found["gate_step"] == [
        ".github/workflows/gate.yml:8 auditor gate . --against origin/main"
    ]


def test_missing_owners_leave_every_rule_without_one() -> None:
    files = {path: text for path, text in GOOD.items() if "CODEOWNERS" not in path}
    found = look(files)
    assert (found["file"], len(found["unowned_rules"])) == ([], 3)


def test_nothing_to_look_at_has_no_owner_no_rule_and_no_gate() -> None:
    found = look({"README.md": "x"})
    assert (found["file"], found["unowned_rules"], found["gate_step"]) == ([], [], [])


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"* @a\x00", "malformed"), (Trouble(ProblemKind.DENIED, ".github/CODEOWNERS"), "denied")],
)
def test_a_file_that_cannot_be_read_gives_no_owners(content: Any, kind: str) -> None:
    evidence = run_probe(ownership, repo={**GOOD, ".github/CODEOWNERS": content})
    assert problems(evidence) == [kind]
    assert "ownership.unowned_rules" not in values(evidence)
    assert "ownership.gate_step" in values(evidence)


def test_a_workflow_that_cannot_be_read_hides_that_there_is_no_gate() -> None:
    files = {**GOOD, ".github/workflows/gate.yml": "on: [\n"}
    assert "gate_step" not in look(files)


@pytest.mark.parametrize(
    ("text", "unowned"),
    [
        ("# * @shop/leads\n", 4),
        ("* @shop/leads\n/.github/workflows/\n", 1),
        ("*.py @shop/leads\n", 4),
        ("* @your-org/leads\n", 4),
        ("* leads\n", 4),
        ("!docs @shop/leads\n", 4),
        ("/workflows/ @shop/leads\n", 4),
        (".github/* @shop/leads\n", 3),
        ("workflows/ @shop/leads\n", 3),
        ("**/gate.yml @shop/leads\n", 3),
        ("* @shop/leads # everybody\n", 0),
    ],
)
def test_false_green_lines_that_own_nothing(text: str, unowned: int) -> None:
    found = look({**GOOD, ".github/CODEOWNERS": text})
    assert len(found["unowned_rules"]) == unowned


def test_false_green_a_file_that_the_forge_does_not_read() -> None:
    files = {path: text for path, text in GOOD.items() if "CODEOWNERS" not in path}
    found = look({**files, "services/shop/CODEOWNERS": "* @shop/leads\n"})
    assert found["file"] == []
    assert found["invalid"] == ["services/shop/CODEOWNERS is not read by GitHub"]
    two = look({**GOOD, "CODEOWNERS": "* @other\n"})
    assert two["invalid"] == ["CODEOWNERS is not read by GitHub, which reads .github/CODEOWNERS"]


def test_lines_at_fault_and_patterns_that_match_nothing() -> None:
    text = "* @shop/leads\n/gone/ @shop/leads\n/docs/ leads\n/a[bc] @shop/leads\n"
    found = look({**GOOD, ".github/CODEOWNERS": text})
    assert found["unmatched"] == [".github/CODEOWNERS:2 /gone/ matches no file"]
    assert [line.partition(" ")[0] for line in found["invalid"]] == [
        ".github/CODEOWNERS:3", ".github/CODEOWNERS:4",
    ]  # fmt: skip


def test_sections_of_gitlab_and_an_optional_one_binds_nobody() -> None:
    files = {
        ".gitlab-ci.yml": 'x:\n  script: [auditor gate . --against origin/main]\n  rules: [{if: $CI_PIPELINE_SOURCE == "merge_request_event"}]\n'
    }
    owned = look({**files, "CODEOWNERS": "[Rules] @leads\n.gitlab-ci.yml\nCODEOWNERS\n"})
    assert owned["unowned_rules"] == []
    assert len(owned["gate_step"]) == 1
    optional = look({**files, "CODEOWNERS": "^[Rules] @leads\n.gitlab-ci.yml\nCODEOWNERS\n"})
    assert len(optional["unowned_rules"]) == 2
    github = look({**files, ".gitlab/CODEOWNERS": "* @leads\n"})
    assert github["file"] == [".gitlab/CODEOWNERS"]


def test_files_that_the_settings_name_are_rules_too() -> None:
    files = {
        **GOOD,
        "auditor.yaml": "checklist: policy/list.yaml\nwaivers: policy/waived.yaml\n",
        "policy/list.yaml": "id: x\n",
        "policy/waived.yaml": "waivers: []\n",
        ".github/CODEOWNERS": "* @shop/leads\n/policy/\n",
    }
    assert look(files)["unowned_rules"] == [
        "policy/list.yaml has no owner", "policy/waived.yaml has no owner",
    ]  # fmt: skip


def gate(run: str, on: str = "pull_request:", job: str = "") -> dict[str, Any]:
    text = (
        f"name: gate\non:\n  {on}\njobs:\n  gate:\n    runs-on: x\n{job}    steps:\n      - {run}\n"
    )
    return {**GOOD, ".github/workflows/gate.yml": text}


@pytest.mark.parametrize(
    "files",
    [
        gate("run: auditor gate . --against origin/main || true"),
        gate("run: auditor gate . --adopt readiness/baseline.json"),
        gate("run: auditor gate . --against origin/main\n        continue-on-error: true"),
        gate("run: auditor gate . --against origin/main\n        if: false"),
        gate("run: auditor gate . --against origin/main", on="workflow_dispatch:"),
        gate("run: auditor gate . --against origin/main", on="push: {branches: [main]}"),
        gate("run: auditor gate . --against origin/main", on="pull_request: {paths: [docs/**]}"),
        gate("run: auditor gate . --against origin/main", job="    if: false\n"),
        gate("run: auditor audit . --fail-on none"),
        gate("uses: acme/auditor@v1"),
        gate("uses: acme/auditor@v1\n        with: {fail-on: none}"),
    ],
)
def test_false_green_a_gate_that_fails_no_change(files: dict[str, Any]) -> None:
    found = look(files)
    assert found["gate_step"] == []
    assert len(found["toothless_gate"]) == 1


@pytest.mark.parametrize(
    "files",
    [
        gate("run: echo auditor gate . --against origin/main"),
        gate("run: |\n          # auditor gate . --against origin/main\n          true"),
    ],
)
def test_false_green_a_gate_that_is_only_spoken_of(files: dict[str, Any]) -> None:
    found = look(files)
    assert (found["gate_step"], found["toothless_gate"]) == ([], [])


@pytest.mark.parametrize(
    "files",
    [
        gate("run: uvx auditor gate . --baseline readiness/baseline.json"),
        gate("run: python -m auditor audit . --fail-on not-ready"),
        gate("uses: acme/auditor@v1\n        with: {fail-on: blocker}"),
    ],
)
def test_other_ways_to_run_it(files: dict[str, Any]) -> None:
    assert len(look(files)["gate_step"]) == 1
