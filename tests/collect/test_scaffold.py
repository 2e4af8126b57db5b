"""`auditor probes new`: a probe and its test that run as they are."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    "name", ["", "helm", "infra", "infra.Helm", "infra.helm.chart", "../x.y", "infra.2"]
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
