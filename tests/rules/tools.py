"""Rules 20 to 24: running tools."""

from __future__ import annotations

import json

from auditor.model.verdict import Outcome
from tests.rules.gates import STAMP
from tests.rules.world import CLEAN, Pair

UNUSED = "import os\nimport sys\n\nLIMIT = 3\n"
LOCK = {"requirements.txt": "flask==3.0.0\n"}


def trivy(packages: int) -> str:
    """A report of Trivy over the repository, made now."""
    listed = [{"Name": f"p{n}", "Version": "1.0", "Identifier": {}} for n in range(packages)]
    results = [
        {"Target": "requirements.txt", "Class": "lang-pkgs", "Type": "pip", "Packages": listed}
    ]
    return json.dumps(
        {"SchemaVersion": 2, "CreatedAt": STAMP, "ArtifactName": ".", "ArtifactType": "repository",
         "Results": results if packages else None}
    )  # fmt: skip


PAIRS = [
    Pair(
        20,
        "rules that the target switched off are still broken",
        "testing.quality.lint",
        {**CLEAN, "orders/rules.py": UNUSED, "ruff.toml": '[lint]\nselect = []\nignore = ["ALL"]\n'},
        {**CLEAN, "orders/rules.py": "LIMIT = 3\n", "ruff.toml": '[lint]\nselect = []\nignore = ["ALL"]\n'},
        "orders/rules.py",
        ("reports.*", "code.*"),
    ),
    Pair(
        21,
        "a scan that scanned nothing proves nothing",
        "security.scanning.vulnerabilities",
        {**CLEAN, **LOCK},
        {**CLEAN, **LOCK},
        "",
        ("reports.vulnerabilities",),
        Outcome.UNKNOWN,
        made_trap={"reports/trivy.json": trivy(0)},
        made_twin={"reports/trivy.json": trivy(3)},
        fact=("vulnerabilities.packages", None, 3),
    ),
    Pair(
        22,
        "a file that no parser reads is not clean",
        "testing.quality.deadcode",
        {**CLEAN, "orders/rules.py": "LIMIT = (\n"},
        {**CLEAN, "orders/rules.py": "LIMIT = 3\n"},
        "orders/rules.py",
        ("code.commented_out",),
        Outcome.UNKNOWN,
    ),
    Pair(
        23,
        "suppressions are counted",
        "testing.quality.lint",
        {**CLEAN, "orders/rules.py": "".join(f"import m{n}  # noqa: F401\n" for n in range(80))},
        {**CLEAN, "orders/rules.py": "LIMIT = 3\n"},
        "",
        ("reports.*", "code.*"),
    ),
    Pair(
        24,
        "no code of the target is run to decide",
        "testing.tests.unit",
        {**CLEAN, "conftest.py": "open('ran.txt', 'w').write('x')\n", "setup.py": "open('ran.txt', 'w').write('x')\n",
         "Makefile": "test:\n\ttouch ran.txt\n", "tests/test_values.py": "def test_value():\n    assert True\n"},
        {**CLEAN, "tests/test_values.py": "def test_value():\n    assert True\n"},
        "",
        ("reports.tests",),
        Outcome.UNKNOWN,
        fact=("tests.executed", None, None),
    ),
]  # fmt: skip
