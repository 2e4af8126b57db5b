"""Audits of a large made-up repository: the first, one with nothing changed, one with ten files changed.

Static phase without external tools, beside `git status`, ripgrep and a bare parse of the same files.
Run: python benchmarks/repository.py [FILES]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from made_service import make

WITH_TOOLS = (
    "reports.bandit",
    "reports.ruff",
    "reports.pip_audit",
    "reports.types",
    "reports.secrets",
)
PARSE = """\
import sys
from pathlib import Path
from ast_grep_py import SgRoot
for path in Path(sys.argv[1]).rglob("*.py"):
    SgRoot(path.read_text(encoding="utf-8"), "python").root()
"""
SETTLED_S = 3.0
"""A file that was written within the last two seconds is not taken as unchanged."""


@dataclass
class Measure:
    """Wall seconds, processor seconds and peak memory (MB) of one process."""

    wall: float
    cpu: float
    memory: float


def run(args: list[str], cwd: Path) -> Measure:
    """Run a command to its end."""
    started = time.perf_counter()
    process = subprocess.Popen(args, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    return Measure(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def best(args: list[str], cwd: Path, times: int = 3) -> Measure:
    """The quickest of several runs."""
    return min((run(args, cwd) for _ in range(times)), key=lambda m: m.wall)


def static_probes() -> list[str]:
    """The static probes that call no tool, as options."""
    from auditor.collect.registry import find_probes
    from auditor.model.probe import Phase

    names = [p.spec.id for p in find_probes() if p.spec.phase is Phase.STATIC]
    return [f"--only={name}" for name in names if name not in WITH_TOOLS]


def main() -> None:
    """Print a table of seconds, memory and the ratio to `git status`."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    auditor = [sys.executable, "-P", "-m", "auditor"]
    with tempfile.TemporaryDirectory() as name:
        folder, cache = Path(name) / "repository", Path(name) / "cache"
        folder.mkdir()
        modules = make(folder, count)
        time.sleep(SETTLED_S)
        audit = [
            *auditor,
            "audit",
            ".",
            "--offline",
            "--quiet",
            "--cache",
            str(cache),
            *static_probes(),
        ]
        rows: dict[str, Measure] = {"git status": best(["git", "status"], folder)}
        if shutil.which("rg"):
            rows["ripgrep for one word"] = best(["rg", "-c", "ValueError"], folder)
        rows["parse of every file, nothing else"] = run([sys.executable, "-c", PARSE, "."], folder)
        rows["auditor --version (start-up)"] = best([*auditor, "--version"], folder)
        rows["first audit"] = run(audit, folder)
        rows["second audit, nothing changed"] = best(audit, folder)
        for module in modules[:: len(modules) // 10][:10]:
            path = folder / module
            path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
        time.sleep(SETTLED_S)
        rows["audit with ten files changed"] = run(audit, folder)
    base = rows["git status"].wall
    print(f"{count:,} files")
    print(f"{'':<36}{'wall':>9}{'cpu':>9}{'memory':>10}{'x git status':>15}")
    for title, m in rows.items():
        print(
            f"{title:<36}{m.wall:>7.2f} s{m.cpu:>7.2f} s{m.memory:>7.0f} MB{m.wall / base:>15.1f}"
        )


if __name__ == "__main__":
    main()
