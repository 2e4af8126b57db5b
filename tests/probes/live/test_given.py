"""What an audit was given to look at."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.collect.runner import collect
from auditor.model.evidence import Status
from auditor.model.probe import Need
from auditor.model.target import Deployment, Looking
from auditor.probing.testing import FakeCommand, make_context, problems, run_probe, values
from probes.live.given import given
from probes.live.health import health

EVERYTHING = Deployment(
    "staging",
    "https://staging.test",
    prometheus="https://prometheus.test",
    alertmanager="https://alerts.test",
    grafana="https://grafana.test",
    loki="https://loki.test",
)


def told(**options: Any) -> list[Any]:
    """What it tells of an audit."""
    found = values(run_probe(given, **options))["given.systems"]
    assert isinstance(found, list)
    return found


def test_present_every_address_that_the_operator_gave_is_told() -> None:
    names = {Need.URL, Need.PROMETHEUS, Need.ALERTMANAGER, Need.GRAFANA, Need.LOKI}
    assert set(told(deployment=EVERYTHING)) == {need.value for need in names}


def test_missing_and_nothing_to_look_at_that_nothing_was_given_is_a_fact() -> None:
    evidence = run_probe(given, deployment=None)
    assert values(evidence)["given.systems"] == []
    assert problems(evidence) == []


@pytest.mark.parametrize(
    ("looking", "more"),
    [
        (Looking(allow_load=True), ["load"]),
        (Looking(allow_intrusive=True), ["intrusive"]),
        (Looking(allow_load=True, allow_intrusive=True), ["load", "intrusive"]),
    ],
)
def test_leave_is_told_beside_the_address_that_it_is_for(looking: Looking, more: list[str]) -> None:
    deployment = Deployment("staging", "https://staging.test")
    assert told(deployment=deployment, looking=looking) == ["url", *more]


def test_denied_leave_without_an_address_is_leave_for_nothing() -> None:
    assert told(deployment=None, looking=Looking(allow_load=True, allow_intrusive=True)) == []


def test_a_conformance_test_needs_leave_and_its_tool() -> None:
    deployment = Deployment("staging", "https://staging.test")
    tool = FakeCommand({"schemathesis": (0, "")})
    assert told(deployment=deployment, commands=tool) == ["url"]
    looking = Looking(allow_intrusive=True)
    assert "conformance" not in told(deployment=deployment, looking=looking)
    assert told(deployment=deployment, looking=looking, commands=tool)[-1] == "conformance"


def test_malformed_an_address_that_leads_nowhere_was_given_all_the_same() -> None:
    deployment = Deployment("staging", "https://[nowhere", prometheus="prometheus")
    assert told(deployment=deployment) == ["url", "prometheus"]


def test_false_green_a_host_that_is_not_on_the_list_does_not_make_the_load_unasked_for() -> None:
    """Else a refused run would leave a report alone, as if nobody had wanted to look."""
    deployment = Deployment("live", "https://live.test", production=True)
    assert "load" in told(deployment=deployment, looking=Looking(allow_load=True))


def test_false_green_a_choice_by_only_does_not_make_what_was_given_unknown() -> None:
    """It looks at nothing, so a partial audit costs no item its verdict by the absence of this."""
    looking = Looking(only=("reports.*",), allow_load=True)
    context = make_context(url="https://staging.test", looking=looking)
    seen = {one.probe: one for one in collect([given, health], context)}
    assert seen["live.health"].status is Status.SKIPPED
    assert values(seen["live.given"])["given.systems"] == ["url", "load"]
