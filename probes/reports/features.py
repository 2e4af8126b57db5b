"""Acceptance tests of the features that auditor.yaml declares, from JUnit XML and Playwright JSON.

A feature's `tests:` are globs over test ids: `path::name` as pytest writes them, or `classname::name` as
the report has them. A test that was skipped is not a test that passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.formats.testruns.junit_report import Case, Outcome
from auditor.formats.testruns.test_names import matches
from auditor.model.probe import FactSpec, FactType
from auditor.model.target import Feature
from auditor.probing.contract import Context, Need, Observation, Problem, ProblemKind, probe
from auditor.probing.reports.testruns import Run, find_runs
from auditor.probing.repository.stack import Wanted, advice

ANY = ("*",)
PASSED = FactSpec(
    "features.tests_passed", FactType.NUMBER, "Acceptance tests that passed", "tests", ANY
)
FAILED = FactSpec(
    "features.tests_failed", FactType.NUMBER, "Acceptance tests that did not pass", "tests", ANY
)

_KEYS = (PASSED.key, FAILED.key)


@probe(
    "reports.features",
    title="Acceptance tests of declared features",
    needs=[Need.REPOSITORY],
    emits=[PASSED, FAILED],
    pure=True,
)
def features(ctx: Context) -> Iterator[Observation]:
    """One pair of facts for each feature with `tests:` and each run that holds some of them."""
    declared = [f for f in ctx.looking.features if f.tests]
    if not declared:
        return
    found, unread = find_runs(ctx, *_KEYS)
    yield from unread
    runs = [run for run in found if not run.impossible]
    if not runs:
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            "No usable JUnit XML or Playwright JSON report was found, so no acceptance test is known to have run.",
            advice(ctx.repo, Wanted.TESTS, "Have the test runner write a JUnit XML report."),
            _KEYS,
        )
    for run in runs:
        yield from run.problems(*_KEYS)
        for feature in declared:
            yield from _facts(feature, run)


def _facts(feature: Feature, run: Run) -> Iterator[Observation]:
    passed, failed = matched(feature.tests, run.cases)
    for fact, cases in ((PASSED, passed), (FAILED, failed)):
        yield fact.of(
            len(cases),
            subject=feature.id,
            level=run.level,
            source=run.source,
            locations=run.locations,
            produced_at=run.produced_at,
        )


def matched(patterns: Iterable[str], cases: Iterable[Case]) -> tuple[list[Case], list[Case]]:
    """The test cases that match a glob: those that passed, and those that failed or were skipped."""
    wanted = list(patterns)
    found = [c for c in cases if matches(c, wanted)]
    passed = [c for c in found if c.outcome in (Outcome.PASSED, Outcome.FLAKY)]
    return passed, [c for c in found if c not in passed]
