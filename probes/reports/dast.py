"""Dynamic scans of the running service: reports of ZAP (JSON, XML) and of nuclei.

Alerts of high and medium risk are counted, those that somebody marked as false positives apart. A scan
counts as active only where an alert of the active scanner, or what it sent, is in the report: a baseline
scan is passive, and reads like an active one that found nothing. The insights of newer ZAP tell how many
endpoints it reached and how many answers were 2xx, which shows a scan that met only the login page. The
hosts are compared with the deployment under audit. It cannot see which commit the scanned deployment
ran, whether the scan logged in, nor what nuclei looked at in vain: an empty nuclei report proves nothing.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from auditor.formats.scanners import nuclei_json, zap_json, zap_xml
from auditor.formats.scanners.nuclei_json import NucleiReport, Severity
from auditor.formats.scanners.zap_report import Risk, ZapReport
from auditor.formats.text.errors import Malformed
from auditor.model.evidence import Location
from auditor.model.level import Level, at_most
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import (
    Context,
    Finding,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.guards import standing
from auditor.probing.reports.reports import Report, none_read, places, read_reports, with_zone

HIGH = FactSpec("dast.high", FactType.NUMBER, "Alerts of high (or critical) risk", "alerts")
MEDIUM = FactSpec("dast.medium", FactType.NUMBER, "Alerts of medium risk", "alerts")
ACTIVE = FactSpec(
    "dast.active", FactType.BOOLEAN, "Whether the report shows that attacks were sent"
)
HOSTS = FactSpec("dast.hosts", FactType.LIST, "Hosts that were scanned")
LOCAL = FactSpec(
    "dast.local_target",
    FactType.BOOLEAN,
    "Whether only this machine or a container network was scanned, not a deployment",
)
URLS = FactSpec("dast.urls", FactType.NUMBER, "Endpoints that the scan reached", "endpoints")
SUCCESS = FactSpec(
    "dast.success_percent", FactType.NUMBER, "Share of answers 2xx, of the worst site", "%"
)
SUPPRESSED = FactSpec(
    "dast.suppressed", FactType.NUMBER, "Alerts that somebody marked as false positives", "alerts"
)

_SPECS = (HIGH, MEDIUM, ACTIVE, HOSTS, LOCAL, URLS, SUCCESS, SUPPRESSED)
_KEYS = tuple(spec.key for spec in _SPECS)
_MOST_FINDINGS = 200
_COMMAND = (
    '`mkdir -p reports && docker run --rm -v "$PWD/reports:/zap/wrk" ghcr.io/zaproxy/zaproxy:stable zap-full-scan.py'
    " -t https://YOUR-STAGING-HOST -J zap.json`"
)
_BRIDGE = ipaddress.ip_network("172.17.0.0/16")
_LOCAL_NAME = re.compile(r"host\.docker\.internal|host\.containers\.internal|.*\.localhost|[^.]+")


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alert as it is listed: its rule, what it is called, how bad, and whether it is dismissed."""

    rule: str
    name: str
    risk: Risk
    dismissed: bool
    url: str


@dataclass(frozen=True, slots=True)
class Scan:
    """What one report says, whichever tool wrote it; None where it does not tell."""

    tool: str
    hosts: tuple[str, ...]
    alarms: tuple[Alarm, ...]
    active: bool | None
    urls: int | None
    success_percent: int | None
    made_at: datetime | None
    doubts: tuple[str, ...]


@probe(
    "reports.dast", title="Dynamic security scan", needs=[Need.REPOSITORY], emits=_SPECS, pure=True
)
def dast(ctx: Context) -> Iterator[Observation]:
    """Every report is kept as evidence."""
    found = False
    for report in read_reports(ctx.repo, places("json", "jsonl", "xml"), sniff, read, *_KEYS):
        found = True
        if isinstance(report, Problem):
            yield report
            continue
        scan = report.content
        if scan.tool == "ZAP":
            scan = replace(scan, made_at=with_zone(ctx.repo, report.entry.path, scan.made_at))
        yield from _reported(ctx, report, scan)
    if not found:
        what = "There is no report of ZAP or nuclei in the repository, nor in the operator's globs."
        names = ("*zap*.json", "*zap*.xml", "*nuclei*.json", "*nuclei*.jsonl")
        yield none_read(
            ctx.repo, what, f"Run {_COMMAND}, then audit again.", _KEYS, *names, knows=sniff
        )


def _reported(ctx: Context, report: Report[Scan], scan: Scan) -> Iterator[Observation]:
    path = report.entry.path
    worth = standing(ctx.repo, report.entry, made_at=scan.made_at, now=ctx.now)
    weak = worth.problem(path)
    if weak is not None:
        yield weak
    if worth.impossible:
        return
    if not scan.hosts or (not scan.alarms and scan.urls is None):
        yield Problem(
            ProblemKind.VACUOUS,
            f"{path} holds no alert and does not tell that anything was reached.",
            "Scan again with ZAP 2.17 or later, whose report counts what it reached.",
            _KEYS,
            (Location(path=path),),
        )
        return
    level = worth.level
    for kind, why, hint, cap in _doubts(ctx, scan):
        yield Problem(kind, f"{path}: {why}", hint, (), (Location(path=path),))
        level = at_most(level, cap)
    if scan.active is None:
        yield Problem(
            ProblemKind.VACUOUS,
            f"{path} does not show whether the scan was active: none of its alerts comes of an attack.",
            f"A baseline scan is passive. Run an active one: {_COMMAND}",
            (ACTIVE.key,),
            (Location(path=path),),
        )
    for alarm in [a for a in scan.alarms if a.risk >= Risk.MEDIUM][:_MOST_FINDINGS]:
        yield _finding(alarm)
    for spec, value in _values(scan):
        yield spec.of(
            value,
            level=level,
            source=report.file.source,
            locations=[Location(path=path)],
            produced_at=worth.produced_at,
        )


def _doubts(ctx: Context, scan: Scan) -> Iterator[tuple[ProblemKind, str, str, Level]]:
    """Why a report is worth less than its time says, with the most that it is worth then."""
    again = "Make the report again, and do not edit it."
    for doubt in scan.doubts:
        yield ProblemKind.MALFORMED, doubt, again, Level.CLAIMED
    deployed = ctx.target.deployment.url if ctx.target.deployment else None
    host = _host(deployed or "")
    if host and host not in scan.hosts:
        yield (
            ProblemKind.STALE,
            f"it speaks of {', '.join(scan.hosts[:5])}, not of {host}, the deployment under audit.",
            f"Scan {deployed}.",
            Level.DECLARED,
        )


def _values(scan: Scan) -> Iterator[tuple[FactSpec, int | bool | list[str]]]:
    open_ = [a for a in scan.alarms if not a.dismissed]
    for spec, risk in ((HIGH, Risk.HIGH), (MEDIUM, Risk.MEDIUM)):
        count = sum(a.risk is risk for a in open_)
        if count or scan.tool == "ZAP":  # nuclei does not tell which severities it looked for
            yield spec, count
    yield HOSTS, list(scan.hosts)
    yield LOCAL, all(is_local(host) for host in scan.hosts)
    yield SUPPRESSED, sum(a.dismissed for a in scan.alarms)
    if scan.active is not None:
        yield ACTIVE, scan.active
    if scan.urls is not None:
        yield URLS, scan.urls
    if scan.success_percent is not None:
        yield SUCCESS, scan.success_percent


def _finding(alarm: Alarm) -> Finding:
    return Finding(
        rule=alarm.rule,
        message=alarm.name,
        fact=HIGH.key if alarm.risk is Risk.HIGH else MEDIUM.key,
        severity=alarm.risk.name.lower(),
        location=Location(url=alarm.url or None),
        suppressed=alarm.dismissed,
    )


def from_zap(report: ZapReport) -> Scan:
    """A report of ZAP."""
    hosts = sorted({_host(site.name) or site.host for site in report.sites} - {""})
    return Scan(
        tool="ZAP",
        hosts=tuple(hosts),
        alarms=tuple(
            Alarm(a.plugin_id, a.name, a.risk, a.is_false_positive, site.name)
            for site in report.sites
            for a in site.alerts
        ),
        active=report.active,
        urls=report.endpoints,
        success_percent=report.success_percent,
        made_at=report.created_at or report.generated_at,
        doubts=report.disagreement,
    )


_RISKS = {
    Severity.CRITICAL: Risk.HIGH,
    Severity.HIGH: Risk.HIGH,
    Severity.MEDIUM: Risk.MEDIUM,
    Severity.LOW: Risk.LOW,
}


def from_nuclei(report: NucleiReport) -> Scan:
    """A report of nuclei, which names only where a template matched."""
    return Scan(
        tool="nuclei",
        hosts=tuple(sorted({_host(m.host or m.matched_at) for m in report.matches} - {""})),
        alarms=tuple(
            Alarm(
                m.template, m.name, _RISKS.get(m.severity, Risk.INFORMATIONAL), False, m.matched_at
            )
            for m in report.matches
        ),
        active=True if any(m.fuzzed for m in report.matches) else None,
        urls=None,
        success_percent=None,
        made_at=report.last_found_at,
        doubts=(),
    )


_HEAD = 8192
_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Scan]], ...] = (
    (zap_json.sniff, lambda data: from_zap(zap_json.parse(data))),
    (zap_xml.sniff, lambda data: from_zap(zap_xml.parse(data))),
    (nuclei_json.sniff, lambda data: from_nuclei(nuclei_json.parse(data))),
)


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like a report of ZAP or of nuclei."""
    return any(knows(head) for knows, _ in _READERS)


def read(data: bytes) -> Scan:
    """What a report says, whichever tool wrote it. Raises Malformed and TooLarge."""
    for knows, parse in _READERS:
        if knows(data[:_HEAD]):
            return parse(data)
    raise Malformed("The report is neither of ZAP nor of nuclei.")


def _host(address: str) -> str:
    """The host of a URL, of `host:port` or of a bare host, lower case; "" where there is none."""
    text = address.strip()
    try:
        return (urlsplit(text if "://" in text else f"//{text}").hostname or "").lower()
    except ValueError:
        return ""


def is_local(host: str) -> bool:
    """Whether a host is this machine or a name that only a container network knows."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return bool(_LOCAL_NAME.fullmatch(host))
    return (
        address.is_loopback or address.is_unspecified or address.is_link_local or address in _BRIDGE
    )
