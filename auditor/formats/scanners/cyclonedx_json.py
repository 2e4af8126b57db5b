"""CycloneDX 1.2 to 1.7 as JSON: a bill of materials, a VEX document, or both in one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from auditor.formats.scanners.sbom import MOST_COMPONENTS, Bill, Component, Statement
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed, TooLarge

_NAME = "The CycloneDX document"
_HEAD = re.compile(
    rb'\A\s*\{\s*(?:"(?:\$schema|specVersion|serialNumber|version)"\s*:\s*(?:"[^"]{0,300}"|\d+)\s*,\s*){0,4}'
    rb'"bomFormat"\s*:\s*"CycloneDX"'
)
_VERSION = re.compile(r"1\.\d{1,2}")
_DEPTH = 100
_STATUS = {
    "not_affected": "not_affected",
    "false_positive": "not_affected",
    "exploitable": "affected",
    "in_triage": "under_investigation",
    "resolved": "fixed",
    "resolved_with_pedigree": "fixed",
}


class _Component(msgspec.Struct):
    name: str
    type: str = ""
    version: str | None = None
    purl: str | None = None
    licenses: list[object] | None = None
    components: list[_Component] | None = None


class _Tool(msgspec.Struct):
    name: str = ""
    version: str | None = None


class _Tools(msgspec.Struct):
    components: list[_Tool] | None = None


class _Metadata(msgspec.Struct):
    timestamp: str | None = None
    tools: list[_Tool] | _Tools | None = None


class _Analysis(msgspec.Struct):
    state: str | None = None
    justification: str | None = None


class _Vulnerability(msgspec.Struct):
    id: str = ""
    analysis: _Analysis | None = None


class _Document(msgspec.Struct):
    bomFormat: str
    specVersion: str
    metadata: _Metadata | None = None
    components: list[_Component] | None = None
    dependencies: list[object] | None = None
    vulnerabilities: list[_Vulnerability] | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like CycloneDX in JSON."""
    return bool(_HEAD.search(json_text.opening(head)))


def parse(data: bytes) -> Bill:
    """The document. Raises Malformed and TooLarge."""
    raw = json_text.decode(data, _Document, name=_NAME)
    if raw.bomFormat != "CycloneDX" or not _VERSION.fullmatch(raw.specVersion):
        raise Malformed(f"{_NAME} is of the version {raw.specVersion[:20]!r}, which is not known.")
    metadata = raw.metadata or _Metadata()
    made_at = iso_time.read(metadata.timestamp or "")
    components = tuple(_components(raw.components or [], 0))
    if len(components) > MOST_COMPONENTS:
        raise TooLarge(f"{_NAME} lists more than {MOST_COMPONENTS:,} components.")
    return Bill(
        format=f"CycloneDX {raw.specVersion}",
        tool=_tool(metadata.tools),
        made_at=made_at if made_at is not None and made_at.tzinfo else None,
        components=components,
        top_level=len(raw.components or ()),
        relations=len(raw.dependencies or ()),
        files=sum(one.kind == "file" for one in components),
        vulnerabilities=len(raw.vulnerabilities or ()),
        statements=tuple(_statements(raw.vulnerabilities or [])),
    )


def _components(raw: list[_Component], depth: int) -> Iterator[Component]:
    if depth > _DEPTH:
        raise TooLarge(f"{_NAME} nests components deeper than {_DEPTH}.")
    for one in raw:
        version = (one.version or "").strip() or None
        yield Component(one.name, version, one.purl, one.type, bool(one.licenses))
        yield from _components(one.components or [], depth + 1)


def _tool(tools: list[_Tool] | _Tools | None) -> str | None:
    listed = (tools.components or []) if isinstance(tools, _Tools) else tools or []
    return next((f"{t.name} {t.version or ''}".strip() for t in listed if t.name), None)


def _statements(raw: list[_Vulnerability]) -> Iterator[Statement]:
    for one in raw:
        state = one.analysis.state if one.analysis else None
        if one.analysis is None or state is None:
            continue  # a finding of a scanner, on which nobody has said anything
        if state not in _STATUS:
            raise Malformed(f"{_NAME} has the state {state[:40]!r}, which CycloneDX does not know.")
        justification = (one.analysis.justification or "").strip() or None
        yield Statement(one.id, _STATUS[state], justification)
