"""A JSON report read back, as far as it is compared with another."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.codec import Undecodable, decode
from auditor.evaluate.snapshot import spot
from auditor.model.evidence import Finding, Location
from auditor.model.gate import ItemState, Snapshot, Spot
from auditor.model.item import Severity
from auditor.model.verdict import Outcome, Waiver
from auditor.report import document as shape


class BadReport(Exception):
    """Bytes that are not a JSON report of this auditor."""


def read(data: bytes, name: str) -> Snapshot:
    """The snapshot of a report called `name`. Its items carry no parts, so only states are compared.

    Raises BadReport.
    """
    try:
        made = decode(data, shape.Document)
    except Undecodable as error:
        raise BadReport(
            f"{name} is not a JSON report ({error}). Make one with: auditor audit . --format json={name}"
        ) from None
    target, checklist = made.target, made.checklist
    return Snapshot(
        tool_version=made.tool.version,
        started_at=made.started_at,
        service=target.service,
        repository=target.repository,
        root=target.root,
        commit=target.commit,
        dirty=target.dirty,
        checklist=checklist.id,
        checklist_version=checklist.version,
        checklist_digest=checklist.digest,
        items=tuple(_item(i) for c in made.categories for s in c.sections for i in s.items),
        findings=tuple(_spots(made)),
        probes={p.id: p.version for p in made.probes},
        waivers=tuple(
            Waiver(w.item, w.owner, w.approver, w.reason, w.expires, w.evidence)
            for w in made.waivers
        ),
        proven=made.score.proven,
    )


def _item(item: shape.Item) -> ItemState:
    return ItemState(
        id=item.id,
        number=item.number,
        title=item.title,
        severity=Severity(item.severity),
        outcome=Outcome(item.verdict),
        waived=item.waived is not None,
        pending=item.pending,
        reason=item.reasons[0].text if item.reasons else "",
        probes=tuple(item.evidence),
        outside=bool(item.evidence) and all(p.startswith("live.") for p in item.evidence),
    )


def _spots(made: shape.Document) -> Iterator[Spot]:
    for probe in made.probes:
        for found in probe.findings:
            if not found.suppressed:
                where = Location(found.location.path, found.location.line, found.location.url)
                yield spot(Finding(found.rule, found.message, found.fact, found.severity, where))
