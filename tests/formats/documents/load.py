"""Small documents of load tools and of chaos tools."""

from __future__ import annotations

import json

from auditor.formats.chaos import chaos_experiment, chaos_journal, chaos_mesh, litmus
from auditor.formats.load import (
    gatling_log,
    gatling_stats,
    hey_csv,
    hey_text,
    jmeter_jtl,
    jmeter_statistics,
    k6_summary,
    load_stage,
    locust_csv,
    locust_json,
    vegeta_json,
    wrk_text,
)
from auditor.formats.records import baseline_record
from auditor.formats.web import schemathesis_events
from tests.formats.documents.format import Format, encoded

TIMES = {"avg": 2.5, "min": 1.0, "med": 2.0, "max": 9.0, "p(95)": 5.0}
K6_DATA = {
    "state": {"testRunDurationMs": 10.0},
    "metrics": {
        "http_req_duration": {"type": "trend", "values": TIMES, "thresholds": {"p(95)<9": {"ok": True}}},
        "http_reqs": {"values": {"count": 10, "rate": 1.0}},
        "http_req_failed": {"values": {"rate": 0.5, "passes": 5, "fails": 5}},
    },
}  # fmt: skip
K6_EXPORT = {
    "metrics": {
        "http_req_duration": TIMES | {"thresholds": {"p(95)<9": False}},
        "http_reqs": {"count": 10, "rate": 1.0},
        "http_req_failed": {"value": 0.5, "passes": 5, "fails": 5},
    }
}
K6_VERSIONED = {
    "version": "1.0.0",
    "metadata": {"generatedAt": "2026-03-01T12:00:00Z", "k6Version": "1.5.0"},
    "config": {"duration": 10.0},
    "results": {"passed": True, "metrics": [{"name": "http_reqs", "values": {"count": 10}}]},
}
VEGETA = {
    "latencies": {"total": 10, "mean": 5, "50th": 4, "95th": 8, "99th": 9, "max": 9},
    "earliest": "2026-03-01T12:00:00.123456789Z", "latest": "2026-03-01T12:00:01Z", "end": "x",
    "duration": 1_000_000_000, "wait": 1, "requests": 10, "rate": 10.0, "success": 1,
    "status_codes": {"200": 10}, "errors": [],
}  # fmt: skip
ENTRY = {
    "name": "/a", "num_requests": 2, "num_failures": 0, "total_response_time": 9.0, "max_response_time": 6.0,
    "response_times": {"3": 1, "6": 1}, "start_time": 1772366400.0, "last_request_timestamp": 1772366401.0,
}  # fmt: skip
ROW = {
    "transaction": "Total", "sampleCount": 10, "errorCount": 1, "errorPct": 10.0, "meanResTime": 5.0,
    "minResTime": 1.0, "maxResTime": 9.0, "pct1ResTime": 6.0, "pct2ResTime": 7.0, "pct3ResTime": 8.0,
    "throughput": 1.0,
}  # fmt: skip
ONE = {"total": 2, "ok": 1, "ko": 1}
GATLING = {
    "name": "All Requests",
    "numberOfRequests": ONE,
    **dict.fromkeys(("minResponseTime", "maxResponseTime", "meanResponseTime", "percentiles1", "percentiles2", "percentiles3", "meanNumberOfRequestsPerSecond"), ONE),
}  # fmt: skip
STEP = {
    "type": "action",
    "name": "stop redis",
    "provider": {"path": "docker", "arguments": {"a": "b"}},
}
EXPERIMENT = {
    "title": "t",
    "steady-state-hypothesis": {"probes": [STEP]},
    "method": [STEP, {"ref": "x"}],
}
RAN = {
    "activity": STEP,
    "status": "succeeded",
    "start": "2026-03-01T12:00:01",
    "end": "2026-03-01T12:00:02",
}
STATE = {"steady_state_met": True, "probes": [RAN | {"tolerance_met": True, "output": 1}]}
JOURNAL = {
    "chaoslib-version": "1.44.0", "experiment": EXPERIMENT, "start": "2026-03-01T12:00:00",
    "end": "2026-03-01T12:00:09", "status": "completed", "deviated": False, "duration": 9.0,
    "steady_states": {"before": STATE, "after": STATE}, "run": [RAN], "rollbacks": [],
}  # fmt: skip
RUN = {"at": "2026-03-01T12:00:00Z", "p50_ms": 1, "p95_ms": 2, "p99_ms": 3, "rate": 9, "errors": 0}
JTL = b'timeStamp,elapsed,label,success\n1772366400000,10,"a\nb",true\n1772366401000,20,c,false\n'
STAGE = {
    "auditor_load_stage": 1,
    "tool": "locust 2.47.0",
    "rate": 2.0,
    "planned": 4,
    "sent": 3,
    "failed": 1,
    "dropped": 1,
    "received_bytes": 20,
    "statuses": {"200": 2, "503": 1},
    "latency_ms": {"2.5": 1, "9": 1},
    "lag_ms": {"0.1": 3},
    "started_at": 1772366400.5,
    "sending_s": 1.5,
    "wall_s": 2.0,
    "cpu_s": 0.5,
    "aborted": "",
}

FORMATS = (
    Format("k6", k6_summary.parse, k6_summary.sniff, encoded(K6_DATA, K6_EXPORT, K6_VERSIONED)),
    Format("vegeta", vegeta_json.parse, vegeta_json.sniff, encoded(VEGETA)),
    Format("locust json", locust_json.parse, locust_json.sniff, encoded([ENTRY], {"stats": [ENTRY]})),
    Format("statistics", jmeter_statistics.parse, jmeter_statistics.sniff, encoded({"Total": ROW})),
    Format(
        "gatling",
        gatling_stats.parse,
        gatling_stats.sniff,
        (*encoded(GATLING, {"type": "GROUP", "stats": GATLING, "contents": {"a": {"type": "REQUEST"}}}),
         b'var stats = {\n type: "GROUP",\nstats: ' + json.dumps(GATLING).encode() + b"}"),
    ),
    Format("stage of load", load_stage.parse, None, encoded(STAGE)),
    Format(
        "hey csv",
        lambda data: hey_csv.parse(data, 10.0, 3, 10.0),
        None,
        (b"response-time,DNS+dialup,status-code,offset\n0.0104,0.0008,200,0.0005\n0.2,0.0,503,0.1\n",),
    ),
    Format(
        "schemathesis events",
        schemathesis_events.parse,
        None,
        (
            b'{"ScenarioFinished":{"recorder":{"label":"GET /a","interactions":{"x":'
            b'{"request":{"method":"GET","uri":"http://a/a"},"response":{"status_code":500}}},"checks":{"x":'
            b'[{"name":"c","status":"failure","failure_info":{"failure":{"title":"Server error"}}}]}}}}\n'
            b'{"EngineFinished":{"stop_reason":"completed"}}\n',
            b'{"EngineFinished":{"stop_reason":"completed"}}',
        ),
    ),
    Format("journal", chaos_journal.parse, chaos_journal.sniff, encoded(JOURNAL)),
    Format("experiment", chaos_experiment.parse, chaos_experiment.sniff, encoded(EXPERIMENT)),
    Format(
        "locust csv",
        locust_csv.parse,
        locust_csv.sniff,
        (b"Type,Name,Request Count,Failure Count,Requests/s,50%,95%\nGET,/a,2,1,1.5,3,4\n,Aggregated,2,1,1.5,3,4\n",),
    ),
    Format(
        "locust history",
        locust_csv.parse_history,
        locust_csv.sniff_history,
        (b"Timestamp,User Count,Type,Name,Total Request Count,Total Failure Count\n1772366400,1,,Aggregated,2,1\n",),
    ),
    Format(
        "locust failures",
        locust_csv.parse_failures,
        locust_csv.sniff_failures,
        (b"Method,Name,Error,Occurrences\nGET,/a,refused,3\n",),
    ),
    Format(
        "jtl",
        jmeter_jtl.parse,
        jmeter_jtl.sniff,
        (JTL, b'<testResults><httpSample t="1" ts="1772366400000" s="true" lb="a"><java.net.URL>http://a'
              b"</java.net.URL></httpSample></testResults>"),
    ),
    Format(
        "gatling log",
        gatling_log.parse,
        gatling_log.sniff,
        (b"RUN\ta\tb\t1772366400000\t \t3\nREQUEST\t\ta\t1772366400001\t1772366400002\tOK\n",
         b'{"simulation": "a", "simulationId": "b", "start": 1772366400000, "assertions": []}'),
    ),
    Format(
        "wrk",
        wrk_text.parse,
        wrk_text.sniff,
        (b"Running 1s test @ http://a/b\n  Thread Stats   Avg\n    Latency    1.50ms    1.00ms   9.00ms\n"
         b"     50%   1.00ms\n  10 requests in 1.00s, 1KB read\nRequests/sec:     10.00\n",),
    ),
    Format(
        "hey",
        hey_text.parse,
        hey_text.sniff,
        (b"Summary:\n  Total:\t1.0 secs\n  Slowest:\t0.9 secs\n  Average:\t0.1 secs\n  Requests/sec:\t10.0\n"
         b"  50% in 0.1 secs\nStatus code distribution:\n  [200]\t10 responses\n",
         *encoded({"summary": {"successRate": 1, "total": 1, "requestsPerSec": 9}, "latencyPercentiles": {"p50": 1},
                   "statusCodeDistribution": {"200": 9}, "errorDistribution": {}})),
    ),
    Format(
        "litmus",
        litmus.parse,
        litmus.sniff,
        (b"apiVersion: litmuschaos.io/v1alpha1\nkind: ChaosResult\nmetadata: {name: a, uid: b}\nstatus:\n"
         b"  experimentStatus: {verdict: Pass}\n  probeStatuses: [{name: p, mode: SOT, status: {verdict: Passed}}]\n",),
    ),
    Format(
        "chaos mesh",
        chaos_mesh.parse,
        chaos_mesh.sniff,
        (b"apiVersion: chaos-mesh.org/v1alpha1\nkind: Workflow\nspec:\n  templates:\n"
         b"  - {name: a, templateType: NetworkChaos, networkChaos: {action: delay}}\n",),
    ),
    Format("baseline", baseline_record.parse, baseline_record.sniff, encoded({"commit": "a", "runs": [RUN, RUN]})),
)  # fmt: skip
