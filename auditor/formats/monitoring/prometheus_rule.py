"""One rule of Prometheus, alerting or recording, with whatever is wrong in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.monitoring import alert_template
from auditor.formats.monitoring.promql import Expression
from auditor.formats.monitoring.promql import parse as parse_expression
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_shapes import kind_of, need_mapping, text_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue

_RULE_KEYS = frozenset(
    {"alert", "record", "expr", "for", "keep_firing_for", "labels", "annotations"}
)
_OF_ALERTS_ONLY = ("for", "keep_firing_for", "annotations")
_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_DURATION = re.compile(
    r"(?:(\d{1,9})y)?(?:(\d{1,9})w)?(?:(\d{1,9})d)?(?:(\d{1,9})h)?"
    r"(?:(\d{1,9})m)?(?:(\d{1,9})s)?(?:(\d{1,9})ms)?",
    re.ASCII,
)
_SECONDS = (365 * 86_400, 7 * 86_400, 86_400, 3_600, 60, 1, 0.001)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `for_seconds` is None where there is no valid `for`.

    `problems` are sentences; with any, Prometheus refuses the whole file. `expression` is None
    where the expression cannot be read. `line` is where the rule starts, `expr_line` its text.
    """

    alert: str | None
    record: str | None
    expr: str
    expression: Expression | None
    for_seconds: float | None
    labels: dict[str, str]
    annotations: dict[str, str]
    line: int | None
    expr_line: int | None
    problems: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the alert, or of the recorded metric."""
        return self.alert or self.record or ""


def read_rule(document: YamlDocument, path: Path, value: YamlValue) -> Rule:
    """The rule at `path`. Raises Malformed where that is no mapping."""
    rule = need_mapping(document, path, value, "A rule")
    alert, record = text_of(rule.get("alert")), text_of(rule.get("record"))
    name = f"The rule {alert or record or '(unnamed)'}"
    expr = (text_of(rule.get("expr")) or "").strip()
    expression, problem = _expression(name, expr)
    problems = [
        *unknown_keys(rule, _RULE_KEYS, name),
        *_identity(name, alert, record, rule),
        *([problem] if problem else []),
        *_wrong_durations(name, rule),
        *_wrong_mappings(name, rule),
        *(_wrong_templates(name, rule) if alert else ()),
    ]
    return Rule(
        alert=alert or None,
        record=record or None,
        expr=expr,
        expression=expression,
        for_seconds=duration_seconds(text_of(rule.get("for")) or ""),
        labels=_texts(rule.get("labels")),
        annotations=_texts(rule.get("annotations")),
        line=document.line(path),
        expr_line=document.text_line((*path, "expr")),
        problems=tuple(problems),
    )


def _expression(name: str, expr: str) -> tuple[Expression | None, str | None]:
    if not expr:
        return None, f"{name} has no expression."
    try:
        return parse_expression(expr), None
    except FormatError as error:
        return None, f"{name}: {error.message}"


def _identity(
    name: str, alert: str | None, record: str | None, rule: dict[str, YamlValue]
) -> Iterator[str]:
    if bool(alert) == bool(record):
        yield f"{name} must have one of `alert` and `record`."
    if record and not _METRIC.fullmatch(record):
        yield f"{name} records into a name that is no metric name."
    if record and not alert:
        for key in _OF_ALERTS_ONLY:
            if rule.get(key) is not None:
                yield f"{name} records, so it cannot have `{key}`."


def _wrong_durations(name: str, rule: dict[str, YamlValue]) -> Iterator[str]:
    for key in ("for", "keep_firing_for"):
        text = text_of(rule.get(key))
        if rule.get(key) is not None and duration_seconds(text or "") is None:
            yield f"{name} has {key}={text!r}, which is no duration such as 5m."


def _wrong_mappings(name: str, rule: dict[str, YamlValue]) -> Iterator[str]:
    for key in ("labels", "annotations"):
        value = rule.get(key)
        if value is not None and not isinstance(value, dict):
            yield f"{name} has {key} that are {kind_of(value)}, not a mapping."
            continue
        for label, text in (value or {}).items():
            if not _LABEL.fullmatch(label) or (key == "labels" and label == "__name__"):
                yield f"{name} has the {key[:-1]} {label[:80]!r}, which Prometheus 2 refuses."
            if isinstance(text, dict | list):
                yield f"{name} has the {key[:-1]} {label[:80]!r} that is {kind_of(text)}."


def _wrong_templates(name: str, rule: dict[str, YamlValue]) -> Iterator[str]:
    for key in ("labels", "annotations"):
        for label, text in _texts(rule.get(key)).items():
            fault = alert_template.fault(text)
            if fault:
                yield f"{name} has the {key[:-1]} {label[:80]!r}, whose template {fault}."


def _texts(value: YamlValue) -> dict[str, str]:
    entries = value if isinstance(value, dict) else {}
    return {key: text for key, each in entries.items() if (text := text_of(each)) is not None}


def unknown_keys(mapping: dict[str, YamlValue], known: frozenset[str], what: str) -> Iterator[str]:
    """Prometheus reads strictly: one misspelt key and the whole file is not loaded."""
    for key in mapping:
        if key not in known:
            yield f"{what} has the key {key[:80]!r}, which Prometheus does not know."


def duration_seconds(text: str) -> float | None:
    """Seconds of a Prometheus duration such as `1h30m`; None where it is none."""
    if text == "0":
        return 0.0
    match = _DURATION.fullmatch(text)
    if match is None or not text:
        return None
    return sum(
        int(part) * unit for part, unit in zip(match.groups(), _SECONDS, strict=True) if part
    )
