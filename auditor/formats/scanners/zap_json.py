"""ZAP's traditional JSON report, with the insights of newer versions."""

from __future__ import annotations

import re

import msgspec

from auditor.formats.scanners.zap_report import Alert, Insight, Risk, Site, ZapReport, wall_clock
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed

_NAME = "The ZAP report"
_OPENING = re.compile(
    rb'\A\s*\{\s*(?:"@programName"\s*:\s*"(?:OWASP )?ZAP"|"@version"\s*:[^{}]*"@generated"\s*:'
    rb'|"@generated"\s*:[^{}]*"@version"\s*:)'
)
_EXPORT = re.compile(rb'\A\s*\{\s*"Report"\s*:\s*\{\s*"(?:ReportVersion|Desc|ScanVersion)"\s*:')
_MOST = 10**9


class _Instance(msgspec.Struct):
    attack: str | None = None


class _Alert(msgspec.Struct):
    riskcode: str
    confidence: str
    pluginid: str = ""
    name: str = ""
    alert: str = ""
    riskdesc: str = ""
    count: str | int | None = None
    instances: list[_Instance] = []


class _Site(msgspec.Struct, rename={"name": "@name", "host": "@host"}):
    name: str
    alerts: list[_Alert]
    host: str = ""


class _Insight(msgspec.Struct):
    key: str
    statistic: str | int
    site: str | None = None


class _Report(msgspec.Struct, rename={"version": "@version", "generated": "@generated"}):
    version: str
    generated: str
    site: list[_Site]
    created: str | None = None
    insights: list[_Insight] = []


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like ZAP's JSON, that of the Export Report add-on too."""
    text = json_text.opening(head)
    return bool(_OPENING.match(text) or _EXPORT.match(text))


def parse(data: bytes) -> ZapReport:
    """The report. Raises Malformed and TooLarge."""
    if _EXPORT.match(json_text.opening(data[:4096])):
        raise Malformed(
            f"{_NAME} is of the retired add-on Export Report; write it as `traditional-json`."
        )
    report = json_text.decode(data, _Report, name=_NAME)
    created = iso_time.read(report.created or "")
    return ZapReport(
        version=report.version,
        generated_at=wall_clock(report.generated),
        created_at=created if created is not None and created.tzinfo is not None else None,
        sites=tuple(
            Site(site.name, site.host, tuple(_alert(alert) for alert in site.alerts))
            for site in report.site
        ),
        insights=tuple(
            Insight(one.site or "", one.key, count(one.statistic, "a statistic"))
            for one in report.insights
        ),
    )


def _alert(alert: _Alert) -> Alert:
    listed = len(alert.instances)
    return Alert(
        plugin_id=alert.pluginid,
        name=alert.name or alert.alert,
        risk=risk(alert.riskcode),
        confidence=count(alert.confidence, "a confidence", most=4),
        described_risk=alert.riskdesc,
        count=listed if alert.count is None else count(alert.count, "a count"),
        listed=listed,
        attacked=any(one.attack for one in alert.instances),
    )


def risk(text: str) -> Risk:
    """The risk that a `riskcode` names. Raises Malformed."""
    return Risk(count(text, "a riskcode", most=max(Risk)))


def count(value: str | int, what: str, *, most: int = _MOST) -> int:
    """A whole number that ZAP writes as text. Raises Malformed for what it would not write."""
    text = str(value).strip() if not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) <= most):
        raise Malformed(f"{_NAME} has {text[:40]!r} as {what}, which ZAP does not write.")
    return int(text)
