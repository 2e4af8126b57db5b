"""JMeter's JTL in both forms, and the dashboard's statistics."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.formats.load import jmeter_jtl, jmeter_statistics
from auditor.formats.text.errors import Malformed

HEAD = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,URL\n"
START = 1772366400000


def jtl(*rows: tuple[int, int, str, str], thread: str = "Users 1-1") -> bytes:
    """Samples of (ms after the start, elapsed, label, success)."""
    lines = [
        f"{START + at},{took},{label},{200 if ok == 'true' else 500},OK,{thread},{ok},https://staging.test/{label}\n"
        for at, took, label, ok in rows
    ]
    return (HEAD + "".join(lines)).encode()


def test_samples_are_counted_one_by_one() -> None:
    run = jmeter_jtl.parse(
        jtl((0, 100, "a", "true"), (1000, 300, "b", "false"), (9900, 100, "a", "true"))
    )
    assert (run.requests, run.failed, run.duration_s) == (3, 1, 10.0)
    assert (run.p50_ms, run.p95_ms, run.maximum_ms) == (100.0, 300.0, 300.0)
    assert (run.started_at, run.hosts) == (
        datetime(2026, 3, 1, 12, 0, tzinfo=UTC),
        ("staging.test",),
    )
    assert run.statuses == {"200": 2, "500": 1}
    assert run.open_model is False


def test_false_green_parts_and_transactions_are_no_requests() -> None:
    data = jtl(
        (0, 200, "Search", "true"), (0, 80, "Search-0", "true"), (90, 110, "Search-1", "true")
    )
    data += f'{START},200,All,200,"Number of samples in transaction : 1, number of failing samples : 0",Users 1-1,true,null\n'.encode()
    run = jmeter_jtl.parse(data)
    assert (run.requests, run.details["records"]) == (1, 4)


def test_an_open_model_thread_group_is_told_by_its_threads() -> None:
    assert jmeter_jtl.parse(
        jtl((0, 1, "a", "true"), thread="Open Model Thread Group 1-1")
    ).open_model


@pytest.mark.parametrize(
    ("separator", "dialect"),
    [
        (",", "JMeter CSV"),
        ("\t", "JMeter CSV with tabs"),
        (";", "JMeter CSV with semicolons"),
        ("|", "JMeter CSV with bars"),
    ],
)
def test_what_stands_between_the_columns_is_told(separator: str, dialect: str) -> None:
    data = jtl((0, 100, "a", "true"), (9900, 300, "b", "false"))
    run = jmeter_jtl.parse(data.replace(b",", separator.encode()))
    assert (run.dialect, run.requests, run.failed) == (dialect, 2, 1)


def test_another_sign_between_the_columns_is_malformed() -> None:
    with pytest.raises(Malformed, match="neither"):
        jmeter_jtl.parse(jtl((0, 100, "a", "true")).replace(b",", b"^"))


def test_times_that_are_no_milliseconds_leave_the_run_undated() -> None:
    run = jmeter_jtl.parse(
        jtl((0, 100, "a", "true")).replace(str(START).encode(), b"2026/03/01 12:00")
    )
    assert (run.requests, run.started_at, run.rate, run.duration_s) == (1, None, None, None)


def test_only_top_samples_of_xml_are_requests() -> None:
    data = (
        f'<testResults version="1.2"><httpSample t="30" ts="{START}" s="true" lb="a" rc="200">'
        f'<httpSample t="10" ts="{START}" s="true" lb="a-0" rc="302"/><java.net.URL>https://staging.test/a'
        f'</java.net.URL></httpSample><sample t="50" ts="{START + 950}" s="false" lb="b"/></testResults>'
    ).encode()
    run = jmeter_jtl.parse(data)
    assert (run.requests, run.failed, run.p95_ms, run.hosts) == (2, 1, 50.0, ("staging.test",))
    assert run.details["every_record"] == 3


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"", "empty", None),
        (jtl((0, 1, "a", "maybe")), "maybe", 2),
        (jtl((0, 1, "a", "true")).replace(b",1,a", b",-1,a"), "'-1'", 2),
        (jtl((0, 1, "a", "true")).replace(b",1,a", b",1,2,a"), "fields", 2),
        (jtl((0, 1, "a", "true")).replace(b"success", b"worked"), "`success`", 1),
        (b"<testResults><sample", "cut off", 1),
        (b'<testResults><sample t="x" s="true"/></testResults>', "t='x'", 1),
        (b'<testResults><sample t="1" s="1"/></testResults>', "s='1'", 1),
        (b"timeStamp;elapsed", "neither", None),
    ],
)
def test_other_files_are_malformed(data: bytes, message: str, line: int | None) -> None:
    with pytest.raises(Malformed) as refused:
        jmeter_jtl.parse(data)
    assert message in refused.value.message
    assert refused.value.line == line


TOTAL: dict[str, Any] = {
    "transaction": "Total", "sampleCount": 1000, "errorCount": 10, "errorPct": 1.0, "meanResTime": 50.5,
    "medianResTime": 40.0, "minResTime": 5.0, "maxResTime": 400.0, "pct1ResTime": 90.0,
    "pct2ResTime": 120.0, "pct3ResTime": 200.0, "throughput": 10.0,
}  # fmt: skip


def test_the_three_percentiles_of_the_dashboard_are_jmeters_default_ones() -> None:
    run = jmeter_statistics.parse(json.dumps({"Total": TOTAL}).encode())
    assert run.percentiles == {50.0: 40.0, 90.0: 90.0, 95.0: 120.0, 99.0: 200.0}


def test_the_dashboard_has_no_time_and_no_model() -> None:
    run = jmeter_statistics.parse(json.dumps({"a": TOTAL, "Total": TOTAL}).encode())
    assert (run.requests, run.error_percent, run.p50_ms, run.p95_ms, run.p99_ms) == (
        1000,
        1.0,
        40.0,
        120.0,
        200.0,
    )
    assert (run.duration_s, run.started_at, run.open_model) == (100.0, None, None)


def test_a_share_of_errors_that_the_counts_contradict_is_doubted() -> None:
    run = jmeter_statistics.parse(json.dumps({"Total": TOTAL | {"errorPct": 0.0}}).encode())
    assert run.doubts == ("Its errorPct is 0, and its counts give 1 %.",)


@pytest.mark.parametrize("rows", [{}, {"a": TOTAL}, {"Total": TOTAL | {"sampleCount": "9"}}])
def test_other_statistics_are_malformed(rows: dict[str, Any]) -> None:
    with pytest.raises(Malformed, match=r"statistics"):
        jmeter_statistics.parse(json.dumps(rows).encode())


def test_each_is_recognised_by_content() -> None:
    assert jmeter_jtl.sniff(jtl())
    assert jmeter_jtl.sniff(jtl().replace(b",", b"\t"))
    assert jmeter_jtl.sniff(b'<?xml version="1.0"?><testResults version="1.2">')
    assert not jmeter_jtl.sniff(b"<testsuites>")
    assert jmeter_statistics.sniff(json.dumps({"a": TOTAL}).encode())
    assert not jmeter_statistics.sniff(b'{"a": {"sampleCount": 1}}')
