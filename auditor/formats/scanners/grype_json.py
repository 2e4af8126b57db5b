"""Grype's JSON: matches of packages with advisories, of an image or a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from auditor.formats.scanners.vulnerability_scan import ScanReport, Severity, Subject, Vulnerability
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed

_NAME = "The Grype report"
_HEAD = re.compile(
    rb'\A\s*\{\s*"matches"\s*:\s*\[\s*(?:\{\s*"vulnerability"\s*:'
    rb'|\]\s*,\s*"(?:source|ignoredMatches|alertsByPackage|distro)"\s*:)'
)
_SUBJECTS = {"image": Subject.IMAGE, "directory": Subject.FILES, "file": Subject.FILES}
_REVISION = "org.opencontainers.image.revision"
_LONGEST_WORD = 40


class _Fix(msgspec.Struct):
    state: str | None = None


class _Vulnerability(msgspec.Struct):
    id: str
    severity: str = "Unknown"
    fix: _Fix | None = None


class _Place(msgspec.Struct):
    path: str = ""


class _Artifact(msgspec.Struct):
    name: str = ""
    version: str = ""
    locations: list[_Place] | None = None


class _Match(msgspec.Struct):
    vulnerability: _Vulnerability
    artifact: _Artifact


class _Ignored(msgspec.Struct):
    vulnerability: _Vulnerability


class _Image(msgspec.Struct):
    userInput: str = ""
    imageID: str = ""
    manifestDigest: str = ""
    repoDigests: list[str] | None = None
    labels: dict[str, str] | None = None


class _Source(msgspec.Struct):
    type: str
    target: _Image | str | None = None


class _Distro(msgspec.Struct):
    name: str = ""


class _Settings(msgspec.Struct, rename="kebab"):
    only_fixed: bool = False
    only_notfixed: bool = False
    ignore_wontfix: str | bool | None = None
    ignore_states: str | None = None
    exclude: list[str] | None = None


class _Descriptor(msgspec.Struct):
    name: str
    version: str | None = None
    timestamp: str | None = None
    configuration: _Settings | None = None


class _Report(msgspec.Struct):
    matches: list[_Match]
    source: _Source
    descriptor: _Descriptor
    distro: _Distro | None = None
    ignoredMatches: list[_Ignored] | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like Grype's JSON, whose first key is `matches`."""
    return bool(_HEAD.search(json_text.opening(head)))


def parse(data: bytes) -> ScanReport:
    """The report; it does not tell how many packages were looked up. Raises Malformed and TooLarge."""
    raw = json_text.decode(data, _Report, name=_NAME)
    if raw.descriptor.name != "grype":
        raise Malformed(f"{_NAME} names another tool as its writer: {raw.descriptor.name[:40]!r}.")
    target = raw.source.target
    image = target if isinstance(target, _Image) else _Image()
    made_at = iso_time.read(raw.descriptor.timestamp or "")
    repo_digests = image.repoDigests or []
    digests = [*(d.rpartition("@")[2] for d in repo_digests), image.manifestDigest, image.imageID]
    subject = _SUBJECTS.get(raw.source.type, Subject.UNKNOWN)
    name = target if isinstance(target, str) else image.userInput
    family = raw.distro.name if raw.distro else ""
    return ScanReport(
        tool="grype",
        tool_version=raw.descriptor.version,
        subject=subject,
        artefact=name,
        targets=tuple(dict.fromkeys(p for m in raw.matches if (p := _place(m.artifact)))),
        configurations=0,
        vulnerabilities=tuple(_vulnerability(m) for m in raw.matches),
        misconfigurations=(),
        secrets=(),
        packages=None,
        suppressed=len(raw.ignoredMatches or ()),
        made_at=made_at if made_at is not None and made_at.tzinfo else None,
        commit=(image.labels or {}).get(_REVISION) or None,
        digests=tuple(d for d in digests if d),
        images=(*repo_digests,) or (f"{name} (image id {image.imageID})",)
        if subject is Subject.IMAGE
        else (),
        os_family=family or None,
        os_unsupported=None,
        filters=tuple(_filters(raw.descriptor.configuration or _Settings())),
        scanned_as=raw.source.type[:_LONGEST_WORD],
    )


def _place(artifact: _Artifact) -> str:
    return artifact.locations[0].path.lstrip("/") if artifact.locations else ""


def _vulnerability(match: _Match) -> Vulnerability:
    fix = match.vulnerability.fix
    state = fix.state if fix is not None else None
    return Vulnerability(
        match.vulnerability.id,
        match.artifact.name,
        match.artifact.version,
        _severity(match.vulnerability.severity),
        state == "fixed" if state else None,
        _place(match.artifact),
        rated=match.vulnerability.severity,
        status=state[:_LONGEST_WORD] if state is not None else None,
    )


def _filters(settings: _Settings) -> Iterator[str]:
    """What the configuration in the report says was left out."""
    if settings.only_fixed:
        yield "It was told to leave out what no release mends (only-fixed)."
    if settings.only_notfixed:
        yield "It was told to leave out what a release mends (only-notfixed)."
    if settings.ignore_wontfix not in (None, "", False):
        yield "It was told to leave out what the publisher will not mend (ignore-wontfix)."
    if settings.ignore_states:
        yield f"It was told to ignore the states {settings.ignore_states[:80]}."
    if settings.exclude:
        yield f"It was told to exclude {', '.join(settings.exclude[:3])[:120]}."


def _severity(written: str) -> Severity:
    if written.lower() == "unknown" or not written:
        return Severity.UNRATED
    if written.upper() not in Severity.__members__:
        raise Malformed(f"{_NAME} has the severity {written[:40]!r}, which Grype does not know.")
    return Severity[written.upper()]
