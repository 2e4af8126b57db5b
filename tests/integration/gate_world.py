"""A small service under a small checklist of its own, in a real git repository, and the gate over it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from auditor.cli.group import cli
from tests.repositories import Repository

CHECKLIST = """\
id: small
version: "1"
title: A small checklist
floors: {blocker: declared, critical: declared}
thresholds:
  tests: {value: 3, unit: tests, title: Fewest tests}
categories:
  - id: code
    number: "1"
    title: Code
    weight: 100
    sections:
      - id: code.all
        number: "1.1"
        title: All
        items:
          - id: code.secrets
            number: "1.1.1"
            title: No compose file writes a secret
            severity: blocker
            require: {compose.literal_secrets: "== 0"}
            why: Because.
            fix: Read it from the environment.
            produce: auditor audit .
          - id: code.markers
            number: "1.1.2"
            title: Nothing is unfinished
            severity: blocker
            require: {all: [code.todo_markers: "== 0", code.marker_files_read: "> 0"]}
            why: Because.
            fix: Finish it.
            produce: auditor audit .
          - id: code.tests
            number: "1.1.3"
            title: At least {tests} tests run
            severity: blocker
            require: {all: [tests.executed: ">= $tests", tests.failed: "== 0"]}
            why: Because.
            fix: Write tests.
            produce: pytest --junit-xml=reports/junit.xml
          - id: code.many
            number: "1.1.5"
            title: Many tests run
            severity: critical
            require: {tests.executed: ">= 10"}
            why: Because.
            fix: Write tests.
            produce: pytest --junit-xml=reports/junit.xml
          - id: code.oncall
            number: "1.1.4"
            title: Somebody is on call
            severity: critical
            attestable: reported
            why: Because.
            fix: Arrange it.
            produce: An attestation.
"""
WAIVER = """\
- item: {item}
  owner: dana@x.invalid
  approver: lee@x.invalid
  reason: No time before the fair.
  expires: {expires}
"""
ATTESTATION = """\
- item: code.oncall
  statement: Two people share it.
  evidence: README.md
  owner: dana@x.invalid
  approver: lee@x.invalid
  signed: 2026-01-01
  expires: {expires}
"""
SECRET = "services:\n  db:\n    image: postgres:16\n    environment:\n      POSTGRES_PASSWORD: aZ3kq9-real\n"
CLEAN = "services:\n  db:\n    image: postgres:16\n"
SOURCE = "def price(amount):\n    return amount * 2\n"
LOOKING = [
    f"--only={name}"
    for name in ("infra.compose", "code.markers", "reports.tests", "people.attestations")
]


def junit(count: int, failed: int = 0) -> str:
    """A JUnit report of `count` tests, of which `failed` failed."""
    fail = '<failure message="no"/>'
    cases = "".join(
        f'<testcase classname="t.a" name="n{i}" time="0.1">{fail if i < failed else ""}</testcase>'
        for i in range(count)
    )
    return (
        f'<testsuites><testsuite name="s" tests="{count}" timestamp="2026-03-01T11:00:00+00:00">'
        f"{cases}</testsuite></testsuites>"
    )


SOUND = {
    "README.md": "# Orders\n",
    "auditor.yaml": "service: orders\nchecklist: readiness/checklist.yaml\n",
    "readiness/checklist.yaml": CHECKLIST,
    "app/price.py": SOURCE,
    "compose.yaml": CLEAN,
    "reports/junit.xml": junit(4),
}
"""A service in which every blocker of the checklist passes."""


class Change:
    """A repository with a sound `main`; the work goes on a branch of its own."""

    def __init__(self, repository: Repository, **files: str) -> None:
        self.repository = repository
        self.base = self.commit(SOUND | {k.replace("__", "/"): v for k, v in files.items()})
        repository.git("checkout", "-q", "-b", "feature")

    @property
    def root(self) -> Path:
        """Where the repository is."""
        return self.repository.root

    def commit(self, files: dict[str, str | None]) -> str:
        """Write files (None removes one), commit them and give the commit's id."""
        for name, text in files.items():
            if text is None:
                (self.root / name).unlink()
            else:
                self.repository.write(name, text)
        self.repository.git("add", "-A")
        return self.repository.commit()

    def base_also(self, files: dict[str, str | None]) -> None:
        """One more commit on `main`, from which the branch goes on."""
        self.base = self.commit(files)
        self.repository.git("branch", "-q", "-f", "main")

    def gate(self, *args: str | Path) -> tuple[int, Any]:
        """The exit code of `auditor gate`, and the `gate` of its JSON report (or what it said)."""
        return gate(self.root, *(args or ("--against", "main")))


def gate(path: Path, *args: str | Path) -> tuple[int, Any]:
    """Run `auditor gate` on a path: the exit code, and the `gate` of its JSON report."""
    return run("gate", path, *args)


def run(command: str, path: Path, *args: str | Path) -> tuple[int, Any]:
    """Run `auditor gate` or `auditor audit`: the exit code, and the JSON report's `gate` or what was said."""
    shown = [str(a) for a in (command, path, *args, *LOOKING, "--format=json", "--no-cache", "-q")]
    done = CliRunner().invoke(cli, shown)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    try:
        return done.exit_code, json.loads(done.stdout)["gate"]
    except ValueError:
        return done.exit_code, done.output.replace("\n", " ")


def items(rows: list[Any]) -> dict[str, str]:
    """Item to cause."""
    return {row["item"]: row["cause"] for row in rows}
