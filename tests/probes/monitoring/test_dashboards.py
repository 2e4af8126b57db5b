"""Dashboards of a repository: whether Grafana loads them, and whose metrics their panels show."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.model.target import Feature, Looking
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import run_probe, values
from probes.monitoring.dashboards import dashboards

PATH = "grafana/dashboards/shop.json"
PROMETHEUS = {"type": "prometheus", "uid": "p"}
APP = """\
from prometheus_client import Counter
ORDERS = Counter("orders_total", "Orders", ["outcome"])
def place():
    ORDERS.labels("ok").inc()
"""
FILES = {
    "app/main.py": "import fastapi\nfrom app.orders import place\napp = fastapi.FastAPI()\n",
    "app/orders.py": APP,
    "requirements.txt": "fastapi\nprometheus-fastapi-instrumentator\n",
    "Dockerfile": 'FROM python:3.12\nCOPY app app\nCMD ["uvicorn", "app.main:app"]\n',
}
PROVIDER = "apiVersion: 1\nproviders:\n- {name: a, type: file, options: {path: /var/lib/grafana/dashboards}}\n"
COMPOSE = """\
services:
  grafana:
    image: grafana/grafana:12.0.0
    volumes:
      - ./grafana/provisioning:/etc/grafana/provisioning
      - ./grafana/dashboards:/var/lib/grafana/dashboards:ro
"""
LOADED = {"grafana/provisioning/dashboards/all.yaml": PROVIDER, "compose.yaml": COMPOSE}


def panel(
    expr: str = 'sum(rate(orders_total{a="$a"}[$__rate_interval]))', **more: Any
) -> dict[str, Any]:
    targets = [{"expr": expr, "datasource": PROMETHEUS, "refId": "A"}]
    return {"type": "stat", "title": "Orders", "targets": targets, **more}


def board(*panels: dict[str, Any], **more: Any) -> str:
    model = {"title": "Shop", "uid": "shop", "schemaVersion": 39, "templating": {"list": []}}
    return json.dumps(model | {"panels": list(panels)} | more)


def doubts(evidence: Evidence) -> list[str]:
    """The kinds of the problems but for the share of dead panels, which needs a dashboard of the service."""
    return [p.kind.value for p in evidence.problems if p.facts != ("dashboards.dead_percent",)]


def seen(files: dict[str, str], **options: Any) -> dict[str, Any]:
    """The facts, without their common prefix, where there was no trouble."""
    evidence = run_probe(dashboards, repo=FILES | files, **options)
    assert not doubts(evidence)
    return {name.removeprefix("dashboards."): value for name, value in values(evidence).items()}


def test_present_a_dashboard_is_told_in_full() -> None:
    assert seen({PATH: board(panel()), **LOADED}) == {
        "files": [f"{PATH} Shop"],
        "invalid": [],
        "panels": 1,
        "empty_panels": [],
        "service_panels": [f"{PATH}:1 panel 'Orders'"],
        "unknown_metrics": [],
        "dead_percent": 0.0,
        "unprovisioned": [],
        "business_panels": [f"{PATH}:1 panel 'Orders': orders_total"],
    }


@pytest.mark.parametrize(
    "files",
    [{}, {f"tests/{PATH}": board(panel())}, {"docs/x.json": board(panel())}, {"src/dashboard/es.json": '{"panels": ["a"], "title": "b"}'}],
)  # fmt: skip
def test_missing_none_is_told_as_none(files: dict[str, str]) -> None:
    told = seen(files)
    assert (told["files"], told["panels"], told["business_panels"]) == ([], 0, [])
    assert told["invalid"] == []


def test_with_nothing_to_look_at_no_code_leaves_metrics_unknown() -> None:
    evidence = run_probe(dashboards, repo={PATH: board(panel()), **LOADED})
    told = values(evidence)
    assert set(doubts(evidence)) == {"vacuous"}
    assert told["dashboards.panels"] == 1
    assert {"dashboards.unknown_metrics", "dashboards.business_panels"}.isdisjoint(told)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (PATH, ""),
        (PATH, "{}"),
        (PATH, '{"title": "a", "schemaVersion": 39, "panels": [}'),
        ("ops/x.json", '{"title": "a", "schemaVersion": 39, "panels": [}'),
        (PATH, board(panel(), title="")),
        (PATH, json.dumps({"dashboard": json.loads(board(panel())), "meta": {}})),
    ],
)
def test_malformed_a_file_that_grafana_refuses_is_no_dashboard(path: str, text: str) -> None:
    told = seen({path: text, **LOADED})
    assert told["files"] == []
    assert [entry.partition(":")[0].split()[0] for entry in told["invalid"]] == [path]


def test_denied_a_file_that_cannot_be_read_hides_what_has_no_entry() -> None:
    evidence = run_probe(dashboards, repo=FILES | {PATH: Trouble(ProblemKind.DENIED, "no")})
    assert doubts(evidence) == ["denied"]
    assert "dashboards.files" in evidence.problems[0].facts
    assert not evidence.facts


def test_what_jsonnet_or_helm_renders_is_not_read_and_nothing_is_said() -> None:
    for path, text in (
        ("mixin/dashboards.libsonnet", "local g = import 'grafonnet/grafana.libsonnet';"),
        (
            "chart/templates/d.yaml",
            'kind: ConfigMap\ndata:\n  a.json: |\n    {"panels": [], "t": {{ .x }} }\n',
        ),
    ):
        evidence = run_probe(dashboards, repo=FILES | {path: text})
        assert (doubts(evidence), evidence.facts) == (["vacuous"], ())


@pytest.mark.parametrize(
    ("written", "why"),
    [
        (panel(targets=[]), "has no query"),
        (panel(targets=[{"expr": "up", "hide": True}]), "hides all its queries"),
        (panel(""), "without content"),
        (panel("vector(1)"), "selects no series"),
        (
            panel(targets=[{"queryType": "randomWalk", "datasource": "-- Grafana --"}]),
            "made-up data",
        ),
    ],
)
def test_false_green_a_panel_that_asks_for_nothing_is_empty(
    written: dict[str, Any], why: str
) -> None:
    told = seen({PATH: board(written), **LOADED})
    assert why in told["empty_panels"][0]
    assert (told["panels"], told["business_panels"]) == (0, [])


def test_texts_rows_and_library_panels_are_not_asked_for_a_query() -> None:
    quiet = ({"type": "text"}, {"type": "row", "panels": []}, {"type": "stat", "libraryPanel": {"uid": "x"}})  # fmt: skip
    told = seen({PATH: board(*quiet), **LOADED})
    assert (told["empty_panels"], told["panels"]) == ([], 0)


def test_false_green_a_copied_dashboard_of_an_exporter_shows_nothing_of_the_service() -> None:
    told = seen({PATH: board(panel("rate(node_cpu_seconds_total[5m])"), panel("up")), **LOADED})
    assert (told["panels"], told["unknown_metrics"]) == (2, [])
    assert (told["service_panels"], told["business_panels"]) == ([], [])


def test_false_green_a_metric_that_nobody_exposes_is_unknown() -> None:
    told = seen({PATH: board(panel("sum(refunds_total)")), **LOADED})
    assert told["unknown_metrics"] == [
        f"{PATH}:1 panel 'Orders': refunds_total is exposed by nobody"
    ]
    assert told["business_panels"] == []
    assert "dead_percent" not in told
    both = seen({PATH: board(panel("sum(refunds_total)"), panel(), panel()), **LOADED})
    assert both["dead_percent"] == 33.3


@pytest.mark.parametrize(
    "code",
    [
        {"app/orders.py": APP.replace("ORDERS =", "# ORDERS =").replace("ORDERS.labels", "print")},
        {"app/orders.py": "def place(): ...\n", "tests/test_a.py": APP},
        {"app/orders.py": '"""' + APP.replace('"', "'") + '"""\ndef place(): ...\n'},
        {"app/orders.py": "def place(): ...\n", "app/old.py": APP},
    ],
)
def test_false_green_a_metric_defined_only_in_dead_text_is_unknown(code: dict[str, str]) -> None:
    told = seen({PATH: board(panel()), **LOADED, **code})
    assert len(told["unknown_metrics"]) == 1
    assert (told["service_panels"], told["business_panels"]) == ([], [])


def test_false_green_a_metric_that_is_never_counted_is_none_of_the_business() -> None:
    unused = APP.replace('    ORDERS.labels("ok").inc()', "    return None")
    told = seen({PATH: board(panel()), **LOADED, "app/orders.py": unused})
    assert (len(told["service_panels"]), told["business_panels"]) == (1, [])


@pytest.mark.parametrize(
    "name", ["http_requests_total", "shop_request_seconds_bucket", "queue_depth"]
)
def test_false_green_a_title_makes_no_business_of_a_technical_metric(name: str) -> None:
    code = f'from prometheus_client import Gauge\nA = Gauge("{name}", "")\ndef place():\n    A.set(1)\n'
    told = seen(
        {PATH: board(panel(f"sum({name})", title="Business")), **LOADED, "app/orders.py": code}
    )
    assert (len(told["service_panels"]), told["business_panels"]) == (1, [])


def test_a_metric_that_a_feature_names_is_of_the_business_whatever_its_words() -> None:
    looking = Looking(features=(Feature("a", "A", metric="queue_depth"),))
    code = APP.replace("orders_total", "queue_depth").replace("Counter", "Gauge")
    files = {PATH: board(panel("queue_depth")), **LOADED, "app/orders.py": code}
    assert len(seen(files, looking=looking)["business_panels"]) == 1


def test_a_recorded_series_stands_for_what_it_is_made_of() -> None:
    rules = "groups:\n- name: a\n  rules:\n  - {record: 'job:orders:rate5m', expr: 'rate(orders_total[5m])'}\n"
    told = seen({PATH: board(panel("job:orders:rate5m")), "rules.yml": rules, **LOADED})
    assert (told["unknown_metrics"], len(told["business_panels"])) == ([], 1)


def test_a_library_is_believed_only_where_a_manifest_declares_one() -> None:
    files = {PATH: board(panel("rate(http_requests_total[5m])")), **LOADED}
    assert seen(files)["unknown_metrics"] == []
    assert len(seen({**files, "requirements.txt": "fastapi\n"})["unknown_metrics"]) == 1


def test_a_query_that_is_no_promql_is_told_with_its_panel() -> None:
    told = seen({PATH: board(panel("sum(rate(orders_total[5m])")), **LOADED})
    assert told["invalid"][0].startswith(f"{PATH}:1 panel 'Orders': The expression is not valid")
    assert told["business_panels"] == []


def test_logql_is_not_taken_for_broken_promql() -> None:
    query = {"expr": '{app="shop"} |= "error" | json', "datasource": {"type": "loki"}}
    evidence = run_probe(dashboards, repo=FILES | LOADED | {PATH: board(panel(targets=[query]))})
    assert values(evidence)["dashboards.invalid"] == []
    assert values(evidence)["dashboards.panels"] == 1


def test_panels_over_a_database_leave_the_business_unknown() -> None:
    query = {"rawSql": "select count(*) from orders", "datasource": {"type": "postgres"}}
    evidence = run_probe(dashboards, repo=FILES | LOADED | {PATH: board(panel(targets=[query]))})
    assert "dashboards.business_panels" not in values(evidence)
    assert set(doubts(evidence)) == {"vacuous"}


def embedded(kind: str, labels: str) -> str:
    return (
        f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: shop, labels: {{{labels}}}}}\n"
        f"data:\n  shop.json: |\n    {board(panel())}\n"
    )


TERRAFORM = """\
resource "grafana_dashboard" "all" {
  for_each    = fileset("${path.module}/dashboards", "*.json")
  config_json = file("${path.module}/dashboards/${each.value}")
}
"""


@pytest.mark.parametrize(
    "files",
    [
        {PATH: board(panel()), **LOADED},
        {"k8s/d.yaml": embedded("ConfigMap", 'grafana_dashboard: "1"')},
        {"k8s/d.yaml": embedded("GrafanaDashboard", "a: b")},
        {"ops/dashboards/a.json": board(panel()), "ops/main.tf": TERRAFORM},
        {
            "k8s/a.json": board(panel()),
            "k8s/kustomization.yaml": "configMapGenerator:\n- {name: a, files: [a.json], options: {labels: {grafana_dashboard: '1'}}}\n",
        },
        {
            "chart/dashboards/a.json": board(panel()),
            "chart/templates/d.yaml": 'kind: ConfigMap\nlabels: {grafana_dashboard: "1"}\ndata: {{ (.Files.Glob "dashboards/*.json").AsConfig }}\n',
        },
        {
            PATH: board(panel()),
            "monitoring/Dockerfile": "FROM grafana/grafana:12.0.0\nCOPY grafana/provisioning /etc/grafana/provisioning\nCOPY grafana/dashboards /var/lib/grafana/dashboards\n",
            "grafana/provisioning/dashboards/all.yaml": PROVIDER,
        },
    ],
)
def test_what_loads_a_dashboard_is_seen(files: dict[str, str]) -> None:
    told = seen(files)
    assert (len(told["files"]), told["unprovisioned"]) == (1, [])


@pytest.mark.parametrize(
    "files",
    [
        {
            "compose.yaml": COMPOSE.replace(
                "      - ./grafana/dashboards:/var/lib/grafana/dashboards:ro\n", ""
            )
        },
        {"compose.yaml": COMPOSE.replace("./grafana/provisioning", "./else")},
        {"compose.yaml": COMPOSE.replace("/var/lib/grafana/dashboards", "/dashboards")},
        {"grafana/provisioning/dashboards/all.yaml": PROVIDER.replace("- {name", "# - {name")},
    ],
)
def test_false_green_a_provider_without_its_mounts_loads_nothing(files: dict[str, str]) -> None:
    assert seen({PATH: board(panel()), **LOADED, **files})["unprovisioned"] == [
        f"{PATH} Shop: nothing loads it"
    ]


def test_without_any_provisioning_it_is_not_known_whether_grafana_has_them() -> None:
    evidence = run_probe(dashboards, repo=FILES | {PATH: board(panel())})
    assert doubts(evidence) == ["not_configured"]
    assert "dashboards.unprovisioned" not in values(evidence)


def test_false_green_an_export_for_imports_by_hand_is_refused_by_a_provider() -> None:
    inputs = [{"name": "DS_P", "type": "datasource", "pluginId": "prometheus"}]
    written = board(panel(datasource="${DS_P}"), __inputs=inputs)
    assert "DS_P" in seen({PATH: written, **LOADED})["invalid"][0]


def test_dashboards_among_examples_are_named_as_left_out() -> None:
    path = "examples/grafana/dashboards/shop.json"
    evidence = run_probe(
        dashboards, repo={path: '{"title": "a", "panels": [], "schemaVersion": 39}'}
    )
    (files,) = [fact for fact in evidence.facts if fact.key == "dashboards.files"]
    assert files.value == []
    assert f"left out as tests, examples or documents: {path}" in files.source.locator
