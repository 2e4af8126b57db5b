"""The use case of tracking: what moved from one audit to the next, and what to do now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from auditor.evaluate.assess import assess
from auditor.gating import differ
from auditor.model.gate import Comparison, Snapshot
from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.pipeline import checklist_of_bundle, rescore
from auditor.report.daily import Daily, Next
from auditor.report.daily import daily as note_of
from auditor.report.steps import what_next
from auditor.store import bundle

_MOST_STEPS = 5
_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


def daily(old: Path, new: Path) -> Daily:
    """The note of two audits: each a bundle's folder, a JSON report or a baseline file.

    Raises WrongUse, BadBundle, BadReport, BadBaseline and Mistake.
    """
    base, head, found = differ(old, new)
    steps = _of_report(rescore(new)) if new.is_dir() else _of_states(head)
    return note_of(base, head, found, steps)


def daily_of_runs(
    base: Snapshot, head: Snapshot, found: Comparison, files: Mapping[str, bytes] | None
) -> Daily:
    """The note of two stored runs and their comparison; `files` is the bundle of the newer one, if kept.

    Raises BadBundle and Mistake.
    """
    if files is None:
        return note_of(base, head, found, _of_states(head))
    manifest, seen = bundle.opened(files)
    checklist = checklist_of_bundle(manifest, bundle.written(files, manifest))
    return note_of(base, head, found, _of_report(assess(seen, checklist)))


def _of_report(report: Report) -> list[Next]:
    return [
        Next(tuple(f"{v.item.number} {v.item.title}" for v in step.verdicts), str(step.next))
        for step in what_next(report, _MOST_STEPS)
    ]


def _of_states(side: Snapshot) -> list[Next]:
    """Without the evidence it is not known what an item is worth: the worst open ones, in their order."""
    worst = sorted((i for i in side.items if i.open), key=lambda i: _RANKS[i.severity])
    return [Next((f"{i.number} {i.title}",)) for i in worst[:_MOST_STEPS]]
