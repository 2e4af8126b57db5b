"""The contract of a probe: what it declares, what it is handed, what it may give back."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from auditor.model.evidence import Evidence, Fact, Finding, Problem, ProblemKind
from auditor.model.probe import FactSpec, Need, Phase, ProbeSpec
from auditor.model.target import Looking, Target
from auditor.probing.command import Command
from auditor.probing.doors.access import Access
from auditor.probing.doors.cache import Cache
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Http
from auditor.probing.repo import Repo
from auditor.probing.tls import Tls

__all__ = [
    "Context",
    "Evidence",
    "Fact",
    "FactSpec",
    "Finding",
    "Look",
    "Need",
    "Observation",
    "Phase",
    "Probe",
    "Problem",
    "ProblemKind",
    "Trouble",
    "probe",
]

Observation = Fact | Problem | Finding
Look = Callable[["Context"], Iterable[Observation]]


@dataclass(frozen=True, slots=True)
class Context:
    """What a probe is handed; everything it learns comes through one of the four doors.

    `now` is the time of the audit (aware, UTC), the same for every probe.
    """

    target: Target
    looking: Looking
    now: datetime
    repo: Repo
    http: Http
    command: Command
    tls: Tls
    cache: Cache = field(default_factory=Cache)
    access: Access = field(default_factory=Access)

    @property
    def observed_at(self) -> str:
        """`now` in ISO 8601, for facts that were seen by this very audit."""
        return self.now.isoformat()


@dataclass(frozen=True, slots=True)
class Probe:
    """A promise and the function that keeps it.

    `pure`: it reads the repository and nothing else, so the same tree makes it say the same again, with the
    same `tools`.
    """

    spec: ProbeSpec
    look: Look
    pure: bool = False
    tools: tuple[str, ...] = ()


def probe(
    id: str,
    *,
    title: str,
    emits: Iterable[FactSpec],
    needs: Collection[Need] = (),
    phase: Phase = Phase.STATIC,
    timeout_s: float = 60.0,
    version: str = "1",
    pure: bool = False,
    tools: Collection[str] = (),
) -> Callable[[Look], Probe]:
    """Make a probe of a `look` function; the module's docstring becomes its doc page.

    `look` yields facts, problems and findings in any order. An expected problem that ends the look
    is raised as Trouble (the doors do so themselves). A `pure` probe runs no tool, asks no network
    and looks at no clock: what it said of an unchanged tree is told again for a day. `tools` are those that
    it may run all the same, since what they say depends on nothing but the files that they are given.
    """

    if pure and (phase is not Phase.STATIC or set(needs) - {Need.REPOSITORY}):
        raise ValueError(
            f"{id}: only a static probe that needs no more than the repository is pure."
        )

    def wrap(look: Look) -> Probe:
        module = sys.modules.get(look.__module__)
        doc = inspect.cleandoc(module.__doc__ or "") if module else ""
        spec = ProbeSpec(
            id=id,
            title=title,
            needs=tuple(needs),
            emits=tuple(emits),
            phase=phase,
            timeout_s=timeout_s,
            version=version,
            doc=doc,
        )
        return Probe(spec, look, pure, tuple(tools))

    return wrap
