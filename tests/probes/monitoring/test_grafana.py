"""A running Grafana: what its dashboards of the service show, by their own queries."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from auditor.model.target import Deployment, Looking
from auditor.probing.doors.access import Access, Grant, access
from auditor.probing.testing import problems, run_probe, values
from probes.monitoring.grafana import grafana
from tests.servers.made_up import MadeUp

URL = "https://grafana.test/g"
TOKEN = "glsa_made-up-token-of-a-viewer"
CODE = {
    "app/main.py": "from prometheus_client import Counter\n"
    "ORDERS = Counter('orders_placed_total', 'Orders')\n"
    "def place():\n    ORDERS.inc()\n"
    "if __name__ == '__main__':\n    place()\n",
    "requirements.txt": "prometheus-client==0.21\n",
}


def panel(title: str, expr: str, source: Any = None) -> dict[str, Any]:
    """A panel with one query."""
    target = {"refId": "A", "expr": expr}
    where = {"type": "prometheus", "uid": "prom"} if source is None else source
    return {"title": title, "type": "timeseries", "datasource": where, "targets": [target]}


def dashboard(*panels: dict[str, Any], uid: str = "u1", title: str = "Service", **more: Any) -> Any:
    """The API's answer for one dashboard."""
    model = {"uid": uid, "title": title, "panels": list(panels), "schemaVersion": 39, **more}
    return {"dashboard": {"timepicker": {}, "templating": {"list": []}, **model}, "meta": {}}


def made_up(*panels: dict[str, Any], empty: tuple[str, ...] = (), **routes: Any) -> MadeUp:
    """A Grafana whose Prometheus has data for every query that holds none of `empty`."""

    def query(params: httpx.QueryParams) -> Any:
        series = (
            [] if any(e in params["query"] for e in empty) else [{"metric": {}, "value": [1, "3"]}]
        )
        return {"status": "success", "data": {"resultType": "vector", "result": series}}

    found = [{"uid": "u1", "title": "Service"}, {"uid": "other", "title": "Billing"}]
    return MadeUp(
        {
            "/g/api/search": found,
            "/g/api/dashboards/uid/u1": dashboard(*panels),
            "/g/api/datasources": [
                {"uid": "prom", "name": "Prom", "type": "prometheus", "isDefault": True}
            ],
            "/g/api/datasources/uid/prom/health": {"status": "OK", "message": "well"},
            "/g/api/datasources/proxy/uid/prom/api/v1/query": query,
            "/g/api/v1/provisioning/contact-points": [{"name": "on call", "type": "pagerduty"}],
            **{f"/g/api/{path}": answer for path, answer in routes.items()},
        },
        f"Bearer {TOKEN}",
    )


def ask(api: MadeUp, granted: Access | None = None, **options: Any) -> Any:
    """The probe of an operator who gave a token."""
    return run_probe(
        grafana,
        http=api,
        deployment=Deployment("staging", grafana=URL),
        looking=Looking(allow_hosts=("grafana.test",)),
        access=granted or access({"AUDITOR_GRAFANA_TOKEN": TOKEN}, {"grafana": URL}),
        **options,
    )


def test_present_dashboards_with_data_are_told_and_nothing_is_written() -> None:
    api = made_up(panel("Rate", "rate(http_requests_total[$__rate_interval])"), panel("Up", "up"))
    evidence = ask(api, repo=CODE)
    assert problems(evidence) == []
    assert values(evidence) == {
        "grafana.absent_dashboards": [],
        "grafana.business_panels": [],
        "grafana.contact_points": ["on call (pagerduty)"],
        "grafana.dashboards": ["Service"],
        "grafana.dead_percent": 0.0,
        "grafana.panels": 2,
        "grafana.panels_without_data": [],
        "grafana.unhealthy_sources": [],
    }
    assert api.methods == {"GET"}
    assert any("rate%28http_requests_total%5B5m%5D%29" in path for path in api.asked)


def test_missing_dashboards_of_the_repository_are_told() -> None:
    text = '{"uid": "mine", "title": "Mine", "schemaVersion": 39, "timepicker": {}, "panels": []}'
    evidence = ask(made_up(panel("Up", "up")), repo={"grafana/dashboards/mine.json": text})
    assert values(evidence)["grafana.absent_dashboards"] == ["Mine"]


def test_without_a_grafana_there_is_nothing_to_look_at() -> None:
    evidence = run_probe(grafana)
    assert problems(evidence) == ["not_configured"]
    assert "AUDITOR_GRAFANA_TOKEN" in evidence.problems[0].hint


def test_malformed_answers_are_no_dashboards() -> None:
    assert problems(ask(made_up(search={"no": "list"}))) == ["malformed"]


def test_denied_without_a_token_names_the_variable_and_the_least_right() -> None:
    evidence = ask(made_up(), Access({"grafana": Grant(URL)}))
    assert problems(evidence) == ["denied"]
    assert evidence.problems[0].hint == (
        "Run again with AUDITOR_GRAFANA_TOKEN, of a service account with the role Viewer."
    )


def test_denied_with_a_token_says_which_right_it_lacks_and_hides_only_that() -> None:
    api = made_up(panel("Up", "up"), **{"v1/provisioning/contact-points": (403, {"message": "no"})})
    evidence = ask(api, repo=CODE)
    assert [(p.kind.value, p.facts) for p in evidence.problems] == [
        ("denied", ("grafana.contact_points",))
    ]
    assert "AUDITOR_GRAFANA_TOKEN" in evidence.problems[0].hint


def test_false_green_panels_that_ask_for_nothing_that_exists_are_told() -> None:
    panels = [
        panel("Dead", "orders_total"),
        panel("Gone", "up", {"type": "prometheus", "uid": "old"}),
    ]
    told = values(ask(made_up(*panels, panel("Up", "up"), empty=("orders_total",)), repo=CODE))
    assert told["grafana.panels_without_data"] == ["Service: Dead", "Service: Gone"]
    assert told["grafana.dead_percent"] == 66.7


def test_false_green_two_panels_of_one_title_are_judged_apart() -> None:
    panels = [panel("Errors", "dead_total"), panel("Errors", "up")]
    told = values(ask(made_up(*panels, empty=("dead_total",)), repo=CODE))
    assert (told["grafana.panels"], told["grafana.panels_without_data"]) == (2, ["Service: Errors"])


def test_false_green_nan_is_nothing_to_see() -> None:
    nan = {
        "status": "success",
        "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "NaN"]}]},
    }
    api = made_up(panel("Ratio", "a/b"), **{"datasources/proxy/uid/prom/api/v1/query": nan})
    assert values(ask(api, repo=CODE))["grafana.panels_without_data"] == ["Service: Ratio"]


def test_false_green_a_business_panel_that_stood_still_for_a_week_does_not_count() -> None:
    orders = panel("Orders", "sum(rate(orders_placed_total[5m]))")
    moved = values(ask(made_up(orders), repo=CODE))
    still = values(ask(made_up(orders, empty=("[7d:1h]",)), repo=CODE))
    assert moved["grafana.business_panels"] == ["Service: Orders"]
    assert still["grafana.business_panels"] == []


def test_false_green_another_teams_dashboards_are_not_the_services() -> None:
    evidence = ask(made_up(search=[{"uid": "x", "title": "Services of all teams"}]))
    assert values(evidence)["grafana.dashboards"] == []
    assert problems(evidence) == ["vacuous"]


def test_a_data_source_that_fails_its_check_is_told() -> None:
    api = made_up(
        panel("Up", "up"),
        **{"datasources/uid/prom/health": (400, {"status": "ERROR", "message": "no such host"})},
    )
    assert values(ask(api, repo=CODE))["grafana.unhealthy_sources"] == ["Prom: no such host"]


@pytest.mark.parametrize("where", ["http://grafana.test/g/login", "https://elsewhere.test/"])
def test_credentials_follow_no_redirect(where: str) -> None:
    api = made_up(search=(302, "", {"location": where}))
    evidence = ask(api)
    assert problems(evidence) == ["malformed"]
    assert not any("login" in path for path in api.asked)


def test_queries_whose_variables_have_no_value_are_not_counted() -> None:
    listed = [
        {"name": "job", "type": "query", "current": {"value": ["$__all"]}},
        {"name": "pod", "type": "query", "current": {}},
    ]
    model = dashboard(
        panel("All", 'up{job=~"$job"}'), panel("One", 'up{pod="$pod"}'), templating={"list": listed}
    )
    api = made_up(**{"dashboards/uid/u1": model})
    assert values(ask(api, repo=CODE))["grafana.panels"] == 1
    assert any("job%3D~%22.%2A%22" in path for path in api.asked)
