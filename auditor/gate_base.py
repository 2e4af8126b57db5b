"""What a gate compares with: the commit where a change started, a bundle, or a baseline file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from auditor.checklist.load import checklist_from
from auditor.checklist.shipped import checklist_names
from auditor.collect.registry import find_probes, vocabulary
from auditor.collect.target import Found, WrongUse, service_name
from auditor.evaluate.snapshot import Line, snapshot
from auditor.evaluate.times import moment
from auditor.model.gate import GateBase, Snapshot
from auditor.pipeline import Audit, Options, Policy, rescore
from auditor.probing.doors import git
from auditor.probing.doors.gittree import GitTree
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repository import git_base
from auditor.store import baseline, bundle
from auditor.store.baseline import Rules

_LINE_LIMIT = 4 * 1024 * 1024


class NoBase(Exception):
    """There is nothing to compare with; the message says what is missing and how to get it."""


@dataclass(frozen=True, slots=True)
class Base:
    """What the head is compared with: its state, the rules that it obeys, and where both come from."""

    state: Snapshot
    policy: Policy
    rules: Rules
    about: GateBase
    notes: tuple[str, ...] = ()


def base_commit(found: Found, ref: str) -> str:
    """The commit where the head left `ref`. Raises WrongUse and NoBase."""
    tree = found.tree
    if not tree.is_git:
        raise WrongUse(f"{tree.root} is not a git repository, so it has no {ref!r}.")
    if tree.commit is None:
        raise NoBase("The repository has no commit yet, so there is nothing to compare with.")
    names = git_base.remotes(tree.root)
    remote = next((r for r in names if ref.startswith(f"{r}/")), names[0] if names else "origin")
    branch = ref.removeprefix(f"{remote}/")
    named = git_base.resolve(tree.root, ref)
    if named is None:
        other = f"{remote}/{branch}"
        if git_base.resolve(tree.root, other):
            raise NoBase(f"There is no {ref!r} in this clone, but {other}: --against {other}")
        raise NoBase(
            f"There is no {ref!r} in this clone. Fetch it: git fetch {remote}"
            f" {branch}:refs/remotes/{other} and then compare with it: --against {other}"
            " (in GitHub Actions: actions/checkout with fetch-depth: 0)"
        )
    commit = git_base.merge_base(tree.root, tree.commit, named)
    if commit is None and git.is_shallow(tree.root):
        raise NoBase(
            f"The clone is shallow, and the commit where the head left {ref!r} is not in it."
            f" Fetch the history: git fetch --unshallow {remote}"
            " (in GitHub Actions: actions/checkout with fetch-depth: 0)"
        )
    if commit is None:
        raise NoBase(f"The head and {ref!r} have no commit in common, so there is no base.")
    return commit


@contextmanager
def checked_out(found: Found, commit: str) -> Iterator[Path]:
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(git_base.checkout(found.tree.root, commit))
        except Trouble as trouble:
            raise NoBase(f"{trouble.message} {trouble.hint}".strip()) from None
        yield folder


def at_base(options: Options, found: Found, folder: Path, commit: str) -> Options:
    """The options with every path that lies in the repository moved to the checkout of the base.

    No deployment is asked, and no folder of reports elsewhere: neither is of the base.
    """

    def moved(path: Path) -> Path:
        real = Path(os.path.realpath(path))
        inside = real.is_relative_to(found.tree.root)
        return folder / real.relative_to(found.tree.root) if inside else path

    place = moved(options.path)
    service = place / (options.root or "")
    if not service.is_dir():
        raise NoBase(
            f"The base {commit[:12]} has no folder {service.relative_to(folder)}: the service is new,"
            " and there is nothing to compare with. Judge it whole: auditor audit --fail-on blocker"
        )
    config = moved(options.config) if options.config else None
    checklist = options.checklist
    if checklist is not None and checklist not in checklist_names():
        file = moved(Path(checklist))
        checklist = str(file) if file.is_file() else None
    return replace(
        options,
        path=place,
        config=config if config is not None and config.exists() else None,
        checklist=checklist,
        evidence=tuple(e for e in options.evidence if not e.startswith("/")),
        urls={},
        deployment=None,
        kubernetes=None,
        environment={},
        allow_load=False,
        allow_intrusive=False,
    )


def base_of(file: Path, own: Policy) -> Base:
    """The base that a bundle's folder or a baseline file holds. Raises NoBase, BadBundle, BadBaseline."""
    if not file.is_dir():
        held = baseline.load(file)
        state, rules, kind = held.snapshot, held.rules, "baseline"
    else:
        files = bundle.load(file)
        manifest, seen = bundle.opened(files)
        altered = bundle.unsealed(files, manifest)
        if altered:  # less evidence at the base would let more pass at the head
            raise NoBase(f"The bundle {file} is not what the audit wrote: {' '.join(altered)}")
        rules, kind = baseline.rules_of(files, manifest), "bundle"
        state = snapshot(rescore(file), seen)
    return _base(state, rules, kind, str(file), own)


def base_in(file: Path, own: Policy, commit: str) -> Base:
    """The base that a baseline file held in `commit`, whatever a change has made of it since.

    Raises WrongUse, NoBase and BadBaseline.
    """
    tree = own.found.tree
    real = Path(os.path.realpath(file))
    if file.is_dir() or not real.is_relative_to(tree.root):
        raise WrongUse(
            f"{file} is no file of {tree.root}: with --against, a baseline is read from the repository,"
            " as it was where the head left REF. Bundles go with --runs DIR."
        )
    path = real.relative_to(tree.root).as_posix()
    data = git_base.content(tree.root, commit, path, baseline.LARGEST + 1)
    if data is None:
        raise NoBase(
            f"The base {commit[:12]} has no {path}: a baseline counts from the merge that brings it."
            " Until then compare with --against alone."
        )
    held = baseline.parse(data, f"{path} in {commit[:12]}")
    return _base(held.snapshot, held.rules, "baseline", str(file), own)


def is_tracked(own: Policy, file: Path) -> bool:
    """Whether git tracks the file, so that a change may bring it."""
    tree = own.found.tree
    real = Path(os.path.realpath(file))
    if not tree.is_git or not real.is_relative_to(tree.root):
        return False
    path = real.relative_to(tree.root).as_posix()
    return any(entry.path == path and entry.blob for entry in tree.entries())


def _base(state: Snapshot, rules: Rules, kind: str, name: str, own: Policy) -> Base:
    if not state.items:
        raise NoBase(
            f"{name} holds no item, so there is nothing to compare with."
            " Write a baseline with: auditor gate . --adopt FILE"
        )
    policy = policy_of(rules, own)
    about = GateBase(kind, name, state.commit, state.started_at, state.tool_version)
    return Base(state, policy, rules, about)


def policy_of(rules: Rules, own: Policy) -> Policy:
    """The rules of a base as a policy over the head's tree. Raises Mistake."""
    facts = vocabulary(p.spec for p in find_probes())
    written = rules.written()
    return Policy(
        found=replace(own.found, root=rules.root, settings=rules.settings),
        written=written,
        checklist=checklist_from(
            written,
            facts,
            features=rules.settings.features,
            tier=rules.settings.chosen_tier(),
        ),
        waivers=rules.waivers,
    )


def refuse_other(base: Base, found: Found, options: Options, file: Path, now: datetime) -> None:
    """Refuse a base that is not of this repository, of this extent, or of this time. Raises WrongUse."""
    if base.rules.only != options.only:
        said = " ".join(f"--only '{p}'" for p in base.rules.only) or "no --only"
        raise WrongUse(f"{file} was made with {said}; compare it with an audit of the same extent.")
    made = moment(base.state.started_at)
    if made is None or made > now + timedelta(minutes=10):
        raise WrongUse(f"{file} was made at {base.state.started_at}, which is in the future.")
    name = service_name(found, options.path)
    commit = base.state.commit
    known = commit and found.tree.is_git and git_base.resolve(found.tree.root, commit)
    if not known and name != base.state.service:
        raise WrongUse(
            f"{file} is of the service {base.state.service!r} of {base.state.repository!r}, and this is"
            f" {name!r}: the commit {commit or 'of that audit'} is not in this repository."
        )


def state_of(seen: Audit, tree: GitTree) -> Snapshot:
    _, evidence = bundle.opened(seen.files)
    return snapshot(seen.report, evidence, lines_of(tree))


def lines_of(tree: GitTree) -> Line:
    known: dict[str, list[str]] = {}

    def line(path: str, number: int) -> str | None:
        if path not in known:
            try:
                text = tree.read(path, _LINE_LIMIT).decode("utf-8", "replace")
            except Trouble:
                text = ""  # without its source a finding is compared by its place
            known[path] = text.split("\n")
        return known[path][number - 1] if 0 < number <= len(known[path]) else None

    return line
