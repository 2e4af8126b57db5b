"""The queries of a dashboard as Grafana itself would send them: its variables put in by their values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from auditor.formats.monitoring.grafana_model import listed, mapping, plain_text, text_at
from auditor.formats.text import json_text

_LIMIT = 8_000_000
_DEEPEST = 8
_MOST = 20_000
_VARIABLE = re.compile(r"\$\{(\w+)[^{}]{0,200}\}|\[\[(\w+)[^\[\]]{0,200}\]\]|\$(\w+)")
_ALL = "$__all"
BUILT_IN = {
    "__rate_interval": "5m",
    "__interval": "1m",
    "__interval_ms": "60000",
    "__range": "1h",
    "__range_s": "3600",
    "__range_ms": "3600000",
}
"""What Grafana puts in for a view of the last hour."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query of a panel: its text, and the data source that it names ("" for the default one).

    `missing` names variables that have no value, for which the query cannot be sent.
    """

    panel: str
    text: str
    source: str
    missing: tuple[str, ...] = ()
    number: int = 0
    """The place of its panel in the dashboard: titles may stand twice."""


def queries(data: bytes, *, name: str = "The dashboard") -> list[Query]:
    """The queries in PromQL that are shown, of the API's answer or of a file. Raises Malformed, TooLarge."""
    top = json_text.decode(data, dict[str, Any], name=name, limit=_LIMIT)
    model = mapping(top["dashboard"]) if isinstance(top.get("dashboard"), dict) else top
    known = {**_values(model), **BUILT_IN}
    found: list[Query] = []
    for number, panel in enumerate(_panels(model.get("panels"), 0)):
        title = text_at(panel, "title") or f"a {text_at(panel, 'type') or 'plain'} panel"
        below = panel.get("datasource")
        for target in map(mapping, listed(panel.get("targets"))):
            text = text_at(target, "expr").strip()
            own = target.get("datasource")
            kind, source = _source(own if own is not None else below, known)
            if not text or target.get("hide") is True or kind not in ("", "prometheus"):
                continue
            missing = [n for n in _named(text) if n not in known]
            filled = _VARIABLE.sub(lambda m: known.get(_name(m), m[0]), text)
            found.append(Query(title, filled, source, tuple(dict.fromkeys(missing)), number))
    return found


def _panels(written: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST or len(listed(written)) > _MOST:
        return
    for panel in map(mapping, listed(written)):
        if text_at(panel, "type") == "row":
            yield from _panels(panel.get("panels"), depth + 1)
        else:
            yield panel


def _values(model: dict[str, Any]) -> dict[str, str]:
    """The current value of each variable; of several a pattern that takes them all."""
    found: dict[str, str] = {}
    for one in map(mapping, listed(mapping(model.get("templating")).get("list"))):
        value = mapping(one.get("current")).get("value")
        if text_at(one, "type") == "constant" and plain_text(one.get("query")):
            value = one["query"]
        texts = [text for text in (value if isinstance(value, list) else [value]) if text]
        if _ALL in texts:
            found[text_at(one, "name")] = text_at(one, "allValue") or ".*"
        elif texts and all(isinstance(text, str) for text in texts):
            found[text_at(one, "name")] = "|".join(texts)
        elif text_at(one, "type") in ("textbox", "adhoc"):
            found[text_at(one, "name")] = ""
    return found


def _source(written: Any, known: dict[str, str]) -> tuple[str, str]:
    """Type and uid (or name) of a data source, each "" where it is not told."""
    kind = text_at(written, "type").lower() if isinstance(written, dict) else ""
    uid = text_at(written, "uid") if isinstance(written, dict) else plain_text(written)
    if uid.startswith(("$", "[[")):
        uid = known.get(next(iter(_named(uid)), ""), "")
    return kind, "" if uid in ("default", "-- Mixed --") else uid


def _named(text: str) -> list[str]:
    return [_name(found) for found in _VARIABLE.finditer(text)]


def _name(found: re.Match[str]) -> str:
    return found[1] or found[2] or found[3]
