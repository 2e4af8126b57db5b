"""Prometheus rule files, plain or as PrometheusRule resources of the operator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.monitoring.prometheus_rule import Rule, read_rule, unknown_keys
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import need_list, need_mapping, text_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load_all

__all__ = ["Group", "Rule", "RuleFile", "parse", "sniff"]

_NAME = "The rule file"
# Only where they are keys of the document: a ConfigMap may hold rules as text, and the definition
# of the resource, or a patch for it, names the same words deeper down.
_GROUPS = re.compile(rb"""(?:^|\A\s*\{\s*)["']?groups["']?[ \t]*:""", re.MULTILINE)
_RULES = re.compile(
    rb"""(?:^|[{,\[])[ \t\-]*["']?(?:alert|record|rules)["']?[ \t]*:""", re.MULTILINE
)
_KIND = rb"""["']?kind["']?[ \t]*:[ \t]*["']?"""
_RESOURCE = re.compile(rb"^" + _KIND + rb"PrometheusRule\b", re.MULTILINE)
_LIST = re.compile(rb"^" + _KIND + rb"(?:List|PrometheusRuleList)\b", re.MULTILINE)
_BELOW = re.compile(_KIND + rb"PrometheusRule\b")
_OTHER = re.compile(_KIND + rb"(?:CustomResourceDefinition|ConfigMap|Kustomization)\b")
# Grafana provisions its own alert rules from a file of groups that opens with a version.
_GRAFANA = re.compile(rb"""^["']?apiVersion["']?[ \t]*:[ \t]*1[ \t]*$""", re.MULTILINE)
_GROUP_KEYS = frozenset(
    {"name", "interval", "query_offset", "limit", "labels", "rules"}
    # Of the operator, of Thanos and of Mimir.
    | {"partial_response_strategy", "source_tenants"}
)


@dataclass(frozen=True, slots=True)
class Group:
    """One rule group and the line on which it starts."""

    name: str
    rules: tuple[Rule, ...]
    line: int | None
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A whole file; `custom_resource` where it is for the Prometheus operator."""

    groups: tuple[Group, ...]
    custom_resource: bool
    problems: tuple[str, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Rules of all groups."""
        return tuple(rule for group in self.groups for rule in group.rules)

    @property
    def alerts(self) -> tuple[Rule, ...]:
        """Rules that fire."""
        return tuple(rule for rule in self.rules if rule.alert is not None)

    @property
    def recordings(self) -> tuple[Rule, ...]:
        """Rules that record."""
        return tuple(rule for rule in self.rules if rule.record is not None)

    @property
    def all_problems(self) -> tuple[str, ...]:
        """Problems of the file, its groups and its rules; with any, Prometheus refuses the file."""
        return (
            *self.problems,
            *(problem for group in self.groups for problem in group.problems),
            *(problem for rule in self.rules for problem in rule.problems),
        )


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like rules of Prometheus, plain or in a resource."""
    head = json_text.opening(head)
    json = head.lstrip()[:1] in (b"{", b"[")
    if _RESOURCE.search(head):
        return True
    if (json or _LIST.search(head)) and _BELOW.search(head) and not _OTHER.search(head):
        return True
    return bool(_GROUPS.search(head) and _RULES.search(head) and not _GRAFANA.search(head))


def parse(data: bytes | str) -> RuleFile:
    """The rules.

    Raises Malformed for broken YAML and for what has no groups at all, TooLarge. A rule that is
    wrong in itself is kept, with its problems.
    """
    groups: list[Group] = []
    problems: list[str] = []
    found = plain = 0
    for document in load_all(data, name=_NAME):
        for path, custom in _holders(document, document.value, ()):
            found += 1
            holder = _at(document, path)
            groups.extend(_groups(document, path, holder))
            if not custom:
                plain += 1
                problems.extend(unknown_keys(holder, frozenset({"groups"}), "The file"))
    if not found:
        raise Malformed(f"{_NAME} holds no `groups`, neither plain nor in a PrometheusRule.")
    if plain > 1:
        problems.append("The file holds several YAML documents; Prometheus reads only the first.")
    names = [group.name for group in groups]
    if plain and len(set(names)) != len(names):
        problems.append("A group name stands twice in the file.")
    return RuleFile(tuple(groups), not plain, tuple(problems))


def _holders(document: YamlDocument, value: YamlValue, path: Path) -> Iterator[tuple[Path, bool]]:
    """Paths of the mappings with `groups`, and whether they are the spec of a resource."""
    if not isinstance(value, dict):
        return
    if value.get("kind") == "PrometheusRule":
        need_mapping(document, (*path, "spec"), value.get("spec"), "The spec of a PrometheusRule")
        yield (*path, "spec"), True
    elif isinstance(value.get("items"), list) and "kind" in value:
        for index, item in enumerate(value["items"]):  # type: ignore[arg-type]
            yield from _holders(document, item, (*path, "items", index))
    elif not path and "groups" in value:
        yield path, False


def _at(document: YamlDocument, path: Path) -> dict[str, YamlValue]:
    value: YamlValue = document.value
    for step in path:
        value = value[step]  # type: ignore[index]
    return value if isinstance(value, dict) else {}


def _groups(document: YamlDocument, path: Path, holder: dict[str, YamlValue]) -> Iterator[Group]:
    path = (*path, "groups")
    for index, value in enumerate(_list(document, path, holder.get("groups"), "`groups`")):
        here = (*path, index)
        group = need_mapping(document, here, value, "A rule group")
        name = text_of(group.get("name")) or ""
        problems = list(unknown_keys(group, _GROUP_KEYS, f"The group {name!r}"))
        if not name:
            problems.append("A rule group has no name.")
        rules = _list(document, (*here, "rules"), group.get("rules"), f"`rules` of group {name!r}")
        yield Group(
            name,
            tuple(read_rule(document, (*here, "rules", at), rule) for at, rule in enumerate(rules)),
            document.line(here),
            tuple(problems),
        )


def _list(document: YamlDocument, path: Path, value: YamlValue, what: str) -> list[YamlValue]:
    return [] if value is None else need_list(document, path, value, what)
