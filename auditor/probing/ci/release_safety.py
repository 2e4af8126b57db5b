"""Which checks can stop a deployment in pipelines, and which steps bring the version before back."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.formats.ci.ci_commands import CiCommand, CommandKind, is_idle
from auditor.formats.ci.ci_concern import Concern
from auditor.formats.ci.ci_model import DELIVERS, REVIEW, CiJob, CiPipeline, CiStep
from auditor.formats.ci.ci_rules_release import RELEASE_RULES
from auditor.formats.ci.local_cluster import stays_inside
from auditor.formats.shell.shell_nodes import commands
from auditor.formats.shell.shell_syntax import read_script
from auditor.probing.ci.pipeline_judge import deploys
from auditor.probing.ci.release_checks import CheckRecipes
from auditor.probing.repo import Repo

_NAMED = re.compile(r"(?i)roll[-_ ]?back|\brevert[-_ ](?:deploy|release)")
_CHECK_NAMED = re.compile(r"(?i)pre[-_ ]?flight|pre[-_ ]?deploy(?:ment)?[-_ ]?checks?")
# No options, no assignments, no quotes, no addresses.
_PLAIN = re.compile(r"(?!-)[\w./:-]{1,80}(?<!:)")
Told = tuple[str, int, str]


@dataclass(frozen=True, slots=True)
class Act:
    """One command of a pipeline, at its place in the order of its job."""

    job: CiJob
    step: CiStep
    order: int
    line: int
    text: str
    events: frozenset[str]
    why_not: str = ""
    delegated: bool = False
    offset: int = 0

    @property
    def at(self) -> tuple[int, int, int]:
        """Where it stands in the order of its job."""
        return self.order, self.line, self.offset

    @property
    def place(self) -> tuple[str, int]:
        """Its file and line."""
        return self.step.path, self.line


@dataclass(slots=True)
class Safety:
    """Checks that can stop a deployment, checks that cannot, deployments without one, and what brings
    back the version before, or only seems to. `scripted`: deployments whose script may check first."""

    checks: list[Told] = field(default_factory=list)
    idle_checks: list[Told] = field(default_factory=list)
    unguarded: list[Told] = field(default_factory=list)
    deployments: int = 0
    scripted: list[Told] = field(default_factory=list)
    rollbacks: list[Told] = field(default_factory=list)
    idle_rollbacks: list[Told] = field(default_factory=list)


class Look:
    """Goes through pipelines and sorts what they do around their deployments."""

    def __init__(self, repo: Repo) -> None:
        self._recipes = CheckRecipes(repo)
        self.safety = Safety()

    def pipeline(self, pipeline: CiPipeline) -> None:
        """One pipeline."""
        checks: list[Act] = []
        deployments: list[Act] = []
        for job in pipeline.jobs:
            for order, step in enumerate(job.steps):
                self._sort(pipeline, job, step, order, checks, deployments)
        self._named_jobs(pipeline)
        if _named(pipeline):
            # What a rollback deploys is the version before: no check of the new one is due.
            return
        self._weigh(pipeline, checks, deployments)

    def _sort(
        self, pipeline: CiPipeline, job: CiJob, step: CiStep, order: int, checks: list[Act],
        deployments: list[Act],
    ) -> None:  # fmt: skip
        events = job.events & step.events
        # What GitHub also runs for a pull request sets up a preview, or a cluster for tests.
        delivers = bool(events & DELIVERS) and not (
            pipeline.forge == "GitHub Actions" and REVIEW in events
        )
        taken: set[tuple[int, str]] = set()
        for command, folder in step.commands(RELEASE_RULES):
            if self._other(command, folder):
                continue
            shown = step.label or _short(command.text)
            if command.kind is CommandKind.ROLLBACK:
                self._rollback(job, step, command, folder, shown)
                continue
            taken.add((command.line, command.text))
            why = step.tolerated or self._recipes.why_not(command, folder)
            checks.append(
                Act(
                    job,
                    step,
                    order,
                    command.line,
                    shown,
                    events,
                    why,
                    False,
                    _offset(step, command),
                )
            )
        if step.deploys and delivers:
            deployments.append(Act(job, step, order, step.line, step.label, events))
        for command, folder in step.commands():
            if command.kind is not CommandKind.DEPLOY or (command.line, command.text) in taken:
                continue
            if not delivers or self._other(command, folder):
                continue
            if stays_inside((one.text for one in job.steps), command.text):
                continue
            if command.delegated and not self._delivers(command, folder):
                continue
            shown = step.label or _short(command.text)
            act = Act(
                job,
                step,
                order,
                command.line,
                shown,
                events,
                "",
                command.delegated,
                _offset(step, command),
            )
            if not command.idle and "never reaches" not in command.why_not:
                deployments.append(act)

    def _delivers(self, command: CiCommand, folder: str) -> bool:
        return not command.can_fail or deploys(command, folder, self._recipes)

    def _other(self, command: CiCommand, folder: str) -> bool:
        return self._recipes.parts.concern(command.text, folder) is Concern.OTHER

    def _rollback(
        self, job: CiJob, step: CiStep, command: CiCommand, folder: str, shown: str
    ) -> None:
        place = (step.path, command.line)
        if not (job.events & step.events) and not step.rescues:
            why = "it never runs"
        elif command.delegated:
            work = self._recipes.work(command, folder)
            why = (
                ""
                if work.does and not _prints(work.why_not)
                else "its script does nothing, or is not there"
            )
        else:
            why = command.why_not if "dry" in command.why_not or "never" in command.why_not else ""
        if why:
            self.safety.idle_rollbacks.append((*place, f"`{shown}` brings nothing back: {why}"))
        else:
            self.safety.rollbacks.append((*place, shown))

    def _named_jobs(self, pipeline: CiPipeline) -> None:
        """Jobs and workflows that are called a rollback: they must do something."""
        whole = _named(pipeline)
        for job in pipeline.jobs:
            if not whole and not _NAMED.search(job.name):
                continue
            if not job.steps and not whole:
                continue
            title = f"the job {job.name}"
            if any(self._does(step) for step in job.steps) and (
                job.events or any(s.rescues for s in job.steps)
            ):
                self.safety.rollbacks.append((job.path, job.line, title))
            elif _NAMED.search(job.name) or len(pipeline.jobs) == 1:
                why = "it only prints" if job.events else "it never runs"
                self.safety.idle_rollbacks.append(
                    (job.path, job.line, f"{title} brings nothing back: {why}")
                )

    def _does(self, step: CiStep) -> bool:
        """Whether a step changes what runs: it deploys, brings back, or starts something on a server."""
        if step.deploys:
            return True
        for command, folder in (*step.commands(RELEASE_RULES), *step.commands()):
            if command.kind not in (CommandKind.DEPLOY, CommandKind.ROLLBACK):
                continue
            if not command.delegated:
                return True
            work = self._recipes.work(command, folder)
            if work.does and not _prints(work.why_not):
                return True
        return False

    def _weigh(self, pipeline: CiPipeline, checks: list[Act], deployments: list[Act]) -> None:
        safety = self.safety
        safety.deployments += len(deployments)
        guarded: set[int] = set()
        for check in checks:
            kept = [at for at, d in enumerate(deployments) if _before(pipeline, check, d)]
            why = check.why_not or _soft(check, deployments, kept)
            if kept and not why:
                guarded.update(kept)
                told = f"{check.text} (before {deployments[kept[0]].text})"
                safety.checks.append((*check.place, told[:300]))
            elif deployments:
                why = why or _misses(check, deployments)
                safety.idle_checks.append(
                    (*check.place, f"`{check.text}` stops no deployment: {why}")
                )
        if deployments:
            self._empty_jobs(pipeline)
        for at, deployment in enumerate(deployments):
            if at in guarded:
                continue
            missed: Told = (*deployment.place, f"{deployment.text} (job {deployment.job.name})")
            safety.unguarded.append(missed)
            if deployment.delegated:
                safety.scripted.append(missed)

    def _empty_jobs(self, pipeline: CiPipeline) -> None:
        """Jobs that are called a check before deployment, and only print."""
        for job in pipeline.jobs:
            scripts = [
                command for step in job.steps for command in commands(read_script(step.text))
            ]
            if _CHECK_NAMED.search(job.name) and all(map(is_idle, scripts)):
                told = f"the job {job.name} stops no deployment: it only prints"
                self.safety.idle_checks.append((job.path, job.line, told))


def _offset(step: CiStep, command: CiCommand) -> int:
    """Where a command stands in its script, to tell the order of two on one line."""
    return step.text.find(command.text[:60])


def _short(text: str) -> str:
    """A command by its first words: what stands behind them may be a secret."""
    words: list[str] = []
    for word in text.split():
        if len(words) == 5 or not _PLAIN.fullmatch(word):
            break
        words.append(word)
    return " ".join(words) or re.split(r"[\s='\"]", text.strip())[0][:30]


def _prints(why_not: str) -> bool:
    return why_not == "it only prints"


def _named(pipeline: CiPipeline) -> bool:
    """Whether a whole pipeline is called a rollback."""
    own_file = pipeline.forge == "GitHub Actions" and posixpath.basename(pipeline.path)
    return _NAMED.search(f"{own_file or ''} {pipeline.title}") is not None


def _before(pipeline: CiPipeline, check: Act, deployment: Act) -> bool:
    """Whether a deployment comes to run only after the check has passed."""
    if not deployment.events & DELIVERS <= check.events:
        return False
    if check.job.name == deployment.job.name:
        earlier = check.at < deployment.at
        return earlier and not (deployment.step.always and check.order != deployment.order)
    return any(job.name == check.job.name for job in pipeline.before(deployment.job))


def _soft(check: Act, deployments: list[Act], kept: list[int]) -> str:
    """Why the failure of the check's whole job would not keep the others from running."""
    elsewhere = kept and all(deployments[at].job.name != check.job.name for at in kept)
    return check.job.tolerated if elsewhere else ""


def _misses(check: Act, deployments: list[Act]) -> str:
    same = [d for d in deployments if d.job.name == check.job.name]
    if any(d.at < check.at for d in same):
        return "it runs after the deployment"
    if same:
        return "the deployment also runs without it, or after its failure"
    return "the job that deploys does not wait for it, or runs without it"


def told(entries: list[Told]) -> Iterator[Told]:
    """Entries without repetition, by place."""
    seen: set[tuple[str, int]] = set()
    for path, line, what in sorted(entries):
        if (path, line) not in seen:
            seen.add((path, line))
            yield path, line, what
