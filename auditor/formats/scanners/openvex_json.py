"""OpenVEX: what a publisher says of vulnerabilities in its products."""

from __future__ import annotations

import re

import msgspec

from auditor.formats.scanners.sbom import Bill, Statement
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed

_NAME = "The OpenVEX document"
_HEAD = re.compile(rb'\A\s*\{\s*"@context"\s*:\s*"https://openvex\.dev/ns')
_STATUSES = frozenset({"not_affected", "affected", "fixed", "under_investigation"})
_JUSTIFICATIONS = frozenset(
    {
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
    }
)


class _Vulnerability(msgspec.Struct):
    name: str = ""


class _Statement(msgspec.Struct):
    status: str
    vulnerability: _Vulnerability | str = ""
    justification: str | None = None


class _Document(msgspec.Struct, rename={"context": "@context"}):
    context: str
    statements: list[_Statement]
    timestamp: str | None = None
    tooling: str | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like OpenVEX, whose first key is its context."""
    return bool(_HEAD.search(json_text.opening(head)))


def parse(data: bytes) -> Bill:
    """The statements; there are no components. Raises Malformed and TooLarge."""
    raw = json_text.decode(data, _Document, name=_NAME)
    if not raw.context.startswith("https://openvex.dev/ns"):
        raise Malformed(f"{_NAME} has another context: {raw.context[:60]!r}.")
    made_at = iso_time.read(raw.timestamp or "")
    return Bill(
        format="OpenVEX",
        tool=raw.tooling or None,
        made_at=made_at if made_at is not None and made_at.tzinfo else None,
        components=(),
        top_level=0,
        relations=0,
        files=0,
        vulnerabilities=len(raw.statements),
        statements=tuple(_statement(one) for one in raw.statements),
    )


def _statement(raw: _Statement) -> Statement:
    if raw.status not in _STATUSES:
        raise Malformed(f"{_NAME} has the status {raw.status[:40]!r}, which OpenVEX does not know.")
    if raw.justification and raw.justification not in _JUSTIFICATIONS:
        raise Malformed(
            f"{_NAME} has the justification {raw.justification[:60]!r}, which OpenVEX does not know."
        )
    named = raw.vulnerability
    vulnerability = named if isinstance(named, str) else named.name
    return Statement(vulnerability, raw.status, raw.justification or None)
