"""A baseline file: an audit's state as far as a gate compares with it, and the rules that it was judged by."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.checklist.chain import Written
from auditor.codec import Undecodable, decode, encode
from auditor.model.evidence import Evidence
from auditor.model.gate import Leaf, Snapshot
from auditor.model.verdict import Waiver
from auditor.settings import Settings
from auditor.store import bundle

VERSION = "1"
LARGEST = 64 * 1024 * 1024
_ATTESTATIONS = "people.attestations"


class BadBaseline(Exception):
    """A file that no gate can compare with; says what to do."""


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file of the checklist as it was: the name that it was asked for by, and its text."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides beside the evidence. `only` are the probes that looked; empty: all."""

    settings: Settings
    root: str
    checklist: tuple[RuleFile, ...]
    waivers: tuple[Waiver, ...] = ()
    attestations: str = ""
    only: tuple[str, ...] = ()

    def written(self) -> tuple[Written, ...]:
        """The checklist's files, from the derived one to the whole one."""
        return tuple(
            Written(f.name, f"{f.name} in the base", f.text.encode()) for f in self.checklist
        )


@dataclass(frozen=True, slots=True)
class Baseline:
    """The file as a value."""

    baseline_version: str
    snapshot: Snapshot
    rules: Rules


def dump(snapshot: Snapshot, rules: Rules) -> str:
    """The text of a baseline file. Its numbers are rounded a little in favour of the next audit."""
    items = tuple(replace(i, leaves=tuple(map(_rounded, i.leaves))) for i in snapshot.items)
    return encode(Baseline(VERSION, replace(snapshot, items=items), rules)).decode()


def dump_exactly(snapshot: Snapshot, rules: Rules) -> bytes:
    """The same with every number as it is, for an audit that only spares the same audit."""
    return encode(Baseline(VERSION, snapshot, rules))


def _rounded(leaf: Leaf) -> Leaf:
    """To one decimal: no gate may fail over a hundredth of a percent."""
    if leaf.number is None or not leaf.better or not math.isfinite(leaf.number):
        return leaf
    tenths = leaf.number * 10
    return replace(leaf, number=(math.floor(tenths) if leaf.better > 0 else math.ceil(tenths)) / 10)


def load(path: Path) -> Baseline:
    """Read a baseline file. Raises BadBaseline."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        raise BadBaseline(f"The baseline {path} cannot be read: {error.strerror}.") from None
    if len(data) > LARGEST:
        raise BadBaseline(
            f"{path} is larger than {LARGEST // 1024 // 1024} MB, so it is no baseline."
        )
    return parse(data, path)


def parse(data: bytes, path: Path | str) -> Baseline:
    """A baseline from its bytes; `path` is what a message calls it. Raises BadBaseline."""
    try:
        found = decode(data, Baseline)
    except Undecodable as error:
        if b'"schema_version"' in data[:200]:
            raise BadBaseline(
                f"{path} is a report, which carries neither its checklist nor its attestations, so"
                " a change of them could not be told. Give the bundle of that audit (--bundle DIR),"
                " or write a baseline with: auditor gate . --adopt FILE"
            ) from None
        raise BadBaseline(
            f"{path} is no baseline ({error}). Write one with: auditor gate . --adopt FILE"
        ) from None
    if found.baseline_version != VERSION:
        raise BadBaseline(
            f"The baseline {path} has version {found.baseline_version!r}; this auditor reads"
            f" {VERSION!r}. Write it again with: auditor gate . --adopt FILE"
        )
    return found


def rules_of(files: Mapping[str, bytes], manifest: bundle.Manifest) -> Rules:
    """The rules that a bundle was judged by, as far as it carries them. Raises BadBundle."""
    target, looking = manifest.target, manifest.looking
    deployment = target.deployment
    return Rules(
        settings=Settings(
            service=target.service,
            root=target.root or None,
            checklist=manifest.checklist,
            deployments={deployment.name: deployment} if deployment else {},
            not_applicable=manifest.not_applicable,
            tier=manifest.tier,
            evidence=looking.evidence,
            features=looking.features,
            test_kinds=looking.test_kinds,
            attestations=looking.attestations,
        ),
        root=target.root,
        checklist=tuple(
            RuleFile(w.name, w.data.decode("utf-8", "replace"))
            for w in bundle.written(files, manifest)
        ),
        waivers=manifest.waivers,
        attestations=_attestations(files),
        only=looking.only,
    )


def _attestations(files: Mapping[str, bytes]) -> str:
    """The attestations file as the audit read it; empty where nothing in it counted."""
    try:
        evidence = decode(files[f"evidence/{_ATTESTATIONS}.json"], Evidence)
    except (KeyError, Undecodable):
        return ""
    blobs = [f.source.blob for f in evidence.facts if f.source.blob]
    return files.get(f"blobs/{blobs[0]}", b"").decode("utf-8", "replace") if blobs else ""
