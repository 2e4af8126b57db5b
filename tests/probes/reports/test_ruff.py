"""What reports.ruff says, with the real ruff."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.command import Command
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.reports.ruff import ruff

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
    assert set(problems(run_probe(ruff, repo={}))) == {"vacuous"}


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


LONG = f"x = {'a' * 40!r} + {'b' * 50!r}\n".replace("'", '"')


def unformatted(files: dict[str, str | bytes | Trouble]) -> object:
    return values(checked(files)).get("format.unformatted_files")


def test_black_settings_decide_where_only_black_is_configured() -> None:
    wide = "[tool.black]\nline-length = 120\n"
    assert unformatted({"app.py": LONG}) == 1
    assert unformatted({"app.py": LONG, "pyproject.toml": wide}) == 0
    assert unformatted({"app.py": LONG, "pyproject.toml": wide, "ruff.toml": ""}) == 1
    assert (
        unformatted({"app.py": LONG, "pyproject.toml": "[tool.black]\nline-length = true\n"}) == 1
    )


def test_quotes_stay_where_black_leaves_them() -> None:
    files: dict[str, str | bytes | Trouble] = {"app.py": "x = 'a'\n"}
    keep = "[tool.black]\nskip-string-normalization = true\n"
    assert (unformatted(files), unformatted(files | {"pyproject.toml": keep})) == (1, 0)


@pytest.mark.parametrize(
    "pattern", ["'/migrations/'", "'''\n/(\n  migrations  # made by Django\n)/\n'''", "'b[.]py$'"]
)
def test_what_black_leaves_out_is_left_out(pattern: str) -> None:
    files: dict[str, str | bytes | Trouble] = {
        "app/a.py": CLEAN,
        "app/c.py": CLEAN,
        "app/migrations/b.py": "x = {  1:2 }\n",
        "pyproject.toml": f"[tool.black]\nextend-exclude = {pattern}\n",
    }
    assert values(checked(files))["format.files_checked"] == 2
    assert unformatted(files) == 0
    assert unformatted(files | {"ruff.toml": ""}) == 1


def test_a_pattern_of_black_that_is_broken_or_leaves_out_most_proves_no_format() -> None:
    for pattern in ("(", ".*", "^/[^b]"):
        files: dict[str, str | bytes | Trouble] = {
            "a.py": CLEAN,
            "c.py": CLEAN,
            "b.py": CLEAN,
            "pyproject.toml": f"[tool.black]\nexclude = '{pattern}'\n",
        }
        evidence = checked(files)
        assert "format.unformatted_files" not in values(evidence)
        assert len(evidence.problems) == 1


def test_settings_of_a_folder_and_those_that_they_extend_are_obeyed() -> None:
    files: dict[str, str | bytes | Trouble] = {
        "app/a.py": LONG,
        "app/ruff.toml": 'extend = "../config/base.toml"\n',
        "config/base.toml": "line-length = 120\n",
    }
    assert unformatted(files) == 0


def test_settings_that_ask_for_another_output_are_counted_all_the_same() -> None:
    assert unformatted({"app.py": LONG, "ruff.toml": 'output-format = "json"\n'}) == 1


def test_false_green_settings_above_the_private_copy_do_not_join_in(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("line-length = 200\n")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.14"\n'
    )
    call = (
        "import sys, tempfile\n"
        f"tempfile.tempdir = {str(tmp_path)!r}\n"
        "from auditor.probing.command import Command\n"
        "from auditor.probing.testing import run_probe\n"
        "from probes.reports.ruff import ruff\n"
        "files = {'app.py': sys.argv[1], 'b.py': sys.argv[2], 'c/d.py': '', 'c/ruff.toml': ''}\n"
        "seen = run_probe(ruff, repo=files, commands=Command())\n"
        "(fact,) = [f for f in seen.facts if f.key == 'format.unformatted_files']\n"
        "print(fact.value, *(place.path for place in fact.locations))\n"
    )
    caught = "try:\n    pass\nexcept (KeyError, ValueError):\n    pass\n"
    done = subprocess.run(
        [sys.executable, "-c", call, LONG, caught], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "app.py"]


@pytest.mark.parametrize(
    "extended", ["/etc/passwd", "~/x.toml", "$HOME/x.toml", "../../x.toml", "no.toml"]
)
def test_settings_that_lead_out_of_the_repository_are_not_followed(extended: str) -> None:
    evidence = checked({"app.py": CLEAN, "ruff.toml": f"extend = '{extended}'\n"})
    assert "format.unformatted_files" not in values(evidence)
    assert values(evidence)["lint.violations"] == 0
    assert problems(evidence) == ["not_configured"]
    assert extended in evidence.problems[0].message


def test_settings_that_cannot_be_read_leave_the_format_unknown() -> None:
    for broken in ("line-length = [\n", b"\xff", Trouble(ProblemKind.DENIED, "no")):
        evidence = checked({"app.py": CLEAN, "ruff.toml": broken})
        assert set(values(evidence)) == {
            "lint.violations", "lint.suppressed", "lint.files_checked",
        }  # fmt: skip
        assert len(evidence.problems) == 1


def test_broken_settings_of_test_data_do_not_matter() -> None:
    assert unformatted({"app.py": CLEAN, "tests/data/pyproject.toml": "[broken"}) == 0


def test_a_damaged_report_of_ruff_is_said_and_hides_nothing() -> None:
    report = '[{"code": "F401", "end_location": {"row": 1}, "filename": "a.py", "noqa'
    evidence = checked({"app.py": CLEAN, "reports/ruff.json": report})
    assert values(evidence)["lint.violations"] == 0
    assert problems(evidence) == ["malformed"]
    assert "reports/ruff.json" in evidence.problems[0].message


def test_the_next_steps_of_another_language_are_of_lint_and_of_format() -> None:
    evidence = run_probe(ruff, repo={"a.ts": "export const a = 1\n" * 40})
    steps = {problem.facts[0]: problem.hint for problem in evidence.problems}
    assert "eslint" in steps["lint.violations"]
    assert "prettier" in steps["format.unformatted_files"]
