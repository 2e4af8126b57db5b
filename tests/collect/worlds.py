"""Probes that behave and probes that do not, for the tests of those who run them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from auditor.model.evidence import Evidence, Fact
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType, Need, Phase
from auditor.probing.contract import Context, Observation, Probe, probe

NUMBER = FactSpec("n", FactType.NUMBER, "N.")


def made(
    id: str,
    look: Callable[[Context], Iterable[Any]],
    *,
    emits: Iterable[FactSpec] = (NUMBER,),
    needs: Iterable[Need] = (),
    phase: Phase = Phase.STATIC,
    timeout_s: float = 10.0,
) -> Probe:
    """A probe of a function."""
    declared = probe(
        id, title=f"Probe {id}", emits=emits, needs=needs, phase=phase, timeout_s=timeout_s
    )
    return declared(look)


def good(id: str = "a.good", key: str = "n", value: int = 1, **more: Any) -> Probe:
    """A probe that gives one fact."""
    spec = FactSpec(key, FactType.NUMBER, "N.")

    def look(ctx: Context) -> Iterator[Observation]:
        yield spec.of(value, level=Level.OBSERVED, source=ctx.repo.source())

    return made(id, look, emits=[spec], **more)


def value_of(evidence: Evidence) -> object:
    """The value of its only fact."""
    (fact,) = evidence.facts
    assert isinstance(fact, Fact)
    return fact.value
