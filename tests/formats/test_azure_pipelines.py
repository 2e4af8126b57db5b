"""Azure Pipelines in the shared model."""

from __future__ import annotations

import pytest

from auditor.formats.ci import azure_pipelines
from auditor.formats.ci.ci_model import MANUAL, PUSH, REVIEW, TAG, CiPipeline
from auditor.formats.text.errors import Malformed

PATH = "azure-pipelines.yml"
FILES = {
    "ci/test.yml": b"parameters: {cmd: make}\nsteps:\n  - script: |\n      ${{ parameters.cmd }}\n",
    "ci/jobs.yml": b"parameters: [{name: extra, type: stepList, default: []}]\njobs:\n"
    b"  - job: inner\n    steps:\n      - template: test.yml\n        parameters: {cmd: pytest}\n"
    b"      - ${{ parameters.extra }}\n",
    "ci/base.yml": b"parameters: [{name: go, default: true}]\nstages:\n  - stage: s\n    jobs:\n"
    b"      - job: j\n        steps: [{script: pytest}]\n",
}
STEPS = "steps: [{script: pytest}]\n"


def read(text: str) -> CiPipeline:
    return azure_pipelines.read(text, path=PATH, local=FILES.get)


@pytest.mark.parametrize(
    ("head", "events"),
    [
        ("", {REVIEW, PUSH}),
        ("trigger: [main]\n", {REVIEW, PUSH}),
        ("trigger: [main]\npr: none\n", {PUSH}),
        ("trigger: none\n", {REVIEW}),
        ("trigger: none\npr: none\n", set()),
        ("trigger: {branches: {include: ['*']}}\npr: none\n", {REVIEW, PUSH}),
        ("trigger: {branches: {include: [feature/*]}}\npr: none\n", {REVIEW, PUSH}),
        ("trigger: {branches: {include: [release/*]}}\npr: none\n", {PUSH}),
        ("trigger: {tags: {include: [v*]}}\npr: none\n", {TAG}),
    ],
)
def test_what_starts_it(head: str, events: set[str]) -> None:
    assert read(head + STEPS).events == events | {MANUAL}


@pytest.mark.parametrize(
    ("condition", "events"),
    [
        ("false", set()),
        ("eq(variables['Build.Reason'], 'PullRequest')", {REVIEW}),
        ("and(succeeded(), ne(variables['Build.Reason'], 'PullRequest'))", {PUSH, MANUAL}),
        ("eq(variables['Build.SourceBranch'], 'refs/heads/main')", {PUSH, MANUAL}),
    ],
)
def test_a_condition_of_a_job(condition: str, events: set[str]) -> None:
    text = f'jobs:\n  - job: a\n    condition: "{condition}"\n    {STEPS}'
    assert read(text).jobs[0].events == events


def test_templates_of_the_repository_are_put_in_with_their_lines() -> None:
    (job,) = read(
        "jobs:\n  - template: ci/jobs.yml\n    parameters:\n      extra: [{script: more}]\n"
    ).jobs
    assert [(s.text.strip(), s.path, s.line) for s in job.steps] == [
        ("pytest", "ci/test.yml", 4),
        ("more", PATH, 4),
    ]
    (extended,) = read("extends: {template: ci/base.yml}\n").jobs
    assert extended.name == "s/j"


@pytest.mark.parametrize(
    "text",
    ["steps:\n  - template: absent.yml\n", "steps:\n  - template: t.yml@shared\n",
     "extends: {template: t.yml@shared}\n", "steps:\n  - ${{ parameters.unknown }}\n"],
)  # fmt: skip
def test_false_green_a_template_of_elsewhere_is_a_gap(text: str) -> None:
    assert len(read(text).gaps) == 1


@pytest.mark.parametrize(
    "text",
    ["trigger: [main]\n", "steps: [{run: pytest}]\n", "jobs: [{steps: []}]\n", "- a\n", "steps: {",
     "stages: [{stage: a, dependsOn: b, jobs: []}]\n"],
)  # fmt: skip
def test_what_azure_refuses_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        read(text)


def test_a_deployment_waits_for_the_stage_before_it() -> None:
    text = (
        "stages:\n  - stage: test\n    jobs:\n      - job: t\n        steps: [{script: pytest}]\n"
        "  - stage: ship\n    jobs:\n      - deployment: d\n        environment: prod\n        strategy:\n"
        "          runOnce: {deploy: {steps: [{task: AzureWebApp@1}]}}\n"
        "  - stage: beside\n    dependsOn: []\n    jobs: [{job: b, steps: [{script: x}]}]\n"
    )
    pipeline = read(text)
    test, ship, beside = pipeline.jobs
    assert pipeline.before(ship) == (test,)
    assert pipeline.before(beside) == ()
    assert ship.steps[0].label == "AzureWebApp@1"


@pytest.mark.parametrize(("condition", "always"), [("always()", True), ("succeededOrFailed()", True),
                                                   ("and(succeeded(), true)", False)])  # fmt: skip
def test_a_condition_of_its_own_runs_also_after_a_failure(condition: str, always: bool) -> None:
    text = f"jobs:\n  - job: a\n    {STEPS}  - job: b\n    dependsOn: a\n    condition: {condition}\n    {STEPS}"
    assert read(text).jobs[1].always is always


def test_soft_jobs_say_why() -> None:
    (job,) = read(f"jobs:\n  - job: a\n    continueOnError: true\n    {STEPS}").jobs
    assert "continueOnError" in job.tolerated
