"""Small dashboards of Grafana: the classic model with rows, the one of Grafana 4, and schema v2."""

from __future__ import annotations

from auditor.formats.monitoring import grafana_dashboard
from tests.formats.documents.format import Format, encoded

QUERY = {
    "expr": "rate(a_total[$__rate_interval])",
    "refId": "A",
    "datasource": {"type": "prometheus"},
}
PANEL = {"id": 1, "type": "stat", "title": "A <b>", "targets": [QUERY], "gridPos": {"h": 1}}
CLASSIC = {
    "__inputs": [{"name": "DS_P", "type": "datasource", "pluginId": "prometheus"}],
    "title": "a",
    "uid": "a-1",
    "schemaVersion": 39,
    "templating": {"list": [{"name": "ds", "type": "datasource", "query": "prometheus"}]},
    "panels": [PANEL, {"type": "row", "title": "R", "panels": [PANEL | {"datasource": "${DS_P}"}]}],
}
LEGACY = {"title": "b", "editable": True, "refresh": "5s", "rows": [{"panels": [PANEL]}]}
V2_QUERY = {
    "kind": "PanelQuery",
    "spec": {
        "query": {"kind": "DataQuery", "group": "prometheus", "spec": {"expr": "up"}},
        "hidden": False,
    },
}
V2 = {
    "apiVersion": "dashboard.grafana.app/v2beta1",
    "kind": "Dashboard",
    "metadata": {"name": "c"},
    "spec": {
        "title": "C",
        "elements": {
            "p": {
                "kind": "Panel",
                "spec": {
                    "title": "P",
                    "vizConfig": {"kind": "VizConfig", "group": "timeseries"},
                    "data": {"kind": "QueryGroup", "spec": {"queries": [V2_QUERY]}},
                },
            }
        },
        "layout": {"kind": "GridLayout", "spec": {"items": [{"spec": {"element": {"kind": "ElementReference", "name": "p"}}}]}},
        "variables": [{"kind": "DatasourceVariable", "spec": {"name": "ds", "pluginId": "prometheus"}}],
    },
}  # fmt: skip

FORMATS = (
    Format(
        "grafana_dashboard",
        grafana_dashboard.read,
        grafana_dashboard.sniff,
        encoded(CLASSIC, LEGACY, V2),
    ),
)
