"""What reports.dast says of scans of the running service, and of scans that only look like one."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import NOW, FakeTree, problems, run_probe, values
from probes.reports.dast import dast, is_local

HOST = "https://staging.test"
ATTACK: dict[str, Any] = {
    "pluginid": "40012", "name": "XSS", "riskcode": "3", "confidence": "2", "riskdesc": "High (Medium)",
    "count": "1", "instances": [{"uri": f"{HOST}/a", "attack": "<script>"}],
}  # fmt: skip
HEADER: dict[str, Any] = {
    "pluginid": "10038", "name": "CSP", "riskcode": "2", "confidence": "3", "riskdesc": "Medium (High)",
    "count": "1", "instances": [{"uri": f"{HOST}/", "attack": ""}],
}  # fmt: skip
FUZZ: dict[str, Any] = ATTACK | {
    "pluginid": "10104", "name": "User Agent Fuzzer", "riskcode": "0", "riskdesc": "Informational (Medium)",
}  # fmt: skip


def insights(success: int = 80, endpoints: int = 60, site: str = HOST) -> list[dict[str, Any]]:
    rows = [("code.2xx", success), ("code.4xx", 100 - success), ("endpoint.total", endpoints)]
    return [{"site": site, "key": f"insight.{key}", "statistic": str(n)} for key, n in rows]


def zap(
    *alerts: dict[str, Any],
    at: datetime = NOW - timedelta(hours=1),
    site: str = HOST,
    told: list[dict[str, Any]] | None = None,
) -> str:
    report = {
        "@programName": "ZAP",
        "@version": "2.17.0",
        "@generated": at.strftime("%a, %d %b %Y %H:%M:%S"),
        "created": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "insights": insights(site=site) if told is None else told,
        "site": [{"@name": site, "@host": "", "alerts": list(alerts)}],
    }
    return json.dumps(report)


def seen(content: str, *, name: str = "reports/zap.json", **options: Any) -> Evidence:
    tree = FakeTree({"app.py": "x = 1\n"}, ignored={name: content})
    return run_probe(dast, repo=tree, **options)


def test_a_present_report_is_counted_and_reported() -> None:
    evidence = seen(zap(ATTACK, HEADER, ATTACK | {"confidence": "0"}))
    assert values(evidence) == {
        "dast.high": 1,
        "dast.medium": 1,
        "dast.active": True,
        "dast.hosts": ["staging.test"],
        "dast.local_target": False,
        "dast.urls": 60,
        "dast.success_percent": 80,
        "dast.suppressed": 1,
    }
    assert {f.level.value for f in evidence.facts} == {"reported"}
    assert problems(evidence) == []
    assert [(f.rule, f.suppressed) for f in evidence.findings] == [
        ("40012", False), ("10038", False), ("40012", True),
    ]  # fmt: skip


def test_a_missing_report_is_a_problem_with_the_command_that_makes_it() -> None:
    evidence = run_probe(dast, repo={"app.py": "x = 1\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["not_configured"]
    assert "zap-full-scan.py" in evidence.problems[0].hint


def test_an_empty_repository_has_no_report() -> None:
    assert problems(run_probe(dast, repo={})) == ["not_configured"]


@pytest.mark.parametrize(
    "content",
    [zap(ATTACK)[:-9], zap(ATTACK | {"riskcode": "7"}), '{"Report": {"ReportVersion": "v1"}}'],
)
def test_a_broken_report_gives_no_figure(content: str) -> None:
    evidence = seen(content)
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_report_that_may_not_be_read_is_a_problem() -> None:
    tree = FakeTree({"a.py": ""}, ignored={"reports/zap.json": Trouble(ProblemKind.DENIED, "no")})
    assert problems(run_probe(dast, repo=tree)) == ["denied"]


def test_xml_says_the_same() -> None:
    text = (
        '<OWASPZAPReport version="2.16.1" generated="Mon, 2 Mar 2026 11:00:00" created="2026-03-02T11:00:00Z">'
        f'<site name="{HOST}" host="staging.test"><alerts><alertitem><pluginid>40012</pluginid><riskcode>3'
        "</riskcode><confidence>2</confidence><riskdesc>High (Medium)</riskdesc><count>1</count></alertitem>"
        "</alerts></site></OWASPZAPReport>"
    )
    evidence = seen(text, name="reports/zap.xml")
    facts = values(evidence)
    assert (facts["dast.high"], facts["dast.active"]) == (1, True)
    assert "dast.urls" not in facts


def test_false_green_a_baseline_scan_is_not_an_active_one() -> None:
    evidence = seen(zap(HEADER))
    assert "dast.active" not in values(evidence)
    assert values(evidence)["dast.high"] == 0
    assert problems(evidence) == ["vacuous"]
    assert "passive" in evidence.problems[0].hint


def test_an_active_scan_that_found_nothing_shows_by_what_it_sent() -> None:
    facts = values(seen(zap(FUZZ)))
    assert (facts["dast.active"], facts["dast.high"]) == (True, 0)


def test_false_green_a_scan_of_a_login_wall_shows_few_successes() -> None:
    facts = values(seen(zap(FUZZ, told=insights(success=5))))
    assert facts["dast.success_percent"] == 5


def test_false_green_a_scan_of_three_urls_tells_three() -> None:
    assert values(seen(zap(FUZZ, told=insights(endpoints=3))))["dast.urls"] == 3


def test_false_green_a_scan_of_another_host_is_at_most_declared() -> None:
    evidence = seen(zap(FUZZ), url="https://orders.test")
    assert {f.level.value for f in evidence.facts} == {"declared"}
    assert problems(evidence) == ["stale"]
    assert "orders.test" in evidence.problems[0].message
    assert {f.level.value for f in seen(zap(FUZZ), url=HOST).facts} == {"reported"}


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("localhost", True), ("127.0.0.1", True), ("::1", True), ("host.docker.internal", True),
        ("juice-shop", True), ("172.17.0.2", True), ("0.0.0.0", True), ("10.4.0.9", False),
        ("staging.example.net", False), ("api.svc.cluster.local", False),
    ],
)  # fmt: skip
def test_hosts_that_are_no_deployment(host: str, local: bool) -> None:
    assert is_local(host) is local


def test_false_green_a_scan_of_localhost_is_told_local() -> None:
    facts = values(seen(zap(FUZZ, site="http://localhost:5000")))
    assert (facts["dast.local_target"], facts["dast.hosts"]) == (True, ["localhost"])


def test_false_green_a_report_that_reached_nothing_proves_nothing() -> None:
    for content in (zap(told=[]), zap(ATTACK, site="")):
        evidence = seen(content)
        assert values(evidence) == {}
        assert problems(evidence) == ["vacuous"]


def test_false_green_a_report_that_was_edited_is_a_claim() -> None:
    evidence = seen(zap(FUZZ, ATTACK | {"riskcode": "1"}))
    assert {f.level.value for f in evidence.facts} == {"claimed"}
    assert "malformed" in problems(evidence)


def test_false_green_a_report_of_the_future_is_refused() -> None:
    evidence = seen(zap(FUZZ, at=NOW + timedelta(days=300)))
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_false_green_an_old_or_committed_report_is_at_most_effective() -> None:
    old = seen(zap(FUZZ, at=NOW - timedelta(days=40)))
    assert {f.level.value for f in old.facts} == {"effective"}
    committed = run_probe(dast, repo={"app.py": "", "reports/zap.json": zap(FUZZ)})
    assert {f.level.value for f in committed.facts} == {"effective"}
    assert problems(committed) == ["stale"]


def nuclei(**changes: Any) -> str:
    record = {
        "template-id": "CVE-1",
        "info": {"name": "n", "severity": "critical"},
        "host": HOST,
        "timestamp": (NOW - timedelta(hours=1)).isoformat(),
    }
    return json.dumps(record | changes)


def test_findings_of_nuclei_count_and_prove_no_active_scan() -> None:
    evidence = seen(nuclei() + "\n" + nuclei(host="staging.test:443"), name="reports/nuclei.jsonl")
    facts = values(evidence)
    assert (facts["dast.high"], facts["dast.hosts"]) == (2, ["staging.test"])
    assert "dast.active" not in facts


def test_false_green_nuclei_without_serious_findings_proves_none() -> None:
    quiet = nuclei(info={"name": "n", "severity": "info"})
    facts = values(seen(quiet, name="reports/nuclei.jsonl"))
    assert "dast.high" not in facts
    assert values(seen("", name="reports/nuclei.jsonl")) == {}


def test_several_reports_are_all_kept() -> None:
    tree = FakeTree(
        {"app.py": ""}, ignored={"reports/a.json": zap(FUZZ), "reports/b.json": zap(ATTACK)}
    )
    high = [f for f in run_probe(dast, repo=tree).facts if f.key == "dast.high"]
    assert sorted((f.locations[0].path, f.value) for f in high) == [
        ("reports/a.json", 0),
        ("reports/b.json", 1),
    ]
