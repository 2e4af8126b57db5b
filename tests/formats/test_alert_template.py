"""A template that Prometheus cannot parse refuses its whole rule file."""

from __future__ import annotations

import pytest

from auditor.formats.monitoring import prometheus_rules
from auditor.formats.monitoring.alert_template import fault

GOOD = (
    "",
    "No template at all, and 5 $ a month.",
    "{{ $labels.instance }} of {{ $labels.job }} is at {{ $value | humanize }}",
    "{{ $externalURL }} {{ $externalLabels.cluster }} {{ $.Labels }}",
    "{{ with query \"up{job='a'} $x\" }}{{ . | first | value }}{{ end }}",
    "{{ $total := 3 }}{{ range $i, $one := query `up` }}{{ $i }}{{ $one }}{{ $total }}{{ end }}",
    '{{ "{{" }} and {{/* $anything */}}{{- /* $else */ -}}',
    "{{ if eq $value 1.0 }}one{{ end }} }}",
)
BAD = {
    "Instance {{ $label.foo }} down": "the variable $label,",
    "{{ $labels.instance }} {{ $Value }}": "the variable $Value,",
    "{{ $labels.instance": "opens `{{`",
    "{{ $value }} of {{": "opens `{{`",
}


@pytest.mark.parametrize("text", GOOD)
def test_a_template_that_prometheus_parses_has_no_fault(text: str) -> None:
    assert fault(text) is None


@pytest.mark.parametrize("text", BAD)
def test_a_template_that_prometheus_refuses_has_a_fault_that_names_its_cause(text: str) -> None:
    assert BAD[text] in (fault(text) or "")


def test_a_rule_file_with_such_a_template_is_not_loaded_and_a_recording_rule_has_none() -> None:
    alert = (
        "groups: [{name: g, rules: [{alert: A, expr: up == 0, annotations: {s: '{{ $lable }}'}}]}]"
    )
    (problem,) = prometheus_rules.parse(alert.encode()).all_problems
    assert problem == (
        "The rule A has the annotation 's', whose template uses the variable $lable, which nobody defines."
    )
    recording = "groups: [{name: g, rules: [{record: a:b, expr: up, labels: {s: '{{ $lable }}'}}]}]"
    assert prometheus_rules.parse(recording.encode()).all_problems == ()
