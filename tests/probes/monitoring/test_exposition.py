"""The metrics that a deployment exposes, counted."""

from typing import Any

import httpx
import pytest

from auditor.probing.doors.access import access
from auditor.probing.testing import Handler, problems, run_probe, values
from probes.monitoring.exposition import exposition
from tests.servers.made_up import MadeUp

FREE = """\
# TYPE python_info gauge
python_info{version="3.11"} 1
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 4.5
# TYPE python_gc_collections_total counter
python_gc_collections_total{generation="0"} 80
"""
OWN = """\
# TYPE orders_total counter
orders_total{state="paid"} 3
# TYPE refunds_total counter
refunds_total 0
"""
PAGE = "<!doctype html><html><body>Welcome</body></html>"


def everywhere(status: int, body: str, kind: str = "text/html") -> Handler:
    """A deployment that answers the same on every path."""
    return lambda request: httpx.Response(status, text=body, headers={"Content-Type": kind})


def counted(text: str, path: str = "/metrics") -> dict[str, object]:
    """The facts where `path` answers `text` and nothing else is there."""
    return dict(values(run_probe(exposition, http={path: (200, text)})))


@pytest.mark.parametrize("path", ["/metrics", "/actuator/prometheus", "/-/metrics", "/api/metrics"])
def test_present_metrics_are_counted_apart_from_those_that_come_for_free(path: str) -> None:
    assert counted(FREE + OWN, path) == {
        "metrics.families": 2,
        "metrics.default_families": 3,
        "metrics.live_families": 1,
        "metrics.samples": 5,
        "metrics.moved": [],
        "metrics.misnamed": [],
        "metrics.largest_family": 1,
    }


def test_missing_endpoint_is_a_count_of_nothing_that_names_where_it_looked() -> None:
    evidence = run_probe(exposition, http={})
    assert evidence.problems == ()
    assert {value for value in values(evidence).values() if not isinstance(value, list)} == {0}
    assert values(evidence)["metrics.moved"] == []
    assert "/actuator/prometheus" in evidence.facts[0].source.locator


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(exposition)) == ["not_configured"]


@pytest.mark.parametrize("body", [PAGE, '{"counters": {"orders": 3}}', "orders_total three\n"])
def test_malformed_metrics_are_a_problem_that_names_the_path(body: str) -> None:
    evidence = run_probe(exposition, http={"/metrics": (200, body)})
    assert problems(evidence) == ["malformed"]
    assert "GET /metrics" in evidence.problems[0].message
    assert evidence.facts == ()


@pytest.mark.parametrize("status", [401, 403])
def test_a_denied_endpoint_is_a_problem_and_no_count_of_nothing(status: int) -> None:
    assert problems(run_probe(exposition, http={"/metrics": (status, "no")})) == ["denied"]


def test_an_endpoint_that_is_denied_does_not_hide_another_that_answers() -> None:
    answers = {"/metrics": (403, "no"), "/-/metrics": (200, OWN)}
    evidence = run_probe(exposition, http=answers)
    assert evidence.problems == ()
    assert values(evidence)["metrics.families"] == 2


def test_an_endpoint_that_fails_is_a_problem() -> None:
    assert problems(run_probe(exposition, http={"/metrics": (500, "oops")})) == ["malformed"]


def test_an_unreachable_gateway_is_a_problem() -> None:
    assert problems(run_probe(exposition, http=everywhere(503, "gone"))) == ["unreachable"]


def test_false_green_a_page_that_answers_every_path_is_no_metrics_endpoint() -> None:
    evidence = run_probe(exposition, http=everywhere(200, PAGE))
    assert evidence.problems == ()
    assert values(evidence)["metrics.families"] == 0


def test_false_green_the_free_families_alone_are_none_of_the_services() -> None:
    found = counted(FREE)
    assert (found["metrics.families"], found["metrics.default_families"]) == (0, 3)


def test_false_green_a_registered_counter_that_never_moved_is_not_live() -> None:
    found = counted(
        "# TYPE orders_total counter\norders_total 0\n# TYPE orders_created gauge\norders_created 1.7e9\n"
    )
    assert (found["metrics.families"], found["metrics.live_families"]) == (1, 0)


def test_false_green_an_empty_answer_has_no_samples() -> None:
    assert counted("")["metrics.samples"] == 0


def test_a_port_that_serves_its_metrics_on_every_path_is_counted() -> None:
    evidence = run_probe(exposition, http=everywhere(200, OWN, "text/plain"))
    assert values(evidence)["metrics.families"] == 2


def test_an_answer_that_may_be_cut_off_is_a_finding() -> None:
    evidence = run_probe(exposition, http={"/metrics": (200, OWN.rstrip())})
    assert [f.rule for f in evidence.findings] == ["metrics.format"]


def test_an_openmetrics_answer_without_its_end_is_malformed() -> None:
    kind = {"Content-Type": "application/openmetrics-text; version=1.0.0"}
    evidence = run_probe(exposition, http={"/metrics": (200, OWN, kind)})
    assert problems(evidence) == ["malformed"]


def _behind_a_login(credential: str, **routes: Any) -> MadeUp:
    return MadeUp({"/metrics": OWN, **routes}, credential)


def test_metrics_behind_a_login_are_read_with_the_credentials_of_the_operator() -> None:
    api = _behind_a_login("Basic bWU6c2VjcmV0LXdvcmQ=")
    granted = access({"AUDITOR_METRICS_BASIC": "me:secret-word"}, {})
    evidence = run_probe(exposition, http=api, access=granted)
    assert values(evidence)["metrics.families"] == 2
    assert "secret-word" not in repr(evidence)
    assert "bWU6c2VjcmV0LXdvcmQ=" not in repr(evidence)


def test_credentials_for_metrics_are_sent_only_after_they_are_asked_for() -> None:
    api = MadeUp({"/metrics": OWN})
    run_probe(exposition, http=api, access=access({"AUDITOR_METRICS_TOKEN": "a-metrics-token"}, {}))
    assert not any("authorization" in headers for headers in api.sent)


def test_denied_metrics_name_the_variable_that_would_open_them() -> None:
    without = run_probe(exposition, http=_behind_a_login("Bearer x"))
    assert "AUDITOR_METRICS_TOKEN" in without.problems[0].hint
    granted = access({"AUDITOR_METRICS_TOKEN": "a-wrong-token"}, {})
    wrong = run_probe(exposition, http=_behind_a_login("Bearer x"), access=granted)
    assert problems(wrong) == ["denied"]
    assert "AUDITOR_METRICS_TOKEN" in wrong.problems[0].hint


class Counting:
    """A deployment that counts what it is asked for; `processes` answer in turn, each for itself."""

    def __init__(self, processes: int = 1, label: str = "", gone: bool = False) -> None:
        self.counts = [0] * processes
        self.label, self.gone, self.asked = label, gone, 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        at = self.asked % len(self.counts)
        self.asked += 1
        if request.url.path != "/metrics":
            self.counts[at] += 1
            return httpx.Response(200 if request.url.path == "/" else 404, text=request.url.path)
        if self.gone and self.asked > 4:
            return httpx.Response(404)
        label = f'{{path="{self.label}"}}' if self.label else ""
        text = f"process_start_time_seconds {at}\n# TYPE requests_total counter\nrequests_total{label} {self.counts[at]}\n"
        return httpx.Response(200, text=text + "# TYPE idle_total counter\nidle_total 9\n")


def test_a_family_that_changed_between_two_readings_moves() -> None:
    found = values(run_probe(exposition, http=Counting()))
    assert found["metrics.moved"] == ["requests_total"], "not the idle one, which is not 0 either"


def test_false_green_what_the_reading_itself_moves_does_not_count() -> None:
    assert values(run_probe(exposition, http=Counting(label="/metrics")))["metrics.moved"] == []


def test_false_green_a_text_that_stands_still_moves_nothing() -> None:
    found = counted(FREE + OWN)
    assert (found["metrics.live_families"], found["metrics.moved"]) == (1, [])


def test_readings_behind_a_balancer_are_compared_only_with_the_same_process() -> None:
    evidence = run_probe(exposition, http=Counting(processes=3))
    assert values(evidence)["metrics.moved"] == ["requests_total"]


def test_false_green_another_process_each_time_is_no_movement() -> None:
    evidence = run_probe(exposition, http=Counting(processes=997))
    assert problems(evidence) == ["vacuous"]
    assert evidence.problems[0].facts == ("metrics.moved",)


def test_an_endpoint_that_is_gone_the_second_time_is_told() -> None:
    evidence = run_probe(exposition, http=Counting(gone=True))
    assert ("metrics.moved",) in [problem.facts for problem in evidence.problems]
    assert values(evidence)["metrics.families"] == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("# TYPE orders counter\norders 1\n", "orders: is a counter and does not end in _total"),
        ("# TYPE ordersPaid gauge\nordersPaid 1\n", "ordersPaid: is not in lower case"),
        ("# TYPE wait_ms gauge\nwait_ms 1\n", "wait_ms: is not in a base unit (ms)"),
        ("# TYPE used_percent gauge\nused_percent 1\n", "used_percent: is not in a base unit"),
        ("# TYPE size_total gauge\nsize_total 1\n", "size_total: is a gauge and ends in _total"),
    ],
)
def test_a_name_against_the_conventions_is_told_with_the_reason(text: str, why: str) -> None:
    told = counted(text)["metrics.misnamed"]
    assert isinstance(told, list)
    assert len(told) == 1
    assert told[0].startswith(why)


def test_a_label_that_holds_ids_shows_in_the_size_of_its_family() -> None:
    text = "# TYPE orders_total counter\n"
    text += "".join(f'orders_total{{customer="{n}"}} 1\n' for n in range(300))
    assert counted(text)["metrics.largest_family"] == 300
