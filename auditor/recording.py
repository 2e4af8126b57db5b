"""The use cases of the history: store an audit or a bundle, compare two stored runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from auditor.collect.target import WrongUse
from auditor.evaluate.compare import compare
from auditor.evaluate.snapshot import snapshot
from auditor.gate_base import lines_of
from auditor.model.gate import Comparison, Snapshot
from auditor.model.history import Run, RunKind, ServiceKey
from auditor.pipeline import Audit, rescore
from auditor.probing.doors.gittree import GitTree
from auditor.report.registry import render
from auditor.store import bundle
from auditor.store.history.history import Added, History
from auditor.store.history.record import record_of


def store_audit(
    history: History,
    done: Audit,
    tree: GitTree | None = None,
    *,
    kind: RunKind = RunKind.AUDIT,
    ref: str = "",
    service: ServiceKey | None = None,
    baseline: bool = False,
) -> Added:
    """Store a finished audit; `tree` is what it looked at, so that findings are known by their source.

    Raises WrongUse for an audit of a part, and BadHistory.
    """
    manifest, seen = bundle.opened(done.files)
    refuse_part(manifest.looking.only)
    report = render("json", done.report).encode()
    state = snapshot(done.report, seen, lines_of(tree)) if tree else snapshot(done.report, seen)
    record = record_of(
        done.report, seen.evidence, kind=kind, ref=ref, tier=manifest.tier, service=service
    )
    files = bundle.with_report(done.files, report)
    return history.add(record, report, state, files, baseline=baseline)


def store_bundle(history: History, folder: Path, *, baseline: bool = False) -> Added:
    """Store the audit whose bundle is in `folder`. Raises BadBundle, Mistake, WrongUse and BadHistory."""
    files = bundle.load(folder)
    manifest, _ = bundle.opened(files)
    altered = bundle.unsealed(files, manifest)
    if altered:
        raise WrongUse(
            f"The bundle {folder} is not what the audit wrote, so it was not stored: {' '.join(altered)}"
        )
    return store_audit(history, Audit(rescore(folder), files), baseline=baseline)


def refuse_part(only: tuple[str, ...]) -> None:
    """Refuse an audit of a part: beside whole ones, it would look like a loss. Raises WrongUse."""
    if only:
        said = " ".join(f"--only '{pattern}'" for pattern in only)
        raise WrongUse(f"A history keeps whole audits; this one was made with {said}.")


def compare_runs(history: History, one: Run, other: Run) -> tuple[Snapshot, Snapshot, Comparison]:
    """What differs between two stored runs. Raises BadHistory."""
    base, head = history.snapshot(one), history.snapshot(other)
    return base, head, compare(base, head)


def write_bundle(history: History, run: Run, folder: Path) -> None:
    """Write the evidence bundle of a run as the audit wrote it. Raises BadBundle and BadHistory."""
    files: Mapping[str, bytes] = history.files(run)
    bundle.write(folder, files)
