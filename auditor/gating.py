"""The use cases of the merge gate: compare a change with its base, and adopt a state as the base."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from auditor.collect.pinned import PinnedTree
from auditor.collect.runner import Progress
from auditor.collect.target import Found, WrongUse
from auditor.evaluate.compare import compare
from auditor.evaluate.gate import judge
from auditor.evaluate.gate_integrity import integrity
from auditor.evaluate.snapshot import snapshot
from auditor.evaluate.times import moment
from auditor.formats.text.errors import FormatError
from auditor.gate_base import (
    Base,
    NoBase,
    at_base,
    base_commit,
    base_in,
    base_of,
    checked_out,
    is_tracked,
    lines_of,
    refuse_other,
    state_of,
)
from auditor.gate_kept import Kept
from auditor.gate_rules import ATTESTATIONS, baseline_change, changes, rules_of
from auditor.gate_stored import Stored, stored
from auditor.model.gate import Comparison, GateBase, PolicyChange, Snapshot
from auditor.pipeline import Audit, Options, Policy, audit, own_policy, rescore
from auditor.report.reading import read
from auditor.report.writer import check, write
from auditor.store import baseline, bundle


def gate_against(
    options: Options,
    ref: str,
    progress: Progress | None = None,
    now: datetime | None = None,
    runs: Path | None = None,
) -> Audit:
    """Audit the head and the commit where it left `ref`, and compare them; the report has a `gate`.

    Where the folder `runs` holds the bundle of a run of that commit, it is compared with. Else the
    commit is audited; that audit is kept for a day, and made once.

    Raises NoBase, and what `audit` raises.
    """
    when = now or datetime.now(UTC)
    own = own_policy(options)
    commit = base_commit(own.found, ref)
    run = stored(runs, options, own, commit, when) if runs is not None else Stored()
    if run.base is not None:
        return _gated(options, own, run.base, progress, when)
    kept = Kept(options, own, commit, when)
    if base := kept.base(ref):
        return _gated(options, own, replace(base, notes=run.notes), progress, when)
    with checked_out(own.found, commit) as folder:
        there = at_base(options, own.found, folder, commit)
        try:
            policy = own_policy(there)
        except (WrongUse, FormatError) as error:
            raise NoBase(f"The base {commit[:12]} cannot be audited: {error}") from None
        seen = audit(there, progress, lambda: when, policy)
        about = GateBase("audit", ref, commit, seen.report.started_at, seen.report.tool_version)
        base = Base(state_of(seen, policy.found.tree), policy, rules_of(policy), about)
        kept.keep(base)
        return _gated(options, own, replace(base, notes=run.notes), progress, when)


def gate_baseline(
    options: Options,
    file: Path,
    progress: Progress | None = None,
    now: datetime | None = None,
    ref: str | None = None,
) -> Audit:
    """Audit the head and compare it with a bundle's folder or a baseline file; the report has a `gate`.

    With `ref`, the baseline file is read as it was where the head left `ref`: what the head has made of
    it is listed, and not obeyed.

    Raises NoBase, BadBaseline, BadBundle, and what `audit` raises.
    """
    when = now or datetime.now(UTC)
    own = own_policy(options)
    moved: tuple[PolicyChange, ...] = ()
    if ref is None:
        base = base_of(file, own)
    else:
        commit = base_commit(own.found, ref)
        base = base_in(file, own, commit)
        moved = baseline_change(file, own, commit)
    refuse_other(base, own.found, options, file, when)
    done = _gated(options, own, base, progress, when, moved)
    gate = done.report.gate
    if ref is None and gate is not None and is_tracked(own, file):
        said = (
            f"The baseline {file} is part of the repository, so a change can loosen what it is compared"
            " with. Add --against REF, and it is read as it was there."
        )
        gate = replace(gate, integrity=(*gate.integrity, said))
    return Audit(replace(done.report, gate=gate), done.files)


def adopt(
    options: Options, file: Path, progress: Progress | None = None, now: datetime | None = None
) -> tuple[Audit, bool]:
    """Write today's state to `file` as a baseline; gives the audit, and whether it was written.

    A baseline that is there already is only ever tightened: where the state is worse than it says,
    nothing is written, and the report's `gate` says what is worse. Today's waivers count for that,
    since whoever reviews the baseline reviews them. Raises as `gate_baseline` does.
    """
    when = now or datetime.now(UTC)
    check(file)
    own = own_policy(options)
    if file.exists():
        base = base_of(file, own)
        refuse_other(base, own.found, options, file, when)
        base = replace(base, policy=replace(base.policy, waivers=own.waivers))
        gated = _gated(options, own, base, progress, when)
        if gated.report.gate is None or not gated.report.gate.met:
            return gated, False
    seen = audit(options, progress, lambda: when, own)
    state = state_of(seen, own.found.tree)
    held = tuple(w for w in own.waivers if (end := moment(w.expires)) and end > when)
    rules = replace(rules_of(own, options.only), waivers=held)
    write(file, baseline.dump(replace(state, waivers=held), rules))
    return seen, True


def differ(one: Path, other: Path) -> tuple[Snapshot, Snapshot, Comparison]:
    """Compare two audits, each a bundle's folder, a JSON report or a baseline file.

    Raises WrongUse, BadBundle, BadReport, BadBaseline and Mistake.
    """
    base, head = _read_state(one), _read_state(other)
    return base, head, compare(base, head)


def _read_state(path: Path) -> Snapshot:
    if path.is_dir():
        report = rescore(path)
        return snapshot(report, bundle.opened(bundle.load(path))[1])
    try:
        data = path.read_bytes()
    except OSError as error:
        raise WrongUse(
            f"{path} cannot be read: {error.strerror}. Give a bundle's folder or a JSON report."
        ) from None
    if b'"baseline_version"' in data[:200]:
        return baseline.load(path).snapshot
    return read(data, str(path))


def _gated(
    options: Options,
    own: Policy,
    base: Base,
    progress: Progress | None,
    when: datetime,
    moved: tuple[PolicyChange, ...] = (),
) -> Audit:
    found, notes = _head(own.found, base)
    seen = audit(options, progress, lambda: when, replace(base.policy, found=found))
    _, evidence = bundle.opened(seen.files)
    paths = {s.location.path for s in base.state.findings if s.location.path}
    gate = judge(
        base.state,
        snapshot(seen.report, evidence, lines_of(found.tree)),
        base.about,
        ratchet=base.about.kind == "baseline",
        gone={p for p in paths if found.tree.kind(p) != "file"},
        policy=(
            *moved,
            *changes(
                base.rules,
                rules_of(own),
                base.policy.checklist,
                own.checklist,
                whole=base.about.kind != "bundle",
            ),
        ),
        notes=(*base.notes, *notes),
    )
    gate = replace(gate, integrity=integrity(evidence.evidence))
    return Audit(replace(seen.report, gate=gate), seen.files)


def _head(own: Found, base: Base) -> tuple[Found, tuple[str, ...]]:
    """The head's tree under the base's settings, with the base's attestations beside its files."""
    settings, root = base.policy.found.settings, base.policy.found.root
    notes: list[str] = []
    if root and own.tree.kind(root) != "directory":
        notes.append(f"The service was in {root} at the base, and is in {own.root or '.'} now.")
        root = own.root
    elif root != own.root:
        notes.append(f"The service is looked for in {root or '.'}, as the base says.")
    if own.tree.changed():
        notes.append("The work tree has changes that are not committed; they were judged too.")
    mark = (base.about.commit or base.about.kind)[:12]
    name = f"{settings.attestations or ATTESTATIONS}@{mark}"
    path = os.path.normpath(os.path.join(root, name))
    pinned = {path: base.rules.attestations.encode()}
    tree = PinnedTree(own.tree.root, pinned, is_git=own.tree.is_git)
    return Found(tree, root, replace(settings, attestations=name), own.notes), tuple(notes)
