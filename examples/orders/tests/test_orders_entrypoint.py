"""python -m orders, run inside this process."""

import json
import signal
import socket
import sys
import threading
import time

import httpx
import pytest

from orders.__main__ import EXIT_BAD_CONFIGURATION, EXIT_OK, Server, main


@pytest.fixture(autouse=True)
def _own_database_and_signals(monkeypatch, tmp_path):
    monkeypatch.setenv("ORDERS_DATABASE_PATH", str(tmp_path / "orders.db"))
    monkeypatch.delitem(sys.modules, "orders.app", raising=False)  # it reads the path on import
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_says_where_it_listens_and_ends_by_itself(capsys, monkeypatch, tmp_path):
    answers = []
    real = Server.startup

    async def startup(self, sockets=None):
        await real(self, sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        ask = threading.Thread(
            target=lambda: answers.append(httpx.get(f"http://127.0.0.1:{port}/health/live"))
        )
        ask.start()

    monkeypatch.setattr(Server, "startup", startup)
    began = time.monotonic()
    assert main(["--host", "127.0.0.1", "--port", "0", "--lifetime", "0.5"]) == EXIT_OK
    assert time.monotonic() - began < 10
    assert [answer.status_code for answer in answers] == [200]
    assert (tmp_path / "orders.db").exists()
    assert "server" not in answers[0].headers
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    listening = next(event for event in events if event["event"] == "listening")
    assert set(listening) == {"event", "url"}
    assert listening["url"].startswith("http://127.0.0.1:")


def test_wrong_configuration_is_told_and_ends_the_start(capsys, monkeypatch):
    monkeypatch.setenv("ORDERS_PORT", "many")
    monkeypatch.setenv("ORDERS_LOG_LEVEL", "loud")
    assert main([]) == EXIT_BAD_CONFIGURATION
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {event["event"] for event in events} == {"configuration_invalid"}
    assert {event["variable"] for event in events} == {"ORDERS_PORT", "ORDERS_LOG_LEVEL"}
    assert "loud" not in json.dumps(events)


def test_taken_port_ends_the_start(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as caught:
            main(["--port", str(port)])
    assert caught.value.code == 3
    assert "listening" not in capsys.readouterr().out


@pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")
def test_ipv6_address_is_bracketed(capsys):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 loopback here")
    assert main(["--host", "::1", "--port", "0", "--lifetime", "0.1"]) == EXIT_OK
    assert '"url": "http://[::1]:' in capsys.readouterr().out
