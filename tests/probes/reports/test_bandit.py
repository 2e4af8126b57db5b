"""What reports.bandit says: of its own run with the real bandit, and of reports made before."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.command import Command, Ran
from auditor.probing.doors.cache import Cache
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import NOW, FakeCommand, FakeTree, problems, run_probe, values
from probes.reports.bandit import bandit

CLEAN = "def add(a, b):\n    return a + b\n"
SHELL = "import subprocess\n\n\ndef run(x):\n    subprocess.call(x, shell=True){}\n"


class Recording(Command):
    """The real commands; remembers which files bandit was given."""

    def __init__(self) -> None:
        super().__init__()
        self.scanned: list[str] = []

    def run(self, args: Sequence[str], **options: Any) -> Ran:
        """Run it."""
        self.scanned += [a for a in args if a.startswith("./")]
        return super().run(args, **options)


def version_only(evidence: Evidence) -> Callable[[Sequence[str]], tuple[int, str]]:
    """A bandit of the version that made `evidence`, which cannot scan."""
    version = evidence.facts[0].source.tool_version
    return lambda args: (0, f"bandit {version}\n") if "--version" in args else (2, "")


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


def test_what_was_scanned_before_is_not_scanned_again_and_says_the_same(tmp_path: Path) -> None:
    files = {"app/a.py": SHELL.format(""), "b.py": CLEAN, "c.py": CLEAN, "broken.py": "def f(:\n"}
    cache = Cache(tmp_path / "results.sqlite")
    first = run_probe(bandit, repo=files, commands=Command(), cache=cache)
    again = run_probe(
        bandit, repo=files, commands=FakeCommand({"bandit": version_only(first)}), cache=cache
    )
    assert values(again) == values(first)
    assert again.findings == first.findings
    assert problems(again) == problems(first)
    assert "4 files with results kept by content" in (again.facts[0].source.arguments or ())


def test_only_what_changed_is_scanned_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "results.sqlite")
    run_probe(bandit, repo={"a.py": CLEAN, "b.py": CLEAN + "\n"}, commands=Command(), cache=cache)
    commands = Recording()
    changed = {"a.py": SHELL.format(""), "moved.py": CLEAN}
    seen = values(run_probe(bandit, repo=changed, commands=commands, cache=cache))
    assert (seen["sast.high"], seen["sast.files_scanned"]) == (1, 2)
    assert commands.scanned == ["./a.py"]


def test_false_green_a_result_of_another_version_of_bandit_is_not_taken(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "results.sqlite")
    run_probe(bandit, repo={"a.py": CLEAN}, commands=Command(), cache=cache)
    other = FakeCommand(
        {"bandit": lambda args: (0, "bandit 0.0.1") if "--version" in args else (2, "")}
    )
    evidence = run_probe(bandit, repo={"a.py": CLEAN}, commands=other, cache=cache)
    assert values(evidence) == {}
    assert problems(evidence) == ["crashed"]
