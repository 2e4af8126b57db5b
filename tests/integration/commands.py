"""The command line as a user runs it, outside the checkout, and what it prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

Done = subprocess.CompletedProcess[str]
Audit = Callable[..., Done]
"""Runs the auditor with these arguments."""


def runner(home: Path) -> Audit:
    """Runs the command in `home`, with nothing of the developer's environment; `to` is its stdout."""

    def run(
        *args: str | Path,
        cwd: Path = home,
        env: Mapping[str, str] | None = None,
        to: Path | None = None,
    ) -> Done:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "COLUMNS": "80",
        } | {k: v for k, v in os.environ.items() if k.startswith("COVERAGE_")}
        with ExitStack() as stack:
            out = subprocess.PIPE if to is None else stack.enter_context(to.open("wb"))
            return subprocess.run(
                (sys.executable, "-P", "-m", "auditor", *map(str, args)),
                cwd=cwd, env=environment | dict(env or {}), stdout=out, stderr=subprocess.PIPE,
                text=True, timeout=120, check=False,
            )  # fmt: skip

    return run


def git_repository(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """A git repository with one commit."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first", "--allow-empty")
    return folder


def git(folder: Path, *args: str) -> None:
    """Git with an identity of its own."""
    subprocess.run(
        ("git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@t.invalid", *args),
        check=True, capture_output=True,
    )  # fmt: skip


def report_of(done: Done) -> Any:
    """The JSON report on stdout of an audit that completed."""
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def items_of(made: Any) -> dict[str, Any]:
    """Every item of a report by its id, in order."""
    return {i["id"]: i for c in made["categories"] for s in c["sections"] for i in s["items"]}


def passed(made: Any) -> list[str]:
    """The ids of the items that passed."""
    return [name for name, item in items_of(made).items() if item["verdict"] == "pass"]


def said_of(item: Any) -> str:
    """All that a report says of why an item is as it is."""
    return "\n".join(reason["text"] for reason in item["reasons"])
