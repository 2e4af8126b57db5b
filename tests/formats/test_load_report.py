"""The one value of all load tools: what it works out, and what it doubts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.formats.load.load_report import (
    LoadReport,
    is_local,
    named_targets,
    nearest_rank,
    succeeded,
)

RUN = LoadReport(
    dialect="x",
    requests=1000,
    failed=100,
    rate=100.0,
    percentiles={50.0: 10.0, 95.0: 20.0, 99.0: 30.0},
    minimum_ms=1.0,
    mean_ms=12.5,
    maximum_ms=40.0,
    duration_s=10.0,
)


def test_the_rate_that_counts_is_that_of_successful_requests() -> None:
    assert (RUN.error_percent, RUN.good_rate) == (10.0, 90.0)
    assert replace(RUN, throughput=80.0).good_rate == 80.0
    assert replace(RUN, failed=None).good_rate is None
    assert replace(RUN, failed=None, share_failed=0.5).good_rate == 50.0


def test_what_is_absent_is_none_and_never_0() -> None:
    empty = LoadReport(dialect="x")
    assert (empty.p95_ms, empty.error_percent, empty.good_rate, empty.hosts) == (
        None,
        None,
        None,
        (),
    )
    assert empty.doubts == ()


def test_a_plain_run_is_not_doubted() -> None:
    assert RUN.doubts == ()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"percentiles": {50.0: 30.0, 95.0: 20.0}}, "above its P95"),
        ({"failed": 1001}, "cannot be"),
        ({"percentiles": {95.0: 90.0}}, "maximum"),
        ({"mean_ms": 0.1, "minimum_ms": 5.0}, "minimum"),
        ({"rate": 500.0}, "requests/s"),
        ({"percentiles": {50.0: 10.0, 95.0: 12.5}}, "average"),
        ({"percentiles": {50.0: 0.0, 95.0: 0.0}, "minimum_ms": 0.0, "mean_ms": 0.0, "maximum_ms": 0.0}, "is 0"),
        ({"contradictions": ("It says two things.",)}, "two things"),
    ],
)  # fmt: skip
def test_invented_figures_are_doubted(change: dict[str, object], word: str) -> None:
    changed: LoadReport = replace(RUN, **change)  # type: ignore[arg-type]
    assert any(word in sentence for sentence in changed.doubts)


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("https://Staging.Example.net:8443/a?b", "staging.example.net"),
        ("http_req_duration{name:http://user:pass@10.0.0.1/x}", "10.0.0.1"),
        ("grpc://[::1]:50051", "[::1]"),
        ("/bookings", None),
    ],
)
def test_hosts_are_read_from_targets(target: str, host: str | None) -> None:
    assert replace(RUN, targets=(target,)).hosts == ((host,) if host else ())


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.1", True),
        ("[::1]", True),
        ("0.0.0.0", True),
        ("app.localhost", True),
        ("host.docker.internal", True),
        ("MacBook-Pro.local", True),
        ("undera-laptop", True),
        ("desktop-mbt929u", True),
        ("staging.example.net", False),
        ("10.1.2.3", False),
        ("locallibrary.example.net", False),
        ("desktop.example.net", False),
    ],
)
def test_loopback_and_laptops_are_local(host: str, local: bool) -> None:
    assert is_local(host) is local


@pytest.mark.parametrize(
    ("targets", "only"),
    [
        (("http://a/health",), True),
        (("/healthz", "/ready", "/api/v1/status?x=1"), True),
        (("http://a/health", "/bookings"), False),
        (("http://a/health", "Log in"), False),
        (("/healthcare/plans",), False),
        (("ping",), True),
        (("Create booking",), False),
        ((), False),
    ],
)
def test_load_on_health_pages_only_is_told(targets: tuple[str, ...], only: bool) -> None:
    assert replace(RUN, targets=targets).only_health is only


def test_a_redirection_is_no_success() -> None:
    assert succeeded({"200": 5, "204": 1, "304": 2, "302": 9, "404": 1, "0": 3}) == 8


def test_the_nearest_rank_is_a_measured_value() -> None:
    assert [nearest_rank([1, 2, 3, 4], p) for p in (50, 75, 95, 100)] == [2, 3, 4, 4]


def test_targets_are_bounded_and_in_a_stable_order() -> None:
    assert named_targets(["b", "a", " ", "a"]) == ("a", "b")
    assert len(named_targets([str(n) for n in range(999)])) == 200
