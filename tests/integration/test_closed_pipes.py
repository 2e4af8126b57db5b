"""Whoever reads stdout or stderr may leave early, as `head` does; no report is lost by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.commands import git_repository

_GONE = (
    "import os, sys; r, w = os.pipe(); os.close(r); {dups}; os.execv(sys.executable, sys.argv[1:])"
)


def run(
    folder: Path, *args: str | Path, closed: tuple[int, ...]
) -> subprocess.CompletedProcess[str]:
    """The command with these streams being pipes that nobody reads any more."""
    dups = "; ".join(f"os.dup2(w, {number})" for number in closed)
    command = (sys.executable, "-P", "-m", "auditor", *map(str, args))
    return subprocess.run(
        (sys.executable, "-c", _GONE.format(dups=dups), *command),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("closed", [(2,), (1, 2), (1,)])
def test_reports_are_written_and_the_exit_code_stands(
    closed: tuple[int, ...], tmp_path: Path
) -> None:
    target = git_repository(tmp_path / "r", {"README.md": "# hello\n"})
    asked = ("audit", target, "--offline", "--only", "repo.*", "--bundle", tmp_path / "bundle")
    formats = ("--format", f"json={tmp_path / 'r.json'}", "--format", "terminal")
    done = run(tmp_path, *asked, *formats, closed=closed)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert json.loads((tmp_path / "r.json").read_text())["schema_version"] == "1"
    assert (tmp_path / "bundle" / "manifest.json").is_file()
    gated = run(tmp_path, "audit", target, "--offline", "--fail-on", "blocker", closed=closed)
    assert gated.returncode == 1


def test_a_failed_probe_that_cannot_be_told_stops_nothing(tmp_path: Path) -> None:
    target = git_repository(tmp_path / "r", {"README.md": "# hello\n"})
    url = ("--url", "http://127.0.0.1:9", "--format", f"json={tmp_path / 'r.json'}")
    assert run(tmp_path, "audit", target, "--only", "live.*", *url, closed=(2,)).returncode == 0
    assert (tmp_path / "r.json").is_file()


def test_wrong_use_keeps_its_exit_code(tmp_path: Path) -> None:
    assert run(tmp_path, "audit", tmp_path / "gone", closed=(1, 2)).returncode == 2
    assert run(tmp_path, "audti", closed=(1, 2)).returncode == 2


@pytest.mark.parametrize(
    "args", [("checklist", "show", "production-readiness"), ("probes", "list")]
)
def test_a_list_that_nobody_reads_to_its_end_is_no_failure(
    args: tuple[str, ...], tmp_path: Path
) -> None:
    done = run(tmp_path, *args, closed=(1,))
    assert (done.returncode, done.stderr) == (0, "")
