"""Features that auditor.yaml declares, exercised on a running deployment."""

import httpx
import pytest

from auditor.model.evidence import Evidence
from auditor.model.target import Feature, Looking
from auditor.probing.testing import Answers, Handler, problems, run_probe, values
from probes.live.features import features

PAY = Feature("payments", "Pay", live_path="/pay/health", metric="payments_total")
PAGE = "<!doctype html><html><body>Welcome</body></html>"
METRICS = "# TYPE payments_total counter\npayments_total{m='x'} 2\n".replace("'", '"')
GOOD = {"/pay/health": (200, '{"status": "ok"}'), "/metrics": (200, METRICS)}


def look(http: Answers | Handler | None, *declared: Feature) -> Evidence:
    """The evidence with those features declared (payments, where none is named)."""
    return run_probe(features, http=http, looking=Looking(features=declared or (PAY,)))


def test_present_a_feature_that_answers_and_moves_its_metric_is_told() -> None:
    evidence = look(GOOD)
    assert evidence.problems == ()
    assert values(evidence) == {
        "features.live_ok@payments": True,
        "features.metric_total@payments": 2.0,
    }


def test_missing_route_and_metric_are_facts_with_their_places() -> None:
    evidence = look({"/metrics": (200, "# TYPE other_total counter\nother_total 5\n")})
    assert values(evidence) == {
        "features.live_ok@payments": False,
        "features.metric_total@payments": 0.0,
    }
    places = {f.key: f.locations[0].url for f in evidence.facts}
    assert places == {
        "features.live_ok": "https://staging.test/pay/health",
        "features.metric_total": "https://staging.test/metrics",
    }


def test_without_a_metrics_endpoint_the_total_is_0_and_names_where_it_looked() -> None:
    evidence = look({"/pay/health": (200, "ok")})
    [fact] = [f for f in evidence.facts if f.key == "features.metric_total"]
    assert fact.value == 0.0
    assert "/metrics" in fact.source.locator


def test_without_features_nothing_is_asked() -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200)

    evidence = run_probe(features, http=handle)
    assert (evidence.facts, evidence.problems, asked) == ((), (), [])


def test_facts_are_told_only_of_features_that_declare_them() -> None:
    evidence = look(
        GOOD, Feature("a", "A", live_path="/pay/health"), Feature("b", "B", metric="payments_total")
    )
    assert set(values(evidence)) == {"features.live_ok@a", "features.metric_total@b"}


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(look(None)) == ["not_configured"]


def test_malformed_metrics_hide_the_totals_and_nothing_else() -> None:
    evidence = look({**GOOD, "/metrics": (200, PAGE)})
    assert problems(evidence) == ["malformed"]
    assert evidence.problems[0].facts == ("features.metric_total",)
    assert set(values(evidence)) == {"features.live_ok@payments"}


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_denied_route_is_a_problem_that_names_the_feature(status: int) -> None:
    evidence = look({**GOOD, "/pay/health": (status, "no")})
    assert problems(evidence) == ["denied"]
    assert "Feature payments" in evidence.problems[0].message
    assert set(values(evidence)) == {"features.metric_total@payments"}


def test_a_route_that_fails_is_a_fact() -> None:
    assert (
        values(look({**GOOD, "/pay/health": (500, "oops")}))["features.live_ok@payments"] is False
    )


@pytest.mark.parametrize("body", [PAGE, '{"status": "ok"}'])
def test_false_green_an_answer_that_every_path_gets_proves_no_feature(body: str) -> None:
    evidence = look(
        lambda request: httpx.Response(200, text=body), Feature("a", "A", live_path="/a")
    )
    assert values(evidence) == {}
    [problem] = evidence.problems
    assert (problem.kind.value, problem.facts) == ("vacuous", ("features.live_ok",))
    assert "Feature a: GET /a answers 200" in problem.message


def test_a_page_of_its_own_is_an_answer_where_unknown_paths_are_404() -> None:
    assert values(look({"/a": (200, PAGE)}, Feature("a", "A", live_path="/a"))) == {
        "features.live_ok@a": True
    }


def test_false_green_a_counter_that_never_moved_is_0() -> None:
    text = "# TYPE payments_total counter\npayments_total 0\n# TYPE payments_created gauge\npayments_created 1.7e9\n"
    assert values(look({**GOOD, "/metrics": (200, text)}))["features.metric_total@payments"] == 0.0


@pytest.mark.parametrize("path", ["https://other.test/ok", "http://staging.test/ok", "pay"])
def test_the_repository_may_not_choose_whom_the_auditor_asks(path: str) -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(404)

    evidence = look(handle, Feature("a", "A", live_path=path))
    assert problems(evidence) == ["malformed"]
    assert not [p for p in asked if not p.startswith("/auditor-")]


def test_a_path_may_carry_a_query() -> None:
    evidence = look(
        {"/orders?limit=1": (200, "[]")}, Feature("a", "A", live_path="/orders?limit=1")
    )
    assert values(evidence) == {"features.live_ok@a": True}
