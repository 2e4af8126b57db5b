"""The rules of a target as values: taken from a policy, and two of them compared change by change."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from auditor.collect.target import Found
from auditor.evaluate.snapshot import asks
from auditor.formats.records.attestation_list import read_attestations
from auditor.formats.text.errors import FormatError
from auditor.model.gate import PolicyChange
from auditor.model.item import Checklist, Item
from auditor.model.verdict import Waiver
from auditor.pipeline import Policy
from auditor.probing.repo import Repo
from auditor.probing.repository import git_base
from auditor.store import baseline
from auditor.store.baseline import RuleFile, Rules

ATTESTATIONS = "readiness/attestations.yaml"
_LATE = datetime(9000, 1, 1, tzinfo=UTC)
_LIMIT = 2 * 1024 * 1024
_MOST = 20
_WHOLE = ("service", "root", "checklist", "deployments", "evidence", "attestations", "waivers")
"""What auditor.yaml may say that a bundle does not carry as it was written."""


def rules_of(policy: Policy, only: tuple[str, ...] = ()) -> Rules:
    """What a policy says, its attestations file included. Raises Trouble."""
    found = policy.found
    return Rules(
        settings=replace(found.settings, file=None, history=None, history_blobs=None),
        root=found.root,
        checklist=tuple(
            RuleFile(w.name, w.data.decode("utf-8", "replace")) for w in policy.written
        ),
        waivers=policy.waivers,
        attestations=_attestations(found),
        only=only,
    )


def _attestations(found: Found) -> str:
    repo = Repo(found.tree, root=found.root)
    path = repo.within(found.settings.attestations or ATTESTATIONS)
    return repo.read(path, limit=_LIMIT).text if found.tree.kind(path) == "file" else ""


def baseline_change(file: Path, own: Policy, commit: str) -> tuple[PolicyChange, ...]:
    """That the head has another baseline, or none, beside the one of `commit`."""
    tree = own.found.tree
    path = Path(os.path.realpath(file)).relative_to(tree.root).as_posix()
    now = tree.read(path, baseline.LARGEST) if tree.kind(path) == "file" else None
    if now == git_base.content(tree.root, commit, path, baseline.LARGEST + 1):
        return ()
    what = "removed" if now is None else "another than at the base"
    return (PolicyChange("baseline", f"{path} is {what}"),)


def changes(
    base: Rules, head: Rules, asked: Checklist, asks_now: Checklist, *, whole: bool
) -> tuple[PolicyChange, ...]:
    """What the head would have the gate obey, and the gate does not.

    `whole` says that `base` holds auditor.yaml as it was written.
    """
    found = [
        *_configuration(base, head, whole),
        *_checklist(base, head, asked, asks_now),
        *_waivers(base.waivers, head.waivers),
        *_promises(base.attestations, head.attestations),
    ]
    more = len(found) - _MOST
    rest = [PolicyChange("more", f"{more} more changes")] if more > 0 else []
    return (*found[:_MOST], *rest)


def _configuration(base: Rules, head: Rules, whole: bool) -> Iterator[PolicyChange]:
    for name in ("tier", "features", "test_kinds", *(_WHOLE if whole else ())):
        if getattr(base.settings, name) != getattr(head.settings, name):
            yield PolicyChange("configuration", f"auditor.yaml: {name} is another than at the base")
    was, now = base.settings.not_applicable, head.settings.not_applicable
    for item, what in _differing(was, now):
        said = f": {now[item]}" if item in now else ""
        yield PolicyChange("configuration", f"{item} declared not applicable: {what}{said}")


def _checklist(
    base: Rules, head: Rules, asked: Checklist, asks_now: Checklist
) -> Iterator[PolicyChange]:
    if [f.text for f in base.checklist] == [f.text for f in head.checklist]:
        return
    names = [f.name for f in head.checklist]
    was = "" if names == [f.name for f in base.checklist] else f", and was {base.checklist[0].name}"
    yield PolicyChange("checklist", f"the checklist {names[0]} is another than at the base{was}")
    for item, what in _differing(_asked(asked), _asked(asks_now)):
        yield PolicyChange("checklist", f"{item}: {what}")


def _asked(checklist: Checklist) -> dict[str, str]:
    items: list[Item] = checklist.items()
    return {i.id: asks(i) for i in items}


def _waivers(was: tuple[Waiver, ...], now: tuple[Waiver, ...]) -> Iterator[PolicyChange]:
    for item, what in _differing(_by_item(was), _by_item(now)):
        yield PolicyChange("waivers", f"waiver of {item}: {what}")


def _by_item(waivers: tuple[Waiver, ...]) -> dict[str, list[Waiver]]:
    found: dict[str, list[Waiver]] = {}
    for waiver in waivers:
        found.setdefault(waiver.item, []).append(waiver)
    return found


def _promises(was: str, now: str) -> Iterator[PolicyChange]:
    if was == now:
        return
    try:
        before, after = _entries(was), _entries(now)
    except FormatError as error:
        yield PolicyChange("attestations", f"the attestations cannot be read: {error}")
        return
    for item, what in _differing(before, after):
        yield PolicyChange("attestations", f"attestation of {item}: {what}")


def _entries(text: str) -> dict[str, object]:
    """Entries by item, without the line where they stand; `signed` in the future is no concern here."""
    sound, _ = read_attestations(text.encode(), name=ATTESTATIONS, now=_LATE)
    return {a.item: replace(a, line=0) for a in sound}


def _differing(was: Mapping[str, object], now: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys((*now, *was)):
        if name not in was:
            yield name, "added"
        elif name not in now:
            yield name, "removed"
        elif was[name] != now[name]:
            yield name, "changed"
