"""Plans and states of Terraform as JSON: what would change and how much is held, against the samples."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.formats.terraform.terraform_json import read_plan, read_state, sniff_plan, sniff_state
from auditor.formats.text.errors import Malformed, TooLarge
from tests.formats.conftest import SampleReader

PLAN: dict[str, Any] = {
    "format_version": "1.2",
    "terraform_version": "1.9.0",
    "planned_values": {"root_module": {"resources": [{"mode": "managed"}], "child_modules": [{"resources": [{}]}]}},
    "resource_changes": [
        {"address": "aws_vpc.a", "change": {"actions": ["no-op"]}},
        {"address": "aws_vpc.b", "change": {"actions": ["delete", "create"]}},
    ],
    "configuration": {"root_module": {"resources": [{"address": "aws_vpc.a"}], "module_calls": {"m": {}}}},
    "timestamp": "2026-03-01T10:00:00Z",
    "errored": False,
    "complete": True,
}  # fmt: skip
STATE: dict[str, Any] = {
    "version": 4,
    "serial": 3,
    "lineage": "x",
    "outputs": {"a": {"value": "hunter2", "sensitive": True}},
    "resources": [
        {"mode": "managed", "instances": [{}, {}]},
        {"mode": "data", "instances": [{}]},
    ],
}


def plan(**changes: object) -> bytes:
    return json.dumps(PLAN | changes).encode()


def test_a_plan_tells_what_it_would_do() -> None:
    found = read_plan(plan())
    assert (found.actions, found.changed) == ({"no-op": 1, "delete+create": 1}, ("aws_vpc.b",))
    assert (found.resources, found.declared) == (2, frozenset({"aws_vpc.a", "module.m"}))
    assert found.made_at is not None
    assert found.made_at.isoformat() == "2026-03-01T10:00:00+00:00"
    assert found.complete


def test_what_changed_by_itself_is_drift() -> None:
    drift = [{"address": "aws_vpc.a", "change": {"actions": ["update"]}}]
    assert read_plan(plan(resource_drift=drift)).drifted == ("aws_vpc.a",)
    assert read_plan(plan(output_changes={"x": {"actions": ["create"]}})).changed_outputs == 1


@pytest.mark.parametrize("changes", [{"errored": True}, {"complete": False}])
def test_false_green_a_plan_that_failed_is_not_complete(changes: dict[str, bool]) -> None:
    assert not read_plan(plan(**changes)).complete


@pytest.mark.parametrize(
    "data",
    [
        plan(planned_values=None),
        plan(resource_changes=[{"address": "a", "change": {"actions": []}}]),
        plan(resource_changes=[{"address": "a"}]),
        b"{}",
        b"",
        b'{"format_version": "1.2"',
    ],
)
def test_what_is_no_plan_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        read_plan(data)


def test_a_tower_of_modules_is_too_large() -> None:
    module: dict[str, Any] = {}
    for _ in range(100):
        module = {"child_modules": [module]}
    with pytest.raises(TooLarge):
        read_plan(plan(planned_values={"root_module": module}))


def test_a_state_tells_how_much_it_holds_and_never_what() -> None:
    found = read_state(json.dumps(STATE).encode())
    assert (found.resources, found.managed, found.instances) == (2, 1, 3)
    assert (found.outputs, found.sensitive_outputs) == (1, 1)
    assert "hunter2" not in repr(found)


def test_each_is_told_by_its_first_bytes() -> None:
    state, shown = json.dumps(STATE).encode(), b'{"format_version":"1.0","values":{"outputs":{}}}'
    assert [sniff_plan(one) for one in (plan(), state, shown, b"[]")] == [True, False, False, False]
    assert [sniff_state(one) for one in (plan(), state, shown, b"[]")] == [False, True, True, False]
    assert not sniff_state(b'{"name": "web", "version": "1.0", "private": true}')


def test_the_facts_of_the_samples(samples: SampleReader) -> None:
    compared = 0
    for name, (data, facts) in samples("terraform").items():
        kind = facts.pop("kind")
        head = data[:8192]
        if kind.startswith("plan"):
            assert sniff_plan(head), name
            found = read_plan(data)
            told: dict[str, object] = {
                "by_actions": found.actions,
                "checks": found.checks,
                "format_version": found.format_version,
                "outputs": found.outputs,
                "planned_resources": found.resources,
                "resource_changes": sum(found.actions.values()),
            }
        else:
            assert sniff_state(head), name
            state = read_state(data)
            assert state.shown is (kind == "state (show -json)"), name
            told = {
                "format_version": state.version,
                "version": None if state.shown else int(state.version),
                "resources": state.resources,
                "managed": state.managed,
                "instances": state.instances,
                "outputs": state.outputs,
                "sensitive_outputs": state.sensitive_outputs,
            }
        assert {key: told[key] for key in facts} == facts, name
        compared += len(facts)
    assert compared == 32
