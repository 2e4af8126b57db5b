"""Grafana dashboards as JSON: panels with their queries, in rows or not, and what Grafana refuses to load.

Reads the classic model (schemaVersion, or rows with panels as of Grafana 4), its export with `__inputs`,
the answer of the API (`dashboard` beside `meta`), and resources of `dashboard.grafana.app`, v1 and v2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from auditor.formats.monitoring.grafana_model import (
    Dashboard,
    Lines,
    Panel,
    Place,
    Sources,
    Variable,
    listed,
    mapping,
    plain_text,
    refusals,
    target,
    text_at,
)
from auditor.formats.monitoring.grafana_schema_v2 import read_v2
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.word_list import words

_LIMIT = 8_000_000
_DEEPEST_ROWS = 8
_MOST_PANELS = 20_000
_NAME = "The dashboard"
_MARKS = words(
    "templating schemaversion timepicker annotations editable graphtooltip refresh uid gridpos time"
    " __inputs __requires hidecontrols"
)
_SNIFF = re.compile(
    rb"\"(?:panels|rows|schemaVersion|__inputs|__elements|graphTooltip|templating|timepicker)\"\s*:"
    rb"|dashboard\.grafana\.app"
)


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like a dashboard."""
    head = json_text.opening(head).lstrip()
    return head[:1] == b"{" and _SNIFF.search(head) is not None


def read(data: bytes, *, name: str = _NAME) -> Dashboard:
    """The dashboard. Raises Malformed, also for JSON that is none, and TooLarge."""
    top = json_text.decode(data, dict[str, Any], name=name, limit=_LIMIT)
    text = json_text.opening(data).decode("utf-8", "replace")
    wrapped = isinstance(top.get("dashboard"), dict) and "panels" not in top
    model = mapping(top["dashboard"]) if wrapped else top
    uid = text_at(model, "uid")
    if text_at(top, "apiVersion").startswith("dashboard.grafana.app/"):
        model, uid = mapping(top.get("spec")), text_at(mapping(top.get("metadata")), "name")
        if "elements" in model:
            return read_v2(model, uid, text)
    panels, rows = model.get("panels"), model.get("rows")
    marks = sum(key.lower() in _MARKS for key in model)
    if not (isinstance(panels, list) or isinstance(rows, list)) or marks < 2:
        raise Malformed(f"{name} is no dashboard: it has no panels beside the settings of one.")
    variables = _variables(model)
    sources = Sources(variables, model)
    lines = Lines(text)
    found = [*_panels(panels, Place.TOP, sources, lines, 0)]
    legacy = [mapping(row) for row in listed(rows)]
    for row in legacy:
        found += _panels(row.get("panels"), Place.LEGACY, sources, lines, 1)
    version = model.get("schemaVersion")
    return Dashboard(
        text_at(model, "title"),
        uid,
        version if isinstance(version, int) and not isinstance(version, bool) else None,
        tuple(found),
        variables,
        len(legacy),
        wrapped,
        refusals(text_at(model, "title"), uid),
        tuple(_unbound(model, variables, text)),
    )


def _unbound(model: dict[str, Any], variables: tuple[Variable, ...], text: str) -> Iterator[str]:
    known = {variable.name for variable in variables}
    for one in map(mapping, listed(model.get("__inputs"))):
        name = text_at(one, "name")
        bound = name in known or text_at(one, "pluginId") == "__expr__"
        if text_at(one, "type") == "datasource" and not bound and f"${{{name}}}" in text:
            yield name


def _panels(
    written: Any, place: Place, sources: Sources, lines: Lines, depth: int
) -> Iterator[Panel]:
    if depth > _DEEPEST_ROWS or len(listed(written)) > _MOST_PANELS:
        raise TooLarge(f"{_NAME} has too many panels, or rows within rows.")
    for one in map(mapping, listed(written)):
        below = sources.type_of(one.get("datasource"))
        targets = []
        for each in map(mapping, listed(one.get("targets"))):
            own = sources.type_of(each.get("datasource"))
            targets.append(target(each, own or ("" if below == "-- mixed --" else below)))
        title = text_at(one, "title")
        yield Panel(
            title,
            text_at(one, "type"),
            place,
            tuple(targets),
            "libraryPanel" in one,
            lines.of(title),
        )
        if text_at(one, "type") == "row":
            yield from _panels(one.get("panels"), Place.NESTED, sources, lines, depth + 1)


def _variables(model: dict[str, Any]) -> tuple[Variable, ...]:
    found = map(mapping, listed(mapping(model.get("templating")).get("list")))
    return tuple(
        Variable(
            text_at(one, "name"),
            text_at(one, "type"),
            plain_text(one.get("query")) or text_at(mapping(one.get("query")), "query"),
        )
        for one in found
    )
