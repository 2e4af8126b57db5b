"""Asks GitHub or GitLab what guards the default branch, how its last runs ended, what was released, and what
Dependabot found.

The repository is that of the git remote `origin`, or the one that --forge names; a token is sent to its own forge
alone. Rulesets and classic branch protection count together; what the token may not see is not known. A run that
was cancelled or skipped counts neither way. Dependabot alerts are those of high and critical severity, 100 at most.
Who may bypass the rules is not seen, nor whether whoever reviews is somebody else's second account.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.ci.forge_model import Protection, Run
from auditor.model.evidence import Fact, Value
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.ci.forge import GitHub, GitLab, find_forge
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Phase,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.doors.redact import redact
from auditor.probing.http import Exchange

_LIST = FactType.LIST
BRANCH = FactSpec("forge.default_branch", FactType.TEXT, "The branch that merges go into")
CHECKS = FactSpec("forge.required_checks", _LIST, "Checks that must pass before a merge")
REVIEWS = FactSpec("forge.required_reviews", FactType.NUMBER, "Approvals that a merge takes")
PUSHES = FactSpec(
    "forge.direct_pushes",
    FactType.BOOLEAN,
    "Whether the default branch takes pushes without a review",
)
FORCED = FactSpec(
    "forge.force_pushes", FactType.BOOLEAN, "Whether the default branch may be rewritten"
)
RUNS = FactSpec(
    "forge.runs", FactType.NUMBER, "Pipelines of which a run on the default branch ended"
)
FAILING = FactSpec(
    "forge.failing_runs", _LIST, "Pipelines whose last run on the default branch failed"
)
COMMIT = FactSpec(
    "forge.commit_passed",
    FactType.BOOLEAN,
    "Whether every finished run of the audited commit passed",
)
RELEASES = FactSpec("forge.releases", _LIST, "The last releases")
NOTELESS = FactSpec("forge.releases_without_notes", _LIST, "Releases without notes of their own")
ALERTS = FactSpec("forge.dependency_alerts", _LIST, "Open alerts on dependencies, high or critical")

_FEWEST_WORDS = 5


@probe(
    "ci.forge",
    title="What the forge enforces and saw",
    needs=[Need.FORGE],
    emits=[
        BRANCH,
        CHECKS,
        REVIEWS,
        PUSHES,
        FORCED,
        RUNS,
        FAILING,
        COMMIT,
        RELEASES,
        NOTELESS,
        ALERTS,
    ],
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def forge(ctx: Context) -> Iterator[Observation]:
    """The branch first; protection, runs, releases and alerts each on their own."""
    asked = find_forge(ctx)
    branch = asked.branch()
    if not branch.value:
        raise Trouble(ProblemKind.VACUOUS, "The repository on the forge is empty.", "Push to it.")
    yield _fact(ctx, BRANCH, redact(branch.value), branch.exchange)
    try:
        guarded = asked.protection(branch.value)
        yield from _protection(ctx, guarded.value, guarded.exchange)
    except Trouble as trouble:
        yield trouble.problem(CHECKS.key, REVIEWS.key, PUSHES.key, FORCED.key)
    try:
        yield from _runs(ctx, asked, branch.value)
    except Trouble as trouble:
        yield trouble.problem(RUNS.key, FAILING.key, COMMIT.key)
    try:
        found = asked.releases()
        yield _fact(ctx, RELEASES, [redact(one.tag) for one in found.value], found.exchange)
        bare = [redact(one.tag) for one in found.value if one.words < _FEWEST_WORDS]
        yield _fact(ctx, NOTELESS, bare, found.exchange)
    except Trouble as trouble:
        yield trouble.problem(RELEASES.key, NOTELESS.key)
    try:
        alerts = asked.alerts()
        yield _fact(ctx, ALERTS, [redact(one) for one in alerts.value], alerts.exchange)
    except Trouble as trouble:
        yield trouble.problem(ALERTS.key)


def _protection(ctx: Context, found: Protection, exchange: Exchange) -> Iterator[Observation]:
    """What the token may not see is a problem of that fact alone; nothing is assumed."""
    checks = None if found.checks is None else [redact(name) for name in found.checks]
    values: list[tuple[FactSpec, Value | None]] = [
        (CHECKS, checks),
        (REVIEWS, found.reviews),
        (PUSHES, found.pushes),
        (FORCED, found.forced),
    ]
    hidden = [spec.key for spec, value in values if value is None]
    for spec, value in values:
        if value is not None:
            yield _fact(ctx, spec, value, exchange)
    if hidden:
        yield Problem(
            ProblemKind.DENIED,
            "The token may not see all that guards the default branch.",
            "Give it the right to read the repository's administration.",
            tuple(hidden),
        )


def _runs(ctx: Context, asked: GitHub | GitLab, branch: str) -> Iterator[Observation]:
    found = asked.runs(branch)
    decided = [run for run in found.value if run.passed is not None]
    failing = [redact(f"{run.name} ({run.outcome})") for run in decided if not run.passed]
    yield _fact(ctx, RUNS, len(decided), found.exchange)
    yield _fact(ctx, FAILING, failing, found.exchange)
    mine = [run for run in decided if _is_of(run, ctx.target.commit)]
    if mine:
        yield _fact(ctx, COMMIT, all(run.passed for run in mine), found.exchange)
    else:
        message = "No finished run on the default branch is of the audited commit."
        hint = "Audit the commit that the forge ran last, or let it run this one."
        yield Problem(ProblemKind.VACUOUS, message, hint, (COMMIT.key,))


def _is_of(run: Run, commit: str | None) -> bool:
    return bool(commit) and run.commit == commit


def _fact(ctx: Context, spec: FactSpec, value: Value, exchange: Exchange) -> Fact:
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=exchange.source,
        locations=[exchange.location],
        produced_at=ctx.observed_at,
    )
