"""ci.hardening reads what workflows may do, and what may make them do more."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.ci.hardening import hardening

PATH = ".github/workflows/ci.yml"
SHA = "a" * 40
GOOD = f"""\
on: [pull_request]
permissions: {{contents: read}}
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - uses: acme/setup@{SHA}
      - run: make test
"""
CLEAN: dict[str, Any] = {
    "workflows": [PATH], "unpinned_actions": [], "broad_permissions": [], "untrusted_code": [],
    "injections": [], "invalid": [],
}  # fmt: skip


def look(text: Any, path: str = PATH) -> dict[str, Any]:
    """The facts without `ci_hardening.`."""
    found = values(run_probe(hardening, repo={path: text}))
    return {key.removeprefix("ci_hardening."): value for key, value in found.items()}


def test_present() -> None:
    assert look(GOOD) == CLEAN


def test_missing() -> None:
    evidence = run_probe(
        hardening, repo={"README.md": "x", ".gitlab-ci.yml": "test: {script: [x]}"}
    )
    assert (values(evidence), problems(evidence)) == ({}, ["vacuous"])


def test_nothing_to_look_at() -> None:
    evidence = run_probe(hardening, repo={})
    assert (values(evidence), problems(evidence)) == ({}, ["vacuous"])


@pytest.mark.parametrize("text", ["on: [", "jobs: {}", "on: push\njobs: {a: {}}"])
def test_malformed(text: str) -> None:
    evidence = run_probe(hardening, repo={PATH: text})
    assert problems(evidence) == ["malformed"]
    assert list(values(evidence)) == ["ci_hardening.invalid"]


def test_denied() -> None:
    evidence = run_probe(hardening, repo={PATH: Trouble(ProblemKind.DENIED, PATH)})
    assert (values(evidence), problems(evidence)) == ({}, ["denied"])


@pytest.mark.parametrize(
    "uses", ["acme/setup@v2", "acme/setup@main", f"acme/setup@{SHA[:12]}", "docker://alpine:3.20", "acme/setup"]
)  # fmt: skip
def test_false_green_a_tag_can_be_moved(uses: str) -> None:
    assert look(GOOD.replace(f"acme/setup@{SHA}", uses))["unpinned_actions"] == [f"{PATH}:8 {uses}"]


def test_a_reusable_workflow_is_an_action_too() -> None:
    text = (
        "on: push\npermissions: {}\njobs:\n  a:\n    uses: acme/flows/.github/workflows/x.yml@v1\n"
    )
    assert len(look(text)["unpinned_actions"]) == 1


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("permissions: {contents: read}\n", ""),
        GOOD.replace("permissions: {contents: read}", "permissions: write-all"),
        GOOD.replace("    runs-on", "    permissions: write-all\n    runs-on"),
    ],
)
def test_false_green_a_token_that_may_do_everything(text: str) -> None:
    assert len(look(text)["broad_permissions"]) == 1


def test_a_job_may_state_its_own() -> None:
    text = GOOD.replace("permissions: {contents: read}\n", "").replace(
        "    runs-on", "    permissions: {contents: read}\n    runs-on"
    )
    assert look(text)["broad_permissions"] == []


@pytest.mark.parametrize(
    "step",
    [
        "- {uses: actions/checkout@v4, with: {ref: '${{ github.event.pull_request.head.sha }}'}}",
        "- {uses: actions/checkout@v4, with: {ref: '${{ github.head_ref }}'}}",
        "- run: gh pr checkout 7",
        "- run: git fetch origin refs/pull/${N}/head && git checkout FETCH_HEAD",
    ],
)
@pytest.mark.parametrize("event", ["pull_request_target", "workflow_run"])
def test_false_green_a_stranger_s_code_beside_secrets(step: str, event: str) -> None:
    text = GOOD.replace("- uses: actions/checkout@v4", step)
    assert look(text)["untrusted_code"] == []
    assert len(look(text.replace("[pull_request]", f"[{event}]"))["untrusted_code"]) == 1


@pytest.mark.parametrize(
    "script",
    [
        "echo ${{ github.event.pull_request.title }}",
        "git checkout ${{ github.head_ref }}",
        "echo '${{ github.event.comment.body }}'",
        "echo ${{ github.event.head_commit.message }}",
    ],
)
def test_false_green_what_a_stranger_writes_becomes_a_script(script: str) -> None:
    assert len(look(GOOD.replace("make test", script))["injections"]) == 1


@pytest.mark.parametrize(
    "script", ["echo ${{ github.sha }}", "echo $TITLE", "echo ${{ inputs.name }}"]
)
def test_what_the_repository_itself_gives_is_none(script: str) -> None:
    assert look(GOOD.replace("make test", script))["injections"] == []


def test_a_workflow_below_the_git_root_never_runs() -> None:
    assert look(GOOD.replace("permissions: {contents: read}\n", ""), f"services/a/{PATH}") == {}
