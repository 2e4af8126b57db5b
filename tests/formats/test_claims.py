"""Each report is claimed by its own parser alone, whichever parser looks at it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

import auditor.formats
from auditor.formats.load import load_tools
from auditor.formats.text.errors import FormatError
from tests.formats.conftest import SampleReader
from tests.formats.documents import FORMATS
from tests.formats.documents.format import Format
from tests.formats.documents.load import FORMATS as LOAD_FORMATS

Sniff = Callable[[bytes], bool]

OWNERS = {
    "bandit-json": ("bandit_json",),
    "chaos-mesh": ("chaos_mesh",),
    "chaostoolkit-experiment": ("chaos_experiment",),
    "chaostoolkit-journal": ("chaos_journal",),
    "coverage-clover": ("clover",),
    "coverage-cobertura": ("cobertura",),
    "coverage-go": ("go_cover",),
    "coverage-jacoco": ("jacoco",),
    "coverage-lcov": ("lcov",),
    "coverage-py-json": ("coverage_json",),
    "detect-secrets": ("detect_secrets_json",),
    "gatling-stats": ("gatling_stats", "gatling_log"),
    "gitleaks-json": ("gitleaks_json",),
    "grafana-dashboard": ("grafana_dashboard",),
    "grype-json": ("grype_json",),
    "hadolint-json": ("hadolint_json",),
    "jmeter-jtl": ("jmeter_jtl",),
    "jmeter-statistics-json": ("jmeter_statistics",),
    "junit-xml": ("junit",),
    "k6-summary": ("k6_summary",),
    "kube-manifests": ("kube_manifest",),
    "litmus": ("litmus",),
    "locust": ("locust_csv", "locust_json"),
    "mypy": ("mypy_output",),
    "npm-audit-json": ("npm_audit_json",),
    "nuclei": ("nuclei_json",),
    "osv-scanner-json": ("osv_scanner_json",),
    "pip-audit-json": ("pip_audit_json",),
    "prometheus-config": ("prometheus_config",),
    "prometheus-exposition": ("exposition",),
    "prometheus-rules": ("prometheus_rules",),
    "pylint-json": ("pylint_json",),
    "ruff-json": ("ruff_json",),
    # SARIF that gitleaks, Trivy, Bandit or ZAP wrote is SARIF, and no report of theirs.
    "sarif": ("sarif",),
    "sbom": ("cyclonedx_json", "spdx_json"),
    "terraform": ("terraform_json_plan", "terraform_json_state"),
    "trivy-json": ("trivy_json",),
    "vegeta-json": ("vegeta_json",),
    "wrk-hey-text": ("wrk_text", "hey_text"),
    "zap-json": ("zap_json",),
    "zap-xml": ("zap_xml",),
}
"""By folder, the parsers of which exactly one claims each of its samples."""

ELSEWHERE = {
    "coverage-py-json/NOT-coveragepy-solidity-istanbul-map.json": "istanbul",
}
"""Samples that stand in the folder of another format."""

TELLS_NOTHING = {
    "chaostoolkit-experiment/zero-bytes.json": "It is empty.",
    "coverage-jacoco/empty.xml": "Its root is <other>.",
    "gitleaks-json/null.json": "`null` is anybody's.",
    "jmeter-jtl/empty.jtl": "It is empty.",
    "junit-xml/non-junit.xml": "Its root is <suites>.",
    "mypy/usage-error.json": "Mypy did not run.",
    "nuclei/no-findings-0-bytes.json": "It is empty.",
    "osv-scanner-json/no-issues.json": '`{"results": []}` is anybody\'s.',
    "pip-audit-json/empty-old.json": "`[]` is anybody's.",
    "ruff-json/format-report-not-json.json": "It is what `ruff format` prints.",
    "ruff-json/statistics-stderr-prefixed.json": "It counts rules and names no place.",
    "trivy-json/legacy-null.json": "`null` is anybody's.",
}
"""Samples that no parser claims, and why."""

COMBINED = frozenset({"load_tools"})
"""Modules that only ask other parsers."""

ALL_FOLDERS = (
    *OWNERS,
    *("alertmanager-config", "checklists-md", "docker-compose", "dockerfile", "github-workflows"),
    *("grafana-dashboard", "helm-values", "openapi", "terraform"),
)


def sniffs() -> dict[str, Sniff]:
    """Every function of the formats that recognises one, by its module."""
    found: dict[str, Sniff] = {}
    for each in pkgutil.walk_packages(auditor.formats.__path__, "auditor.formats."):
        module = importlib.import_module(each.name)
        short = each.name.rpartition(".")[2]
        for name, one in vars(module).items():
            own = getattr(one, "__module__", "") == module.__name__
            if own and name.startswith("sniff") and short not in COMBINED:
                found[short + name.removeprefix("sniff")] = one
    return found


def test_no_parser_claims_a_sample_of_another_format(samples: SampleReader) -> None:
    known = sniffs()
    assert len(known) >= 55
    wrong: list[str] = []
    looked = 0
    for folder in ALL_FOLDERS:
        for file, (data, _) in samples(folder).items():
            path = f"{folder}/{file}"
            claims = [name for name, sniff in known.items() if sniff(data[:8192])]
            named = (ELSEWHERE[path],) if path in ELSEWHERE else OWNERS.get(folder, ())
            owners = [name for name in named if name in known]
            none_expected = path in TELLS_NOTHING or not owners
            if claims if none_expected else len(claims) != 1 or claims[0] not in owners:
                wrong.append(f"{path} is claimed by {claims}")
            looked += len(known)
    assert wrong == []
    assert looked > 13_000


def test_every_exception_is_a_sample(samples: SampleReader) -> None:
    for path in (*ELSEWHERE, *TELLS_NOTHING):
        folder, _, file = path.partition("/")
        assert file in samples(folder), path


def test_no_parser_claims_what_says_nothing_of_its_writer() -> None:
    for text in (
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"results": []}',
        b"\n",
        b"---\n",
        b"<a/>",
        b"true",
        b"0",
    ):
        assert [name for name, sniff in sniffs().items() if sniff(text)] == [], text


def test_what_is_read_with_a_byte_order_mark_is_claimed_with_it() -> None:
    """PowerShell writes one in front of whatever it redirects to a file, and editors on Windows do."""
    looked = 0
    for fmt in (one for one in FORMATS if one.sniff and one.name != "coverage_data"):
        for seed in fmt.seeds:
            for marked in (b"\xef\xbb\xbf" + seed, seed.decode().encode("utf-16")):
                if same_when_read(fmt, marked, seed):
                    claims = [
                        other.name for other in FORMATS if other.sniff and other.sniff(marked)
                    ]
                    assert claims == [fmt.name]
                    looked += 1
    assert looked > 120


def same_when_read(fmt: Format, data: bytes, seed: bytes) -> bool:
    try:
        return fmt.parse(data) == fmt.parse(seed)
    except FormatError:
        return False


def test_the_list_of_load_tools_reads_what_each_of_them_wrote() -> None:
    apart = {"journal", "experiment", "locust history", "locust failures", "gatling log", "litmus"}
    apart |= {"chaos mesh", "baseline", "stage of load", "hey csv", "schemathesis events"}
    assert apart < {fmt.name for fmt in LOAD_FORMATS}
    for fmt in FORMATS:
        for seed in fmt.seeds:
            mine = fmt in LOAD_FORMATS and fmt.name not in apart
            assert load_tools.sniff(seed) is mine, fmt.name
            if mine:
                assert load_tools.parse(seed) == fmt.parse(seed)
