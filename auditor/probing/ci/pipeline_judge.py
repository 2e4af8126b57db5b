"""What the steps of a pipeline of any forge do for the service: test it so that a failure counts, or deploy it."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.formats.ci.ci_commands import CiCommand, CommandKind
from auditor.formats.ci.ci_concern import Concern
from auditor.formats.ci.ci_model import DELIVERS, PUSH, REVIEW, CiJob, CiPipeline, CiStep
from auditor.formats.ci.local_cluster import stays_inside
from auditor.model.evidence import Location
from auditor.probing.ci.pipeline_recipes import Recipes

Told = tuple[str, int, str]
"""A path, a line, and what stands there."""


@dataclass(slots=True)
class Judged:
    """The test steps that can fail, those that cannot with the reason, those that may be of another
    part, and the steps that deploy."""

    tests: list[Told] = field(default_factory=list)
    unfailing: list[Told] = field(default_factory=list)
    unclear: list[tuple[Location, str]] = field(default_factory=list)
    deploys: list[Told] = field(default_factory=list)


def judge(pipelines: list[CiPipeline], recipes: Recipes) -> Judged:
    """Sorts what the steps of pipelines run."""
    judged = Judged()
    for pipeline in pipelines:
        for job in pipeline.jobs:
            held = _held(pipeline, job)
            for step in job.steps:
                _step(job, step, held, recipes, judged)
    return judged


def _held(pipeline: CiPipeline, job: CiJob) -> str:
    """Why a job may never come to run: a person's approval stands before it."""
    approvals = [j for j in (job, *pipeline.before(job)) if j.manual and not j.steps]
    return f"it waits for the approval {approvals[0].name}" if approvals else ""


def _step(job: CiJob, step: CiStep, held: str, recipes: Recipes, judged: Judged) -> None:
    events = job.events & step.events
    gated = bool(events & {REVIEW, PUSH})
    for command, folder in step.commands():
        concern = recipes.parts.concern(command.text, folder, Concern.UNCLEAR)
        if concern is Concern.OTHER:
            continue
        shown = step.label or command.text
        if command.kind is CommandKind.TEST and gated:
            why = step.tolerated or job.tolerated or held
            judged_test = _test(command, folder, concern, why, recipes)
            if judged_test is None:
                continue
            why, concern = judged_test
            place = (step.path, command.line)
            if concern is not Concern.OURS:
                judged.unclear.append((Location(path=step.path, line=command.line), shown))
            elif why:
                judged.unfailing.append((*place, f"`{shown}` cannot fail: {why}"))
            else:
                judged.tests.append((*place, shown))
        if (
            command.kind is CommandKind.DEPLOY
            and events & DELIVERS
            and not stays_inside((one.text for one in job.steps), command.text)
            and deploys(command, folder, recipes)
        ):
            judged.deploys.append((step.path, command.line, shown))


def _test(
    command: CiCommand, folder: str, concern: Concern, why: str, recipes: Recipes
) -> tuple[str, Concern] | None:
    """Why a test cannot fail ("" where it can), and what it is about; None where it tests nothing."""
    if command.idle:
        return None
    why = why or command.why_not
    if command.delegated:
        work = recipes.work(command, folder, concern)
        if not work.does:
            return None
        return why or work.why_not, work.concern
    return why, concern


def deploys(command: CiCommand, folder: str, recipes: Recipes) -> bool:
    """Whether a command that is called a deployment is one: not a dry run, nor a script that prints."""
    if not command.delegated or not command.can_fail:
        return command.can_fail
    return recipes.work(command, folder).does


def reviewed(pipeline: CiPipeline) -> bool:
    """Whether a merge or pull request starts it."""
    return any(REVIEW in job.events and job.steps for job in pipeline.jobs)


__all__ = ["Judged", "Told", "deploys", "judge", "reviewed"]
