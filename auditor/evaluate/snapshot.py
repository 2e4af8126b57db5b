"""What of an audit is kept for comparison: states of items, their parts, and fingerprints of findings."""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterator
from datetime import datetime

from auditor.evaluate.assess import Bundle
from auditor.evaluate.facts import Facts
from auditor.evaluate.matchers import expected, satisfied, shown
from auditor.evaluate.tree import evaluate
from auditor.model.evidence import Fact, Finding, ProblemKind, Status
from auditor.model.gate import ItemState, Leaf, Snapshot, Spot
from auditor.model.item import Constraint, Item, Not, Requirement
from auditor.model.probe import Need
from auditor.model.report import ProbeResult, Report
from auditor.model.verdict import Verdict

Line = Callable[[str, int], str | None]
"""Gives the text of a line of the audited source: path below the git root, number from 1."""

_OUTSIDE = frozenset({Need.URL, Need.PROMETHEUS, Need.ALERTMANAGER})
_RESTLESS = frozenset({"ms", "s", "req/s", "d", "h"})
"""Units of numbers that are never twice the same: only whether the limit holds is compared."""
_BETTER = {">=": 1, ">": 1, "<=": -1, "<": -1}
_BREAKS = frozenset({ProblemKind.CRASHED, ProblemKind.TIMED_OUT})
_PLACE = re.compile(r":\d+\b|\blines? \d+")


def no_source(path: str, line: int) -> str | None:
    """A `Line` where the audited source is not at hand."""
    return None


def snapshot(report: Report, seen: Bundle, line: Line = no_source) -> Snapshot:
    """What is kept of an audit; `seen` is the bundle that the report was made from."""
    facts = Facts(seen.evidence, seen.probes, datetime.fromisoformat(seen.started_at))
    target = report.target
    return Snapshot(
        tool_version=report.tool_version,
        started_at=report.started_at,
        service=target.service,
        repository=target.repository,
        root=target.root,
        commit=target.commit,
        dirty=target.dirty,
        checklist=report.checklist.id,
        checklist_version=report.checklist.version,
        checklist_digest=report.checklist.digest,
        items=tuple(_item(v, facts) for v in report.verdicts()),
        findings=tuple(_spots(report, facts, line)),
        probes={p.id: p.version for p in report.probes},
        waivers=report.waivers,
        proven=float(report.score.proven * 100),
        broken=tuple(p.id for p in report.probes if _broke(p)),
    )


def _broke(probe: ProbeResult) -> bool:
    return probe.status is Status.FAILED and any(p.kind in _BREAKS for p in probe.problems)


def asks(item: Item) -> str:
    """A digest of what an item asks: two items of the same one judge the same evidence alike."""
    parts = (item.severity, item.when, item.require, item.floor, item.max_age_s, item.attestable)
    left_out = (
        (item.left_out,) if item.left_out else ()
    )  # as baselines from before there were tiers
    text = repr((*parts, [asks(c) for c in item.checks], *left_out))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _item(verdict: Verdict, facts: Facts) -> ItemState:
    item = verdict.item
    leaves = tuple(_leaf(c, i, facts) for i in (item, *item.checks) for c in _wanted(i.require))
    return ItemState(
        id=item.id,
        number=item.number,
        title=item.title,
        severity=item.severity,
        outcome=verdict.outcome,
        waived=verdict.open and verdict.waived is not None,
        asks=asks(item),
        reason=verdict.reasons[0].text if verdict.reasons else "",
        probes=verdict.evidence,
        leaves=tuple(dict.fromkeys(leaves)),
        outside=bool(leaves) and all(leaf.outside for leaf in leaves),
        pending=verdict.pending,
    )


def _wanted(tree: Requirement | None) -> Iterator[Constraint]:
    """The constraints that should hold; what stands below a `not` should not."""
    if isinstance(tree, Constraint):
        yield tree
    elif tree is not None and not isinstance(tree, Not):
        for part in tree.parts:
            yield from _wanted(part)


def _leaf(leaf: Constraint, item: Item, facts: Facts) -> Leaf:
    result = evaluate(leaf, facts, floor=item.floor, max_age_s=item.max_age_s)
    found = _deciding(leaf, result.truth, facts)
    owner = facts.owners.get(leaf.key)
    return Leaf(
        name=leaf.name,
        expected=expected(leaf.matcher, found.unit if found else ""),
        truth=result.truth,
        observed=shown(found.value, found.unit) if found else "",
        number=_number(found),
        better=_direction(leaf),
        outside=owner is not None and not _OUTSIDE.isdisjoint(owner.needs),
    )


def _number(found: Fact | None) -> float | None:
    if found is None or isinstance(found.value, bool) or found.unit in _RESTLESS:
        return None
    return float(found.value) if isinstance(found.value, int | float) else None


def _deciding(leaf: Constraint, truth: bool | None, facts: Facts) -> Fact | None:
    found = facts.of(leaf.key, leaf.subject) if truth is not None else []
    return next((f for f in found if satisfied(leaf.matcher, f.value) is truth), None)


def _direction(leaf: Constraint) -> int:
    """1 where more is better, -1 where less is: at most so many, or none at all."""
    if leaf.matcher.operator == "==" and leaf.matcher.operand == 0:
        return -1
    return _BETTER.get(leaf.matcher.operator, 0)


def _spots(report: Report, facts: Facts, line: Line) -> Iterator[Spot]:
    counted = set()
    for probe in report.probes:
        for finding in probe.findings:
            if not finding.suppressed:
                counted.add(finding.fact)
                yield spot(finding, line)
    for leaf in dict.fromkeys(
        c
        for v in report.verdicts()
        for i in (v.item, *v.item.checks)
        for c in _wanted(i.require)
        if c.matcher.operator == "empty" and c.matcher.operand is True and c.key not in counted
    ):
        for fact in facts.of(leaf.key, leaf.subject)[:1]:
            yield from _entries(fact)


def _entries(fact: Fact) -> Iterator[Spot]:
    """The entries of a list that should be empty are findings too."""
    for entry in fact.value if isinstance(fact.value, list) else ():
        words = _PLACE.sub("", str(entry))
        yield Spot(fact.name, "entry", str(entry)[:300], words, print=_digest(fact.name, words))


def spot(finding: Finding, line: Line = no_source) -> Spot:
    """A finding with its fingerprint: rule and source line, so that it survives moving and renaming."""
    where = finding.location
    words = _words(finding.message, where.path)
    source = line(where.path, where.line) if where.path and where.line else None
    text = " ".join(source.split()) if source else ""
    mark = _digest(finding.fact, finding.rule, words, text) if text else None
    return Spot(finding.fact, finding.rule, finding.message[:300], words[:300], where, mark)


def _words(message: str, path: str | None) -> str:
    for name in (path, posixpath.basename(path)) if path else ():
        message = message.replace(name, "<file>") if len(name) > 2 else message
    return " ".join(_PLACE.sub("", message).split())


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:20]
