"""Structured logs."""

import json
import logging

from orders import logs


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_own_events_are_json(capsys):
    logs.configure("INFO")
    logs.get_logger("orders.test").info("something", order_id="o-1")
    (event,) = lines(capsys)
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "event": "something",
        "order_id": "o-1",
        "level": "info",
        "logger": "orders.test",
        "service": "orders",
    }


def test_library_messages_take_the_same_form(capsys):
    logs.configure("INFO")
    logging.getLogger("some.library").warning("disk %s is full", "sda")
    (event,) = lines(capsys)
    assert (event["event"], event["level"]) == ("disk sda is full", "warning")


def test_exceptions_stay_on_one_line(capsys):
    logs.configure("INFO")
    try:
        raise ValueError("broken")
    except ValueError:
        logs.get_logger("orders.test").exception("failed")
    (event,) = lines(capsys)
    assert "ValueError: broken" in event["exception"]


def test_level_and_chatter(capsys):
    logs.configure("ERROR")
    logs.get_logger("orders.test").warning("hidden")
    logging.getLogger("httpx").warning("hidden")
    logs.configure("INFO")
    logging.getLogger("httpx").info("hidden")
    logs.get_logger("orders.test").info("shown")
    assert [event["event"] for event in lines(capsys)] == ["shown"]
