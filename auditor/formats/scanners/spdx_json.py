"""SPDX 2 as JSON: a bill of materials."""

from __future__ import annotations

import re

import msgspec

from auditor.formats.scanners.sbom import MOST_COMPONENTS, Bill, Component
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed, TooLarge

_NAME = "The SPDX document"
_HEAD = re.compile(
    rb'\A\s*\{[^{}]{0,6000}"(?:spdxVersion"\s*:\s*"SPDX-2|SPDXID"\s*:\s*"SPDXRef-DOCUMENT)'
)
_VERSION = re.compile(r"SPDX-2\.\d")
_UNKNOWN = frozenset({"", "NOASSERTION", "NONE"})


class _Reference(msgspec.Struct):
    referenceType: str = ""
    referenceLocator: str = ""


class _Package(msgspec.Struct):
    SPDXID: str
    name: str
    versionInfo: str | None = None
    licenseDeclared: str | None = None
    primaryPackagePurpose: str | None = None
    externalRefs: list[_Reference] | None = None


class _Relation(msgspec.Struct):
    spdxElementId: str = ""
    relationshipType: str = ""
    relatedSpdxElement: str = ""


class _Creation(msgspec.Struct):
    created: str | None = None
    creators: list[str] | None = None


class _Document(msgspec.Struct):
    spdxVersion: str
    creationInfo: _Creation
    packages: list[_Package] | None = None
    files: list[object] | None = None
    relationships: list[_Relation] | None = None
    documentDescribes: list[str] | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like SPDX 2 in JSON."""
    return bool(_HEAD.search(json_text.opening(head)))


def parse(data: bytes) -> Bill:
    """The document. Raises Malformed and TooLarge."""
    raw = json_text.decode(data, _Document, name=_NAME)
    if not _VERSION.fullmatch(raw.spdxVersion):
        raise Malformed(
            f"{_NAME} is of the version {raw.spdxVersion[:20]!r}; only SPDX 2 can be read."
        )
    packages = raw.packages or []
    if len(packages) > MOST_COMPONENTS:
        raise TooLarge(f"{_NAME} lists more than {MOST_COMPONENTS:,} packages.")
    roots = set(raw.documentDescribes or ()) | {
        relation.relatedSpdxElement
        for relation in raw.relationships or ()
        if relation.relationshipType == "DESCRIBES"
    }
    made_at = iso_time.read(raw.creationInfo.created or "")
    creators = raw.creationInfo.creators or []
    tools = [c.partition(":")[2].strip() for c in creators if c.lower().startswith("tool:")]
    return Bill(
        format=raw.spdxVersion,
        tool=next((tool for tool in tools if tool), None),
        made_at=made_at if made_at is not None and made_at.tzinfo else None,
        components=tuple(_component(one, one.SPDXID in roots) for one in packages),
        top_level=len(packages),
        relations=len(raw.relationships or ()),
        files=len(raw.files or ()),
        vulnerabilities=0,
        statements=(),
    )


def _component(raw: _Package, root: bool) -> Component:
    version = (raw.versionInfo or "").strip()
    purls = [r.referenceLocator for r in raw.externalRefs or () if r.referenceType == "purl"]
    return Component(
        name=raw.name,
        version=None if version.upper() in _UNKNOWN else version,
        purl=next(iter(purls), None),
        kind=(raw.primaryPackagePurpose or "package").lower(),
        licensed=(raw.licenseDeclared or "").upper() not in _UNKNOWN,
        root=root,
    )
