"""Which reports of tools lie in a service's folders now, told by their first bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.formats.chaos import chaos_journal, litmus
from auditor.formats.coverage import (
    clover,
    cobertura,
    coverage_json,
    go_cover,
    istanbul,
    jacoco,
    lcov,
)
from auditor.formats.load import jmeter_jtl, k6_summary, locust_csv, locust_json, vegeta_json
from auditor.formats.scanners import (
    bandit_json,
    cyclonedx_json,
    eslint_json,
    golangci_json,
    grype_json,
    npm_audit_json,
    osv_scanner_json,
    pip_audit_json,
    sarif,
    trivy_json,
    zap_json,
)
from auditor.formats.testruns import junit, playwright_json
from auditor.model.survey import FoundReport
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo
from auditor.probing.reports.reports import may_be_report, places

_KINDS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    ("tests", junit.sniff),
    ("tests", playwright_json.sniff),
    ("coverage", cobertura.sniff),
    ("coverage", coverage_json.sniff),
    ("coverage", jacoco.sniff),
    ("coverage", clover.sniff),
    ("coverage", lcov.sniff),
    ("coverage", go_cover.sniff),
    ("coverage", istanbul.sniff),
    ("load", k6_summary.sniff),
    ("load", vegeta_json.sniff),
    ("load", locust_json.sniff),
    ("load", locust_csv.sniff),
    ("load", jmeter_jtl.sniff),
    ("failure injection", chaos_journal.sniff),
    ("failure injection", litmus.sniff),
    ("static analysis", bandit_json.sniff),
    ("static analysis", sarif.sniff),
    ("dependencies", pip_audit_json.sniff),
    ("dependencies", npm_audit_json.sniff),
    ("dependencies", osv_scanner_json.sniff),
    ("vulnerabilities", trivy_json.sniff),
    ("vulnerabilities", grype_json.sniff),
    ("dynamic scan", zap_json.sniff),
    ("bill of materials", cyclonedx_json.sniff),
    ("lint", eslint_json.sniff),
    ("lint", golangci_json.sniff),
)
_MOST = 40
_MOST_FILES = 2_000


def found_reports(repo: Repo) -> Iterator[FoundReport]:
    """The reports below the service root, ignored files too, by path."""
    found = 0
    for entry in repo.reports(*places("sarif", "yaml", "yml"))[:_MOST_FILES]:
        if found >= _MOST or not may_be_report(repo, entry.path):
            continue
        try:
            head = repo.head(entry.path)
        except Trouble:
            continue  # its probe says why it cannot be read
        what = next((name for name, sniff in _KINDS if sniff(head)), None)
        if what is not None:
            found += 1
            yield FoundReport(what, repo.below(entry.path))
