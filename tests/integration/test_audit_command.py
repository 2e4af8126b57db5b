"""The command line as a user meets it: exit codes, messages, and honest verdicts on bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.commands import (
    Audit,
    git,
    git_repository,
    items_of,
    passed,
    report_of,
)

HOLLOW = (
    "README.md", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "LICENSE", "Makefile",
    "docs/runbooks/one.md", "docs/operations.md", "docs/deployment.md", "docs/troubleshooting.md",
    "docs/incident-response.md", "docs/disaster-recovery.md", "docs/architecture.md", "docs/setup.md",
    "Dockerfile", "docker-compose.yml", "k8s/deployment.yaml", "terraform/main.tf", ".env.example",
    "monitoring/prometheus.yml", "monitoring/rules/alerts.yml", "monitoring/dashboards/orders.json",
    "monitoring/alertmanager.yml", "tests/test_app.py", "tests/e2e/test_flow.py", "coverage.xml", "reports/junit.xml",
    "reports/bandit.json", "reports/pip-audit.json", "reports/k6-summary.json", "app/main.py", "app/__init__.py",
    "requirements.txt", "pyproject.toml", ".pre-commit-config.yaml", "readiness/PRODUCTION_READY_COMPLETE.md",
)  # fmt: skip
WORKFLOW = """\
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: "true"
"""


def test_the_empty_repository_proves_nothing(auditor: Audit, tmp_path: Path) -> None:
    target = git_repository(tmp_path / "empty", {"README.md": "# A service\n"})
    made = report_of(auditor("audit", target, "--offline", "--format", "json"))
    assert made["score"]["proven"] == 0
    assert passed(made) == []
    assert _not_applicable(made) == []
    assert made["readiness"] == made["readiness"] | {"level": "not_ready", "ready": False}
    assert all(i["reasons"] for i in items_of(made).values())


def test_the_hollow_repository_proves_nothing_and_each_item_says_what_was_looked_for(
    auditor: Audit, tmp_path: Path
) -> None:
    files: dict[str, str | bytes] = dict.fromkeys(HOLLOW, "")
    files |= {
        ".github/workflows/ci.yml": WORKFLOW,
        "README.md": "# Orders\n\n100 % production ready ![badge](https://img.invalid/10-10.svg)\n",
        "docs/operations.md": "# Operations\n\nTBD\n",
        "Dockerfile": "FROM scratch\n",
        "docker-compose.yml": "services:\n",
        "monitoring/rules/alerts.yml": "groups: []\n",
        "app/main.py": "def main():\n    pass\n",
        "tests/test_app.py": "def test_app():\n    pass\n",
        "coverage.xml": '<?xml version="1.0"?><coverage line-rate="1.0" timestamp="1"><packages/></coverage>',
        "reports/junit.xml": '<testsuites><testsuite name="a" tests="900" failures="0"/></testsuites>',
        "reports/bandit.json": '{"errors": [], "generated_at": "2030-01-01T00:00:00Z", "metrics": {"_totals": {"loc": 0}}, "results": []}',
        "reports/pip-audit.json": '{"dependencies": [], "fixes": []}',
        "readiness/PRODUCTION_READY_COMPLETE.md": "- [x] everything\n",
    }
    target = git_repository(tmp_path / "hollow", files)
    made = report_of(auditor("audit", target, "--offline", "--format", "json"))
    assert passed(made) == []
    assert _not_applicable(made) == []
    assert made["score"]["proven"] == 0
    assert all(i["reasons"] and (i["fix"] or i["checks"]) for i in items_of(made).values())


def test_false_green_backups_of_a_store_that_only_the_code_shows_are_still_asked_for(
    auditor: Audit, tmp_path: Path
) -> None:
    target = git_repository(
        tmp_path / "r",
        {
            "requirements.txt": "fastapi==0.110.0\n",
            "app/main.py": "import sqlite3\nfrom fastapi import FastAPI\n\napp = FastAPI()\n"
            "CONNECTION = sqlite3.connect('/data/orders.db')\n"
            + "".join(f"LIMIT_{n} = {n}\n" for n in range(30)),
        },
    )
    made = report_of(auditor("audit", target, "--offline", "--format", "json"))
    assert items_of(made)["resilience.integrity.backup"]["verdict"] == "unknown"


def _not_applicable(made: Any) -> list[str]:
    return [n for n, i in items_of(made).items() if i["verdict"] == "not_applicable"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["audit", "nowhere"], "There is no nowhere"),
        (["audit", "file.txt"], "not a folder"),
        (["audit", ".", "--url", "staging.example.net"], "is not an http or https URL"),
        (["audit", ".", "--url", "https://u:p@x.invalid"], "must not carry a user name"),
        (
            ["audit", ".", "--checklist", "production-readyness"],
            "Did you mean 'production-readiness'?",
        ),
        (["audit", ".", "--deployment", "staging"], "declares no deployment 'staging'"),
        (["audit", ".", "--format", "htm"], "Did you mean 'html'?"),
        (
            ["audit", ".", "--format", "json", "--format", "html"],
            "Only one --format may go to stdout",
        ),
        (["audit", ".", "--root", "missing"], "is not a folder of the repository"),
        (["audit", ".", "--root", "../.."], "is not a folder of the repository"),
        (["audit", ".", "--only", "repo.inventry"], "Did you mean 'repo.inventory'?"),
        (["rescore", "nowhere"], "is not a folder"),
        (["audti", "."], "Did you mean 'audit'?"),
        (
            ["checklist", "show", "production-readiness", "testing.coverag"],
            "Did you mean 'testing.coverage'?",
        ),
        (["probes", "show", "reports.coverag"], "Did you mean 'reports.coverage'?"),
    ],
)
def test_wrong_use_exits_2_with_one_clear_sentence(
    auditor: Audit, tmp_path: Path, args: list[str], said: str
) -> None:
    (tmp_path / "file.txt").write_text("x", encoding="utf-8")
    done = auditor(*args)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_in_auditor_yaml_names_file_line_column_and_the_nearest_key(
    auditor: Audit, tmp_path: Path
) -> None:
    target = git_repository(tmp_path / "r", {"auditor.yaml": "service: orders\nfeaturs: []\n"})
    done = auditor("audit", target)
    assert done.returncode == 2
    assert "auditor.yaml:2:1" in done.stderr
    assert "'features'" in done.stderr


def test_a_folder_without_git_is_audited_and_said_to_be_none(
    auditor: Audit, tmp_path: Path
) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "README.md").write_text("# hello\n", encoding="utf-8")
    done = auditor("audit", tmp_path / "plain", "--offline", "--format", "json")
    made = report_of(done)
    assert made["target"]["commit"] is None
    assert "not a git repository" in json.dumps(made)


def test_a_repository_without_a_commit_is_audited(auditor: Audit, tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    git(tmp_path / "r", "init", "-q")
    assert (
        report_of(auditor("audit", tmp_path / "r", "--offline", "--format", "json"))["score"][
            "proven"
        ]
        == 0
    )


def test_an_unreachable_url_leaves_live_items_unknown_with_the_reason(
    auditor: Audit, tmp_path: Path
) -> None:
    target = git_repository(tmp_path / "r", {"README.md": "# hello\n"})
    made = report_of(
        auditor("audit", target, "--url", "http://127.0.0.1:9", "--offline", "--format", "json")
    )
    health = next(i for i in items_of(made).values() if i["number"] == "5.1.4")
    assert health["verdict"] == "unknown"
    assert any("could not be reached" in r["text"] for r in health["reasons"])


def test_hostile_files_end_in_honest_verdicts(auditor: Audit, tmp_path: Path) -> None:
    bomb = "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 'x'}]\n" for i in range(12)
    )
    xml = '<?xml version="1.0"?><!DOCTYPE c [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><coverage line-rate="1">&b;</coverage>'
    files: dict[str, str | bytes] = {
        "app/\x1b[31m[bold]<script>.py": "x = 1\n" * 50,
        "docker-compose.yml": bomb,
        "coverage.xml": xml,
        "reports/junit.xml": '<testsuite name="a" tests="3"><testcase name="a" classname="b"/>',
        ".github/workflows/deep.yml": "[" * 30000,
    }
    target = git_repository(tmp_path / "r", files)
    (target / "passwd.md").symlink_to("/etc/passwd")
    (target / "README.md").symlink_to("/etc/passwd")
    for name in ("terminal", "html", "markdown"):
        done = auditor("audit", target, "--offline", "--format", name)
        assert done.returncode == 0, done.stderr
        assert "root:x:0" not in done.stdout
        assert "\x1b[31m" not in done.stdout
        assert "<script>.py" not in done.stdout or name == "terminal"
    made = report_of(auditor("audit", target, "--offline", "--format", "json"))
    passed = {i["number"] for i in items_of(made).values() if i["verdict"] == "pass"}
    assert passed.isdisjoint({"2.1.1", "2.1.2", "7.1.1", "8.1.1", "8.2.1", "8.2.2"})


def test_a_bundle_is_rescored_to_the_same_report_and_verified(
    auditor: Audit, tmp_path: Path
) -> None:
    target = git_repository(tmp_path / "r", {"README.md": "# hello\n", "app.py": "x = 1\n" * 40})
    bundle = tmp_path / "bundle"
    first = auditor("audit", target, "--offline", "--format", "json", "--bundle", bundle)
    again = auditor("rescore", bundle, "--format", "json")
    assert report_of(again) == report_of(first)
    assert (bundle / "report.json").read_text(encoding="utf-8") == first.stdout
    assert auditor("verify", bundle).returncode == 0
    evidence = next((bundle / "evidence").glob("*.json"))
    evidence.write_text(
        evidence.read_text(encoding="utf-8").replace('"ok"', '"ok" '), encoding="utf-8"
    )
    altered = auditor("verify", bundle)
    assert altered.returncode == 1
    assert "was altered after the audit" in altered.stderr


def test_a_bundle_never_overwrites_a_folder_of_something_else(
    auditor: Audit, tmp_path: Path
) -> None:
    target = git_repository(tmp_path / "r", {"README.md": "# hello\n"})
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work", encoding="utf-8")
    done = auditor("audit", target, "--offline", "--quiet", "--bundle", mine)
    assert done.returncode == 2
    assert "choose another folder" in done.stderr
    assert (mine / "thesis.txt").read_text(encoding="utf-8") == "years of work"


def test_fail_on_turns_an_open_blocker_into_exit_1(auditor: Audit, tmp_path: Path) -> None:
    target = git_repository(tmp_path / "r", {"README.md": "# hello\n"})
    assert auditor("audit", target, "--offline", "--quiet", "--fail-on", "blocker").returncode == 1
    assert (
        auditor("audit", target, "--offline", "--quiet", "--fail-on", "not-ready").returncode == 1
    )
    assert auditor("audit", target, "--offline", "--quiet").returncode == 0


def test_quiet_prints_nothing(auditor: Audit, tmp_path: Path) -> None:
    target = git_repository(tmp_path / "r", {"README.md": "# hello\n"})
    done = auditor("audit", target, "--offline", "--quiet")
    assert (done.stdout, done.stderr) == ("", "")


def test_the_terminal_report_fits_80_columns_without_colour(auditor: Audit, tmp_path: Path) -> None:
    target = git_repository(tmp_path / "r", {"README.md": "# hello\n"})
    done = auditor("audit", target, "--offline")
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    "name", ["audit", "rescore", "verify", "checklist", "probes", "completion"]
)
def test_every_command_has_help_with_examples(auditor: Audit, name: str) -> None:
    done = auditor(name, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout


def test_the_target_is_never_imported(auditor: Audit, tmp_path: Path) -> None:
    trap = "open('executed', 'w').close()\n"
    names = (
        "probes/__init__.py",
        "yaml.py",
        "conftest.py",
        "setup.py",
        "sitecustomize.py",
        "app.py",
    )
    target = git_repository(tmp_path / "r", dict.fromkeys(names, trap))
    done = subprocess.run(
        (sys.executable, "-m", "auditor", "audit", ".", "--offline", "--quiet"),
        cwd=target, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not (target / "executed").exists()
