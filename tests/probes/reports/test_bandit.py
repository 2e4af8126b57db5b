"""What reports.bandit says: of its own run with the real bandit, and of reports made before."""

from __future__ import annotations

import json

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.command import Command
from auditor.probing.testing import NOW, FakeTree, problems, run_probe, values
from auditor.probing.trouble import Trouble
from probes.reports.bandit import bandit

CLEAN = "def add(a, b):\n    return a + b\n"
SHELL = "import subprocess\n\n\ndef run(x):\n    subprocess.call(x, shell=True){}\n"


def scanned(files: dict[str, str | bytes | Trouble]) -> Evidence:
    """Run the probe with the real bandit."""
    return run_probe(bandit, repo=files, commands=Command())


def test_present_source_is_scanned_and_observed() -> None:
    evidence = scanned({"app/a.py": SHELL.format(""), "app/b.py": CLEAN})
    seen = values(evidence)
    assert (seen["sast.high"], seen["sast.files_scanned"], seen["sast.files_missing"]) == (1, 2, 0)
    assert {f.level.value for f in evidence.facts} == {"observed"}
    high = next(f for f in evidence.facts if f.key == "sast.high")
    assert [(p.path, p.line) for p in high.locations] == [("app/a.py", 5)]


def test_missing_tool_gives_no_figure() -> None:
    evidence = run_probe(bandit, repo={"app.py": CLEAN})
    assert values(evidence) == {}
    assert problems(evidence) == ["tool_missing"]


def test_an_empty_repository_has_nothing_to_scan() -> None:
    assert problems(run_probe(bandit, repo={})) == ["vacuous"]


def test_a_file_that_does_not_parse_is_a_missing_file_not_a_clean_one() -> None:
    evidence = scanned({"app.py": CLEAN, "broken.py": "def f(:\n"})
    assert values(evidence)["sast.files_missing"] == 1
    assert problems(evidence) == ["malformed"]


def test_a_file_that_may_not_be_read_is_a_missing_file() -> None:
    evidence = scanned({"app.py": CLEAN, "secret.py": Trouble(ProblemKind.DENIED, "no")})
    assert values(evidence)["sast.files_missing"] == 1
    assert "denied" in problems(evidence)


def test_false_green_the_targets_own_configuration_silences_nothing() -> None:
    files: dict[str, str | bytes | Trouble] = {
        "app.py": SHELL.format(""),
        ".bandit": "[bandit]\nskips: B602,B404\nexclude: /\n",
        "pyproject.toml": "[tool.bandit]\nskips = ['B602']\nexclude_dirs = ['.']\n",
    }
    assert values(scanned(files))["sast.high"] == 1


def test_false_green_nosec_is_counted_and_shown_as_suppressed() -> None:
    evidence = scanned({"app.py": SHELL.format("  # nosec")})
    assert values(evidence)["sast.high"] == 0
    assert values(evidence)["sast.suppressed"] == 1
    assert [f.rule for f in evidence.findings if f.suppressed] == ["B602"]


def test_false_green_a_clean_script_does_not_speak_for_a_go_service() -> None:
    evidence = scanned({"tool.py": CLEAN, "main.go": "package main\n\nfunc main() {}\n" * 20})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_false_green_a_report_that_scanned_nothing_proves_nothing() -> None:
    totals = {
        f"{a}.{b}": 0
        for a in ("SEVERITY", "CONFIDENCE")
        for b in ("HIGH", "MEDIUM", "LOW", "UNDEFINED")
    }
    report = {
        "errors": [],
        "generated_at": NOW.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "metrics": {"_totals": {**totals, "loc": 0, "nosec": 0, "skipped_tests": 0}},
        "results": [],
    }
    tree = FakeTree({"app.py": CLEAN}, ignored={"reports/bandit.json": json.dumps(report)})
    evidence = run_probe(bandit, repo=tree)
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous", "tool_missing"]
