"""Declarative Jenkinsfiles: stages in order, and what their steps run."""

from __future__ import annotations

import pytest

from auditor.formats.ci import jenkinsfile
from auditor.formats.ci.ci_model import REVIEW, TAG, CiPipeline
from auditor.formats.text.errors import Malformed, TooLarge


def read(*stages: str) -> CiPipeline:
    text = "pipeline {\n  agent any\n  stages {\n" + "\n".join(stages) + "\n  }\n}\n"
    return jenkinsfile.read(text, path="Jenkinsfile")


def stage(steps: str, more: str = "", name: str = "Test") -> str:
    return f"    stage('{name}') {{ {more} steps {{ {steps} }} }}"


def test_stages_run_in_order_with_their_lines() -> None:
    first, second = read(stage("sh 'pytest'"), stage('sh """\npytest e2e\n"""', name="E2E")).jobs
    assert [(s.text, s.line) for s in first.steps] == [("pytest", 4)]
    assert second.needs == {first.name}
    ((command, _),) = second.steps[0].commands()
    assert command.line == 6


@pytest.mark.parametrize(
    "steps",
    [
        "// sh 'pytest'\n",
        "/* sh 'pytest' */",
        "echo 'sh pytest'",
        "echo \"sh 'pytest'\"",
        "/* sh 'pytest'",
    ],
)
def test_false_green_a_comment_or_text_runs_nothing(steps: str) -> None:
    try:
        jobs = read(stage(steps)).jobs
    except Malformed:
        jobs = ()
    assert [s for job in jobs for s in job.steps] == []


def test_hidden_failures_are_told() -> None:
    soft, status, post = read(
        stage("catchError { sh 'pytest' }"),
        stage("sh(script: 'pytest', returnStatus: true)"),
        "stage('x') { steps { echo 'a' } post { failure { sh 'helm rollback api' } } }",
    ).jobs
    assert "catchError" in soft.steps[0].tolerated
    assert "returnStatus" in status.steps[0].tolerated
    assert (post.steps[0].rescues, post.steps[0].events) == (True, frozenset())


def test_when_and_input() -> None:
    (main,) = read(stage("sh 'x'", "when { branch 'main' }")).jobs
    assert not main.events & {REVIEW, TAG}
    (off,) = read(stage("sh 'x'", "when { expression { false } }")).jobs
    assert off.events == frozenset()
    (held,) = read(stage("input 'go?'\n sh 'x'")).jobs
    assert held.manual
    (inside,) = read(stage("dir('api') { sh 'pytest' }")).jobs
    assert inside.steps[0].folder == "api"


def test_a_shared_library_is_a_gap() -> None:
    text = "@Library('ours') _\npipeline { stages { stage('a') { steps { build() } } } }"
    assert len(jenkinsfile.read(text, path="J").gaps) == 1


@pytest.mark.parametrize(
    "text", ["", "node { sh 'x' }", "pipeline { stages {", "pipeline { } }", b"\x00"]
)
def test_what_is_not_declarative_or_broken_is_malformed(text: str | bytes) -> None:
    with pytest.raises(Malformed):
        jenkinsfile.read(text, path="Jenkinsfile")


def test_limits() -> None:
    with pytest.raises(TooLarge):
        jenkinsfile.read("pipeline {" + " " * 400_000, path="J")
    with pytest.raises(TooLarge):
        jenkinsfile.read("pipeline {" * 100, path="J")
    with pytest.raises(Malformed):
        jenkinsfile.read("pipeline {" + "/*" * 150_000, path="J")
