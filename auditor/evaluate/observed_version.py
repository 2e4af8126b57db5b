"""Which version of the service the observations of its deployment speak of: the audited one, another, or some."""

from __future__ import annotations

from auditor.evaluate.facts import Facts
from auditor.model.level import Level
from auditor.model.probe import Need

IS_AUDITED = "deployment.is_audited_commit"
REVISION = "deployment.revision"


def version_notes(facts: Facts) -> tuple[str, ...]:
    """What a reader must know of the observations, where they may not be of the audited commit."""
    live = [
        fact
        for evidence in facts.evidence.values()
        for fact in evidence.facts
        if fact.level is Level.OBSERVED
        and fact.key not in (IS_AUDITED, REVISION)
        and _is_live(facts, fact.key)
    ]
    said = facts.of(IS_AUDITED, "")
    if not live or any(fact.value is True for fact in said):
        return ()
    if said:
        revision = next((str(f.value)[:12] for f in facts.of(REVISION, "")), "another commit")
        return (
            f"The deployment runs {revision}, not the audited commit: what was observed of it speaks of that"
            " version.",
        )
    return (
        "The deployment does not show which commit it runs: what was observed of it speaks of some version of"
        " the service.",
    )


def _is_live(facts: Facts, key: str) -> bool:
    owner = facts.owners.get(key)
    return owner is not None and Need.URL in owner.needs
