"""OSV-Scanner's JSON: packages of lock files and SBOMs with the advisories for them."""

from __future__ import annotations

import math
import re

import msgspec

from auditor.formats.scanners.vulnerability_scan import ScanReport, Severity, Subject, Vulnerability
from auditor.formats.text import json_text

_NAME = "The OSV-Scanner report"
_HEAD = re.compile(
    rb'\A\s*\{\s*"results"\s*:\s*\[\s*(?:\{\s*"(?:source"\s*:\s*\{\s*"(?:path|type)|packages)"\s*:'
    rb'|\]\s*,\s*"experimental_config"\s*:)'
)
_RATINGS = {
    "LOW": Severity.LOW,
    "MODERATE": Severity.MEDIUM,
    "MEDIUM": Severity.MEDIUM,
    "HIGH": Severity.HIGH,
    "CRITICAL": Severity.CRITICAL,
}
_MALICIOUS = "MAL-"
_LONGEST_WORD = 40


class _Source(msgspec.Struct):
    path: str = ""
    type: str = ""


class _Package(msgspec.Struct):
    name: str = ""
    version: str = ""


class _Database(msgspec.Struct):
    # Each database writes here what it likes.
    severity: object = None


class _Advisory(msgspec.Struct):
    id: str
    database_specific: _Database | None = None


class _Group(msgspec.Struct):
    ids: list[str] | None = None
    max_severity: str | None = None


class _Found(msgspec.Struct):
    package: _Package
    vulnerabilities: list[_Advisory] | None = None
    groups: list[_Group] | None = None


class _Result(msgspec.Struct):
    packages: list[_Found] | None
    source: _Source | None = None


class _Report(msgspec.Struct):
    results: list[_Result] | None


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like OSV-Scanner's JSON; `{"results": []}` alone tells nothing."""
    return bool(_HEAD.search(json_text.opening(head)))


def parse(data: bytes) -> ScanReport:
    """The report, which carries no time and no commit. Raises Malformed and TooLarge.

    Without `--all-packages` it names vulnerable packages only: `packages` is None then. An advisory
    is rated by the CVSS of its group, else by its database; one of malicious code is critical.
    """
    raw = json_text.decode(data, _Report, name=_NAME)
    results = raw.results or []
    found = [(_path(result), one) for result in results for one in result.packages or ()]
    everything = any(not one.vulnerabilities for _, one in found)
    image = any(result.source and result.source.type in ("docker", "os") for result in results)
    return ScanReport(
        tool="osv-scanner",
        tool_version=None,
        subject=Subject.IMAGE if image else Subject.FILES,
        artefact="",
        targets=tuple(dict.fromkeys(_path(result) for result in results)),
        configurations=0,
        vulnerabilities=tuple(v for path, one in found for v in _vulnerabilities(path, one)),
        misconfigurations=(),
        secrets=(),
        packages=len(found) if everything else None,
        suppressed=0,
        made_at=None,
        commit=None,
        digests=(),
        images=(),
        os_family=None,
        os_unsupported=None,
        filters=(),
        scanned_as=_kinds(results),
    )


def _path(result: _Result) -> str:
    return result.source.path.replace("\\", "/") if result.source else ""


def _kinds(results: list[_Result]) -> str:
    """What kind of source each result is of, such as `lockfile`; those that differ, one after another."""
    kinds = dict.fromkeys(one.source.type[:_LONGEST_WORD] for one in results if one.source)
    return ", ".join(kind for kind in list(kinds)[:10] if kind)


def _vulnerabilities(path: str, found: _Found) -> list[Vulnerability]:
    """One for each advisory; those of a group speak of one flaw, and share its rating."""
    groups = {id: group for group in found.groups or () for id in group.ids or ()}
    return [_vulnerability(path, found.package, one, groups) for one in found.vulnerabilities or ()]


def _vulnerability(
    path: str, package: _Package, one: _Advisory, groups: dict[str, _Group]
) -> Vulnerability:
    group = groups.get(one.id)
    score = _score(group.max_severity if group else None)
    stated = one.database_specific.severity if one.database_specific else None
    rated = stated[:_LONGEST_WORD] if isinstance(stated, str) else None
    return Vulnerability(
        one.id,
        package.name,
        package.version,
        _severity(one.id, score, rated),
        None,
        path,
        rated=rated,
        score=score,
        flaw=group.ids[0] if group and group.ids else one.id,
    )


def _severity(id: str, score: float | None, rated: str | None) -> Severity:
    """The severer of the group's rating and the advisory's own."""
    if id.startswith(_MALICIOUS):
        return Severity.CRITICAL
    return max(_scored(score), _RATINGS.get((rated or "").upper(), Severity.UNRATED))


def _score(text: str | None) -> float | None:
    """A CVSS score; None where there is none, which OSV-Scanner writes as an empty text."""
    try:
        score = float(text or "nan")
    except ValueError:
        return None
    return score if 0 < score < math.inf else None


def _scored(score: float | None) -> Severity:
    """The rating of a CVSS score."""
    if score is None:
        return Severity.UNRATED
    for least, severity in ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM)):
        if score >= least:
            return severity
    return Severity.LOW
