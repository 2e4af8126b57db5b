"""Baselines of detect-secrets: what is open, and what somebody called a false positive."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.formats.scanners.detect_secrets_json import parse
from auditor.formats.text.errors import Malformed

BASELINE: dict[str, Any] = {
    "version": "1.5.0",
    "plugins_used": [{"name": "AWSKeyDetector"}, {"name": "Base64HighEntropyString", "limit": 4.5}],
    "filters_used": [
        {"path": "detect_secrets.filters.heuristic.is_lock_file"},
        {"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["a", "b"]},
    ],
    "results": {
        "a.py": [
            {
                "type": "AWS Access Key",
                "hashed_secret": "ab",
                "line_number": 3,
                "is_verified": False,
            },
            {"type": "Secret Keyword", "line_number": 4, "is_secret": False},
            {"type": "Secret Keyword", "is_secret": True},
        ]
    },
    "generated_at": "2026-03-01T12:00:00Z",
}


def test_dismissed_findings_are_not_open() -> None:
    baseline = parse(json.dumps(BASELINE).encode())
    assert [s.line for s in baseline.dismissed] == [4]
    assert [s.line for s in baseline.open] == [3, None]
    assert baseline.plugins == ("AWSKeyDetector", "Base64HighEntropyString")


def test_patterns_that_keep_files_out_are_counted() -> None:
    assert parse(json.dumps(BASELINE).encode()).exclusions == 2
    old = {k: v for k, v in BASELINE.items() if k != "filters_used"}
    assert (
        parse(json.dumps(old | {"exclude": {"files": "x", "lines": None}}).encode()).exclusions == 1
    )
    assert parse(json.dumps(old).encode()).exclusions == 0


def test_a_slim_baseline_has_no_time() -> None:
    slim = {k: v for k, v in BASELINE.items() if k != "generated_at"}
    assert parse(json.dumps(slim).encode()).generated_at is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"results": []}, "shape"),
        ({"results": {"a": [{"line_number": 1}]}}, "shape"),
        ({"results": {"a": [{"type": "x", "line_number": -1}]}}, "shape"),
        ({"plugins_used": None}, "shape"),
    ],
)
def test_other_shapes_are_malformed(change: dict[str, Any], message: str) -> None:
    with pytest.raises(Malformed, match=message):
        parse(json.dumps(BASELINE | change).encode())
