"""What an event makes of a workflow: which jobs it runs, and whether their failures count."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from auditor.formats.ci.ci_commands import CiCommand, find_commands, shell_options, with_options
from auditor.formats.ci.github_condition import holds
from auditor.formats.ci.github_workflow import Job, Step, Trigger, Workflow
from auditor.formats.shell.shell_nodes import Simple

REVIEWS = ("pull_request", "pull_request_target", "merge_group")
_CHANGES = frozenset({"opened", "synchronize", "reopened", "ready_for_review", "edited"})
_MATRIX = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
_EXPRESSION = re.compile(r"\$\{\{.*?\}\}", re.DOTALL)
_CHANGES_FOLDER = re.compile(
    r"(?:^\s*|[;&|({]\s*|\b(?:do|then|else)\s+)(?:cd|pushd)\s+[\"']?([^\s\"';&|)]+)", re.MULTILINE
)
_LOOP = re.compile(r"\bfor\s+(\w+)\s+in\s+([^;\n$*`]+?)\s*(?:;|\n)\s*do\b")


def starts(trigger: Trigger) -> bool:
    """Whether changed code starts it: not where only labels or a closed request do."""
    if trigger.event in REVIEWS[:2] and trigger.types and not _CHANGES.intersection(trigger.types):
        return False
    return (
        not {"**", "*"}.intersection(trigger.branches_ignore) and "**" not in trigger.paths_ignore
    )


def pushes(trigger: Trigger) -> bool:
    """Whether a push to a branch starts it; one of tags alone comes after every check."""
    branches = trigger.branches or trigger.branches_ignore
    return trigger.event == "push" and (bool(branches) or not trigger.tags)


def some_job(workflow: Workflow, event: str) -> bool:
    """Whether an event may run any job."""
    return any(comes(workflow, job, event) for job in workflow.jobs)


def comes(workflow: Workflow, job: Job, event: str, depth: int = 0) -> bool:
    """Whether an event may run a job: by its condition, and by those of the jobs that it needs."""
    if holds(job.condition, event) is False:
        return False
    if depth > 20 or "always()" in (job.condition or "") or "cancelled()" in (job.condition or ""):
        return True
    needed = [other for other in workflow.jobs if other.id in job.needs]
    return all(comes(workflow, other, event, depth + 1) for other in needed)


def tolerated(value: str | None, job: Job, events: frozenset[str]) -> str:
    """Why `continue-on-error` hides a failure; "" where it does not."""
    text = (value or "false").strip()
    named = _MATRIX.fullmatch(text)
    if named:
        known = [v for v in job.values(named.group(1)) if job.matrix or job.include]
        hides = not known or all(v not in ("", "0", "false") for v in known)
    elif "${{" in text:
        hides = not any(holds(text, event) is False for event in events)
    else:
        hides = text != "false"
    return "`continue-on-error` hides its failure" if hides else ""


def step_tolerated(step: Step, job: Job, events: frozenset[str]) -> str:
    """The same for a step, unless a later step looks at its outcome and fails."""
    why = tolerated(step.continue_on_error, job, events)
    outcome = re.compile(rf"steps\.{re.escape(step.id or '-')}\.outcome\b")
    for later in job.steps if why and step.id else ():
        asks = outcome.search(f"{later.condition or ''}\n{later.run or ''}")
        if asks and re.search(r"\bexit\s+[1-9]|^\s*false\b", later.run or "", re.MULTILINE):
            return ""
    return why


def step_commands(step: Step, job: Job) -> Iterator[tuple[CiCommand, str]]:
    """The recognised commands of a step, each with the folder that it runs in from the git root; one
    by one for each value that a matrix, or a loop over words, puts into script or folder."""
    options = shell_options(step.shell)
    if options is None or step.run is None:
        return
    start = step.working_directory or ""
    named = _MATRIX.search(start) or _MATRIX.search(step.run)
    values = job.values(named.group(1)) if named else ("",)
    for value in dict.fromkeys(values[:50]):
        script, folder = step.run, start
        if named and value:
            script = script.replace(named.group(), value)
            folder = folder.replace(named.group(), value)
        folder = moved("", _EXPRESSION.sub("", folder).strip("/"))
        for once in _unrolled(_EXPRESSION.sub("EXPRESSION", script)):
            for command in find_commands(once, options, first_line=step.line):
                known = with_options(command, step.options)
                yield known, folder_in(once, command, folder, step.line)


def _unrolled(script: str) -> Iterator[str]:
    """The script once for each word of its first loop over words, or as it is."""
    loop = _LOOP.search(script)
    if loop is None:
        yield script
        return
    used = re.compile(rf"\$(?:{loop[1]}\b|\{{{loop[1]}\}})")
    for word in loop[2].split()[:50]:
        yield used.sub(word.strip("\"'").replace("\\", r"\\"), script)


def folder_in(script: str, command: CiCommand | Simple, folder: str, first_line: int = 1) -> str:
    """The folder that a command of a script runs in, as far as it is written, begun in `folder`."""
    before = script.splitlines()[: max(0, command.line - first_line) + 1]
    if before:
        before[-1] = (
            before[-1].partition(command.text[:60])[0]
            if command.text[:60] in before[-1]
            else before[-1]
        )
    moves = [m for m in _CHANGES_FOLDER.findall("\n".join(before)) if not re.match(r"[-$~/]", m)]
    if not moves or len(moves) > 3:
        return folder
    known, variable, _ = moves[-1].partition("$")
    return moved(folder, posixpath.dirname(known) if variable else known)


def moved(folder: str, path: str) -> str:
    """`path` seen from `folder`; "" for the git root and for what lies above it."""
    joined = posixpath.normpath(posixpath.join(folder, path))
    return "" if joined.startswith(".") and not joined.startswith(".git") else joined
