"""The JSON report keeps what the interface promises."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.report import Report
from auditor.model.verdict import Score
from auditor.report.json_report import schema
from auditor.report.registry import render

from .sample import HOSTILE, report

PUBLISHED = Path(__file__).parents[2] / "config" / "schemas" / "report.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(schema())

ITEM = "categories/0/sections/0/items/0"
PROMISED = {
    "": "schema_version tool started_at finished_at target checklist readiness score categories"
    " blockers counts criteria probes",
    "tool": "name version",
    "target": "service repository root commit branch dirty deployments",
    "checklist": "id version digest",
    "readiness": "level ready reasons",
    "score": "proven possible coverage",
    "categories/0": "id number title weight proven possible coverage sections",
    "categories/0/sections/0": "id number title proven possible coverage items",
    ITEM: "id number title severity verdict level waived stale reasons evidence fix produce checks",
    f"{ITEM}/checks/1": "id number title severity verdict level waived stale reasons"
    " evidence fix produce checks",
    f"{ITEM}/checks/1/reasons/0": "text fact expected observed problem locations",
    f"{ITEM}/checks/1/reasons/0/locations/0": "path line url",
    "categories/3/sections/0/items/0/waived": "owner approver reason expires",
    "blockers/0": "id number title result verdict",
    "counts": "blocker critical important nice",
    "counts/blocker": "pass fail unknown not_applicable waived",
    "criteria/0": "id title met observed expected",
    "probes/0": "id version status problem duration_s",
    "probes/1/problem": "kind message hint",
}


@pytest.mark.parametrize("place", PROMISED)
def test_every_promised_field_is_there(place: str, sample: Report) -> None:
    value = json.loads(render("json", sample))
    for step in filter(None, place.split("/")):
        value = value[int(step)] if step.isdigit() else value[step]
    assert set(PROMISED[place].split()) <= set(value)


def test_the_values_are_those_of_the_report(sample: Report) -> None:
    value = json.loads(render("json", sample))
    assert value["schema_version"] == "1"
    assert value["readiness"]["level"] == "not_ready"
    assert value["target"]["deployments"]["staging"]["url"] == "https://staging.example.net"
    results = [(b["number"], b["result"], b["verdict"]) for b in value["blockers"]]
    assert ("2.1.5", "fail", "unknown") in results
    assert ("3.1.1", "pass", "pass") in results
    assert len(results) == 10
    assert value["counts"]["blocker"] == {
        "pass": 2, "fail": 3, "unknown": 5, "not_applicable": 0, "waived": 1,
    }  # fmt: skip
    assert [c["met"] for c in value["criteria"]] == [False, False, True, None]
    assert value["probes"][6]["problem"]["kind"] == "denied"
    assert value["tally"]["suppressed"] == 23


def test_the_published_schema_is_the_one_of_the_program(
    same_as_golden: Callable[[Path, str], None],
) -> None:
    same_as_golden(PUBLISHED, json.dumps(schema(), indent=2) + "\n")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_output_is_valid_against_the_published_schema(hostile: str) -> None:
    published = jsonschema.Draft202012Validator(json.loads(PUBLISHED.read_text()))
    published.validate(json.loads(render("json", report(hostile))))


def test_the_schema_allows_fields_to_be_added(sample: Report) -> None:
    value = json.loads(render("json", sample))
    assert VALIDATOR.is_valid(value | {"some_later_field": {"met": True}})


def test_settings_of_any_type_are_written(sample: Report) -> None:
    settings_ = {"only": ("a", "b"), "bundle": Path("x/y")}
    value = json.loads(render("json", replace(sample, settings=settings_)))
    assert value["settings"] == {"bundle": "x/y", "only": ["a", "b"]}


def test_the_schema_refuses_a_report_that_lacks_its_score(sample: Report) -> None:
    value = json.loads(render("json", sample))
    del value["score"]
    assert not VALIDATOR.is_valid(value)


def test_a_score_just_below_a_threshold_stays_below_it(sample: Report) -> None:
    just_below = Fraction(8, 10) - Fraction(1, 10**20)
    below = replace(sample, score=Score(just_below, just_below, just_below))
    assert json.loads(render("json", below))["score"]["proven"] < 80


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=40))
def test_whatever_a_target_is_called_comes_back_as_it_was(hostile: str) -> None:
    text = render("json", report(hostile))
    assert all(char.isprintable() or char == "\n" for char in text)
    value = json.loads(text)
    assert VALIDATOR.is_valid(value)
    surrogate = any(0xD800 <= ord(char) <= 0xDFFF for char in hostile)
    assert surrogate or value["target"]["branch"] == f"main{hostile}"


def test_a_probe_that_never_ended_does_not_break_the_json(sample: Report) -> None:
    endless = replace(sample.probes[0], duration_s=float("inf"))
    value = json.loads(render("json", replace(sample, probes=(endless,))))
    assert value["probes"][0]["duration_s"] == 0
