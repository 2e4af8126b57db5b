"""The reports of secret and dynamic scanners: read or refused whatever is done to them, claimed by one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.formats import (
    bandit_json,
    detect_secrets_json,
    gitleaks_json,
    junit,
    nuclei_json,
    pip_audit_json,
    ruff_json,
    sarif,
    trufflehog_json,
    zap_json,
    zap_xml,
)
from auditor.formats.errors import Malformed, TooLarge


@dataclass(frozen=True)
class Format:
    """A parser with a small document of each of its dialects."""

    name: str
    parse: Callable[[bytes], object]
    sniff: Callable[[bytes], bool]
    seeds: tuple[bytes, ...]


GITLEAKS_8 = [
    {"RuleID": "aws", "File": "a.tf", "StartLine": 2, "Commit": "", "Date": "2024-01-01T00:00:00Z"}
]
GITLEAKS_7 = [
    {
        "line": "x",
        "lineNumber": 3,
        "offender": "REDACTED",
        "rule": "AWS",
        "file": "a",
        "commit": "c",
    }
]
BASELINE = {
    "version": "1.5.0",
    "plugins_used": [{"name": "AWSKeyDetector"}],
    "filters_used": [
        {"path": "detect_secrets.filters.regex.should_exclude_file", "pattern": ["a"]}
    ],
    "results": {
        "a.py": [{"type": "AWS", "filename": "a.py", "hashed_secret": "0", "line_number": 1}]
    },
    "generated_at": "2026-01-01T00:00:00Z",
}
ALERT = {
    "pluginid": "40012", "name": "XSS", "riskcode": "3", "confidence": "2", "riskdesc": "High (Medium)",
    "count": "1", "instances": [{"uri": "http://a/x", "attack": "<script>"}],
}  # fmt: skip
ZAP = {
    "@programName": "ZAP",
    "@version": "2.17.0",
    "@generated": "Sun, 1 Mar 2026 12:00:00",
    "created": "2026-03-01T11:00:00.5Z",
    "insights": [{"site": "http://a", "key": "insight.code.2xx", "statistic": "60"}],
    "site": [{"@name": "http://a", "@host": "a", "alerts": [ALERT]}],
}
ZAP_XML = (
    b'<?xml version="1.0"?><OWASPZAPReport version="2.16.1" generated="Sun, 22 Jun 2025 04:04:14">'
    b'<site name="https://a" host="a"><alerts><alertitem><pluginid>10111</pluginid><name>n</name>'
    b"<riskcode>2</riskcode><confidence>1</confidence><riskdesc>Medium (Low)</riskdesc><instances>"
    b"<instance><uri>u</uri><attack/></instance></instances><count>1</count></alertitem></alerts></site>"
    b"</OWASPZAPReport>"
)
NUCLEI = {
    "template-id": "x",
    "info": {"name": "n", "severity": "high"},
    "host": "https://a",
    "timestamp": "z",
}
TRUFFLE = {
    "SourceMetadata": {"Data": {"Git": {"commit": "c", "file": "a.py", "line": 4}}},
    "DetectorName": "AWS",
    "Verified": True,
}


def written(value: Any) -> bytes:
    return json.dumps(value).encode()


FORMATS = (
    Format(
        "gitleaks",
        gitleaks_json.parse,
        gitleaks_json.sniff,
        (written(GITLEAKS_8), written(GITLEAKS_7)),
    ),
    Format(
        "detect-secrets", detect_secrets_json.parse, detect_secrets_json.sniff, (written(BASELINE),)
    ),
    Format("trufflehog", trufflehog_json.parse, trufflehog_json.sniff, (written(TRUFFLE),)),
    Format("zap-json", zap_json.parse, zap_json.sniff, (written(ZAP),)),
    Format("zap-xml", zap_xml.parse, zap_xml.sniff, (ZAP_XML,)),
    Format(
        "nuclei",
        nuclei_json.parse,
        nuclei_json.sniff,
        (written([NUCLEI]), written(NUCLEI) + b"\n" + written(NUCLEI)),
    ),
)
OTHERS = (bandit_json.sniff, pip_audit_json.sniff, ruff_json.sniff, sarif.sniff, junit.sniff)
each_format = pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
quick = settings(max_examples=60, deadline=None)
JUNK = st.sampled_from(
    [
        b"{",
        b"[",
        b"}",
        b"null",
        b"-1",
        b"1e999",
        b"NaN",
        b'"',
        b"\\",
        b"\xff",
        b"\0",
        b"<a>",
        b"&x;",
        b"\n",
    ]
) | st.binary(max_size=5)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


def read_or_refused(fmt: Format, data: bytes) -> None:
    assert fmt.sniff(data) in (True, False)
    try:
        result = fmt.parse(data)
    except (Malformed, TooLarge):
        return
    for name in dir(result):
        if not name.startswith("_") and not callable(getattr(result, name)):
            assert getattr(result, name) is not NotImplemented


@each_format
def test_a_document_is_recognised_and_by_its_own_parser_alone(fmt: Format) -> None:
    for seed in fmt.seeds:
        assert [other.name for other in FORMATS if other.sniff(seed)] == [fmt.name]
        assert not any(sniff(seed) for sniff in OTHERS)
        assert fmt.parse(seed) == fmt.parse(seed)


@each_format
def test_a_document_cut_anywhere_is_read_or_refused(fmt: Format) -> None:
    for seed in fmt.seeds:
        for length in range(len(seed)):
            read_or_refused(fmt, seed[:length])


@each_format
@quick
@given(data=st.data())
def test_a_damaged_document_is_read_or_refused(fmt: Format, data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(fmt.seeds))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(document)))
        until = data.draw(st.integers(at, min(at + 12, len(document))))
        document = document[:at] + data.draw(JUNK) + document[until:]
    read_or_refused(fmt, document)


def replaced(document: Any, data: st.DataObject) -> Any:
    if isinstance(document, dict | list) and document and data.draw(st.integers(0, 4)):
        copy = document.copy()
        keys = list(copy) if isinstance(copy, dict) else list(range(len(copy)))
        key = data.draw(st.sampled_from(keys))
        copy[key] = replaced(copy[key], data)
        return copy
    return data.draw(SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(), SCALARS))


@pytest.mark.parametrize(
    "fmt", [f for f in FORMATS if f.name != "zap-xml"], ids=lambda fmt: fmt.name
)
@quick
@given(data=st.data())
def test_a_value_of_any_type_anywhere_is_read_or_refused(fmt: Format, data: st.DataObject) -> None:
    read_or_refused(fmt, written(replaced(json.loads(fmt.seeds[0].split(b"\n")[0]), data)))


@each_format
def test_a_nesting_bomb_is_refused(fmt: Format) -> None:
    with pytest.raises((Malformed, TooLarge)):
        fmt.parse(b"<a>" * 100_000 if fmt.name == "zap-xml" else b'{"results":' * 100_000)


@each_format
def test_utf_16_is_read_as_utf_8_is(fmt: Format) -> None:
    if fmt.name != "zap-xml":
        text = fmt.seeds[0].decode()
        assert fmt.parse(text.encode("utf-16")) == fmt.parse(text.encode())
        assert fmt.parse(text.encode("utf-8-sig")) == fmt.parse(text.encode())
    assert fmt.sniff(fmt.seeds[0].decode().encode("utf-16"))
