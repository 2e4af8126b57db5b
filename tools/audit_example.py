"""The main job on the bundled example: report its tests, start it on loopback, audit both.

What `make audit` runs. The example is ours, so running its tests here is safe; the auditor itself
never runs anything of its target.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO

import httpx

HERE = Path(__file__).resolve().parent.parent
ORDERS = HERE / "examples" / "orders"
LIFETIME_S = 600
START_S = 60


def main() -> int:
    """Audit the example; the exit code is the auditor's."""
    parser = argparse.ArgumentParser(description="Audit the bundled example service.")
    parser.add_argument(
        "--html", default="readiness-report.html", help="where the HTML report goes"
    )
    options, more = parser.parse_known_args()
    say("1/3 The example service's own tests (they make its coverage and test reports)")
    report_tests()
    with tempfile.TemporaryDirectory(prefix="orders-") as folder:
        say("2/3 The example service, started on loopback")
        server, url = start(Path(folder))
        try:
            exercise(url)
            say(f"3/3 The audit of examples/orders and of {url}\n")
            return audit(url, options.html, more)
        finally:
            server.terminate()
            server.wait(timeout=20)


def say(text: str) -> None:
    """Progress goes to stderr; stdout is the report's."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def report_tests() -> None:
    """Run the example's tests, so that fresh reports of this very commit are there."""
    (ORDERS / "reports").mkdir(exist_ok=True)
    done = subprocess.run(
        (sys.executable, "-m", "pytest", "-q", "--cov", "--cov-branch",
         "--cov-report=xml:reports/coverage.xml", "--junit-xml=reports/junit.xml"),
        cwd=ORDERS, capture_output=True, text=True, check=False,
    )  # fmt: skip
    lines = done.stdout.strip().splitlines() or [done.stderr.strip()[-200:]]
    say(f"    {lines[-1]}")


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Start the service on a free port of loopback, with a bounded life; its URL once it listens."""
    commit = subprocess.run(
        ("git", "-C", str(HERE), "rev-parse", "HEAD"), capture_output=True, text=True, check=False
    ).stdout.strip()
    server = subprocess.Popen(
        (sys.executable, "-m", "orders", "--host", "127.0.0.1", "--port", "0", "--lifetime", str(LIFETIME_S)),
        cwd=ORDERS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=os.environ | {"ORDERS_DATABASE_PATH": str(folder / "orders.db"), "ORDERS_COMMIT": commit},
    )  # fmt: skip
    guard = threading.Timer(START_S, server.kill)
    guard.start()
    assert server.stdout is not None
    for line in server.stdout:
        said = json.loads(line) if line.startswith("{") else {}
        if said.get("event") == "listening":
            guard.cancel()
            threading.Thread(target=drain, args=(server.stdout,), daemon=True).start()
            return server, str(said["url"])
    guard.cancel()
    raise SystemExit(f"The example service did not start (exit code {server.wait()}).")


def drain(pipe: IO[str]) -> None:
    """Keep reading the service's log, or a full pipe would stop it."""
    for _line in pipe:
        continue


def exercise(url: str) -> None:
    """A few orders, one of them cancelled, so that the business metrics have something to say."""
    with httpx.Client(base_url=url, timeout=10, trust_env=False) as client:
        for number in range(3):
            order = client.post(
                "/orders",
                headers={"Idempotency-Key": f"example-{number}"},
                json={
                    "customer_id": f"c-{number}",
                    "lines": [{"sku": "TEA-250", "quantity": 1 + number, "unit_price_cents": 590}],
                },
            )
            order.raise_for_status()
        client.post(f"/orders/{order.json()['id']}/cancel").raise_for_status()


def audit(url: str, html: str, more: list[str]) -> int:
    """Run the auditor as a user would."""
    return subprocess.run(
        (str(Path(sys.executable).parent / "auditor"), "audit", str(ORDERS), "--url", url,
         "--format", "terminal", "--format", f"html={html}", *more),
        check=False,
    ).returncode  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
