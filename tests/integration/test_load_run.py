"""A load run by the real Locust against the real example service, watched by a real Prometheus.

How fast this machine is decides nothing here: what is compared are the three accounts of one run.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from auditor.model.evidence import Evidence, Value
from auditor.model.target import Deployment, Feature, Looking, Target
from auditor.probing.command import Command
from auditor.probing.http import Http
from auditor.probing.live.load_generators import Hey, Locust
from auditor.probing.looking import look
from auditor.probing.testing import make_context, problems, values
from probes.live.load import load
from tests.servers.hostile import EVERYWHERE, HostileServer, says, silent
from tests.servers.monitoring import monitoring_commands, prometheus, wait_until
from tests.servers.orders import orders

FEATURE = Feature("list", "List orders", live_path="/orders?limit=1")
LEAVE = Looking(
    allow_load=True,
    allow_hosts=("127.0.0.1",),
    load_rate=60,
    load_seconds=5,
    load_p95_ms=5000,
    features=(FEATURE,),
)
UNLIMITED = {"rate_limit_per_second": "100000", "rate_limit_burst": "100000"}
COMMIT = "c0ffee" + "0" * 34


@dataclass(frozen=True)
class Seen:
    """What the run told, and what it cost by the door's own count."""

    evidence: Evidence
    requests: int

    @property
    def found(self) -> dict[str, Value]:
        return values(self.evidence)


def run(url: str, prometheus_url: str | None = None, looking: Looking = LEAVE) -> Seen:
    now = datetime.now(UTC)
    http = Http(url, observed_at=now.isoformat())
    context = replace(
        make_context(now=now),
        target=Target("orders", "orders", commit=COMMIT, deployment=Deployment("laptop", url, prometheus_url)),
        looking=looking,
        http=http,
        command=Command(observed_at=now.isoformat()),
    )  # fmt: skip
    return Seen(look(load, context), http.traffic.requests)


def _scraped(url: str) -> bool:
    answer = httpx.get(f"{url}/api/v1/query", params={"query": "up == 1"}, trust_env=False)
    return bool(answer.json()["data"]["result"])


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """One run, which three tests look at."""
    commands = monitoring_commands()
    if commands is None:
        reason = "Prometheus is not installed (Debian: apt install prometheus)"
        if os.environ.get("AUDITOR_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("load")
    with (
        orders(folder, commit=COMMIT, **UNLIMITED) as service,
        prometheus(commands[0], folder / "prom", service, "http://127.0.0.1:9") as url,
    ):
        wait_until(lambda: _scraped(url), "a first scrape")
        yield run(service, url)


def test_client_door_and_server_count_the_same_requests(seen: Seen) -> None:
    steps = seen.found["load_run.steps"]
    assert isinstance(steps, list)
    sent = sum(step["requests"] for step in steps)
    assert sent >= 400, steps
    assert sent <= seen.requests < sent + 30, "the load is in the audit's own account"
    counted = seen.found["load_run.server_requests"]
    assert isinstance(counted, int)
    assert sent <= counted < 1.1 * sent


def test_the_run_tells_its_rate_its_percentiles_and_that_it_met_a_laptop(seen: Seen) -> None:
    found = seen.found
    assert found["load_run.requests"] == 300, seen.evidence.problems
    assert found["load_run.duration_s"] == pytest.approx(5, abs=2)
    assert 40 < float(str(found["load_run.rate"])) <= 60
    assert found["load_run.error_percent"] == 0
    assert 0 < float(str(found["load_run.p50_ms"])) <= float(str(found["load_run.p95_ms"]))
    assert found["load_run.local_target"] is True
    assert found["load_run.open_model"] is True
    assert found["load_run.of_audited_commit"] is True
    assert float(str(found["load_run.generator_ceiling"])) > 60
    assert found["load_run.server_p95_ms"]


def test_what_it_cannot_tell_is_hidden_by_a_problem(seen: Seen) -> None:
    hidden = {name for problem in seen.evidence.problems for name in problem.facts}
    assert hidden == {"load_run.p99_ms", "load_run.capacity"}
    assert set(problems(seen.evidence)) == {"vacuous"}


def test_false_green_a_rate_limit_ends_the_run_at_once(tmp_path: Path) -> None:
    with orders(tmp_path, rate_limit_per_second="3", rate_limit_burst="3") as url:
        seen = run(url)
    assert "load_run.rate" not in seen.found
    assert seen.requests < 80
    assert any("429" in problem.message for problem in seen.evidence.problems)


@pytest.mark.parametrize(
    ("behaviour", "aborted"),
    [
        (says(500, "broken"), "failed"),
        (says(302, "", Location="http://169.254.169.254/"), "failed"),
    ],
    ids=["errors", "a redirect to a forbidden host"],
)
def test_errors_end_a_stage_at_once_and_no_redirect_is_followed(
    behaviour: object, aborted: str
) -> None:
    context = replace(make_context(), command=Command())
    with HostileServer({EVERYWHERE: behaviour}) as server:  # type: ignore[dict-item]
        stage = Locust(context, server.url).stage(("/a",), 50.0, 30.0, 10_000)
    assert aborted in stage.aborted
    assert stage.error_percent == 100
    assert stage.sent < 150


def test_a_silent_server_ends_a_stage_in_time() -> None:
    context = replace(make_context(), command=Command())
    with HostileServer(raw=silent) as server:
        stage = Locust(context, server.url).stage(("/a",), 40.0, 1.0, 10_000)
    assert 0 < stage.sent <= 40
    assert stage.failed == stage.sent
    assert stage.latency.rank(50.0) == 10_000, "what never came took as long as was waited"


def test_hey_stands_in_where_it_is_installed(tmp_path: Path) -> None:
    if shutil.which("hey") is None:
        reason = "hey is not installed (Debian: apt install hey)"
        if os.environ.get("AUDITOR_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    context = replace(make_context(), command=Command())
    with orders(tmp_path, **UNLIMITED) as url:
        stage = Hey(context, url).stage(("/orders?limit=1",), 40.0, 3.0, 10_000)
    assert (stage.sent, stage.failed, stage.statuses) == (120, 0, {"200": 120})
    assert stage.open_model is False
