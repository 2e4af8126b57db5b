"""ZAP's reports, JSON and XML: alerts, what the scan reached, and what cannot be true in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.formats.scanners import zap_json, zap_xml
from auditor.formats.scanners.zap_report import Risk, ZapReport, wall_clock
from auditor.formats.text.errors import Malformed

ALERT: dict[str, Any] = {
    "pluginid": "10038", "name": "CSP", "riskcode": "2", "confidence": "3", "riskdesc": "Medium (High)",
    "count": "1", "instances": [{"uri": "https://a.example.net/", "attack": ""}],
}  # fmt: skip
REPORT: dict[str, Any] = {
    "@programName": "ZAP",
    "@version": "2.17.0",
    "@generated": "Sun, 1 Mar 2026 13:00:00",
    "created": "2026-03-01T12:00:00.818066350Z",
    "insights": [
        {"site": "https://a.example.net", "key": "insight.code.2xx", "statistic": "60"},
        {"site": "https://a.example.net", "key": "insight.code.4xx", "statistic": "40"},
        {"site": "https://a.example.net", "key": "insight.endpoint.total", "statistic": "30"},
    ],
    "site": [{"@name": "https://a.example.net", "@host": "a.example.net", "alerts": [ALERT]}],
}


def parsed(**changes: Any) -> ZapReport:
    return zap_json.parse(json.dumps(REPORT | changes).encode())


def with_alert(**changes: Any) -> ZapReport:
    return parsed(site=[REPORT["site"][0] | {"alerts": [ALERT | changes]}])


def test_alerts_are_counted_by_risk_without_false_positives() -> None:
    assert parsed().count(Risk.MEDIUM) == 1
    dismissed = with_alert(confidence="0")
    assert (dismissed.count(Risk.MEDIUM), dismissed.false_positives) == (0, 1)


@pytest.mark.parametrize(
    ("change", "active"),
    [
        ({}, None),
        ({"pluginid": "40012"}, True),
        ({"pluginid": "10104"}, True),
        ({"pluginid": "90022"}, None),
        ({"pluginid": ""}, None),
        ({"pluginid": "9" * 400}, None),
        ({"instances": [{"attack": "' OR 1=1"}]}, True),
    ],
)
def test_active_is_what_shows_an_attack_and_else_unknown(
    change: dict[str, Any], active: bool | None
) -> None:
    assert with_alert(**change).active is active


def test_insights_tell_what_was_reached_and_the_worst_share_of_success() -> None:
    report = parsed()
    assert (report.endpoints, report.success_percent) == (30, 60)
    wall = REPORT["insights"] + [{"site": "https://b", "key": "insight.code.3xx", "statistic": 100}]
    assert parsed(insights=wall).success_percent == 0
    assert (parsed(insights=[]).endpoints, parsed(insights=[]).success_percent) == (None, None)


def test_times_are_read_and_the_zone_of_one_may_differ() -> None:
    report = parsed()
    assert report.created_at == datetime(2026, 3, 1, 12, 0, 0, 818066, tzinfo=UTC)
    assert report.generated_at == datetime(2026, 3, 1, 13)
    assert report.disagreement == ()
    assert wall_clock("Sun, 31 Feb 2026 13:00:00") is None
    assert wall_clock("dim., 1 mars 2026 13:00:00") is None


@pytest.mark.parametrize(
    ("report", "word"),
    [
        (with_alert(riskcode="1"), "riskdesc"),
        (with_alert(count="0"), "fewer"),
        (parsed(created="2026-03-01T12:07:00Z"), "times"),
        (parsed(created="2026-03-09T12:00:00Z"), "times"),
        (parsed(insights=[*REPORT["insights"], REPORT["insights"][0]]), "100 %"),
    ],
)
def test_what_zap_would_not_write_so_is_told(report: ZapReport, word: str) -> None:
    assert len(report.disagreement) == 1
    assert word in report.disagreement[0]


@pytest.mark.parametrize("risk", ["4", "-1", "", "three", "٣", "NaN"])
def test_other_risks_are_malformed(risk: str) -> None:
    with pytest.raises(Malformed, match="riskcode"):
        with_alert(riskcode=risk)


def test_the_retired_schema_is_named_in_the_refusal() -> None:
    data = b'{"Report": {"ReportVersion": "v1", "Sites": {}}}'
    assert zap_json.sniff(data)
    with pytest.raises(Malformed, match="traditional-json"):
        zap_json.parse(data)


def test_xml_insights_and_attacks_are_read() -> None:
    report = zap_xml.parse(
        b'<OWASPZAPReport version="2.17" generated="Sun, 1 Mar 2026 13:00:00" created="2026-03-01T12:00:00Z">'
        b"<insights><insight><site>http://a</site><key>insight.code.2xx</key><statistic>9</statistic></insight>"
        b'</insights><site name="http://a" host="a"><alerts><alertitem><pluginid>1</pluginid><riskcode>3'
        b"</riskcode><confidence>0</confidence><instances><instance><attack>x</attack></instance></instances>"
        b"</alertitem></alerts></site></OWASPZAPReport>"
    )
    assert (report.success_percent, report.active, report.false_positives) == (9, True, 1)
    assert report.created_at == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"<a/>", "OWASPZAPReport"),
        (b"<OWASPZAPReport/>", "generated"),
        (b'<OWASPZAPReport version="1" generated="x"><site/></OWASPZAPReport>', "name"),
        (
            b'<OWASPZAPReport version="1" generated="x"><site name="a"><alerts><alertitem/></alerts></site>'
            b"</OWASPZAPReport>",
            "without",
        ),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><OWASPZAPReport/>', "entit"),
    ],
)
def test_other_xml_is_malformed(data: bytes, word: str) -> None:
    with pytest.raises(Malformed, match=word):
        zap_xml.parse(data)
