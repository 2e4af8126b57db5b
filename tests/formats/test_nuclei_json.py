"""Nuclei's findings in their three shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.formats.errors import Malformed
from auditor.formats.nuclei_json import Severity, parse, sniff

MATCH: dict[str, Any] = {
    "template-id": "CVE-1", "info": {"name": "n", "severity": "high"}, "host": "https://a.example.net",
    "matched-at": "https://a.example.net/x", "timestamp": "2026-03-01T12:00:00.123456789+01:00",
}  # fmt: skip


def test_an_empty_file_has_no_findings_and_tells_nothing_of_the_tool() -> None:
    assert parse(b"").matches == ()
    assert parse(b"").last_found_at is None
    assert not sniff(b"")


def test_the_time_is_that_of_the_last_finding_when_all_have_one() -> None:
    line = json.dumps(MATCH).encode()
    moment = parse(line).last_found_at
    assert moment is not None
    assert moment.replace(microsecond=0) == datetime(2026, 3, 1, 11, tzinfo=UTC)
    bare = json.dumps({k: v for k, v in MATCH.items() if k != "timestamp"}).encode()
    assert parse(line + b"\n" + bare).last_found_at is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"template-id": None}, "template-id"),
        ({"info": {"severity": "terrible"}}, "severity"),
        ({"info": None}, "shape"),
    ],
)
def test_what_nuclei_does_not_write_is_malformed(change: dict[str, Any], message: str) -> None:
    with pytest.raises(Malformed, match=message):
        parse(json.dumps(MATCH | change).encode())


def test_the_line_of_a_broken_record_is_told() -> None:
    with pytest.raises(Malformed) as refused:
        parse(json.dumps(MATCH).encode() + b"\n\n{broken\n")
    assert refused.value.line == 3


def test_every_sample_gives_its_checked_facts(samples: Any) -> None:
    for name, (data, facts) in samples("nuclei").items():
        report = parse(data)
        assert len(report.matches) == facts["records"], name
        if not data:
            assert len(data) == facts["bytes"]
            continue
        assert sniff(data[:4096]), name
        severities = {Severity(k): n for k, n in facts["by_info.severity"].items()}
        assert report.by_severity == severities, name
        assert len(report.templates) == facts["unique_template_ids"], name
        assert (data.lstrip()[:1] == b"[") == (facts["shape"] == "JSON array"), name
        (key,) = facts["id_key"]
        assert f'"{key}"'.encode() in data, name
        assert facts["id_key"][key] == len(report.matches), name
