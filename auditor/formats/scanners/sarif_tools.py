"""What kind of tool wrote a SARIF run, and of which languages the run speaks."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from auditor.formats.scanners.sarif import SarifRun
from auditor.formats.text.word_list import words


class ToolKind(StrEnum):
    """What a tool looks at. OTHER_SOURCE are linters and tools that are not known."""

    SOURCE_SECURITY = "source security"
    SECRETS = "secrets"
    ELSEWHERE = "elsewhere"
    OTHER_SOURCE = "other source"


_SECRETS = re.compile(
    r"gitleaks|truffle ?hog|detect-?secrets|gg-?shield|gitguardian|nosey ?parker|kingfisher"
    r"|whispers|secretlint|secret ?scan|talisman|ripsecrets|git-secrets|betterleaks|titus"
)
# Packages, images, infrastructure, running systems, the forge: a clean run of these says nothing
# about the source.
_ELSEWHERE = re.compile(
    r"trivy|grype|osv-?scanner|govulncheck|snyk (?:open source|container|iac)|dependency-?check|docker ?scout"
    r"|npm[- ]audit|pip-audit|cargo-audit|clair|\bzap\b|zaproxy|nuclei|burp|nikto|dastardly|scorecard"
    r"|zizmor|actionlint|poutine|checkov|tfsec|tflint|\bkics\b|terrascan|hadolint|dockle|kubescape"
    r"|kube-?score|kube-?linter|polaris|cfn-|sarif-?multitool"
)
_LANGUAGES_OF_TOOL = {
    r"gosec": "go",
    r"njsscan|nodejsscan": "javascript typescript",
    r"bandit": "python",
    r"brakeman": "ruby",
    r"find-?sec-?bugs|spot-?bugs": "java kotlin scala",
    r"security ?code ?scan|roslyn": "csharp",
    r"psalm|progpilot": "php",
    r"mobsfscan": "java kotlin swift objectivec",
    r"flawfinder|cppcheck|clang ?static|clang-tidy": "c cpp",
    r"cargo-geiger": "rust",
    r"sobelow": "elixir",
    r"pysa\b|pyre": "python",
}
_ANY_LANGUAGE = re.compile(
    r"codeql|lgtm|semgrep|opengrep|sonar|snyk code|snykcode|checkmarx|fortify|veracode|coverity|devskim"
    r"|horusec|bearer|klocwork|appscan|contrast|infer\b|joern|graudit|qodana|mend sast|codacy"
)
# Names that tools and CodeQL's rule ids use, to the languages that such an analysis covers.
_MEANS = {
    "py": "python", "python": "python", "python3": "python",
    "js": "javascript typescript vue svelte", "javascript": "javascript typescript vue svelte",
    "typescript": "typescript javascript", "javascript-typescript": "javascript typescript vue svelte",
    "ts": "typescript javascript", "java": "java kotlin", "java-kotlin": "java kotlin",
    "kotlin": "kotlin", "go": "go", "golang": "go", "cs": "csharp", "csharp": "csharp", "c#": "csharp",
    "cpp": "c cpp", "c": "c", "c++": "cpp", "c-cpp": "c cpp", "rb": "ruby", "ruby": "ruby",
    "swift": "swift", "rust": "rust", "rs": "rust", "php": "php", "scala": "scala", "bash": "bash",
    "elixir": "elixir", "lua": "lua", "dart": "dart", "clojure": "clojure", "apex": "apex",
}  # fmt: skip
_SECURITY_TAGS = re.compile(r"security|external/cwe|\bcwe\b|owasp", re.IGNORECASE)
_NO_LANGUAGE_STATED = frozenset({"lgtm.com"})


def kind_of(run: SarifRun) -> ToolKind:
    """What the tool of a run looks at: by its name, else by the tags and ratings of its rules.

    A linter that names no rule of security is OTHER_SOURCE.
    """
    name = run.tool.lower()
    if _SECRETS.search(name):
        return ToolKind.SECRETS
    if _ELSEWHERE.search(name):
        return ToolKind.ELSEWHERE
    known = _ANY_LANGUAGE.search(name) or any(re.search(p, name) for p in _LANGUAGES_OF_TOOL)
    rated = any(
        rule.security_severity is not None or any(_SECURITY_TAGS.search(tag) for tag in rule.tags)
        for rule in run.rules
    )
    return ToolKind.SOURCE_SECURITY if known or rated else ToolKind.OTHER_SOURCE


def languages_of(run: SarifRun) -> frozenset[str]:
    """The languages that a run says it analysed; the files that it names may tell more.

    A tool of one language speaks of that; CodeQL and Semgrep tell by the ids of their rules.
    """
    return frozenset(language for name in _named(run) for language in words(_MEANS.get(name, "")))


def _named(run: SarifRun) -> Iterator[str]:
    tool = run.tool.lower()
    for pattern, languages in _LANGUAGES_OF_TOOL.items():
        if re.search(pattern, tool):
            yield from words(languages)
    yield from run.languages
    if "codeql" in tool or tool in _NO_LANGUAGE_STATED:
        yield from {rule.id.partition("/")[0] for rule in run.rules if "/" in rule.id}
    elif re.search("semgrep|opengrep", tool):
        yield from {part for rule in run.rules for part in rule.id.lower().split(".")[:4]}
