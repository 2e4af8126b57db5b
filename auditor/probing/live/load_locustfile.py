"""The locustfile of `live.load`, run by Locust and never imported: one stage of an open load.

It reads `plan.json` beside it. Requests leave at fixed moments, whatever the service does, and each is
timed from the moment at which it should have left, so a stall is not hidden by waiting for its end. A
request finds no place where too many are under way; it is counted as dropped. The last line that it
prints is read by `auditor.formats.load.load_stage`.
"""

from __future__ import annotations

import json
import os
import resource
import ssl
import sys
import time
from collections import Counter, deque
from pathlib import Path
from typing import Any

import gevent
import gevent.ssl
from locust import FastHttpUser, __version__

PLAN: dict[str, Any] = json.loads(Path("plan.json").read_text(encoding="utf-8"))
_MOST_BYTES = 2 * 1024**3
_RECENT = 200
_FEWEST = 50


class Stage:
    """What was sent and answered, and why it ended early, if so."""

    def __init__(self) -> None:
        self.planned = self.sent = self.failed = self.dropped = self.under_way = self.received = 0
        self.statuses: Counter[str] = Counter()
        self.latency: Counter[float] = Counter()
        self.lag: Counter[float] = Counter()
        self.recent: deque[tuple[bool, float]] = deque(maxlen=_RECENT)
        self.aborted = ""

    def finished(self, status: int, seconds: float, size: int) -> None:
        """One answer, or status 0 where none came."""
        bad = not (200 <= status < 300 or status == 304)
        self.failed += bad
        self.received += size
        self.statuses[str(status)] += 1
        if (
            not status
        ):  # however soon a connection broke, its caller waits as for one that never came
            seconds = max(seconds, PLAN["timeout_s"])
        if not bad or not status:  # a quick refusal would flatter
            self.latency[digits(seconds)] += 1
        self.recent.append((bad, seconds))

    def trouble(self) -> str:
        """Why the stage must end now; "" while it need not."""
        if self.dropped > max(_FEWEST, PLAN["most_under_way"] // 10):
            return "too many requests were under way"
        if len(self.recent) < _FEWEST:
            return ""
        if sum(bad for bad, _ in self.recent) > PLAN["abort_error_share"] * len(self.recent):
            return "too many requests failed"
        mean = sum(seconds for _, seconds in self.recent) / len(self.recent)
        return "answers took too long" if mean > PLAN["abort_mean_s"] else ""


def digits(seconds: float) -> float:
    """Milliseconds with three digits: fine enough for a percentile, few enough to count."""
    return float(f"{max(seconds, 0.0) * 1000:.3g}")


def trusted(**_: Any) -> ssl.SSLContext:
    """Whom the system trusts, or SSL_CERT_FILE, as for every other request of the audit."""
    context: ssl.SSLContext = gevent.ssl.create_default_context()
    if not context.get_ca_certs() and "SSL_CERT_FILE" not in os.environ:
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def drive(user: Any) -> None:
    """The whole stage; then Locust ends."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))  # bodies may be of any size
    stage = Stage()
    rate, paths = float(PLAN["rate"]), PLAN["paths"]
    stage.planned = max(1, min(round(rate * PLAN["seconds"]), PLAN["most_requests"]))
    started_at, start, cpu = time.time(), time.monotonic(), time.process_time()
    under_way: set[gevent.Greenlet] = set()
    for number in range(stage.planned):
        due = start + number / rate
        wait = due - time.monotonic()
        gevent.sleep(wait if wait > 0 else 0)
        stage.aborted = stage.trouble()
        if stage.aborted:
            break
        stage.lag[digits(time.monotonic() - due)] += 1
        if stage.under_way >= PLAN["most_under_way"]:
            stage.dropped += 1
            continue
        stage.sent += 1
        stage.under_way += 1
        one = gevent.spawn(ask, user, stage, paths[number % len(paths)], due)
        under_way.add(one)
        one.rawlink(under_way.discard)
    sending_s = time.monotonic() - start
    gevent.joinall(list(under_way), timeout=PLAN["timeout_s"] + 1)
    tell(stage, started_at, sending_s, time.monotonic() - start, time.process_time() - cpu)
    user.environment.process_exit_code = 0
    user.environment.runner.quit()


def ask(user: Any, stage: Stage, path: str, due: float) -> None:
    """One GET; whatever goes wrong is an answer of status 0."""
    status, size = 0, 0
    try:
        with (
            gevent.Timeout(PLAN["timeout_s"], False),  # of the whole answer, however it drips
            user.client.get(path, name=path, allow_redirects=False, catch_response=True) as answer,
        ):
            size = len(answer.content or b"")
            answer.success()
            status = answer.status_code or 0
    finally:
        stage.under_way -= 1
        stage.finished(status, time.monotonic() - due, size)


def tell(stage: Stage, started_at: float, sending_s: float, wall_s: float, cpu_s: float) -> None:
    """Print the line that is read; what has not ended by now is one that never came."""
    for _ in range(stage.under_way):
        stage.finished(0, PLAN["timeout_s"], 0)
    said = {
        "auditor_load_stage": 1,
        "tool": f"locust {__version__}",
        "rate": PLAN["rate"],
        "planned": stage.planned,
        "sent": stage.sent,
        "failed": stage.failed,
        "dropped": stage.dropped,
        "received_bytes": stage.received,
        "statuses": dict(stage.statuses),
        "latency_ms": {f"{ms:g}": n for ms, n in sorted(stage.latency.items())},
        "lag_ms": {f"{ms:g}": n for ms, n in sorted(stage.lag.items())},
        "started_at": started_at,
        "sending_s": sending_s,
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "aborted": stage.aborted,
    }
    sys.stdout.write(f"\n{json.dumps(said)}\n")
    sys.stdout.flush()


class Arrivals(FastHttpUser):
    """One user that starts every request in a greenlet of its own, at its moment."""

    fixed_count = 1
    host = PLAN["base"]
    insecure = False
    max_redirects = 0
    max_retries = 0
    default_headers = PLAN["headers"]
    ssl_context_factory = staticmethod(trusted)
    concurrency = PLAN["most_under_way"]
    connection_timeout = network_timeout = PLAN["timeout_s"]
    tasks = [drive]  # noqa: RUF012
