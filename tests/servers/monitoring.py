"""A real Prometheus, a real Alertmanager and a receiver of alerts: on loopback, with a bounded life."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.servers.orders import ORDERS

LIFE_S = 150
_START_S = 20.0
MONITORING = ORDERS / "monitoring"
WEBHOOK = "http://alerts.orders.internal/hook"
FIRE = """\
groups:
  - name: drill
    rules:
      - alert: OrdersDrill
        expr: up{job="orders"} == 1
        labels: {severity: critical}
"""


def monitoring_commands() -> tuple[str, str] | None:
    """The paths of Prometheus and Alertmanager, or None where one is not installed."""
    prometheus = shutil.which("prometheus")
    alertmanager = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
    return (prometheus, alertmanager) if prometheus and alertmanager else None


@contextmanager
def receiver() -> Iterator[tuple[str, list[str]]]:
    """A proxy that takes every POST itself, and the addresses that were called.

    So a webhook may be called by a name that this machine does not know.
    """
    called: list[str] = []

    class Take(BaseHTTPRequestHandler):
        timeout = 5

        def do_POST(self) -> None:
            self.rfile.read(min(int(self.headers.get("Content-Length", "0")), 1_000_000))
            called.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Take)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", called
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


@contextmanager
def alertmanager(command: str, folder: Path, configuration: str) -> Iterator[str]:
    """Run an Alertmanager without a cluster and give its URL."""
    folder.mkdir()
    (folder / "alertmanager.yml").write_text(configuration, encoding="utf-8")
    port = _free_port()
    options = [
        f"--config.file={folder / 'alertmanager.yml'}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    with _running([command, *options], folder / "log", port) as url:
        yield url


def example_configuration(proxy: str, webhook: str = WEBHOOK) -> str:
    """The example's own configuration, filled in, and quicker."""
    text = (MONITORING / "alertmanager.yml").read_text(encoding="utf-8")
    text = text.replace("${ALERT_WEBHOOK_URL}", webhook)
    text = text.replace("group_wait: 10s", "group_wait: 0s").replace(
        "group_wait: 30s", "group_wait: 0s"
    )
    return text.replace("global:\n", f"global:\n  http_config: {{proxy_url: '{proxy}'}}\n")


@contextmanager
def prometheus(
    command: str, folder: Path, service: str, manager: str, *, drill: bool = False
) -> Iterator[str]:
    """Run a Prometheus that scrapes the example service, with its rules, and give its URL."""
    folder.mkdir()
    rules = (MONITORING / "rules" / "orders.yml").read_text(encoding="utf-8")
    (folder / "orders.yml").write_text(rules.replace("interval: 30s", "interval: 1s"), "utf-8")
    if drill:
        (folder / "drill.yml").write_text(FIRE, encoding="utf-8")
    (folder / "prometheus.yml").write_text(
        f"""\
global: {{scrape_interval: 250ms, scrape_timeout: 250ms, evaluation_interval: 500ms}}
rule_files: ["{folder}/orders.yml", "{folder}/drill.yml"]
alerting:
  alertmanagers: [{{static_configs: [{{targets: ["{urlsplit(manager).netloc}"]}}]}}]
scrape_configs:
  - job_name: orders
    static_configs: [{{targets: ["{urlsplit(service).netloc}"]}}]
""",
        encoding="utf-8",
    )
    port = _free_port()
    options = [
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--rules.alert.resend-delay=1s",
    ]
    with _running([command, *options], folder / "log", port) as url:
        yield url


def wait_until(found: Callable[[], bool], what: str, seconds: float = 30.0) -> None:
    """Wait for something that comes by itself."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found():
            return
        time.sleep(0.1)
    raise AssertionError(f"{what} did not come within {seconds} s")


def evaluated(url: str) -> bool:
    """Whether Prometheus has evaluated every rule, and scraped every target, at least once."""
    rules = httpx.get(f"{url}/api/v1/rules", trust_env=False).json()["data"]["groups"]
    found = [rule["health"] for group in rules for rule in group["rules"]]
    targets = httpx.get(f"{url}/api/v1/targets", trust_env=False).json()["data"]["activeTargets"]
    return bool(found) and "unknown" not in found + [target["health"] for target in targets]


@contextmanager
def _running(command: list[str], log: Path, port: int) -> Iterator[str]:
    # timeout: should the tests be killed, the server ends by itself.
    with log.open("wb") as out:
        server = subprocess.Popen(["timeout", str(LIFE_S), *command], stdout=out, stderr=out)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: _ready(server, url, log), command[0], _START_S)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def _ready(server: subprocess.Popen[bytes], url: str, log: Path) -> bool:
    assert server.poll() is None, log.read_text(encoding="utf-8", errors="replace")
    try:
        return httpx.get(f"{url}/-/ready", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as line:
        return int(line.getsockname()[1])
