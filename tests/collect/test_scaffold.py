"""`auditor probes new`: a probe and its test that run as they are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from auditor.cli.probes import command
from auditor.collect.scaffold import write_probe
from auditor.collect.target import WrongUse

PROJECT = Path(__file__).parents[2]


def test_a_new_probe_passes_its_tests(tmp_path: Path) -> None:
    written = write_probe("infra.helm_chart", tmp_path)
    assert [p.relative_to(tmp_path).as_posix() for p in written] == [
        "probes/infra/helm_chart.py",
        "tests/probes/infra/test_helm_chart.py",
        "probes/infra/__init__.py",
    ]
    # Its package must be the one that is found, so the project's own is not on this path.
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1"}
    script = (
        "import sys, pathlib, importlib.util, pytest\n"
        "import probes.infra\n"
        "probes.infra.__path__.insert(0, str(pathlib.Path('probes/infra').resolve()))\n"
        "sys.exit(pytest.main(['-q', '-p', 'no:cacheprovider', '-p', 'no:randomly', '-W', 'error',"
        " '--import-mode=importlib', '--rootdir=.', 'tests']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(PROJECT)!r})\nimport auditor\n{script}"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 passed" in done.stdout


@pytest.mark.parametrize("name", ["infra.ab", "monitoring.recording_rules"])
def test_a_new_probe_is_clean_by_the_rules_of_the_project(tmp_path: Path, name: str) -> None:
    written = write_probe(name, tmp_path)
    own = ("--select=E,F,I", "--config", "lint.isort.known-first-party = ['auditor', 'probes']")
    for task in (("check", *own), ("format", "--check")):
        settings = ("--isolated", "--no-cache", "--config", "line-length = 100")
        done = subprocess.run(
            (sys.executable, "-m", "ruff", *task, *settings, *map(str, written)),
            cwd=PROJECT, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "name",
    ["", "helm", "infra", "infra.Helm", "infra.helm.chart", "../x.y", "infra.2", "infra.class"],
)
def test_a_bad_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongUse, match="is no probe id; write a group and a name"):
        write_probe(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    first, *_ = write_probe("infra.helm", tmp_path)
    first.write_text("mine")
    with pytest.raises(WrongUse, match="is there already"):
        write_probe("infra.helm", tmp_path)
    assert first.read_text() == "mine"
    _, _, *package = write_probe("infra.other", tmp_path)
    assert package == [], "the package is there already"


def test_the_id_of_an_installed_probe_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["new", "reports.coverage", "--into", str(tmp_path)])
    assert done.exit_code == 2
    assert "There is a probe 'reports.coverage' already" in done.output
    assert list(tmp_path.iterdir()) == []


def test_outside_the_project_the_way_to_plug_it_in_is_told(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["new", "acme.labels", "--into", str(tmp_path)])
    assert done.exit_code == 0
    assert '[project.entry-points."auditor.probes"]' in done.output
