"""The use case of backfilling: audit earlier commits, so that a trend exists on the first day."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from auditor import __version__
from auditor.collect.runner import Progress
from auditor.collect.target import Found, WrongUse, describe
from auditor.formats.text.config_text import Mistake
from auditor.model.history import RunKind, ServiceKey
from auditor.model.verdict import Waiver
from auditor.pipeline import WAIVERS, Audit, Options, Policy, audit, known_items, own_policy
from auditor.probing.doors import git
from auditor.probing.doors.gittree import GitTree
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo
from auditor.probing.repository import git_base, git_past
from auditor.probing.repository.git_past import Past
from auditor.recording import store_audit
from auditor.settings import read_waivers
from auditor.store.history.history import History
from auditor.store.history.record import service_key

_LIMIT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which commits: `tags`, or the last `commits`, or those `since` a time."""

    tags: bool = False
    commits: int | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a commit: stored, known (stored before) or failed; `text` says why, `run` where."""

    past: Past
    state: str
    text: str = ""
    run: int | None = None


@dataclass(frozen=True, slots=True)
class Backfill:
    """What is to be done: the service, its policy of today, the commits (newest first), and notes."""

    options: Options
    policy: Policy
    service: ServiceKey
    past: tuple[Past, ...]
    notes: tuple[str, ...]


def plan_backfill(options: Options, wanted: Wanted) -> Backfill:
    """Find the commits. Raises WrongUse, Mistake and Trouble."""
    policy = own_policy(options)
    found = policy.found
    if not found.tree.is_git or found.tree.commit is None:
        raise WrongUse(f"{found.tree.root} has no commits, so there is nothing to audit again.")
    root = found.tree.root
    past = (
        git_past.tags(root) if wanted.tags else git_past.commits(root, wanted.commits, wanted.since)
    )
    if not past:
        what = "tag of a commit" if wanted.tags else "commit since then"
        raise WrongUse(f"The repository has no {what}.{_fetch_tags(wanted)}")
    notes = []
    if git.is_shallow(root):
        notes.append(
            "The clone is shallow: commits before its end are not there. Fetch them:"
            " git fetch --unshallow"
        )
    key = service_key(describe(found, options.path, None))
    return Backfill(options, policy, key, tuple(past), tuple(notes))


def _fetch_tags(wanted: Wanted) -> str:
    return " Where the clone was made without tags: git fetch --tags" if wanted.tags else ""


def backfill(
    history: History,
    asked: Backfill,
    progress: Callable[[Past], Progress | None] = lambda past: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Iterator[Outcome]:
    """Audit each commit and store it, the newest first; one that fails does not stop the others.

    A commit that is stored already, by an audit of it or by an earlier backfill with the same checklist
    and auditor, is not audited again. Raises BadHistory, and WrongUse or Mistake where the operator's
    own settings are wrong.
    """
    known = _known(history, asked)
    for past in asked.past:
        if past.commit in known:
            yield Outcome(past, "known")
        else:
            yield _one(history, asked, past, progress(past), clock())


def _known(history: History, asked: Backfill) -> set[str]:
    """The commits that need no audit any more."""
    ours = (asked.policy.checklist.digest, __version__)
    return history.audited_commits(asked.service, *ours)


def _one(
    history: History, asked: Backfill, past: Past, progress: Progress | None, now: datetime
) -> Outcome:
    try:
        with git_base.checkout(asked.policy.found.tree.root, past.commit) as folder:
            done, tree = _audited(asked, past, folder, progress, now)
            added = store_audit(
                history, done, tree, kind=RunKind.BACKFILL, ref=past.tag, service=asked.service
            )
    except Trouble as trouble:
        return Outcome(past, "failed", f"{trouble.message} {trouble.hint}".strip())
    except WrongUse as error:
        return Outcome(past, "failed", str(error))
    return Outcome(past, "known" if added.known else "stored", run=added.run)


def _audited(
    asked: Backfill, past: Past, folder: Path, progress: Progress | None, now: datetime
) -> tuple[Audit, GitTree]:
    """The audit as it would have been then: what expires is judged by the time of the commit."""
    own, options = asked.policy, asked.options
    tree = GitTree(folder, is_git=True)
    if own.found.root and tree.kind(own.found.root) != "directory":
        raise WrongUse(f"There was no folder {own.found.root} at that commit.")
    when = min(past.at.astimezone(UTC), now)
    waivers, doubts = _waivers(tree, own)
    said = (
        f"Backfilled on {now:%Y-%m-%d}: the commit {past.commit[:12]}, judged as of its own time by the"
        " checklist and settings of today. No deployment was asked.",
        *doubts,
    )
    policy = Policy(
        found=Found(tree, own.found.root, own.found.settings, said),
        written=own.written,
        checklist=own.checklist,
        waivers=waivers,
    )
    return audit(_offline(options, tree.root, own), progress, lambda: when, policy), tree


def _offline(options: Options, folder: Path, own: Policy) -> Options:
    """The options for a checkout in `folder`: the repository alone is looked at."""
    below = os.path.relpath(os.path.realpath(options.path), own.found.tree.root)
    return Options(
        path=folder / below,
        evidence=tuple(e for e in options.evidence if not e.startswith("/")),
        offline=True,
        cache=options.cache,
    )


def _waivers(tree: GitTree, own: Policy) -> tuple[tuple[Waiver, ...], tuple[str, ...]]:
    """The waivers as the commit held them; those that cannot be read waive nothing, and it is said."""
    found = own.found
    repo = Repo(tree, root=found.root)
    path = repo.within(found.settings.waivers or WAIVERS)
    if tree.kind(path) != "file":
        return (), ()
    try:
        data = repo.read(path, limit=_LIMIT).data
        return read_waivers(data, path, known_items(own.checklist)), ()
    except (Mistake, Trouble) as error:
        return (), (f"The waivers of that commit count for nothing: {error}",)
