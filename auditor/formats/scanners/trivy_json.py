"""Trivy's JSON: of images, file systems, repositories and clusters, and the list of old versions."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from auditor.formats.scanners.vulnerability_scan import (
    Misconfiguration,
    ScanReport,
    Severity,
    Subject,
    Vulnerability,
)
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed

_NAME = "The Trivy report"
_HEAD = re.compile(
    rb'\A\s*\{\s*"SchemaVersion"\s*:\s*\d|\A\s*\{\s*"ClusterName"\s*:'
    rb'|\A\s*\[\s*\{\s*"Target"\s*:\s*"'
)
_SIGNS = re.compile(
    rb'"ArtifactName"\s*:|"ArtifactType"\s*:|"Results"\s*:|"Vulnerabilities"\s*:'
    rb'|"Misconfigurations"\s*:|"Resources"\s*:|"Findings"\s*:|"Type"\s*:'
)
_SUBJECTS = {
    "container_image": Subject.IMAGE,
    "filesystem": Subject.FILES,
    "repository": Subject.FILES,
    "vm": Subject.IMAGE,
}
_SEVERITIES = {
    "UNKNOWN": Severity.UNRATED,
    "LOW": Severity.LOW,
    "MEDIUM": Severity.MEDIUM,
    "HIGH": Severity.HIGH,
    "CRITICAL": Severity.CRITICAL,
}
_REVISION = "org.opencontainers.image.revision"
_LAST_LINE = 2**31 - 1
_LONGEST_WORD = 40


class _Vulnerability(msgspec.Struct):
    VulnerabilityID: str
    PkgName: str = ""
    InstalledVersion: str = ""
    FixedVersion: str | None = None
    Severity: str = "UNKNOWN"
    Status: str | None = None


class _Cause(msgspec.Struct):
    StartLine: int | None = None


class _Misconfiguration(msgspec.Struct):
    ID: str = ""
    Title: str = ""
    Severity: str = "UNKNOWN"
    Status: str = "FAIL"
    CauseMetadata: _Cause | None = None


class _Secret(msgspec.Struct):
    Severity: str = "UNKNOWN"


class _Package(msgspec.Struct):
    Name: str = ""


class _Modified(msgspec.Struct):
    Status: str = ""


class _Result(msgspec.Struct):
    Target: str
    Class: str = ""
    Type: str = ""
    Packages: list[_Package] | None = None
    Vulnerabilities: list[_Vulnerability] | None = None
    Misconfigurations: list[_Misconfiguration] | None = None
    Secrets: list[_Secret] | None = None
    ExperimentalModifiedFindings: list[_Modified] | None = None


class _Os(msgspec.Struct):
    Family: str = ""
    Name: str = ""
    EOSL: bool = False


class _ImageSettings(msgspec.Struct):
    Labels: dict[str, str] | None = None


class _ImageConfig(msgspec.Struct):
    config: _ImageSettings | None = None


class _Metadata(msgspec.Struct):
    OS: _Os | None = None
    ImageID: str = ""
    RepoTags: list[str] | None = None
    RepoDigests: list[str] | None = None
    Commit: str | None = None
    ImageConfig: _ImageConfig | None = None


class _Trivy(msgspec.Struct):
    Version: str | None = None


class _Resource(msgspec.Struct):
    Kind: str = ""
    Name: str = ""
    Results: list[_Result] | None = None


class _Report(msgspec.Struct):
    SchemaVersion: int | None = None
    Trivy: _Trivy | None = None
    CreatedAt: str | None = None
    ArtifactName: str = ""
    ArtifactType: str = ""
    Metadata: _Metadata | None = None
    Results: list[_Result] | None = None
    ClusterName: str | None = None
    Resources: list[_Resource] | None = None
    Findings: list[_Resource] | None = None
    Vulnerabilities: list[_Resource] | None = None
    Misconfigurations: list[_Resource] | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like Trivy's JSON; the `null` of old versions tells nothing."""
    text = json_text.opening(head)
    return bool(_HEAD.search(text) and _SIGNS.search(text))


def parse(data: bytes) -> ScanReport:
    """The report. Raises Malformed and TooLarge.

    A secret's severity is all that is read of it. A time of the year 1 is no time.
    """
    raw = json_text.decode(data, _Report | list[_Result], name=_NAME)  # type: ignore[arg-type]
    if not isinstance(raw, _Report):
        return _report(_Report(), raw, _legacy_subject(raw), "list")
    if raw.ClusterName is not None:
        parts = (raw.Resources, raw.Findings, raw.Vulnerabilities, raw.Misconfigurations)
        results = [r for part in parts for one in part or () for r in one.Results or ()]
        return _report(raw, results, Subject.CLUSTER, "cluster")
    if raw.SchemaVersion != 2:
        raise Malformed(f"{_NAME} has the schema version {raw.SchemaVersion}; only 2 can be read.")
    subject = _SUBJECTS.get(raw.ArtifactType, Subject.UNKNOWN)
    return _report(raw, raw.Results or [], subject, f"schema {raw.SchemaVersion}")


def _legacy_subject(results: list[_Result]) -> Subject:
    """Old versions do not say; an operating system among the targets means an image."""
    return Subject.IMAGE if any(r.Target.endswith(")") for r in results) else Subject.UNKNOWN


def _report(raw: _Report, results: list[_Result], subject: Subject, dialect: str) -> ScanReport:
    metadata = raw.Metadata or _Metadata()
    system = metadata.OS if metadata.OS is not None and metadata.OS.Family else None
    made_at = iso_time.read(raw.CreatedAt or "")
    settings = metadata.ImageConfig.config if metadata.ImageConfig else None
    labels = (settings.Labels if settings else None) or {}
    digests = [d.rpartition("@")[2] for d in metadata.RepoDigests or ()]
    listed = [len(r.Packages) for r in results if r.Packages is not None]
    return ScanReport(
        tool="trivy",
        tool_version=raw.Trivy.Version if raw.Trivy else None,
        subject=subject,
        artefact=raw.ArtifactName or raw.ClusterName or "",
        targets=tuple(r.Target for r in results),
        configurations=sum(r.Class == "config" for r in results),
        vulnerabilities=tuple(_vulnerabilities(results)),
        misconfigurations=tuple(_misconfigurations(results)),
        secrets=tuple(_severity(s.Severity) for r in results for s in r.Secrets or ()),
        packages=sum(listed) if listed else None,
        suppressed=sum(len(r.ExperimentalModifiedFindings or ()) for r in results),
        made_at=made_at if made_at is not None and made_at.tzinfo else None,
        commit=metadata.Commit or labels.get(_REVISION) or None,
        digests=tuple(d for d in (*digests, metadata.ImageID) if d),
        images=tuple(_images(raw, metadata)) if subject is Subject.IMAGE else (),
        os_family=system.Family if system else None,
        # The key is left out where it is false; without an operating system nobody looked.
        os_unsupported=system.EOSL if system else None,
        filters=(),
        dialect=dialect,
        scanned_as=raw.ArtifactType[:_LONGEST_WORD],
    )


def _images(raw: _Report, metadata: _Metadata) -> Iterator[str]:
    """The image as people know it, with whatever digest there is."""
    if metadata.RepoDigests:
        yield from metadata.RepoDigests
        return
    name = next(iter(metadata.RepoTags or ()), raw.ArtifactName)
    yield f"{name} (image id {metadata.ImageID})" if metadata.ImageID else name


def _vulnerabilities(results: list[_Result]) -> Iterator[Vulnerability]:
    for result in results:
        for one in result.Vulnerabilities or ():
            yield Vulnerability(
                one.VulnerabilityID,
                one.PkgName,
                one.InstalledVersion,
                _severity(one.Severity),
                bool(one.FixedVersion),
                result.Target,
                rated=one.Severity,
                status=one.Status[:_LONGEST_WORD] if one.Status is not None else None,
            )


def _misconfigurations(results: list[_Result]) -> Iterator[Misconfiguration]:
    for result in results:
        for one in result.Misconfigurations or ():
            line = one.CauseMetadata.StartLine if one.CauseMetadata else None
            known = line if line is not None and 1 <= line <= _LAST_LINE else None
            yield Misconfiguration(
                one.ID, one.Title, _severity(one.Severity), one.Status, result.Target, known
            )


def _severity(written: str) -> Severity:
    found = _SEVERITIES.get(written or "UNKNOWN")
    if found is None:
        raise Malformed(f"{_NAME} has the severity {written[:40]!r}, which Trivy does not know.")
    return found
