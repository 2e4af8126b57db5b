"""Evidence kept for as long as nothing that a probe could have looked at has changed.

Only probes that read nothing but the repository are remembered (`pure` in their declaration), for a day
at most, and by everything that could change what they say: the state of the tree, what the operator
asked for, the probe, the tools that it runs, and the auditor itself. What was seen then keeps its
time: it is told as seen then.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from auditor import __version__
from auditor.codec import Undecodable, decode, encode
from auditor.model.evidence import Evidence, ProblemKind, Status
from auditor.probing.content_tables import tables_of
from auditor.probing.contract import Context, Probe
from auditor.probing.repository.own_state import own_state, stamp

LONGEST = timedelta(hours=24)


class Memo:
    """What the pure probes of this audit said the last time, where nothing has changed since."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tables = tables_of(context.repo, context.cache)
        wanted = context.cache.enabled
        self._state = context.repo.tree.state(context.now.timestamp()) if wanted else None

    def known(self, probes: Iterable[Probe]) -> dict[str, Evidence]:
        """The evidence that still holds, by probe id."""
        if self._state is None:
            return {}
        keys = {p.spec.id: self._key(p) for p in probes if p.pure}
        kept = self._context.cache.get("evidence", keys.values())
        return dict(self._sound(keys, kept))

    def _sound(
        self, keys: dict[str, str], kept: dict[str, bytes]
    ) -> Iterator[tuple[str, Evidence]]:
        for name, key in keys.items():
            try:
                evidence = decode(kept[key], Evidence)
                age = self._context.now - datetime.fromisoformat(evidence.started)
            except (KeyError, Undecodable, ValueError, TypeError):
                continue
            if evidence.probe == name and timedelta(0) <= age <= LONGEST:
                yield name, replace(evidence, duration_s=0.0)

    def keep(self, probes: Iterable[Probe], evidence: Iterable[Evidence]) -> None:
        """Remember what pure probes said; not what went wrong, nor what points to a kept artefact."""
        self._tables.save()
        if self._state is None:
            return
        pure = {p.spec.id: p for p in probes if p.pure}
        self._context.cache.put(
            "evidence",
            {
                self._key(pure[e.probe]): encode(e)
                for e in evidence
                if e.probe in pure
                and e.status is Status.OK
                and not any(f.source.blob for f in e.facts)
                and not any(p.kind is ProblemKind.TIMED_OUT for p in e.problems)
            },
        )

    def _key(self, one: Probe) -> str:
        context, looking = self._context, self._context.looking
        asked = (looking.evidence, looking.features, looking.test_kinds, looking.attestations)
        allowed = (looking.offline, looking.allow_exec)
        about = (context.repo.root, context.target.service, context.target.deployment)
        tools = tuple(_tool(context.command.find(name)) for name in one.tools)
        own = (__version__, own_state(), _module(one), one.spec.id, one.spec.version, tools)
        parts = (own, self._state, f"{context.now:%Y-%m-%d}", about, asked, allowed)
        return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _tool(path: str | None) -> str:
    """Which program would run; "" for none."""
    try:
        return stamp(Path(path).resolve()) if path else ""
    except OSError:
        return path or ""


def _module(one: Probe) -> str:
    file = getattr(sys.modules.get(one.look.__module__), "__file__", None)
    return stamp(Path(file)) if file else ""
