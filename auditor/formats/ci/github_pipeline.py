"""A workflow of GitHub Actions in the model that all forges share, with what it calls put in."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from auditor.formats.ci import github_actions, github_workflow, local_cluster
from auditor.formats.ci.ci_commands import shell_options
from auditor.formats.ci.ci_model import MANUAL, PUSH, REVIEW, TAG, CiGap, CiJob, CiPipeline, CiStep
from auditor.formats.ci.github_condition import holds
from auditor.formats.ci.github_run import REVIEWS, comes, pushes, starts, step_tolerated, tolerated
from auditor.formats.ci.github_workflow import Job, Step, Workflow
from auditor.formats.shell.shell_fate import ShellOptions

Local = Callable[[str], bytes | None]
"""The content of a file of the repository by its path from the git root; None where it is not there."""

_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_ANYWAY = re.compile(r"\balways\(\)|!\s*cancelled\(\)|\bfailure\(\)")
_ASKS = re.compile(r"\bneeds\.[\w-]+\.result\b|\bsuccess\(\)|contains\(\s*needs\.\*")
_STRICT = ShellOptions(True, True)
# Actions that check manifests, as the command that they run.
_CHECKS = re.compile(
    r"azure/k8s-lint|(?:docker://)?(?:ghcr\.io/)?yannh/kubeconform|instrumenta/(?:conftest|kubeval)-action"
    r"|makocchi-git/actions-k8s-manifests-validate-\S+|stackrox/kube-linter-action|docker://openpolicyagent/conftest"
)
_DEEPEST = 3


def read(data: bytes | str, *, path: str, local: Local) -> CiPipeline | None:
    """The pipeline of one workflow; None for one that only other workflows call.

    Raises Malformed where GitHub would refuse it, and TooLarge.
    """
    workflow = github_workflow.read(data, name=path)
    fired = [t for t in workflow.triggers if starts(t) and t.event != "workflow_call"]
    if not fired:
        return None
    events = {t.event: _event(t.event, pushes(t)) for t in fired}
    reader = _Reader(local)
    jobs = tuple(reader.jobs(path, workflow, events, "", frozenset(), "", 0))
    return CiPipeline("GitHub Actions", path, workflow.name or "", jobs, tuple(reader.gaps))


def _event(event: str, to_branch: bool) -> str:
    if event in REVIEWS:
        return REVIEW
    if event == "push":
        return PUSH if to_branch else TAG
    return TAG if event == "release" else MANUAL


class _Reader:
    def __init__(self, local: Local) -> None:
        self._local = local
        self.gaps: list[CiGap] = []

    def jobs(
        self, path: str, workflow: Workflow, events: dict[str, str], prefix: str,
        waited: frozenset[str], why: str, depth: int,
    ) -> Iterator[CiJob]:  # fmt: skip
        """The jobs, those of the workflows that they call in their place."""
        inner: dict[str, list[CiJob]] = {}
        for job in _ordered(workflow.jobs):
            alive = {e: n for e, n in events.items() if comes(workflow, job, e)}
            needs = waited | {j.name for need in job.needs for j in inner.get(need, [])}
            soft = why or tolerated(job.continue_on_error, job, frozenset(alive))
            name = f"{prefix}{job.id}"
            if job.uses is not None:
                inner[job.id] = list(self._called(path, job, alive, name, needs, soft, depth))
                yield from inner[job.id]
                continue
            made = CiJob(
                name=name,
                path=path,
                line=job.line,
                steps=tuple(s for step in job.steps for s in self._step(path, job, step, alive, 0)),
                events=frozenset(alive.values()),
                needs=frozenset(needs),
                tolerated=soft,
                always=_anyway(job.condition),
            )
            inner[job.id] = [made]
            yield made

    def _called(
        self, path: str, job: Job, events: dict[str, str], name: str, needs: frozenset[str],
        why: str, depth: int,
    ) -> Iterator[CiJob]:  # fmt: skip
        uses = job.uses or ""
        called = posixpath.normpath(uses)
        data = self._local(called) if uses.startswith("./") and depth < _DEEPEST else None
        if data is None:
            self.gaps.append(CiGap(path, job.line, f"calls the workflow {uses[:100]}"))
            yield CiJob(name, path, job.line, (), frozenset(events.values()), needs, why)
            return
        below = github_workflow.read(data, name=called)
        anyway = _anyway(job.condition)
        for made in self.jobs(called, below, events, f"{name}/", needs, why, depth + 1):
            yield replace(made, always=made.always or anyway)

    def _step(
        self, path: str, job: Job, step: Step, events: dict[str, str], depth: int
    ) -> Iterator[CiStep]:
        alive = {e: n for e, n in events.items() if holds(step.condition, e) is not False}
        failing = "failure()" in (step.condition or "")
        if step.uses is not None and step.uses.startswith("./"):
            yield from self._local_action(job, step, alive, depth)
            return
        options = shell_options(step.shell)
        name = (step.uses or "").partition("@")[0]
        deploys = step.uses is not None and github_actions.deploys(step)
        text = _EXPRESSION.sub("EXPRESSION", step.run or "")
        if _CHECKS.fullmatch(name.lower()):
            text = "kubeconform"
        elif local_cluster.is_cluster_action(name):
            text = local_cluster.CREATES
        elif name.endswith("/ssh-action"):
            text = _EXPRESSION.sub("EXPRESSION", step.argument("script"))
        if options is None or not (text or deploys):
            return
        yield CiStep(
            text=text,
            path=path,
            line=step.line,
            options=_STRICT if step.run is None else options,
            events=frozenset(alive.values()),
            folder=_EXPRESSION.sub("", step.working_directory or ""),
            tolerated=step_tolerated(step, job, frozenset(alive)),
            always=_anyway(step.condition),
            label=name,
            rescues=failing and not alive,
            deploys=deploys,
            environment=step.environment,
        )

    def _local_action(
        self, job: Job, step: Step, events: dict[str, str], depth: int
    ) -> Iterator[CiStep]:
        folder = posixpath.normpath(step.uses or "")
        for file in (f"{folder}/action.yml", f"{folder}/action.yaml"):
            data = self._local(file) if depth < _DEEPEST else None
            if data is None:
                continue
            soft = step_tolerated(step, job, frozenset(events))
            for inner in github_workflow.read_action(data, name=file):
                for made in self._step(file, job, inner, events, depth + 1):
                    yield replace(
                        made,
                        tolerated=made.tolerated or soft,
                        always=made.always or _anyway(step.condition),
                    )
            return


def _anyway(condition: str | None) -> bool:
    """Whether a condition lets run what stands behind a failure."""
    text = condition or ""
    return _ANYWAY.search(text) is not None and _ASKS.search(text) is None


def _ordered(jobs: tuple[Job, ...]) -> Iterator[Job]:
    """The jobs, each behind those that it needs (that these meet is checked where they are read)."""
    waiting = {job.id: job for job in jobs}
    while waiting:
        ready = [job for job in waiting.values() if not set(job.needs) & waiting.keys()]
        for job in ready:
            yield waiting.pop(job.id)
