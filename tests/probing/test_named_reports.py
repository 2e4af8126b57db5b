"""A file that bears the name of a report and is none is named; a report of something else is not."""

from __future__ import annotations

import json

import pytest

from auditor.model.evidence import Evidence
from auditor.probing.contract import Probe
from auditor.probing.testing import FakeTree, run_probe
from probes.reports.dast import dast
from probes.reports.hadolint import hadolint
from probes.reports.image_scan import image_scan
from probes.reports.load import load
from probes.reports.sarif import sarif
from probes.reports.sbom import sbom
from probes.reports.vulnerabilities import vulnerabilities

NAMES = [
    (image_scan, "trivy-image.json"),
    (image_scan, "reports/grype.json"),
    (vulnerabilities, "reports/osv-scanner.json"),
    (vulnerabilities, "npm-audit.json"),
    (sarif, "semgrep.sarif"),
    (sbom, "reports/sbom.json"),
    (sbom, "orders.cdx.json"),
    (hadolint, "reports/hadolint.json"),
    (dast, "reports/zap.xml"),
    (dast, "reports/nuclei.jsonl"),
    (load, "reports/k6.json"),
    (load, "reports/locust_stats.csv"),
]
CYCLONEDX = json.dumps({
    "bomFormat": "CycloneDX",
    "specVersion": "1.5",
    "components": [{"type": "library", "name": "left-pad", "version": "1.3.0"}],
})  # fmt: skip


def seen(probe: Probe, name: str, text: str) -> Evidence:
    return run_probe(
        probe, repo=FakeTree({"Dockerfile": "FROM a\n", "app.py": "x = 1\n"}, ignored={name: text})
    )


def named(evidence: Evidence, name: str) -> list[str]:
    return [p.kind.value for p in evidence.problems if f"{name} has the name of one" in p.message]


@pytest.mark.parametrize("text", ["", "Error: connection refused\n", '{"Schema'])
@pytest.mark.parametrize(("probe", "name"), NAMES)
def test_what_is_no_report_is_named(probe: Probe, name: str, text: str) -> None:
    evidence = seen(probe, name, text)
    assert evidence.problems
    assert named(evidence, name) == ["malformed"] or name in evidence.problems[0].message


@pytest.mark.parametrize("probe", [image_scan, vulnerabilities])
def test_a_bill_of_materials_that_trivy_wrote_is_no_broken_scan(probe: Probe) -> None:
    evidence = seen(probe, "trivy-sbom.json", CYCLONEDX)
    assert named(evidence, "trivy-sbom.json") == []
    assert [p.kind.value for p in evidence.problems] == ["not_configured"]


def test_test_data_is_not_named() -> None:
    evidence = seen(sarif, "tests/fixtures/broken.sarif", "")
    assert [p.kind.value for p in evidence.problems] == ["not_configured"]
