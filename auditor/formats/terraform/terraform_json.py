"""Terraform's plans and states as JSON: what would change, and how much is held. Never a value of either."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import msgspec

from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed, TooLarge

_DEEPEST = 60
_QUIET = (("no-op",), ("read",))
_PLAN = re.compile(
    rb'"(?:planned_values|resource_changes|output_changes|configuration|prior_state)"\s*:'
)
_STATE = re.compile(rb'"(?:lineage|serial|terraform_version)"\s*:')
_SHOWN = re.compile(rb'"values"\s*:\s*\{\s*"(?:outputs|root_module)"')
_VERSION = re.compile(rb'"version"\s*:\s*\d')
_FORMAT = re.compile(rb'\A\s*\{[^{}\[\]]{0,400}"format_version"\s*:\s*"\d')


class _Change(msgspec.Struct):
    actions: list[str]


class _ResourceChange(msgspec.Struct):
    address: str
    change: _Change
    mode: str = "managed"


class _Resource(msgspec.Struct):
    mode: str = "managed"


class _Module(msgspec.Struct):
    resources: list[_Resource] = []
    child_modules: list[_Module] = []


class _Output(msgspec.Struct):
    sensitive: bool = False


class _Values(msgspec.Struct):
    outputs: dict[str, _Output] = {}
    root_module: _Module | None = None


class _Configured(msgspec.Struct):
    address: str


class _ConfiguredModule(msgspec.Struct):
    resources: list[_Configured] = []
    module_calls: dict[str, object] = {}


class _Configuration(msgspec.Struct):
    root_module: _ConfiguredModule | None = None


class _Plan(msgspec.Struct):
    format_version: str
    planned_values: _Values
    terraform_version: str | None = None
    resource_changes: list[_ResourceChange] = []
    resource_drift: list[_ResourceChange] = []
    output_changes: dict[str, _Change] = {}
    configuration: _Configuration | None = None
    checks: list[object] = []
    timestamp: str | None = None
    errored: bool = False
    complete: bool = True


class _Shown(msgspec.Struct):
    format_version: str
    values: _Values | None = None


class _Held(msgspec.Struct):
    mode: str = "managed"
    instances: list[object] = []


class _OldModule(msgspec.Struct):
    resources: dict[str, object] = {}
    outputs: dict[str, object] = {}


class _State(msgspec.Struct):
    version: int
    resources: list[_Held] = []
    outputs: dict[str, _Output] = {}
    modules: list[_OldModule] = []


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan, from `terraform show -json`.

    `actions` counts the resources by what would be done, joined by `+` where it is two things;
    `declared` are the addresses of resources and modules in the root module. `made_at` is None before
    Terraform 1.5. One that is not `complete` left something out, be it for an error.
    """

    format_version: str
    terraform_version: str | None
    actions: dict[str, int]
    resources: int
    outputs: int
    checks: int
    changed: tuple[str, ...]
    drifted: tuple[str, ...]
    changed_outputs: int
    declared: frozenset[str]
    made_at: datetime | None
    complete: bool


@dataclass(frozen=True, slots=True)
class State:
    """How much a state holds; `version` is that of its format, and `shown` says: from `show -json`.

    `resources` are the entries, of which `managed` are no data sources; `instances` are the objects.
    """

    version: str
    shown: bool
    resources: int
    managed: int
    instances: int
    outputs: int
    sensitive_outputs: int


def sniff_plan(head: bytes) -> bool:
    """Whether the first bytes look like a plan as JSON."""
    text = json_text.opening(head)
    return bool(_FORMAT.search(text) and (_PLAN.search(text)))


def sniff_state(head: bytes) -> bool:
    """Whether the first bytes look like a state, as it is stored or as `show -json` gives it."""
    text = json_text.opening(head).lstrip()
    if _FORMAT.search(text):
        return bool(_SHOWN.search(text)) and not _PLAN.search(text)
    return text.startswith(b"{") and bool(_VERSION.search(text) and _STATE.search(text))


def read_plan(data: bytes) -> Plan:
    """The plan. Raises Malformed and TooLarge."""
    raw = json_text.decode(data, _Plan, name="The plan of Terraform")
    actions: Counter[str] = Counter()
    for one in raw.resource_changes:
        if not one.change.actions:
            raise Malformed("The plan of Terraform has a change without an action.")
        actions["+".join(one.change.actions)] += 1
    root = raw.configuration.root_module if raw.configuration else None
    declared = [one.address for one in root.resources] if root else []
    calls = [f"module.{name}" for name in (root.module_calls if root else {})]
    return Plan(
        format_version=raw.format_version,
        terraform_version=raw.terraform_version,
        actions=dict(actions),
        resources=_count(raw.planned_values.root_module, 0),
        outputs=len(raw.planned_values.outputs),
        checks=len(raw.checks),
        changed=_addresses(raw.resource_changes),
        drifted=_addresses(raw.resource_drift),
        changed_outputs=sum(tuple(o.actions) not in _QUIET for o in raw.output_changes.values()),
        declared=frozenset((*declared, *calls)),
        made_at=iso_time.read(raw.timestamp) if raw.timestamp else None,
        complete=raw.complete and not raw.errored,
    )


def read_state(data: bytes) -> State:
    """The state, as stored (versions 1 to 4) or as shown. Raises Malformed and TooLarge."""
    name = "The state of Terraform"
    if _FORMAT.search(json_text.opening(data[:4_096])):
        shown = json_text.decode(data, _Shown, name=name)
        values = shown.values or _Values()
        modes = _modes(values.root_module, 0)
        count = len(modes)
        return State(
            shown.format_version, True, count, modes.count("managed"), count,
            len(values.outputs), sum(o.sensitive for o in values.outputs.values()),
        )  # fmt: skip
    raw = json_text.decode(data, _State, name=name)
    if raw.version < 4:
        old = [key for module in raw.modules for key in module.resources]
        managed = sum(not key.startswith("data.") for key in old)
        outputs = sum(len(module.outputs) for module in raw.modules)
        return State(str(raw.version), False, len(old), managed, len(old), outputs, 0)
    managed = sum(one.mode == "managed" for one in raw.resources)
    instances = sum(len(one.instances) for one in raw.resources)
    sensitive = sum(one.sensitive for one in raw.outputs.values())
    return State(
        str(raw.version), False, len(raw.resources), managed, instances, len(raw.outputs), sensitive
    )


def _addresses(changes: list[_ResourceChange]) -> tuple[str, ...]:
    return tuple(c.address for c in changes if tuple(c.change.actions) not in _QUIET)


def _count(module: _Module | None, depth: int) -> int:
    return len(_modes(module, depth))


def _modes(module: _Module | None, depth: int) -> list[str]:
    if module is None:
        return []
    if depth > _DEEPEST:
        raise TooLarge("A module of Terraform is nested too deeply.")
    below = [mode for one in module.child_modules for mode in _modes(one, depth + 1)]
    return [one.mode for one in module.resources] + below
