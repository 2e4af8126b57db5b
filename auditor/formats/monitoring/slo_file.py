"""Service level objectives as files: OpenSLO, Sloth (plain and for Kubernetes), Pyrra, and burn-rate alerts.

https://openslo.com, https://sloth.dev, https://github.com/pyrra-dev/pyrra
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.text import json_text
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load_all

_SNIFF = re.compile(
    rb"^apiVersion:[ \t]*[\"']?(?:openslo(?:\.com)?/|sloth\.slok\.dev/|pyrra\.dev/)|^version:[ \t]*[\"']?prometheus/v1",
    re.MULTILINE,
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_WINDOW = re.compile(r"\[(\d+(?:ms|[smhdwy]))(?::[^\]]*)?\]|rate(\d+[smhd])\b")
_GAP = re.compile(r"(?i)todo|changeme|<[a-z _-]+>|\$\{")


@dataclass(frozen=True, slots=True)
class Objective:
    """One objective: `target` in percent, None where there is none that can be held.

    `indicator` says whether a query or a named indicator tells how it stands; `window` is as written.
    `alerts` says whether the tool makes alerts on its burn rate, or the objective names a policy.
    """

    name: str
    target: float | None
    indicator: bool
    window: str
    alerts: bool
    line: int | None

    @property
    def lacks(self) -> str:
        """What keeps it from being an objective, "" where nothing does."""
        if self.target is None:
            return "has no target above 0 and below 100 %"
        return "" if self.indicator else "has no query and no indicator that tells how it stands"


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like objectives of one of the three."""
    return _SNIFF.search(json_text.opening(head)) is not None


def parse(data: bytes | str, *, name: str = "The file") -> list[Objective]:
    """Every objective of the file. Raises Malformed and TooLarge."""
    return [one for document in load_all(data, name=name) for one in _of(document)]


def burns(name: str, expr: str) -> bool:
    """Whether an alert looks at how fast an error budget burns, over two windows at least."""
    windows = {a or b for a, b in _WINDOW.findall(expr)}
    about = re.search(r"(?i)burn|error.?budget|\bslo\b|slo[:_]", f"{name} {expr}")
    return len(windows) >= 2 and about is not None and re.search(r"\band\b", expr) is not None


def _of(document: YamlDocument) -> Iterator[Objective]:
    top = mapping_of(document.value)
    api, kind = text_of(top.get("apiVersion")) or "", text_of(top.get("kind")) or ""
    spec = mapping_of(top.get("spec"))
    name = text_of(mapping_of(top.get("metadata")).get("name")) or ""
    if (text_of(top.get("version")) or "").startswith("prometheus/v1"):
        yield from _sloth(document, top, ("slos",))
    elif api.startswith("sloth.") and kind == "PrometheusServiceLevel":
        yield from _sloth(document, spec, ("spec", "slos"))
    elif api.startswith("pyrra.") and kind == "ServiceLevelObjective":
        target = _percent(spec.get("target"))
        made = text_of(mapping_of(spec.get("alerting")).get("disabled")) != "true"
        indicator = any(_queries(v) for v in mapping_of(spec.get("indicator")).values())
        window = text_of(spec.get("window")) or ""
        yield Objective(name, target, indicator, window, made, document.line(("spec",)))
    elif api.startswith("openslo") and kind == "SLO":
        yield from _openslo(document, spec, name)


def _sloth(document: YamlDocument, holder: dict[str, YamlValue], path: Path) -> Iterator[Objective]:
    service = text_of(holder.get("service")) or ""
    for at, value in enumerate(list_of(holder.get("slos"))):
        one = mapping_of(value)
        sli = mapping_of(one.get("sli"))
        alerting = mapping_of(one.get("alerting"))
        pages = (mapping_of(alerting.get(k)) for k in ("page_alert", "pageAlert"))
        made = bool(alerting) and all(text_of(p.get("disable")) != "true" for p in pages)
        yield Objective(
            name=f"{service}/{text_of(one.get('name')) or ''}".strip("/"),
            target=_percent(one.get("objective")),
            indicator=any(_queries(kind) for kind in sli.values()),
            window="30d",
            alerts=made,
            line=document.line((*path, at)),
        )


def _openslo(document: YamlDocument, spec: dict[str, YamlValue], name: str) -> Iterator[Objective]:
    named = bool(text_of(spec.get("indicatorRef")))
    indicator = named or _queries(mapping_of(spec.get("indicator")).get("spec"))
    windows = [mapping_of(w) for w in list_of(spec.get("timeWindow"))]
    window = next((text_of(w.get("duration")) or "" for w in windows), "")
    objectives = list_of(spec.get("objectives"))
    for at, value in enumerate(objectives or [None]):
        one = mapping_of(value)
        ratio = _number(one.get("target"))
        target = _percent(one.get("targetPercent")) if ratio is None else _held(ratio * 100)
        line = document.line(("spec", "objectives", at)) or document.line(("spec",))
        alerts = bool(list_of(spec.get("alertPolicies")))
        yield Objective(name, target, indicator, window, alerts, line)


def _queries(value: YamlValue) -> bool:
    """Whether a text that may be a query stands anywhere below, and no gap left to fill in."""
    if isinstance(value, dict):
        return any(_queries(v) for v in value.values())
    if isinstance(value, list):
        return any(_queries(v) for v in value)
    text = text_of(value) or ""
    return (
        len(text) > 3
        and any(c in text for c in "({_")
        and not _GAP.search(text.replace("${window}", ""))
    )


def _percent(value: YamlValue) -> float | None:
    number = _number(value)
    return None if number is None else _held(number)


def _number(value: YamlValue) -> float | None:
    text = (text_of(value) or "").strip().rstrip("%").strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def _held(percent: float) -> float | None:
    """A target that some requests may miss: 100 % leaves no budget, and 0 asks for nothing."""
    return round(percent, 6) if 0 < percent < 100 else None
