"""GitLab's code quality report: the fields it asks for, one finding for each open item."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.report import Report
from auditor.report.registry import render

from .sample import HOSTILE, report
from .sample_parts import WAIVER

# The documented format: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
SHAPE = jsonschema.Draft202012Validator(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string", "minLength": 1},
                "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "type": "object",
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "pattern": "^(?!\\./|/)."},
                        "lines": {
                            "type": "object",
                            "required": ["begin"],
                            "properties": {"begin": {"type": "integer", "minimum": 1}},
                        },
                    },
                },
            },
        },
    }
)


def found(made: Report) -> list[dict[str, Any]]:
    value = json.loads(render("gitlab", made))
    SHAPE.validate(value)
    assert isinstance(value, list)
    return value


def test_each_open_item_that_is_not_waived_is_a_finding_with_a_fingerprint_of_its_own(
    sample: Report,
) -> None:
    made = found(sample)
    opened = [v.item.id for v in sample.verdicts() if v.open and v.waived is None]
    assert sorted(f["check_name"] for f in made) == sorted(opened)
    assert WAIVER.item not in opened
    assert len({f["fingerprint"] for f in made}) == len(made) == 14


def test_severities_are_those_of_gitlab_and_an_unknown_blocker_stays_one(sample: Report) -> None:
    severities = {f["check_name"]: f["severity"] for f in found(sample)}
    assert severities["item.the-static-security-scan"] == "blocker"
    assert severities["item.on-call-duty-is-arranged"] == "blocker"
    assert severities["item.backups-are-tested"] == "critical"
    assert severities["item.business-dashboards-exis"] == "major"
    assert severities["item.the-api-is-documented"] == "minor"
    assert severities["item.types-are-checked-static"] == "info"


def test_a_finding_lies_where_it_was_seen(sample: Report) -> None:
    places = {f["check_name"]: f["location"] for f in found(sample)}
    assert places["item.the-static-security-scan"] == {
        "path": "orders/search.py",
        "lines": {"begin": 88},
    }
    assert places["item.on-call-duty-is-arranged"]["path"] == "services/orders/auditor.yaml"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_name_stays_a_name(hostile: str) -> None:
    made, harmless = found(report(hostile)), found(report("name"))
    assert [f["severity"] for f in made] == [f["severity"] for f in harmless]


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(), max_size=30))
def test_no_name_breaks_it_or_reaches_a_terminal(hostile: str) -> None:
    text = render("gitlab", report(hostile))
    assert all(char.isprintable() or char == "\n" for char in text)
    SHAPE.validate(json.loads(text))
