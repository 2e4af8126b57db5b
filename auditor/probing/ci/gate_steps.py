"""Steps of pipelines that run the auditor's gate on what a reviewer sees, and whether they can fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.formats.ci import github_workflow
from auditor.formats.ci.ci_commands import find_commands, shell_options
from auditor.formats.ci.ci_model import REVIEW, CiPipeline
from auditor.formats.ci.ci_rules import CommandKind, read_rules
from auditor.formats.ci.github_condition import holds
from auditor.formats.ci.github_run import REVIEWS, comes, starts, step_tolerated, tolerated
from auditor.formats.ci.github_workflow import Step, Workflow
from auditor.formats.text.errors import FormatError
from auditor.probing.ci.pipelines import read_pipelines
from auditor.probing.contract import Problem, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_GATE = read_rules(
    CommandKind.SCAN,
    r"""
    auditor gate :: auditor gate :: (?<= )--adopt(?= |=|$) :: --(?:against|baseline)\b
    auditor audit :: auditor audit :: --fail-on[= ]none :: --fail-on[= ](?:not-ready|blocker)
    """,
)
_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_ACTION = re.compile(r"(?i)[\w.-]+/(?:[\w.-]+/)*(?:production-readiness-)?auditor@\S+")
_OWN = re.compile(rb"(?m)^name:[ \t]*[\"']?auditor[\"']?[ \t]*$")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)


@dataclass(slots=True)
class GateSteps:
    """Steps that can fail a change, those that cannot with the reason, and what could not be read."""

    gates: list[tuple[str, int, str]] = field(default_factory=list)
    toothless: list[tuple[str, int, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, path: str, line: int, what: str, why: str) -> None:
        """One step; `why` it cannot fail."""
        if why:
            self.toothless.append((path, line, f"`{what}` cannot fail a change: {why}"))
        else:
            self.gates.append((path, line, what))


def gate_steps(repo: Repo) -> GateSteps:
    """The steps of every pipeline of the repository."""
    found = GateSteps()
    for path in (p for p in sorted(repo.by_path) if _WORKFLOW.fullmatch(p)):
        try:
            workflow = github_workflow.read(repo.read(path).data, name=path)
        except FormatError as error:
            found.problems.append(
                Problem(ProblemKind.MALFORMED, f"{path}: {error}", "Mend the workflow.")
            )
            continue
        except Trouble as trouble:
            found.problems.append(trouble.problem())
            continue
        _workflow(repo, path, workflow, found)
    others = read_pipelines(repo)
    found.problems += [trouble.problem() for trouble in others.unread]
    for path, line, message in others.invalid:
        place = f"{path}:{line}" if line else path
        said = f"{place} would be refused: {message}"
        found.problems.append(Problem(ProblemKind.MALFORMED, said, "Mend the pipeline."))
    for pipeline in others.pipelines:
        _pipeline(pipeline, found)
    return found


def _workflow(repo: Repo, path: str, workflow: Workflow, found: GateSteps) -> None:
    reviews = [t for t in workflow.triggers if t.event in REVIEWS and starts(t)]
    for job in workflow.jobs:
        events = frozenset(t.event for t in reviews if comes(workflow, job, t.event))
        partly = any(t.paths or t.paths_ignore for t in reviews if t.event in events)
        for step in job.steps:
            alive = frozenset(e for e in events if holds(step.condition, e) is not False)
            for line, what, own in _asks(repo, step):
                why = own or ("" if alive else "no pull request runs it")
                why = (
                    why
                    or tolerated(job.continue_on_error, job, alive)
                    or step_tolerated(step, job, alive)
                )
                why = why or ("a filter of paths keeps it from some changes" if partly else "")
                found.add(path, line, what, why)


def _asks(repo: Repo, step: Step) -> Iterator[tuple[int, str, str]]:
    """The line and text of what asks the auditor, and why that could not fail."""
    if step.run is not None and (options := shell_options(step.shell)) is not None:
        script = _EXPRESSION.sub("EXPRESSION", step.run)
        for command in find_commands(script, options, first_line=step.line, rules=_GATE):
            yield command.line, command.text, command.why_not
    uses = step.uses or ""
    if _ACTION.fullmatch(uses) or (uses.startswith("./") and _is_own(repo, uses)):
        fails = step.argument("fail-on").strip() in ("not-ready", "blocker")
        fails = fails or bool(step.argument("against").strip())
        yield (
            step.line,
            uses.partition("@")[0],
            "" if fails else "`fail-on` is `none` or not given, and so is `against`",
        )


def _is_own(repo: Repo, uses: str) -> bool:
    path = f"{uses[2:].strip('/')}/action.yml".lstrip("/")
    try:
        return path in repo.by_path and _OWN.search(repo.head(path)) is not None
    except Trouble:
        return False


def _pipeline(pipeline: CiPipeline, found: GateSteps) -> None:
    for job in pipeline.jobs:
        held = any(one.manual for one in (job, *pipeline.before(job)))
        for step in job.steps:
            for command, _ in step.commands(_GATE):
                why = command.why_not or step.tolerated or job.tolerated
                why = why or (
                    "" if REVIEW in job.events & step.events else "no merge request runs it"
                )
                why = why or ("a person has to start it" if held else "")
                found.add(step.path, command.line, command.text, why)
