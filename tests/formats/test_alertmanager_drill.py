"""Alertmanager's answers about test alerts: what it holds, and how many notifications went out."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.monitoring.alertmanager_drill import Count, alerts, cluster, counts, document
from auditor.formats.text.errors import FormatError

METRICS = b"""\
# TYPE alertmanager_notification_requests_total counter
alertmanager_notification_requests_total{integration="webhook",receiver_name="a"} 3
alertmanager_notification_requests_total{integration="webhook",receiver_name="b"} 4
alertmanager_notification_requests_total{integration="email"} 0
alertmanager_notification_requests_failed_total{integration="webhook",receiver_name="b"} 1
alertmanager_notification_requests_failed_total{integration="pagerduty"} 9
alertmanager_notifications_total{integration="webhook"} 90
"""


def test_requests_are_summed_by_integration() -> None:
    assert counts(METRICS) == {"webhook": Count(7, 1), "email": Count(0, 0)}
    assert counts(b"up 1\n") == {}


def test_what_came_on_top_survives_a_restart() -> None:
    assert Count(9, 2).since(Count(7, 1)) == Count(2, 1)
    assert Count(1, 0).since(Count(7, 1)) == Count(1, 0)


def test_alerts_tell_their_receivers_and_whether_they_are_kept_back() -> None:
    body = json.dumps(
        [
            {
                "labels": {"alertname": "A"},
                "receivers": [{"name": "x"}],
                "status": {"state": "active"},
            },
            {"labels": {"alertname": "B"}, "status": {"state": "suppressed"}},
        ]
    )
    first, second = alerts(body.encode())
    assert (first.receivers, first.suppressed) == (("x",), False)
    assert (second.receivers, second.suppressed) == ((), True)


def test_a_cluster_tells_its_state_and_size() -> None:
    assert cluster(b'{"cluster": {"status": "ready", "peers": [{}, {}, {}]}}') == ("ready", 3)
    assert cluster(b"{}") == ("", 0)


def test_a_document_is_one_alert_for_each_set_of_labels() -> None:
    ends = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    (one,) = json.loads(document([{"alertname": "A"}], "only a test", ends))
    assert one["labels"] == {"alertname": "A"}
    assert one["endsAt"] == "2026-03-02T12:00:00+00:00"


@pytest.mark.parametrize("body", [b"[]", b"<html>", b'{"cluster": 1}', b"{" * 5000])
def test_malformed_a_status_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(FormatError):
        cluster(body)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(body: bytes) -> None:
    for read in (counts, alerts, cluster):
        try:
            read(body)
        except FormatError:
            continue


@given(st.lists(st.tuples(st.sampled_from(["email", "slack"]), st.integers(0, 99)), max_size=9))
def test_no_request_is_lost_in_the_sum(rows: list[tuple[str, int]]) -> None:
    name = "alertmanager_notification_requests_total"
    text = "".join(f'{name}{{integration="{kind}"}} {value}\n' for kind, value in rows)
    found = counts(text.encode())
    assert sum(count.tried for count in found.values()) == sum(value for _, value in rows)
