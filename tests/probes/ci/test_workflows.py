"""The probe of pipelines: what counts as a test step, and what only looks like one."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.model.level import Level
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import run_probe, values
from probes.ci.workflows import workflows

CI = ".github/workflows/ci.yml"


def problems(evidence: Evidence) -> list[str]:
    """The kinds of the problems, but for the one that no deployment was found."""
    return [p.kind.value for p in evidence.problems if p.facts != ("ci.deploy_steps",)]


def flow(run: str, on: str = "pull_request", job: str = "", step: str = "") -> str:
    """A workflow of one job with one script."""
    script = "\n".join(f"          {line}" for line in run.splitlines())
    extra = "".join(f"    {line}\n" for line in job.splitlines())
    more = "".join(f"        {line}\n" for line in step.splitlines())
    head = f"on: {on}\njobs:\n  test:\n    runs-on: x\n{extra}    steps:\n"
    return f"{head}      - run: |\n{script}\n{more}"


def look(text: str, root: str = "", files: dict[str, str] | None = None) -> dict[str, Any]:
    """The facts of a repository with one workflow."""
    return values(run_probe(workflows, repo={CI: text, **(files or {})}, root=root))


def counts(facts: dict[str, Any]) -> tuple[int, int]:
    """Test steps that can fail, and that cannot."""
    return facts["ci.test_steps"], facts["ci.unfailing_test_steps"]


def test_a_step_that_tests_is_counted_with_its_place() -> None:
    evidence = run_probe(workflows, repo={CI: flow("ruff check\npytest")})
    facts = values(evidence)
    assert counts(facts) == (1, 0)
    assert (facts["ci.workflows"], facts["ci.pull_request_workflows"]) == (1, 1)
    fact = next(f for f in evidence.facts if f.key == "ci.test_steps")
    assert [str(place) for place in fact.locations] == [f"{CI}:8"]
    assert (fact.level, problems(evidence)) == (Level.EFFECTIVE, [])


def test_without_workflows_every_fact_says_none_but_that_of_deployments() -> None:
    facts = values(run_probe(workflows, repo={"README.md": "# Hi"}))
    assert len(facts) == 6
    assert not any(facts.values())


def test_what_deploys_may_live_elsewhere_so_that_none_is_unknown() -> None:
    evidence = run_probe(workflows, repo={CI: flow("pytest")})
    assert "ci.deploy_steps" not in values(evidence)
    (problem,) = evidence.problems
    assert problem.facts == ("ci.deploy_steps",)


def test_an_empty_repository_has_no_pipeline() -> None:
    evidence = run_probe(workflows, repo={})
    assert values(evidence)["ci.workflows"] == 0
    assert problems(evidence) == []


def test_a_broken_workflow_is_named_with_its_line() -> None:
    facts = look("on: push\njobs:\n  a: {steps: []}\n")
    assert facts["ci.invalid"] == [f"{CI}:3 The job a has no `runs-on`."]
    assert facts["ci.workflows"] == 0


def test_a_workflow_that_may_not_be_read_hides_what_it_could_hold() -> None:
    denied = Trouble(ProblemKind.DENIED, "The file may not be read.")
    evidence = run_probe(workflows, repo={CI: denied})
    assert problems(evidence) == ["denied"]
    assert "ci.test_steps" not in values(evidence)
    assert "ci.invalid" not in values(evidence)


@pytest.mark.parametrize(
    "run",
    [
        "true",
        "echo pytest",
        "# pytest",
        "pytest --collect-only",
        "pytest --version",
        "pip install pytest",
        "make test",
        "npm test",
        "./scripts/test.sh",
        "mvn package -DskipTests",
    ],
)
def test_false_green_a_step_that_tests_nothing(run: str) -> None:
    assert counts(look(flow(run))) == (0, 0)


@pytest.mark.parametrize(
    ("run", "files"),
    [
        ("make test", {"Makefile": "test:\n\t@echo ok\n\ttrue\n"}),
        ("make test", {"Makefile": "test: lint\nlint:\n\t@:\n"}),
        ("npm test", {"package.json": '{"scripts": {"test": "echo \\"no test\\" && exit 0"}}'}),
        ("npm test", {"package.json": '{"scripts": {"build": "jest"}}'}),
        ("npm test", {"package.json": "{"}),
        ("./scripts/test.sh", {"scripts/test.sh": "#!/bin/sh\necho all good\nexit 0\n"}),
        ("python run_tests.py", {"run_tests.py": "import sys\nprint('ok')\nsys.exit(0)\n"}),
    ],
)
def test_false_green_a_script_that_only_prints(run: str, files: dict[str, str]) -> None:
    assert counts(look(flow(run), files=files)) == (0, 0)


@pytest.mark.parametrize(
    ("run", "files"),
    [
        ("make test", {"Makefile": "T = pytest\ntest: unit\nunit:\n\t$(T) -q\n"}),
        ("npm test", {"package.json": '{"scripts": {"test": "npm run unit", "unit": "jest"}}'}),
        ("npm run test:unit", {"package.json": '{"scripts": {"test:unit": "node run.mjs"}}'}),
        ("./scripts/test.sh", {"scripts/test.sh": "#!/bin/sh\nset -e\nsleep $((1 + 1))\npytest\n"}),
        ("cd web && npm test", {"web/package.json": '{"scripts": {"test": "vitest run"}}'}),
    ],
)
def test_a_script_of_the_repository_is_followed(run: str, files: dict[str, str]) -> None:
    assert counts(look(flow(run), files=files)) == (1, 0)


@pytest.mark.parametrize(
    "text",
    [
        flow("pytest || true"),
        flow("pytest | tee log"),
        flow("pytest", step="continue-on-error: true"),
        flow("pytest", job="continue-on-error: true"),
        flow("pytest", step="if: false"),
        flow("pytest", job="if: ${{ false }}"),
        flow("mvn test -Dmaven.test.failure.ignore"),
    ],
)
def test_false_green_a_failure_that_is_hidden(text: str) -> None:
    assert counts(look(text)) == (0, 1)


def test_hidden_failures_in_scripts_are_seen() -> None:
    package = '{"scripts": {"test": "jest || true"}}'
    files = {"Makefile": "test:\n\t-pytest\n", "package.json": package}
    assert counts(look(flow("make test\nnpm test"), files=files)) == (0, 2)


def test_an_outcome_that_a_later_step_judges_is_not_hidden() -> None:
    text = flow("pytest", step="id: t\ncontinue-on-error: true")
    judged = "      - if: steps.t.outcome == 'failure'\n        run: exit 1\n"
    assert counts(look(text + judged)) == (1, 0)


@pytest.mark.parametrize(
    "on",
    [
        "workflow_dispatch",
        "{schedule: [{cron: '0 0 * * *'}]}",
        "{push: {tags: [v*]}}",
        "{pull_request: {types: [closed]}}",
    ],
)
def test_false_green_tests_that_no_change_starts(on: str) -> None:
    facts = look(flow("pytest", on))
    assert (counts(facts), facts["ci.pull_request_workflows"]) == ((0, 0), 0)


def test_false_green_a_job_for_another_event() -> None:
    facts = look(flow("pytest", job="if: github.event_name == 'schedule'"))
    assert (counts(facts), facts["ci.pull_request_workflows"]) == ((0, 0), 0)


def test_false_green_workflows_where_nobody_runs_them() -> None:
    repo = {f"svc/{CI}": flow("pytest"), "svc/app.py": "x = 1\n"}
    facts = values(run_probe(workflows, repo=repo, root="svc"))
    assert (facts["ci.workflows"], facts["ci.test_steps"]) == (0, 0)
    assert facts["ci.misplaced"][0].startswith(f"svc/{CI} ")


AB = {f"{folder}/{name}": "" for folder in "ab" for name in ("pyproject.toml", "tests/test_x.py")}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (flow("pytest", job="defaults: {run: {working-directory: a}}"), 1),
        (flow("pytest", job="defaults: {run: {working-directory: b}}"), 0),
        (flow("cd b\npytest"), 0),
        (flow("cd a && pytest"), 1),
        (flow("pytest b/tests"), 0),
        (flow("pytest a/tests b/tests"), 1),
        (flow("pytest", "{pull_request: {paths: ['b/**']}}"), 0),
        (flow("pytest", "{pull_request: {paths: ['a/**']}}"), 1),
        (flow("cd b && pytest", "{pull_request: {paths: ['a/**']}}"), 0),
        (flow("cd ${{ matrix.d }} && pytest", job="strategy: {matrix: {d: [b, a]}}"), 1),
        (flow("cd ${{ matrix.d }} && pytest", job="strategy: {matrix: {d: [b]}}"), 0),
        (
            flow(
                "pytest",
                job="strategy: {matrix: {include: [{d: a}]}}",
                step="working-directory: ${{ matrix.d }}",
            ),
            1,
        ),
    ],
)
def test_false_green_tests_of_another_service(text: str, expected: int) -> None:
    assert look(text, root="a", files=AB)["ci.test_steps"] == expected


@pytest.mark.parametrize(
    "text",
    [
        flow("pytest"),
        flow("pytest", "{pull_request: {paths: ['b/**', 'a/**']}}"),
        flow("pytest || true"),
        flow("make test"),
        flow("./test.sh"),
        flow("just test"),
        flow("pytest", step="working-directory: ${{ env.WHERE }}"),
        "on: push\njobs: {t: {runs-on: x, steps: [{uses: cypress-io/github-action@v6}]}}\n",
    ],
)
def test_false_green_tests_at_the_root_that_may_be_of_another_service(text: str) -> None:
    scripts = {"Makefile": "test:\n\tpytest\n", "test.sh": "#!/bin/sh\npytest\n", "justfile": "x"}
    evidence = run_probe(workflows, repo={CI: text, **AB, **scripts}, root="a")
    assert problems(evidence) == ["vacuous"]
    assert "ci.test_steps" not in values(evidence)
    assert values(evidence)["ci.unfailing_test_steps"] == 0
    problem = evidence.problems[0]
    assert f"{CI}:" in problem.message
    assert "working-directory: a" in problem.hint


def test_tests_that_are_shown_to_be_ours_outweigh_unclear_ones() -> None:
    evidence = run_probe(workflows, repo={CI: flow("pytest\ncd a && pytest"), **AB}, root="a")
    assert (problems(evidence), values(evidence)["ci.test_steps"]) == ([], 1)


@pytest.mark.parametrize(
    ("run", "files", "expected"),
    [
        ("make test", {"Makefile": "test:\n\tcd b && pytest\n\tcd a && pytest\n"}, 1),
        (
            "make test",
            {"Makefile": "test:\n\t$(MAKE) -C a test\n", "a/Makefile": "test:\n\tpytest\n"},
            1,
        ),
        ("make test", {"Makefile": "test:\n\tcd b && pytest\n"}, 0),
        (
            "make test",
            {"Makefile": "test:\n\t$(MAKE) -C b test\n", "b/Makefile": "test:\n\tpytest\n"},
            0,
        ),
        ("make test", {"Makefile": "test:\n\tdocker compose run --rm app pytest\n"}, 1),
        ("make test", {"Makefile": "test:\n\tdocker compose run --rm web pytest\n"}, 0),
        ("docker compose run --rm b pytest", {}, 1),
        (
            "./ci/test.sh",
            {
                "ci/test.sh": "#!/bin/sh\nset -e\ncd a\nmake unit\n",
                "a/Makefile": "unit:\n\tpytest\n",
            },
            1,
        ),
        (
            "npm test",
            {"package.json": '{"scripts": {"test": "turbo run test"}}', "turbo.json": "{}"},
            0,
        ),
        (
            "turbo run test",
            {"turbo.json": "{}", "a/package.json": '{"scripts": {"test": "pytest"}}'},
            1,
        ),
        (
            "turbo run test",
            {"turbo.json": "{}", "a/package.json": '{"scripts": {"test": "echo"}}'},
            0,
        ),
        ("pnpm -r test", {"b/package.json": '{"scripts": {"test": "jest"}}'}, 0),
        ("pnpm -r test", {"a/package.json": '{"scripts": {"test": "jest"}}'}, 1),
        ("pnpm --filter a test", {"package.json": '{"scripts": {"test": "jest"}}'}, 0),
        ("pytest", {"pytest.ini": "[pytest]\ntestpaths = a/tests b/tests\n"}, 1),
        ("mvn verify", {"pom.xml": "<module>a</module>", "a/pom.xml": "<project/>"}, 1),
    ],
)
def test_a_recipe_at_the_root_is_followed_to_the_service(
    run: str, files: dict[str, str], expected: int
) -> None:
    compose = "services:\n  app: {build: ./a}\n  b: {build: ./a}\n  web: {build: ./b}\n"
    facts = look(flow(run), root="a", files={**AB, "docker-compose.yml": compose, **files})
    assert facts.get("ci.test_steps", 0) == expected


LOOP = 'for S in "b" c; do\n  echo $S\n  pushd src/${S}\n  pytest\n  popd\ndone'


@pytest.mark.parametrize(("root", "expected"), [("src/b", 1), ("src/c", 1), ("src/d", 0)])
def test_a_loop_over_folders_tests_those_that_it_names(root: str, expected: int) -> None:
    files = {f"src/{name}/pyproject.toml": "" for name in "bcd"}
    assert look(flow(LOOP), root=root, files=files)["ci.test_steps"] == expected


def test_a_folder_that_a_variable_names_is_unclear() -> None:
    files = {f"src/{name}/pyproject.toml": "" for name in "bc"}
    facts = look(flow("for S in $(ls src); do\n  cd src/$S\n  pytest\ndone"), "src/b", files)
    assert "ci.test_steps" not in facts


def test_false_green_options_in_the_environment_that_skip_the_tests() -> None:
    skips = "env: {MAVEN_CONFIG: '-q -DskipTests'}"
    assert counts(look(flow("./mvnw package", step=skips))) == (0, 0)
    assert counts(look(flow("./mvnw package", job=skips))) == (0, 0)
    assert counts(look(flow("./mvnw package", step="env: {MAVEN_CONFIG: '-q'}"))) == (1, 0)
    assert counts(look(flow("pytest", step="env: {PYTEST_ADDOPTS: --collect-only}"))) == (0, 0)
    assert counts(look(flow("pytest", step=skips))) == (1, 0)
    ignored = "env: {MAVEN_ARGS: -Dmaven.test.failure.ignore}"
    assert counts(look(flow("mvn verify", step=ignored))) == (0, 1)


def test_a_script_called_test_is_followed_in_whatever_folder() -> None:
    files = {"build-bin/test": "#!/bin/sh -ue\n./mvnw verify\n"}
    assert counts(look(flow("build-bin/test -q"), files=files)) == (1, 0)
    assert counts(look(flow("/usr/bin/test -f x"))) == (0, 0)
    assert counts(look(flow("build-bin/test"), files={"build-bin/test": "#!/bin/sh\ntrue\n"})) == (
        0,
        0,
    )


def test_the_member_lists_of_nested_builds_are_followed() -> None:
    poms = {
        "pom.xml": "<module>back</module>",
        "back/pom.xml": "<module>api</module>",
        "back/api/pom.xml": "",
    }
    assert look(flow("./mvnw verify"), root="back/api", files=poms)["ci.test_steps"] == 1
    poms["back/pom.xml"] = "<module>web</module>"
    assert "ci.test_steps" not in look(flow("./mvnw verify"), root="back/api", files=poms)


def test_reusable_workflows_and_local_actions_are_followed() -> None:
    files = {
        ".github/workflows/tests.yml": flow("pytest", "workflow_call"),
        ".github/actions/t/action.yml": "runs:\n  using: composite\n  steps:\n"
        "    - run: go test ./...\n      shell: bash\n",
    }
    text = (
        "on: push\njobs:\n  a: {uses: ./.github/workflows/tests.yml}\n"
        "  b: {runs-on: x, steps: [{uses: ./.github/actions/t}]}\n"
        "  c: {uses: ./.github/workflows/gone.yml}\n"
    )
    facts = look(text, files=files)
    assert facts["ci.test_steps"] == 2
    assert "gone.yml" in facts["ci.invalid"][0]


def test_a_matrix_of_commands_is_read_value_by_value() -> None:
    job = "strategy: {matrix: {include: [{c: ruff check}, {c: pytest}]}}"
    assert counts(look(flow("${{ matrix.c }}", job=job))) == (1, 0)


def test_deployments_are_only_declared() -> None:
    evidence = run_probe(workflows, repo={CI: flow("helm upgrade --install a ./chart", "push")})
    fact = next(f for f in evidence.facts if f.key == "ci.deploy_steps")
    assert (fact.value, fact.level) == (1, Level.DECLARED)


@pytest.mark.parametrize(
    "text",
    [
        flow("helm upgrade a ./chart --dry-run", "push"),
        flow("helm upgrade a ./chart", "pull_request"),
        flow("echo kubectl apply -f x", "push"),
        flow("make deploy", "push"),
        flow("helm upgrade a ./chart", "push", step="if: false"),
        flow("docker push a/b", "push"),
    ],
)
def test_false_green_a_step_that_deploys_nothing(text: str) -> None:
    files = {"Makefile": "deploy:\n\t@echo done\n"}
    assert "ci.deploy_steps" not in look(text, files=files)


def test_a_known_action_deploys() -> None:
    steps = "[{uses: google-github-actions/deploy-cloudrun@v2}]"
    facts = look(f"on: push\njobs: {{a: {{runs-on: x, steps: {steps}}}}}\n")
    assert facts["ci.deploy_steps"] == 1


def test_another_pipeline_is_unknown_and_not_missing() -> None:
    evidence = run_probe(workflows, repo={".travis.yml": "script: [pytest]\n"})
    assert problems(evidence) == ["vacuous"]
    assert values(evidence) == {}


GITLAB = ".gitlab-ci.yml"
CIRCLE = ".circleci/config.yml"
AZURE = "azure-pipelines.yml"
ORDINARY = {
    GITLAB: "test:\n  script:\n    - pytest\n",
    CIRCLE: "jobs:\n  build:\n    docker: [{image: x}]\n    steps:\n      - run: pytest\n",
    AZURE: "steps:\n  - script: pytest\n",
}


@pytest.mark.parametrize("path", ORDINARY)
def test_other_forges_tell_the_same_facts(path: str) -> None:
    evidence = run_probe(workflows, repo={path: ORDINARY[path]})
    facts = values(evidence)
    assert counts(facts) == (1, 0)
    assert (facts["ci.workflows"], facts["ci.pull_request_workflows"]) == (1, 1)
    assert (facts["ci.invalid"], facts["ci.misplaced"], problems(evidence)) == ([], [], [])
    fact = next(f for f in evidence.facts if f.key == "ci.test_steps")
    assert (fact.locations[0].path, fact.level) == (path, Level.EFFECTIVE)


def test_a_repository_with_two_forges_counts_both() -> None:
    facts = look(flow("pytest"), files={GITLAB: ORDINARY[GITLAB]})
    assert counts(facts) == (2, 0)
    assert facts["ci.workflows"] == 2


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (GITLAB, "test: {script: [pytest], allow_failure: true}\n"),
        (GITLAB, "test: {script: [pytest], when: manual}\n"),
        (GITLAB, "test:\n  script:\n    - pytest || true\n"),
        (CIRCLE, "jobs:\n  build:\n    docker: [{image: x}]\n    steps:\n      - run: pytest || true\n"),
        (CIRCLE, "jobs:\n  t:\n    docker: [{image: x}]\n    steps: [{run: pytest}]\nworkflows:\n  w:\n    jobs:\n"
         "      - hold: {type: approval}\n      - t: {requires: [hold]}\n"),
        (AZURE, "steps:\n  - script: pytest\n    continueOnError: true\n"),
        (AZURE, "steps:\n  - script: |\n      pytest\n      echo done\n"),
        (AZURE, "jobs:\n  - job: a\n    continueOnError: true\n    steps: [{script: pytest}]\n"),
    ],
)  # fmt: skip
def test_false_green_other_forges_hide_failures_too(path: str, text: str) -> None:
    assert counts(values(run_probe(workflows, repo={path: text}))) == (0, 1)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (GITLAB, "test: {script: [pytest], rules: [{when: never}]}\n"),
        (GITLAB, ".test: {script: [pytest]}\nlint: {script: [ruff check]}\n"),
        (GITLAB, "test: {script: [pytest], only: [schedules]}\n"),
        (GITLAB, "# test: {script: [pytest]}\nlint: {script: [echo pytest]}\n"),
        (CIRCLE, "jobs:\n  t:\n    docker: [{image: x}]\n    steps: [{run: pytest}]\nworkflows:\n  w:\n"
         "    triggers: [{schedule: {cron: '0 0 * * *'}}]\n    jobs: [t]\n"),
        (AZURE, "trigger: none\npr: none\nsteps:\n  - script: pytest\n"),
        (AZURE, "steps:\n  - script: pytest\n    enabled: false\n  - script: pytest\n    condition: false\n"),
    ],
)  # fmt: skip
def test_false_green_other_forges_run_no_test(path: str, text: str) -> None:
    assert counts(values(run_probe(workflows, repo={path: text}))) == (0, 0)


@pytest.mark.parametrize(
    "path", ["svc/.gitlab-ci.yml", "docs/azure-pipelines.yml", ".circleci/other.yml"]
)
def test_false_green_a_pipeline_that_no_forge_reads(path: str) -> None:
    text = ORDINARY.get(path.rpartition("/")[2], ORDINARY[CIRCLE])
    facts = values(run_probe(workflows, repo={path: text}))
    assert (facts["ci.workflows"], facts["ci.test_steps"]) == (0, 0)
    assert bool(facts["ci.misplaced"]) is path.startswith("svc")


@pytest.mark.parametrize("path", ORDINARY)
def test_what_another_forge_refuses_is_named(path: str) -> None:
    facts = values(run_probe(workflows, repo={path: "- a\n"}))
    assert facts["ci.invalid"][0].startswith(path)
    assert facts["ci.workflows"] == 0


@pytest.mark.parametrize("path", ORDINARY)
def test_a_pipeline_of_another_forge_that_may_not_be_read_is_unknown(path: str) -> None:
    denied = Trouble(ProblemKind.DENIED, "The file may not be read.")
    evidence = run_probe(workflows, repo={path: denied})
    assert problems(evidence) == ["denied"]
    assert values(evidence) == {}


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (GITLAB, "include: [{project: a/b, file: t.yml}]\nlint: {script: [ruff check]}\n"),
        (GITLAB, "include: [{project: a/b, file: t.yml}]\ntest: {extends: .pytest}\n"),
        (AZURE, "steps:\n  - template: t.yml@shared\n"),
    ],
)
def test_false_green_a_template_of_elsewhere_is_unknown(path: str, text: str) -> None:
    evidence = run_probe(workflows, repo={path: text})
    assert problems(evidence) == ["vacuous"]
    assert {"ci.test_steps", "ci.unfailing_test_steps"}.isdisjoint(values(evidence))
    assert evidence.problems[0].message.startswith(path)


def test_a_local_include_is_followed_and_named() -> None:
    files = {GITLAB: "include: ci/*.yml\n", "ci/test.yml": "test:\n  script: [pytest]\n"}
    evidence = run_probe(workflows, repo=files)
    fact = next(f for f in evidence.facts if f.key == "ci.test_steps")
    assert [str(place) for place in fact.locations] == ["ci/test.yml:2"]


def test_a_jenkinsfile_is_declared_and_says_not_what_starts_it() -> None:
    text = "pipeline { stages { stage('a') { steps { sh 'pytest' } } } }"
    evidence = run_probe(workflows, repo={"Jenkinsfile": text})
    levels = {f.key: f.level for f in evidence.facts}
    assert levels["ci.test_steps"] is levels["ci.workflows"] is Level.DECLARED
    assert "ci.pull_request_workflows" not in levels
    evidence = run_probe(workflows, repo={"Jenkinsfile": "node { sh 'pytest' }"})
    assert values(evidence) == {}


def test_the_part_of_a_repository_is_told_apart_on_other_forges_too() -> None:
    files = {GITLAB: "a: {script: [cd web && pytest]}\nb: {script: [cd api && pytest]}\n",
             "web/pyproject.toml": "", "api/pyproject.toml": ""}  # fmt: skip
    assert counts(values(run_probe(workflows, repo=files, root="api"))) == (1, 0)


CLUSTER = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n    - {start}\n    - run: {deploy}\n"


@pytest.mark.parametrize(
    ("start", "deploy"),
    [
        ("run: kind create cluster --wait 60s", "helm upgrade --install a ./chart"),
        ("uses: helm/kind-action@v1", "kubectl apply -f k8s"),
        ("run: minikube start", "kubectl apply -f k8s"),
    ],
)
def test_false_green_a_cluster_that_the_job_makes_for_itself_is_no_deployment(
    start: str, deploy: str
) -> None:
    text = CLUSTER.format(start=start, deploy=deploy)
    assert "ci.deploy_steps" not in values(run_probe(workflows, repo={CI: text}))


@pytest.mark.parametrize(
    ("start", "deploy"),
    [
        ("run: '# kind create cluster'", "kubectl apply -f k8s"),
        ("run: aws eks update-kubeconfig --name a; minikube start", "kubectl apply -f k8s"),
        ("uses: helm/kind-action@v1", "flyctl deploy"),
    ],
)
def test_a_deployment_beside_such_a_cluster_is_one(start: str, deploy: str) -> None:
    text = CLUSTER.format(start=start, deploy=deploy)
    assert values(run_probe(workflows, repo={CI: text}))["ci.deploy_steps"] == 1


@pytest.mark.parametrize(
    ("recipe", "tests", "hidden"),
    [
        (".ONESHELL:\ntest:\n\tcargo test; x=$$?\n\tmv a b\n\texit $$x\n", 1, 0),
        (".ONESHELL:\ntest:\n\tcargo test\n\tmv a b\n", 0, 1),
        ("test:\n\tcargo test; x=$$?\n\tmv a b\n", 0, 1),
        ("test:\n\tcargo test --out $(if $(CI),$(shell date)__,)a.xml\n\tmv a b\n", 1, 0),
    ],
)
def test_false_green_what_a_recipe_does_beside_the_tests_does_not_make_up_for_them(
    recipe: str, tests: int, hidden: int
) -> None:
    text = "on: pull_request\njobs:\n  a:\n    runs-on: x\n    steps:\n    - run: make test\n"
    found = values(run_probe(workflows, repo={CI: text, "Makefile": recipe}))
    assert (found["ci.test_steps"], found["ci.unfailing_test_steps"]) == (tests, hidden)


@pytest.mark.parametrize(
    "path",
    ["cloudbuild.yaml", ".github/cloudbuild/ci-pr.yaml", "ops/buildspec.yml", "appveyor.yml"],
)
def test_a_pipeline_of_a_system_that_is_not_read_leaves_the_tests_unknown(path: str) -> None:
    evidence = run_probe(workflows, repo={CI: flow("true", "push"), path: "steps: []\n"})
    assert "ci.test_steps" not in values(evidence)
    assert path in evidence.problems[0].message
