"""`npm audit --json`: advisories (npm 6) or vulnerable packages (npm 7 and later)."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from auditor.formats.scanners.vulnerability_scan import ScanReport, Severity, Subject, Vulnerability
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed

_NAME = "The npm audit report"
_HEAD = re.compile(
    rb'\A\s*\{\s*(?:"auditReportVersion"\s*:|"actions"\s*:\s*\[|"advisories"\s*:\s*\{'
    rb'|"error"\s*:\s*\{\s*"code"\s*:\s*"E|"message"\s*:\s*"[^"]{0,2000}"\s*,\s*"method"\s*:)'
)
_SEVERITIES = {
    "info": Severity.NEGLIGIBLE,
    "low": Severity.LOW,
    "moderate": Severity.MEDIUM,
    "high": Severity.HIGH,
    "critical": Severity.CRITICAL,
}

_Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class _Advisory(msgspec.Struct):
    severity: str
    module_name: str = ""
    patched_versions: str | None = None


class _Vulnerable(msgspec.Struct):
    severity: str
    name: str = ""
    range: str = ""
    isDirect: bool | None = None
    fixAvailable: object = None


class _Counts(msgspec.Struct):
    info: _Count = 0
    low: _Count = 0
    moderate: _Count = 0
    high: _Count = 0
    critical: _Count = 0
    total: _Count | None = None


class _Dependencies(msgspec.Struct):
    total: _Count


class _Metadata(msgspec.Struct):
    vulnerabilities: _Counts
    dependencies: _Dependencies | _Count | None = None
    totalDependencies: _Count | None = None


class _Error(msgspec.Struct):
    code: str | None = None
    summary: str = ""


class _Report(msgspec.Struct):
    auditReportVersion: int | None = None
    vulnerabilities: dict[str, _Vulnerable] | None = None
    advisories: dict[str, _Advisory] | None = None
    muted: list[object] | None = None
    metadata: _Metadata | None = None
    error: _Error | None = None
    message: str | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like npm's JSON, that of a failed audit included."""
    return bool(_HEAD.search(json_text.opening(head)))


def parse(data: bytes) -> ScanReport:
    """The report, which carries no time and no commit. Raises Malformed and TooLarge.

    npm 6 lists an advisory once however many paths lead to it, npm 7 a package once however many
    advisories it has. A report that npm's own counters contradict, or of an audit that failed, is
    Malformed.
    """
    raw = json_text.decode(data, _Report, name=_NAME)
    if raw.error is not None or raw.message is not None:
        code = raw.error.code if raw.error else None
        raise Malformed(
            f"{_NAME} says that the audit failed ({code or 'no code'}): nothing is known."
        )
    if raw.metadata is None:
        raise Malformed(f"{_NAME} lacks `metadata`, which npm always writes.")
    if raw.vulnerabilities is not None:
        dialect = f"report version {raw.auditReportVersion}"
        found = tuple(_package(name, one) for name, one in raw.vulnerabilities.items())
        _compare(found, raw.metadata.vulnerabilities, exact=True)
    elif raw.advisories is not None:
        dialect = "advisories"
        found = tuple(_advisory(id, one) for id, one in raw.advisories.items())
        _compare(found, raw.metadata.vulnerabilities, exact=False)
    else:
        raise Malformed(f"{_NAME} holds neither `vulnerabilities` nor `advisories`.")
    dependencies = raw.metadata.dependencies
    total = dependencies.total if isinstance(dependencies, _Dependencies) else dependencies
    return ScanReport(
        tool="npm audit",
        tool_version=None,
        subject=Subject.FILES,
        artefact="",
        targets=("package-lock.json",),
        configurations=0,
        vulnerabilities=found,
        misconfigurations=(),
        secrets=(),
        packages=raw.metadata.totalDependencies
        if raw.metadata.totalDependencies is not None
        else total,
        suppressed=len(raw.muted or ()),
        made_at=None,
        commit=None,
        digests=(),
        images=(),
        os_family=None,
        os_unsupported=None,
        filters=(),
        dialect=dialect,
        stated=_stated(raw.metadata.vulnerabilities),
    )


def _package(name: str, one: _Vulnerable) -> Vulnerability:
    return Vulnerability(
        name,
        one.name or name,
        one.range,
        _severity(one.severity),
        one.fixAvailable is not False if one.fixAvailable is not None else None,
        "package-lock.json",
        rated=one.severity,
        direct=one.isDirect,
    )


def _advisory(id: str, one: _Advisory) -> Vulnerability:
    return Vulnerability(
        id,
        one.module_name,
        "",
        _severity(one.severity),
        one.patched_versions not in (None, "", "<0.0.0"),
        "package-lock.json",
        rated=one.severity,
    )


def _stated(counts: _Counts) -> dict[str, int]:
    """npm's own counts by severity, with the total where it writes one."""
    return {name: n for name, n in msgspec.structs.asdict(counts).items() if n is not None}


def _compare(found: tuple[Vulnerability, ...], stated: _Counts, *, exact: bool) -> None:
    """npm 7 counts what it lists; npm 6 counts paths, and says none only where there are none.

    A critical advisory of npm 6 may have been overruled, and stand in no counter of its own.
    """
    total = stated.info + stated.low + stated.moderate + stated.high + stated.critical
    if stated.total not in (None, total):
        raise Malformed(
            f"{_NAME} counts {stated.total:,} vulnerabilities, and {total:,} by severity: it was edited."
        )
    high = sum(one.severity >= Severity.HIGH for one in found)
    agrees = (total, stated.high + stated.critical) == (len(found), high)
    if not (agrees if exact else bool(found) == bool(total)):
        raise Malformed(
            f"{_NAME} counts {total:,} vulnerabilities in its metadata, and lists {len(found):,}:"
            " it was edited or cut."
        )


def _severity(written: str) -> Severity:
    found = _SEVERITIES.get(written)
    if found is None:
        raise Malformed(f"{_NAME} has the severity {written[:40]!r}, which npm does not know.")
    return found
