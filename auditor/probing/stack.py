"""The command that makes a missing report in the target's own stack, by its main language and runner."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from enum import StrEnum

from auditor.code.languages import language_of
from auditor.model.evidence import Problem
from auditor.probing.contract import Context
from auditor.probing.repo import Repo
from auditor.probing.sources import mostly_other, shipped
from auditor.probing.trouble import Trouble

_LIMIT = 1024 * 1024
_SAME = {"typescript": "javascript", "kotlin": "java", "scala": "java"}
_GRADLE = ("build.gradle", "build.gradle.kts")


class Wanted(StrEnum):
    """What a command is wanted for."""

    TESTS = "tests"
    COVERAGE = "coverage"
    SAST = "sast"
    DEPENDENCIES = "dependencies"
    LINT = "lint"
    FORMAT = "format"
    TYPES = "types"


_COMMANDS: dict[str, dict[Wanted, str]] = {
    "python": {
        Wanted.TESTS: "pytest --junit-xml=reports/junit.xml",
        Wanted.COVERAGE: "pytest --cov --cov-branch --cov-report=xml:reports/coverage.xml",
        Wanted.SAST: "bandit -r . -f json -o reports/bandit.json",
        Wanted.DEPENDENCIES: "pip-audit -r requirements.txt -f json -o reports/pip-audit.json",
        Wanted.LINT: "ruff check --output-format json -o reports/ruff.json",
        Wanted.FORMAT: "ruff format --check",
        Wanted.TYPES: "mypy . --output json > reports/mypy.json",
    },
    "jest": {
        Wanted.TESTS: "npx jest --reporters=default --reporters=jest-junit",
        Wanted.COVERAGE: "npx jest --coverage --coverageReporters=cobertura",
    },
    "vitest": {
        Wanted.TESTS: "npx vitest run --reporter=junit --outputFile=reports/junit.xml",
        Wanted.COVERAGE: "npx vitest run --coverage --coverage.reporter=cobertura",
    },
    "mocha": {
        Wanted.TESTS: "npx mocha --reporter mocha-junit-reporter",
        Wanted.COVERAGE: "npx c8 --reporter=cobertura mocha",
    },
    "javascript": {
        Wanted.TESTS: "node --test --test-reporter=junit --test-reporter-destination=reports/junit.xml",
        Wanted.COVERAGE: "npx c8 --reporter=cobertura node --test",
        Wanted.SAST: "semgrep scan --config p/javascript --sarif-output=reports/semgrep.sarif",
        Wanted.DEPENDENCIES: "npm audit --omit=dev --json > reports/npm-audit.json",
        Wanted.LINT: "npx eslint . --format json --output-file reports/eslint.json",
        Wanted.FORMAT: "npx prettier --check .",
        Wanted.TYPES: "npx tsc --noEmit",
    },
    "go": {
        Wanted.TESTS: "gotestsum --junitfile reports/junit.xml ./...",
        Wanted.COVERAGE: "go test -coverprofile=reports/coverage.out ./...",
        Wanted.SAST: "gosec -fmt sarif -out reports/gosec.sarif ./...",
        Wanted.DEPENDENCIES: "osv-scanner scan --format json --output reports/osv.json .",
        Wanted.LINT: "golangci-lint run --output.sarif.path reports/golangci.sarif",
        Wanted.FORMAT: "gofmt -l .",
        Wanted.TYPES: "go vet ./...",
    },
    "gradle": {
        Wanted.TESTS: "./gradlew test",
        Wanted.COVERAGE: "./gradlew test jacocoTestReport",
    },
    "java": {
        Wanted.TESTS: "mvn test",
        Wanted.COVERAGE: "mvn test jacoco:report",
        Wanted.SAST: "semgrep scan --config p/java --sarif-output=reports/semgrep.sarif",
        Wanted.DEPENDENCIES: "osv-scanner scan --format json --output reports/osv.json .",
    },
    "ruby": {
        Wanted.TESTS: "bundle exec rspec --format RspecJunitFormatter --out reports/junit.xml",
        Wanted.SAST: "brakeman -f sarif -o reports/brakeman.sarif",
    },
    "php": {
        Wanted.TESTS: "vendor/bin/phpunit --log-junit reports/junit.xml",
        Wanted.COVERAGE: "vendor/bin/phpunit --coverage-clover reports/clover.xml",
    },
    "rust": {
        Wanted.TESTS: "cargo nextest run --profile ci",
        Wanted.COVERAGE: "cargo llvm-cov --lcov --output-path reports/lcov.info",
    },
    "csharp": {
        Wanted.TESTS: "dotnet test --logger 'junit;LogFilePath=reports/junit.xml'",
        Wanted.COVERAGE: "dotnet test --collect 'XPlat Code Coverage'",
    },
    "": {
        Wanted.SAST: "semgrep scan --config auto --sarif-output=reports/semgrep.sarif",
        Wanted.DEPENDENCIES: "osv-scanner scan --format json --output reports/osv.json .",
    },
}  # fmt: skip


def main_language(repo: Repo) -> str | None:
    """The language of most of the shipped source, by bytes; TypeScript is JavaScript here."""
    sizes: Counter[str] = Counter()
    for entry in shipped(repo):
        language = language_of(entry.path) or ""
        sizes[_SAME.get(language, language)] += entry.size
    return min(sizes, key=lambda name: (-sizes[name], name)) if sizes else None


def command_for(repo: Repo, wanted: Wanted) -> str | None:
    """The command that makes `wanted` for the service; None where none is known for its language."""
    language = main_language(repo)
    if language is None:
        return None
    stacks = (_runner(repo, language), language, "")
    known = (_COMMANDS.get(stack, {}).get(wanted) for stack in stacks if stack is not None)
    return next((command for command in known if command), None)


def advice(repo: Repo, wanted: Wanted, otherwise: str) -> str:
    """A next step: run that command and audit again, or `otherwise` where none is known."""
    command = command_for(repo, wanted)
    return f"Run `{command}`, then audit again." if command else otherwise


def _runner(repo: Repo, language: str) -> str | None:
    """The test runner or build tool that the service's manifest names."""
    if language == "java":
        return "gradle" if repo.find(*(f"**/{name}" for name in _GRADLE)) else None
    if language != "javascript":
        return None
    for entry in repo.find("package.json"):
        try:
            text = repo.read(entry.path, limit=_LIMIT).text
        except Trouble:
            return None
        for runner in ("vitest", "jest", "mocha"):
            if re.search(rf'"(?:@[\w-]+/)?{runner}[\w-]*"\s*:|\b{runner}\b', text):
                return runner
    return None


def unread_language(ctx: Context, language: str, wanted: Wanted, *facts: str) -> Problem | None:
    """As `mostly_other`, with the command of the language that the service is written in."""
    problem = mostly_other(ctx, language, *facts)
    command = command_for(ctx.repo, wanted)
    if problem is None or command is None or main_language(ctx.repo) == language:
        return problem
    return replace(problem, hint=f"Run `{command}`, then audit again.")
