"""Checklists and items as text and as plain values."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.checklist.describe import as_value, describe_checklist, describe_item
from auditor.checklist.load import load_checklist
from auditor.model.item import Checklist
from tests.checklist.samples import SMALL, VOCABULARY


@pytest.fixture
def small(written: Callable[..., Path]) -> Checklist:
    return load_checklist(str(written(SMALL)), VOCABULARY)


def test_a_checklist_is_an_item_a_line(small: Checklist) -> None:
    assert describe_checklist(small) == (
        "A small checklist (small 1.0.0)\n\n"
        "1. Testing  weight 60\n  1.1 Tests\n"
        "    1.1.1  critical   Tests cover at least 90 % of lines\n"
        "    1.1.2  blocker    It bears load\n"
        "2. Security  weight 40\n  2.1 TLS\n"
        "    2.1.1  important  The certificate is trusted\n"
        "\nSuccess criteria\n  At least 90 %\n"
    )


def test_an_item_tells_what_decides_it_and_how_strong_evidence_must_be(small: Checklist) -> None:
    told = describe_item(small.items()[0])
    for line in (
        "1.1.1 Tests cover at least 90 % of lines",
        "  severity   critical",
        "  effort     8 h",
        "  floor      reported: weaker evidence does not pass it",
        "  max age    7 days",
        "  attestable no",
        "    repo.languages contains: python",
        "    all of",
        "      coverage.line_percent >= 90",
        "  pytest --cov",
    ):
        assert line in told.splitlines()


def test_an_item_that_only_people_decide_says_so(small: Checklist) -> None:
    told = describe_item(small.items()[1])
    assert "  attestable up to reported" in told
    assert "    somebody attests it" in told


def test_plain_values_are_json_and_keep_the_shape_of_requirements(small: Checklist) -> None:
    plain = json.loads(json.dumps(as_value(small)))
    item = plain["categories"][0]["sections"][0]["items"][0]
    assert item["require"] == {
        "all": [
            {"fact": "coverage.line_percent", "test": ">= 90"},
            {"fact": "tests.failed", "test": "== 0"},
        ]
    }
    assert (item["severity"], item["weight"], item["max_age_s"]) == ("critical", 1.0, 604800.0)
