"""pip-audit's JSON: audited and skipped are never mixed up."""

from __future__ import annotations

import json

import pytest

from auditor.formats.scanners.pip_audit_json import parse, sniff
from auditor.formats.text.errors import Malformed, TooLarge

VULNERABLE = {
    "name": "ecdsa",
    "version": "0.18.0",
    "vulns": [
        {"id": "GHSA-1", "fix_versions": [], "aliases": ["CVE-1"], "description": "x"},
        {"id": "GHSA-2", "fix_versions": ["0.19"]},
    ],
}
CLEAN = {"name": "idna", "version": "3.7", "vulns": []}
SKIPPED = {"name": "internal", "skip_reason": "Dependency not found on PyPI"}
LISTED = [VULNERABLE, CLEAN, SKIPPED]


@pytest.mark.parametrize("document", [LISTED, {"dependencies": LISTED}])
def test_both_forms_tell_audited_skipped_and_vulnerable(document: object) -> None:
    report = parse(json.dumps(document).encode())
    assert [one.name for one in report.audited] == ["ecdsa", "idna"]
    assert [one.name for one in report.skipped] == ["internal"]
    assert [one.name for one in report.vulnerable] == ["ecdsa"]
    assert [(one.id, one.aliases, one.fix_versions) for one in report.vulnerabilities] == [
        ("GHSA-1", ("CVE-1",), ()),
        ("GHSA-2", (), ("0.19",)),
    ]
    assert report.fixes is None


def test_an_audit_that_skipped_everything_audited_nothing() -> None:
    report = parse(json.dumps({"dependencies": [SKIPPED] * 2, "fixes": []}).encode())
    assert (len(report.audited), len(report.skipped), len(report.vulnerabilities)) == (0, 2, 0)
    assert report.fixes == ()


def test_a_reason_to_skip_counts_even_beside_an_empty_list() -> None:
    report = parse(json.dumps([SKIPPED | {"vulns": []}]).encode())
    assert (len(report.audited), len(report.skipped)) == (0, 1)


def test_fixes_are_kept() -> None:
    fixes = [{"name": "a", "old_version": "1", "new_version": "2"}, SKIPPED]
    report = parse(json.dumps({"dependencies": [], "fixes": fixes}).encode())
    assert report.fixes is not None
    assert [(fix.name, fix.new_version, fix.skip_reason) for fix in report.fixes] == [
        ("a", "2", None),
        ("internal", None, "Dependency not found on PyPI"),
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'[{"name": "a", "version": "1"}]', "neither `vulns` nor `skip_reason`"),
        (b'[{"name": "a", "vulns": {}}]', "shape"),
        (b'[{"version": "1", "vulns": []}]', "shape"),
        (b'[{"name": "a", "vulns": [{"fix_versions": []}]}]', "shape"),
        (b'[{"name": "a", "vulns": [{"id": "x"}]}]', "shape"),
        (b'[{"name": "a", "vulns": [{"id": "x", "fix_versions": []}], "vulns": []}]', "twice"),
        (b'{"fixes": []}', "shape"),
        (b'{"dependencies": [', "cut off"),
        (b"null", "shape"),
        (b"No known vulnerabilities found", "not JSON"),
        (b"", "empty"),
    ],
)
def test_other_shapes_are_malformed(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(data)
    assert message in refused.value.message


def test_a_nesting_bomb_is_too_large() -> None:
    with pytest.raises(TooLarge):
        parse(b'{"dependencies": [], "x": ' + b"[" * 200_000)


def test_it_is_recognised_by_content() -> None:
    assert sniff(json.dumps(LISTED).encode()[:60])
    assert sniff(json.dumps({"dependencies": [SKIPPED]}, indent=1).encode())
    assert sniff(b'{"dependencies": [], "fixes": []}')
    assert not sniff(b"[]")
    assert not sniff(b'{"dependencies": {"react": "^18"}}')
    assert not sniff(b"")
