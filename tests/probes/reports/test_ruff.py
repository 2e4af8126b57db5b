"""What reports.ruff says, with the real ruff."""

from __future__ import annotations

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.command import Command
from auditor.probing.testing import problems, run_probe, values
from auditor.probing.trouble import Trouble
from probes.reports.ruff import black, ruff

CLEAN = "def add(a, b):\n    return a + b\n"
UNUSED = "import os{}\n\n\ndef add(a, b):\n    return a + b\n"


def checked(files: dict[str, str | bytes | Trouble]) -> Evidence:
    """Run the probe with the real ruff."""
    return run_probe(ruff, repo=files, commands=Command())


def test_present_clean_source_is_observed_to_be_clean() -> None:
    evidence = checked({"app.py": CLEAN})
    assert values(evidence) == {
        "lint.violations": 0,
        "lint.suppressed": 0,
        "lint.files_checked": 1,
        "format.unformatted_files": 0,
        "format.files_checked": 1,
    }
    assert {f.level.value for f in evidence.facts} == {"observed"}


def test_missing_tool_gives_no_figure() -> None:
    assert values(run_probe(ruff, repo={"app.py": CLEAN})) == {}


def test_an_empty_repository_has_nothing_to_check() -> None:
    assert problems(run_probe(ruff, repo={})) == ["vacuous"]


def test_a_file_that_does_not_parse_is_a_violation_and_its_format_is_not_known() -> None:
    evidence = checked({"app.py": "def f(:\n"})
    assert values(evidence)["lint.violations"] != 0
    assert "format.unformatted_files" not in values(evidence)
    assert problems(evidence) == ["malformed"]


def test_a_file_that_may_not_be_read_leaves_all_unknown() -> None:
    evidence = checked({"app.py": CLEAN, "b.py": Trouble(ProblemKind.DENIED, "no")})
    assert values(evidence) == {}
    assert problems(evidence) == ["denied"]


def test_a_violation_is_a_finding_with_its_place() -> None:
    finding = checked({"app/a.py": UNUSED.format("")}).findings[0]
    assert (finding.rule, finding.location.path, finding.location.line) == ("F401", "app/a.py", 1)


def test_unformatted_files_are_counted_by_place() -> None:
    evidence = checked({"app.py": "x = {  1:2 }\n"})
    assert values(evidence)["format.unformatted_files"] == 1


def test_false_green_the_targets_empty_rule_set_does_not_make_it_clean() -> None:
    files: dict[str, str | bytes | Trouble] = {
        "app.py": UNUSED.format(""),
        "ruff.toml": "[lint]\nselect = []\nignore = ['ALL']\n",
    }
    seen = values(checked(files))
    assert (seen["lint.violations"], seen["lint.own_rules_violations"]) == (1, 0)


def test_false_green_noqa_is_counted() -> None:
    seen = values(checked({"app.py": UNUSED.format("  # noqa")}))
    assert (seen["lint.violations"], seen["lint.suppressed"]) == (0, 1)


def test_false_green_a_configuration_that_leaves_out_everything_proves_no_format() -> None:
    evidence = checked({"app.py": "x = {  1:2 }\n", "ruff.toml": "exclude = ['*']\n"})
    assert "format.unformatted_files" not in values(evidence)
    assert problems(evidence) == ["vacuous"]


def test_black_settings_decide_where_only_black_is_configured() -> None:
    config = {"pyproject.toml": b"[tool.black]\nline-length = 120\n"}
    assert black(config) == ["--line-length", "120"]
    assert black(config | {"ruff.toml": b""}) == []
