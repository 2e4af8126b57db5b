"""Rules 25 to 32: claims, documents, secrets, and what a verdict may say."""

from __future__ import annotations

import json
from datetime import timedelta

from auditor.model.verdict import Outcome
from tests.probes.reports.test_chaos import journal
from tests.rules.gates import NOW, coverage, junit
from tests.rules.world import CLEAN, Pair

README = """\
# Orders

Orders takes the orders of a shop and keeps their state until they are delivered to the customer.

## Requirements

Python 3.12 and PostgreSQL 16. Nothing else is needed on a developer's machine, or in the pipeline.

## Installation

Clone the repository, make a virtual environment, and install the package with its development tools:

    python -m venv .venv
    .venv/bin/pip install -e .

## Usage

Start the service on port 8000. It reads its settings from the environment, and refuses to start when the address
of its database is not set there. Every setting is described in the table of the guide for developers.

    .venv/bin/python -m orders

## Tests

The tests need nothing but the package itself, and take a few seconds. Those of the database start one of their own:

    .venv/bin/pytest

## Licence and contact

Apache-2.0. Questions go to the team that owns orders, whose channel is named in the catalogue of services; an urgent
one goes to whoever is on call, by the number that stands there as well. Changes are welcome as pull requests, which
need one approval and green checks. The team answers on working days, and reviews within two of them.
"""
LATENCIES = {
    "total": 3_000_000e6,
    "mean": 10e6,
    "50th": 9e6,
    "90th": 15e6,
    "95th": 20e6,
    "99th": 40e6,
    "max": 90e6,
    "min": 2e6,
}
FIGURES = {
    "latencies": LATENCIES, "bytes_in": {"total": 3, "mean": 3}, "bytes_out": {"total": 0, "mean": 0},
    "earliest": (NOW - timedelta(minutes=10)).isoformat(), "latest": NOW.isoformat(), "end": NOW.isoformat(),
    "duration": 600e9, "wait": 1e6, "requests": 300_000, "rate": 500.0, "throughput": 499.0, "success": 1.0,
    "status_codes": {"200": 300_000}, "errors": [],
}  # fmt: skip
VALUE = "AKIA" + "Q3EGRBXZ7LPW2MTK"
LIST = "services:\n  orders:\n    image: orders\n    environment:\n      - AWS_ACCESS_KEY_ID={}\n"

PAIRS = [
    Pair(
        25,
        "a badge is no report",
        "testing.coverage",
        {**CLEAN, "README.md": "# Orders\n\n![coverage](https://img.shields.io/badge/coverage-100%25-green)\n",
         "TESTS_COMPLETE.md": "# Done\n\n- [x] coverage 100 %\n"},
        CLEAN,
        "",
        ("reports.coverage",),
        Outcome.UNKNOWN,
        made_twin={"reports/coverage.xml": coverage(50, 50)},
    ),
    Pair(
        26,
        "results that no tool wrote are refused",
        "performance.baseline.latency",
        CLEAN,
        CLEAN,
        "",
        ("reports.load",),
        Outcome.UNKNOWN,
        made_trap={"reports/vegeta.json": json.dumps(FIGURES | {"latencies": dict.fromkeys(LATENCIES, 0)})},
        made_twin={"reports/vegeta.json": json.dumps(FIGURES)},
        fact=("load.p95_ms", None, 20.0),
    ),
    Pair(
        27,
        "a report may say that it failed",
        "testing.tests.unit",
        CLEAN,
        CLEAN,
        "",
        ("reports.tests",),
        made_trap={"reports/junit.xml": junit(40, failed=3)},
        made_twin={"reports/junit.xml": junit(40)},
    ),
    Pair(
        28,
        "a document with placeholders is none yet",
        "documentation.technical.readme",
        {**CLEAN, "README.md": README.replace("the team that owns orders", "TBD <your-team>")},
        {**CLEAN, "README.md": README},
        "README.md",
        ("repo.documents",),
    ),
    Pair(
        29,
        "a value in a list is a secret and a placeholder is not",
        "security.scanning.secrets",
        {**CLEAN, "compose.yaml": LIST.format(VALUE), "docs/setup.md": f"Use `{VALUE}` to try it.\n"},
        {**CLEAN, "compose.yaml": LIST.format("${AWS_ACCESS_KEY_ID}"), "docs/setup.md": "Use `AKIA<your key>` to try it.\n"},
        "compose.yaml:5",
        ("reports.secrets",),
    ),
    Pair(
        30,
        "what must be in the repository is missing, the rest unknown",
        "documentation.technical.readme",
        CLEAN,
        {**CLEAN, "README.md": README},
        "",
        ("repo.documents",),
    ),
    Pair(
        31,
        "a script alone is prepared, not done",
        "testing.tests.chaos",
        {**CLEAN, "chaos/database.json": json.dumps(json.loads(journal("database", end=NOW))["experiment"])},
        CLEAN,
        "",
        ("reports.chaos",),
        Outcome.UNKNOWN,
        made_twin={"reports/journal.json": journal("database", end=NOW)},
        fact=("chaos.scenario@database", None, True),
    ),
    Pair(
        32,
        "what does not apply is said with its reason",
        "security.compliance.pci",
        CLEAN,
        {**CLEAN, "auditor.yaml": "not_applicable:\n  security.compliance.pci: Takes no cards; the shop's provider does.\n"},
        "",
        ("repo.documents",),
        Outcome.UNKNOWN,
        good=Outcome.NOT_APPLICABLE,
    ),
]  # fmt: skip
