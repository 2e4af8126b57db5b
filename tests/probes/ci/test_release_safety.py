"""Checks before a deployment and rollback: what stops or brings back, and what only looks like it."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.model.level import Level
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.ci.release_safety import release_safety

W = ".github/workflows/deploy.yml"
DEPLOY = "helm upgrade --install api chart"
CHECKS, IDLE, OPEN = "preflight.steps", "preflight.ineffective", "preflight.unguarded"
BACK, DEAD = "rollback.declared", "rollback.ineffective"


def flow(*runs: str, on: str = "push", extra: str = "") -> str:
    """A workflow of one job `ship` with one step for each script, and other jobs before it."""
    steps = "".join(f"      - run: {run}\n" for run in runs)
    return f"on: {on}\njobs:\n{extra}  ship:\n    runs-on: x\n    steps:\n{steps}"


def look(*runs: str, files: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    return values(run_probe(release_safety, repo={W: flow(*runs, **more), **(files or {})}))


def test_a_check_before_the_deployment_is_listed_with_its_place() -> None:
    evidence = run_probe(release_safety, repo={W: flow("kubeconform k8s", DEPLOY)})
    facts = values(evidence)
    assert facts[CHECKS] == [f"{W}:6 kubeconform k8s (before helm upgrade)"]
    assert (facts[IDLE], facts[OPEN]) == ([], [])
    fact = next(f for f in evidence.facts if f.key == CHECKS)
    assert fact.level is Level.EFFECTIVE


def test_two_commands_on_one_line_are_told_apart() -> None:
    facts = look("kubeconform k8s && kubectl apply -f k8s")
    assert (len(facts[CHECKS]), facts[OPEN]) == (1, [])
    facts = look("kubectl apply -f k8s && kubeconform k8s")
    assert (facts[CHECKS], len(facts[OPEN])) == ([], 1)


def test_a_deployment_without_a_check_is_told() -> None:
    facts = look("pytest", DEPLOY)
    assert facts[CHECKS] == []
    assert facts[OPEN] == [f"{W}:7 helm upgrade (job ship)"]


def test_without_a_deployment_nothing_is_known() -> None:
    evidence = run_probe(release_safety, repo={W: flow("kubeconform k8s")})
    assert CHECKS not in values(evidence)
    assert problems(evidence) == ["not_configured", "not_configured"]


def test_an_empty_repository_is_unknown_and_not_bad() -> None:
    evidence = run_probe(release_safety, repo={})
    assert {CHECKS, BACK}.isdisjoint(values(evidence))


def test_a_broken_workflow_never_runs() -> None:
    evidence = run_probe(release_safety, repo={W: "on: push\njobs: {a: {steps: []}}\n"})
    assert CHECKS not in values(evidence)


def test_a_workflow_that_may_not_be_read_hides_what_it_could_hold() -> None:
    denied = Trouble(ProblemKind.DENIED, "The file may not be read.")
    other = ".github/workflows/b.yml"
    evidence = run_probe(release_safety, repo={W: flow(DEPLOY), other: denied})
    assert "denied" in problems(evidence)
    assert CHECKS not in values(evidence)
    assert values(evidence)[OPEN]


JOB = "  check:\n    runs-on: x\n    steps: [{run: terraform plan}]\n"


def test_a_check_in_a_job_that_the_deployment_needs() -> None:
    text = flow("terraform apply", extra=JOB).replace("  ship:\n", "  ship:\n    needs: check\n")
    facts = values(run_probe(release_safety, repo={W: text}))
    assert facts[CHECKS] == [f"{W}:5 terraform plan (before terraform apply)"]


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("ops/preflight.sh", '#!/bin/sh\n[ -n "$KEY" ] || exit 1\n'),
        ("ops/preflight.py", "import sys\nsys.exit(0 if check() else 1)\n"),
        ("ops/preflight.mjs", "if (!process.env.KEY) process.exit(1)\n"),
    ],
)
def test_a_script_that_can_fail_is_a_check(script: str, text: str) -> None:
    run = {"sh": "bash ", "py": "python ", "mjs": "node "}[script.rpartition(".")[2]] + script
    assert len(look(run, DEPLOY, files={script: text})[CHECKS]) == 1


@pytest.mark.parametrize(
    ("run", "files"),
    [
        ("make preflight", {"Makefile": "preflight:\n\tpython ops/check.py\n",
                            "ops/check.py": "raise SystemExit(check())\n"}),
        ("npm run preflight", {"package.json": '{"scripts": {"preflight": "node check.js"}}',
                               "check.js": "throw new Error('no key')\n"}),
        ("python -m ops.preflight", {"ops/preflight.py": "assert KEY\n"}),
        ("python -m ops.pre_flight", {"ops/pre_flight.py": "assert KEY\n"}),
    ],
)  # fmt: skip
def test_scripts_are_followed_to_what_they_start(run: str, files: dict[str, str]) -> None:
    assert len(look(run, DEPLOY, files=files)[CHECKS]) == 1


@pytest.mark.parametrize(
    ("run", "files"),
    [
        ("./preflight.sh", {"preflight.sh": "#!/bin/sh\necho all good\nexit 0\n"}),
        ("./preflight.sh", {"preflight.sh": "#!/bin/sh\ncurl -f https://db || true\n"}),
        (
            "./preflight.sh",
            {"preflight.sh": "#!/bin/sh\npython check.py\n", "check.py": "print('ok')\n"},
        ),
        ("./preflight.sh", {}),
        ("just preflight", {"justfile": "preflight:\n  python check.py\n"}),
        ("make preflight", {"Makefile": "preflight:\n\t@echo ok\n"}),
        ("make preflight", {"Makefile": "preflight:\n\t-alembic check\n"}),
        ("python -m ops.preflight", {"ops/preflight.py": "print('ok')\n"}),
        ("helm lint chart || true", {}),
        ("kubeconform k8s | tee log", {}),
    ],
)
def test_false_green_a_check_that_cannot_fail(run: str, files: dict[str, str]) -> None:
    facts = look(run, DEPLOY, files=files)
    assert facts[CHECKS] == []
    assert len(facts[IDLE]) == 1
    assert len(facts[OPEN]) == 1


@pytest.mark.parametrize(
    "text",
    [
        flow(DEPLOY, "kubeconform k8s"),
        flow("terraform apply", extra=JOB),
        flow("{kubeconform}", DEPLOY).replace("run: {kubeconform}", "{run: kubeconform k8s, continue-on-error: true}"),
        flow("{kubeconform}", DEPLOY).replace("run: {kubeconform}", "{run: kubeconform k8s, if: false}"),
        flow("{kubeconform}", "{ship}", on="[push, pull_request]").replace(
            "run: {ship}", f"{{run: {DEPLOY}, if: github.event_name == 'push'}}").replace(
            "run: {kubeconform}", "{run: kubeconform k8s, if: github.event_name == 'pull_request'}"),
        flow("kubeconform k8s", "{ship}").replace("run: {ship}", f"{{run: {DEPLOY}, if: always()}}"),
        flow("terraform apply", extra=JOB).replace("  ship:\n", "  ship:\n    needs: check\n    if: always()\n"),
        flow("terraform apply", extra=JOB.replace("runs-on: x", "runs-on: x\n    continue-on-error: true")).replace(
            "  ship:\n", "  ship:\n    needs: check\n"),
        flow("'# kubeconform k8s'", DEPLOY),
        flow("echo kubeconform k8s", DEPLOY),
    ],
)  # fmt: skip
def test_false_green_a_check_that_the_deployment_does_not_wait_for(text: str) -> None:
    facts = values(run_probe(release_safety, repo={W: text}))
    assert facts[CHECKS] == []
    assert len(facts[OPEN]) == 1


def test_a_cluster_that_is_set_up_for_a_pull_request_is_no_deployment() -> None:
    facts = look("kubeconform k8s", DEPLOY, on="[push, pull_request]")
    assert {CHECKS, OPEN}.isdisjoint(facts)


def test_false_green_a_job_that_is_called_a_check_and_prints() -> None:
    text = flow(DEPLOY, extra="  preflight:\n    runs-on: x\n    steps: [{run: echo fine}]\n")
    facts = values(run_probe(release_safety, repo={W: text}))
    assert facts[CHECKS] == []
    assert "only prints" in facts[IDLE][0]


def test_a_script_that_deploys_may_check_itself() -> None:
    evidence = run_probe(
        release_safety,
        repo={W: flow("./deploy.sh"), "deploy.sh": "#!/bin/sh\nkubectl apply -f k8s\n"},
    )
    assert CHECKS not in values(evidence)
    assert values(evidence)[OPEN] == [f"{W}:6 ./deploy.sh (job ship)"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (".gitlab-ci.yml", "stages: [c, d]\ncheck: {stage: c, script: [kubeconform k8s]}\n"
         "ship: {stage: d, only: [main], script: [kubectl apply -f k8s]}\n"),
        (".circleci/config.yml", "jobs:\n  check:\n    docker: [{image: x}]\n    steps: [{run: kubeconform k8s}]\n"
         "  ship:\n    docker: [{image: x}]\n    steps: [{run: kubectl apply -f k8s}]\n"
         "workflows:\n  w:\n    jobs:\n      - check\n      - ship: {requires: [check]}\n"),
        ("azure-pipelines.yml", "steps:\n  - script: kubeconform k8s\n  - task: KubernetesManifest@1\n"
         "    inputs: {action: deploy}\n"),
    ],
)  # fmt: skip
def test_other_forges_are_read_the_same_way(path: str, text: str) -> None:
    facts = values(run_probe(release_safety, repo={path: text}))
    assert len(facts[CHECKS]) == 1
    assert facts[CHECKS][0].startswith(path)
    assert facts[OPEN] == []


def test_a_jenkinsfile_is_only_declared() -> None:
    text = "pipeline { stages { stage('a') { steps { sh 'kubeconform k8s'\n sh 'kubectl apply -f k8s' } } } }"
    evidence = run_probe(release_safety, repo={"Jenkinsfile": text})
    fact = next(f for f in evidence.facts if f.key == CHECKS)
    assert (len(fact.value), fact.level) == (1, Level.DECLARED)  # type: ignore[arg-type]


def test_false_green_what_a_template_of_elsewhere_checks_is_unknown() -> None:
    text = "include: [{project: a/b, file: c.yml}]\nship: {script: [kubectl apply -f k8s]}\n"
    evidence = run_probe(release_safety, repo={".gitlab-ci.yml": text})
    assert CHECKS not in values(evidence)
    assert "vacuous" in problems(evidence)


def test_an_argument_of_a_command_is_never_told() -> None:
    facts = look("kubeconform k8s", "helm upgrade api chart --set password=hunter2 --atomic")
    assert "hunter2" not in str(facts)


@pytest.mark.parametrize(
    ("run", "count"),
    [
        (f"{DEPLOY} --atomic", 1),
        ("helm rollback api", 1),
        ("kubectl rollout undo deployment/api", 1),
        ("kamal rollback", 1),
        ("echo helm rollback api", 0),
        ("helm rollback api --dry-run", 0),
        ("./rollback.sh", 0),
    ],
)
def test_rollback_by_a_command(run: str, count: int) -> None:
    assert len(look(run).get(BACK, [])) == count


def test_rollback_after_a_failure_counts_and_one_that_is_off_does_not() -> None:
    step = "{run: helm rollback api, if: failure()}"
    text = flow(DEPLOY, "X").replace("run: X", step)
    assert len(values(run_probe(release_safety, repo={W: text}))[BACK]) == 1
    facts = values(run_probe(release_safety, repo={W: text.replace("failure()", "false")}))
    assert BACK not in facts
    assert "never runs" in facts[DEAD][0]


def test_a_workflow_called_rollback_must_do_something() -> None:
    path = ".github/workflows/rollback.yml"
    good = flow("kubectl set image deployment/api api=$TAG", on="workflow_dispatch")
    facts = values(run_probe(release_safety, repo={path: good}))
    assert facts[BACK] == [f"{path}:3 the job ship"]
    assert OPEN not in facts
    stub = flow("echo rolling back", on="workflow_dispatch")
    facts = values(run_probe(release_safety, repo={path: stub}))
    assert BACK not in facts
    assert "only prints" in facts[DEAD][0]


ECS = 'resource "aws_ecs_service" "a" {\n  deployment_circuit_breaker {\n    enable   = true\n    rollback = %s\n  }\n}\n'


def test_rollback_by_infrastructure() -> None:
    facts = values(run_probe(release_safety, repo={"infra/a.tf": ECS % "true"}))
    assert facts[BACK] == [
        "infra/a.tf:2 aws_ecs_service.a rolls back by its deployment_circuit_breaker"
    ]
    flux = "kind: HelmRelease\nspec:\n  upgrade:\n    remediation: {retries: 3}\n"
    stack = "services:\n  a:\n    deploy:\n      update_config: {failure_action: rollback}\n"
    helm = 'resource "helm_release" "a" {\n  atomic = true\n}\n'
    files = {"flux/a.yaml": flux, "stack.yml": stack, "infra/h.tf": helm}
    assert len(values(run_probe(release_safety, repo=files))[BACK]) == 3


@pytest.mark.parametrize(
    "files",
    [
        {"infra/a.tf": ECS % "false"},
        {"k8s/a.yaml": "kind: Deployment\nspec:\n  revisionHistoryLimit: 0\n"},
        {
            "chart/templates/a.yaml": "kind: Deployment\nspec:\n  revisionHistoryLimit: 0\n  x: {{ .V }}\n"
        },
    ],
)
def test_false_green_a_setting_that_forbids_a_rollback(files: dict[str, str]) -> None:
    facts = values(run_probe(release_safety, repo=files))
    assert BACK not in facts
    assert len(facts[DEAD]) == 1


def test_false_green_comments_and_other_kinds_forbid_nothing_and_ask_for_nothing() -> None:
    files = {
        "k8s/a.yaml": "kind: Deployment\nspec:\n  # revisionHistoryLimit: 0\n  revisionHistoryLimit: 10\n",
        "infra/a.tf": "# deployment_circuit_breaker { enable = true }\n",
        "flux/a.yaml": "kind: HelmRelease\nspec:\n  upgrade:\n    remediation: {retries: 0}\n",
    }
    facts = values(run_probe(release_safety, repo=files))
    assert facts[DEAD] == []
    assert BACK not in facts


def test_false_green_a_check_before_a_cluster_of_the_job_itself_guards_nothing() -> None:
    text = (
        "on: push\njobs:\n  e2e:\n    runs-on: x\n    steps:\n    - uses: helm/kind-action@v1\n"
        "    - run: kubeconform k8s\n    - run: helm upgrade --install api chart\n"
    )
    evidence = run_probe(release_safety, repo={W: text})
    assert not values(evidence).get(CHECKS)
    assert not values(evidence).get(OPEN)
