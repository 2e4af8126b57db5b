"""All evidence, indexed for judging: which facts there are, who owes them, what hides them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from auditor.model.evidence import Evidence, Fact, Problem, ProblemKind, Status
from auditor.model.probe import FactSpec, ProbeSpec

_KEPT_FROM_LOOKING = frozenset(
    {
        ProblemKind.TOOL_MISSING,
        ProblemKind.UNREACHABLE,
        ProblemKind.DENIED,
        ProblemKind.TIMED_OUT,
        ProblemKind.MALFORMED,
        ProblemKind.TOO_LARGE,
        ProblemKind.CRASHED,
    }
)
"""Kinds of "could not look"; the others say that there was nothing to see."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a fact is not there: a problem of its probe, or that probe's silence."""

    text: str
    kind: str
    hint: str = ""
    problem: Problem | None = None


class Facts:
    """The facts of a bundle. A fact counts only when its probe finished its look."""

    def __init__(
        self, evidence: Iterable[Evidence], probes: Iterable[ProbeSpec], now: datetime
    ) -> None:
        self.now = now
        self.evidence = {e.probe: e for e in sorted(evidence, key=lambda e: e.probe)}
        self.owners: dict[str, ProbeSpec] = {}
        self.specs: dict[str, FactSpec] = {}
        for probe in sorted(probes, key=lambda p: p.id):
            for spec in probe.emits:
                self.owners[spec.key] = probe
                self.specs[spec.key] = spec
        self._facts: dict[tuple[str, str], list[Fact]] = {}
        self._nonsense: set[tuple[str, str]] = set()
        for one in self.evidence.values():
            if one.status is Status.OK:
                self._take(one)

    def _take(self, one: Evidence) -> None:
        """Only what the probe promised counts; nonsense in a fact's place makes it unknown."""
        for fact in one.facts:
            owner = self.owners.get(fact.key)
            if owner is None or owner.id != one.probe:
                continue
            name = fact.key, fact.subject
            if self.specs[fact.key].accepts(fact.value):
                self._facts.setdefault(name, []).append(fact)
            else:
                self._nonsense.add(name)

    def add(self, facts: Iterable[Fact], specs: Iterable[FactSpec]) -> Facts:
        """These facts and some more: derived ones, that no probe owns."""
        more = Facts(self.evidence.values(), set(self.owners.values()), self.now)
        more.specs |= {s.key: s for s in specs}
        for fact in facts:
            # In the place of whatever a probe may have given: nobody but the audit speaks of itself.
            more._facts[fact.key, fact.subject] = [fact]
        return more

    def of(self, key: str, subject: str = "") -> list[Fact]:
        """The facts of that name, strongest level first, in an order that never varies."""
        if (key, subject) in self._nonsense:
            return []
        found = self._facts.get((key, subject), [])
        return sorted(found, key=_order)

    def answered(self, key: str, subject: str = "") -> bool:
        """Whether the probe that owes a fact looked for it, whatever it saw, and was not kept from it."""
        owner = self.owners.get(key)
        one = self.evidence.get(owner.id) if owner else None
        if one is None or one.status is not Status.OK or (key, subject) in self._nonsense:
            return False
        return not any(p.kind in _KEPT_FROM_LOOKING for p in _hiding(one, key, subject))

    def missing(self, key: str, subject: str = "") -> Missing:
        """Why there is no fact of that name."""
        owner = self.owners.get(key)
        if owner is None and key in self.specs:
            return Missing("this audit could not decide it", "vacuous")
        if owner is None:
            return Missing(f"no probe of this audit can tell {key}", "not_configured")
        one = self.evidence.get(owner.id)
        if one is None:
            return Missing(f"the evidence of the probe {owner.id} is not there", "crashed")
        name = f"{key}@{subject}" if subject else key
        if (key, subject) in self._nonsense:
            said = f"the probe {owner.id} gave a value for {name} that is no {self.specs[key].type}"
            return Missing(said, "malformed")
        hiding = _hiding(one, key, subject)
        if hiding:
            first = hiding[0]
            return Missing(first.message, first.kind.value, first.hint, first)
        if one.status is not Status.OK:
            return Missing(f"the probe {owner.id} did not finish its look", "crashed")
        return Missing(f"the probe {owner.id} looked and could not tell {name}", "vacuous")


def _hiding(one: Evidence, key: str, subject: str) -> list[Problem]:
    """The problems that hide a fact: those that name it (as `key@subject`, or for any subject) first."""
    named = [p for p in one.problems if f"{key}@{subject}" in p.facts or key in p.facts]
    return named + [p for p in one.problems if not p.facts]


def _order(fact: Fact) -> tuple[int, str, str, str, str]:
    made = fact.produced_at if isinstance(fact.produced_at, str) else ""
    return -fact.level.rank, fact.source.locator, repr(fact.value), made, repr(fact)
