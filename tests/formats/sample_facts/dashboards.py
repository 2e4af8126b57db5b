"""Grafana dashboards."""

from __future__ import annotations

from auditor.formats.monitoring import grafana_dashboard
from auditor.formats.monitoring.grafana_model import Place
from tests.formats.sample_facts.folder import Facts, Folder, counted


def of_dashboard(data: bytes) -> Facts:
    read = grafana_dashboard.read(data)
    place = counted(panel.place for panel in read.panels)
    rows = sum(panel.type == "row" for panel in read.panels)
    top = [panel for panel in read.panels if panel.place is Place.TOP]
    return {
        "legacy_rows": read.legacy_rows,
        "panel_types": counted(panel.type for panel in read.panels),
        "panels_in_legacy_rows": place.get(Place.LEGACY, 0),
        "panels_nested_in_rows": place.get(Place.NESTED, 0),
        "panels_top_level": len(top),
        "panels_top_level_excl_rows": sum(panel.type != "row" for panel in top),
        "panels_total_excl_rows": len(read.shown),
        "row_panels": rows,
        "schemaVersion": read.schema_version,
        "targets_with_expr": sum(bool(t.expr) for panel in read.panels for t in panel.targets),
        "template_variables": len(read.variables),
        "title": read.title,
        "uid": read.uid or None,
    }


FOLDERS = (Folder("grafana-dashboard", of_dashboard, grafana_dashboard.sniff),)
