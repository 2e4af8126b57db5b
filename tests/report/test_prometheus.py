"""The textfile, read back by prometheus_client as Prometheus reads it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from auditor.model.report import Report
from auditor.model.verdict import Score
from auditor.report.registry import render

from .sample import HOSTILE, report
from .sample_parts import WAIVER

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(made: Report) -> Series:
    """Each series once, without the labels `service` and `deployment`, which all of them have."""
    found: Series = {}
    for family in text_string_to_metric_families(render("prometheus", made)):
        assert family.type == "gauge"
        assert family.documentation
        for sample in family.samples:
            assert sample.timestamp is None
            labels = dict(sample.labels)
            del labels["service"]
            labels.pop("deployment", None)
            key = (sample.name, frozenset(labels.items()))
            assert key not in found
            found[key] = sample.value
    return found


def value(series: Series, name: str, **labels: str) -> float:
    return series[f"auditor_{name}", frozenset(labels.items())]


def test_the_scores_are_shares_and_not_percent(sample: Report) -> None:
    series = read(sample)
    assert value(series, "readiness_proven_ratio") == 0.453125
    assert value(series, "readiness_possible_ratio") == pytest.approx(0.69618)
    assert value(series, "readiness_coverage_ratio") == pytest.approx(0.756944)
    assert value(series, "category_proven_ratio", category="testing") == 0.375
    assert value(series, "readiness_ready") == 0


def test_a_score_just_below_a_threshold_stays_below_it(sample: Report) -> None:
    below = Fraction(8, 10) - Fraction(1, 10**20)
    series = read(replace(sample, score=Score(below, below, below)))
    assert value(series, "readiness_proven_ratio") < 0.8


def test_one_level_is_reached(sample: Report) -> None:
    series = read(sample)
    levels = {one: value(series, "readiness_level", level=one)
              for one in ("not_ready", "ready", "excellent", "perfect")}  # fmt: skip
    assert levels == {"not_ready": 1, "ready": 0, "excellent": 0, "perfect": 0}


def test_open_items_are_counted_by_severity_zeros_included(sample: Report) -> None:
    series = read(sample)
    assert value(series, "open_items", severity="blocker", verdict="fail") == 3
    assert value(series, "open_items", severity="blocker", verdict="unknown") == 5
    assert value(series, "open_items", severity="important", verdict="unknown") == 0
    assert value(series, "waived_items", severity="blocker") == 1


def test_each_blocker_has_a_state_and_an_unknown_one_is_open(sample: Report) -> None:
    series = read(sample)
    states = {k: v for k, v in series.items() if k[0] == "auditor_blocker_open"}
    assert len(states) == 10
    assert value(series, "blocker_open", item="item.on-call-duty-is-arranged", waived="false") == 1
    assert value(series, "blocker_open", item="item.alert-rules-are-defined", waived="false") == 0
    assert value(series, "blocker_open", item=WAIVER.item, waived="true") == 1


def test_the_age_of_the_evidence_counts_from_when_looking_began(sample: Report) -> None:
    series = read(sample)
    assert value(series, "evidence_timestamp_seconds") == 1759752000
    assert value(series, "run_timestamp_seconds") == 1759752221
    assert value(series, "run_duration_seconds") == 221
    assert value(series, "commit_timestamp_seconds") == 1759734764
    assert value(series, "stale_items") == 1


@pytest.mark.parametrize("unknown", ["", "yesterday", "2025-10-06T12:00:00"])
def test_a_time_that_is_not_known_is_left_out_and_never_zero(sample: Report, unknown: str) -> None:
    made = replace(sample, started_at=unknown, finished_at=unknown)
    names = {name for name, _ in read(made)}
    assert names.isdisjoint({"auditor_run_timestamp_seconds", "auditor_evidence_timestamp_seconds"})


def test_a_probe_that_could_not_look_everywhere_is_not_ok(sample: Report) -> None:
    series = read(sample)
    assert value(series, "probe_ok", probe="code.wiring") == 1
    assert value(series, "probe_ok", probe="live.prometheus") == 0
    assert value(series, "probe_ok", probe="infra.terraform") == 0


def test_every_series_names_its_service_and_deployment(sample: Report) -> None:
    for family in text_string_to_metric_families(render("prometheus", sample)):
        for one in family.samples:
            assert (one.labels["service"], one.labels["deployment"]) == ("orders", "staging")
    alone = replace(sample, target=replace(sample.target, deployment=None))
    assert "deployment=" not in render("prometheus", alone)


@pytest.mark.parametrize("hostile", [*HOSTILE, '"} 1\nauditor_x{a="', "\\", "\\n", "a\\"])
def test_a_hostile_name_stays_a_label(hostile: str) -> None:
    made = report(hostile)
    made = replace(made, target=replace(made.target, service=hostile))
    assert read(made) == read(report("name"))


@settings(max_examples=80, deadline=None)
@given(st.text(st.sampled_from('"\\{}=,\nn 1#\r\x1b\u202e\udc80'), max_size=20)
       | st.text(st.characters(), max_size=30))  # fmt: skip
def test_no_name_adds_a_series_or_reaches_a_terminal(name: str) -> None:
    made = report()
    made = replace(made, target=replace(made.target, service=name))
    text = render("prometheus", made)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert read(made) == read(report())
