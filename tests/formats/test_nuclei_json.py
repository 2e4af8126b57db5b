"""Nuclei's findings in their three shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.formats.scanners.nuclei_json import parse, sniff
from auditor.formats.text.errors import Malformed

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
        ({"template-id": None, "templateID": ""}, "template-id"),
        ({"templateID": 7}, "shape"),
        ({"info": {"severity": "terrible"}}, "severity"),
        ({"info": None}, "shape"),
    ],
)
def test_what_nuclei_does_not_write_is_malformed(change: dict[str, Any], message: str) -> None:
    with pytest.raises(Malformed, match=message):
        parse(json.dumps(MATCH | change).encode())


def test_an_array_is_closed_and_lines_may_have_been_cut_off_unseen() -> None:
    line = json.dumps(MATCH).encode()
    assert not parse(line + b"\n" + line + b"\n").closed
    array = b"\n [" + line + b", " + line + b"]\n"
    assert (parse(array).closed, len(parse(array).matches)) == (True, 2)
    assert parse(array.decode().encode("utf-16")).closed
    assert (parse(b"[]").closed, parse(b"").closed) == (True, False)
    with pytest.raises(Malformed, match="cut off"):
        parse(array[:-3])


@pytest.mark.parametrize(
    ("names", "old"),
    [
        ({"template-id": "CVE-1"}, False),
        ({"template-id": None, "templateID": "CVE-1"}, True),
        ({"template-id": "", "templateID": "CVE-1"}, True),
        ({"template-id": "CVE-1", "templateID": "CVE-2"}, False),
    ],
)
def test_the_way_of_old_versions_to_name_a_template_is_told(
    names: dict[str, Any], old: bool
) -> None:
    (match,) = parse(json.dumps(MATCH | names).encode()).matches
    assert (match.template, match.old) == ("CVE-1", old)


def test_the_line_of_a_broken_record_is_told() -> None:
    with pytest.raises(Malformed) as refused:
        parse(json.dumps(MATCH).encode() + b"\n\n{broken\n")
    assert refused.value.line == 3
