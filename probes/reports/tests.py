"""Test runs from JUnit XML and Playwright JSON: tests that ran, failed, were skipped, or passed only when run again.

Counters are recounted from the test cases, never taken from attributes. Files of one folder are one run,
since some producers write a file a class. It cannot tell whether a test asserts anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.testruns.junit_report import Counters
from auditor.model.evidence import Location
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import (
    Context,
    Finding,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.reports.reports import none_read
from auditor.probing.reports.testruns import Run, find_runs
from auditor.probing.repository.stack import Wanted, advice

EXECUTED = FactSpec("tests.executed", FactType.NUMBER, "Tests that ran", "tests")
FAILED = FactSpec("tests.failed", FactType.NUMBER, "Tests that failed or broke", "tests")
SKIPPED = FactSpec("tests.skipped", FactType.NUMBER, "Tests that were skipped", "tests")
FLAKY = FactSpec("tests.flaky", FactType.NUMBER, "Tests that passed only when run again", "tests")

_KEYS = tuple(f.key for f in (EXECUTED, FAILED, SKIPPED, FLAKY))
_MOST = 100


@probe(
    "reports.tests",
    title="Test reports (JUnit XML, Playwright JSON)",
    needs=[Need.REPOSITORY],
    emits=[EXECUTED, FAILED, SKIPPED, FLAKY],
    pure=True,
)
def tests(ctx: Context) -> Iterator[Observation]:
    """One set of facts for each run."""
    runs, unread = find_runs(ctx, *_KEYS)
    yield from unread
    for run in runs:
        yield from _facts(run)
    if not runs:
        said = "No JUnit XML or Playwright JSON report was found below the service root or in `evidence:`."
        hint = advice(ctx.repo, Wanted.TESTS, "Have the test runner write a JUnit XML report.")
        yield none_read(ctx.repo, said, hint, _KEYS, "*junit*.xml", unread=unread)


def _facts(run: Run) -> Iterator[Observation]:
    counters = sum((r.content.counters for r in run.reports), Counters())
    executed = counters.tests - counters.skipped
    yield from run.problems(*_KEYS)
    if run.impossible:
        return
    if executed <= 0:
        what = f"The report in {run.name} holds no test that ran ({counters.skipped} skipped)."
        yield Problem(
            ProblemKind.VACUOUS,
            what,
            "Check which tests the runner collects, and why they are skipped.",
            _KEYS,
        )
        return
    for case in run.failed()[:_MOST]:
        yield Finding(
            "test",
            f"{case.id}: {case.message[:200]}",
            FAILED.key,
            location=Location(path=case.file),
        )
    values = ((EXECUTED, executed), (FAILED, counters.failed + counters.errors),
              (SKIPPED, counters.skipped), (FLAKY, counters.flaky))  # fmt: skip
    for fact, value in values:
        yield fact.of(
            value,
            level=run.level,
            source=run.source,
            locations=run.locations,
            produced_at=run.produced_at,
        )
