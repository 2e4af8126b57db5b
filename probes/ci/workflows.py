"""Reads the pipelines at the git root: triggers, test steps that can fail, deployments.

GitHub Actions, GitLab (with its local includes), CircleCI and Azure Pipelines (with their local templates) are
read; what they bring in from elsewhere leaves the facts unknown that nothing in the repository answers. A
declarative Jenkinsfile is only declared: what starts it is set in Jenkins. A test step counts where a pull request,
a merge queue or a push to a branch runs it and its failure fails the workflow. Reusable workflows, composite
actions, make targets, package scripts and shell scripts of the repository are followed. In a repository of several
parts, something must show that the step is about the service: its folder, a path or package in the command, the
workflow's path filter, the member list of a build tool, a Compose file; where nothing does, the tests stay unknown.
What is deployed to a cluster that the job has made for itself (kind, minikube, k3d) is a test. Not seen: required
checks of the branch, secrets and variables that switch steps off, other systems than these (where they hold the
tests, the facts stay unknown).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.code.lexical.places import SHIPPED, role
from auditor.formats.ci import github_actions, github_workflow
from auditor.formats.ci.ci_commands import CiCommand, CommandKind
from auditor.formats.ci.ci_concern import Concern, literal
from auditor.formats.ci.github_condition import holds
from auditor.formats.ci.github_run import (
    REVIEWS,
    comes,
    pushes,
    some_job,
    starts,
    step_commands,
    step_tolerated,
    tolerated,
)
from auditor.formats.ci.github_workflow import Job, Step, Trigger, Workflow
from auditor.formats.ci.local_cluster import CREATES, is_cluster_action, stays_inside
from auditor.formats.text.errors import FormatError, Malformed, TooLarge
from auditor.model.evidence import Location
from auditor.probing.ci.pipeline_recipes import Recipes
from auditor.probing.contract import (
    Context,
    Need,
    Observation,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.repo import Repo
from probes.ci import (
    DEPLOYS,
    FACTS,
    INVALID,
    MISPLACED,
    REVIEWED,
    TESTS,
    UNFAILING,
    VALID,
    Forges,
    Seen,
    no_deployment,
    unclear,
    unread,
)

_PLACE = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_NESTED = re.compile(r"(.+/)\.github/workflows/[^/]+\.ya?ml")
_OTHER = re.compile(
    r"\.travis\.yml|bitbucket-pipelines\.yml|\.drone\.ya?ml|\.woodpecker(?:/[^/]+)?\.ya?ml|\.cirrus\.yml"
    r"|(?:[\w.-]+/){0,4}(?:cloudbuild|buildspec)[\w.-]*\.ya?ml|(?:[\w.-]+/){0,3}cloudbuild/[^/]+\.ya?ml"
    r"|\.?appveyor\.yml|bitrise\.yml|codefresh\.ya?ml|\.semaphore/[^/]+\.ya?ml|\.harness/(?:.+/)?[^/]+\.ya?ml|\.tekton/[^/]+\.ya?ml"
    r"|\.buildkite/[^/]+\.ya?ml|\.(?:gitea|forgejo)/workflows/[^/]+\.ya?ml|\.teamcity/settings\.kts"
)
_DELIVERS = ("push", "release", "workflow_run", "workflow_dispatch", "repository_dispatch", "deployment")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """One job as some events run it; `path` is the file that its steps stand in, `concern` what its
    steps are about where they do not show it themselves."""

    path: str
    job: Job
    events: frozenset[str]
    tolerated: str
    concern: Concern


@probe("ci.workflows", title="Pipelines", needs=[Need.REPOSITORY], emits=FACTS, pure=True)
def workflows(ctx: Context) -> Iterator[Observation]:
    """Give every fact when all workflows could be read; else those that hold something already."""
    repo, seen = ctx.repo, Seen()
    paths = [e.path for e in repo.entries if _PLACE.fullmatch(e.path)]
    reader = Reader(repo, seen)
    for path in paths:
        reader.workflow(path)
    for entry in repo.service:
        nested = _NESTED.fullmatch(entry.path)
        if nested and role(repo.below(entry.path)) in SHIPPED and "{{" not in entry.path:
            seen.add(MISPLACED, entry.path, None, "is not at the git root, so GitHub never runs it")
    forges = Forges(repo, reader.recipes, seen)
    forges.look(alone=not paths)
    reader.unclear += forges.unclear
    paths += forges.paths
    others = [e.path for e in repo.entries if _OTHER.fullmatch(e.path)]
    if others and not seen.get(TESTS):
        seen.problems.append(unread(others, paths, seen))
    seen.problems += forges.doubts()
    if not others and reader.unclear and not seen.get(TESTS):
        seen.problems.append(unclear(reader.unclear, repo.root))
    hidden = {key for problem in seen.problems for key in problem.facts}
    if not seen.get(DEPLOYS) and DEPLOYS.key not in hidden:
        seen.problems.append(no_deployment(paths))
    yield from seen.observations(
        ctx,
        ", ".join(paths)
        or "searched: .github/workflows/*.y*ml and the files of GitLab, CircleCI, Azure and Jenkins",
    )


def _texts(job: Job) -> Iterator[str]:
    """The scripts of a job, and what stands for actions that make a cluster."""
    for step in job.steps:
        made = is_cluster_action((step.uses or "").partition("@")[0])
        yield CREATES if made else step.run or ""


class Reader:
    """Follows workflows into what they call, and sorts what they run."""

    def __init__(self, repo: Repo, seen: Seen) -> None:
        self._repo = repo
        self._seen = seen
        self.unclear: list[tuple[Location, str]] = []
        self.recipes = Recipes(repo)
        self._parts = self.recipes.parts
        self._files = frozenset(repo.by_path)
        self._broken: set[str] = set()

    def workflow(self, path: str) -> None:
        """One workflow that events of the forge start."""
        workflow = self._read(path)
        if workflow is None:
            return
        self._seen.add(VALID, path, None, "")
        fired = [t for t in workflow.triggers if self._fires(t)]
        events = frozenset(t.event for t in fired)
        if any(some_job(workflow, event) for event in events.intersection(REVIEWS)):
            self._seen.add(REVIEWED, path, None, "")
        gating = [t for t in fired if t.event in REVIEWS or pushes(t)]
        gates = frozenset(t.event for t in gating)
        filtered = any(self._parts.layout.filtered(t.paths) for t in gating)
        concern = Concern.OURS if filtered else Concern.UNCLEAR
        for run in self._runs(path, workflow, events, concern, 0):
            self._job(run, gates)

    def _read(self, path: str) -> Workflow | None:
        try:
            return github_workflow.read(self._repo.read(path).data, name=path)
        except (FormatError, Trouble) as error:
            self._refused(path, error)
        return None

    def _refused(self, path: str, error: FormatError | Trouble) -> None:
        if isinstance(error, Malformed):
            self._seen.add(INVALID, path, error.line, error.message)
            return
        if path in self._broken:
            return
        self._broken.add(path)
        hidden = tuple(fact.key for fact in FACTS if not self._seen.get(fact))
        if isinstance(error, Trouble):
            problem = error.problem(*hidden)
        else:
            kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
            problem = Problem(kind, str(error), "Split the file, and audit again.", hidden)
        self._seen.problems.append(problem)

    def _fires(self, trigger: Trigger) -> bool:
        """Whether an event that changes the service starts the workflow."""
        if not starts(trigger):
            return False
        wanted = [p for p in trigger.paths if not p.startswith("!")]
        return not wanted or any(self._parts.layout.meets(literal(p)) for p in wanted)

    def _runs(
        self, path: str, workflow: Workflow, events: frozenset[str], concern: Concern, depth: int
    ) -> Iterator[Run]:
        """The jobs, with those of reusable workflows of this repository."""
        for job in workflow.jobs:
            alive = frozenset(e for e in events if comes(workflow, job, e))
            if job.uses is None:
                why = tolerated(job.continue_on_error, job, alive)
                yield Run(path, job, alive, why, concern)
            elif job.uses.startswith("./"):
                called = posixpath.normpath(job.uses)
                if called not in self._files:
                    self._seen.add(INVALID, path, job.line, f"uses {called}, which is not there")
                elif depth < 2:
                    below = self._read(called)
                    if below is not None:
                        yield from self._runs(called, below, alive, concern, depth + 1)

    def _job(self, run: Run, gates: frozenset[str]) -> None:
        for step in run.job.steps:
            self._step(run, step, run.path, gates, 0)

    def _step(self, run: Run, step: Step, path: str, gates: frozenset[str], depth: int) -> None:
        events = frozenset(e for e in run.events if holds(step.condition, e) is not False)
        if not events and not self._switched_off(run, step):
            return
        why = "" if events else "never runs, for its condition is always false"
        why = why or run.tolerated or step_tolerated(step, run.job, events)
        if step.uses is not None:
            self._action(run, step, path, gates, depth, why)
            return
        gated = bool(gates & events) or (not events and bool(gates))
        delivers = bool(events.intersection(_DELIVERS))
        for command, folder in step_commands(step, run.job):
            concern = self._parts.concern(command.text, folder, run.concern)
            if concern is Concern.OTHER:
                continue
            if command.kind is CommandKind.TEST and gated:
                self._test(command, folder, concern, path, why)
            if command.kind is CommandKind.DEPLOY and delivers and self._deploys(command, folder):
                if stays_inside(_texts(run.job), command.text):
                    continue
                self._seen.add(DEPLOYS, path, command.line, command.text)

    def _switched_off(self, run: Run, step: Step) -> bool:
        """Whether nothing but `if: false` keeps a step from running."""
        return holds(run.job.condition, None) is False or (
            bool(run.events) and holds(step.condition, None) is False
        )

    def _test(self, command: CiCommand, folder: str, concern: Concern, path: str, why: str) -> None:
        """Sorts one test command: it can fail, it cannot, it may be another's, or it is none."""
        if command.idle:
            return
        why = why or command.why_not
        if command.delegated:
            work = self.recipes.work(command, folder, concern)
            if not work.does:
                return
            why, concern = why or work.why_not, work.concern
        if concern is not Concern.OURS:
            self.unclear.append((Location(path=path, line=command.line), command.text))
        elif not why:
            self._seen.add(TESTS, path, command.line, command.text)
            self._seen.get(UNFAILING).pop((path, command.line), None)
        elif (path, command.line) not in self._seen.get(TESTS):
            self._seen.add(UNFAILING, path, command.line, f"`{command.text}` cannot fail: {why}")

    def _deploys(self, command: CiCommand, folder: str) -> bool:
        if not command.delegated or not command.can_fail:
            return command.can_fail
        return self.recipes.work(command, folder).does

    def _action(
        self, run: Run, step: Step, path: str, gates: frozenset[str], depth: int, why: str
    ) -> None:
        """A step that uses an action: one of this repository is followed, some are known by name."""
        uses = step.uses or ""
        if uses.startswith("./"):
            self._local(run, step, path, gates, depth, why)
            return
        name = uses.partition("@")[0]
        folder = step.argument("working-directory").strip("./")
        concern = self._parts.layout.command("", folder, run.concern)
        if why.startswith("never") or concern is Concern.OTHER:
            return
        if github_actions.runs_tests(step) and gates & run.events:
            if concern is Concern.OURS:
                fact = UNFAILING if why else TESTS
                self._seen.add(fact, path, step.line, f"{name} cannot fail: {why}" if why else name)
            else:
                self.unclear.append((Location(path=path, line=step.line), name))
        if github_actions.deploys(step) and not why and run.events.intersection(_DELIVERS):
            self._seen.add(DEPLOYS, path, step.line, name)

    def _local(
        self, run: Run, step: Step, path: str, gates: frozenset[str], depth: int, why: str
    ) -> None:
        folder = posixpath.normpath(step.uses or "")
        files = [posixpath.join(folder, n) for n in ("action.yml", "action.yaml")]
        action = next((f for f in files if f in self._files), None)
        if action is None or depth >= 2:
            return
        try:
            steps = github_workflow.read_action(self._repo.read(action).data, name=action)
        except (FormatError, Trouble) as error:
            self._refused(action, error)
            return
        alive = frozenset(e for e in run.events if holds(step.condition, e) is not False)
        below = Run(action, run.job, alive, why, run.concern)
        for inner in steps:
            self._step(below, inner, action, gates, depth + 1)
