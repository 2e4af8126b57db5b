"""What reports.vulnerabilities says of scans of the repository, and what makes a clean one worthless."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import COMMIT, NOW, FakeTree, problems, run_probe, values
from probes.reports.vulnerabilities import vulnerabilities

FILES = {"poetry.lock": "[[package]]\n"}


def found(severity: str, *, fixed: bool = True) -> dict[str, Any]:
    """One vulnerability of Trivy."""
    return {
        "VulnerabilityID": f"CVE-{severity}",
        "PkgName": "one",
        "InstalledVersion": "1.0",
        "Severity": severity,
        "FixedVersion": "2.0" if fixed else "",
    }


def trivy(
    *severities: str, targets: tuple[str, ...] = ("poetry.lock",), **changes: Any
) -> dict[str, Any]:
    """A report of Trivy over this commit; the vulnerabilities are of the first target."""
    results = [
        {"Target": target, "Class": "lang-pkgs", "Packages": [{"Name": "one"}]}
        for target in targets
    ]
    if results:
        results[0]["Vulnerabilities"] = [found(severity) for severity in severities]
    return {
        "SchemaVersion": 2,
        "CreatedAt": NOW.isoformat(),
        "ArtifactName": ".",
        "ArtifactType": "repository",
        "Metadata": {"Commit": COMMIT},
        "Results": results,
    } | changes


def config(*checks: tuple[str, str]) -> dict[str, Any]:
    """A result of Trivy over a Dockerfile: severities and statuses of its checks."""
    failed = [{"ID": "DS002", "Severity": level, "Status": status} for level, status in checks]
    return {"Target": "Dockerfile", "Class": "config", "Misconfigurations": failed}


def npm(high: int = 0, total: int = 9) -> dict[str, Any]:
    """A report of npm 7 with so many packages that are high."""
    packages = {f"p{at}": {"name": f"p{at}", "severity": "high"} for at in range(high)}
    counts = {"vulnerabilities": {"high": high}, "dependencies": {"total": total}}
    return {"auditReportVersion": 2, "vulnerabilities": packages, "metadata": counts}


def osv(*packages: dict[str, Any], path: str = "/src/poetry.lock") -> dict[str, Any]:
    """A report of OSV-Scanner over one lock file."""
    source = {"path": path, "type": "lockfile"}
    return {"results": [{"source": source, "packages": list(packages)}], "experimental_config": {}}


def seen(
    *reports: dict[str, Any], files: dict[str, str | bytes | Trouble] | None = None, **more: Any
) -> Evidence:
    """What the probe says where the reports are untracked files of reports/."""
    ignored = {f"reports/{at}.json": json.dumps(one) for at, one in enumerate(reports)}
    tree = FakeTree(FILES if files is None else files, ignored=ignored)
    return run_probe(vulnerabilities, repo=tree, **more)


def test_present_reports_are_counted_and_bound_to_the_commit() -> None:
    evidence = seen(trivy("HIGH", "CRITICAL", "MEDIUM"))
    assert values(evidence) == {
        "vulnerabilities.high": 2,
        "vulnerabilities.open": 3,
        "vulnerabilities.suppressed": 0,
        "vulnerabilities.packages": 1,
        "misconfigurations.high": 0,
    }
    assert {fact.level.value for fact in evidence.facts} == {"reported"}
    assert [f.rule for f in evidence.findings] == ["CVE-CRITICAL", "CVE-HIGH"]
    assert evidence.findings[0].location.path == "poetry.lock"


def test_a_clean_scan_of_every_lock_file_is_clean() -> None:
    evidence = seen(trivy())
    assert (values(evidence)["vulnerabilities.high"], problems(evidence)) == (0, [])


def test_missing_reports_are_not_configured() -> None:
    evidence = seen()
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])
    assert "trivy fs" in evidence.problems[0].hint


def test_an_empty_repository_has_nothing_to_scan() -> None:
    assert problems(run_probe(vulnerabilities, repo={})) == ["not_configured"]
    evidence = seen(trivy(targets=()), files={"README.md": "hello"})
    assert (values(evidence), problems(evidence)) == ({}, ["vacuous", "not_configured"])


def test_a_malformed_report_is_a_problem() -> None:
    tree = FakeTree(FILES, ignored={"reports/a.json": json.dumps(trivy())[:-30]})
    evidence = run_probe(vulnerabilities, repo=tree)
    assert (values(evidence), problems(evidence)) == ({}, ["malformed", "not_configured"])


def test_a_report_that_may_not_be_read_is_a_problem() -> None:
    denied = Trouble(ProblemKind.DENIED, "reports/a.json could not be read.")
    evidence = run_probe(vulnerabilities, repo=FakeTree(FILES, ignored={"reports/a.json": denied}))
    assert problems(evidence) == ["denied", "not_configured"]


def test_reports_of_several_tools_cover_the_lock_files_together() -> None:
    files: dict[str, str | bytes | Trouble] = {**FILES, "web/package-lock.json": "{}"}
    evidence = seen(trivy("HIGH"), npm(high=2), files=files)
    assert values(evidence)["vulnerabilities.high"] == 3
    assert values(evidence)["vulnerabilities.packages"] == 10
    high = next(f for f in evidence.facts if f.key == "vulnerabilities.high")
    assert (high.level.value, high.produced_at) == ("effective", None)


def test_osv_with_all_packages_is_a_clean_scan() -> None:
    evidence = seen(osv({"package": {"name": "one"}}))
    assert values(evidence)["vulnerabilities.high"] == 0
    assert {fact.level.value for fact in evidence.facts} == {"effective"}


def test_failed_checks_of_infrastructure_are_counted() -> None:
    results = [*trivy()["Results"], config(("HIGH", "FAIL"), ("CRITICAL", "PASS"), ("LOW", "FAIL"))]
    evidence = seen(trivy(Results=results), files={**FILES, "Dockerfile": "FROM a\n"})
    assert values(evidence)["misconfigurations.high"] == 1


def test_false_green_infrastructure_that_nobody_looked_at_is_not_clean() -> None:
    evidence = seen(trivy(), files={**FILES, "Dockerfile": "FROM a\n"})
    assert "misconfigurations.high" not in values(evidence)
    assert problems(evidence) == ["vacuous"]


def test_false_green_results_null_prove_nothing() -> None:
    evidence = seen(trivy(Results=None))
    assert (values(evidence), problems(evidence)) == ({}, ["vacuous", "not_configured"])


def test_false_green_a_lock_file_without_packages_proves_nothing() -> None:
    empty = trivy(Results=[{"Target": "poetry.lock", "Class": "lang-pkgs", "Packages": []}])
    evidence = seen(empty)
    assert (values(evidence), problems(evidence)) == ({}, ["vacuous", "not_configured"])


def test_false_green_low_ones_are_open_whatever_is_in_doubt() -> None:
    evidence = seen(trivy("LOW"), files={**FILES, "web/yarn.lock": "# yarn\n"})
    assert "vulnerabilities.high" not in values(evidence)
    assert values(evidence)["vulnerabilities.open"] == 1


def test_settings_of_nothing_but_lines_take_no_time() -> None:
    blank = "\n" * 900_000
    files: dict[str, str | bytes | Trouble] = {
        **FILES, ".trivyignore": blank, "trivy.yaml": blank, ".trivyignore.yaml": blank,
    }  # fmt: skip
    assert values(seen(trivy(), files=files))["vulnerabilities.suppressed"] == 0


def test_false_green_a_lock_file_that_no_report_names_is_not_clean() -> None:
    evidence = seen(trivy(), files={**FILES, "web/yarn.lock": "# yarn\n"})
    assert "vulnerabilities.high" not in values(evidence)
    assert "web/yarn.lock" in evidence.problems[0].message


def test_false_green_the_lock_file_of_another_service_is_another_one() -> None:
    files: dict[str, str | bytes | Trouble] = {"a/poetry.lock": "x", "b/poetry.lock": "x"}
    evidence = seen_below("a", trivy(targets=("b/poetry.lock",)), files)
    assert "vulnerabilities.high" not in values(evidence)
    assert (
        values(seen_below("a", trivy(targets=("a/poetry.lock",)), files))["vulnerabilities.high"]
        == 0
    )


def seen_below(root: str, report: dict[str, Any], files: dict[str, Any]) -> Evidence:
    """What the probe says of a service in a folder."""
    tree = FakeTree(files, ignored={f"{root}/reports/trivy.json": json.dumps(report)})
    return run_probe(vulnerabilities, repo=tree, root=root)


def test_false_green_without_a_lock_file_nothing_has_a_version() -> None:
    evidence = seen(trivy(targets=("deploy.sh",)), files={"app.py": "x = 1\n"})
    assert "vulnerabilities.high" not in values(evidence)
    assert problems(evidence) == ["vacuous"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("trivy.yaml", "severity:\n  - CRITICAL\n"),
        ("trivy.yaml", "severity: CRITICAL\n"),
        ("trivy.yaml", "vulnerability:\n  ignore-unfixed: true\n"),
        (".github/workflows/ci.yml", "run: trivy fs --severity CRITICAL .\n"),
        (
            ".github/workflows/ci.yml",
            "uses: aquasecurity/trivy-action\nwith:\n  severity: 'CRITICAL'\n",
        ),
        (".github/workflows/ci.yml", "run: trivy fs --ignore-unfixed .\n"),
        (".gitlab-ci.yml", "trivy:\n  variables:\n    TRIVY_SEVERITY: CRITICAL\n"),
    ],
)
def test_false_green_a_filter_in_the_settings_hides_what_it_left_out(path: str, text: str) -> None:
    evidence = seen(trivy(), files={**FILES, path: text})
    assert "vulnerabilities.high" not in values(evidence)
    assert path in evidence.problems[0].message


def test_a_filter_that_the_report_disproves_or_that_keeps_high_is_none() -> None:
    files: dict[str, str | bytes | Trouble] = {
        **FILES,
        "trivy.yaml": "severity: CRITICAL\nignore-unfixed: true\n",
    }
    shown = trivy(
        Results=[{"Target": "poetry.lock", "Vulnerabilities": [found("LOW", fixed=False)]}]
    )
    assert values(seen(shown, files=files))["vulnerabilities.high"] == 0
    files["trivy.yaml"] = "severity: HIGH,CRITICAL\n"
    assert values(seen(trivy(), files=files))["vulnerabilities.high"] == 0


def test_false_green_ignore_files_are_counted() -> None:
    ignore = "# reason\nCVE-1\nCVE-2 exp:2027-01-01\n"
    evidence = seen(trivy(), files={**FILES, ".trivyignore": ignore})
    assert values(evidence)["vulnerabilities.suppressed"] == 2
    yaml = "vulnerabilities:\n  - id: CVE-1\n  - id: CVE-2\n"
    evidence = seen(trivy(), files={**FILES, ".trivyignore.yaml": yaml})
    assert values(evidence)["vulnerabilities.suppressed"] == 2


def test_false_green_npm_that_did_not_run_is_malformed() -> None:
    evidence = seen({"error": {"code": "ENOAUDIT"}}, files={"package-lock.json": "{}"})
    assert (values(evidence), problems(evidence)) == ({}, ["malformed", "not_configured"])


def test_false_green_npm_over_no_package_is_vacuous() -> None:
    evidence = seen(npm(total=0), files={"package-lock.json": "{}"})
    assert (values(evidence), problems(evidence)) == ({}, ["stale", "vacuous", "not_configured"])


def test_false_green_osv_that_lists_nothing_is_vacuous() -> None:
    evidence = seen({"results": [], "experimental_config": {}})
    assert (values(evidence), problems(evidence)) == ({}, ["stale", "vacuous", "not_configured"])


def test_false_green_grype_that_lists_nothing_is_vacuous() -> None:
    grype = {
        "matches": [],
        "source": {"type": "directory", "target": "."},
        "descriptor": {"name": "grype", "timestamp": NOW.isoformat()},
    }
    evidence = seen(grype)
    assert (values(evidence), problems(evidence)) == ({}, ["vacuous", "not_configured"])


def test_false_green_a_vulnerability_without_severity_may_be_high() -> None:
    evidence = seen(trivy("UNKNOWN"))
    assert "vulnerabilities.high" not in values(evidence)
    assert problems(evidence) == ["vacuous"]


def test_false_green_a_scan_of_an_image_is_none_of_the_repository() -> None:
    evidence = seen(trivy(ArtifactType="container_image"))
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])


def test_false_green_a_committed_or_foreign_report_is_at_most_effective() -> None:
    committed: dict[str, str | bytes | Trouble] = {**FILES, "reports/a.json": json.dumps(trivy())}
    for evidence in (
        seen(files=committed),
        seen(trivy(Metadata={"Commit": "b" * 40})),
        seen(trivy(CreatedAt=None, Metadata={})),
    ):
        assert {fact.level.value for fact in evidence.facts} == {"effective"}
        assert problems(evidence) == ["stale"]


def test_false_green_a_report_from_the_future_is_not_believed() -> None:
    evidence = seen(trivy(CreatedAt=(NOW + timedelta(days=2)).isoformat()))
    assert (values(evidence), problems(evidence)) == ({}, ["malformed", "not_configured"])


def test_a_hostile_target_is_no_way_out_of_the_repository() -> None:
    evidence = seen(trivy(targets=("poetry.lock", "../../etc/passwd")))
    assert values(evidence)["vulnerabilities.high"] == 0
