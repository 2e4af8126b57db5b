"""Scanners for secrets, and of running services."""

from __future__ import annotations

import pytest

from auditor.formats.scanners import (
    detect_secrets_json,
    gitleaks_json,
    nuclei_json,
    zap_json,
    zap_xml,
)
from auditor.formats.scanners.zap_report import ZapReport
from auditor.formats.text.errors import Malformed
from tests.formats.sample_facts.folder import Facts, Folder, Refusal, counted


def of_gitleaks(data: bytes) -> Facts:
    report = gitleaks_json.parse(data)
    if report.literal_null:
        return {"findings": len(report.leaks), "literal_null": True}
    return {
        "by_rule": dict(report.by_rule),
        "findings": len(report.leaks),
        "redacted": sum(one.redacted for one in report.leaks),
        "schema": {7: "v7- (rule)", 8: "v8 (RuleID)"}[report.version or 0],
    }


def of_detect_secrets(data: bytes) -> Facts:
    baseline = detect_secrets_json.parse(data)
    assert baseline.generated_at is not None
    audited = [one.is_secret for one in baseline.secrets]
    return {
        "by_type": dict(baseline.by_type),
        "files_with_results": len(baseline.files),
        "generated_at": f"{baseline.generated_at:%Y-%m-%dT%H:%M:%SZ}",
        "is_secret_false": audited.count(False),
        "is_secret_true": audited.count(True),
        "is_verified_true": sum(one.verified for one in baseline.secrets),
        "secrets": len(baseline.secrets),
        "unaudited_no_is_secret": audited.count(None),
    }


def of_nuclei(data: bytes) -> Facts:
    report = nuclei_json.parse(data)
    if not report.matches:
        # Neither an array nor a line: there is nothing in it.
        return {"records": 0} if report.closed else {"records": 0, "bytes": 0}
    return {
        "by_info.severity": counted(str(one.severity) for one in report.matches),
        "id_key": counted("templateID" if one.old else "template-id" for one in report.matches),
        "records": len(report.matches),
        "shape": "JSON array" if report.closed else "JSON lines",
        "unique_template_ids": len(report.templates),
    }


def of_zap(report: ZapReport) -> Facts:
    return {
        "alerts_by_riskcode": counted(str(int(one.risk)) for one in report.alerts),
        "sites": len(report.sites),
        "sum_count": sum(one.count for one in report.alerts),
        "sum_instances_listed": sum(one.listed for one in report.alerts),
    }


def of_zap_json(data: bytes) -> Facts:
    report = zap_json.parse(data)
    return of_zap(report) | {
        "alerts": len(report.alerts),
        "insights": len(report.insights),
        "version": report.version,
    }


def of_zap_xml(data: bytes) -> Facts:
    """The facts of a file that strict parsers refuse are taken from what follows the comment."""
    well_formed = not data.lstrip().startswith(b"<!--")
    if not well_formed:
        with pytest.raises(Malformed, match="XML or text declaration not at start of entity"):
            zap_xml.parse(data)
        data = data[data.index(b"<?xml") :]
    report = zap_xml.parse(data)
    assert report.generated_at is not None
    return of_zap(report) | {
        "alertitems": len(report.alerts),
        "generated": f"{report.generated_at:%a, }{report.generated_at.day} {report.generated_at:%b %Y %H:%M:%S}",
        # Any other root is refused.
        "root": "OWASPZAPReport",
        "well_formed_strict": well_formed,
    }


FOLDERS = (
    Folder("gitleaks-json", of_gitleaks),
    Folder("detect-secrets", of_detect_secrets, detect_secrets_json.sniff),
    Folder("nuclei", of_nuclei),
    Folder(
        "zap-json",
        of_zap_json,
        zap_json.sniff,
        {
            "odd-export-report-schema.json": Refusal(
                r"retired add-on Export Report; write it as `traditional-json`",
                lambda _: {"is_traditional_json": False},
            )
        },
    ),
    Folder("zap-xml", of_zap_xml, zap_xml.sniff),
)
