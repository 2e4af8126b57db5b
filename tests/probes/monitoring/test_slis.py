"""Service level indicators: measured with enough samples, or no number at all."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.probing.testing import problems, run_probe, values
from probes.monitoring.slis import outcomes, ratios, slis
from tests.probes.monitoring.apis import Apis, ask, target

Rows = list[tuple[dict[str, str], str]]
OWN = [
    "up", "http_requests_total", "http_request_duration_seconds_bucket", "process_open_fds", "process_max_fds",
    "page_cache_hits_total", "page_cache_misses_total",
]  # fmt: skip
COVERED: Rows = [({}, "3000")]
REQUESTS: Rows = [({"status": "200"}, "5940"), ({"status": "503"}, "60")]
BUCKETS: Rows = [({"le": "0.1"}, "5000"), ({"le": "0.5"}, "5900"), ({"le": "1"}, "6000"), ({"le": "+Inf"}, "6000")]  # fmt: skip
CACHE = {"page_cache_hits": [({}, "900")], "page_cache_misses": [({}, "100")]}
NAN: Rows = [({}, "NaN")]


def told(**changes: Rows) -> tuple[dict[str, Any], set[str]]:
    """The facts by their last word, and those that a problem hides."""
    vectors = {
        "unless": [],
        "up{": changes.get("covered", COVERED),
        "sum by (status": changes.get("requests", REQUESTS),
        "duration_seconds_bucket": changes.get("buckets", BUCKETS),
        "process_open_fds": changes.get("fds", [({}, "12.5")]),
        "page_cache_hits": changes.get("hits", CACHE["page_cache_hits"]),
        "page_cache_misses": changes.get("misses", CACHE["page_cache_misses"]),
    }
    if "born" in changes:
        vectors["unless"] = changes["born"]
    evidence = ask(slis, Apis(own=OWN, vectors=vectors))
    assert set(problems(evidence)) <= {"vacuous"}
    hidden = {name.removeprefix("sli.") for p in evidence.problems for name in p.facts}
    return {n.removeprefix("sli."): v for n, v in values(evidence).items()}, hidden


def test_present_every_indicator_is_measured() -> None:
    facts, hidden = told()
    assert hidden == set()
    assert facts == {
        "window_s": 3000,
        "samples": 6000,
        "request_rate": 2.0,
        "error_percent": 1.0,
        "p50_ms": pytest.approx(60.0, abs=0.1),
        "p95_ms": pytest.approx(411.1, abs=0.1),
        "p95_bucket_ms": 500.0,
        "p99_ms": pytest.approx(700.0, abs=0.1),
        "cache_hit_percent": 90.0,
        "cache_lookups": 1000,
        "cache_window_s": 3000,
        "saturation_percent": 12.5,
    }


def test_each_number_shows_the_query_that_decided_it() -> None:
    evidence = ask(slis, Apis(own=OWN, vectors={"up{": COVERED, "sum by (status": REQUESTS}))
    (rate,) = (fact for fact in evidence.facts if fact.key == "sli.request_rate")
    assert "increase(http_requests_total{job=~" in str(rate.source.excerpt)
    assert 'route!~"/?(api/)' in str(rate.source.excerpt)


def test_missing_metrics_are_no_numbers_but_problems() -> None:
    evidence = ask(slis, Apis(own=["up"], vectors={"up{": COVERED}))
    assert set(values(evidence)) == {"sli.window_s"}
    assert set(problems(evidence)) == {"vacuous"}


def test_without_a_prometheus_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(slis)) == ["not_configured"]


def test_the_numbers_of_other_services_are_not_taken() -> None:
    evidence = ask(slis, Apis(targets=[target("billing")], own=OWN))
    assert (problems(evidence), evidence.facts) == (["vacuous"], ())


@pytest.mark.parametrize("body", ["<html>", "{", '{"status":"error","error":"bad"}'])
def test_malformed_what_is_no_prometheus_is_a_problem(body: str) -> None:
    assert problems(ask(slis, Apis(body=body))) == ["malformed"]


def test_denied_it_is_a_problem() -> None:
    assert problems(ask(slis, Apis(status=403))) == ["denied"]


def test_denied_queries_hide_every_number() -> None:
    evidence = ask(slis, Apis(own=OWN, broken="query"))
    assert evidence.facts == ()
    assert set(problems(evidence)) == {"denied"}


@pytest.mark.parametrize(
    "rows", [[], NAN, [({}, "+Inf")], [({}, "0")], [({"status": "200"}, "99")]]
)
def test_false_green_no_traffic_or_too_little_is_no_ratio(rows: Rows) -> None:
    facts, hidden = told(requests=rows)
    assert {"samples", "request_rate", "error_percent"} <= hidden
    assert "error_percent" not in facts


@pytest.mark.parametrize("rows", [[], NAN])
def test_false_green_without_data_there_is_no_window(rows: Rows) -> None:
    facts, hidden = told(covered=rows)
    assert {"window_s", "request_rate", "error_percent"} <= hidden - set(facts)


def test_false_green_the_first_error_of_a_kind_counts_though_it_never_increased() -> None:
    good: Rows = [({"status": "200"}, "990")]
    assert told(requests=good)[0]["error_percent"] == 0
    assert told(requests=good, born=[({"status": "500"}, "10")])[0]["error_percent"] == 1.0


def test_false_green_a_counter_without_a_status_has_no_errors_to_tell() -> None:
    facts, hidden = told(requests=[({}, "6000")])
    assert "error_percent" in hidden - set(facts)


@pytest.mark.parametrize(
    "rows",
    [[], [({"le": "1"}, "NaN"), ({"le": "+Inf"}, "NaN")], [({"le": "1"}, "6000")],
     [({"le": "1"}, "199"), ({"le": "+Inf"}, "199")]],
)  # fmt: skip
def test_false_green_a_histogram_with_nothing_in_it_has_no_quantiles(rows: Rows) -> None:
    facts, hidden = told(buckets=rows)
    assert hidden == {"p50_ms", "p95_ms", "p95_bucket_ms", "p99_ms"}
    assert hidden.isdisjoint(facts)


def test_false_green_p99_wants_more_requests_than_p95() -> None:
    facts, hidden = told(buckets=[({"le": "1"}, "999"), ({"le": "+Inf"}, "999")])
    assert hidden == {"p99_ms"}
    assert "p95_ms" in facts


def test_false_green_a_quantile_beyond_the_largest_bucket_is_not_its_edge() -> None:
    facts, hidden = told(buckets=[({"le": "0.1"}, "5900"), ({"le": "+Inf"}, "6000")])
    assert (hidden, "p95_ms" in facts) == ({"p99_ms"}, True)


@pytest.mark.parametrize(
    ("hits", "misses"), [([], []), ([({}, "NaN")], [({}, "NaN")]), ([({}, "99")], [({}, "0")])]
)
def test_false_green_a_ratio_over_few_lookups_is_none(hits: Rows, misses: Rows) -> None:
    facts, hidden = told(hits=hits, misses=misses)
    assert hidden == {"cache_hit_percent", "cache_lookups", "cache_window_s"}
    assert hidden.isdisjoint(facts)


def test_of_several_caches_the_lowest_ratio_is_told() -> None:
    hits: Rows = [({"cache": "a"}, "990"), ({"cache": "b"}, "20")]
    misses: Rows = [({"cache": "a"}, "10"), ({"cache": "b"}, "180")]
    facts, _ = told(hits=hits, misses=misses)
    assert (facts["cache_hit_percent"], facts["cache_lookups"]) == (10.0, 200)


def test_a_cache_server_counts_where_its_job_is_called_after_the_service() -> None:
    redis = ["redis_keyspace_hits_total", "redis_keyspace_misses_total"]
    vectors: dict[str, Rows] = {
        "redis_keyspace_hits": [({}, "700")],
        "redis_keyspace_misses": [({}, "300")],
    }
    jobs = [target(), target("service-redis")]
    found = ask(slis, Apis(targets=jobs, own=redis, vectors=vectors))
    assert values(found)["sli.cache_hit_percent"] == 70.0
    other = ask(slis, Apis(targets=[target(), target("redis")], own=["up"], vectors=vectors))
    assert "sli.cache_hit_percent" not in values(other)


def test_a_request_that_ended_without_a_status_failed() -> None:
    from auditor.formats.monitoring.prometheus_api import Sample

    rows = [
        Sample({"code": "2xx"}, 98.0), Sample({"code": "UNKNOWN"}, 1.0), Sample({"code": "5xx"}, 1.0)
    ]  # fmt: skip
    assert outcomes(rows) == (100.0, 2.0)
    assert list(ratios([], rows[:1])) == []
