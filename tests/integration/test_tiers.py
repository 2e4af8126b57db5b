"""A service's tier, from auditor.yaml through the bundle and the gate to every report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.collect.target import WrongUse
from auditor.formats.text.config_text import Mistake
from auditor.gating import gate_against
from auditor.model.report import Report
from auditor.model.verdict import Outcome
from auditor.pipeline import Options, audit, rescore
from auditor.report.registry import names, render
from auditor.store.bundle import write
from tests.integration.commands import git, git_repository

CHECKLIST = """\
id: small
version: "1"
title: Small
tiers:
  "1": {title: Money, description: Everything applies.}
  internal:
    title: An internal tool
    leave_out: {a.files: nobody looks at it}
    severities: {a.code: important}
categories:
  - id: a
    number: "1"
    title: A
    weight: 100
    sections:
      - id: a.a
        number: "1.1"
        title: A
        items:
          - {id: a.files, number: "1.1.1", title: Files, severity: important, require: {repo.files: "> 1000"}}
          - {id: a.code, number: "1.1.2", title: Code, severity: blocker, floor: effective,
             require: {repo.code_lines: "> 1000"}}
"""
FILES = {"main.py": "x = 1\n", "c.yaml": CHECKLIST, "auditor.yaml": "checklist: c.yaml\ntier: internal\n"}  # fmt: skip


def options(target: Path, **more: object) -> Options:
    return Options(target, offline=True, only=("repo.inventory",), **more)  # type: ignore[arg-type]


def outcomes(report: Report) -> dict[str, tuple[str, str]]:
    return {v.item.id: (v.outcome.value, v.item.severity.value) for v in report.verdicts()}


def test_the_tier_decides_and_every_report_says_so(tmp_path: Path) -> None:
    report = audit(options(git_repository(tmp_path, FILES))).report
    assert outcomes(report) == {
        "a.files": ("not_applicable", "important"),
        "a.code": ("fail", "important"),
    }
    assert report.tally.declared_not_applicable == 1
    told = "The service is of tier internal (An internal tool): 1 item left out"
    for name in ("terminal", "html", "markdown", "json"):
        assert name in names()
        assert told in " ".join(render(name, report).split()), name
    document = json.loads(render("json", report))
    assert document["checklist"]["tier"] == "internal"
    (item, _) = document["categories"][0]["sections"][0]["items"]
    assert item["reasons"][0]["text"] == "the service's tier leaves it out: nobody looks at it"


def test_a_bundle_is_judged_again_by_the_same_tier(tmp_path: Path) -> None:
    done = audit(options(git_repository(tmp_path / "r", FILES)))
    write(tmp_path / "b", done.files)
    again = rescore(tmp_path / "b")
    assert outcomes(again) == outcomes(done.report)
    assert again.checklist.digest == done.report.checklist.digest


def test_false_green_without_its_evidence_a_tier_is_the_same(tmp_path: Path) -> None:
    done = audit(options(git_repository(tmp_path / "r", FILES)))
    files = {name: data for name, data in done.files.items() if not name.startswith("evidence/")}
    write(tmp_path / "b", files)
    less = rescore(tmp_path / "b")
    assert less.checklist.tier == "internal"
    assert outcomes(less)["a.files"] == ("not_applicable", "important")
    assert outcomes(less)["a.code"][0] == "unknown"


def test_false_green_another_checklist_without_the_tier_asks_for_everything(tmp_path: Path) -> None:
    done = audit(options(git_repository(tmp_path / "r", FILES)))
    write(tmp_path / "b", done.files)
    other = tmp_path / "other.yaml"
    other.write_text(CHECKLIST.replace("internal:", "toy:"), encoding="utf-8")
    report = rescore(tmp_path / "b", str(other))
    assert outcomes(report)["a.files"] == ("fail", "important")
    assert outcomes(report)["a.code"] == ("fail", "blocker")
    assert any("has no tier 'internal', so all of it applies" in note for note in report.notes)
    other.write_text(CHECKLIST, encoding="utf-8")
    assert rescore(tmp_path / "b", str(other)).checklist.tier == "internal"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tier: internl", "auditor.yaml:2:7: tier: the checklist small has no tier 'internl'. Did you mean 'internal'?"),
        ("tier: 7", "has no tier '7'. Declared: 1, internal."),
        ("tier: ''", "tier is empty; write the tier of the service, or leave the key out."),
        ("tier: [1]", "should be a text"),
        ("tier: true", "should be a text"),
        ("teir: 1", "Did you mean 'tier'?"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_place(tmp_path: Path, text: str, said: str) -> None:
    files = FILES | {"auditor.yaml": f"checklist: c.yaml\n{text}\n"}
    with pytest.raises((Mistake, WrongUse)) as caught:
        audit(options(git_repository(tmp_path, files)))
    assert said in str(caught.value)


def test_a_number_is_a_name(tmp_path: Path) -> None:
    files = FILES | {"auditor.yaml": "checklist: c.yaml\ntier: 1\n"}
    report = audit(options(git_repository(tmp_path, files))).report
    assert report.checklist.tier == "1"
    assert outcomes(report)["a.files"][0] == "fail"


def test_false_green_a_change_that_lowers_the_tier_is_judged_by_the_old_one(tmp_path: Path) -> None:
    target = git_repository(tmp_path, FILES | {"auditor.yaml": "checklist: c.yaml\ntier: '1'\n"})
    git(target, "branch", "-q", "-f", "base")
    (target / "auditor.yaml").write_text(FILES["auditor.yaml"], encoding="utf-8")
    git(target, "add", "-A")
    git(target, "commit", "-qm", "easier")
    report = gate_against(options(target), "base").report
    assert report.checklist.tier == "1"
    assert outcomes(report)["a.files"] == ("fail", "important")
    assert report.gate is not None
    assert any("tier is another than at the base" in change.text for change in report.gate.policy)
    assert {v.outcome for v in report.verdicts()} == {Outcome.FAIL}
