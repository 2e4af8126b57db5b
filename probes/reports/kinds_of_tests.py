"""Kinds of tests that ran: unit, integration and end-to-end, and which deployment they ran against.

The kind of a test is what `test_kinds:` in auditor.yaml says, else what its folder, module, class or suite
is called; Playwright's tests are end-to-end. The deployment is what the run says: a suite property
`base_url` (JUnit), or `metadata` with that key (Playwright). It cannot see whether an integration test talks
to the real thing or to a stand-in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from auditor.formats.testruns.junit_report import Case, Outcome
from auditor.formats.testruns.playwright_json import PRODUCER
from auditor.formats.testruns.test_names import KINDS, kind_of, matches
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import Context, Need, Observation, Problem, ProblemKind, probe
from auditor.probing.reports.testruns import Run, find_runs
from auditor.probing.repository.stack import Wanted, advice

EXECUTED = FactSpec(
    "tests.kind_executed", FactType.NUMBER, "Tests of a kind that ran", "tests", KINDS
)
FAILED = FactSpec(
    "tests.kind_failed", FactType.NUMBER, "Tests of a kind that failed", "tests", KINDS
)
ON_TARGET = FactSpec(
    "tests.on_target", FactType.BOOLEAN, "Whether the run says that it tested the audited deployment",
    subjects=KINDS,
)  # fmt: skip
FLOWS = FactSpec(
    "tests.flows_untested",
    FactType.LIST,
    "Declared features that no passing end-to-end test exercises",
)

_KEYS = (EXECUTED.key, FAILED.key)
_BASE_URL = re.compile(r"(?:.*[._-])?(?:base|target|test)[._-]?ur[li]", re.IGNORECASE)
_BAD = (Outcome.FAILED, Outcome.ERROR)
_WANTED = {
    "unit": Wanted.TESTS,
    "integration": Wanted.INTEGRATION,
    "e2e": Wanted.E2E,
}
_NAMES = {"unit": "unit", "integration": "integration", "e2e": "end-to-end"}


@probe(
    "reports.kinds_of_tests",
    title="Kinds of tests (unit, integration, end-to-end)",
    needs=[Need.REPOSITORY],
    emits=[EXECUTED, FAILED, ON_TARGET, FLOWS],
    pure=True,
)
def kinds_of_tests(ctx: Context) -> Iterator[Observation]:
    """Facts for each kind that a run holds; a run without a kind says nothing about it."""
    found, unread = find_runs(ctx, *_KEYS)
    yield from unread
    seen: set[str] = set()
    if not any(feature.tests for feature in ctx.looking.features):
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            "auditor.yaml declares no feature with tests, so which flows are critical is not known.",
            "List them under features:, each with the ids of its tests:.",
            (FLOWS.key,),
        )
    for run in (r for r in found if not r.impossible):
        yield from run.problems(*_KEYS)
        for kind, cases in by_kind(ctx, run).items():
            seen.add(kind)
            yield from _facts(ctx, run, kind, cases)
            if kind == "e2e" and (flows := untested(ctx, cases)) is not None:
                yield FLOWS.of(
                    flows,
                    level=run.level,
                    source=run.source,
                    locations=run.locations,
                    produced_at=run.produced_at,
                )
    for kind in KINDS:
        if kind not in seen:
            yield Problem(
                ProblemKind.NOT_CONFIGURED,
                f"No report holds an executed {_NAMES[kind]} test.",
                _step(ctx, kind),
                tuple(f"{f.key}@{kind}" for f in (EXECUTED, FAILED, ON_TARGET)),
            )


def _step(ctx: Context, kind: str) -> str:
    """The command that reports the tests of a kind in the service's own stack, where one is known."""
    named = "Where they lie in folders of another name, say so under test_kinds: in auditor.yaml."
    otherwise = f"Write the report of the {_NAMES[kind]} tests as JUnit XML."
    step = advice(ctx.repo, _WANTED[kind], otherwise)
    return f"{step} {named}"


def by_kind(ctx: Context, run: Run) -> dict[str, list[Case]]:
    """The cases that ran, by kind."""
    kinds: dict[str, list[Case]] = {}
    for report in run.reports:
        otherwise = "e2e" if report.content.producer == PRODUCER else "unit"
        for case in report.content.cases:
            if case.outcome is not Outcome.SKIPPED:
                kind = kind_of(case, ctx.looking.test_kinds, otherwise=otherwise)
                kinds.setdefault(kind, []).append(case)
    return kinds


def untested(ctx: Context, cases: list[Case]) -> list[str] | None:
    """The declared features without a passing test among `cases`; None where none declares tests."""
    declared = [f for f in ctx.looking.features if f.tests]
    passed = [case for case in cases if case.outcome is Outcome.PASSED]
    if not declared:
        return None
    return [f.id for f in declared if not any(matches(case, f.tests) for case in passed)]


def _facts(ctx: Context, run: Run, kind: str, cases: list[Case]) -> Iterator[Observation]:
    values: list[tuple[FactSpec, int | bool]] = [
        (EXECUTED, len(cases)),
        (FAILED, sum(case.outcome in _BAD for case in cases)),
    ]
    on_target = tested_target(ctx, run)
    if on_target is None:
        yield _untold(ctx, run, kind)
    else:
        values.append((ON_TARGET, on_target))
    for fact, value in values:
        yield fact.of(
            value,
            subject=kind,
            level=run.level,
            source=run.source,
            locations=run.locations,
            produced_at=run.produced_at,
        )


def tested_target(ctx: Context, run: Run) -> bool | None:
    """Whether every address that the run names is the audited deployment's; None where that is not told."""
    hosts = {
        host_of(value)
        for report in run.reports
        for suite in report.content.suites
        for name, value in suite.properties
        if _BASE_URL.fullmatch(name)
    }
    deployment = ctx.target.deployment
    if not hosts or deployment is None or deployment.url is None:
        return None
    return hosts == {host_of(deployment.url)}


def host_of(url: str) -> str:
    """Host and port of a URL, lower case; the text itself where it is none."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return url
    return f"{parts.hostname}:{port}" if parts.hostname else url


def _untold(ctx: Context, run: Run, kind: str) -> Problem:
    told = ctx.target.deployment is not None
    return Problem(
        ProblemKind.NOT_CONFIGURED,
        f"The run in {run.name} does not say which deployment it tested."
        if told
        else "No deployment was named, so no run is known to have tested it.",
        "Record it in the report: record_testsuite_property('base_url', url) in pytest, or"
        " metadata: {base_url: url} in playwright.config."
        if told
        else "Name it with --url.",
        (f"{ON_TARGET.key}@{kind}",),
    )
