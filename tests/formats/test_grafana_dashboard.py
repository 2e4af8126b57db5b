"""Grafana dashboards are read in each of their models, or refused; whatever is done to them, nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.formats.monitoring import grafana_dashboard
from auditor.formats.monitoring.grafana_model import Dashboard, Place
from auditor.formats.text.errors import Malformed, TooLarge
from tests.formats.damage import JUNK, pieces, read_or_refused
from tests.formats.documents.dashboards import CLASSIC, FORMATS, LEGACY, PANEL, V2


def read(document: Any) -> Dashboard:
    return grafana_dashboard.read(json.dumps(document, indent=1).encode())


def test_panels_are_told_wherever_they_stand_with_the_line_of_their_title() -> None:
    found = read(CLASSIC)
    assert [(p.title, p.type, p.place) for p in found.panels] == [
        ("A <b>", "stat", Place.TOP),
        ("R", "row", Place.TOP),
        ("A <b>", "stat", Place.NESTED),
    ]
    lines = json.dumps(CLASSIC, indent=1).split("\n")
    assert all(f'"title": {json.dumps(p.title)}' in lines[(p.line or 0) - 1] for p in found.panels)
    assert len(found.shown) == 2
    old = read(LEGACY)
    assert (old.legacy_rows, [p.place for p in old.panels]) == (1, [Place.LEGACY])


def test_schema_v2_shows_only_what_its_layout_refers_to() -> None:
    hidden = json.loads(json.dumps(V2))
    hidden["spec"]["layout"] = {"kind": "GridLayout", "spec": {"items": []}}
    (panel,) = read(V2).panels
    assert (panel.type, panel.targets[0].expr, panel.targets[0].source) == (
        "timeseries",
        "up",
        "prometheus",
    )
    assert read(hidden).panels == ()


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ({"type": "Loki", "uid": "x"}, "loki"),
        ("${DS_P}", "prometheus"),
        ({"uid": "$ds"}, "prometheus"),
        ("Prometheus (eu)", "prometheus"),
        (None, ""),
        ("$nobody", ""),
    ],
)
def test_the_type_of_a_data_source_is_found_by_what_its_name_leads_to(
    written: Any, source: str
) -> None:
    panel = PANEL | {"targets": [{"expr": "x"}], "datasource": written}
    assert read(CLASSIC | {"panels": [panel]}).panels[0].targets[0].source == source


@pytest.mark.parametrize(
    ("target", "filled"),
    [
        ({"expr": "up"}, True),
        ({"expr": "  "}, False),
        ({"refId": "A"}, False),
        ({"rawSql": "select 1", "datasource": {"type": "postgres"}}, True),
        ({"queryType": "randomWalk", "datasource": "-- Grafana --"}, False),
        ({"scenarioId": "csv_content", "datasource": {"type": "grafana-testdata-datasource"}}, False),
        ({"queryType": "dependencyGraph", "datasource": {"type": "jaeger"}}, True),
    ],
)  # fmt: skip
def test_a_query_is_filled_when_it_asks_for_more_than_made_up_data(
    target: dict[str, Any], filled: bool
) -> None:
    found = read(CLASSIC | {"panels": [PANEL | {"targets": [target]}]})
    assert found.panels[0].targets[0].filled is filled


def test_what_grafana_refuses_or_only_an_import_by_hand_puts_in_is_told() -> None:
    assert read(CLASSIC | {"title": " "}).refusals
    assert read(CLASSIC | {"uid": "a b"}).refusals
    assert read(CLASSIC).unbound == ("DS_P",)
    assert read({"dashboard": CLASSIC, "meta": {}}).wrapped
    assert not read(CLASSIC).refusals


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"panels": []},
        {"panels": [], "title": "a product page"},
        {"rows": [[1, 2]], "cols": 3},
        [1],
    ],
)
def test_json_of_something_else_is_refused(document: Any) -> None:
    with pytest.raises(Malformed):
        read(document)


def test_rows_within_rows_without_end_are_too_large() -> None:
    row: dict[str, Any] = {"type": "row", "panels": []}
    for _ in range(20):
        row = {"type": "row", "panels": [row]}
    with pytest.raises(TooLarge):
        read(CLASSIC | {"panels": [row]})


def test_damage_is_read_or_refused() -> None:
    (fmt,) = FORMATS
    number = 0
    for seed in fmt.seeds:
        parts = pieces(seed)
        for at in range(len(parts)):
            read_or_refused(fmt, b"".join(parts[:at] + parts[at + 1 :]))
            read_or_refused(fmt, b"".join([*parts[:at], JUNK[at % len(JUNK)], *parts[at + 1 :]]))
            read_or_refused(fmt, b"".join(parts[:at]))
            number += 1
    assert number > 100
