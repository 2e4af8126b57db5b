"""Gatling's statistics in JSON and in a script, its assertions and its log."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.formats.load import gatling_log, gatling_stats
from auditor.formats.text.errors import Malformed


def split(total: float | str, ok: float | str, ko: float | str) -> dict[str, float | str]:
    return {"total": total, "ok": ok, "ko": ko}


STATS: dict[str, Any] = {
    "name": "All Requests",
    "numberOfRequests": split(1000, 990, 10),
    "minResponseTime": split(5, 5, 9),
    "maxResponseTime": split(500, 500, 60),
    "meanResponseTime": split(33, 33, 20),
    "percentiles1": split(30, 30, 9),
    "percentiles2": split(40, 40, 9),
    "percentiles3": split(90, 90, 9),
    "percentiles4": split(200, 200, 9),
    "meanNumberOfRequestsPerSecond": split(10.0, 9.9, 0.1),
}
TREE: dict[str, Any] = {
    "type": "GROUP", "name": "All Requests", "stats": STATS,
    "contents": {"g": {"type": "GROUP", "name": "g", "stats": STATS, "contents": {
        "r": {"type": "REQUEST", "name": "GET /a", "stats": STATS}}}},
}  # fmt: skip
LOG = (
    b"RUN\ta.B\t\tb\t1772366400000\t \t3.5.1\nUSER\tAll\tSTART\t1772366400001\t1772366400001\n"
    b"REQUEST\t\tGET /a\t1772366400002\t1772366400050\tOK\t \n"
    b"REQUEST\t\tGET /a\t1772366410000\t1772366410500\tKO\tstatus 500\n"
)


def as_script() -> bytes:
    texts = {
        k: v if isinstance(v, str) else {a: str(b) for a, b in v.items()} for k, v in STATS.items()
    }
    return (
        'var stats = {\n    type: "GROUP",\nname: "All Requests",\nstats: ' + json.dumps(texts)
        + ',\ncontents: {"r": {\n        type: "REQUEST",\n        name: "GET /a",\nstats: {}}}\n}\n'
        "function fillStats(stat){ }\n"
    ).encode()  # fmt: skip


def test_percentiles_are_the_default_ones() -> None:
    run = gatling_stats.parse(json.dumps(STATS).encode())
    assert (run.requests, run.failed, run.good_rate, run.duration_s) == (1000, 10, 9.9, 100.0)
    assert (run.p50_ms, run.p95_ms, run.p99_ms) == (30.0, 90.0, 200.0)
    assert (run.open_model, run.started_at) == (None, None)
    assert run.doubts == ()


def test_requests_are_named_through_groups() -> None:
    assert gatling_stats.parse(json.dumps(TREE).encode()).targets == ("GET /a",)


def test_the_script_of_older_versions_is_read() -> None:
    run = gatling_stats.parse(as_script())
    assert (run.requests, run.p95_ms, run.targets) == (1000, 90.0, ("GET /a",))


def test_a_dash_is_no_figure() -> None:
    assert (
        gatling_stats.parse(
            json.dumps(STATS | {"percentiles4": split("-", "-", "-")}).encode()
        ).p99_ms
        is None
    )


def test_the_log_gives_time_and_requests() -> None:
    run = gatling_log.parse(LOG)
    assert (run.requests, run.failed, run.duration_s) == (2, 1, 10.5)
    assert run.started_at == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_the_log_names_its_simulation_its_run_and_its_version() -> None:
    run = gatling_log.parse(LOG)
    assert (run.simulation, run.ids, run.version) == ("a.B", ("", "b"), "3.5.1")
    assert (run.description, run.scenarios) == ("", None)
    newer = LOG.replace(b"\t\tb\t", b"\tb\t").replace(b"\t \t3.5.1\n", b"\tbefore 2.0\t3.9.5\r\n")
    run = gatling_log.parse(newer)
    assert (run.ids, run.description, run.version) == (("b",), "before 2.0", "3.9.5")


@pytest.mark.parametrize(
    ("old", "new", "description", "version"),
    [
        (b"\t \t3.5.1", b"\t", "", ""),
        (b"\t \t3.5.1", b"\tonly this", "only this", ""),
        (b"\t \t3.5.1", b"\t\xff\t" + b"9" * 900, "\ufffd", "9" * 200),
        (b"\t \t3.5.1", b"\t" + b"x" * 5000 + b"\t3.5.1", "x" * 200, ""),
    ],
)
def test_a_first_line_of_another_shape_tells_what_it_holds(
    old: bytes, new: bytes, description: str, version: str
) -> None:
    run = gatling_log.parse(LOG.replace(old, new))
    assert (run.description, run.version, run.requests) == (description, version, 2)


ASSERTIONS: dict[str, Any] = {
    "simulation": "a.B", "simulationId": "b", "start": 1772366400000, "description": "",
    "scenarios": ["Book", "Cancel"], "assertions": [],
}  # fmt: skip


def test_assertions_name_their_simulation_and_its_scenarios() -> None:
    run = gatling_log.parse(json.dumps(ASSERTIONS).encode())
    assert (run.simulation, run.ids, run.version) == ("a.B", ("b",), "")
    assert (run.description, run.scenarios) == ("", ("Book", "Cancel"))
    bare = {key: ASSERTIONS[key] for key in ("simulation", "start", "assertions")}
    run = gatling_log.parse(json.dumps(bare).encode())
    assert (run.ids, run.description, run.scenarios) == ((), None, None)
    many = ASSERTIONS | {"scenarios": ["x" * 900] * 900}
    kept = gatling_log.parse(json.dumps(many).encode()).scenarios
    assert kept == ("x" * 200,) * 100


@pytest.mark.parametrize(
    "change",
    [{"scenarios": "Book"}, {"scenarios": [1]}, {"description": 1}, {"simulationId": []},
     {"simulation": None}],
)  # fmt: skip
def test_other_assertions_are_malformed(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match="shape"):
        gatling_log.parse(json.dumps(ASSERTIONS | change).encode())


def test_assertions_give_time_and_outcome() -> None:
    data = {"simulation": "a.B", "simulationId": "b", "start": 1772366400000, "assertions": [
        {"message": "P95 below 300", "result": True}, {"message": "no KO", "result": False}]}  # fmt: skip
    run = gatling_log.parse(json.dumps(data).encode())
    assert (run.assertions_met, run.assertions_failed) == (("P95 below 300",), ("no KO",))
    joined = gatling_stats.with_run(gatling_stats.parse(json.dumps(STATS).encode()), run)
    assert joined is not None
    assert (joined.thresholds_failed, joined.started_at) == (("no KO",), run.started_at)


def test_the_log_of_another_run_is_not_joined() -> None:
    stats = gatling_stats.parse(json.dumps(STATS).encode())
    assert gatling_stats.with_run(stats, gatling_log.parse(LOG)) is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (json.dumps(STATS | {"numberOfRequests": split(1000, 1000, 10)}).encode(), "sum"),
        (json.dumps(STATS | {"percentiles3": split("fast", "1", "1")}).encode(), "'fast'"),
        (json.dumps(STATS | {"percentiles3": split(-1, 1, 1)}).encode(), "shape"),
        (as_script()[:200], "cut off"),
        (b"var stats = {\n}", "no `stats`"),
        (b"{}", "shape"),
    ],
)
def test_other_statistics_are_malformed(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        gatling_stats.parse(data)
    assert message in refused.value.message


def test_a_broken_log_names_its_line() -> None:
    with pytest.raises(Malformed) as refused:
        gatling_log.parse(LOG + b"REQUEST\t\tGET /a\t17\t18\tOK\t\n")
    assert refused.value.line == 5


def test_each_is_recognised_by_content() -> None:
    for data in (json.dumps(STATS).encode(), json.dumps(TREE).encode(), as_script()):
        assert gatling_stats.sniff(data)
        assert not gatling_log.sniff(data)
    assert gatling_log.sniff(LOG)
    assert not gatling_stats.sniff(LOG)
