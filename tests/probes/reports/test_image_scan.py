"""What reports.image_scan says of scanned images, and which image a report is of."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import COMMIT, NOW, FakeTree, problems, run_probe, values
from probes.reports.image_scan import image_scan

DIGEST = "sha256:" + "a" * 64
FILES = {"app.py": "x = 1\n"}
LABELS = {"org.opencontainers.image.revision": COMMIT}
Files = dict[str, "str | bytes | Trouble"]


def trivy(*severities: str, labels: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    """A report of Trivy over an image of this commit."""
    found = [{"VulnerabilityID": f"CVE-{s}", "PkgName": "a", "Severity": s} for s in severities]
    return {
        "SchemaVersion": 2,
        "CreatedAt": NOW.isoformat(),
        "ArtifactName": "orders:1",
        "ArtifactType": "container_image",
        "Metadata": {
            "OS": {"Family": "debian", "Name": "12"},
            "RepoDigests": [f"registry.test/orders@{DIGEST}"],
            "ImageConfig": {"config": {"Labels": LABELS if labels is None else labels}},
        },
        "Results": [
            {"Target": "orders:1 (debian 12)", "Class": "os-pkgs", "Vulnerabilities": found}
        ],
    } | changes


def grype(*severities: str, **changes: Any) -> dict[str, Any]:
    """A report of Grype over an image of this commit."""
    matches = [
        {"vulnerability": {"id": f"CVE-{s}", "severity": s}, "artifact": {"name": "a"}}
        for s in severities
    ]
    target = {"userInput": "orders:1", "repoDigests": [f"orders@{DIGEST}"], "labels": LABELS}
    return {
        "matches": matches,
        "source": {"type": "image", "target": target},
        "distro": {"name": "alpine"},
        "descriptor": {"name": "grype", "timestamp": NOW.isoformat()},
    } | changes


def seen(*reports: dict[str, Any], files: Files | None = None) -> Evidence:
    """What the probe says where the reports are untracked files of reports/."""
    ignored = {f"reports/{at}.json": json.dumps(one) for at, one in enumerate(reports)}
    return run_probe(image_scan, repo=FakeTree({**FILES, **(files or {})}, ignored=ignored))


def levels(evidence: Evidence) -> set[str]:
    return {fact.level.value for fact in evidence.facts}


def test_present_report_of_this_commits_image_counts() -> None:
    evidence = seen(trivy("HIGH", "MEDIUM"))
    assert values(evidence) == {
        "image_scan.high": 1,
        "image_scan.os_unsupported": False,
        "image_scan.suppressed": 0,
        "image_scan.images": [f"registry.test/orders@{DIGEST}"],
    }
    assert (levels(evidence), problems(evidence)) == ({"reported"}, [])
    (finding,) = evidence.findings
    assert (finding.rule, finding.location.path) == ("CVE-HIGH", "reports/0.json")


def test_grype_counts_too_but_knows_nothing_of_support() -> None:
    evidence = seen(grype("Critical"))
    assert (values(evidence)["image_scan.high"], levels(evidence)) == (1, {"reported"})
    assert "image_scan.os_unsupported" not in values(evidence)
    assert problems(evidence) == ["vacuous"]
    assert values(seen(grype()))["image_scan.high"] == 0


def test_missing_reports_are_not_configured() -> None:
    evidence = seen()
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])
    assert "trivy image" in evidence.problems[0].hint


def test_an_empty_repository_has_no_report() -> None:
    assert problems(run_probe(image_scan, repo={})) == ["not_configured"]


def test_a_malformed_report_is_a_problem() -> None:
    tree = FakeTree(FILES, ignored={"reports/a.json": json.dumps(trivy())[:-30]})
    evidence = run_probe(image_scan, repo=tree)
    assert (values(evidence), problems(evidence)) == ({}, ["malformed", "not_configured"])


def test_a_report_that_may_not_be_read_is_a_problem() -> None:
    denied = Trouble(ProblemKind.DENIED, "reports/a.json could not be read.")
    evidence = run_probe(image_scan, repo=FakeTree(FILES, ignored={"reports/a.json": denied}))
    assert problems(evidence) == ["denied", "not_configured"]


def test_a_digest_that_a_manifest_deploys_binds_the_report() -> None:
    manifest: Files = {"k8s/deploy.yaml": f"image: registry.test/orders@{DIGEST}\n"}
    assert levels(seen(trivy(labels={}), files=manifest)) == {"reported"}


def test_false_green_an_image_of_nobody_knows_what_is_only_declared() -> None:
    base: Files = {"Dockerfile": f"FROM debian@{DIGEST}\n"}
    for labels in ({}, {"org.opencontainers.image.revision": "b" * 40}):
        evidence = seen(trivy(labels=labels), files=base)
        assert (levels(evidence), problems(evidence)) == ({"declared"}, ["stale"])


def test_false_green_an_operating_system_without_support_is_said() -> None:
    old = {"OS": {"Family": "alpine", "EOSL": True}, "RepoDigests": [f"a@{DIGEST}"]}
    assert values(seen(trivy(Metadata=old)))["image_scan.os_unsupported"] is True


@pytest.mark.parametrize("results", [None, []])
def test_false_green_a_report_without_results_proves_nothing(results: list[Any] | None) -> None:
    evidence = seen(trivy(Results=results))
    assert (values(evidence), problems(evidence)) == ({}, ["vacuous", "not_configured"])


def test_false_green_an_image_without_system_and_packages_proves_nothing() -> None:
    for report in (trivy(Metadata={}), grype(distro={"name": ""})):
        evidence = seen(report)
        assert (values(evidence), problems(evidence)) == ({}, ["vacuous", "not_configured"])


def test_false_green_a_scan_of_files_is_no_scan_of_the_image() -> None:
    evidence = seen(trivy(ArtifactType="filesystem"))
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])


def test_false_green_a_filtered_scan_gives_no_clean_count() -> None:
    only_fixed = {
        "name": "grype",
        "timestamp": NOW.isoformat(),
        "configuration": {"only-fixed": True},
    }
    evidence = seen(grype(descriptor=only_fixed))
    assert "image_scan.high" not in values(evidence)
    ignoring: Files = {"trivy.yaml": "vulnerability:\n  ignore-unfixed: true\n"}
    assert "image_scan.high" not in values(seen(trivy(), files=ignoring))
    assert values(seen(trivy("HIGH"), files=ignoring))["image_scan.high"] == 1


def test_false_green_ignored_findings_are_counted() -> None:
    ignored = [{"vulnerability": {"id": "CVE-1"}}]
    assert values(seen(grype(ignoredMatches=ignored)))["image_scan.suppressed"] == 1


def test_false_green_a_vulnerability_without_severity_may_be_high() -> None:
    assert "image_scan.high" not in values(seen(trivy("UNKNOWN")))


def test_false_green_a_committed_report_is_at_most_effective() -> None:
    evidence = seen(files={"reports/a.json": json.dumps(trivy())})
    assert (levels(evidence), problems(evidence)) == ({"effective"}, ["stale"])


def test_false_green_a_report_from_the_future_is_not_believed() -> None:
    evidence = seen(trivy(CreatedAt=(NOW + timedelta(days=2)).isoformat()))
    assert (values(evidence), problems(evidence)) == ({}, ["malformed", "not_configured"])


def test_each_image_has_its_facts() -> None:
    evidence = seen(trivy("HIGH"), grype())
    high = [fact.value for fact in evidence.facts if fact.key == "image_scan.high"]
    assert high == [1, 0]
