"""Scanners of code, dependencies and images, and bills of materials."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

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
from auditor.formats.scanners.vulnerability_scan import Severity
from tests.formats.sample_facts.folder import Facts, Folder, Refusal, counted


def of_bandit(data: bytes) -> Facts:
    report = bandit_json.parse(data)
    assert report.generated_at is not None
    high = bandit_json.Rank.HIGH
    return {
        "by_issue_confidence": counted(one.confidence.name for one in report.findings),
        "by_issue_severity": counted(one.severity.name for one in report.findings),
        "errors": len(report.errors),
        "generated_at": f"{report.generated_at:%Y-%m-%dT%H:%M:%SZ}",
        "has_issue_cwe": any(one.cwe for one in report.findings),
        "high_sev_high_conf": report.count(high, high),
        "results": len(report.findings),
        "totals_SEVERITY.HIGH": report.severity_totals[high],
        "totals_loc": report.totals.loc,
        "totals_nosec": report.totals.nosec,
        "windows_paths": any("\\" in one.path for one in report.findings),
    }


def of_pip_audit(data: bytes) -> Facts:
    report = pip_audit_json.parse(data)
    entries = report.vulnerabilities
    return {
        "dependencies": len(report.dependencies),
        "entries_with_fix_versions": sum(bool(one.fix_versions) for one in entries),
        "fixes_key": report.fixes is not None,
        "schema": "old top-level list" if report.plain_list else "new {dependencies}",
        "skipped_dependencies": len(report.skipped),
        "unique_vuln_ids": len({one.id for one in entries}),
        "vulnerability_entries": len(entries),
        "vulnerable_dependencies": len(report.vulnerable),
    }


def of_hadolint(data: bytes) -> Facts:
    report = hadolint_json.parse(data)
    return {
        "by_level": counted(one.rank.name.lower() for one in report.findings),
        "codes": counted(one.code for one in report.findings),
        "files": len(report.paths),
        "findings": len(report.findings),
        "json_documents_in_file": report.documents,
    }


def severities(found: Iterable[Severity], names: Mapping[str, str]) -> dict[str, int]:
    return counted(names.get(one.name, one.name) for one in found)


def of_trivy(data: bytes) -> Facts:
    report = trivy_json.parse(data)
    found, checks = report.vulnerabilities, report.misconfigurations
    unrated = {"UNRATED": "UNKNOWN"}
    return {
        "ArtifactType": report.scanned_as or None,
        "by_severity": severities((one.severity for one in found), unrated),
        # Without results there are no targets; those of a cluster stand below its resources.
        "has_Results_key": bool(report.targets) and report.dialect == "schema 2",
        "misconfig_by_status": counted(one.status for one in checks),
        "misconfig_fail_by_severity": severities(
            (one.severity for one in checks if one.status == "FAIL"), unrated
        ),
        "misconfigurations": len(checks),
        "results": len(report.targets),
        "schema": {
            "schema 2": "SchemaVersion 2",
            "cluster": "k8s report",
            "list": "legacy list",
        }[report.dialect],
        "secrets": len(report.secrets),
        "secrets_by_severity": severities(report.secrets, unrated),
        "unique_vuln_ids": len({one.id for one in found}),
        "vuln_status": counted(one.status for one in found if one.status is not None),
        "vulnerabilities": len(found),
        "with_FixedVersion": sum(bool(one.fixed) for one in found),
    }


def of_grype(data: bytes) -> Facts:
    report = grype_json.parse(data)
    found = report.vulnerabilities
    names = {one.name: one.name.capitalize() for one in Severity} | {"UNRATED": "Unknown"}
    return {
        "by_severity": severities((one.severity for one in found), names),
        "distro": report.os_family or "",
        "fix_state": counted("(null)" if one.status is None else one.status for one in found),
        "ignoredMatches": report.suppressed,
        "matches": len(found),
        "source_type": report.scanned_as,
        "unique_vuln_ids": len({one.id for one in found}),
    }


def of_osv(data: bytes) -> Facts:
    report = osv_scanner_json.parse(data)
    found = report.vulnerabilities
    packages = {(one.place, one.package, one.version) for one in found}
    scores = {(one.place, one.package, one.version, one.flaw): one.score for one in found}
    rated = [score for score in scores.values() if score is not None]
    return {
        "database_specific_severity": counted(one.rated or "(null)" for one in found),
        "groups": len(scores),
        "groups_max_severity_ge_7": sum(score >= 7 for score in rated),
        "groups_with_max_severity": len(rated),
        "packages": len(packages),
        "results": len(report.targets),
        "unique_vuln_ids": len({one.id for one in found}),
        "vulnerability_entries": len(found),
        "windows_source_paths": sum(target[1:3] == ":/" for target in report.targets),
    }


def of_npm(data: bytes) -> Facts:
    report = npm_audit_json.parse(data)
    names = {one.name: one.name.lower() for one in Severity}
    names |= {"NEGLIGIBLE": "info", "MEDIUM": "moderate"}
    by_severity = severities((one.severity for one in report.vulnerabilities), names)
    number = len(report.vulnerabilities)
    parts = {name: count for name, count in report.stated.items() if name != "total"}
    schemas = {
        "advisories": "npm6 advisories",
        "report version 2": "auditReportVersion 2",
    }
    return {
        "advisories": number,
        "advisories_by_severity": by_severity,
        "by_severity": by_severity,
        "direct": sum(one.direct is True for one in report.vulnerabilities),
        "metadata_sum": sum(parts.values()),
        "metadata_vulnerabilities": report.stated,
        "schema": schemas[report.dialect],
        "vulnerabilities": number,
    }


def of_sarif(data: bytes) -> Facts:
    log = sarif.parse(data)
    results = [result for run in log.runs for result in run.results or ()]
    ratings = [one.security_severity for one in results if one.security_severity is not None]
    return {
        "by_effective_level": counted(str(one.level) for one in results),
        "by_rule_security-severity": counted(
            "high>=7.0" if rating >= 7 else "medium>=4.0" if rating >= 4 else "low"
            for rating in ratings
        ),
        "executionSuccessful": [run.successful for run in log.runs if run.successful is not None],
        "notifications": sum(run.notifications for run in log.runs),
        "results": len(results),
        "rules": sum(len(run.rules) for run in log.runs),
        "runs": len(log.runs),
        "runs_without_results_key": sum(run.results is None for run in log.runs),
        "suppressed_results": sum(one.suppressed for one in results),
        # Any other version is refused.
        "version": "2.1.0",
    }


def of_sbom(data: bytes) -> Facts:
    (fmt,) = [one for one in (cyclonedx_json, openvex_json, spdx_json) if one.sniff(data[:8192])]
    bill = fmt.parse(data)
    number = len(bill.components)
    licensed = sum(one.licensed for one in bill.components)
    with_purl = sum(bool(one.purl) for one in bill.components)
    if fmt is spdx_json:
        return {
            "files": bill.files,
            "format": bill.format,
            "licenseDeclared_known": licensed,
            "packages": number,
            "relationships": bill.relations,
            "with_purl_ref": with_purl,
        }
    name, _, version = bill.format.partition(" ")
    return {
        "components_incl_nested": number,
        "components_top_level": bill.top_level,
        "dependencies": bill.relations,
        "format": name,
        "specVersion": version,
        "vulnerabilities": bill.vulnerabilities,
        "with_licenses": licensed,
        "with_purl": with_purl,
        "with_version": sum(one.version is not None for one in bill.components),
    }


def sniff_sbom(head: bytes) -> bool:
    return any(one.sniff(head) for one in (cyclonedx_json, openvex_json, spdx_json))


FOLDERS = (
    Folder("bandit-json", of_bandit, bandit_json.sniff),
    Folder("pip-audit-json", of_pip_audit),
    Folder("hadolint-json", of_hadolint, hadolint_json.sniff),
    Folder(
        "trivy-json",
        of_trivy,
        refused={
            "legacy-null.json": Refusal(
                r"Expected `object \| array`, got `null`",
                lambda says: {"literal_null": says.endswith("got `null`.")},
            )
        },
    ),
    Folder("grype-json", of_grype, grype_json.sniff),
    Folder("osv-scanner-json", of_osv),
    Folder(
        "npm-audit-json",
        of_npm,
        npm_audit_json.sniff,
        {
            "enoaudit-error.json": Refusal(
                r"the audit failed \(ENOAUDIT\): nothing is known",
                lambda says: {
                    "error_code": says.partition("(")[2].partition(")")[0],
                    "schema": "error" if "the audit failed" in says else "",
                },
            )
        },
    ),
    Folder("sarif", of_sarif, sarif.sniff),
    Folder("sbom", of_sbom, sniff_sbom),
)
