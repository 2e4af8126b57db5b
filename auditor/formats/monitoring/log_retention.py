"""For how long stores keep logs, and what speaks against that the period is enforced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from auditor.formats.kubernetes.kube_model import dig
from auditor.formats.terraform import hcl_text
from auditor.formats.terraform.hcl_text import Block, Body, Expression, HclValue
from auditor.formats.text import json_text
from auditor.formats.text.yaml_shapes import mapping_of, text_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load_all

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|[smhdwy])")
_DAYS = {
    "ms": 1 / 86_400_000,
    "s": 1 / 86_400,
    "m": 1 / 1440,
    "h": 1 / 24,
    "d": 1.0,
    "w": 7.0,
    "y": 365.0,
}
_LOKI = re.compile(rb"(?m)^\s*[\"']?(?:limits_config|table_manager)[\"']?[ \t]*:")
_FLAG = re.compile(r"-{1,2}retentionPeriod[= ]\"?(\d+\w?)")
_HCL_KINDS = {
    "aws_cloudwatch_log_group": "retention_in_days",
    "azurerm_log_analytics_workspace": "retention_in_days",
    "google_logging_project_bucket_config": "retention_days",
}


@dataclass(frozen=True, slots=True)
class Retention:
    """What one configuration says: days, and why they are not enforced ("" where they are).

    `days` is None where a variable decides; `policy` names a policy that must still be attached.
    """

    store: str
    days: float | None
    line: int | None
    against: str = ""
    policy: str = ""


def days_of(written: str) -> float | None:
    """A duration such as `720h`, `1w2d` or `31d` in days, None where it is none."""
    text = written.strip().strip("\"'")
    parts = _DURATION.findall(text)
    if not parts or _DURATION.sub("", text).strip():
        return 0.0 if text == "0" else None
    return sum(float(number) * _DAYS[unit] for number, unit in parts)


def sniff_loki(head: bytes) -> bool:
    """Whether the first bytes have the sections of Loki in which retention is set."""
    return _LOKI.search(head) is not None


def read_loki(data: bytes | str, *, name: str = "The configuration") -> list[Retention]:
    """What Loki's configuration says, also below a key of a chart's values. Raises Malformed and TooLarge."""
    documents = load_all(data, name=name)
    return [one for document in documents for one in _loki(document, document.value, (), 0)]


def _loki(document: YamlDocument, value: YamlValue, at: Path, depth: int) -> Iterator[Retention]:
    top = mapping_of(value)
    limits, tables = mapping_of(top.get("limits_config")), mapping_of(top.get("table_manager"))
    if limits or "compactor" in top or "schema_config" in top or tables:
        yield from _of_loki(document, top, at)
    elif depth < 5:
        for key, below in top.items():
            if isinstance(below, dict):
                yield from _loki(document, below, (*at, key), depth + 1)


def _of_loki(document: YamlDocument, top: dict[str, YamlValue], at: Path) -> Iterator[Retention]:
    compactor = mapping_of(top.get("compactor"))
    period = text_of(dig(top.get("limits_config"), "retention_period"))
    enabled = text_of(compactor.get("retention_enabled")) == "true"
    line = document.key_line((*at, "limits_config", "retention_period"))
    old = mapping_of(top.get("table_manager"))
    if period is None and text_of(old.get("retention_period")):
        days = days_of(text_of(old.get("retention_period")) or "")
        deletes = text_of(old.get("retention_deletes_enabled")) == "true"
        against = "" if deletes else "table_manager.retention_deletes_enabled is not true"
        if days and any(
            store in str(top.get("schema_config")) for store in ("tsdb", "boltdb-shipper")
        ):
            against = "table_manager deletes nothing of an index that the compactor keeps"
        if days:
            yield Retention("loki", days, document.key_line((*at, "table_manager")), against)
        return
    if period is None:
        key = "compactor" if enabled else "schema_config"
        if key in top:
            said = "limits_config.retention_period is not set, so logs are kept for ever"
            yield Retention("loki", None, document.key_line((*at, key)), said)
        return
    days = days_of(period)
    against = ""
    if days == 0:
        against = "a retention_period of 0 keeps logs for ever"
    elif not enabled:
        against = "compactor.retention_enabled is not true, so logs are kept for ever"
    elif not any(text_of(compactor.get(key)) for key in ("delete_request_store", "shared_store")):
        against = "compactor.delete_request_store is not set, so Loki 3 does not start"
    elif days is not None and days < 1:
        against = "Loki takes no retention_period below 24h"
    yield Retention("loki", days, line, against)


def read_policy(data: bytes, *, name: str = "The policy") -> Retention | None:
    """A lifecycle policy of Elasticsearch or OpenSearch; None where it is none. Raises Malformed, TooLarge."""
    top = json_text.decode(data, Any, name=name, limit=1_000_000)
    policy = _get(top, "policy") if isinstance(_get(top, "policy"), dict) else top
    phases = _get(policy, "phases")
    if isinstance(phases, dict):
        if not isinstance(_get(phases, "delete", "actions", "delete"), dict):
            return Retention("elasticsearch", None, None, "the policy has no phase that deletes")
        return Retention(
            "elasticsearch", days_of(str(_get(phases, "delete", "min_age") or "0")), None
        )
    states = _get(policy, "states")
    if not isinstance(states, list):
        return None
    deleting = {
        _get(s, "name")
        for s in states
        for a in _get(s, "actions") or []
        if isinstance(a, dict) and "delete" in a
    }
    ages = [
        str(_get(t, "conditions", "min_index_age") or "")
        for s in states
        for t in _get(s, "transitions") or []
        if _get(t, "state_name") in deleting
    ]
    if not deleting:
        return Retention("opensearch", None, None, "the policy has no state that deletes")
    return Retention("opensearch", days_of(ages[0]) if ages else None, None)


def _get(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def read_terraform(data: bytes, *, path: str) -> list[Retention]:
    """What resources of a Terraform file say. Raises Malformed and TooLarge."""
    body = hcl_text.read(data, path=path)
    known = {b.labels[0]: b.body.value("default") for b in body.of("variable") if b.labels}
    return [one for block in body.of("resource") for one in _of_block(block, known)]


def _of_block(block: Block, known: dict[str, HclValue]) -> Iterator[Retention]:
    kind = block.labels[0] if block.labels else ""
    if kind in _HCL_KINDS:
        days, line = _number(block.body, _HCL_KINDS[kind], known), block.line
        unset = block.body.attribute(_HCL_KINDS[kind]) is None
        against = ""
        if kind == "aws_cloudwatch_log_group" and (unset or days == 0):
            against, days = "without retention_in_days CloudWatch keeps logs for ever", None
        elif unset:
            return
        yield Retention(kind, days, line, against)
    if kind == "elasticstack_elasticsearch_index_lifecycle":
        deletes = next(block.body.of("delete"), None)
        name = block.body.text("name") or (block.labels[1] if len(block.labels) > 1 else "")
        if deletes is None:
            yield Retention(kind, None, block.line, "the policy has no phase that deletes")
        else:
            yield Retention(
                kind, days_of(deletes.body.text("min_age") or "0"), block.line, "", name
            )


def _number(body: Body, name: str, known: dict[str, HclValue]) -> float | None:
    value = body.value(name)
    if isinstance(value, Expression) and value.text.startswith("var."):
        value = known.get(value.text.removeprefix("var."))
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def read_log_groups(data: bytes, *, name: str) -> list[Retention]:
    """Log groups of a CloudFormation template, and the setting of Serverless. Raises Malformed, TooLarge."""
    found: list[Retention] = []
    for document in load_all(data, name=name):
        days = text_of(dig(document.value, "provider", "logRetentionInDays"))
        if days and days.isdigit():
            found.append(
                Retention(
                    "cloudwatch", float(days), document.key_line(("provider", "logRetentionInDays"))
                )
            )
        for key, one in mapping_of(dig(document.value, "Resources")).items():
            if text_of(mapping_of(one).get("Type")) == "AWS::Logs::LogGroup":
                written = text_of(dig(one, "Properties", "RetentionInDays"))
                against = (
                    ""
                    if dig(one, "Properties", "RetentionInDays") is not None
                    else "without RetentionInDays CloudWatch keeps logs for ever"
                )
                number = float(written) if written and written.isdigit() else None
                found.append(
                    Retention("cloudwatch", number, document.key_line(("Resources", key)), against)
                )
    return found


def read_flags(text: str) -> list[Retention]:
    """The period that VictoriaLogs is started with, line by line."""
    found: list[Retention] = []
    for at, line in enumerate(text.splitlines(), 1):
        flag = _FLAG.search(line) if not line.lstrip().startswith("#") else None
        if flag:
            months = flag[1].isdigit()
            days = int(flag[1]) * 31.0 if months else days_of(flag[1])
            found.append(Retention("victorialogs", days, at))
    return found
