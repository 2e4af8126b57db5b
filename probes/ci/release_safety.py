"""Reads pipelines for checks that can stop a deployment, and for what brings the version before back.

A check counts where a deployment waits for it (earlier in the same job, or in a job that the job of the
deployment needs), where the same events run both, and where its failure stops what is behind it:
kubeconform, `helm lint`, a dry run on the server, `terraform validate` or `plan`, `manage.py check`,
`alembic check`, and scripts that are called a pre-flight check and whose body can exit other than 0.
Checks behind `|| true`, beside or after the deployment, or that only print are told apart.

A rollback counts by its command (`helm rollback`, `--atomic`, `rollout undo`, `kamal rollback` …), by a
job or workflow of that name that does something, or by infrastructure that rolls back by itself. It is
declared only: that it was ever tried is not seen here. GitHub Actions, GitLab, CircleCI, Azure and
Jenkins are read. Not seen: what a script that deploys checks itself, controllers such as Argo CD, and
whether migrations can be undone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from auditor.formats.ci.ci_model import CiGap
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.ci.pipelines import github_pipelines, read_pipelines
from auditor.probing.ci.release_safety import Look, Safety, Told, told
from auditor.probing.ci.rollback_files import read_files
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)

CHECKS = FactSpec(
    "preflight.steps", FactType.LIST, "Checks that can stop a deployment of the pipeline."
)
IDLE_CHECKS = FactSpec(
    "preflight.ineffective", FactType.LIST, "Checks around a deployment that cannot stop it."
)
UNGUARDED = FactSpec(
    "preflight.unguarded", FactType.LIST, "Deployments that no check comes before."
)
ROLLBACKS = FactSpec(
    "rollback.declared", FactType.LIST, "What is set up to bring the version before back."
)
IDLE_ROLLBACKS = FactSpec(
    "rollback.ineffective",
    FactType.LIST,
    "Rollbacks that do nothing, and settings that forbid one.",
)
_FACTS = (CHECKS, IDLE_CHECKS, UNGUARDED, ROLLBACKS, IDLE_ROLLBACKS)
_OTHER = re.compile(
    r"\.travis\.yml|bitbucket-pipelines\.yml|\.drone\.ya?ml|\.woodpecker(?:/[^/]+)?\.ya?ml|\.cirrus\.yml"
    r"|\.buildkite/[^/]+\.ya?ml|\.(?:gitea|forgejo)/workflows/[^/]+\.ya?ml|\.teamcity/settings\.kts"
)


@probe(
    "ci.release_safety",
    title="Checks before deployment, and rollback",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    pure=True,
)
def release_safety(ctx: Context) -> Iterator[Observation]:
    """Give what was found; what is empty is only told where everything was read."""
    repo = ctx.repo
    look = Look(repo)
    github, unread = github_pipelines(repo)
    others = read_pipelines(repo)
    unread += others.unread
    for pipeline in (*github, *others.pipelines):
        look.pipeline(pipeline)
    weak = Look(repo)
    for pipeline in others.declared:
        weak.pipeline(pipeline)
    declared = not look.safety.deployments and bool(weak.safety.deployments)
    safety = weak.safety if declared else look.safety
    asked, lost, unread_files = read_files(repo)
    safety.rollbacks += [*asked, *(weak.safety.rollbacks if not declared else ())]
    safety.idle_rollbacks += lost
    paths = [p.path for p in github] + others.paths
    unknown = [e.path for e in repo.entries if _OTHER.fullmatch(e.path)]
    gaps = [gap for pipeline in github for gap in pipeline.gaps] + others.gaps
    empty = {f.key for f, entries in _lists(safety) if not entries}
    problems = []
    for problem in _problems(safety, unread, unread_files, gaps, unknown):
        facts = tuple(key for key in problem.facts if key in empty)
        problems += [replace(problem, facts=facts)] if facts else []
    hidden = {key for problem in problems for key in problem.facts}
    yield from problems
    for fact, entries in _lists(safety):
        found = list(told(entries))
        said = fact is ROLLBACKS or declared
        level = Level.DECLARED if said and found else Level.EFFECTIVE
        if found or fact.key not in hidden:
            places = [Location(path=path, line=line) for path, line, _ in found]
            yield fact.of(
                [f"{p} {what}" for p, (_, _, what) in zip(places, found, strict=True)],
                level=level,
                source=repo.source(", ".join(dict.fromkeys(paths)) or "searched: pipelines"),
                locations=places,
                produced_at=ctx.observed_at,
            )


def _lists(safety: Safety) -> tuple[tuple[FactSpec, list[Told]], ...]:
    return (
        (CHECKS, safety.checks),
        (IDLE_CHECKS, safety.idle_checks),
        (UNGUARDED, safety.unguarded),
        (ROLLBACKS, safety.rollbacks),
        (IDLE_ROLLBACKS, safety.idle_rollbacks),
    )


def _problems(
    safety: Safety, unread: list[Trouble], files: list[Trouble], gaps: list[CiGap], unknown: list[str]
) -> Iterator[Problem]:  # fmt: skip
    checks = (CHECKS, IDLE_CHECKS, UNGUARDED)
    for trouble in unread:
        yield trouble.problem(*(fact.key for fact in _FACTS))
    for trouble in files:
        yield trouble.problem(ROLLBACKS.key, IDLE_ROLLBACKS.key)
    if not safety.deployments:
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            f"{_where(gaps, unknown)}No step of a pipeline that was read deploys, so no check can be seen to come before.",
            "Deploy by the pipeline behind a check, or attest with a link to a run that a check has stopped.",
            tuple(fact.key for fact in checks),
        )
    elif not safety.checks and (gaps or unknown or safety.scripted):
        what = (
            _where(gaps, unknown)
            or _first(safety.scripted) + " may check first, which is not followed. "
        )
        yield Problem(
            ProblemKind.VACUOUS,
            f"{what}No check was seen before a deployment.",
            "Run the check as a step of its own before the deployment, or attest with a link to a run that it "
            "has stopped.",
            (CHECKS.key, UNGUARDED.key),
        )
    if not safety.rollbacks:
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            "Neither pipelines nor infrastructure files say how the version before comes back; a runbook or "
            "the platform may.",
            "Add a rollback job (`helm rollback`, `kubectl rollout undo`), or attest with a link to the drill.",
            (ROLLBACKS.key,),
        )


def _where(gaps: Iterable[CiGap], unknown: list[str]) -> str:
    for gap in gaps:
        return f"{Location(path=gap.path, line=gap.line)} {gap.what}, which was not read. "
    return f"{unknown[0]} was not read. " if unknown else ""


def _first(entries: list[Told]) -> str:
    path, line, what = entries[0]
    return f"{Location(path=path, line=line)} {what}"
