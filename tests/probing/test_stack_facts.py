"""The command of a stack that makes the evidence of a fact."""

from __future__ import annotations

import pytest

from auditor.probing.repo import Repo
from auditor.probing.repository.stack_facts import command_of_facts
from auditor.probing.testing import FakeTree

GO = {"go.mod": "module a\n", "main.go": "package main\n\nfunc main() {}\n" * 40}
PYTHON = {"pyproject.toml": "[project]\n# pytest\n", "app.py": "print(1)\n" * 40}


@pytest.mark.parametrize(
    ("files", "facts", "said"),
    [
        (PYTHON, ["coverage.line_percent"], "Run `pytest --cov"),
        (GO, ["coverage.line_percent"], "go test -coverpkg"),
        (GO, ["repo.code_lines", "tests.executed"], "gotestsum"),
        (GO, ["tests.kind_executed@integration"], "-tags integration"),
        (PYTHON, ["tests.on_target@e2e"], "tests/e2e"),
        (GO, ["sast.high"], "gosec"),
        (PYTHON, ["dependencies.vulnerable"], "pip-audit"),
        (GO, ["linters.errors"], "golangci-lint"),
        (GO, ["types.errors"], "Run `go vet ./...` in CI, and attest that run"),
    ],
)
def test_the_command_is_one_of_the_stack(
    files: dict[str, str], facts: list[str], said: str
) -> None:
    assert said in command_of_facts(Repo(FakeTree(files)), facts)


@pytest.mark.parametrize(
    ("files", "facts"),
    [
        ({"README.md": "# A\n"}, ["coverage.line_percent"]),
        (GO, ["load.requests", "tls.chain_trusted"]),
        (GO, []),
        (GO, ["analysis.languages"]),
    ],
)
def test_where_no_command_is_known_nothing_is_said(files: dict[str, str], facts: list[str]) -> None:
    assert command_of_facts(Repo(FakeTree(files)), facts) == ""
