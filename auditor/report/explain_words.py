"""The sentences of an explanation, the same for every format."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.item import Item
from auditor.model.level import Level
from auditor.model.verdict import Outcome
from auditor.report import summary
from auditor.report.explain import Explanation
from auditor.report.explain_tree import Kind, Part, Seen

NOT_ASKED = "Nothing was looked at (--no-audit)."
_LEVELS = {
    Level.DECLARED: "declared: it is there",
    Level.EFFECTIVE: "effective: valid, where the platform reads it, and used",
    Level.REPORTED: "reported: by a tool, fresh, of this commit, and complete",
    Level.OBSERVED: "observed: seen by the audit itself, or in the system of record",
    Level.VERIFIED: "verified: made by somebody independent, and signed",
}


def rules(item: Item) -> Iterator[str]:
    """How strong and how young evidence must be, and who may vouch for it."""
    floor = _LEVELS.get(item.floor, item.floor.value)
    yield f"Evidence must be at least {floor}."
    if item.max_age_s:
        yield f"It may be at most {item.max_age_s / 86400:g} days old, by the time within it."
    if item.attestable is not None:
        yield (
            f"Where evidence does not suffice, its owner may attest it up to {item.attestable.value}, approved"
            " by somebody else, with a link and an expiry; contrary evidence as strong outweighs that."
        )
    else:
        yield "Nobody's word counts for it."
    if item.effective_from:
        yield f"The demand is in force from {item.effective_from}; before, it blocks nothing."


def undecided(item: Item) -> str:
    """What decides an item that has no requirement."""
    if item.checks:
        return "It passes when all of its parts pass."
    return (
        "A person's attestation decides it, and nothing else."
        if item.attestable
        else "Nothing yet."
    )


def state(made: Explanation) -> str:
    """The verdict in words, with its level and what lies over it."""
    verdict = made.verdict
    if made.item.left_out:
        tier = f" {made.checklist.tier}" if made.checklist.tier else ""
        return f"NOT APPLICABLE: the service's tier{tier} leaves it out: {made.item.left_out}"
    if verdict is None:
        return NOT_ASKED
    words = summary.OUTCOME_WORDS[verdict.outcome].upper()
    if verdict.outcome is Outcome.PASS and verdict.level is not None:
        words += f" at the level {verdict.level.value}"
    over = summary.overlays(verdict)
    return f"{words} ({', '.join(over)})" if over else words


def sign(made: Explanation) -> str:
    """The sign of the verdict."""
    outcome = Outcome.NOT_APPLICABLE if made.verdict is None else made.verdict.outcome
    return summary.OUTCOME_SIGNS[outcome]


def standing(made: Explanation) -> Iterator[str]:
    """Severity, place, work, and share of the score."""
    item = made.item
    yield item.severity.value
    if made.category:
        yield f"{made.category}, {made.section}"
    if item.effort_h:
        yield f"about {item.effort_h:g} h of work"
    if made.worth is not None:
        yield f"{summary.percent(made.worth)} of the score"


def heading(part: Part) -> str:
    """A part of a requirement in words."""
    if part.kind is Kind.FACT:
        return f"{part.title}: {part.wants}"
    words = {Kind.ALL: "all of these", Kind.ANY: "any of these", Kind.NOT: "not"}
    return words[part.kind]


def told(part: Part, said: set[str]) -> Iterator[str]:
    """What is known of a fact: who can tell it, what was seen where, or why nothing was.

    `said` are the reasons that were told already: one probe's silence is told once.
    """
    if part.kind is not Kind.FACT:
        return
    needs = [need for need in part.needs if need != "repository"]
    by = f"probe {part.probe}" if part.probe else "no probe"
    yield f"{part.fact}, {by}" + (f", which needs {' and '.join(needs)}" if needs else "")
    for one in part.seen:
        yield seen(one)
    if part.missing and part.missing in said:
        yield "not known, as above"
    elif part.missing:
        said.add(part.missing)
        yield part.missing if not part.seen else f"not enough: {part.missing}"


def seen(one: Seen) -> str:
    """One fact that was seen."""
    when = f", {summary.moment(one.made)}" if one.made else ""
    at = f" at {', '.join(one.places)}" if one.places else ""
    return f"seen: {one.value} ({one.level.value}, {one.source}{when}){at}"


def remedy_title(made: Explanation) -> str:
    """The heading over what to do: mend what failed, or get to where nothing is shown yet."""
    failed = made.verdict is not None and made.verdict.outcome is Outcome.FAIL
    return "How to mend it" if failed else "How to get there"


def nothing_missing(made: Explanation) -> str:
    """What to say where nothing stands between an item and a pass."""
    verdict = made.verdict
    if verdict is not None and verdict.outcome is Outcome.NOT_APPLICABLE:
        return "It does not apply: " + "; ".join(r.text for r in verdict.reasons) + "."
    return "Nothing: it passes." if verdict is not None else NOT_ASKED
