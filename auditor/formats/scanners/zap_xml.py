"""ZAP's traditional XML report, streamed."""

from __future__ import annotations

import re

from auditor.formats.scanners.zap_json import count, risk
from auditor.formats.scanners.zap_report import Alert, Insight, Site, ZapReport, wall_clock
from auditor.formats.text import iso_time, json_text, xml_events
from auditor.formats.text.errors import Malformed

_NAME = "The ZAP report"
_ROOT = "OWASPZAPReport"
_SIGN = re.compile(rb"\A\s*<.*<OWASPZAPReport[\s>]|\A\s*<OWASPZAPReport[\s>]", re.DOTALL)
_OF_ALERT = frozenset({"pluginid", "name", "alert", "riskcode", "confidence", "riskdesc", "count"})
_OF_INSIGHT = frozenset({"key", "statistic", "site"})


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like ZAP's XML."""
    return bool(_SIGN.match(json_text.opening(head)))


def parse(data: bytes) -> ZapReport:
    """The report. Raises Malformed and TooLarge."""
    reader = _Reader()
    xml_events.read(data, reader)
    attributes = reader.attributes
    if "generated" not in attributes or "version" not in attributes:
        raise Malformed(f"{_NAME} lacks `version` or `generated`, which ZAP always writes.", line=1)
    created = iso_time.read(attributes.get("created", ""))
    return ZapReport(
        version=attributes["version"],
        generated_at=wall_clock(attributes["generated"]),
        created_at=created if created is not None and created.tzinfo is not None else None,
        sites=tuple(reader.sites),
        insights=tuple(reader.insights),
    )


class _Reader:
    """Collects sites, alerts and insights in document order."""

    text_of = _OF_ALERT | _OF_INSIGHT | {"attack"}

    def __init__(self) -> None:
        self.attributes: dict[str, str] = {}
        self.sites: list[Site] = []
        self.insights: list[Insight] = []
        self._path: list[str] = []
        self._alerts: list[Alert] = []
        self._site: dict[str, str] | None = None
        self._fields: dict[str, str] = {}
        self._listed = 0
        self._attacked = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._path:
            if name != _ROOT:
                raise Malformed(
                    f"The root element is `{name[:60]}`, not `{_ROOT}` of a ZAP report."
                )
            self.attributes = attributes
        self._path.append(name)
        if name == "site" and len(self._path) == 2:
            if "name" not in attributes:
                raise Malformed(f"{_NAME} has a site without `name`.")
            self._site, self._alerts = attributes, []
        elif name == "alertitem":
            self._fields, self._listed, self._attacked = {}, 0, False
        elif name == "insight":
            self._fields = {k: v for k, v in attributes.items() if k in _OF_INSIGHT}
        elif name == "instance":
            self._listed += 1

    def end(self, name: str, text: str) -> None:
        self._path.pop()
        above = self._path[-1] if self._path else ""
        if (above == "alertitem" and name in _OF_ALERT) or (
            above == "insight" and name in _OF_INSIGHT
        ):
            self._fields[name] = text.strip()
        elif name == "attack" and above == "instance":
            self._attacked = self._attacked or bool(text.strip())
        elif name == "alertitem":
            self._alerts.append(self._alert())
        elif name == "insight":
            self.insights.append(self._insight())
        elif name == "site" and len(self._path) == 1 and self._site is not None:
            site = self._site
            self.sites.append(Site(site["name"], site.get("host", ""), tuple(self._alerts)))
            self._site = None

    def comment(self, text: str) -> None:
        return

    def _alert(self) -> Alert:
        fields = self._fields
        missing = {"riskcode", "confidence"} - fields.keys()
        if missing:
            raise Malformed(f"{_NAME} has an alert without `{min(missing)}`.")
        return Alert(
            plugin_id=fields.get("pluginid", ""),
            name=fields.get("name") or fields.get("alert", ""),
            risk=risk(fields["riskcode"]),
            confidence=count(fields["confidence"], "a confidence", most=4),
            described_risk=fields.get("riskdesc", ""),
            count=count(fields["count"], "a count") if "count" in fields else self._listed,
            listed=self._listed,
            attacked=self._attacked,
        )

    def _insight(self) -> Insight:
        fields = self._fields
        if "key" not in fields or "statistic" not in fields:
            raise Malformed(f"{_NAME} has an insight without `key` or `statistic`.")
        number = count(fields["statistic"], "a statistic")
        return Insight(fields.get("site", ""), fields["key"], number)
