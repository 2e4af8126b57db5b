"""Whatever an API answers, its parser reads it or refuses it, and raises nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.ci import github_api, gitlab_api
from auditor.formats.kubernetes import cluster_api
from auditor.formats.monitoring import grafana_api, grafana_panels, loki_api
from auditor.formats.on_call import opsgenie_api, pagerduty_api
from auditor.formats.text.errors import FormatError

Parser = Callable[[bytes], Any]
TIME = "2026-03-02T12:00:00Z"
SEEDS: list[tuple[Parser, Any]] = [
    (github_api.repository, {"full_name": "a/b", "default_branch": "main"}),
    (github_api.rules, [{"type": "pull_request", "parameters": {"required_approving_review_count": 1}}]),
    (github_api.branch, {"name": "main", "protected": True, "protection": {"enabled": True}}),
    (github_api.protection, {"required_status_checks": {"contexts": ["a"]}}),
    (github_api.runs, {"workflow_runs": [{"workflow_id": 1, "head_sha": "a", "status": "completed", "created_at": TIME}]}),
    (github_api.releases, [{"tag_name": "v1", "body": "x", "published_at": TIME}]),
    (github_api.alerts, [{"state": "open", "security_advisory": {"severity": "high"}}]),
    (gitlab_api.project, {"path_with_namespace": "a/b", "default_branch": "main"}),
    (lambda body: gitlab_api.protected(body, "main"), [{"name": "*", "push_access_levels": [{"access_level": 0}]}]),
    (gitlab_api.approvals, [{"approvals_required": 1}]),
    (gitlab_api.runs, [{"id": 1, "status": "success", "sha": "a", "created_at": TIME}]),
    (gitlab_api.releases, [{"tag_name": "v1", "description": "x", "released_at": TIME}]),
    (pagerduty_api.services, {"services": [{"name": "a", "escalation_policy": {"id": "P"}}]}),
    (pagerduty_api.policy, {"escalation_policy": {"name": "a", "escalation_rules": [{"targets": [{"id": "x"}]}]}}),
    (pagerduty_api.on_calls, {"oncalls": [{"user": {"id": "u"}, "escalation_level": 1, "start": TIME, "end": None}]}),
    (opsgenie_api.escalations, {"data": [{"name": "a", "rules": [{"recipient": {"type": "user"}}]}]}),
    (opsgenie_api.schedules, {"data": [{"id": "s", "name": "a"}]}),
    (
        opsgenie_api.timeline,
        {"data": {"finalTimeline": {"rotations": [{"periods": [{"startDate": TIME, "endDate": TIME, "recipient": {"type": "user", "id": "u"}}]}]}}},
    ),
    (grafana_api.dashboards, [{"uid": "u", "title": "t"}]),
    (grafana_api.data_sources, [{"uid": "u", "name": "n", "type": "prometheus"}]),
    (grafana_api.health, {"status": "OK"}),
    (grafana_api.contact_points, [{"name": "n", "type": "slack"}]),
    (grafana_api.has_data, {"status": "success", "data": {"resultType": "vector", "result": [{"value": [1, "2"]}]}}),
    (
        grafana_panels.queries,
        {"dashboard": {"panels": [{"title": "t", "datasource": {"uid": "$a"}, "targets": [{"expr": "up{a=\"$a\"}"}]}],
                       "templating": {"list": [{"name": "a", "current": {"value": ["$__all"]}}]}}},
    ),
    (loki_api.names, {"status": "success", "data": ["a"]}),
    (loki_api.lines, {"status": "success", "data": {"resultType": "streams", "result": [{"stream": {}, "values": [["1", "x"]]}]}}),
    (loki_api.retention, {"limits_config": {"retention_period": "30d"}, "compactor": {"retention_enabled": True}}),
    (
        cluster_api.deployments,
        {"items": [{"metadata": {"name": "a"}, "spec": {"template": {"spec": {"containers": [{"name": "c"}]}}}}]},
    ),
    (cluster_api.pods, {"items": [{"metadata": {"name": "a"}, "status": {"containerStatuses": [{"name": "c", "lastState": {"terminated": {"finishedAt": TIME}}}]}}]}),
    (cluster_api.scalers, {"items": [{"metadata": {"name": "a"}, "spec": {"scaleTargetRef": {"kind": "k", "name": "n"}, "maxReplicas": 2}}]}),
    (cluster_api.budgets, {"items": [{"metadata": {"name": "a"}, "spec": {"selector": {}}}]}),
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)


def read_or_refused(parser: Parser, body: bytes) -> None:
    """A value that can be made twice alike, or one of the two refusals."""
    try:
        first = parser(body)
    except FormatError:
        return
    assert first == parser(body)


@pytest.mark.parametrize(("parser", "seed"), SEEDS)
def test_the_documented_shape_is_read(parser: Parser, seed: Any) -> None:
    assert parser(json.dumps(seed).encode()) is not None


@pytest.mark.parametrize(("parser", "seed"), SEEDS)
@given(data=st.data())
def test_a_changed_answer_is_read_or_refused(
    parser: Parser, seed: Any, data: st.DataObject
) -> None:
    changed = json.loads(json.dumps(seed))
    node = changed
    for _ in range(data.draw(st.integers(0, 6))):
        inner = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not inner:
            break
        key = data.draw(st.sampled_from(inner))
        if isinstance(node[key], dict | list) and node[key] and data.draw(st.booleans()):
            node = node[key]
        else:
            node[key] = data.draw(VALUES)
            break
    read_or_refused(parser, json.dumps(changed).encode())


@pytest.mark.parametrize(("parser", "seed"), SEEDS)
@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b"<html>", b"\xff\xfe", b"[" * 5_000])
def test_what_is_no_answer_is_refused_or_empty(parser: Parser, seed: Any, body: bytes) -> None:
    read_or_refused(parser, body)
