"""The example service, really running: on a free loopback port, with a bounded life."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ORDERS = Path(__file__).resolve().parents[2] / "examples" / "orders"
LIFE_S = 180


@contextmanager
def orders(folder: Path, **settings: str) -> Iterator[str]:
    """Run it with its data in `folder`, and give its URL; `settings` are ORDERS_* variables."""
    mine = {f"ORDERS_{name.upper()}": value for name, value in settings.items()}
    command = ["-m", "orders", "--host", "127.0.0.1", "--port", "0", "--lifetime", str(LIFE_S)]
    server = subprocess.Popen(
        [sys.executable, *command], cwd=ORDERS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=os.environ | {"ORDERS_DATABASE_PATH": str(folder / "orders.db"), **mine},
    )  # fmt: skip
    assert server.stdout is not None
    try:
        yield _url(server.stdout)
    finally:
        server.terminate()
        server.wait(timeout=20)
        server.stdout.close()


def _url(log: IO[str]) -> str:
    """Where it says that it listens; its log is read from then on, or a full pipe would stop it."""
    for line in log:
        said = json.loads(line) if line.startswith("{") else {}
        if said.get("event") == "listening":
            threading.Thread(target=log.read, daemon=True).start()
            return str(said["url"])
    raise AssertionError("the example service did not start")
