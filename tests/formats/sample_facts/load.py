"""Load tests."""

from __future__ import annotations

from auditor.formats.load import (
    gatling_log,
    gatling_stats,
    hey_text,
    jmeter_jtl,
    jmeter_statistics,
    k6_summary,
    load_tools,
    locust_csv,
    locust_json,
    vegeta_json,
    wrk_text,
)
from tests.formats.sample_facts.folder import Facts, Folder, Refusal

DIALECTS = {"JMeter CSV": ("csv", "comma"), "JMeter CSV with tabs": ("csv", "TAB")}


def of_gatling(data: bytes) -> Facts:
    if gatling_log.sniff(data[:8192]):
        run = gatling_log.parse(data)
        if run.requests is None:
            assertions = run.assertions_met + run.assertions_failed
            written = {
                "simulation": run.simulation,
                "simulationId": run.ids,
                "start": run.started_at,
                "description": run.description,
                "scenarios": run.scenarios,
                "assertions": assertions,
            }
            keys = [key for key, value in written.items() if value is not None]
            return {"assertions": len(assertions), "keys": keys}
        assert run.failed is not None
        return {
            "KO": run.failed,
            "OK": run.requests - run.failed,
            "REQUEST_lines": run.requests,
            "RUN_line": ["\t".join(run_line(run))],
            "lines": run.lines,
        }
    stats = gatling_stats.parse(data)
    assert stats.requests is not None
    assert stats.failed is not None
    return {
        "ko_pct": stats.error_percent,
        "maxResponseTime_total": stats.maximum_ms,
        "meanNumberOfRequestsPerSecond_total": stats.rate,
        "meanResponseTime_total": stats.mean_ms,
        "numberOfRequests": {
            "ko": stats.failed,
            "ok": stats.requests - stats.failed,
            "total": stats.requests,
        },
        "percentiles1..4_total(default 50/75/95/99)": [
            stats.percentiles[point] for point in (50.0, 75.0, 95.0, 99.0)
        ],
        "request_entries": stats.details["request_entries"],
    }


def run_line(run: gatling_log.GatlingRun) -> tuple[str, ...]:
    """The first line of the log, where a blank stands for no description."""
    assert run.started_at is not None
    start = str(round(run.started_at.timestamp() * 1000))
    return ("RUN", run.simulation, *run.ids, start, run.description or " ", run.version)


def of_jtl(data: bytes) -> Facts:
    run = jmeter_jtl.parse(data)
    details = run.details
    if run.dialect == "JMeter XML":
        return {
            "all_samples_incl_nested": details["every_record"],
            "elapsed_mean_ms(top)": run.mean_ms,
            "elapsed_p95_ms(top,nearest-rank)": run.p95_ms,
            "format": "xml",
            "labels": details["labels"],
            "top_level_failed(s=false)": run.failed,
            "top_level_samples": run.requests,
        }
    form, separator = DIALECTS[run.dialect]
    return {
        "columns": details["columns"],
        "delimiter": separator,
        "elapsed_max_ms": details["record_maximum_ms"],
        "elapsed_mean_ms": details["record_mean_ms"],
        "elapsed_p90_ms(nearest-rank)": details["record_p90_ms"],
        "elapsed_p95_ms(nearest-rank)": details["record_p95_ms"],
        "error_pct": 100 * details["failed_records"] / details["records"],
        "failed(success!=true)": details["failed_records"],
        "format": form,
        "labels": details["labels"],
        "physical_lines": details["lines"],
        "samples": details["records"],
    }


def of_statistics(data: bytes) -> Facts:
    run = jmeter_statistics.parse(data)
    total = {
        "errorCount": run.failed,
        "errorPct": run.details["error_percent"],
        "maxResTime": run.maximum_ms,
        "meanResTime": run.mean_ms,
        "minResTime": run.minimum_ms,
        "pct1ResTime": run.percentiles[90.0],
        "pct2ResTime": run.p95_ms,
        "pct3ResTime": run.p99_ms,
        "sampleCount": run.requests,
        "throughput": run.rate,
    }
    if run.p50_ms is not None:
        total["medianResTime"] = run.p50_ms
    shares = "/".join(f"{point:g}" for point in sorted(run.percentiles) if point != 50)
    return {
        "Total": total,
        # The file does not say which percentiles its three columns are.
        "convention": f"pct1/2/3 = {shares} by default (jmeter aggregate_rpt_pct1..3)",
        "transactions_excl_Total": run.details["transactions"],
    }


def of_k6(data: bytes) -> Facts:
    run = k6_summary.parse(data)
    thresholds = [(text, "pass") for text in run.thresholds_met]
    thresholds += [(text, "FAIL") for text in run.thresholds_failed]
    # In the order of the report, whose metrics stand in another order in our two lists.
    thresholds.sort(key=lambda one: data.find(b'"' + one[0].partition(": ")[0].encode() + b'"'))
    return {
        "checks_fails": run.details.get("checks_fails"),
        "checks_passes": run.details.get("checks_passes"),
        "dialect": {
            "k6 --summary-export": "--summary-export",
            "k6 handleSummary": "handleSummary data",
        }[run.dialect],
        "http_req_duration_avg_ms": run.mean_ms,
        "http_req_duration_p95_ms": run.p95_ms,
        "http_req_duration_p99_ms": run.p99_ms,
        "http_req_failed_fails(=ok requests)": run.details["ok_requests"],
        "http_req_failed_passes(=failed requests)": run.failed,
        "http_req_failed_rate": run.share_failed,
        "http_reqs_count": run.requests,
        "http_reqs_rate": run.rate,
        "iterations": run.details["iterations"],
        "metrics": run.details["metrics"],
        "thresholds": [[*text.split(": ", 1), state] for text, state in thresholds],
    }


def of_locust(data: bytes) -> Facts:
    if locust_json.sniff(data[:8192]):
        run = locust_json.parse(data)
        return {
            "lines": run.details["lines"],
            "max_response_time": run.maximum_ms,
            "stat_entries": run.details["rows"],
            "sum_num_failures": run.failed,
            "sum_num_requests": run.requests,
            "sum_total_response_time": run.details["total_response_time"],
        }
    run = locust_csv.parse(data)
    return {
        "aggregated_failures": run.failed,
        "aggregated_requests": run.requests,
        "avg_ms": run.mean_ms,
        "check_sum_of_rows_requests": run.details["row_requests"],
        "failure_pct": run.error_percent,
        "p95_ms": run.p95_ms,
        "p99_ms": run.p99_ms,
        "percentile_columns": [f"{point:g}%" for point in (*run.percentiles, 100)],
        "rows_excl_aggregated": run.details["rows"],
        "rps": run.rate,
    }


def of_vegeta(data: bytes) -> Facts:
    run = vegeta_json.parse(data)
    return {
        "buckets": run.details["buckets"],
        "errors": run.details["errors"],
        "max_ms": run.maximum_ms,
        "mean_ms": run.mean_ms,
        "p50_ms": run.p50_ms,
        "p90_ms": run.percentiles.get(90.0),
        "p95_ms": run.p95_ms,
        "p99_ms": run.p99_ms,
        "rate": run.rate,
        "requests": run.requests,
        "status_codes": run.statuses,
        "success_ratio": run.details["success_ratio"],
        "throughput": run.throughput,
    }


def of_wrk_and_hey(data: bytes) -> Facts:
    if wrk_text.sniff(data[:8192]):
        return of_wrk(data)
    run = hey_text.parse(data)
    return {
        "average_s": seconds(run.mean_ms),
        "errors": run.details["errors"],
        "has_NaN": run.mean_ms is None,
        "p50_s": seconds(run.p50_ms),
        "p95_s": seconds(run.p95_ms),
        "p99_s": seconds(run.p99_ms),
        "requests_per_sec": run.rate,
        "status_codes": run.statuses,
        "total_secs": run.duration_s,
    }


def of_wrk(data: bytes) -> Facts:
    run = wrk_text.parse(data)
    details = run.details
    bad = int(details["bad_answers"])
    kinds = ("connect", "read", "write", "timeout")
    broken = ", ".join(f"{kind} {details.get(f'socket_{kind}', 0):.0f}" for kind in kinds)
    assert run.duration_s is not None
    first = {
        "duration": as_wrk_writes(1000 * run.duration_s),
        "latency_avg": as_wrk_writes(run.mean_ms),
        "latency_max": as_wrk_writes(run.maximum_ms),
        "non_2xx_3xx": str(bad) if bad else None,
        "p99": as_wrk_writes(run.p99_ms),
        "requests": details["answers"],
        "rps": details["answers_per_second"],
        "socket_errors": f"Socket errors: {broken}" if details["socket_errors"] else None,
    }
    # A file with several runs is refused.
    return {"first": first, "last": None, "runs": 1}


def as_wrk_writes(milliseconds: float | None) -> str | None:
    if milliseconds is None:
        return None
    for unit, size in (("m", 60_000), ("s", 1000), ("ms", 1)):
        if milliseconds >= size:
            return f"{milliseconds / size:.2f}{unit}"
    return f"{milliseconds * 1000:.2f}us"


def seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000


FOLDERS = (
    Folder(
        "gatling-stats",
        of_gatling,
        lambda head: gatling_log.sniff(head) or gatling_stats.sniff(head),
    ),
    Folder(
        "jmeter-jtl",
        of_jtl,
        load_tools.sniff,
        {
            "empty.jtl": Refusal(
                r"is empty: JMeter wrote no sample", lambda _: {"bytes": 0, "samples": 0}
            )
        },
    ),
    Folder("jmeter-statistics-json", of_statistics, load_tools.sniff),
    Folder("k6-summary", of_k6, load_tools.sniff),
    Folder("locust", of_locust, load_tools.sniff),
    Folder("vegeta-json", of_vegeta, load_tools.sniff),
    Folder("wrk-hey-text", of_wrk_and_hey, load_tools.sniff),
)
