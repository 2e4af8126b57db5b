"""A GitLab pipeline in the model that all forges share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from auditor.formats.ci import gitlab_ci
from auditor.formats.ci.ci_model import MANUAL, PUSH, REVIEW, TAG, CiGap, CiJob, CiPipeline, CiStep
from auditor.formats.ci.gitlab_ci import Local
from auditor.formats.ci.gitlab_jobs import (
    BRANCH,
    MAIN,
    MERGE_REQUEST,
    SHELL,
    TAGGED,
    GitlabJob,
    GitlabPipeline,
)
from auditor.formats.text.errors import TooLarge

# What GitLab's own templates bring there: scans, which test nothing and deploy nothing.
_HARMLESS = re.compile(
    r"(?i).*(?:security/|sast|secret[-_]detection|dependency[-_]scanning|container[-_]scanning|code[-_]quality"
    r"|license[-_]|dast|workflows/|iac).*"
)
_MOST = 5_000
_SOURCES = {REVIEW: (MERGE_REQUEST, BRANCH), PUSH: (MAIN,), TAG: (TAGGED,)}


def read(data: bytes | str, *, path: str, local: Local) -> CiPipeline:
    """The pipeline of one file; `local` finds what it includes. Raises Malformed and TooLarge."""
    pipeline = gitlab_ci.read(data, name=path, local=local)
    for job in pipeline.jobs:
        if len(job.script) > _MOST:
            raise TooLarge(f"The job {job.name[:80]} of {path} has more than {_MOST:,} commands.")
    jobs = tuple(_job(pipeline, job, path) for job in pipeline.jobs)
    return CiPipeline("GitLab", path, "", jobs, tuple(_gaps(pipeline, path)))


def _gaps(pipeline: GitlabPipeline, path: str) -> list[CiGap]:
    found = [
        CiGap(include.path or path, include.line, f"includes {include.target} ({include.kind})")
        for include in pipeline.includes
        if include.kind == "local" or not _HARMLESS.fullmatch(include.target)
    ]
    for job in pipeline.jobs:
        if job.triggers:
            found.append(CiGap(job.path, job.line, f"starts another pipeline by {job.name}"))
        elif job.unresolved:
            found.append(CiGap(job.path, job.line, f"builds {job.name} on what is not in the file"))
    return found


def _comes(pipeline: GitlabPipeline, job: GitlabJob, source: str) -> bool:
    """Whether a source may run a job; what only a variable decides may be."""
    return pipeline.starts_on(source) is not False and job.runs_on(source) is not False


def _job(pipeline: GitlabPipeline, job: GitlabJob, path: str) -> CiJob:
    sources = [s for each in _SOURCES.values() for s in each if _comes(pipeline, job, s)]
    events = {e for e, each in _SOURCES.items() if any(s in sources for s in each)}
    if events - {REVIEW}:
        events.add(MANUAL)
    manual = bool(sources) and all(job.manual(source) for source in sources)
    tolerated = [source for source in sources if job.tolerated(source)]
    why = ""
    if sources and len(tolerated) == len(sources):
        why = (
            "nobody need start it, for it is manual"
            if manual
            else "`allow_failure` hides its failure"
        )
    place = job.path or path
    return CiJob(
        name=job.name,
        path=place,
        line=job.line or 1,
        steps=tuple(_steps(job, place)),
        events=frozenset(events),
        needs=_needs(pipeline, job),
        tolerated=why,
        always=bool(sources) and all(job.always(source) for source in sources),
        manual=manual,
    )


def _needs(pipeline: GitlabPipeline, job: GitlabJob) -> frozenset[str]:
    """The jobs whose failure keeps one back: those it names, or all of the stages before its own."""
    stages = [".pre", *(s for s in pipeline.stages if s not in (".pre", ".post")), ".post"]
    place = {stage: at for at, stage in enumerate(stages)}
    own = place.get(job.stage, len(stages))
    if job.ordered:
        return frozenset(job.needs)
    return frozenset(o.name for o in pipeline.jobs if place.get(o.stage, len(stages)) < own)


def _steps(job: GitlabJob, path: str) -> Iterator[CiStep]:
    """The script of a job as one text for each file that it comes from: the runner gives all of it to
    one shell, so that `cd` and `set` reach the entries behind them."""
    for file, group in groupby(job.script, key=lambda part: part.path or path):
        parts = list(group)
        lines = [
            (part.line or job.line or 1) + at
            for part in parts
            for at in range(part.text.count("\n") + 1)
        ]
        yield CiStep(
            "\n".join(part.text for part in parts),
            file,
            lines[0],
            SHELL,
            rescues=job.when == "on_failure",
            lines=tuple(lines),
        )
