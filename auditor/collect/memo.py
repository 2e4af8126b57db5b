"""Evidence kept for as long as nothing that a probe could have looked at has changed.

Only probes that read nothing but the repository are remembered (`pure` in their declaration), for a day
at most, and by everything that could change what they say: the state of the tree, what the operator
asked for, the probe, the tools that it runs, and the auditor itself. What was seen then keeps its
time: it is told as seen then.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from auditor import __version__
from auditor.codec import Undecodable, decode, encode
from auditor.model.evidence import Evidence, ProblemKind, Status
from auditor.probing.content_tables import tables_of
from auditor.probing.contract import Context, Probe
from auditor.probing.repository.own_state import own_state, stamp

LONGEST = timedelta(hours=24)
_REDACTED = b"[redacted]"


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """Evidence in JSON, and what it holds by beside the key.

    It holds until a moment, and while some places look as they did; "" and none where there is nothing.
    """

    until: str
    places: list[str]
    aside: str
    evidence: msgspec.Raw


class Memo:
    """What the pure probes of this audit said the last time, where nothing has changed since."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._tables = tables_of(context.repo, context.cache)
        self._aside: dict[tuple[str, ...], str | None] = {}
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
                one = decode(kept[key], _Kept)
                evidence = decode(bytes(one.evidence), Evidence)
                age = self._context.now - datetime.fromisoformat(evidence.started)
                is_due = one.until and datetime.fromisoformat(one.until) <= self._context.now
            except (KeyError, Undecodable, ValueError, TypeError):
                continue
            if evidence.probe != name or not timedelta(0) <= age <= LONGEST or is_due:
                continue
            if self._at(tuple(one.places)) == one.aside and self._is_clean(bytes(one.evidence)):
                yield name, replace(evidence, duration_s=0.0)

    def _at(self, places: tuple[str, ...]) -> str | None:
        """How some places look now that the state of the tree leaves out."""
        if places not in self._aside:
            tree, now = self._context.repo.tree, self._context.now.timestamp()
            self._aside[places] = tree.aside(places, now) if places else ""
        return self._aside[places]

    def _is_clean(self, data: bytes) -> bool:
        """Whether no credential of this audit or of another was taken out, or would be."""
        return _REDACTED not in data and self._context.access.clean(data) == data

    def keep(self, probes: Iterable[Probe], evidence: Iterable[Evidence]) -> None:
        """Remember what pure probes said; not what went wrong, nor what points to a kept artefact."""
        self._tables.save()
        places = tuple(sorted(self._context.repo.tree.looked_aside()))
        aside = self._at(places) if self._state is not None else None
        if aside is None:
            return
        until = self._context.repo.until
        pure = {p.spec.id: p for p in probes if p.pure}
        told = [(self._key(pure[e.probe]), encode(e)) for e in evidence if _is_told(e, pure)]
        end = until.isoformat() if until is not None else ""
        self._context.cache.put(
            "evidence",
            {
                key: msgspec.json.encode(_Kept(end, list(places), aside, msgspec.Raw(data)))
                for key, data in told
                if self._is_clean(data)
            },
            life_s=int(LONGEST.total_seconds()),
        )

    def _key(self, one: Probe) -> str:
        context, looking = self._context, self._context.looking
        asked = (looking.evidence, looking.features, looking.test_kinds, looking.attestations)
        allowed = (looking.offline, looking.allow_exec)
        target = context.target
        about = (context.repo.root, target.service, target.deployment, target.remote)
        tools = tuple(_tool(context.command.find(name)) for name in one.tools)
        own = (__version__, own_state(), _module(one), one.spec.id, one.spec.version, tools)
        parts = (own, self._state, f"{context.now:%Y-%m-%d}", about, asked, allowed)
        return hashlib.sha256(repr(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _is_told(one: Evidence, pure: Collection[str]) -> bool:
    """Whether a probe's answer may be told again."""
    return (
        one.probe in pure
        and one.status is Status.OK
        and not any(f.source.blob for f in one.facts)
        and not any(p.kind is ProblemKind.TIMED_OUT for p in one.problems)
    )


def _tool(path: str | None) -> str:
    """Which program would run; "" for none."""
    try:
        return stamp(Path(path).resolve()) if path else ""
    except OSError:
        return path or ""


def _module(one: Probe) -> str:
    """The state of a probe's module; "" for a built-in one, which belongs to the auditor's own state."""
    if one.look.__module__.partition(".")[0] == "probes":
        return ""
    file = getattr(sys.modules.get(one.look.__module__), "__file__", None)
    return stamp(Path(file)) if file else ""
