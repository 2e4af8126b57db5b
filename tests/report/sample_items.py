"""The items of the made-up Report: every outcome, overlay and kind of reason."""

from __future__ import annotations

from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.verdict import Outcome, Reason, Verdict

from .sample_parts import (
    BLOCKER,
    CRITICAL,
    IMPORTANT,
    NICE,
    WAIVER,
    Sections,
    failed,
    item,
    passed,
    unknown,
)


def chapters(hostile: str) -> list[tuple[str, int, str, Sections]]:
    return [
        ("1", 20, "Core functions", (("Complete features", _features(hostile)),)),
        (
            "2",
            25,
            "Testing and quality",
            (("Test coverage", _tests(hostile)), ("Code quality", _quality())),
        ),
        ("3", 25, "Security", (("Scanning", _scanning(hostile)), ("Compliance", _compliance()))),
        ("4", 15, "Performance and scalability", (("Baseline", _baseline()),)),
        ("5", 10, "Observability", (("Monitoring", _monitoring()), ("Alerting", _alerting()))),
        ("6", 15, "Resilience and reliability", (("Data integrity", _integrity()),)),
        ("7", 5, "Documentation", (("Technical documents", _documents(hostile)),)),
        ("8", 5, "Deployment", (("Release management", _release()),)),
    ]


def _features(hostile: str) -> tuple[Verdict, ...]:
    made = item(
        "1.1.1",
        BLOCKER,
        "Audio messages are transcribed and answered",
        open_title="Audio messages are not transcribed and answered yet",
        fix="Replace the stub in orders/audio.py by a real client.\nCall it from the webhook.",
        produce="pytest tests/e2e/test_audio.py --junitxml=reports/audio.xml",
        effort_h=5.5,
    )
    checks = (
        passed(
            item("1.1.1.a", BLOCKER, "Audio is downloaded"),
            "Live path /audio answers: 200 (wanted 200)",
        ),
        failed(
            item("1.1.1.b", BLOCKER, "Speech is turned into text", fix="Wire a real engine."),
            Reason(
                "Effective statements of transcribe(): 0 (wanted >= 1)",
                "code.stub.statements",
                ">= 1",
                "0",
                locations=(Location("orders/audio.py", 41),),
            ),
        ),
        unknown(
            item("1.1.1.c", BLOCKER, "Audio metrics move"),
            Reason("Prometheus was not given.", "live.metric", problem="not_configured"),
        ),
    )
    return (
        failed(
            made,
            Reason("Speech is turned into text: 0 effective statements (wanted >= 1)"),
            checks=checks,
        ),
        passed(
            item("1.1.2", IMPORTANT, f"Feature from the target: {hostile}"),
            f"Tests pass in {hostile}",
        ),
        passed(
            item("1.1.3", IMPORTANT, "Sessions are kept"),
            "Acceptance tests: 12 passed",
            Level.OBSERVED,
        ),
    )


def _tests(hostile: str) -> tuple[Verdict, ...]:
    coverage = item(
        "2.1.2",
        CRITICAL,
        "Unit tests cover at least 90 % of lines",
        open_title="Unit tests cover less than 90 % of lines",
        fix=f"Cover what the report lists first.\n\n    # pyproject.toml\n    [tool.coverage.run]\n"
        f'    source = ["orders"]\n\n    open {hostile}',
        produce="pytest --cov --cov-branch --cov-report=xml",
        effort_h=8,
        why="Lines that no test runs break unseen.",
        max_age_s=604800.0,
    )
    return (
        passed(
            item("2.1.1", IMPORTANT, "Unit tests exist"),
            "Tests executed: 110 (wanted >= 1)",
            Level.REPORTED,
        ),
        failed(
            coverage,
            Reason(
                "Line coverage: 75.31 % (wanted >= 90 %)",
                "coverage.line_percent",
                ">= 90 %",
                "75.31 %",
                locations=tuple(Location(f"orders/module_{n}.py", n) for n in range(1, 6)),
            ),
            Reason(
                "Files never measured: orders/refunds.py (wanted none)",
                "coverage.unmeasured_files",
                "none",
                "orders/refunds.py",
                locations=(Location(f"orders/{hostile}", 7),),
            ),
        ),
        unknown(
            item(
                "2.1.5",
                BLOCKER,
                "Load testing is completed",
                produce="k6 run load.js --summary-export=reports/k6.json",
            ),
            Reason(
                "Load test runs: the evidence in reports/k6.json dates from"
                " 2025-06-01T10:00:00+00:00; at most 30 days count",
                "load.runs",
                ">= 1",
                "2",
                "stale",
                (Location("reports/k6.json"),),
            ),
            stale=True,
        ),
        unknown(
            item("2.1.6", BLOCKER, "Chaos testing is completed", attestable=Level.REPORTED),
            Reason(
                "Chaos experiments completed: No journal was found."
                " Run the experiments and keep the journal.",
                "chaos.completed",
                ">= 1",
                None,
                "not_configured",
            ),
        ),
    )


def _quality() -> tuple[Verdict, ...]:
    return (
        passed(
            item("2.2.1", IMPORTANT, "Linting passes"),
            "Findings of ruff: 0 (wanted 0)",
            Level.OBSERVED,
        ),
        unknown(
            item("2.2.4", CRITICAL, "Types are checked statically", produce="mypy --strict orders"),
            Reason(
                "Type checking in the CI: yes (wanted yes); but it is only declared,"
                " and effective evidence is needed",
                "ci.types",
                "yes",
                "yes",
                "below_floor",
                (Location(".github/workflows/ci.yml", 31),),
            ),
        ),
    )


def _scanning(hostile: str) -> tuple[Verdict, ...]:
    return (
        passed(
            item("3.1.1", BLOCKER, "No secret is in the repository"),
            "Secrets found: none",
            Level.OBSERVED,
        ),
        failed(
            item(
                "3.1.3",
                BLOCKER,
                "The static security scan is clean",
                fix="Parameterise the query.",
                effort_h=2,
            ),
            Reason(
                "Findings of high severity: 2 (wanted 0)",
                "bandit.high",
                "0",
                "2",
                locations=(Location("orders/search.py", 88), Location("orders/search.py", 97)),
            ),
        ),
        unknown(
            item(
                "3.1.4",
                BLOCKER,
                "A dynamic security scan is clean",
                produce="zap-baseline.py -t $URL -J reports/zap.json",
            ),
            Reason(f"DAST alerts: {hostile}: permission denied.", "zap.high", "0", None, "denied"),
        ),
    )


def _compliance() -> tuple[Verdict, ...]:
    return (
        passed(
            item(
                "3.3.2",
                CRITICAL,
                "Compliance with the GDPR is validated",
                attestable=Level.REPORTED,
            ),
            "attested by L. Peña, approved by the DPO, until 2026-03-01T00:00:00+01:00",
            Level.REPORTED,
            attested=True,
        ),
        Verdict(
            item("3.3.3", IMPORTANT, "PCI DSS is met where cards are handled"),
            Outcome.NOT_APPLICABLE,
            reasons=(Reason("declared not applicable: no card data: the payment page is hosted"),),
        ),
    )


def _baseline() -> tuple[Verdict, ...]:
    made = item(
        "4.1.3",
        BLOCKER,
        "The throughput is known",
        id=WAIVER.item,
        produce="k6 run load.js --summary-export=reports/k6.json",
    )
    return (
        unknown(
            made,
            Reason("Requests per second: no load test report was found.", problem="vacuous"),
            waived=WAIVER,
        ),
        failed(
            item("4.1.5", CRITICAL, "Database queries are profiled", effort_h=3),
            Reason("Slow queries without an index: 4 (wanted 0)", "db.slow", "0", "4"),
        ),
    )


def _monitoring() -> tuple[Verdict, ...]:
    url = "https://staging.example.net/metrics"
    seen = Reason(
        "Metric families: 34 (wanted >= 10)",
        "live.metrics",
        ">= 10",
        "34",
        None,
        (Location(url=url),),
    )
    return (
        Verdict(
            item("5.1.1", CRITICAL, "Metrics are exposed"),
            Outcome.PASS,
            Level.OBSERVED,
            (seen,),
            ("live.metrics",),
        ),
        failed(
            item("5.1.3", IMPORTANT, "Business dashboards exist"),
            Reason("Dashboards: 0 (wanted >= 1)"),
        ),
    )


def _alerting() -> tuple[Verdict, ...]:
    return (
        passed(
            item("5.3.2", BLOCKER, "Alert rules are defined"),
            "Effective rules: 14",
            Level.OBSERVED,
        ),
        unknown(
            item("5.3.3", BLOCKER, "On-call duty is arranged", attestable=Level.REPORTED),
            Reason("no probe decides this item; attest it", problem="not_configured"),
        ),
    )


def _integrity() -> tuple[Verdict, ...]:
    return (
        passed(
            item("6.3.1", CRITICAL, "Writes are transactional"), "Transactions reachable: 6 of 6"
        ),
        failed(
            item(
                "6.3.4",
                CRITICAL,
                "Backups are tested",
                fix="Restore last night's backup and keep the log.",
                effort_h=4,
            ),
            Reason("Restore runs in 90 days: 0 (wanted >= 1)", "backup.restores", ">= 1", "0"),
        ),
    )


def _documents(hostile: str) -> tuple[Verdict, ...]:
    return (
        passed(
            item("7.1.1", IMPORTANT, "A quick start is in the README"), "Commands in README.md: 5"
        ),
        failed(
            item("7.1.4", NICE, "The API is documented", fix=f"Describe the API in {hostile}"),
            Reason(
                f"Paths without a description in {hostile}: 3 (wanted none)",
                observed=hostile,
                expected="none",
            ),
        ),
    )


def _release() -> tuple[Verdict, ...]:
    return (
        failed(
            item("8.3.1", BLOCKER, "Staging runs the audited commit", effort_h=2),
            Reason(
                "Revision of the deployment: 77ab01c (wanted 3f1c9a7)",
                "live.revision",
                "3f1c9a7",
                "77ab01c",
                locations=(Location(url="https://staging.example.net/version"),),
            ),
        ),
        unknown(
            item("8.3.5", NICE, "Release notes are kept"),
            Reason("whether this item applies could not be decided"),
        ),
    )
