"""One model for the pipelines of every forge: jobs with their steps, what starts them, and what waits for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.formats.ci.ci_commands import CiCommand, find_commands, with_options
from auditor.formats.ci.ci_rules import Rule
from auditor.formats.ci.github_run import folder_in, moved
from auditor.formats.shell.shell_fate import ShellOptions

REVIEW = "review"
"""A merge or pull request, or a push to a branch that is not the main one: what a reviewer sees."""
PUSH = "push"
"""A push to the main branch."""
TAG = "tag"
"""A push of a tag."""
MANUAL = "manual"
"""A person, or another pipeline, starts it."""

EVERYTHING = frozenset({REVIEW, PUSH, TAG, MANUAL})
DELIVERS = frozenset({PUSH, TAG, MANUAL})


@dataclass(frozen=True, slots=True)
class CiStep:
    """One script of a job.

    `text` is shell; a task that is known by its name is written as the command that it stands for,
    and `label` then is that name. `line` is the line of the first line of `text` in the file `path`.
    `tolerated` says in a clause why a failure would not count. `always`: it also runs after a failure,
    `rescues`: it runs only then, so that no event is among `events`. `deploys`: it is known to, by
    its name. `lines` are those of the file for each line of `text` where they do not follow each other.
    """

    text: str
    path: str
    line: int
    options: ShellOptions
    events: frozenset[str] = EVERYTHING
    folder: str = ""
    tolerated: str = ""
    always: bool = False
    label: str = ""
    rescues: bool = False
    deploys: bool = False
    lines: tuple[int, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()

    def commands(self, rules: tuple[Rule, ...] | None = None) -> Iterator[tuple[CiCommand, str]]:
        """Its recognised commands, each with the folder from the git root that it runs in."""
        folder = moved("", self.folder.strip("/")) if self.folder else ""
        for command in find_commands(self.text, self.options, first_line=self.line, rules=rules):
            known = with_options(command, dict(self.environment))
            place = folder_in(self.text, command, folder, self.line)
            at = command.line - self.line
            if at < len(self.lines):
                known = replace(known, line=self.lines[at])
            yield known, place


@dataclass(frozen=True, slots=True)
class CiJob:
    """One job. `events` are those that may run it, `needs` the jobs that it waits for directly.

    `tolerated` says why its failure would not fail the pipeline, `always` that it also runs where a
    job that it waits for has failed, `manual` that a person lets it start.
    """

    name: str
    path: str
    line: int
    steps: tuple[CiStep, ...]
    events: frozenset[str]
    needs: frozenset[str] = frozenset()
    tolerated: str = ""
    always: bool = False
    manual: bool = False


@dataclass(frozen=True, slots=True)
class CiGap:
    """What the file names and does not hold, such as a template of another project."""

    path: str
    line: int | None
    what: str


@dataclass(frozen=True, slots=True)
class CiPipeline:
    """One pipeline of a forge, with all that could be brought into it from the repository."""

    forge: str
    path: str
    title: str
    jobs: tuple[CiJob, ...]
    gaps: tuple[CiGap, ...] = ()

    @property
    def events(self) -> frozenset[str]:
        """Every event that may run a job of it."""
        return frozenset(event for job in self.jobs for event in job.events)

    def before(self, job: CiJob) -> tuple[CiJob, ...]:
        """The jobs whose failure keeps `job` from running, the nearest first."""
        by_name = {other.name: other for other in self.jobs}
        found: dict[str, CiJob] = {}
        waiting = [] if job.always else sorted(job.needs)
        while waiting:
            other = by_name.get(waiting.pop(0))
            if other is None or other.name in found:
                continue
            found[other.name] = other
            waiting += [] if other.always else sorted(other.needs)
        return tuple(found.values())
