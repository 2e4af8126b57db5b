"""Small documents of scanners of code, dependencies and images, and bills of materials."""

from __future__ import annotations

import json

from auditor.formats.scanners import (
    bandit_json,
    cyclonedx_json,
    grype_json,
    hadolint_json,
    npm_audit_json,
    openvex_json,
    osv_scanner_json,
    pip_audit_json,
    sarif,
    spdx_json,
    trivy_json,
)
from tests.formats.documents.format import Format, encoded

TOTALS = {f"SEVERITY.{level}": 0 for level in ("UNDEFINED", "LOW", "MEDIUM", "HIGH")}
BANDIT = {
    "errors": [{"filename": "b.py", "reason": "x"}],
    "generated_at": "2025-01-01T00:00:00Z",
    "metrics": {"_totals": TOTALS | {"loc": 1, "nosec": 0}, "a.py": {"loc": 1, "nosec": 0}},
    "results": [
        {"filename": "a.py", "issue_severity": "LOW", "issue_confidence": "HIGH", "test_id": "B1"}
        | {"issue_text": "x", "line_number": 1}
    ],
}
PIP = [
    {"name": "a", "version": "1", "vulns": [{"id": "X", "fix_versions": ["2"], "aliases": []}]},
    {"name": "b", "skip_reason": "no"},
]
HADOLINT = [
    {
        "code": "DL3008",
        "column": 1,
        "file": "Dockerfile",
        "level": "warning",
        "line": 4,
        "message": "x",
    }
]
SARIF = {
    "version": "2.1.0",
    "runs": [
        {
            "tool": {"driver": {"name": "T", "version": "1", "rules": [
                {"id": "R1", "defaultConfiguration": {"level": "error"}, "properties": {"security-severity": "8.1"}}
            ]}},
            "invocations": [{"executionSuccessful": True, "endTimeUtc": "2026-03-01T12:00:00Z"}],
            "results": [
                {"ruleId": "R1", "ruleIndex": 0, "message": {"text": "x"}, "suppressions": [{"status": "accepted"}],
                 "locations": [{"physicalLocation": {"artifactLocation": {"uri": "a.py"}, "region": {"startLine": 3}}}]}
            ],
        }
    ],
}  # fmt: skip
TRIVY = {
    "SchemaVersion": 2, "CreatedAt": "2026-03-01T12:00:00Z", "ArtifactName": "a", "ArtifactType": "container_image",
    "Metadata": {"OS": {"Family": "alpine", "Name": "3.1", "EOSL": True}, "ImageID": "sha256:0"},
    "Results": [
        {
            "Target": "a (alpine 3.1)", "Class": "os-pkgs", "Type": "alpine",
            "Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "p", "InstalledVersion": "1",
                                 "FixedVersion": "2", "Severity": "HIGH"}],
            "Misconfigurations": [{"ID": "DS001", "Title": "t", "Severity": "LOW", "Status": "FAIL",
                                   "CauseMetadata": {"StartLine": 1}}],
            "Secrets": [{"Severity": "HIGH"}],
        }
    ],
}  # fmt: skip
TRIVY_CLUSTER = {
    "ClusterName": "c",
    "Vulnerabilities": [{"Kind": "Pod", "Name": "n", "Results": TRIVY["Results"]}],
}
GRYPE = {
    "matches": [
        {"vulnerability": {"id": "CVE-1", "severity": "High", "fix": {"state": "fixed"}},
         "artifact": {"name": "p", "version": "1", "locations": [{"path": "/a"}]}}
    ],
    "source": {"type": "image", "target": {"userInput": "a:1", "imageID": "sha256:0"}},
    "distro": {"name": "debian"},
    "descriptor": {"name": "grype", "version": "1", "timestamp": "2026-03-01T12:00:00Z"},
    "ignoredMatches": [],
}  # fmt: skip
OSV = {
    "results": [
        {"source": {"path": "/a/go.mod", "type": "lockfile"},
         "packages": [{"package": {"name": "p", "version": "1"},
                       "vulnerabilities": [{"id": "GO-1", "database_specific": {"severity": "HIGH"}}],
                       "groups": [{"ids": ["GO-1"], "max_severity": "7.5"}]}]}
    ]
}  # fmt: skip
COUNTED = {"info": 0, "low": 0, "moderate": 0, "high": 1, "critical": 0}
NPM_7 = {
    "auditReportVersion": 2,
    "vulnerabilities": {"p": {"name": "p", "severity": "high", "isDirect": True, "range": "<2", "fixAvailable": True}},
    "metadata": {"vulnerabilities": COUNTED, "dependencies": {"total": 9}},
}  # fmt: skip
NPM_6 = {
    "actions": [],
    "advisories": {"1": {"severity": "high", "module_name": "p", "patched_versions": ">=2"}},
    "muted": [],
    "metadata": {"vulnerabilities": COUNTED, "dependencies": 9, "totalDependencies": 9},
}
CYCLONEDX = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "metadata": {"timestamp": "2026-03-01T12:00:00Z", "tools": [{"name": "syft", "version": "1"}]},
    "components": [
        {"type": "library", "name": "p", "version": "1", "purl": "pkg:npm/p@1"}
        | {"licenses": [{"license": {"id": "MIT"}}], "components": [{"type": "file", "name": "q"}]}
    ],
    "dependencies": [{"ref": "a", "dependsOn": ["b"]}],
    "vulnerabilities": [{"id": "CVE-1", "analysis": {"state": "not_affected"}}],
}
SPDX = {
    "spdxVersion": "SPDX-2.3",
    "SPDXID": "SPDXRef-DOCUMENT",
    "creationInfo": {"created": "2026-03-01T12:00:00Z", "creators": ["Tool: syft-1"]},
    "packages": [
        {"SPDXID": "SPDXRef-p", "name": "p", "versionInfo": "1", "licenseDeclared": "MIT"}
        | {"externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:npm/p@1"}]}
    ],
    "relationships": [
        {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES"}
        | {"relatedSpdxElement": "SPDXRef-p"}
    ],
}
OPENVEX = {
    "@context": "https://openvex.dev/ns/v0.2.0",
    "timestamp": "2026-03-01T12:00:00Z",
    "statements": [
        {"vulnerability": {"name": "CVE-1"}, "status": "not_affected"}
        | {"justification": "component_not_present"}
    ],
}

FORMATS = (
    Format("bandit_json", bandit_json.parse, bandit_json.sniff, encoded(BANDIT)),
    Format(
        "pip_audit_json",
        pip_audit_json.parse,
        pip_audit_json.sniff,
        encoded(PIP, {"dependencies": PIP, "fixes": []}),
    ),
    Format(
        "hadolint_json",
        hadolint_json.parse,
        hadolint_json.sniff,
        (*encoded(HADOLINT), json.dumps(HADOLINT).encode() * 2),
    ),
    Format("sarif", sarif.parse, sarif.sniff, encoded(SARIF)),
    Format(
        "trivy_json",
        trivy_json.parse,
        trivy_json.sniff,
        encoded(TRIVY, TRIVY_CLUSTER, TRIVY["Results"]),
    ),
    Format("grype_json", grype_json.parse, grype_json.sniff, encoded(GRYPE)),
    Format("osv_scanner_json", osv_scanner_json.parse, osv_scanner_json.sniff, encoded(OSV)),
    Format("npm_audit_json", npm_audit_json.parse, npm_audit_json.sniff, encoded(NPM_7, NPM_6)),
    Format("cyclonedx_json", cyclonedx_json.parse, cyclonedx_json.sniff, encoded(CYCLONEDX)),
    Format("spdx_json", spdx_json.parse, spdx_json.sniff, encoded(SPDX)),
    Format("openvex_json", openvex_json.parse, openvex_json.sniff, encoded(OPENVEX)),
)
