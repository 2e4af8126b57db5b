"""For how long stores keep logs: a period counts only where something deletes by it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.formats.monitoring import log_retention
from auditor.formats.text.errors import Malformed

LOKI = """\
schema_config: {configs: [{store: tsdb}]}
limits_config: {retention_period: 720h}
compactor:
  working_directory: /loki
  retention_enabled: true
  delete_request_store: filesystem
"""


def told(text: str) -> list[tuple[float | None, str]]:
    assert log_retention.sniff_loki(text.encode())
    return [(one.days, one.against) for one in log_retention.read_loki(text)]


def test_loki_deletes_where_period_compactor_and_store_agree() -> None:
    assert told(LOKI) == [(30.0, "")]
    values = "loki:\n" + "".join(f"  {line}\n" for line in LOKI.splitlines())
    (one,) = log_retention.read_loki(values)
    assert (one.days, one.line) == (30.0, 3)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("retention_enabled: true", "retention_enabled: false", "retention_enabled"),
        ("  retention_enabled: true\n", "", "retention_enabled"),
        ("  retention_enabled: true", "  # retention_enabled: true", "retention_enabled"),
        ("  delete_request_store: filesystem\n", "", "delete_request_store"),
        ("720h", "0s", "keeps logs for ever"),
        ("720h", "12h", "below 24h"),
        ("{retention_period: 720h}", "{volume_enabled: true}", "is not set"),
    ],
)
def test_false_green_loki_deletes_nothing_where_one_of_them_lacks(
    old: str, new: str, why: str
) -> None:
    ((_, against),) = told(LOKI.replace(old, new))
    assert why in against


def test_the_table_manager_of_old_deletes_only_where_it_is_told_to() -> None:
    text = "schema_config: {configs: [{store: boltdb}]}\ntable_manager: {retention_deletes_enabled: true, retention_period: 168h}\n"
    assert told(text) == [(7.0, "")]
    assert told(text.replace("true", "false"))[0][1]
    assert told(text.replace("boltdb", "tsdb"))[0][1]


@pytest.mark.parametrize(
    ("written", "days"),
    [("720h", 30.0), ("1w2d", 9.0), ("31d", 31.0), ("0", 0.0), ("soon", None), ("", None)],
)
def test_durations_are_days(written: str, days: float | None) -> None:
    assert log_retention.days_of(written) == days


ILM = {"policy": {"phases": {"hot": {}, "delete": {"min_age": "90d", "actions": {"delete": {}}}}}}
ISM = {
    "policy": {
        "states": [
            {
                "name": "hot",
                "transitions": [{"state_name": "gone", "conditions": {"min_index_age": "14d"}}],
            },
            {"name": "gone", "actions": [{"delete": {}}]},
        ]
    }
}


@pytest.mark.parametrize(
    ("policy", "days", "against"),
    [(ILM, 90.0, False), (ISM, 14.0, False), ({"policy": {"phases": {"hot": {}}}}, None, True)],
)
def test_a_policy_keeps_until_its_phase_that_deletes(
    policy: Any, days: float | None, against: bool
) -> None:
    found = log_retention.read_policy(json.dumps(policy).encode())
    assert found is not None
    assert (found.days, bool(found.against)) == (days, against)


def test_json_of_something_else_is_no_policy() -> None:
    assert log_retention.read_policy(b'{"Statement": []}') is None
    assert log_retention.read_policy(b"[1]") is None
    with pytest.raises(Malformed):
        log_retention.read_policy(b"{")


TERRAFORM = """\
variable "days" { default = 14 }
resource "aws_cloudwatch_log_group" "a" { retention_in_days = 30 }
resource "aws_cloudwatch_log_group" "b" { retention_in_days = var.days }
resource "aws_cloudwatch_log_group" "c" { name = "c" }
resource "aws_cloudwatch_log_group" "d" { retention_in_days = var.nobody }
"""


def test_log_groups_of_terraform_are_told_with_the_default_of_a_variable() -> None:
    found = log_retention.read_terraform(TERRAFORM.encode(), path="a.tf")
    assert [(one.days, bool(one.against)) for one in found] == [
        (30.0, False),
        (14.0, False),
        (None, True),
        (None, False),
    ]


def test_cloudformation_serverless_and_flags_are_read() -> None:
    text = "Resources:\n  A: {Type: 'AWS::Logs::LogGroup', Properties: {RetentionInDays: 30}}\n  B: {Type: 'AWS::Logs::LogGroup'}\n"
    assert [(o.days, bool(o.against)) for o in log_retention.read_log_groups(text.encode(), name="a")] == [(30.0, False), (None, True)]  # fmt: skip
    assert (
        log_retention.read_log_groups(b"provider: {logRetentionInDays: 7}\n", name="a")[0].days == 7
    )
    flags = log_retention.read_flags(
        "command:\n  # - -retentionPeriod=1d\n  - -retentionPeriod=30d\n"
    )
    assert [(one.days, one.line) for one in flags] == [(30.0, 3)]
