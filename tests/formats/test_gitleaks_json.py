"""Gitleaks' reports of version 7 and 8: findings, and never a value."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.formats.scanners.gitleaks_json import parse, sniff
from auditor.formats.text.errors import Malformed

V8: dict[str, Any] = {
    "RuleID": "aws-access-token", "File": "conf/aws.tf", "StartLine": 2, "EndLine": 2, "Match": "m",
    "Secret": "s3cr3t-value", "Commit": "74d53286c5", "Date": "2021-10-14T17:05:15Z", "Entropy": 3.1,
}  # fmt: skip


def test_the_value_of_a_secret_is_not_in_the_result() -> None:
    report = parse(json.dumps([V8]).encode())
    assert "s3cr3t-value" not in repr(report)
    (leak,) = report.leaks
    assert (leak.rule, leak.path, leak.line, leak.redacted) == (
        "aws-access-token",
        "conf/aws.tf",
        2,
        False,
    )


@pytest.mark.parametrize("data", [b"null", b" null\n", b"[]"])
def test_null_and_an_empty_list_are_no_findings_and_tell_nothing_of_the_tool(data: bytes) -> None:
    assert parse(data).leaks == ()
    assert not sniff(data)
    assert parse(data).literal_null is (b"null" in data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"File": None}, "without rule and file"),
        ({"RuleID": None}, "without rule and file"),
        ({"StartLine": -1}, "shape"),
        ({"StartLine": "2"}, "shape"),
        ({"StartLine": 10**30}, "shape"),
    ],
)
def test_what_gitleaks_does_not_write_is_malformed(change: dict[str, Any], message: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(json.dumps([V8 | change]).encode())
    assert message in refused.value.message


def test_a_mixture_of_two_versions_is_malformed() -> None:
    old = {"rule": "AWS", "file": "a", "offender": "x"}
    with pytest.raises(Malformed, match="mixes"):
        parse(json.dumps([V8, old]).encode())
