"""Rollback that infrastructure files ask for: circuit breakers, alarms, Helm, Flux, Compose; and what forbids it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.lexical.places import SHIPPED, role
from auditor.formats.terraform import hcl_text
from auditor.formats.terraform.hcl_text import Block, Body, HclValue
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_shapes import mapping_of, text_of
from auditor.formats.text.yaml_text import YamlDocument, load_all
from auditor.probing.contract import Trouble
from auditor.probing.repo import Repo

Told = tuple[str, int, str]
_TERRAFORM = re.compile(rb"deployment_circuit_breaker|auto_rollback_configuration|\"helm_release\"")
_YAML = re.compile(rb"revisionHistoryLimit|HelmRelease|failure_action|rollback_config")
_NO_HISTORY = re.compile(r"^\s*revisionHistoryLimit:\s*[\"']?0[\"']?\s*(?:#.*)?$")
_KINDS = re.compile(r"^kind:\s*[\"']?(?:Deployment|StatefulSet|DaemonSet|Rollout)\b", re.MULTILINE)


def read_files(repo: Repo) -> tuple[list[Told], list[Told], list[Trouble]]:
    """What is asked for, what takes it away, and the files that could not be read."""
    asked: list[Told] = []
    lost: list[Told] = []
    unread: list[Trouble] = []
    for entry in repo.entries:
        path = entry.path
        if not path.endswith((".tf", ".tofu", ".yml", ".yaml")) or role(path) not in SHIPPED:
            continue
        try:
            data = repo.read(path).data
            found = _terraform(data, path) if path.endswith((".tf", ".tofu")) else _yaml(data, path)
            for good, line, what in found:
                (asked if good else lost).append((path, line, what))
        except Trouble as error:
            unread.append(error)
        except FormatError:
            continue  # what is wrong with it is told by the probes of infrastructure
    return asked, lost, unread


def _terraform(data: bytes, path: str) -> Iterator[tuple[bool, int, str]]:
    if _TERRAFORM.search(data) is None:
        return
    for block in hcl_text.read(data, path=path).of("resource"):
        name = ".".join(block.labels)
        kind = block.labels[:1]
        if kind == ("aws_ecs_service",):
            yield from _switch(block, "deployment_circuit_breaker", ("enable", "rollback"), name)
        elif kind == ("aws_codedeploy_deployment_group",):
            yield from _switch(block, "auto_rollback_configuration", ("enabled",), name)
        elif kind == ("helm_release",) and _on(block.body.value("atomic")):
            yield True, block.line or 1, f"{name} is atomic"


def _switch(
    block: Block, part: str, needed: tuple[str, ...], name: str
) -> Iterator[tuple[bool, int, str]]:
    for inner in block.body.of(part):
        good = all(_on(inner.body.value(key)) for key in needed)
        line = inner.line or block.line or 1
        if good:
            yield True, line, f"{name} rolls back by its {part}"
        elif _off(inner.body, needed):
            yield False, line, f"the {part} of {name} does not roll back"


def _off(body: Body, needed: tuple[str, ...]) -> bool:
    return any(body.value(key) in (False, None) for key in needed)


def _on(value: HclValue) -> bool:
    """Whether a switch is on as it is written."""
    return value is True or value == "true"


def _yaml(data: bytes, path: str) -> Iterator[tuple[bool, int, str]]:
    if _YAML.search(data) is None:
        return
    text = data.decode("utf-8", "replace")
    if _KINDS.search(text):
        for at, line in enumerate(text.splitlines(), start=1):
            if _NO_HISTORY.match(line):
                yield False, at, "revisionHistoryLimit: 0 keeps no version to go back to"
    if b"{{" in data:
        return  # a template is not YAML yet
    for document in load_all(data, name=path):
        yield from _document(document)


def _document(document: YamlDocument) -> Iterator[tuple[bool, int, str]]:
    top = mapping_of(document.value)
    if text_of(top.get("kind")) == "HelmRelease":
        upgrade = mapping_of(mapping_of(top.get("spec")).get("upgrade"))
        remedy = mapping_of(upgrade.get("remediation"))
        retries = text_of(remedy.get("retries")) or "0"
        again = text_of(remedy.get("remediateLastFailure")) == "true"
        if text_of(remedy.get("strategy")) in (None, "rollback") and (again or retries != "0"):
            line = document.key_line(("spec", "upgrade", "remediation")) or 1
            yield True, line, "HelmRelease rolls a failed upgrade back"
    for name, service in mapping_of(top.get("services")).items():
        update = mapping_of(mapping_of(mapping_of(service).get("deploy")).get("update_config"))
        if text_of(update.get("failure_action")) == "rollback":
            line = document.key_line(("services", name, "deploy", "update_config")) or 1
            yield True, line, f"the service {name} rolls a failed update back"
