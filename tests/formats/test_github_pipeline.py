"""Workflows of GitHub Actions in the shared model."""

from __future__ import annotations

import pytest

from auditor.formats.ci import github_pipeline
from auditor.formats.ci.ci_model import MANUAL, PUSH, REVIEW, TAG, CiPipeline
from auditor.formats.text.errors import Malformed

FILES = {
    ".github/workflows/deploy.yml": b"on: workflow_call\njobs:\n  ship:\n    runs-on: x\n    steps: [{run: helm upgrade a b}]\n",
    "act/action.yml": b"runs:\n  using: composite\n  steps:\n    - {run: kubeconform k8s, shell: bash}\n",
}


def read(text: str) -> CiPipeline:
    found = github_pipeline.read(text, path="w.yml", local=FILES.get)
    assert found is not None
    return found


def flow(step: str, on: str = "push", job: str = "") -> str:
    return f"on: {on}\njobs:\n  a:\n    runs-on: x\n{job}    steps:\n      - {step}\n"


@pytest.mark.parametrize(
    ("on", "events"),
    [("push", {PUSH}), ("pull_request", {REVIEW}), ("release", {TAG}), ("workflow_dispatch", {MANUAL}),
     ("{push: {tags: [v*]}}", {TAG}), ("[push, pull_request]", {PUSH, REVIEW})],
)  # fmt: skip
def test_events(on: str, events: set[str]) -> None:
    assert read(flow("run: x", on)).events == events


def test_a_workflow_that_is_only_called_is_none_of_its_own() -> None:
    data = FILES[".github/workflows/deploy.yml"]
    assert github_pipeline.read(data, path="w", local=FILES.get) is None
    with pytest.raises(Malformed):
        github_pipeline.read("on: push\n", path="w", local=FILES.get)


def test_a_called_workflow_takes_the_place_of_the_job_that_calls_it() -> None:
    text = flow("run: x") + "  d:\n    needs: a\n    uses: ./.github/workflows/deploy.yml\n"
    pipeline = read(text)
    last = pipeline.jobs[-1]
    assert (last.name, last.path, last.needs) == ("d/ship", ".github/workflows/deploy.yml", {"a"})
    text = "on: push\njobs:\n  b:\n    uses: ./.github/workflows/deploy.yml\n" + (
        "  a:\n    needs: b\n    runs-on: x\n    steps: [{run: x}]\n"
    )
    assert read(text).jobs[-1].needs == {"b/ship"}


def test_false_green_a_workflow_of_elsewhere_is_a_gap() -> None:
    pipeline = read("on: push\njobs:\n  d: {uses: o/r/.github/workflows/w.yml@v1}\n")
    assert len(pipeline.gaps) == 1
    assert pipeline.jobs[0].steps == ()


def test_steps_of_a_local_action_are_put_in() -> None:
    (step,) = read(flow("uses: ./act")).jobs[0].steps
    assert (step.text, step.path) == ("kubeconform k8s", "act/action.yml")


@pytest.mark.parametrize(
    ("condition", "always"),
    [("always()", True), ("${{ !cancelled() }}", True), ("success() || failure()", False),
     ("always() && needs.a.result == 'success'", False), ("github.ref == 'x'", False)],
)  # fmt: skip
def test_what_runs_after_a_failure(condition: str, always: bool) -> None:
    job = f'    if: "{condition}"\n'
    assert read(flow("run: x", job=job)).jobs[0].always is always


def test_steps_for_failures_and_known_actions() -> None:
    (rescue,) = read(flow("{run: helm rollback a, if: failure()}")).jobs[0].steps
    assert (rescue.rescues, rescue.events) == (True, frozenset())
    (deploy,) = read(flow("uses: azure/webapps-deploy@v3")).jobs[0].steps
    assert (deploy.deploys, deploy.label) == (True, "azure/webapps-deploy")
    (check,) = read(flow("uses: azure/k8s-lint@v3")).jobs[0].steps
    assert check.text == "kubeconform"
    (soft,) = read(flow("{run: x, continue-on-error: true}")).jobs[0].steps
    assert soft.tolerated
