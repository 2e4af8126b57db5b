"""CodeDeploy and ECS in Terraform: what stops a bad version."""

from __future__ import annotations

import pytest

from auditor.formats.kubernetes.kube_progressive import Kind
from auditor.formats.terraform.terraform_release import CloudRelease, read, sniff

GROUP = """resource "aws_codedeploy_deployment_group" "shop" {
  deployment_config_name = "CodeDeployDefault.ECSAllAtOnce"
  deployment_style {
    deployment_option = "WITH_TRAFFIC_CONTROL"
    deployment_type   = "BLUE_GREEN"
  }
  blue_green_deployment_config {
    deployment_ready_option { action_on_timeout = "CONTINUE_DEPLOYMENT" }
  }
  alarm_configuration {
    alarms  = ["errors"]
    enabled = true
  }
  auto_rollback_configuration {
    enabled = true
    events  = ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM"]
  }
}
"""


def one(text: str, *, hooks: bool = False) -> CloudRelease | None:
    return next(iter(read(text, path="d.tf", hooks=hooks)), None)


def test_a_group_with_alarms_that_roll_back_has_no_fault() -> None:
    made = one(GROUP)
    assert made == CloudRelease(Kind.BLUE_GREEN, "aws_codedeploy_deployment_group.shop", 1, ())
    shared = one(GROUP.replace("ECSAllAtOnce", "ECSCanary10Percent5Minutes"))
    assert shared is not None
    assert (shared.kind, shared.faults) == (Kind.CANARY, ())


@pytest.mark.parametrize(
    ("old", "new", "hooks", "fault"),
    [
        ('  alarms  = ["errors"]', "  alarms  = []", False, "neither a hook nor an alarm"),
        ('  alarms  = ["errors"]', "  alarms  = []", True, ""),
        (', "DEPLOYMENT_STOP_ON_ALARM"', "", False, "neither a hook nor an alarm"),
        (
            "    enabled = true\n    events",
            "    enabled = false\n    events",
            False,
            "neither a hook",
        ),
        ('"WITH_TRAFFIC_CONTROL"', '"WITHOUT_TRAFFIC_CONTROL"', False, "no control of the traffic"),
    ],
)
def test_false_green_a_group_that_nothing_stops(
    old: str, new: str, hooks: bool, fault: str
) -> None:
    assert old in GROUP
    made = one(GROUP.replace(old, new), hooks=hooks)
    assert made is not None
    assert fault in " ".join(made.faults)
    assert bool(made.faults) is bool(fault)


def test_a_person_who_must_approve_stops_it() -> None:
    text = GROUP.replace("CONTINUE_DEPLOYMENT", "STOP_DEPLOYMENT").replace('["errors"]', "[]")
    made = one(text)
    assert made is not None
    assert made.faults == ()


def test_in_place_is_no_release() -> None:
    assert one(GROUP.replace("BLUE_GREEN", "IN_PLACE")) is None
    assert one('resource "aws_ecs_service" "a" {}\n') is None
    assert sniff(GROUP.encode())
    assert not sniff(b'resource "aws_vpc" "a" {}')


@pytest.mark.parametrize(
    ("strategy", "hook", "kind", "faults"),
    [
        ("BLUE_GREEN", 'lifecycle_hook { hook_target_arn = "a" }', Kind.BLUE_GREEN, 0),
        ("BLUE_GREEN", "", Kind.BLUE_GREEN, 1),
        ("CANARY", "", Kind.CANARY, 1),
    ],
)
def test_ecs_has_strategies_of_its_own(strategy: str, hook: str, kind: Kind, faults: int) -> None:
    made = one(
        f'resource "aws_ecs_service" "a" {{\n  deployment_configuration {{\n    strategy = "{strategy}"\n    {hook}\n  }}\n}}\n'
    )
    assert made is not None
    assert (made.kind, len(made.faults)) == (kind, faults)
