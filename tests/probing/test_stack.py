"""The next step names a command of the target's own stack."""

from __future__ import annotations

import json

import pytest

from auditor.probing.repo import Repo
from auditor.probing.repository.stack import (
    Wanted,
    advice,
    command_for,
    main_language,
    unread_language,
)
from auditor.probing.repository.stack_commands import CHECKS, COMMANDS
from auditor.probing.testing import FakeTree, make_context

JS = "export function add(a, b) { return a + b }\n" * 20


def repo(files: dict[str, str]) -> Repo:
    return Repo(FakeTree(files))


@pytest.mark.parametrize(
    ("files", "language"),
    [
        ({"a.py": "x = 1\n" * 50, "web/a.js": JS[:40]}, "python"),
        ({"a.py": "x = 1\n", "src/a.ts": JS, "src/b.js": JS}, "javascript"),
        ({"main.go": "package main\n", "tests/test_a.py": "x = 1\n" * 90}, "go"),
        ({"main.go": "package main\n" * 90, "web/static/app.js": "a(b,c);" * 9_000}, "go"),
        ({"README.md": "# A\n"}, None),
    ],
)
def test_the_language_of_most_shipped_source_is_the_main_one(
    files: dict[str, str], language: str | None
) -> None:
    assert main_language(repo(files)) == language


@pytest.mark.parametrize(
    ("package", "called"),
    [
        ({"devDependencies": {"vitest": "^3"}}, "npx vitest"),
        ({"devDependencies": {"jest": "^29"}}, "npx jest"),
        ({"scripts": {"test": "mocha test"}}, "npx mocha"),
        ({"scripts": {"test": "node --test"}}, "node --test"),
        ({"scripts": {"test": "cross-env CI=1 ./node_modules/.bin/jest"}}, "npx jest"),
        ({"scripts": {"test": "mocha"}, "devDependencies": {"jest": "1"}}, "npx mocha"),
        ({"devDependencies": {"eslint-plugin-jest": "1"}}, "node --test"),
        ({"description": "a jest about vitest"}, "node --test"),
        ({"scripts": ["jest"]}, "node --test"),
    ],
)
def test_the_runner_of_a_node_service_is_the_one_that_it_uses(
    package: dict[str, object], called: str
) -> None:
    command = command_for(repo({"a.js": JS, "package.json": json.dumps(package)}), Wanted.TESTS)
    assert called in (command or "")


def test_dependencies_are_audited_by_npm_where_npm_locks_them() -> None:
    files = {"a.js": JS, "package.json": "{}"}
    npm = command_for(repo(files | {"package-lock.json": "{}"}), Wanted.DEPENDENCIES)
    pnpm = command_for(repo(files | {"pnpm-lock.yaml": ""}), Wanted.DEPENDENCIES)
    assert "npm audit" in (npm or "")
    assert "osv-scanner" in (pnpm or "")


def test_a_gradle_build_is_told_from_maven() -> None:
    java = "class A {}\n"
    assert command_for(repo({"A.java": java, "pom.xml": "<project/>"}), Wanted.TESTS) == "mvn test"
    gradle = repo({"A.java": java, "build.gradle.kts": "", "gradlew": ""})
    assert "./gradlew test jacocoTestReport" in (command_for(gradle, Wanted.COVERAGE) or "")


def test_what_has_to_be_set_up_first_stands_outside_the_command() -> None:
    said = advice(
        repo({"A.kt": "class A\n", "build.gradle": "", "gradlew": ""}), Wanted.COVERAGE, "x"
    )
    assert said == (
        "Run `./gradlew test jacocoTestReport` (with reports.xml.required = true), then audit again."
    )


def test_where_no_command_is_known_the_advice_is_the_given_one() -> None:
    assert advice(repo({}), Wanted.TESTS, "Write tests.") == "Write tests."
    go = repo({"main.go": "package main\n"})
    assert "gosec" in advice(go, Wanted.SAST, "x")


@pytest.mark.parametrize(
    ("file", "wanted", "check"),
    [
        ("a.ts", Wanted.TYPES, "npx tsc --noEmit"),
        ("a.ts", Wanted.FORMAT, "npx prettier --check ."),
        ("a.go", Wanted.FORMAT, "gofmt -l ."),
        ("a.rb", Wanted.LINT, "bundle exec rubocop"),
    ],
)
def test_a_check_that_writes_no_report_is_to_be_attested(
    file: str, wanted: Wanted, check: str
) -> None:
    said = advice(repo({file: "x = 1\n"}), wanted, "x")
    assert said == f"Run `{check}` in CI, and attest that run: its report is not read."


def test_a_service_that_is_linted_by_biome_is_told_so() -> None:
    tree = repo(TYPED | {"package.json": "{}", "biome.json": "{}", "pnpm-lock.yaml": ""})
    lint = advice(tree, Wanted.LINT, "x")
    assert "pnpm exec biome lint --reporter=sarif --reporter-file=reports/biome.sarif ." in lint
    assert lint.endswith("(Biome 2.4 or later), then audit again.")
    assert "`pnpm exec biome format .`" in advice(tree, Wanted.FORMAT, "x")
    assert "tsc" in advice(tree, Wanted.TYPES, "x")


def test_the_next_step_is_of_the_other_language_that_the_service_is_written_in() -> None:
    tree = FakeTree({"a.py": "x = 1\n", "web/a.ts": JS, "run.sh": "echo\n" * 900})
    problem = unread_language(make_context(repo=tree), "python", Wanted.LINT, "lint.violations")
    assert problem is not None
    assert problem.hint.startswith("Run `npx eslint .")
    assert "--root" not in problem.hint


def test_the_next_step_of_a_mixed_service_names_both_ways() -> None:
    tree = FakeTree({"a.py": "x = 1\n" * 300, "web/a.ts": JS})
    problem = unread_language(make_context(repo=tree), "python", Wanted.LINT, "lint.violations")
    assert problem is not None
    assert problem.hint.startswith("Run `npx eslint .")
    assert problem.hint.endswith("Or audit the python service alone with --root.")


READ = {
    "junit", "reports/integration.xml", "reports/e2e", "mvn verify", "xunit", "coverage", "cobertura", "clover", "jacoco", "lcov", "sarif", "osv.json", "npm-audit.json",
    "bandit.json", "pip-audit.json", "mypy.txt", "pylint.json", "eslint.json", "golangci.json", "mvn test",
    "gradlew test", "xmlrunner", "nextest", "rspec", "rake test", "Coverage", "ErrorLog",
}  # fmt: skip


def test_every_command_makes_a_report_that_a_probe_reads() -> None:
    commands = [command for known in COMMANDS.values() for command in known.values()]
    assert [c for c in commands if not any(sign in c for sign in READ)] == []
    assert not any("tsc" in c or "prettier" in c or "gofmt" in c for c in commands)


def test_a_command_and_a_check_never_answer_the_same() -> None:
    for stack, checks in CHECKS.items():
        assert checks.keys().isdisjoint(COMMANDS.get(stack, {}))


PY = {"app/a.py": "x = 1\n" * 20}
TYPED = {"src/a.ts": JS}


@pytest.mark.parametrize(
    ("files", "wanted", "command"),
    [
        (PY | {"uv.lock": ""}, Wanted.TESTS, "uv run pytest --junit-xml=reports/junit.xml"),
        (PY | {"poetry.lock": ""}, Wanted.TYPES, "mkdir -p reports && poetry run mypy . > reports/mypy.txt"),
        (PY | {"Pipfile.lock": "{}"}, Wanted.TESTS, "pipenv run pytest --junit-xml=reports/junit.xml"),
        (PY, Wanted.TESTS, "pytest --junit-xml=reports/junit.xml"),
        (PY | {"poetry.lock": ""}, Wanted.SAST, "mkdir -p reports && bandit -r . -f json -o reports/bandit.json"),
        (
            PY | {"manage.py": "x = 1\n", "pdm.lock": ""},
            Wanted.COVERAGE,
            "mkdir -p reports && pdm run coverage run --branch manage.py test &&"
            " pdm run coverage xml -o reports/coverage.xml",
        ),
        (
            PY | {"tests/test_a.py": "import unittest\n"},
            Wanted.COVERAGE,
            "mkdir -p reports && coverage run --branch -m unittest discover &&"
            " coverage xml -o reports/coverage.xml",
        ),
        (
            TYPED | {"package.json": '{"devDependencies": {"vitest": "3"}}', "pnpm-lock.yaml": ""},
            Wanted.TESTS,
            "pnpm exec vitest run --reporter=junit --outputFile=reports/junit.xml",
        ),
        (
            TYPED | {"package.json": '{"devDependencies": {"jest": "29"}}', "yarn.lock": ""},
            Wanted.COVERAGE,
            "yarn jest --coverage --coverageReporters=cobertura",
        ),
        (
            PY | {"web/playwright.config.ts": "", "tests/e2e/test_a.py": ""},
            Wanted.E2E,
            "PLAYWRIGHT_JUNIT_OUTPUT_NAME=reports/e2e.xml npx playwright test --reporter=junit",
        ),
        ({"main.go": "package main\n"}, Wanted.E2E, None),
        ({"A.java": "class A {}\n", "mvnw": "", "pom.xml": ""}, Wanted.TESTS, "./mvnw test"),
        ({"A.java": "class A {}\n", "build.gradle": ""}, Wanted.TESTS, "gradle test"),
        ({"A.java": "class A {}\n", "build.gradle": "", "gradlew": ""}, Wanted.TESTS, "./gradlew test"),
    ],
)  # fmt: skip
def test_the_command_is_in_the_words_of_the_targets_own_tools(
    files: dict[str, str], wanted: Wanted, command: str | None
) -> None:
    assert command_for(repo(files), wanted) == command


@pytest.mark.parametrize(
    "more",
    [
        {"pyproject.toml": "[tool.pytest.ini_options]\n"},
        {"requirements-dev.txt": "pytest-django\n"},
        {"app/tests/conftest.py": ""},
    ],
)
def test_a_django_service_that_names_pytest_runs_pytest(more: dict[str, str]) -> None:
    files = PY | {"manage.py": "x = 1\n"} | more
    assert "pytest" in (command_for(repo(files), Wanted.TESTS) or "")


def test_a_django_service_without_pytest_runs_its_own_runner() -> None:
    said = advice(repo(PY | {"manage.py": "x = 1\n"}), Wanted.TESTS, "x")
    assert said.startswith("Run `mkdir -p reports && python manage.py test --testrunner xmlrunner.")
