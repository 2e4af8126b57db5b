"""Bandit as the auditor runs it, beside `bandit -r`. Run by hand: python benchmarks/bandit.py [FOLDER]

Without FOLDER, a made-up repository of about 250,000 lines. Equal findings are checked.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from auditor.probing.command import Command
from auditor.probing.doors.cache import Cache
from auditor.probing.reports.bandit_scan import scan_files

LINES = 250_000
CHANGED = 10
MODULE = '''"""Module {n}."""

import hashlib
import subprocess


class Store{n}:
    """Keeps what was loaded."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.values: dict[str, int] = {{}}

    def digest(self, text: str) -> str:
        return hashlib.{digest}(text.encode()).hexdigest()

    def run(self, command: str) -> int:
        return subprocess.call(command.split(), shell={shell})

    def names(self) -> list[str]:
        return sorted(name for name, value in self.values.items() if value and name.isidentifier())

    def add(self, name: str, value: int) -> None:
        if value < 0:
            raise ValueError(f"{{name}} is negative: {{value}}")
        total = sum(self.values.get(name, 0) * factor for factor in range({n} % 7 + 1))
        self.values[name] = total + value if total else value

    def line(self, name: str) -> str:
        return f"{{name:<20}} {{self.values.get(name, 0):>8}} {{self.path}}"
'''


def made(lines: int) -> dict[str, bytes]:
    """Files of some size, of which a few hold findings."""
    files = {}
    count = 0
    number = 0
    while count < lines:
        parts = [
            MODULE.format(n=number + k, shell=k == 0, digest="md5" if k == 1 else "sha256")
            for k in range(8)
        ]
        text = "\n\n".join(parts)
        files[f"app/package_{number // 400}/module_{number}.py"] = text.encode()
        count += text.count("\n") + 1
        number += 8
    return files


def read(folder: Path) -> dict[str, bytes]:
    """The Python files of a folder."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*.py"))}


def plain(folder: Path) -> Counter[tuple[str, str, int]]:
    """The findings of `bandit -r`."""
    done = subprocess.run(
        ["bandit", "-r", "-q", "-f", "json", "--ignore-nosec", "."],
        cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    results = json.loads(done.stdout)["results"]
    return Counter(
        (r["filename"].removeprefix("./"), r["test_id"], r["line_number"]) for r in results
    )


def ours(files: dict[str, bytes], cache: Cache) -> Counter[tuple[str, str, int]]:
    """The findings of the auditor's own run."""
    scans, _ = scan_files(Command(), cache, files, observed_at="")
    return Counter((p, r.test_id, r.line) for p, scan in scans.items() for r in scan.results)


def timed(
    work: Callable[[], Counter[tuple[str, str, int]]],
) -> tuple[float, Counter[tuple[str, str, int]]]:
    """Seconds and findings."""
    started = time.perf_counter()
    found = work()
    return time.perf_counter() - started, found


def main() -> None:
    """Print seconds, and the ratio to `bandit -r`."""
    with tempfile.TemporaryDirectory() as name:
        files = read(Path(sys.argv[1])) if len(sys.argv) > 1 else made(LINES)
        folder = Path(name) / "target"
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        changed = dict(files)
        for path in list(files)[:: max(1, len(files) // CHANGED)][:CHANGED]:
            changed[path] = files[path] + b"\n\nCHANGED = True\n"
        cache = Cache(Path(name) / "cache" / "results.sqlite")
        base, expected = timed(lambda: plain(folder))
        rows = {"bandit -r": (base, expected)}
        rows["the auditor, nothing kept"] = timed(lambda: ours(files, cache))
        rows["the auditor, nothing changed"] = timed(lambda: ours(files, cache))
        rows[f"the auditor, {CHANGED} files changed"] = timed(lambda: ours(changed, cache))
    lines = sum(data.count(b"\n") for data in files.values())
    print(f"{len(files):,} files, {lines:,} lines")
    for title, (seconds, found) in rows.items():
        same = "equal" if found == expected else "DIFFERENT"
        print(
            f"{title:<36}{seconds:>8.2f} s{seconds / base:>8.3f} x   {sum(found.values()):>6,} findings, {same}"
        )


if __name__ == "__main__":
    main()
