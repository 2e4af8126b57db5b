"""A whole static audit of a made-up repository, beside `git status` on it. Run: python benchmarks/audit.py [FILES]"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = '''"""Module {n}."""

import json


def load_{n}(path: str) -> dict[str, int]:
    """Read the settings."""
    with open(path, encoding="utf-8") as file:
        values = json.load(file)
    # Values are counted from one.
    return {{str(k): int(v) + {n} for k, v in values.items()}}


class Store{n}:
    """Keeps what was loaded."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {{}}

    def add(self, name: str, value: int) -> None:
        if value < 0:
            raise ValueError(f"{{name}} is negative")
        self.values[name] = value
'''


def make(folder: Path, count: int) -> None:
    """A git repository of `count` Python files in packages of fifty."""
    for n in range(count):
        path = folder / "app" / f"package_{n // 50}" / f"module_{n}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SOURCE.format(n=n), encoding="utf-8")
    identity = ("-c", "user.name=b", "-c", "user.email=b@b.invalid")
    for args in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "first")):
        subprocess.run(("git", *identity, *args), cwd=folder, check=True)


def seconds(args: list[str], cwd: Path) -> float:
    """The best of three wall times."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run(
            args, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    """Print seconds and the ratio to `git status`."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, count)
        auditor = [sys.executable, "-P", "-m", "auditor", "audit", ".", "--offline", "--quiet"]
        external = ("reports.bandit", "reports.ruff", "reports.pip_audit")
        static = [f"--only={p}.*" for p in ("repo", "code", "ci", "infra", "monitoring", "people")]
        static += ["--only=reports.coverage", "--only=reports.tests", "--only=reports.features"]
        rows = {
            "git status": ["git", "status"],
            f"audit without {', '.join(e.partition('.')[2] for e in external)}": [
                *auditor,
                *static,
            ],
            "audit, everything": auditor,
        }
        measured = {title: seconds(args, folder) for title, args in rows.items()}
    base = measured["git status"]
    print(f"{count} files")
    for title, value in measured.items():
        print(f"{title:<44}{value:>8.2f} s{value / base:>9.1f} x git status")


if __name__ == "__main__":
    main()
