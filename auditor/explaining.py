"""The use case of `auditor explain`: one item, from a bundle, from a look with its own probes, or unseen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from auditor.checklist.chain import read_chain
from auditor.checklist.find import every_item, find_items, near_items
from auditor.collect.registry import find_probes
from auditor.collect.runner import Progress
from auditor.collect.target import WrongUse
from auditor.evaluate.assess import Bundle, assess
from auditor.evaluate.decide import ATTESTATION
from auditor.evaluate.facts import Facts
from auditor.evaluate.tree import constraints
from auditor.model.evidence import Evidence
from auditor.model.item import Checklist, Constraint, Item
from auditor.model.report import Report
from auditor.pipeline import Options, audit, own_policy
from auditor.pipeline import checklist_of_bundle as checklist_of
from auditor.probing.repo import Repo
from auditor.probing.repository.stack_facts import command_of_facts
from auditor.report.explain import Explanation, explain, known
from auditor.report.explain_tree import Known
from auditor.report.text import clipped
from auditor.store import bundle


def explain_policy(options: Options, wanted: str) -> Explanation:
    """An item by the target's own checklist, unseen. Raises WrongUse, Mistake and ProbeConflict."""
    policy = own_policy(options)
    item = the_item(policy.checklist, wanted)
    repo = Repo(policy.found.tree, root=policy.found.root)
    probes = [probe.spec for probe in find_probes()]
    return explain(item, known(policy.checklist, probes), command_of_facts(repo, _facts(item)))


def explain_target(options: Options, wanted: str, progress: Progress | None = None) -> Explanation:
    """An item, once the probes that it needs, and no other, have looked. Raises as `audit` does."""
    policy = own_policy(options)
    item = the_item(policy.checklist, wanted)
    probes = [probe.spec for probe in find_probes()]
    owners = {fact.key: probe.id for probe in probes for fact in probe.emits}
    needed = {owners[c.key] for one in _with_parts(item) for c in _leaves(one) if c.key in owners}
    if any(one.attestable is not None for one in _with_parts(item)) and ATTESTATION in owners:
        needed.add(owners[ATTESTATION])
    repo = Repo(policy.found.tree, root=policy.found.root)
    command = command_of_facts(repo, _facts(item))
    if not needed or item.left_out:
        return explain(item, known(policy.checklist, probes), command)
    told = _Needed(progress, needed) if progress is not None else None
    done = audit(replace(options, only=tuple(sorted(needed))), told, policy=policy)
    _, seen = bundle.opened(done.files)
    return explain(item, _known(policy.checklist, seen, done.report), command)


@dataclass(frozen=True, slots=True)
class _Needed:
    """Tells of the probes that an item needs alone: that the others do not look is no news."""

    progress: Progress
    needed: set[str]

    def began(self, probe: str) -> None:
        """A probe began to look."""
        if probe in self.needed:
            self.progress.began(probe)

    def ended(self, evidence: Evidence) -> None:
        """A probe answered, was skipped or was given up."""
        if evidence.probe in self.needed:
            self.progress.ended(evidence)


def explain_bundle(folder: Path, wanted: str, checklist: str | None = None) -> Explanation:
    """An item, from the evidence that an audit has kept. Raises WrongUse, BadBundle and Mistake."""
    files = bundle.load(folder)
    manifest, seen = bundle.opened(files)
    if checklist is None:
        made = checklist_of(manifest, bundle.written(files, manifest))
    else:
        made = checklist_of(replace(manifest, tier=None), read_chain(checklist))
    item = the_item(made, wanted)
    report = assess(seen, made)
    whole = not manifest.looking.only
    return explain(item, _known(made, seen, report), whole=whole)


def the_item(checklist: Checklist, wanted: str) -> Item:
    """The item that is meant. Raises WrongUse, with those that come near."""
    items = every_item(checklist)
    found = find_items(wanted, items)
    if len(found) == 1:
        return found[0]
    if found:
        raise WrongUse(
            f"{wanted!r} may be one of {len(found)} items; name one by its number or id:\n{_rows(found)}"
        )
    if wanted in checklist.removed:
        raise WrongUse(
            f"The checklist {checklist.id} has removed {wanted}: {checklist.removed[wanted]}"
        )
    near = near_items(wanted, items)
    if near:
        raise WrongUse(f"No item is called {wanted!r}. Nearest:\n{_rows(near)}")
    raise WrongUse(
        f"No item is called {wanted!r}. See them all: auditor checklist show {checklist.id}"
    )


def _rows(items: list[Item]) -> str:
    rows = [f"  {i.number:<7} {clipped(f'{i.id}: {i.title}', 68)}" for i in items[:8]]
    rows += [f"  and {len(items) - 8} more"] if len(items) > 8 else []
    return "\n".join(rows)


def _known(checklist: Checklist, seen: Bundle, report: Report) -> Known:
    facts = Facts(seen.evidence, seen.probes, datetime.fromisoformat(seen.started_at))
    return replace(known(checklist, seen.probes), facts=facts, report=report)


def _with_parts(item: Item) -> tuple[Item, ...]:
    return (item, *item.checks)


def _leaves(item: Item) -> Iterator[Constraint]:
    yield from constraints(item.require)
    yield from constraints(item.when)


def _facts(item: Item) -> list[str]:
    return [c.name for one in _with_parts(item) for c in constraints(one.require)]
