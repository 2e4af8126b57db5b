"""The gate on a small change, beside a full audit of the same repository.

Static phase without external tools. Run: python benchmarks/gate.py [FILES]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made_service import make
from repository import SETTLED_S, Measure, run, static_probes

IDENTITY = ("-c", "user.name=bench", "-c", "user.email=bench@example.invalid")


def git(folder: Path, *args: str) -> None:
    """Run git in the repository."""
    subprocess.run(("git", *IDENTITY, *args), cwd=folder, check=True, capture_output=True)


def main() -> None:
    """Print a table of seconds, memory and the ratio of processor time to the full audit."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # or each run compiles all its modules again
    auditor = [sys.executable, "-P", "-m", "auditor"]
    with tempfile.TemporaryDirectory() as name:
        folder, cache = Path(name) / "repository", Path(name) / "cache"
        folder.mkdir()
        modules = make(folder, count)
        git(folder, "checkout", "-q", "-B", "trunk")
        git(folder, "checkout", "-q", "-b", "change")
        common = [".", "--offline", "--quiet", *static_probes()]
        warm = ["--cache", str(cache)]
        time.sleep(SETTLED_S)
        rows: dict[str, Measure] = {}
        rows["full audit, nothing kept"] = run([*auditor, "audit", *common, "--no-cache"], folder)
        run([*auditor, "audit", *common, *warm], folder)
        gate = [*auditor, "gate", *common, *warm, "--against", "trunk"]
        change(folder, modules[0])
        rows["gate, one file changed, first"] = run(gate, folder)
        change(folder, modules[1])
        rows["gate, one more file changed"] = run(gate, folder)
        rows["gate again, nothing changed"] = run(gate, folder)
    base = rows["full audit, nothing kept"].cpu
    print(f"{count:,} files")
    print(f"{'':<34}{'wall':>9}{'cpu':>9}{'memory':>10}{'of the full audit':>20}")
    for title, m in rows.items():
        print(f"{title:<34}{m.wall:>7.2f} s{m.cpu:>7.2f} s{m.memory:>7.0f} MB{m.cpu / base:>20.2f}")


def change(folder: Path, module: str) -> None:
    """A commit on the branch that changes one file."""
    path = folder / module
    path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    git(folder, "commit", "-qam", "a small change")
    time.sleep(SETTLED_S)


if __name__ == "__main__":
    main()
