"""Small documents of scanners for secrets, and of running services."""

from __future__ import annotations

from auditor.formats.scanners import (
    detect_secrets_json,
    gitleaks_json,
    nuclei_json,
    trufflehog_json,
    zap_json,
    zap_xml,
)
from tests.formats.documents.format import Format, encoded

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


FORMATS = (
    Format(
        "gitleaks",
        gitleaks_json.parse,
        gitleaks_json.sniff,
        encoded(GITLEAKS_8, GITLEAKS_7),
    ),
    Format(
        "detect-secrets", detect_secrets_json.parse, detect_secrets_json.sniff, encoded(BASELINE)
    ),
    Format("trufflehog", trufflehog_json.parse, trufflehog_json.sniff, encoded(TRUFFLE)),
    Format("zap-json", zap_json.parse, zap_json.sniff, encoded(ZAP)),
    Format("zap-xml", zap_xml.parse, zap_xml.sniff, (ZAP_XML,)),
    Format(
        "nuclei",
        nuclei_json.parse,
        nuclei_json.sniff,
        (*encoded([NUCLEI]), b"\n".join(encoded(NUCLEI, NUCLEI))),
    ),
)
