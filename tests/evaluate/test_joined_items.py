"""How the shipped checklist joins what systems show with what files and people say: never the weaker against the stronger."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from auditor.checklist.load import load_checklist
from auditor.collect.registry import find_probes, vocabulary
from auditor.evaluate.facts import Facts
from auditor.model.evidence import Evidence, Fact, Problem, ProblemKind, Status
from auditor.model.item import Checklist
from auditor.model.level import Level
from auditor.model.verdict import Outcome, Verdict
from tests.evaluate.worlds import NOW, attestation, fact, judged

ON_CALL = "observability.alerting.oncall"
COVERED: Mapping[str, Any] = {
    "oncall.policies": ["Orders team (2 levels)"],
    "oncall.now": True,
    "oncall.gaps": [],
    "oncall.levels": 2,
    "oncall.people": 3,
}
NOT_GIVEN = Problem(
    ProblemKind.NOT_CONFIGURED, "No on-call system was given.", facts=tuple(COVERED)
)
REFUSED = Problem(ProblemKind.DENIED, "PagerDuty answers 403.", facts=tuple(COVERED))


@cache
def shipped() -> Checklist:
    """The checklist that comes with the auditor."""
    return load_checklist("production-readiness", vocabulary(p.spec for p in find_probes()))


def verdict(name: str, *facts: Fact, problems: tuple[Problem, ...] = ()) -> Verdict:
    """The verdict of an item of the shipped checklist by facts of its real probes, all of which looked."""
    specs = [p.spec for p in find_probes()]
    owners = {spec.key: p.id for p in specs for spec in p.emits}
    evidence = [
        Evidence(
            p.id,
            "1",
            Status.OK,
            tuple(one for one in facts if owners[one.key] == p.id),
            tuple(one for one in problems if owners[one.facts[0]] == p.id),
            started=NOW.isoformat(),
        )
        for p in specs
    ]
    item = next(i for i in shipped().items() if i.id == name)
    return judged(item, Facts(evidence, specs, NOW))


def observed(values: Mapping[str, Any]) -> list[Fact]:
    """Facts that the audit saw itself."""
    return [fact(key, value, Level.OBSERVED) for key, value in values.items()]


def test_the_on_call_system_alone_passes_the_item_at_the_level_observed() -> None:
    found = verdict(ON_CALL, *observed(COVERED))
    assert (found.outcome, found.level, found.attested) == (Outcome.PASS, Level.OBSERVED, False)


def test_a_persons_word_stands_where_no_on_call_system_was_given() -> None:
    found = verdict(ON_CALL, attestation(ON_CALL), problems=(NOT_GIVEN,))
    assert (found.outcome, found.attested) == (Outcome.PASS, True)
    assert verdict(ON_CALL, problems=(NOT_GIVEN,)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "shown",
    [
        {"oncall.gaps": ["Orders team: 2026-03-04 00:00 to 2026-03-05 00:00 UTC"]},
        {"oncall.now": False},
        {"oncall.levels": 1},
        {"oncall.people": 1},
    ],
    ids=["a gap", "nobody now", "one level", "one person"],
)
def test_false_green_a_persons_word_does_not_stand_against_what_the_system_shows(
    shown: Mapping[str, Any],
) -> None:
    found = verdict(ON_CALL, *observed({**COVERED, **shown}), attestation(ON_CALL))
    assert (found.outcome, found.level) == (Outcome.FAIL, Level.OBSERVED)


def test_false_green_a_system_that_may_not_be_read_leaves_a_persons_word_alone() -> None:
    found = verdict(ON_CALL, attestation(ON_CALL), problems=(REFUSED,))
    assert found.outcome is Outcome.UNKNOWN


def given(*names: str) -> Fact:
    """What the audit was given to look at."""
    return fact("given.systems", list(names), Level.OBSERVED)


CHECKED = "security.controls.validation"
DESCRIBED = "documentation.technical.api"
LIMITED = "security.controls.ratelimit"
LOGGED = "observability.logging.structure"
FOLLOWED = "observability.logging.correlation"
GATHERED = "observability.logging.aggregation"
KEPT = "observability.logging.retention"
DASHBOARDS = "observability.monitoring.dashboards"
BUSINESS = "observability.monitoring.business"
REPLICAS = "performance.scalability.replicas"
SCALED = "performance.scalability.autoscaling"
WORKFLOWS = "deployment.pipeline.workflows"
WATCHED = "observability.monitoring.uptime"
RULES = "observability.alerting.rules"
CHANNELS = "observability.alerting.channels"

Values = Mapping[str, Any]
BELIEVED: Mapping[str, tuple[Values, Values]] = {
    CHECKED: (
        {"validation.routes": ["app.py:5"], "validation.unvalidated": []},
        {
            "errors.bad_inputs": 4,
            "errors.server_errors": [],
            "errors.accepted": [],
            "errors.stack_traces": [],
            "cors.credentials": False,
        },
    ),
    DESCRIBED: (
        {},
        {
            "api.operations": 9,
            "api.invalid": [],
            "api.described_percent": 100,
            "api.without_response_schema": [],
            "api.without_security": [],
            "api.unprotected": [],
            "api_routes.undocumented": [],
        },
    ),
    LIMITED: (
        {
            "rate_limits.applied": ["app.py:3"],
            "rate_limits.ineffective": [],
            "rate_limits.routes_percent": 100,
        },
        {},
    ),
    LOGGED: (
        {"logging.structured": ["log.py:3"], "logging.plain": [], "logging.ineffective": []},
        {},
    ),
    FOLLOWED: (
        {"logging.structured": ["log.py:3"], "logging.correlation": ["log.py:9"]},
        {"tracing.request_id": True, "tracing.echoes": True},
    ),
    GATHERED: (
        {
            "log_shipping.shippers": ["promtail.yaml"],
            "log_shipping.invalid": [],
            "log_shipping.placeholder_targets": [],
            "log_shipping.idle": [],
        },
        {},
    ),
    KEPT: ({"log_shipping.retention_days": 30, "log_shipping.retention_ineffective": []}, {}),
    DASHBOARDS: (
        {
            "dashboards.panels": 9,
            "dashboards.service_panels": ["a.json"],
            "dashboards.invalid": [],
            "dashboards.empty_panels": [],
            "dashboards.dead_percent": 0,
            "dashboards.unprovisioned": [],
        },
        {},
    ),
    BUSINESS: ({"dashboards.business_panels": ["a.json: orders"]}, {}),
    REPLICAS: (
        {
            "kubernetes.replicas_min": 3,
            "kubernetes.single_replica_state": [],
            "kubernetes.without_spread": [],
        },
        {},
    ),
    SCALED: (
        {
            "kubernetes.autoscaled": ["web"],
            "kubernetes.autoscaler_faults": [],
            "kubernetes.replicas_min": 3,
        },
        {},
    ),
    WATCHED: ({"uptime.checks": ["checks.tf:3"], "uptime.placeholder_targets": []}, {}),
    WORKFLOWS: (
        {
            "ci.workflows": 2,
            "ci.invalid": [],
            "ci.misplaced": [],
            "ci.pull_request_workflows": 1,
            "ci.test_steps": 1,
            "repo.code_lines": 9000,
        },
        {},
    ),
}
"""For each item what files say, and what was observed whatever was given, that pass it."""

LOKI = {"loki.lines": 400, "loki.structured_percent": 100, "loki.missing_fields": []}
SHOWN: tuple[tuple[str, tuple[str, ...], Values, Values], ...] = (
    (
        CHECKED,
        ("url", "intrusive", "conformance"),
        {"conformance.server_errors": 0},
        {"conformance.server_errors": 2},
    ),
    (
        DESCRIBED,
        ("url", "intrusive", "conformance"),
        {"conformance.failures": []},
        {"conformance.failures": ["GET /orders: 200 is not of its schema"]},
    ),
    (
        LIMITED,
        ("url", "intrusive"),
        {"throttling.observed_429": True, "throttling.evaded_by": []},
        {"throttling.observed_429": True, "throttling.evaded_by": ["X-Forwarded-For"]},
    ),
    (LOGGED, ("loki",), LOKI, {**LOKI, "loki.structured_percent": 40}),
    (FOLLOWED, ("url", "loki"), {"loki.request_lines": 2}, {"loki.request_lines": 0}),
    (GATHERED, ("loki",), LOKI, {"loki.lines": 0}),
    (
        KEPT,
        ("loki",),
        {"loki.retention_ineffective": []},
        {"loki.retention_ineffective": ["the compactor deletes nothing"]},
    ),
    (
        DASHBOARDS,
        ("grafana",),
        {"grafana.dead_percent": 0, "grafana.unhealthy_sources": []},
        {"grafana.dead_percent": 60, "grafana.unhealthy_sources": []},
    ),
    (
        BUSINESS,
        ("grafana",),
        {"grafana.business_panels": ["Orders: per hour"]},
        {"grafana.business_panels": []},
    ),
    (
        REPLICAS,
        ("kubernetes",),
        {"cluster.ready_replicas": 3, "cluster.unready": []},
        {"cluster.ready_replicas": 1, "cluster.unready": []},
    ),
    (
        SCALED,
        ("kubernetes",),
        {
            "cluster.autoscalers": ["web"],
            "cluster.autoscaler_faults": [],
            "cluster.ready_replicas": 3,
        },
        {
            "cluster.autoscalers": [],
            "cluster.autoscaler_faults": [],
            "cluster.ready_replicas": 3,
        },
    ),
    (
        WATCHED,
        ("url", "prometheus"),
        {"outside.dead": []},
        {"outside.dead": ["blackbox https://staging.test/: 0.00 % of 2880 in a day"]},
    ),
    (
        WORKFLOWS,
        ("forge",),
        {"forge.runs": 2, "forge.failing_runs": []},
        {"forge.runs": 2, "forge.failing_runs": ["ci (failure)"]},
    ),
)


def believed(name: str) -> list[Fact]:
    """What files say of an item and what was observed beside."""
    declared, seen = BELIEVED[name]
    return [*(fact(k, v, Level.EFFECTIVE) for k, v in declared.items()), *observed(seen)]


@pytest.mark.parametrize(("name", "systems", "good", "bad"), SHOWN, ids=[s[0] for s in SHOWN])
def test_what_a_system_shows_stands_against_files_and_a_lost_system_does_not_help(
    name: str, systems: tuple[str, ...], good: Values, bad: Values
) -> None:
    files = believed(name)

    def outcome(*more: Fact) -> Outcome:
        return verdict(name, *files, *more).outcome

    assert outcome(given()) is Outcome.PASS, "nothing was given, so files decide"
    assert outcome(given(*systems), *observed(good)) is Outcome.PASS
    assert outcome(given(*systems), *observed(bad)) is Outcome.FAIL
    assert outcome(given(*systems)) is Outcome.UNKNOWN, "given, and lost"
    assert outcome() is Outcome.UNKNOWN, "whether it was given is not known"


def test_lines_too_few_to_judge_leave_the_code_as_it_is() -> None:
    few = {"loki.lines": 3, "loki.structured_percent": 0}
    assert verdict(LOGGED, *believed(LOGGED), given("loki"), *observed(few)).outcome is Outcome.PASS


def test_a_burst_that_met_no_limit_leaves_the_code_as_it_is() -> None:
    seen = observed({"throttling.observed_429": False})
    assert verdict(LIMITED, *believed(LIMITED), given("intrusive"), *seen).outcome is Outcome.PASS


def test_an_attestation_waits_for_a_conformance_test_only_where_the_audit_may_make_one() -> None:
    refused = Problem(ProblemKind.DENIED, "It is made only with leave.", facts=CONFORMANCE)
    word, seen = attestation(DESCRIBED), believed(DESCRIBED)[1:]  # nobody counted the operations
    found = verdict(DESCRIBED, *seen, word, given("url"), problems=(refused,))
    assert (found.outcome, found.attested) == (Outcome.PASS, True)
    for systems in (("url", "conformance"), None):
        told = [given(*systems)] if systems else []
        assert (
            verdict(DESCRIBED, *seen, word, *told, problems=(refused,)).outcome is Outcome.UNKNOWN
        )


CONFORMANCE = ("conformance.failures", "conformance.server_errors")


SOUND: Values = {
    "alerts.invalid": [],
    "alerts.unloaded_files": [],
    "alerts.without_threshold": [],
    "alerts.without_severity": [],
}
RUNNING: Values = {
    "prometheus.rules_loaded": 30,
    "prometheus.rules_not_loaded": [],
    "prometheus.unhealthy_rules": [],
    "prometheus.alerts_without_series": [],
}


@pytest.mark.parametrize(
    ("missing", "watching", "outcome"),
    [
        ([], False, Outcome.UNKNOWN),
        (["Ghost (ghost_total)"], False, Outcome.FAIL),
        (["Ghost (ghost_total)"], True, Outcome.PASS),
        ([], True, Outcome.PASS),
    ],
    ids=["only files", "cannot fire", "Prometheus has the series", "both agree"],
)
def test_an_alert_that_nothing_can_feed_fails_where_no_prometheus_says_otherwise(
    missing: list[str], watching: bool, outcome: Outcome
) -> None:
    files = {**SOUND, "alert_metrics.missing": missing}
    declared = [fact(key, value, Level.EFFECTIVE) for key, value in files.items()]
    seen = observed(RUNNING) if watching else []
    names = ("url", "prometheus") if watching else ("url",)
    assert verdict(RULES, *declared, *seen, given(*names)).outcome is outcome


DRILL: Values = {"drill.delivered": ["on-call (webhook)"], "drill.undelivered": []}
NO_DRILL = Problem(ProblemKind.NOT_CONFIGURED, "No test alert was asked for.", facts=tuple(DRILL))


def test_a_test_alert_that_arrived_passes_the_channels_and_a_word_does_where_none_was_sent() -> (
    None
):
    assert verdict(CHANNELS, *observed(DRILL)).outcome is Outcome.PASS
    attested = verdict(CHANNELS, attestation(CHANNELS), problems=(NO_DRILL,))
    assert (attested.outcome, attested.attested) == (Outcome.PASS, True)


@pytest.mark.parametrize(
    "shown",
    [{"drill.undelivered": ["tickets: 1 of 1 requests of slack failed"]}, {"drill.delivered": []}],
    ids=["one was lost", "none went out"],
)
def test_false_green_a_word_does_not_stand_against_a_test_alert_that_was_lost(
    shown: Values,
) -> None:
    found = verdict(CHANNELS, *observed({**DRILL, **shown}), attestation(CHANNELS))
    assert found.outcome is Outcome.FAIL
