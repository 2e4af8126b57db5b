"""Reads what a workflow of GitHub Actions may do, and what may make it do more.

Actions and workflows of other repositories must be fixed by a full commit id, since whoever owns a tag can move it; those
of `actions/` and `github/` are left out. Permissions of the token are stated at the top of a workflow or in
each of its jobs, and never `write-all`. A workflow that runs with secrets for a stranger's change (pull_request_target,
workflow_run) checks out no code of that change. No text that a stranger writes (titles, branch names, comments) is put
into a script as it is.

Not seen: settings of the organisation (a default of read-only permissions, allowed actions), and other systems than
GitHub Actions: where only they are used, the facts stay unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.formats.ci import github_workflow
from auditor.formats.ci.github_workflow import Job, Workflow
from auditor.formats.text.yaml_shapes import mapping_of, text_of
from auditor.formats.text.yaml_text import YamlDocument, load
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.repository.entries import Entries

WORKFLOWS = FactSpec("ci_hardening.workflows", FactType.LIST, "Workflows that were judged.")
UNPINNED = FactSpec(
    "ci_hardening.unpinned_actions",
    FactType.LIST,
    "Actions of other repositories that a tag fixes, or nothing.",
)
BROAD = FactSpec(
    "ci_hardening.broad_permissions",
    FactType.LIST,
    "Jobs whose token may do what nobody has stated.",
)
UNTRUSTED = FactSpec(
    "ci_hardening.untrusted_code", FactType.LIST, "Code of strangers that runs beside secrets."
)
INJECTED = FactSpec(
    "ci_hardening.injections", FactType.LIST, "Scripts that hold what strangers write."
)
INVALID = FactSpec("ci_hardening.invalid", FactType.LIST, "Workflows that GitHub would refuse.")
_ALL = (WORKFLOWS, UNPINNED, BROAD, UNTRUSTED, INJECTED, INVALID)

_PLACE = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_LIMIT = 1024 * 1024
_FIXED = re.compile(r".+@[0-9a-f]{40}|docker://.+@sha256:[0-9a-f]{64}")
_OWN = re.compile(r"\./|actions/|github/")
_WITH_SECRETS = frozenset({"pull_request_target", "workflow_run"})
_OF_CHANGE = re.compile(
    r"github\.event\.(?:pull_request\.head\.|workflow_run\.head_)|github\.head_ref|refs/pull/"
)
_WRITTEN = re.compile(
    r"\$\{\{[^}]*\b(?:github\.head_ref\b|github\.event\.(?:issue\.(?:title|body)|pull_request\.(?:title|body|head\.(?:ref|label)"
    r"|head\.repo\.default_branch)|comment\.body|review\.body|review_comment\.body|discussion\.(?:title|body)"
    r"|head_commit\.(?:message|author\.(?:name|email))|commits\b|pages\b|workflow_run\.(?:head_branch|display_title)))"
)


@probe(
    "ci.hardening",
    title="What workflows may do",
    needs=[Need.REPOSITORY],
    emits=_ALL,
    pure=True,
)
def hardening(ctx: Context) -> Iterator[Observation]:
    """Nothing without a workflow at the git root; one that is broken leaves open what no other tells."""
    seen = Entries(_ALL)
    paths = [e.path for e in ctx.repo.entries if _PLACE.fullmatch(e.path)]
    if not paths:
        yield Problem(
            ProblemKind.VACUOUS,
            "The git root holds no workflow of GitHub Actions, and other systems are not judged.",
            "Attest what the pipelines of another system may do.",
            tuple(fact.key for fact in _ALL),
        )
        return
    for path in paths:
        with seen.reading(path, INVALID, "actionlint"):
            data = ctx.repo.read(path, limit=_LIMIT).data
            workflow = github_workflow.read(data, name=path)
            seen.add(WORKFLOWS, path, None, "")
            _permissions(seen, path, load(data, name=path))
            _steps(seen, path, workflow)
    yield from seen.observations(ctx, ctx.repo.source(".github/workflows"))


def _permissions(seen: Entries, path: str, document: YamlDocument) -> None:
    """Jobs without a statement of their own have that of the workflow; without any, the default of the forge."""
    top = mapping_of(document.value)
    stated = "permissions" in top
    if text_of(top.get("permissions")) == "write-all":
        seen.add(BROAD, path, document.line(("permissions",)), "the workflow may write everything")
    for name, value in mapping_of(top.get("jobs")).items():
        job = mapping_of(value)
        line = document.key_line(("jobs", name))
        if text_of(job.get("permissions")) == "write-all":
            seen.add(BROAD, path, line, f"{name} may write everything")
        elif not stated and "permissions" not in job:
            seen.add(BROAD, path, line, f"{name} states no permissions")


def _steps(seen: Entries, path: str, workflow: Workflow) -> None:
    beside_secrets = any(trigger.event in _WITH_SECRETS for trigger in workflow.triggers)
    for job in workflow.jobs:
        for line, uses in _used(job):
            if not _OWN.match(uses) and not _FIXED.fullmatch(uses):
                seen.add(UNPINNED, path, line, uses)
        for step in job.steps:
            if step.run and _WRITTEN.search(step.run):
                seen.add(INJECTED, path, step.line, "puts what a stranger writes into a script")
            checks_out = (step.uses or "").startswith("actions/checkout@")
            told = f"{step.argument('ref')} {step.argument('repository')} {step.run or ''}"
            fetches = checks_out or re.search(
                r"\bgit (?:fetch|checkout|pull)\b|\bgh pr checkout\b", told
            )
            if beside_secrets and fetches and (_OF_CHANGE.search(told) or "gh pr checkout" in told):
                seen.add(
                    UNTRUSTED, path, step.line, "checks out a stranger's change beside secrets"
                )


def _used(job: Job) -> Iterator[tuple[int | None, str]]:
    if job.uses:
        yield job.line, job.uses
    yield from ((step.line, step.uses) for step in job.steps if step.uses)
