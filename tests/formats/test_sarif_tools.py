"""Which tool wrote a SARIF run, and of which languages the run speaks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.formats.scanners.sarif import SarifRun, parse
from auditor.formats.scanners.sarif_tools import ToolKind, kind_of, languages_of


def run(tool: str, *rules: str, properties: dict[str, Any] | None = None, **more: Any) -> SarifRun:
    listed = [{"id": rule, "properties": properties or {}} for rule in rules]
    raw = {"tool": {"driver": {"name": tool, "rules": listed}}, "results": [], **more}
    return parse(json.dumps({"version": "2.1.0", "runs": [raw]}).encode()).runs[0]


@pytest.mark.parametrize(
    ("tool", "kind"),
    [
        ("CodeQL", ToolKind.SOURCE_SECURITY),
        ("CodeQL command-line toolchain", ToolKind.SOURCE_SECURITY),
        ("Semgrep OSS", ToolKind.SOURCE_SECURITY),
        ("gosec", ToolKind.SOURCE_SECURITY),
        ("njsscan", ToolKind.SOURCE_SECURITY),
        ("Snyk Code", ToolKind.SOURCE_SECURITY),
        ("gitleaks", ToolKind.SECRETS),
        ("TruffleHog", ToolKind.SECRETS),
        ("detect-secrets", ToolKind.SECRETS),
        ("Trivy", ToolKind.ELSEWHERE),
        ("Snyk Open Source", ToolKind.ELSEWHERE),
        ("ZAP+Nuclei Security Scanner", ToolKind.ELSEWHERE),
        ("Scorecard", ToolKind.ELSEWHERE),
        ("ESLint", ToolKind.OTHER_SOURCE),
        ("ruff", ToolKind.OTHER_SOURCE),
    ],
)
def test_a_tool_is_told_by_its_name(tool: str, kind: ToolKind) -> None:
    assert kind_of(run(tool)) is kind


@pytest.mark.parametrize(
    "properties",
    [{"security-severity": "5"}, {"tags": ["security"]}, {"tags": ["external/cwe/cwe-079"]}],
)
def test_an_unknown_tool_is_told_by_its_rules(properties: dict[str, Any]) -> None:
    assert kind_of(run("Mine", "x", properties=properties)) is ToolKind.SOURCE_SECURITY
    assert kind_of(run("Mine", "x", properties={"tags": ["style"]})) is ToolKind.OTHER_SOURCE


@pytest.mark.parametrize(
    ("seen", "languages"),
    [
        (run("gosec"), {"go"}),
        (run("CodeQL", "py/injection", "py/x"), {"python"}),
        (run("CodeQL", "java/x"), {"java", "kotlin"}),
        (run("CodeQL", "odd"), set()),
        (run("Semgrep OSS", "go.lang.security.x", "rules.python.y"), {"go", "python"}),
        (run("Semgrep OSS"), set()),
        (run("Mine", defaultSourceLanguage="Ruby"), {"ruby"}),
        (run("Mine", properties={}, automationDetails={"id": "a/language:c-cpp/"}), {"c", "cpp"}),
        (run("Mine", artifacts=[{"sourceLanguage": "csharp"}]), {"csharp"}),
        (run("Mine", "py/x"), set()),
    ],
)
def test_languages_are_those_of_the_tool_its_rules_and_its_words(
    seen: SarifRun, languages: set[str]
) -> None:
    assert languages_of(seen) == languages
