"""Expressions of Azure Pipelines, as far as events and parameters decide them."""

from __future__ import annotations

import pytest

from auditor.formats.ci.azure_condition import truth

VALUES = {"build.reason": "PullRequest", "parameters.deploy": "false", "unset": None}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("succeeded()", True),
        ("failed()", False),
        ("false", False),
        ("and(succeeded(), eq(variables['Build.Reason'], 'PullRequest'))", True),
        ("ne(variables['Build.Reason'], 'PullRequest')", False),
        ("eq(variables.unset, '')", True),
        ("or(eq(variables['other'], 'a'), true)", True),
        ("and(eq(variables['other'], 'a'), false)", False),
        ("eq(variables['other'], 'a')", None),
        ("not(eq(parameters.deploy, true))", True),
        ("in(variables['Build.Reason'], 'Manual', 'Schedule')", False),
        ("notIn(variables['Build.Reason'], 'Manual')", True),
        ("startsWith(variables['Build.Reason'], 'pull')", True),
        ("coalesce('a', 'b')", None),
        ("and(", None),
        ("eq('a' 'b')", None),
        ("'it''s' ", True),
        ("(" * 5_000, None),
        ("not(" * 100 + "true" + ")" * 100, None),
    ],
)
def test_truth(text: str, holds: bool | None) -> None:
    assert truth(text, VALUES) is holds
