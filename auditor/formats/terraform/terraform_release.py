"""Blue-green and canary that a file of Terraform asks of CodeDeploy or ECS, and what lets a bad version through."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.kubernetes.kube_progressive import Kind
from auditor.formats.terraform import hcl_text
from auditor.formats.terraform.hcl_text import Block, Body, HclValue

_SHARED = re.compile(r"(?i)canary|linear")
_SNIFF = re.compile(rb"aws_codedeploy_deployment_group|aws_ecs_service")


@dataclass(frozen=True, slots=True)
class CloudRelease:
    """One deployment group or service, by its address."""

    kind: Kind
    name: str
    line: int | None
    faults: tuple[str, ...]


def sniff(data: bytes) -> bool:
    """Whether a file has something of this."""
    return _SNIFF.search(data) is not None


def read(data: bytes | str, *, path: str, hooks: bool) -> list[CloudRelease]:
    """The releases of a file; `hooks`: whether an AppSpec of the repository has hooks before the traffic.

    Raises Malformed and TooLarge.
    """
    body = hcl_text.read(data, path=path)
    return [made for block in body.of("resource") if (made := _release(block, hooks)) is not None]


def _release(block: Block, hooks: bool) -> CloudRelease | None:
    name = ".".join(block.labels)
    if block.labels[:1] == ("aws_codedeploy_deployment_group",):
        style = _first(block.body, "deployment_style")
        config = block.body.text("deployment_config_name") or ""
        blue = style.text("deployment_type") == "BLUE_GREEN" or bool(_SHARED.search(config))
        if not blue:
            return None
        kind = Kind.CANARY if _SHARED.search(config) else Kind.BLUE_GREEN
        return CloudRelease(kind, name, block.line, tuple(_group_faults(block.body, kind, hooks)))
    if block.labels[:1] == ("aws_ecs_service",):
        style = _first(block.body, "deployment_configuration")
        strategy = style.text("strategy") or ""
        if strategy not in ("BLUE_GREEN", "CANARY", "LINEAR"):
            return None
        kind = Kind.BLUE_GREEN if strategy == "BLUE_GREEN" else Kind.CANARY
        hooked = any(True for _ in style.of("lifecycle_hook"))
        alarmed = _on(_first(block.body, "alarms").value("enable"))
        faults = [] if hooked or alarmed else ["it has neither a lifecycle hook nor alarms"]
        return CloudRelease(kind, name, block.line, tuple(faults))
    return None


def _group_faults(body: Body, kind: Kind, hooks: bool) -> Iterator[str]:
    style = _first(body, "deployment_style")
    if style.text("deployment_option") == "WITHOUT_TRAFFIC_CONTROL":
        yield "it has no control of the traffic"
    plan = _first(body, "blue_green_deployment_config")
    ready = _first(plan, "deployment_ready_option").text("action_on_timeout")
    alarms = _first(body, "alarm_configuration")
    alarmed = bool(alarms.value("alarms")) and alarms.value("enabled") is not False
    back = _first(body, "auto_rollback_configuration")
    returns = _on(back.value("enabled")) and "DEPLOYMENT_STOP_ON_ALARM" in _texts(
        back.value("events")
    )
    guarded = alarmed and returns
    if kind is Kind.CANARY and not guarded:
        yield "no alarm stops it and brings the old version back"
    if kind is Kind.BLUE_GREEN and not (guarded or hooks or ready == "STOP_DEPLOYMENT"):
        yield "it switches by itself, and neither a hook nor an alarm verifies the new version"


def _first(body: Body, name: str) -> Body:
    return next((block.body for block in body.of(name)), Body())


def _on(value: HclValue) -> bool:
    """Whether a switch is on, or set by a variable."""
    return value is not None and value is not False


def _texts(value: HclValue) -> tuple[HclValue, ...]:
    return value if isinstance(value, tuple) else ()
