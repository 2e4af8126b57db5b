"""Bills of materials and VEX statements: what is listed, what is said, and with which reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.formats.scanners import cyclonedx_json, openvex_json, spdx_json
from auditor.formats.scanners.sbom import Bill, package_of
from auditor.formats.text.errors import FormatError, Malformed, TooLarge

CYCLONEDX: dict[str, Any] = {
    "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "metadata": {
        "timestamp": "2026-03-01T10:00:00Z",
        "tools": {"components": [{"name": "syft", "version": "1.2"}]},
    },
    "components": [
        {
            "name": "one",
            "type": "library",
            "version": "1.0",
            "purl": "pkg:pypi/one@1.0",
            "licenses": [{}],
            "components": [{"name": "inner", "type": "file"}],
        }
    ],
    "dependencies": [{"ref": "one"}],
    "vulnerabilities": [
        {"id": "CVE-1", "analysis": {"state": "not_affected"}},
        {
            "id": "CVE-2",
            "analysis": {"state": "false_positive", "justification": "code_not_present"},
        },
        {"id": "CVE-3"},
    ],
}
SPDX: dict[str, Any] = {
    "spdxVersion": "SPDX-2.3",
    "creationInfo": {
        "created": "2026-03-01T10:00:00Z",
        "creators": ["Organization: x", "Tool: syft-1.2"],
    },
    "packages": [
        {"SPDXID": "SPDXRef-root", "name": "app", "licenseDeclared": "NOASSERTION"},
        {
            "SPDXID": "SPDXRef-one",
            "name": "one",
            "versionInfo": "1.0",
            "licenseDeclared": "MIT",
            "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:pypi/one@1.0"}],
        },
    ],
    "relationships": [
        {
            "spdxElementId": "SPDXRef-DOCUMENT",
            "relationshipType": "DESCRIBES",
            "relatedSpdxElement": "SPDXRef-root",
        }
    ],
}
OPENVEX: dict[str, Any] = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "timestamp": "2026-03-01T10:00:00Z",
    "statements": [
        {"vulnerability": {"name": "CVE-1"}, "status": "not_affected"},
        {
            "vulnerability": "CVE-2",
            "status": "not_affected",
            "justification": "component_not_present",
        },
        {"vulnerability": {"name": "CVE-3"}, "status": "fixed"},
    ],
}


@dataclass(frozen=True)
class Format:
    """A parser with a small document."""

    name: str
    parse: Callable[[bytes], Bill]
    sniff: Callable[[bytes], bool]
    document: dict[str, Any]

    def read(self, **changes: Any) -> Bill:
        return self.parse(json.dumps(self.document | changes).encode())


CDX = Format("cyclonedx", cyclonedx_json.parse, cyclonedx_json.sniff, CYCLONEDX)
SPD = Format("spdx", spdx_json.parse, spdx_json.sniff, SPDX)
VEX = Format("openvex", openvex_json.parse, openvex_json.sniff, OPENVEX)
FORMATS = (CDX, SPD, VEX)
each_format = pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)


def test_cyclonedx_lists_components_at_any_depth() -> None:
    bill = CDX.read()
    assert [(c.name, c.version, c.kind) for c in bill.components] == [
        ("one", "1.0", "library"),
        ("inner", None, "file"),
    ]
    assert (bill.format, bill.tool, bill.top_level, bill.files) == (
        "CycloneDX 1.6",
        "syft 1.2",
        1,
        1,
    )
    assert bill.made_at == datetime(2026, 3, 1, 10, tzinfo=UTC)
    old = CDX.read(metadata={"tools": [{"name": "trivy"}]})
    assert (old.tool, old.made_at) == ("trivy", None)


def test_cyclonedx_states_what_is_not_affected() -> None:
    bill = CDX.read()
    assert [(s.vulnerability, s.status, s.unjustified) for s in bill.statements] == [
        ("CVE-1", "not_affected", True),
        ("CVE-2", "not_affected", False),
    ]
    assert bill.vulnerabilities == 3


def test_spdx_lists_packages_and_what_it_is_about() -> None:
    bill = SPD.read()
    assert [(c.name, c.version, c.root, c.licensed) for c in bill.components] == [
        ("app", None, True, False),
        ("one", "1.0", False, True),
    ]
    assert (bill.format, bill.tool) == ("SPDX-2.3", "syft-1.2")
    assert bill.components[1].purl == "pkg:pypi/one@1.0"


def test_openvex_states_with_or_without_a_reason() -> None:
    bill = VEX.read()
    assert [(s.vulnerability, s.status, s.unjustified) for s in bill.statements] == [
        ("CVE-1", "not_affected", True),
        ("CVE-2", "not_affected", False),
        ("CVE-3", "fixed", False),
    ]
    assert bill.components == ()


@pytest.mark.parametrize(
    ("purl", "package"),
    [
        ("pkg:npm/%40babel/code-frame@7.29.0?package-id=x", ("npm", "@babel/code-frame", "7.29.0")),
        ("pkg:pypi/One@1.0", ("pypi", "one", "1.0")),
        ("pkg:golang/github.com/a/b", ("golang", "github.com/a/b", "")),
        ("npm/one@1", None),
        ("", None),
    ],
)
def test_a_package_url_has_parts(purl: str, package: tuple[str, str, str] | None) -> None:
    assert package_of(purl) == package


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda: CDX.read(specVersion="2.0"), "version '2.0'"),
        (lambda: CDX.read(components=[{"version": "1"}]), "name"),
        (lambda: CDX.read(vulnerabilities=[{"analysis": {"state": "fine"}}]), "state 'fine'"),
        (lambda: SPD.read(spdxVersion="SPDX-3.0"), "version 'SPDX-3.0'"),
        (lambda: SPD.read(packages=[{"name": "x"}]), "SPDXID"),
        (lambda: VEX.read(statements=[{"status": "safe"}]), "status 'safe'"),
        (
            lambda: VEX.read(statements=[{"status": "not_affected", "justification": "trust me"}]),
            "justification 'trust me'",
        ),
        (lambda: VEX.parse(b'{"@context": "https://other.test", "statements": []}'), "context"),
        (lambda: CDX.parse(b'{"bomFormat": "CycloneDX", "bomFormat": "CycloneDX"}'), "required"),
        (lambda: SPD.parse(b"[]"), "shape"),
        (lambda: VEX.parse(b""), "empty"),
    ],
)
def test_other_shapes_are_malformed(read: Callable[[], Bill], message: str) -> None:
    with pytest.raises(Malformed) as refused:
        read()
    assert message in refused.value.message


def test_components_that_nest_without_end_are_refused() -> None:
    deep: dict[str, Any] = {"name": "x"}
    for _ in range(150):
        deep = {"name": "x", "components": [deep]}
    with pytest.raises(TooLarge):
        CDX.read(components=[deep])


@each_format
def test_only_its_own_parser_recognises_a_document(fmt: Format) -> None:
    for indent in (None, 2):
        data = json.dumps(fmt.document, indent=indent).encode()
        assert [one.name for one in FORMATS if one.sniff(data[:4096])] == [fmt.name]
        assert fmt.sniff(data.decode().encode("utf-16")[:4096])
    assert not fmt.sniff(b"{}")
    assert not fmt.sniff(b"")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.text(max_size=4), below),
    max_leaves=4,
)


def replaced(document: Any, data: st.DataObject) -> Any:
    """The document with one value, somewhere in it, replaced."""
    if isinstance(document, dict | list) and document and data.draw(st.integers(0, 5)):
        changed = document.copy()
        keys = sorted(changed) if isinstance(changed, dict) else range(len(changed))
        key = data.draw(st.sampled_from(list(keys)))
        changed[key] = replaced(changed[key], data)
        return changed
    return data.draw(VALUES)


@each_format
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_damaged_document_is_read_or_refused(fmt: Format, data: st.DataObject) -> None:
    document = json.dumps(replaced(fmt.document, data)).encode()
    for one in (document, document[: data.draw(st.integers(0, len(document)))]):
        assert fmt.sniff(one) in (True, False)
        with suppress(FormatError):
            bill = fmt.parse(one)
            assert bill.top_level <= len(bill.components)
