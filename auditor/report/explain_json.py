"""An explanation as JSON: schema version 1, fields may be added, never renamed."""

from __future__ import annotations

import json
from typing import Any

from auditor.model.verdict import Outcome
from auditor.report import summary
from auditor.report.explain import Explanation
from auditor.report.explain_tree import Kind, Part
from auditor.report.text import json_safe


def render(made: Explanation) -> str:
    """Indented JSON; the same explanation gives the same bytes."""
    document = {"schema_version": "1", **_explanation(made)}
    return json_safe(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _explanation(made: Explanation) -> dict[str, Any]:
    item, verdict = made.item, made.verdict
    return {
        "id": item.id,
        "number": item.number,
        "title": item.title,
        "severity": item.severity.value,
        "category": made.category,
        "section": made.section,
        "checklist": {
            "id": made.checklist.id,
            "version": made.checklist.version,
            "tier": made.checklist.tier,
        },
        "effort_h": item.effort_h,
        "worth_percent": None if made.worth is None else summary.percent_number(made.worth),
        "why": item.why,
        "floor": item.floor.value,
        "max_age_days": None if item.max_age_s is None else item.max_age_s / 86400,
        "attestable": item.attestable.value if item.attestable else None,
        "effective_from": item.effective_from or None,
        "applies": _part(made.applies) if made.applies else None,
        "requires": _part(made.requires) if made.requires else None,
        "verdict": _outcome(made),
        "level": verdict.level.value if verdict and verdict.level else None,
        "stale": verdict.stale if verdict else None,
        "attested": verdict.attested if verdict else None,
        "vouched": list(made.vouched),
        "missing": list(made.missing),
        "not_applicable": _why_not(made),
        "produce": [
            {
                "advice": " ".join(step.advice.split()),
                "command": step.command,
                "block": step.block,
            }
            for step in made.steps
        ],
        "fix": item.fix,
        "raises": list(made.raises),
        "fooled": item.fooled,
        "checks": [_explanation(check) for check in made.checks],
    }


def _outcome(made: Explanation) -> str | None:
    """What a tier leaves out needs no look."""
    if made.item.left_out:
        return Outcome.NOT_APPLICABLE.value
    return made.verdict.outcome.value if made.verdict else None


def _why_not(made: Explanation) -> list[str]:
    if made.item.left_out:
        return [made.item.left_out]
    verdict = made.verdict
    applies = verdict is None or verdict.outcome is not Outcome.NOT_APPLICABLE
    return [] if verdict is None or applies else [reason.text for reason in verdict.reasons]


def _part(part: Part) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": part.kind.value, "holds": part.truth}
    if part.kind is not Kind.FACT:
        return {**found, "parts": [_part(one) for one in part.parts]}
    return {
        **found,
        "fact": part.fact,
        "title": part.title,
        "wants": part.wants,
        "probe": part.probe,
        "needs": list(part.needs),
        "seen": [
            {
                "value": one.value,
                "level": one.level.value,
                "source": one.source,
                "made": one.made,
                "holds": one.holds,
                "places": list(one.places),
            }
            for one in part.seen
        ],
        "missing": part.missing,
    }
