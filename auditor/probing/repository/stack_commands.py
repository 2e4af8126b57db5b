"""The commands that make reports which a probe reads, by language, test runner and build tool.

Each was chosen to write a report that carries its time where one of the tool's formats does. A command
whose result no probe reads is not here, but in CHECKS: it is worth an attestation.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Wanted(StrEnum):
    """What a command is wanted for."""

    TESTS = "tests"
    INTEGRATION = "integration tests"
    E2E = "end-to-end tests"
    COVERAGE = "coverage"
    SAST = "sast"
    DEPENDENCIES = "dependencies"
    LINT = "lint"
    FORMAT = "format"
    TYPES = "types"


_INTO = "mkdir -p reports && "  # few tools make the folder that they are to write into
_OSV = _INTO + "osv-scanner scan --recursive --format json . > reports/osv.json"
_SEMGREP = _INTO + "semgrep scan --config p/default --sarif --output reports/semgrep.sarif ."

COMMANDS: Mapping[str, Mapping[Wanted, str]] = {
    "": {Wanted.SAST: _SEMGREP, Wanted.DEPENDENCIES: _OSV},
    "python": {
        Wanted.TESTS: "pytest --junit-xml=reports/junit.xml",
        Wanted.INTEGRATION: "pytest tests/integration --junit-xml=reports/integration.xml",
        Wanted.E2E: "pytest tests/e2e --junit-xml=reports/e2e.xml",
        Wanted.COVERAGE: "pytest --cov --cov-branch --cov-report=xml:reports/coverage.xml",
        Wanted.SAST: _INTO + "bandit -r . -f json -o reports/bandit.json",
        Wanted.DEPENDENCIES: _INTO + "pip-audit -r requirements.txt -f json -o reports/pip-audit.json",
        Wanted.LINT: _INTO + "pylint --recursive=y --output-format=json2:reports/pylint.json .",
        Wanted.TYPES: _INTO + "mypy . > reports/mypy.txt",
    },
    "playwright": {
        Wanted.E2E: "PLAYWRIGHT_JUNIT_OUTPUT_NAME=reports/e2e.xml npx playwright test --reporter=junit",
    },
    "cypress": {
        Wanted.E2E: "npx cypress run --reporter junit --reporter-options 'mochaFile=reports/e2e-[hash].xml'",
    },
    "django": {
        Wanted.TESTS: _INTO + "python manage.py test --testrunner"
        " xmlrunner.extra.djangotestrunner.XMLTestRunner  # package unittest-xml-reporting,"
        " TEST_OUTPUT_DIR = 'reports'",
        Wanted.COVERAGE: _INTO + "coverage run --branch manage.py test &&"
        " coverage xml -o reports/coverage.xml",
    },
    "unittest": {
        Wanted.TESTS: "python -m xmlrunner discover -o reports  # package unittest-xml-reporting",
        Wanted.COVERAGE: _INTO + "coverage run --branch -m unittest discover &&"
        " coverage xml -o reports/coverage.xml",
    },
    "jest": {
        Wanted.TESTS: "npm i -D jest-junit && JEST_JUNIT_OUTPUT_DIR=reports"
        " npx jest --reporters=default --reporters=jest-junit",
        Wanted.COVERAGE: "npx jest --coverage --coverageReporters=cobertura",
    },
    "vitest": {
        Wanted.TESTS: "npx vitest run --reporter=junit --outputFile=reports/junit.xml",
        Wanted.COVERAGE: "npx vitest run --coverage --coverage.reporter=cobertura",
    },
    "mocha": {
        Wanted.TESTS: "npx mocha --reporter xunit --reporter-option output=reports/junit.xml",
        Wanted.COVERAGE: "npx c8 --reporter=cobertura npx mocha",
    },
    "bun": {
        Wanted.TESTS: _INTO + "bun test --reporter=junit --reporter-outfile=reports/junit.xml",
        Wanted.COVERAGE: "bun test --coverage --coverage-reporter=lcov",
    },
    "biome": {
        Wanted.LINT: _INTO + "npx biome lint --reporter=sarif --reporter-file=reports/biome.sarif ."
        "  # Biome 2.4 or later",
    },
    "lock of npm": {
        Wanted.DEPENDENCIES: _INTO + "npm audit --omit=dev --json > reports/npm-audit.json",
    },
    "javascript": {
        Wanted.TESTS: _INTO + "node --test --test-reporter=junit"
        " --test-reporter-destination=reports/junit.xml",
        Wanted.COVERAGE: "npx c8 --reporter=cobertura node --test",
        Wanted.LINT: "npx eslint . --format json --output-file reports/eslint.json",
    },
    "go": {
        Wanted.TESTS: _INTO + "go run gotest.tools/gotestsum@latest --junitfile reports/junit.xml ./...",
        Wanted.INTEGRATION: _INTO + "go run gotest.tools/gotestsum@latest"
        " --junitfile reports/integration.xml -- -tags integration ./...",
        Wanted.COVERAGE: _INTO + "go test -coverpkg=./... -coverprofile=coverage.out ./... &&"
        " go run github.com/boumenot/gocover-cobertura@latest < coverage.out > reports/coverage.xml",
        Wanted.SAST: _INTO + "gosec -fmt sarif -out reports/gosec.sarif ./...",
        Wanted.LINT: _INTO + "golangci-lint run --output.json.path reports/golangci.json ./...",
    },
    "maven": {
        Wanted.TESTS: "mvn test",
        Wanted.INTEGRATION: "mvn verify  # with the Failsafe plugin, and *IT classes",
        Wanted.COVERAGE: "mvn org.jacoco:jacoco-maven-plugin:prepare-agent verify"
        " org.jacoco:jacoco-maven-plugin:report",
        Wanted.LINT: "mvn checkstyle:checkstyle -Dcheckstyle.output.format=sarif"
        " -Dcheckstyle.output.file=reports/checkstyle.sarif",
    },
    "gradle": {
        Wanted.TESTS: "./gradlew test",
        Wanted.COVERAGE: "./gradlew test jacocoTestReport  # with reports.xml.required = true",
    },
    "rspec": {
        Wanted.TESTS: "bundle exec rspec --format RspecJunitFormatter --out reports/junit.xml"
        "  # gem rspec_junit_formatter",
        Wanted.COVERAGE: "bundle exec rspec  # with SimpleCov's formatter CoberturaFormatter"
        " (gem simplecov-cobertura)",
    },
    "rails": {
        Wanted.SAST: _INTO + "brakeman --format sarif --output reports/brakeman.sarif",
    },
    "ruby": {
        Wanted.TESTS: "bundle exec rake test  # with Minitest::Reporters::JUnitReporter"
        " (gem minitest-reporters)",
        Wanted.COVERAGE: "bundle exec rake test  # with SimpleCov's formatter CoberturaFormatter"
        " (gem simplecov-cobertura)",
    },
    "pest": {
        Wanted.TESTS: "vendor/bin/pest --log-junit reports/junit.xml",
        Wanted.COVERAGE: "XDEBUG_MODE=coverage vendor/bin/pest --coverage-clover reports/clover.xml",
    },
    "php": {
        Wanted.TESTS: "vendor/bin/phpunit --log-junit reports/junit.xml",
        Wanted.COVERAGE: "XDEBUG_MODE=coverage vendor/bin/phpunit --coverage-clover reports/clover.xml",
    },
    "rust": {
        Wanted.TESTS: "cargo nextest run --profile ci  # with profile.ci.junit.path = 'junit.xml'"
        " in .config/nextest.toml",
        Wanted.COVERAGE: _INTO + "cargo llvm-cov --cobertura --output-path reports/coverage.xml",
        Wanted.LINT: _INTO + "cargo clippy --message-format=json | clippy-sarif > reports/clippy.sarif",
    },
    "csharp": {
        Wanted.TESTS: "dotnet test --logger 'junit;LogFilePath=reports/junit.xml'"
        "  # package JunitXml.TestLogger",
        Wanted.COVERAGE: "dotnet test --collect 'XPlat Code Coverage' --results-directory reports",
        Wanted.LINT: _INTO + "dotnet build -p:ErrorLog=reports/roslyn.sarif%2Cversion=2.1",
    },
    "c": {
        Wanted.TESTS: "ctest --output-junit reports/junit.xml",
        Wanted.COVERAGE: _INTO + "gcovr --cobertura reports/coverage.xml  # after the tests",
    },
}  # fmt: skip
"""Stack to command: what follows two spaces and a `#` has to be set up first, in words."""

CHECKS: Mapping[str, Mapping[Wanted, str]] = {
    "python": {Wanted.FORMAT: "ruff format --check ."},
    "biome": {Wanted.FORMAT: "npx biome format ."},
    "javascript": {Wanted.FORMAT: "npx prettier --check .", Wanted.TYPES: "npx tsc --noEmit"},
    "go": {Wanted.FORMAT: "gofmt -l .", Wanted.TYPES: "go vet ./..."},
    "maven": {Wanted.FORMAT: "mvn spotless:check", Wanted.TYPES: "mvn compile"},
    "gradle": {
        Wanted.LINT: "./gradlew check",
        Wanted.FORMAT: "./gradlew spotlessCheck",
        Wanted.TYPES: "./gradlew classes",
    },
    "ruby": {
        Wanted.LINT: "bundle exec rubocop",
        Wanted.FORMAT: "bundle exec rubocop --only Layout",
        Wanted.TYPES: "bundle exec srb tc",
    },
    "php": {
        Wanted.LINT: "vendor/bin/phpstan analyse",
        Wanted.FORMAT: "vendor/bin/php-cs-fixer check",
        Wanted.TYPES: "vendor/bin/phpstan analyse",
    },
    "rust": {Wanted.FORMAT: "cargo fmt --check", Wanted.TYPES: "cargo check"},
    "csharp": {Wanted.FORMAT: "dotnet format --verify-no-changes", Wanted.TYPES: "dotnet build"},
    "c": {Wanted.LINT: "run-clang-tidy -p build", Wanted.FORMAT: "clang-format --dry-run -Werror"},
}
"""Stack to a check that writes no report that is read here: its run in CI can be attested."""
