"""The command that makes a coverage report with a time inside it, for the stack of a service."""

from __future__ import annotations

from collections import Counter

from auditor.probing.coverage_sources import GLUE, family
from auditor.probing.repo import Repo
from auditor.probing.sources import shipped

_COMMANDS = {
    "python": "pytest --cov --cov-branch --cov-report=xml:reports/coverage.xml",
    "javascript": "npx jest --coverage --coverageReporters=cobertura --coverageDirectory=reports"
    " (vitest: --coverage.reporter=cobertura)",
    "go": "go test -coverpkg=./... -coverprofile=coverage.out ./... and"
    " gocover-cobertura < coverage.out > reports/coverage.xml",
    "java": "mvn verify with jacoco:report, or ./gradlew test jacocoTestReport with"
    " reports.xml.required = true",
    "csharp": 'dotnet test --collect:"XPlat Code Coverage" --results-directory reports',
    "rust": "cargo llvm-cov --cobertura --output-path reports/coverage.xml",
    "php": "phpunit --coverage-clover reports/clover.xml",
    "ruby": "rspec with simplecov-cobertura writing to reports/coverage.xml",
    "c": "gcovr --cobertura reports/coverage.xml after the tests",
}
_ANY = "the tests with a report in Cobertura XML at reports/coverage.xml"


def report_command(language: str) -> str:
    """What to run for a family of languages, to follow `Run `."""
    return _COMMANDS.get(language, _ANY)


def main_language(repo: Repo) -> str:
    """The family of languages that most of the shipped source is in, by size."""
    sizes: Counter[str] = Counter()
    for entry in shipped(repo):
        if family(entry.path) not in GLUE:
            sizes[family(entry.path)] += entry.size
    return max(sorted(sizes), key=lambda name: sizes[name], default="")
