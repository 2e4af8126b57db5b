"""Dashboards of Grafana's schema v2: elements by name, and a layout that shows some of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from auditor.formats.monitoring.grafana_model import (
    Dashboard,
    Lines,
    Panel,
    Place,
    Sources,
    Target,
    Variable,
    listed,
    mapping,
    plain_text,
    refusals,
    target,
    text_at,
)
from auditor.formats.text.errors import TooLarge

_DEEPEST = 40


def read_v2(spec: dict[str, Any], uid: str, text: str) -> Dashboard:
    """The dashboard of a `spec`; elements that its layout does not show are left out. Raises TooLarge."""
    variables = tuple(_variables(spec))
    sources, lines = Sources(variables, {}), Lines(text)
    shown = dict.fromkeys(_shown(spec.get("layout"), 0))
    elements = {name: mapping(one) for name, one in mapping(spec.get("elements")).items()}
    panels = [_panel(one, sources, lines) for name, one in elements.items() if name in shown]
    title = text_at(spec, "title")
    return Dashboard(title, uid, None, tuple(panels), variables, 0, False, refusals(title, uid))


def _variables(spec: dict[str, Any]) -> Iterator[Variable]:
    for one in map(mapping, listed(spec.get("variables"))):
        inner, kind = mapping(one.get("spec")), text_at(one, "kind").removesuffix("Variable")
        query = mapping(mapping(mapping(inner.get("query")).get("spec")))
        asked = (
            text_at(inner, "pluginId") or plain_text(inner.get("query")) or text_at(query, "query")
        )
        yield Variable(text_at(inner, "name"), kind.lower(), asked)


def _shown(layout: Any, depth: int) -> Iterator[str]:
    """The names of the elements that a layout refers to, however its rows and tabs are nested."""
    if depth > _DEEPEST:
        raise TooLarge("The layout of the dashboard is nested too deeply.")
    if isinstance(layout, dict):
        if layout.get("kind") == "ElementReference":
            yield text_at(layout, "name")
        for value in layout.values():
            yield from _shown(value, depth + 1)
    elif isinstance(layout, list):
        for value in layout:
            yield from _shown(value, depth + 1)


def _panel(element: dict[str, Any], sources: Sources, lines: Lines) -> Panel:
    inner = mapping(element.get("spec"))
    title, viz = text_at(inner, "title"), mapping(inner.get("vizConfig"))
    kind = text_at(viz, "group") or text_at(viz, "kind")
    library = element.get("kind") == "LibraryPanel"
    queries = mapping(mapping(inner.get("data")).get("spec")).get("queries")
    targets = tuple(_target(mapping(one), sources) for one in listed(queries))
    return Panel(title, kind, Place.TOP, targets, library, lines.of(title))


def _target(query: dict[str, Any], sources: Sources) -> Target:
    outer = mapping(query.get("spec"))
    asked = mapping(outer.get("query"))
    kind = text_at(asked, "group") or text_at(asked, "kind")
    named = mapping(outer.get("datasource") or asked.get("datasource"))
    told = "" if kind == "DataQuery" else kind.lower()
    source = told or sources.type_of(
        {"type": named.get("type"), "uid": named.get("name") or named.get("uid")}
    )
    found = target(mapping(asked.get("spec")), source)
    return Target(found.expr, source, outer.get("hidden") is True or found.hidden, found.filled)
