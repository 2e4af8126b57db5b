"""Ctrl-C ends the audit at once, and everything that it had begun."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

_TOOL = """
import signal
from auditor.probing.command import Command
signal.signal(signal.SIGINT, signal.default_int_handler)
Command().run(["sh", "-c", "echo $$ > '{file}'; exec sleep 60"], timeout_s=60)
"""
_AUDIT = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
import sys
from auditor.cli.main import main
sys.argv = ["auditor", "audit", ".", "--quiet", "--no-cache", "--only", "live.*", "--url", "{url}"]
main()
"""


def interrupted(code: str, ready: Path | float, cwd: Path) -> tuple[int, float]:
    """Run Python, interrupt it once a file is there or after seconds; its exit code and how long it took."""
    process = subprocess.Popen(
        (sys.executable, "-P", "-c", code),
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until = time.monotonic() + 20
    if isinstance(ready, Path):
        while not (ready.is_file() and ready.read_text().strip()) and time.monotonic() < until:
            time.sleep(0.05)
    else:
        time.sleep(ready)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=30)
    finally:
        process.kill()
    return process.returncode, time.monotonic() - started


def test_a_tool_that_runs_is_ended_with_the_auditor(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    code, took = interrupted(_TOOL.format(file=file), file, tmp_path)
    assert code != 0
    assert took < 8
    pid = int(file.read_text())
    for _ in range(40):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail(f"the tool (process {pid}) still runs")


def test_a_deployment_that_never_answers_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        code, took = interrupted(_AUDIT.format(url=url), 4.0, tmp_path)
    assert code == 130
    assert took < 4, "the wait for an answer lasts 10 s"
