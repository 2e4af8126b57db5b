"""The next step names a command of the target's own stack."""

from __future__ import annotations

import json

import pytest

from auditor.probing.repo import Repo
from auditor.probing.stack import Wanted, advice, command_for, main_language
from auditor.probing.testing import FakeTree

JS = "export function add(a, b) { return a + b }\n" * 20


def repo(files: dict[str, str]) -> Repo:
    return Repo(FakeTree(files))


@pytest.mark.parametrize(
    ("files", "language"),
    [
        ({"a.py": "x = 1\n" * 50, "web/a.js": JS[:40]}, "python"),
        ({"a.py": "x = 1\n", "src/a.ts": JS, "src/b.js": JS}, "javascript"),
        ({"main.go": "package main\n", "tests/test_a.py": "x = 1\n" * 90}, "go"),
        ({"README.md": "# A\n"}, None),
    ],
)
def test_the_language_of_most_shipped_source_is_the_main_one(
    files: dict[str, str], language: str | None
) -> None:
    assert main_language(repo(files)) == language


@pytest.mark.parametrize(
    ("package", "start"),
    [
        ({"devDependencies": {"vitest": "^3"}}, "npx vitest"),
        ({"devDependencies": {"jest": "^29"}}, "npx jest"),
        ({"scripts": {"test": "mocha test"}}, "npx mocha"),
        ({"scripts": {"test": "node --test"}}, "node --test"),
    ],
)
def test_the_runner_of_a_node_service_is_the_one_that_it_uses(
    package: dict[str, object], start: str
) -> None:
    command = command_for(repo({"a.js": JS, "package.json": json.dumps(package)}), Wanted.TESTS)
    assert (command or "").startswith(start)


def test_a_gradle_build_is_told_from_maven() -> None:
    java = "class A {}\n"
    assert command_for(repo({"A.java": java, "pom.xml": "<project/>"}), Wanted.TESTS) == "mvn test"
    gradle = repo({"A.java": java, "build.gradle.kts": ""})
    assert command_for(gradle, Wanted.COVERAGE) == "./gradlew test jacocoTestReport"


def test_where_no_command_is_known_the_advice_is_the_given_one() -> None:
    assert advice(repo({}), Wanted.TESTS, "Write tests.") == "Write tests."
    go = repo({"main.go": "package main\n"})
    assert advice(go, Wanted.SAST, "x").startswith("Run `gosec")
