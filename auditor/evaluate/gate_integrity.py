"""Whether a change could talk its own gate round: what protects the rules, and what does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.model.evidence import Evidence, Fact, Status

_OWNERS, _FORGE = "repo.ownership", "ci.forge"
_SHOWN = 5


def integrity(evidence: Iterable[Evidence]) -> tuple[str, ...]:
    """A sentence for each gap, and for each question that nobody answered; none where all is protected."""
    seen = {e.probe: e for e in evidence}
    return (*_owners(seen.get(_OWNERS)), *_forge(seen.get(_FORGE)))


def _owners(evidence: Evidence | None) -> Iterator[str]:
    if evidence is None or evidence.status is not Status.OK:
        yield f"Whether the rules have owners was not looked at: the probe {_OWNERS} has no answer."
        return
    facts = _by_key(evidence)
    unowned = facts.get("ownership.unowned_rules")
    if unowned is None:
        yield "Whether the rules have owners is not known; the report says why."
    elif unowned.value:
        yield (
            f"CODEOWNERS names nobody for {_named(unowned)}: whoever changes the service can change what the"
            " gate obeys. Give each of them an owner."
        )
    steps, toothless = facts.get("ownership.gate_step"), facts.get("ownership.toothless_gate")
    if steps is not None and not steps.value:
        lame = f" ({_named(toothless)} cannot fail it)" if toothless and toothless.value else ""
        yield f"No pipeline runs the gate on a change and can fail it{lame}."


def _forge(evidence: Evidence | None) -> Iterator[str]:
    if evidence is None or evidence.status is not Status.OK:
        yield (
            "Whether a red gate can be merged all the same was not looked at: it takes a token that may read"
            " the protection of the branch (AUDITOR_GITHUB_TOKEN or AUDITOR_GITLAB_TOKEN)."
        )
        return
    facts = _by_key(evidence)
    checks, pushes = facts.get("forge.required_checks"), facts.get("forge.direct_pushes")
    if checks is None:
        yield "Which checks the branch requires is not known; the report says why."
    elif not checks.value:
        yield "The branch requires no check, so a red gate can be merged: require the gate's."
    if pushes is not None and pushes.value is True:
        yield "The branch takes pushes without a review, which no gate sees."


def _by_key(evidence: Evidence) -> dict[str, Fact]:
    return {fact.key: fact for fact in evidence.facts}


def _named(fact: Fact) -> str:
    """The places of a fact, without what it says of each; its values where it has no places."""
    values = fact.value if isinstance(fact.value, (list, tuple)) else ()
    names = [str(place) for place in fact.locations if place.path] or [str(v) for v in values]
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
