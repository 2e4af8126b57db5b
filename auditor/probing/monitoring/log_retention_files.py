"""Finds for how long the stores of a repository keep logs, and where that is not enforced."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from auditor.formats.kubernetes import config_map
from auditor.formats.monitoring import log_retention
from auditor.formats.monitoring.log_retention import Retention
from auditor.formats.text.errors import FormatError
from auditor.model.evidence import Problem, ProblemKind
from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring.log_shipper_judge import ShipperJudge
from auditor.probing.repo import Repo

_LIMIT = 2 * 1024 * 1024
_HEAD = 65_536
_POLICY = re.compile(rb"\"phases\"\s*:|\"min_index_age\"|\"states\"\s*:")
_TERRAFORM = re.compile(
    rb"resource\s+\"(?:aws_cloudwatch_log_group|azurerm_log_analytics_workspace|google_logging_project_bucket_config"
    rb"|elasticstack_elasticsearch_index_lifecycle)\""
)
_NAMES_POLICY = re.compile(
    r"lifecycle\.name|lifecycle[\"']?\s*[:=]?\s*\{[^}]*name|ilm\.(?:policy|enabled)|policy_id|ism_template|_ilm/policy|rollover_alias"
)


@dataclass(slots=True)
class LogRetention:
    """What was found: path and what it says; `unread` says what could not be read."""

    found: list[tuple[str, Retention]] = field(default_factory=list)
    unread: list[Problem] = field(default_factory=list)


def log_retention_files(repo: Repo, judge: ShipperJudge) -> LogRetention:
    """Those of the whole repository but tests, examples and documents."""
    seen = LogRetention()
    for entry in repo.entries:
        if use_of(repo.below(entry.path)) is Use.APART or entry.size > _LIMIT:
            continue
        try:
            seen.found += [(entry.path, one) for one in _take(repo, judge, entry.path)]
        except Trouble as trouble:
            if re.search(r"(?i)loki|retention|cloudwatch|ilm|lifecycle", entry.path):
                seen.unread.append(trouble.problem())
        except FormatError as error:
            seen.unread.append(
                Problem(ProblemKind.MALFORMED, f"{entry.path}: {error}", "Mend the file.")
            )
    return seen


def _take(repo: Repo, judge: ShipperJudge, path: str) -> Iterator[Retention]:
    low = path.lower()
    if low.endswith((".yml", ".yaml")):
        yield from _yaml(repo, judge, path)
    elif low.endswith((".tf", ".tofu")):
        if _TERRAFORM.search(repo.head(path, _HEAD)):
            yield from log_retention.read_terraform(repo.read(path, limit=_LIMIT).data, path=path)
    elif low.endswith(".json"):
        named = re.search(r"(?i)ilm|ism|lifecycle|retention|polic", path)
        if named and _POLICY.search(repo.head(path, _HEAD)):
            policy = log_retention.read_policy(repo.read(path, limit=_LIMIT).data, name=path)
            if policy is not None:
                yield policy if policy.against else _attached(repo, path, policy)


def _yaml(repo: Repo, judge: ShipperJudge, path: str) -> Iterator[Retention]:
    head = repo.head(path, _HEAD)
    if "templates" in path.split("/")[:-1] and b"{{" in head:
        return
    if b"retentionPeriod" in head and re.search(rb"victoria-?logs|victorialogs", head):
        yield from log_retention.read_flags(repo.read(path, limit=_LIMIT).text)
    if (
        b"RetentionInDays" in head
        or b"AWS::Logs::LogGroup" in head
        or b"logRetentionInDays" in head
    ):
        yield from log_retention.read_log_groups(repo.read(path, limit=_LIMIT).data, name=path)
    if config_map.sniff(head):
        for file in config_map.embedded_files(repo.read(path, limit=_LIMIT).data, name=path):
            if log_retention.sniff_loki(file.text.encode("utf-8", "replace")):
                for one in log_retention.read_loki(file.text, name=path):
                    yield replace(one, line=None if one.line is None else one.line + file.line - 1)
    elif log_retention.sniff_loki(head):
        for one in log_retention.read_loki(repo.read(path, limit=_LIMIT).data, name=path):
            lost = not one.against and judge.misplaced(path, "loki")
            why = "the Loki of the Compose file is not given this file"
            yield replace(one, against=why) if lost else one


def _attached(repo: Repo, path: str, policy: Retention) -> Retention:
    """A policy that no template, script or shipper names deletes nothing."""
    name = path.rpartition("/")[2].rpartition(".")[0]
    for entry in repo.entries:
        if (
            entry.path == path
            or entry.size > 400_000
            or use_of(repo.below(entry.path)) is Use.APART
        ):
            continue
        if not re.search(r"(?i)\.(?:json|ya?ml|sh|tf|py|[jt]s|conf)$|makefile$", entry.path):
            continue
        try:
            text = repo.read(entry.path, limit=400_000).text
        except Trouble:
            continue
        if _NAMES_POLICY.search(text) and (name in text or path.rpartition("/")[2] in text):
            return policy
    return replace(policy, against="no index template, script or shipper names the policy")
