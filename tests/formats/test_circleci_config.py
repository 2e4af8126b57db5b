"""CircleCI: what workflows run, what starts them, and what is refused."""

from __future__ import annotations

import pytest

from auditor.formats.ci import circleci_config
from auditor.formats.ci.ci_model import MANUAL, PUSH, REVIEW, TAG, CiJob, CiPipeline
from auditor.formats.text.errors import Malformed

JOB = "version: 2.1\njobs:\n  test:\n    docker: [{image: x}]\n    steps:\n      - checkout\n      - run: pytest\n"


def read(text: str) -> tuple[CiPipeline, ...]:
    return circleci_config.read(text, path=".circleci/config.yml")


def one(entry: str, above: str = "") -> CiJob:
    return read(f"{JOB}{above}workflows:\n  all:\n    jobs:\n      - {entry}\n")[0].jobs[0]


def test_a_job_of_a_workflow_with_its_line() -> None:
    (step,) = one("test").steps
    assert (step.text, step.line, step.options.errexit, step.options.pipefail) == (
        "pytest",
        7,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("entry", "events"),
    [
        ("test", {REVIEW, PUSH, MANUAL, TAG}),
        ("test: {requires: []}", {REVIEW, PUSH, MANUAL}),
        ("test: {filters: {branches: {only: main}}}", {PUSH, MANUAL}),
        ("test: {filters: {branches: {only: [staging, main]}}}", {PUSH, MANUAL}),
        ("test: {filters: {branches: {only: /feature.*/}}}", {REVIEW, PUSH, MANUAL}),
        ("test: {filters: {branches: {ignore: [main]}}}", {REVIEW, MANUAL}),
        ("test: {filters: {branches: {ignore: /.*/}, tags: {only: /v.*/}}}", {TAG, MANUAL}),
    ],
)
def test_what_starts_a_job(entry: str, events: set[str]) -> None:
    assert one(entry).events - {TAG} == events - {TAG}


def test_without_workflows_the_job_build_runs() -> None:
    (pipeline,) = read(JOB.replace("  test:", "  build:"))
    assert [job.name for job in pipeline.jobs] == ["build"]


@pytest.mark.parametrize(
    "text",
    [
        "version: 2.1\n",
        JOB,
        f"{JOB}workflows:\n  all:\n    jobs: [absent]\n",
        f"{JOB}workflows:\n  all:\n    jobs:\n      - test: {{requires: [absent]}}\n",
        "jobs:\n  build: []\n",
        "jobs:\n  build: {docker: []}\n",
        "- a\n",
        "jobs: {",
    ],
)
def test_what_circleci_refuses_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        read(text)


@pytest.mark.parametrize("switch", ["triggers: [{schedule: {cron: '0 0 * * *'}}]", "when: false", "unless: true",
                                    "when: << pipeline.parameters.go >>"])  # fmt: skip
def test_false_green_a_workflow_that_no_change_starts(switch: str) -> None:
    above = "parameters: {go: {type: boolean, default: false}}\n"
    text = f"{JOB}{above}workflows:\n  all:\n    {switch}\n    jobs: [test]\n"
    assert read(text)[0].events == frozenset()


def test_an_approval_has_no_steps_and_is_waited_for() -> None:
    text = f"{JOB}workflows:\n  all:\n    jobs:\n      - hold: {{type: approval}}\n      - test: {{requires: [hold]}}\n"
    (pipeline,) = read(text)
    assert [job.name for job in pipeline.before(pipeline.jobs[1])] == ["hold"]
    assert pipeline.jobs[0].manual


def test_a_written_continuation_is_a_gap() -> None:
    (pipeline,) = read(f"setup: true\n{JOB}workflows:\n  all:\n    jobs: [test]\n")
    assert "rest of the pipeline" in pipeline.gaps[0].what


def test_an_orb_of_tests_runs_them_and_an_unknown_one_is_a_gap() -> None:
    orbs = "orbs: {node: circleci/node@5, own: acme/own@1, slack: circleci/slack@4}\n"
    assert [s.text for s in one("node/test", orbs).steps] == ["npm run test"]
    text = f"{JOB}{orbs}workflows:\n  all:\n    jobs: [own/ship, slack/notify]\n"
    assert [gap.what for gap in read(text)[0].gaps] == ["uses own/ship of an orb"]
