"""Probes as text: their doc page, made from what they declare."""

from __future__ import annotations

from auditor.model.probe import FactSpec, ProbeSpec


def describe_probe(spec: ProbeSpec) -> str:
    """A probe's page: its docstring, its needs, and its facts with types and units."""
    needs = ", ".join(n.value for n in spec.needs) or "nothing"
    head = [
        f"{spec.id}: {spec.title}",
        f"  version {spec.version}, phase {spec.phase.name.lower()}, needs {needs}, deadline {spec.timeout_s:g} s",
        "",
        spec.doc,
        "",
        "Facts",
    ]
    return "\n".join([*head, *(_fact(f) for f in spec.emits)]) + "\n"


def _fact(fact: FactSpec) -> str:
    unit = f" in {fact.unit}" if fact.unit else ""
    subjects = f" @{{{', '.join(fact.subjects)}}}" if fact.subjects else ""
    return f"  {fact.key}{subjects}: {fact.type.value}{unit}. {fact.doc}"
