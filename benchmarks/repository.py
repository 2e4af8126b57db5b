"""Audits of a large made-up repository: the first, one with nothing changed, one with ten files changed.

Static phase without external tools, beside `git status`, ripgrep and a bare tree-sitter parse of the same files.
Ratios are of processor time, which a busy machine changes less than wall time.
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

_BYTECODE = tempfile.TemporaryDirectory()


@dataclass
class Measure:
    """Wall seconds, processor seconds and peak memory (MB) of one process."""

    wall: float
    cpu: float
    memory: float


def run(args: list[str], cwd: Path) -> Measure:
    """Run a command to its end; Python keeps its bytecode, as it does where the auditor is installed."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = _BYTECODE.name
    started = time.perf_counter()
    process = subprocess.Popen(
        args, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
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


BASES = ("git status", "ripgrep", "parse")
"""What the audits are set beside, where it could be measured."""
START = "start-up (auditor --version)"
UNCHANGED = "second audit, nothing changed"
CHANGED = "audit, ten files changed"


def baselines(folder: Path, auditor: list[str]) -> dict[str, Measure]:
    """What others take for the same files, and what every command of the auditor takes."""
    rows = {BASES[0]: best(["git", "status"], folder)}
    if shutil.which("rg"):
        rows[BASES[1]] = best(["rg", "-c", "ValueError"], folder)
    rows[BASES[2]] = best([sys.executable, "-c", PARSE, "."], folder)
    rows[START] = best([*auditor, "--version"], folder)
    return rows


def change(folder: Path, modules: list[str]) -> None:
    """Append a line to ten files, far from each other."""
    for module in modules[:: max(1, len(modules) // 10)][:10]:
        path = folder / module
        path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    time.sleep(SETTLED_S)


def table(rows: dict[str, Measure]) -> list[str]:
    """The rows with the ratios of their processor time to each base; "-" for a base that is not there."""
    bases = [rows.get(name) for name in BASES]
    lines = [f"{'':<32}{'wall':>10}{'cpu':>10}{'memory':>10}   {'cpu / ' + BASES[0]:>16}"
             + "".join(f"{'/ ' + name:>11}" for name in BASES[1:])]  # fmt: skip
    for title, m in rows.items():
        ratios = [f"{m.cpu / base.cpu:.1f}" if base and base.cpu else "-" for base in bases]
        lines.append(
            f"{title:<32}{m.wall:>8.2f} s{m.cpu:>8.2f} s{m.memory:>7.0f} MB   {ratios[0]:>16}"
            + "".join(f"{ratio:>11}" for ratio in ratios[1:])
        )
    return lines


def main() -> None:
    """Print a table of seconds, memory and ratios, and what the audits cost over start-up."""
    from auditor.probing.repository.own_state import own_state

    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    auditor = [sys.executable, "-P", "-m", "auditor"]
    state = own_state.__wrapped__()
    with tempfile.TemporaryDirectory() as name:
        folder, cache = Path(name) / "repository", Path(name) / "cache"
        folder.mkdir()
        modules = make(folder, count)
        time.sleep(SETTLED_S)
        options = ["--offline", "--quiet", "--cache", str(cache), *static_probes()]
        audit = [*auditor, "audit", ".", *options]
        rows = baselines(folder, auditor)
        rows["first audit"] = run(audit, folder)
        rows[UNCHANGED] = best(audit, folder)
        change(folder, modules)
        rows[CHANGED] = run(audit, folder)
    print(f"{count:,} files")
    print("\n".join(table(rows)))
    if BASES[1] not in rows:
        print("ripgrep is not installed, so it is left out.")
    for title in (UNCHANGED, CHANGED):
        over = rows[title].cpu - rows[START].cpu
        print(f"{title}: {over:.2f} s of processor time over start-up")
    if own_state.__wrapped__() != state:
        print("The auditor's own files changed meanwhile, so nothing that was kept was taken.")


if __name__ == "__main__":
    main()
