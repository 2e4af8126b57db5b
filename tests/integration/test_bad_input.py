"""Bad input as a user meets it: a clear message, an honest verdict, the documented exit code, nothing lost."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from tests.integration.commands import (
    Audit,
    git_repository,
    items_of,
    passed,
    report_of,
    said_of,
)

GIGABYTE = 1024**3
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
FORMATS = ("terminal", "html", "markdown", "json")
COBERTURA = (
    '<?xml version="1.0"?>\n<coverage line-rate="1" branch-rate="1" lines-covered="900"'
    ' lines-valid="900" timestamp="1764000000000" version="7.6"><packages>'
)
JUNIT = '<testsuites><testsuite name="a" tests="900" failures="0" errors="0"><testcase name="t" classname="c"/>'
BOMB = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 'x'}]\n" for i in range(12))
SOURCE = "def price(n):\n" + "".join(f"    x{i} = n + {i}\n" for i in range(40)) + "    return x1\n"
SERVICE: dict[str, str | bytes] = {
    "pyproject.toml": '[project]\nname = "x"\n',
    "app/main.py": SOURCE,
}
DECIDED = {
    "testing.coverage",
    "testing.tests.unit",
    "deployment.infrastructure.compose",
    "documentation.technical.readme",
}
CHECKLIST = 'extends: production-readiness\nid: acme\nversion: "1.0.0"\ntitle: Acme\n'


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A repository with nothing in it that matters here."""
    return git_repository(tmp_path / "target", {"README.md": "# Orders\n"})


class TestReports:
    """Reports that cannot be read prove nothing, and are named."""

    def judged(self, auditor: Audit, target: Path) -> Any:
        return report_of(auditor("audit", target, "--offline", "--format", "json"))

    def test_reports_of_a_gigabyte_are_refused_in_seconds(
        self, auditor: Audit, tmp_path: Path
    ) -> None:
        files = {
            "coverage.xml": COBERTURA,
            "reports/junit.xml": JUNIT,
            "docker-compose.yml": "services: {}\n",
        }
        target = git_repository(tmp_path / "r", SERVICE | files)
        for name in files:
            os.truncate(target / name, GIGABYTE)
        started = time.monotonic()
        made = self.judged(auditor, target)
        assert time.monotonic() - started < 60
        items = items_of(made)
        for item, name in {
            "testing.coverage": "coverage.xml",
            "testing.tests.unit": "reports/junit.xml",
            "deployment.infrastructure.compose": "docker-compose.yml",
        }.items():
            assert items[item]["verdict"] in ("unknown", "fail")
            assert f"{name} is larger than the limit" in said_of(items[item])

    def test_reports_that_are_cut_off_are_refused_and_named(
        self, auditor: Audit, tmp_path: Path
    ) -> None:
        files = {"coverage.xml": COBERTURA, "reports/junit.xml": JUNIT}
        made = self.judged(auditor, git_repository(tmp_path / "r", SERVICE | files))
        for item, name in {
            "testing.coverage": "coverage.xml",
            "testing.tests.unit": "junit.xml",
        }.items():
            assert items_of(made)[item]["verdict"] == "unknown"
            assert name in said_of(items_of(made)[item])
            assert "cut off" in said_of(items_of(made)[item])

    def test_an_xml_bomb_and_a_yaml_bomb_are_refused_and_named(
        self, auditor: Audit, tmp_path: Path
    ) -> None:
        entities = '<!DOCTYPE c [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
        files = {
            "coverage.xml": COBERTURA.replace("<coverage", f"{entities}<coverage")
            + "&b;</packages></coverage>",
            "junit.xml": f'{entities}<testsuites><testsuite name="&b;"/></testsuites>',
            "docker-compose.yml": BOMB,
        }
        made = self.judged(auditor, git_repository(tmp_path / "r", SERVICE | files))
        coverage = items_of(made)["testing.coverage"]
        assert coverage["verdict"] == "unknown"
        assert "coverage.xml: The XML declares the entity `a`" in said_of(coverage)
        tests = items_of(made)["testing.tests.unit"]
        assert "junit.xml: The XML declares the entity `a`" in said_of(tests)
        compose = items_of(made)["deployment.infrastructure.compose"]
        assert compose["verdict"] != "pass"
        assert "docker-compose.yml" in json.dumps(compose)
        assert DECIDED.isdisjoint(passed(made))

    def test_a_link_out_of_the_repository_is_not_followed(
        self, auditor: Audit, tmp_path: Path
    ) -> None:
        secret = tmp_path / "secret.xml"
        secret.write_text(COBERTURA + "</packages></coverage><!-- hunter2 -->")
        target = git_repository(tmp_path / "r", SERVICE)
        for name in ("coverage.xml", "README.md", "docker-compose.yml", "auditor-notes.md"):
            (target / name).symlink_to(secret if name == "coverage.xml" else "/etc/passwd")
        (target / "reports").symlink_to(tmp_path)
        bundle = tmp_path / "bundle"
        done = auditor("audit", target, "--offline", "--format", "json", "--bundle", bundle)
        assert DECIDED.isdisjoint(passed(report_of(done)))
        seen = done.stdout.encode() + b"".join(
            f.read_bytes() for f in bundle.rglob("*") if f.is_file()
        )
        assert b"hunter2" not in seen
        assert b"root:x:0" not in seen


def test_names_with_escapes_and_markup_reach_no_reader(auditor: Audit, tmp_path: Path) -> None:
    odd = "\x1b[31m[bold]<script>alert(1)</script>\u202e|`x`"
    target = git_repository(
        tmp_path / "r",
        {
            f"app/{odd.replace('/', '')}.py": "# TODO: mend\nx = 1\n" * 30,
            "docs/runbooks/\x07<img src=x>.md": "TBD\n",
            ".github/workflows/\x1b]0;owned\x07.yml": "on: [push\n",
            "auditor.yaml": 'service: "\\e[31m<b>orders</b>"\n',
        },
    )
    for name in FORMATS:
        done = auditor("audit", target, "--offline", "--format", name, cwd=target)
        assert done.returncode == 0, done.stderr
        for sign in ("\x1b", "\x07", "\u202e"):
            assert sign not in done.stdout + done.stderr, name
        if name in ("html", "markdown"):
            page = done.stdout if name == "html" else MARKDOWN.render(done.stdout)
            for tag in ("<script>alert", "<img src", "<b>orders"):
                assert tag not in page
        if name == "json":
            places = [
                place["path"] or ""
                for item in items_of(json.loads(done.stdout)).values()
                for reason in item["reasons"]
                for place in reason["locations"]
            ]
            assert any(odd.replace("/", "") in path for path in places), "JSON holds the true name"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            'override:\n  testing.coverage: {require: {coverage.line_percnt: ">= 90"}}\n',
            "acme.yaml:6:32: No probe promises the fact 'coverage.line_percnt'."
            " Did you mean 'coverage.line_percent'?",
        ),
        (
            "override:\n  testing.coverage: {severty: blocker}\n",
            "acme.yaml:6:22: 'severty' is not a key of override.testing.coverage. Did you mean 'severity'?",
        ),
        (
            "override:\n  testing.coverag: {severity: blocker}\n",
            "acme.yaml:6:3: No item is called 'testing.coverag'. Did you mean 'testing.coverage'?",
        ),
        (
            "override:\n  testing.coverage: {severity: blockr}\n",
            "not 'blockr'. Did you mean 'blocker'?",
        ),
        (
            "overide: {}\n",
            "acme.yaml:5:1: 'overide' is not a key of the file. Did you mean 'override'?",
        ),
        ("title: Twice\n", "acme.yaml:5:1:"),
        ("add: [\n", "acme.yaml:6:1: The file is not valid YAML"),
        (BOMB, "passes the limit"),
        ("add: " + "[" * 30000, "passes the limit"),
    ],
)
def test_a_mistake_in_a_checklist_names_the_place_and_the_nearest_name(
    auditor: Audit, tmp_path: Path, target: Path, more: str, said: str
) -> None:
    (tmp_path / "acme.yaml").write_text(CHECKLIST + more)
    for args in (
        ("audit", target, "--offline", "--checklist", "acme.yaml"),
        ("checklist", "lint", "acme.yaml"),
    ):
        done = auditor(*args)
        assert done.returncode == 2
        assert said in done.stderr
        assert done.stderr.count("\n") == 1, "one sentence, and no report"
        assert done.stdout == ""


@pytest.mark.parametrize("option", ["--config", "--checklist"])
def test_a_pipe_or_a_device_in_the_place_of_a_file_holds_nothing_up(
    auditor: Audit, tmp_path: Path, target: Path, option: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    for file in (tmp_path / "pipe", "/dev/zero", tmp_path):
        done = auditor("audit", target, "--offline", option, file)
        assert done.returncode == 2
        assert str(file) in done.stderr
        assert "Traceback" not in done.stderr


def test_a_configuration_of_a_gigabyte_is_refused(
    auditor: Audit, tmp_path: Path, target: Path
) -> None:
    (tmp_path / "auditor.yaml").touch()
    os.truncate(tmp_path / "auditor.yaml", GIGABYTE)
    done = auditor("audit", target, "--config", tmp_path / "auditor.yaml")
    assert done.returncode == 2
    assert "is larger than" in done.stderr


class TestDestinations:
    """Where the results go is looked at before the work, and one bad place costs only its own report."""

    @pytest.mark.parametrize(
        ("args", "said"),
        [
            (("--format", "html=nowhere/report.html"), "mkdir -p nowhere"),
            (("--format", "html=mine"), "it is a folder"),
            (("--format", "html=mine/thesis.txt/report.html"), "is not a folder"),
            (("--format", "html=link.html"), "it is a symbolic link"),
            (("--format", "json=/dev/full"), "it is not a regular file"),
            (("--bundle", "mine"), "is not empty and holds no bundle"),
            (("--bundle", "mine/thesis.txt"), "cannot be written"),
        ],
    )
    def test_a_place_that_cannot_be_written_is_refused_before_the_audit(
        self, auditor: Audit, tmp_path: Path, target: Path, args: tuple[str, str], said: str
    ) -> None:
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "thesis.txt").write_text("years of work")
        (tmp_path / "link.html").symlink_to(tmp_path / "mine" / "thesis.txt")
        done = auditor("audit", target, "--offline", *args)
        assert done.returncode == 2
        assert said in done.stderr
        assert "probes in" not in done.stderr, "no probe looked in vain"
        assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"

    def test_a_full_disk_behind_stdout_is_told_and_costs_no_other_report(
        self, auditor: Audit, tmp_path: Path, target: Path
    ) -> None:
        places = ("--format", "terminal", "--format", "json=good.json")
        done = auditor("audit", target, "--offline", *places, to=Path("/dev/full"))
        assert done.returncode == 2
        assert "stdout could not be written: no space left on device" in done.stderr.lower()
        assert "Traceback" not in done.stderr
        assert json.loads((tmp_path / "good.json").read_text())["schema_version"] == "1"


class TestRescore:
    """A bundle is judged again by what it carries."""

    FILES: dict[str, str | bytes] = {
        "README.md": "# Orders\n",
        "auditor.yaml": "checklist: readiness/acme.yaml\n",
        "readiness/acme.yaml": CHECKLIST.replace("production-readiness", "base.yaml")
        + "override: {testing.coverage: {severity: blocker}}\n",
        "readiness/base.yaml": CHECKLIST.replace("acme", "base")
        + "remove: {deployment.release.canary: single tenant}\n",
    }

    def test_the_targets_own_checklist_judges_when_the_target_is_gone(
        self, auditor: Audit, tmp_path: Path
    ) -> None:
        target = git_repository(tmp_path / "r", self.FILES)
        bundle = tmp_path / "bundle"
        first = auditor("audit", target, "--offline", "--format", "json", "--bundle", bundle)
        target.rename(tmp_path / "gone")
        again = auditor("rescore", bundle, "--format", "json")
        assert report_of(again) == report_of(first)
        assert report_of(again)["checklist"]["id"] == "acme"
        assert items_of(report_of(again))["testing.coverage"]["severity"] == "blocker"
        assert auditor("verify", bundle).returncode == 0
        other = report_of(
            auditor("rescore", bundle, "--checklist", "production-readiness", "--format", "json")
        )
        assert other["checklist"]["id"] == "production-readiness"

    def test_an_altered_checklist_judges_nothing_and_another_one_may(
        self, auditor: Audit, tmp_path: Path
    ) -> None:
        target = git_repository(tmp_path / "r", self.FILES)
        bundle = tmp_path / "bundle"
        assert auditor("audit", target, "--offline", "-q", "--bundle", bundle).returncode == 0
        manifest = json.loads((bundle / "manifest.json").read_text())
        blob = bundle / "blobs" / manifest["checklist_files"][0]["blob"]
        blob.write_text(blob.read_text().replace("severity: blocker", "severity: nice"))
        done = auditor("rescore", bundle)
        assert done.returncode == 2
        assert "was altered after the audit" in done.stderr
        assert "--checklist NAME|FILE" in done.stderr
        assert auditor("verify", bundle).returncode == 1
        assert (
            auditor("rescore", bundle, "-q", "--checklist", "production-readiness").returncode == 0
        )


@pytest.mark.parametrize("name", FORMATS)
def test_each_report_ends_with_what_did_not_count(auditor: Audit, target: Path, name: str) -> None:
    done = auditor("audit", target, "--offline", "--format", name)
    if name == "json":
        made = report_of(done)
        assert {"suppressed", "waived", "stale", "not_looked_at"} <= set(made["tally"])
        return
    tail = done.stdout[-len(done.stdout) // 8 :] if name == "html" else done.stdout[-2500:]
    for word in ("suppressed", "waived", "stale", "not looked at"):
        assert word in tail, word


def test_each_open_item_has_a_fix_and_says_what_was_looked_for(
    auditor: Audit, target: Path
) -> None:
    made = report_of(auditor("audit", target, "--offline", "--format", "json"))
    for item in items_of(made).values():
        for one in (item, *item["checks"]):
            if one["verdict"] in ("fail", "unknown"):
                assert one["fix"].strip() or one["checks"], one["id"]
                assert one["reasons"], one["id"]
                assert all(reason["text"].strip() for reason in one["reasons"]), one["id"]


def test_a_file_name_that_is_no_utf8_costs_the_scan_of_that_file_and_no_other(
    auditor: Audit, tmp_path: Path
) -> None:
    unsafe = "import subprocess\n\n\ndef f(x):\n    subprocess.call(x, shell=True)\n"
    files = {"app/run.py": unsafe, "app/\udcff.py": "x = 1\n"}
    target = git_repository(tmp_path / "r", SERVICE | files)
    made = report_of(auditor("audit", target, "--offline", "--format", "json"))
    scan = items_of(made)["security.scanning.sast"]
    assert scan["verdict"] == "fail"
    assert "High-severity findings with medium or high confidence: 1 findings" in said_of(scan)
