"""Prometheus rule files: groups, rules, their lines, and whatever Prometheus would refuse."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.monitoring.prometheus_rule import duration_seconds
from auditor.formats.monitoring.prometheus_rules import Rule, RuleFile, parse, sniff
from auditor.formats.text.errors import Malformed, TooLarge

FILE = """# Alerts.
groups:
  - name: api
    interval: 30s
    rules:
      - alert: ApiDown
        expr: |
          up{job="api"} == 0
        for: 5m
        labels: {severity: page, tier: 1, on: yes}
        annotations:
          summary: "{{ $labels.instance }} is down"
          runbook_url: https://runbooks.test/api
      - record: job:requests:rate5m
        expr: sum by (job) (rate(requests_total[5m]))
  - name: empty
    rules:
"""


def rule(text: str) -> Rule:
    """The only rule of a file with the given lines."""
    body = "".join(f"      {line}\n" for line in text.split("\n"))
    (found,) = parse(f"groups:\n  - name: g\n    rules:\n{body}").rules
    return found


def test_groups_and_rules_are_read_with_their_lines() -> None:
    file = parse(FILE)
    assert [(group.name, group.line, len(group.rules)) for group in file.groups] == [
        ("api", 3, 2),
        ("empty", 16, 0),
    ]
    (alert,), (recording,) = file.alerts, file.recordings
    assert (alert.name, alert.line, alert.expr_line, alert.for_seconds) == ("ApiDown", 6, 8, 300.0)
    assert alert.expr == 'up{job="api"} == 0'
    assert alert.labels == {"severity": "page", "tier": "1", "on": "yes"}
    assert alert.annotations["runbook_url"] == "https://runbooks.test/api"
    assert (recording.record, recording.line, recording.for_seconds) == (
        "job:requests:rate5m",
        14,
        None,
    )
    assert alert.expression is not None
    assert (set(alert.expression.metrics), alert.expression.has_threshold) == ({"up"}, True)
    assert (file.all_problems, file.custom_resource) == ((), False)


def resource(kind: str = "PrometheusRule") -> str:
    body = FILE.replace("\n", "\n  ")
    return f"apiVersion: monitoring.coreos.com/v1\nkind: {kind}\nspec:\n  {body}\n"


def test_resources_of_the_operator_are_read_beside_other_documents() -> None:
    file = parse(f"kind: Service\n---\n{resource()}---\n{resource()}")
    assert (len(file.groups), len(file.alerts), file.custom_resource) == (4, 2, True)
    assert file.all_problems == ()
    assert file.alerts[0].line == 11


def test_resources_inside_a_list_are_read() -> None:
    spec = {"groups": [{"name": "g", "rules": [{"alert": "A", "expr": "up == 0"}]}]}
    items = [{"kind": "PrometheusRule", "spec": spec}, {"kind": "Service", "spec": {}}]
    file = parse(json.dumps({"kind": "List", "items": items}))
    assert [alert.name for alert in file.alerts] == ["A"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- alert: A\n  expr: rate(x", "not valid PromQL"),
        ("- alert: A", "has no expression"),
        ("- alert: A\n  expr: ' '", "has no expression"),
        ("- expr: x", "must have one of `alert` and `record`"),
        ("- alert: A\n  record: b\n  expr: x", "must have one of"),
        ("- alert: ''\n  expr: x", "must have one of"),
        ("- record: 1-bad\n  expr: x", "no metric name"),
        ("- record: a\n  expr: x\n  for: 5m", "cannot have `for`"),
        ("- record: a\n  expr: x\n  annotations: {a: b}", "cannot have `annotations`"),
        ("- alert: A\n  expr: x\n  for: 5", "no duration"),
        ("- alert: A\n  expr: x\n  for: 5 minutes", "no duration"),
        ("- alert: A\n  expr: x\n  for: -5m", "no duration"),
        ("- alert: A\n  expr: x\n  for: [5m]", "no duration"),
        ("- alert: A\n  expr: x\n  labels: [a]", "a list, not a mapping"),
        ("- alert: A\n  expr: x\n  labels: {a-b: c}", "'a-b'"),
        ("- alert: A\n  expr: x\n  labels: {__name__: c}", "'__name__'"),
        ("- alert: A\n  expr: x\n  annotations: {a: [b]}", "a list"),
        ("- alert: A\n  expr: x\n  lables: {a: b}", "the key 'lables'"),
        ("- alert: A\n  expr: " + "(" * 5000 + "x", "operations"),
    ],
)
def test_a_rule_that_prometheus_refuses_is_kept_with_its_problem(text: str, problem: str) -> None:
    assert any(problem in sentence for sentence in rule(text).problems)


def test_a_number_is_an_expression() -> None:
    found = rule("- alert: Always\n  expr: 1")
    assert (found.expr, found.problems) == ("1", ())
    assert found.expression is not None
    assert found.expression.constant


def test_a_label_without_value_is_no_label() -> None:
    assert rule("- alert: A\n  expr: x\n  labels: {severity: }").labels == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("groups: []\nnamespace: x\n", "the key 'namespace'"),
        ("groups: [{name: a}, {name: a}]\n", "stands twice"),
        ("groups: [{rules: []}]\n", "no name"),
        ("groups: [{name: a, rule: []}]\n", "the key 'rule'"),
        ("groups: []\n---\ngroups: []\n", "only the first"),
    ],
)
def test_a_file_that_prometheus_refuses_has_a_problem(text: str, problem: str) -> None:
    assert any(problem in sentence for sentence in parse(text).all_problems)


def test_a_file_of_no_groups_is_a_fact() -> None:
    assert parse("groups:\n") == RuleFile((), False, ())


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "no `groups`", None),
        ("# nothing\n", "no `groups`", None),
        ("rules: []\n", "no `groups`", None),
        ("- groups\n", "no `groups`", None),
        ("groups: {}\n", "`groups` must be a list", 1),
        ("groups:\n  - api\n", "A rule group must be a mapping", 2),
        ("groups:\n  - name: a\n    rules: x\n", "must be a list", 3),
        ("groups:\n  - name: a\n    rules:\n      - up\n", "A rule must be a mapping", 4),
        ("kind: PrometheusRule\nspec: []\n", "must be a mapping", 2),
        ("groups:\n  - name: 'a\n", "not valid YAML", None),
        ("groups:\n\t- name: a\n", "tab", 2),
        ("groups: []\ngroups: []\n", "twice", 2),
        ("groups:\n  - {{ .Values.rules }}\n", "template", 2),
        ("groups: \x01\n", "", None),
    ],
)
def test_what_holds_no_rules_is_malformed(text: str, message: str, line: int | None) -> None:
    with pytest.raises(Malformed) as refused:
        parse(text)
    assert message in refused.value.message
    assert line is None or refused.value.line == line


def test_bombs_are_too_large() -> None:
    with pytest.raises(TooLarge):
        parse("groups: " + "[" * 30_000)
    laughs = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))
    with pytest.raises(TooLarge):
        parse(f"a0: &a0 [x]\n{laughs}groups: *a9\n")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5m", 300.0),
        ("1h30m", 5400.0),
        ("0", 0.0),
        ("0s", 0.0),
        ("1d", 86400.0),
        ("1w2d", 777600.0),
        ("500ms", 0.5),
        ("1y", 31536000.0),
        ("", None),
        ("5", None),
        ("1.5h", None),
        ("5M", None),
        ("30m1h", None),
        ("\u0665m", None),
        ("9" * 5000 + "m", None),
    ],
)
def test_durations_are_those_of_prometheus(text: str, seconds: float | None) -> None:
    assert duration_seconds(text) == seconds


def test_rules_are_recognised_by_content() -> None:
    assert sniff(FILE.encode()[:150])
    assert sniff(resource().encode())
    assert sniff(b'{"groups": [{"name": "a", "rules": []}]}')
    assert sniff(b'{\n  "groups": [\n    {"name": "a", "rules": []}]}')
    assert sniff(b'{"apiVersion": "x", "kind": "PrometheusRule", "spec": {}}')
    assert sniff(b"apiVersion: v1\nkind: List\nitems:\n- kind: PrometheusRule\n")
    for other in (
        b"",
        b"groups: [admins]\n",
        b"rule_files: [rules.yml]\n",
        b"apiVersion: 1\ngroups:\n  - name: g\n    rules:\n      - uid: x\n",
        b"route:\n  group_by: [job]\n",
        b"kind: ConfigMap\ndata:\n  rules.yml: |\n    groups:\n    - rules:\n      - alert: A\n",
        b"kind: CustomResourceDefinition\nspec:\n  names:\n    kind: PrometheusRule\n",
        b"kind: Kustomization\npatches:\n- target:\n    kind: PrometheusRule\n",
    ):
        assert not sniff(other)


RULES = st.fixed_dictionaries(
    {"expr": st.sampled_from(["up == 0", "rate(x[5m]) > 1", "absent(y)", "broken("])},
    optional={
        "alert": st.text("Ab", max_size=3),
        "record": st.text("a:b", max_size=3),
        "for": st.sampled_from(["5m", "x", 5, None]),
        "labels": st.dictionaries(
            st.text("ab", max_size=2), st.text("a é", max_size=3), max_size=2
        ),
    },
)


@given(st.lists(st.lists(RULES, max_size=3), max_size=3))
def test_every_rule_that_was_written_is_found(groups: list[list[dict[str, Any]]]) -> None:
    written = {"groups": [{"name": f"g{n}", "rules": rules} for n, rules in enumerate(groups)]}
    file = parse(json.dumps(written))
    assert [len(group.rules) for group in file.groups] == [len(rules) for rules in groups]
    for found, raw in zip(file.rules, [rule for rules in groups for rule in rules], strict=True):
        broken = raw["expr"] == "broken(" or bool(raw.get("alert")) == bool(raw.get("record"))
        assert found.problems or not broken


def test_every_rule_of_a_sample_starts_on_its_line(samples: Any) -> None:
    for name, (data, _) in samples("prometheus-rules").items():
        file = parse(data)
        lines = data.split(b"\n")
        opened = [lines[(one.line or 0) - 1].lstrip()[:2] for one in file.rules]
        assert set(opened) <= {b"- "}, name
        broken = [one for one in file.rules if one.expression is None]
        assert len(broken) == (name == "bad-syntax.yml"), name
