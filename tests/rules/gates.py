"""Rules 15 to 19: gates that cannot fail."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.rules.places import WORKFLOW
from tests.rules.world import CLEAN, Pair

NOW = datetime.now(UTC).replace(microsecond=0)
STAMP = NOW.isoformat()


def coverage(lines: int, hit: int, file: str = "orders/values.py") -> str:
    """A Cobertura report of one file, made now."""
    rows = "".join(f'<line number="{n + 1}" hits="{int(n < hit)}"/>' for n in range(lines))
    return (
        f'<?xml version="1.0" ?>\n<coverage version="7.6" timestamp="{int(NOW.timestamp() * 1000)}"'
        f' lines-valid="{lines}" lines-covered="{hit}" line-rate="{hit / lines:.4f}" branch-rate="0" complexity="0">'
        f'<sources><source>.</source></sources><packages><package name="orders"><classes><class name="values.py"'
        f' filename="{file}" line-rate="{hit / lines:.4f}"><methods/><lines>{rows}</lines></class></classes></package>'
        "</packages></coverage>\n"
    )


def junit(cases: int, skipped: int = 0, failed: int = 0) -> str:
    """A JUnit report, made now."""
    body = "".join(
        f'<testcase classname="tests.test_values" name="test_{n}" time="0.0{n % 9 + 1}">'
        + ('<skipped message="later"/>' if n < skipped else "")
        + ('<failure message="no">assert</failure>' if skipped <= n < skipped + failed else "")
        + "</testcase>"
        for n in range(cases)
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest" errors="0" failures="{failed}"'
        f' skipped="{skipped}" tests="{cases}" time="1.2" timestamp="{STAMP}" hostname="ci">{body}</testsuite></testsuites>\n'
    )


WIDE = {**CLEAN, "orders/hidden.py": CLEAN["orders/values.py"]}

PAIRS = [
    Pair(
        15,
        "a test step that cannot fail",
        "deployment.pipeline.tests",
        {**CLEAN, ".github/workflows/ci.yml": WORKFLOW.replace("pytest", "pytest || true")},
        {**CLEAN, ".github/workflows/ci.yml": WORKFLOW},
        ".github/workflows/ci.yml",
        ("ci.*",),
    ),
    Pair(
        16,
        "files that a setting leaves out count as not covered",
        "testing.coverage",
        {**WIDE, ".coveragerc": "[run]\nomit = orders/hidden.py\n[report]\nfail_under = 25\n"},
        CLEAN,
        "orders/hidden.py",
        ("reports.coverage",),
        made_trap={"reports/coverage.xml": coverage(50, 50)},
        made_twin={"reports/coverage.xml": coverage(50, 50)},
    ),
    Pair(
        17,
        "a workflow that only a hand starts checks no pull request",
        "deployment.pipeline.workflows",
        {**CLEAN, ".github/workflows/ci.yml": WORKFLOW.replace("  pull_request:\n  push: {branches: [main]}\n", "  workflow_dispatch:\n")},
        {**CLEAN, ".github/workflows/ci.yml": WORKFLOW},
        "",
        ("ci.*",),
    ),
    Pair(
        18,
        "configured is not run",
        "deployment.pipeline.tests",
        {**CLEAN, ".pre-commit-config.yaml": "repos:\n  - repo: local\n    hooks:\n      - {id: test, name: test, entry: pytest, language: system}\n",
         "tox.ini": "[testenv]\ncommands = pytest\n"},
        {**CLEAN, ".github/workflows/ci.yml": WORKFLOW.replace("pytest", "tox"), "tox.ini": "[testenv]\ncommands = pytest\n"},
        "",
        ("ci.*",),
    ),
    Pair(
        19,
        "tests that are skipped did not run",
        "testing.tests.unit",
        CLEAN,
        CLEAN,
        "",
        ("reports.tests",),
        made_trap={"reports/junit.xml": junit(40, skipped=38)},
        made_twin={"reports/junit.xml": junit(40, skipped=2)},
    ),
]  # fmt: skip
