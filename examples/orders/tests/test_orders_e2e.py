"""The service as its own process, the way it is run in production."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[1]


@pytest.fixture
def service(tmp_path):
    environment = {
        "PATH": os.environ["PATH"],
        "ORDERS_DATABASE_PATH": str(tmp_path / "orders.db"),
        "ORDERS_COMMIT": "a1b2c3d",
        "ORDERS_RATE_LIMIT_PER_SECOND": "0.5",
        "ORDERS_RATE_LIMIT_BURST": "12",
    }
    command = [sys.executable, "-m", "orders", "--port", "0", "--lifetime", "30"]
    process = subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_an_order_from_placing_to_cancelling(service):
    listening = json.loads(service.stdout.readline())
    assert listening["event"] == "listening"
    with httpx.Client(base_url=listening["url"], timeout=5) as client:
        assert client.get("/health/ready").json()["status"] == "ready"
        assert client.get("/version").json()["commit"] == "a1b2c3d"

        body = {
            "customer_id": "c-9",
            "lines": [{"sku": "TEA-250", "quantity": 1, "unit_price_cents": 590}],
        }
        headers = {"Idempotency-Key": "journey-0001", "X-Request-ID": "journey"}
        placed = client.post("/orders", json=body, headers=headers)
        assert placed.status_code == 201
        assert client.post("/orders", json=body, headers=headers).status_code == 200
        path = placed.headers["Location"]
        assert client.get(path).json()["status"] == "open"
        assert client.post(f"{path}/cancel").json()["status"] == "cancelled"
        assert [o["id"] for o in client.get("/orders").json()["items"]] == [placed.json()["id"]]
        assert client.get("/nowhere").status_code == 404
        assert client.post("/orders", json={}).status_code == 422

        statuses = [client.get("/orders?limit=1").status_code for _ in range(12)]
        assert statuses[0] == 200
        assert statuses[-1] == 429
        metrics = client.get("/metrics").text
        assert "\norders_created_total 1.0\n" in metrics
        assert "\norders_cancelled_total 1.0\n" in metrics

    service.send_signal(signal.SIGTERM)
    output, _ = service.communicate(timeout=10)
    assert service.returncode == 0
    events = [json.loads(line) for line in output.splitlines()]
    assert events[-1]["event"] == "service_stopped"
    (placing,) = [event for event in events if event["event"] == "order_placed"]
    assert placing["request_id"] == "journey"
