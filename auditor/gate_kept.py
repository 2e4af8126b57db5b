"""The audit of a merge base, kept for a day: its commit does not change, so neither does what it says."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from auditor.checklist.shipped import checklist_names
from auditor.collect.registry import find_probes
from auditor.formats.text.config_text import Mistake
from auditor.gate_base import Base, policy_of
from auditor.model.gate import GateBase
from auditor.pipeline import Options, Policy
from auditor.probing.command import Command
from auditor.probing.doors.cache import Cache
from auditor.probing.repository.own_state import own_state, stamp
from auditor.store import baseline
from auditor.store.baseline import BadBaseline

_MAKER = "gate.base"
_LONGEST = timedelta(days=1)
"""Scanners learn of new vulnerabilities every day."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the audit of one commit is kept; `own` is the head's policy, `now` is aware."""

    options: Options
    own: Policy
    commit: str
    now: datetime

    def base(self, ref: str) -> Base | None:
        """The base as it was kept, None where there is none or it is older than a day."""
        key = self._key()
        if key is None:
            return None
        data = self._cache().get(_MAKER, [key]).get(key)
        if data is None:
            return None
        try:
            held = baseline.parse(data, "what was kept of the base")
            made = datetime.fromisoformat(held.snapshot.started_at)
            policy = policy_of(held.rules, self.own)
        except (BadBaseline, ValueError, Mistake):
            return None  # written by another version: the audit is made again
        if not timedelta() <= self.now - made <= _LONGEST or held.snapshot.commit != self.commit:
            return None
        today = self.now.date().isoformat()
        if any(i.pending and i.pending <= today for i in held.snapshot.items):
            return None  # what was asked from a later date on is asked of the base too, by now
        about = GateBase(
            "audit", ref, self.commit, held.snapshot.started_at, held.snapshot.tool_version
        )
        return Base(held.snapshot, policy, held.rules, about)

    def keep(self, base: Base) -> None:
        """Keep a base that was audited now; not one that a crash or a lack of time has left unjudged."""
        key = self._key()
        if key is not None and not base.state.broken:
            self._cache().put(_MAKER, {key: baseline.dump_exactly(base.state, base.rules)})

    def _cache(self) -> Cache:
        return Cache(self.options.cache, now=int(self.now.timestamp()))

    def _key(self) -> str | None:
        """A digest of all that the audit of the base depends on; None where it hangs on more files."""
        asked, tree = self.options, self.own.found.tree
        elsewhere = asked.checklist is not None and asked.checklist not in checklist_names()
        if asked.cache is None or asked.config is not None or elsewhere:
            return None
        place = os.path.relpath(os.path.realpath(asked.path), tree.root)
        parts = (
            own_state(), _tools(), str(tree.root), self.commit, place, asked.root, asked.checklist, asked.only,
            asked.offline, asked.allow_exec, tuple(e for e in asked.evidence if not e.startswith("/")),
        )  # fmt: skip
        return hashlib.sha256(repr(parts).encode()).hexdigest()


def _tools() -> tuple[str, ...]:
    """The programs that probes would run, by place, size and time: a new one may see what the old did not."""
    names = sorted({name for probe in find_probes() for name in probe.tools})
    places = (Command().find(name) for name in names)
    return tuple(stamp(Path(place).resolve()) if place else "" for place in places)
