"""Whatever was asked and seen: an explanation never disagrees with the verdict, and every format holds it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from hypothesis import HealthCheck, given, settings

from auditor.checklist.find import every_item
from auditor.evaluate.assess import Bundle, assess
from auditor.evaluate.facts import Facts
from auditor.model.item import Checklist
from auditor.model.verdict import Outcome
from auditor.report import explain_json, explain_markdown
from auditor.report.explain import Explanation, explain, known
from auditor.report.explain_text import text
from tests.evaluate.universes import bundles, checklists

TRUTHS = {Outcome.PASS: True, Outcome.FAIL: False, Outcome.UNKNOWN: None}


def every(checklist: Checklist, seen: Bundle) -> list[Explanation]:
    facts = Facts(seen.evidence, seen.probes, datetime.fromisoformat(seen.started_at))
    of = replace(known(checklist, seen.probes), facts=facts, report=assess(seen, checklist))
    return [explain(item, of) for item in every_item(checklist)]


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(checklist=checklists(), seen=bundles())
def test_the_tree_says_what_the_verdict_says(checklist: Checklist, seen: Bundle) -> None:
    for made in every(checklist, seen):
        verdict = made.verdict
        plain = not made.item.checks and made.item.when is None
        if verdict is None or made.requires is None or not plain or verdict.attested:
            continue
        if verdict.outcome in TRUTHS:
            assert made.requires.truth is TRUTHS[verdict.outcome]


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(checklist=checklists(), seen=bundles())
def test_every_format_holds_every_explanation(checklist: Checklist, seen: Bundle) -> None:
    for made in every(checklist, seen):
        assert made.item.number in text(made)
        assert explain_markdown.render(made).startswith("# ")
        plain = json.loads(explain_json.render(made))
        assert (plain["verdict"] == "pass") == (
            made.verdict is not None and made.verdict.outcome is Outcome.PASS
        )
        if plain["verdict"] == "pass":
            assert plain["missing"] == []
