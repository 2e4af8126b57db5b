"""A made-up Report in which everything occurs that a renderer must show."""

from __future__ import annotations

from fractions import Fraction

from auditor.model.evidence import Finding, Location, Problem, ProblemKind, Status
from auditor.model.item import Category, Checklist, Criterion, Section, Severity
from auditor.model.report import (
    CategoryResult,
    CriterionResult,
    ProbeResult,
    Readiness,
    Report,
    SectionResult,
    Tally,
)
from auditor.model.target import Deployment, Target
from auditor.model.verdict import Outcome, Score, Verdict

from .sample_items import chapters
from .sample_parts import EXPIRED, WAIVER, Sections

HOSTILE = (
    "\x1b[31mred.py",
    "[bold]x[/bold]",
    "<script>alert(1)</script>",
    'a" onmouseover="alert(1)',
    "| cell | **breaker** |",
    "```\n# heading\n```",
    "gnp.\u202eexe\u2066",
    "zero\u200bwidth\ufeff",
    "bell\x07 csi\x9b2J del\x7f",
    "lone\udc80surrogate",
    "@octocat fixes #1 and !2",
    "line\r\nbreak\u2028sep",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
)


def report(hostile: str = HOSTILE[0]) -> Report:
    """The sample; `hostile` is put wherever a target could put text of its own."""
    categories = tuple(_category(*row) for row in chapters(hostile))
    total = sum((c.category.weight for c in categories), Fraction(0))
    score = Score(
        sum((c.score.proven * c.category.weight for c in categories), Fraction(0)) / total,
        sum((c.score.possible * c.category.weight for c in categories), Fraction(0)) / total,
        sum((c.score.coverage * c.category.weight for c in categories), Fraction(0)) / total,
    )
    verdicts = [v for c in categories for s in c.sections for v in s.verdicts]
    open_blockers = sum(
        v.open and v.item.severity is Severity.BLOCKER and v.waived is None for v in verdicts
    )
    shown = int(score.proven * 1000) / 10
    return Report(
        tool_version="0.1.0",
        started_at="2025-10-06T12:00:00+00:00",
        finished_at="2025-10-06T12:03:41+00:00",
        target=Target(
            service="orders",
            repository="https://git.example.net/shop/orders",
            root="services/orders",
            commit="3f1c9a7be04d5582c1f0a6a4f7d0f4f1f8f0b111",
            committed_at="2025-10-06T09:12:44+02:00",
            branch=f"main{hostile}",
            dirty=True,
            deployment=Deployment(
                "staging", "https://staging.example.net", "https://prometheus.example.net"
            ),
        ),
        checklist=Checklist(
            id="production-readiness",
            version="1.0.0",
            title="Production readiness",
            categories=tuple(c.category for c in categories),
            levels={"ready": 80.0, "excellent": 95.0, "perfect": 100.0},
            digest="sha256:9b0e7a6c2f6d0a4a5b7c8d9e0f1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c",
        ),
        bundle_digest="sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0",
        readiness=Readiness(
            "not_ready",
            False,
            (
                f"ready: {shown:g} % is proven, 80 % is needed",
                f"ready: {open_blockers} blocker items are open",
            ),
        ),
        score=score,
        categories=categories,
        counts=_counts(verdicts),
        criteria=_criteria(shown, open_blockers),
        probes=_probes(hostile),
        tally=Tally(
            suppressed=23,
            waived=1,
            stale=1,
            not_looked_at=3,
            below_floor=1,
            attested=1,
            declared_not_applicable=1,
            expired_waivers=1,
        ),
        waivers=(WAIVER, EXPIRED),
        notes=("The weights of the categories add up to 120, not 100; they are normalised.",),
        requests=412,
        bytes_received=1_873_204,
        settings={"offline": False, "allow_load": False},
    )


def _category(number: str, weight: int, title: str, rows: Sections) -> CategoryResult:
    results = tuple(
        _section(f"{number}.{n}", name, verdicts) for n, (name, verdicts) in enumerate(rows, 1)
    )
    category = Category(
        title.split()[0].lower(), number, title, Fraction(weight), tuple(r.section for r in results)
    )
    mean = Score(
        *(
            sum((getattr(r.score, name) for r in results), Fraction(0)) / len(results)
            for name in ("proven", "possible", "coverage")
        )
    )
    return CategoryResult(category, mean, results, True)


def _section(number: str, title: str, verdicts: tuple[Verdict, ...]) -> SectionResult:
    share = {
        o: sum((v.item.weight for v in verdicts if v.outcome is o), Fraction(0)) for o in Outcome
    }
    passed, failed, unknown = share[Outcome.PASS], share[Outcome.FAIL], share[Outcome.UNKNOWN]
    whole = passed + failed + unknown
    score = Score(passed / whole, (passed + unknown) / whole, (passed + failed) / whole)
    section = Section(
        title.lower().replace(" ", "-"), number, title, tuple(v.item for v in verdicts)
    )
    return SectionResult(section, score, verdicts, True)


def _counts(verdicts: list[Verdict]) -> dict[str, dict[str, int]]:
    counts = {s.value: dict.fromkeys([*(o.value for o in Outcome), "waived"], 0) for s in Severity}
    for verdict in verdicts:
        counts[verdict.item.severity.value][verdict.outcome.value] += 1
        counts[verdict.item.severity.value]["waived"] += verdict.waived is not None
    return counts


def _criteria(shown: float, open_blockers: int) -> tuple[CriterionResult, ...]:
    return (
        CriterionResult(
            Criterion("blockers", "All blockers are resolved"), False, str(open_blockers), "0"
        ),
        CriterionResult(
            Criterion("score", "The score is at least 95 %"), False, f"{shown:g} %", ">= 95 %"
        ),
        CriterionResult(
            Criterion("secrets", "No secret is in the repository"), True, "none", "none"
        ),
        CriterionResult(
            Criterion("sign-off", "The stakeholders have signed off"),
            None,
            "unknown",
            "a signed attestation",
        ),
    )


def _probes(hostile: str) -> tuple[ProbeResult, ...]:
    denied = Problem(
        ProblemKind.DENIED,
        f"The report {hostile} could not be read: permission denied.",
        f"Make it readable (chmod +r {hostile}) and audit again.",
        ("zap.high",),
        (Location(f"reports/{hostile}"),),
    )
    down = Problem(
        ProblemKind.UNREACHABLE,
        "https://prometheus.example.net did not answer within 5 s.",
        "Check the address, or name another one with --prometheus.",
    )
    crashed = Problem(ProblemKind.CRASHED, "ValueError in read(): not enough values to unpack")
    found = Finding(
        "B608",
        f"Possible SQL injection through {hostile}",
        "bandit.high",
        "high",
        Location("orders/search.py", 88),
    )
    return (
        ProbeResult("code.wiring", "Wiring of the code", "1", Status.OK, 1.2),
        ProbeResult("infra.terraform", "Terraform", "2", Status.FAILED, 0.4, (crashed,)),
        ProbeResult("live.metrics", "Metrics of the deployment", "1", Status.OK, 0.31),
        ProbeResult("live.prometheus", "Alerts in Prometheus", "1", Status.SKIPPED, 5.0, (down,)),
        ProbeResult(
            "reports.bandit", "Static security scan", "1", Status.OK, 8.5, (), (found,), 23
        ),
        ProbeResult("reports.coverage", "Coverage reports", "3", Status.OK, 0.02),
        ProbeResult("reports.zap", "Dynamic security scan", "1", Status.FAILED, 0.01, (denied,)),
    )
