"""Workflows and composite actions of GitHub Actions: triggers, jobs, steps, and where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import (
    list_of,
    mapping_of,
    need_list,
    need_mapping,
    text_of,
    texts_of,
)
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load

_PINNED = re.compile(r".+@[0-9a-f]{40}|docker://.+@sha256:[0-9a-f]{64}")
_EVENTS = frozenset({
    "branch_protection_rule", "check_run", "check_suite", "create", "delete", "deployment",
    "deployment_status", "discussion", "discussion_comment", "fork", "gollum", "image_version",
    "issue_comment", "issues", "label", "merge_group", "milestone", "page_build", "project",
    "project_card", "project_column", "public", "pull_request", "pull_request_comment",
    "pull_request_review", "pull_request_review_comment", "pull_request_target", "push",
    "registry_package", "release", "repository_dispatch", "schedule", "status", "watch",
    "workflow_call", "workflow_dispatch", "workflow_run",
})  # fmt: skip
_TOP = frozenset({
    "name", "run-name", "on", "permissions", "env", "defaults", "concurrency", "jobs",
})  # fmt: skip
_JOB = frozenset({
    "name", "permissions", "needs", "if", "runs-on", "environment", "concurrency", "outputs", "env",
    "defaults", "steps", "timeout-minutes", "strategy", "continue-on-error", "container", "services",
    "uses", "with", "secrets", "snapshot",
})  # fmt: skip
_STEP = frozenset({
    "id", "if", "name", "uses", "run", "working-directory", "shell", "with", "env",
    "continue-on-error", "timeout-minutes",
})  # fmt: skip
_JOB_ID = re.compile(r"[A-Za-z_][\w-]*")


@dataclass(frozen=True, slots=True)
class Trigger:
    """One event of `on`, with its filters as written; an empty filter lets everything through."""

    event: str
    branches: tuple[str, ...] = ()
    branches_ignore: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    paths_ignore: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `line` is that of the first line of its script, or of its `uses`.

    `condition` and `continue_on_error` are texts or expressions as written, None where unset; shell
    and working directory include the defaults of job and workflow.
    """

    id: str | None
    name: str | None
    uses: str | None
    run: str | None
    condition: str | None
    continue_on_error: str | None
    shell: str | None
    working_directory: str | None
    arguments: tuple[tuple[str, str], ...]
    line: int
    environment: tuple[tuple[str, str], ...] = ()

    @property
    def options(self) -> dict[str, str]:
        """The environment variables that are set for it by step, job or workflow."""
        return dict(self.environment)

    def argument(self, name: str) -> str:
        """A value of `with`, "" where it has none."""
        return dict(self.arguments).get(name, "")


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `matrix` holds each axis with its values, `include` the rows added to it."""

    id: str
    name: str | None
    condition: str | None
    needs: tuple[str, ...]
    continue_on_error: str | None
    uses: str | None
    environment: str | None
    permissions: bool
    matrix: tuple[tuple[str, tuple[str, ...]], ...]
    include: tuple[tuple[tuple[str, str], ...], ...]
    steps: tuple[Step, ...]
    line: int

    def values(self, key: str) -> tuple[str, ...]:
        """What `matrix.KEY` may be, "" standing for runs in which it is not set."""
        axes = dict(self.matrix)
        rows = tuple(dict(row).get(key, "") for row in self.include)
        return (*axes.get(key, ("",) if axes or not rows else ()), *rows)


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow file; `permissions` says whether it states any at the top."""

    name: str | None
    triggers: tuple[Trigger, ...]
    permissions: bool
    jobs: tuple[Job, ...]

    @property
    def uses(self) -> tuple[str, ...]:
        """Every action and reusable workflow that it names, in order."""
        named = (n for job in self.jobs for n in (job.uses, *(s.uses for s in job.steps)))
        return tuple(n for n in named if n)

    @property
    def pinned(self) -> tuple[str, ...]:
        """Those that are fixed by a full commit id or digest."""
        return tuple(n for n in self.uses if _PINNED.fullmatch(n))


def read(data: bytes | str, *, name: str = "The workflow") -> Workflow:
    """A workflow that GitHub would accept. Raises Malformed (also for one without triggers, jobs or
    steps, with unknown keys or events, or with `needs` that no job meets) and TooLarge."""
    document = load(data, name=name)
    top = need_mapping(document, (), document.value, "A workflow")
    _known(document, (), top, _TOP, "a workflow")
    if "on" not in top:
        raise Malformed("The workflow has no `on`, so nothing ever starts it.", line=1)
    jobs = need_mapping(document, ("jobs",), top.get("jobs"), "`jobs`")
    if not jobs:
        raise Malformed("The workflow has no jobs.", line=document.key_line(("jobs",)))
    found = tuple(_job(document, ("jobs", key), key, value, top) for key, value in jobs.items())
    _check_needs(found)
    triggers = _triggers(document, top["on"])
    return Workflow(text_of(top.get("name")), triggers, "permissions" in top, found)


def read_action(data: bytes | str, *, name: str = "The action") -> tuple[Step, ...]:
    """The steps of a composite action; none for one that is written in JavaScript or as an image.

    Raises Malformed and TooLarge.
    """
    document = load(data, name=name)
    top = need_mapping(document, (), document.value, "An action")
    runs = need_mapping(document, ("runs",), top.get("runs"), "`runs`")
    if runs.get("using") != "composite":
        return ()
    steps = need_list(document, ("runs", "steps"), runs.get("steps"), "`steps`")
    return tuple(_step(document, ("runs", "steps", at), s, {}) for at, s in enumerate(steps))


def _known(
    document: YamlDocument, path: Path, value: dict[str, YamlValue], keys: frozenset[str], what: str
) -> None:
    for key in value:
        if key not in keys:
            raise Malformed(f"`{key}` is no key of {what}.", line=document.key_line((*path, key)))


def _triggers(document: YamlDocument, on: YamlValue) -> tuple[Trigger, ...]:
    """The events of `on` in its three forms: a word, a list of words, a mapping with filters."""
    events = on if isinstance(on, dict) else dict.fromkeys(texts_of(on))
    if not events:
        raise Malformed("`on` names no event.", line=document.key_line(("on",)))
    found: list[Trigger] = []
    for event, value in events.items():
        if event not in _EVENTS:
            raise Malformed(
                f"`{event}` is no event of GitHub Actions.",
                line=document.key_line(("on", event)) or document.key_line(("on",)),
            )
        filters = mapping_of(value)
        names = ("branches", "branches-ignore", "tags", "paths", "paths-ignore", "types")
        found.append(Trigger(event, *(texts_of(filters.get(key)) for key in names)))
    return tuple(found)


def _job(
    document: YamlDocument, path: Path, key: str, value: YamlValue, top: dict[str, YamlValue]
) -> Job:
    job = need_mapping(document, path, value, f"The job {key}")
    line = document.key_line(path) or 1
    _known(document, path, job, _JOB, f"a job ({key})")
    if not _JOB_ID.fullmatch(key):
        raise Malformed(f"`{key}` cannot be the id of a job.", line=line)
    uses = text_of(job.get("uses"))
    if uses is None and "runs-on" not in job:
        raise Malformed(f"The job {key} has no `runs-on`.", line=line)
    if uses is None and not job.get("steps"):
        raise Malformed(f"The job {key} has no steps.", line=line)
    if uses is not None and "steps" in job:
        raise Malformed(f"The job {key} has both `uses` and `steps`.", line=line)
    steps = [] if uses else need_list(document, (*path, "steps"), job.get("steps"), "`steps`")
    defaults = _run_defaults(top) | _run_defaults(job)
    environment_of_job = mapping_of(top.get("env")) | mapping_of(job.get("env"))
    defaults = {**defaults, "env": environment_of_job}
    matrix = mapping_of(mapping_of(job.get("strategy")).get("matrix"))
    environment = job.get("environment")
    return Job(
        id=key,
        name=text_of(job.get("name")),
        condition=text_of(job.get("if")),
        needs=texts_of(job.get("needs")),
        continue_on_error=text_of(job.get("continue-on-error")),
        uses=uses,
        environment=text_of(mapping_of(environment).get("name")) or text_of(environment),
        permissions="permissions" in job,
        matrix=tuple(
            (axis, texts_of(v)) for axis, v in matrix.items() if axis not in ("include", "exclude")
        ),
        include=tuple(_texts(row) for row in list_of(matrix.get("include"))),
        steps=tuple(
            _step(document, (*path, "steps", at), s, defaults) for at, s in enumerate(steps)
        ),
        line=line,
    )


def _run_defaults(value: dict[str, YamlValue]) -> dict[str, YamlValue]:
    return mapping_of(mapping_of(value.get("defaults")).get("run"))


def _texts(value: YamlValue) -> tuple[tuple[str, str], ...]:
    """The pairs of a mapping whose value is a scalar."""
    pairs = ((key, text_of(v)) for key, v in mapping_of(value).items())
    return tuple((key, text) for key, text in pairs if text is not None)


def _step(
    document: YamlDocument, path: Path, value: YamlValue, defaults: dict[str, YamlValue]
) -> Step:
    step = need_mapping(document, path, value, "A step")
    line = document.key_line(path) or 1
    _known(document, path, step, _STEP, "a step")
    uses, run = text_of(step.get("uses")), text_of(step.get("run"))
    if (uses is None) == (run is None):
        raise Malformed("A step needs either `run` or `uses`, and not both.", line=line)
    place = document.text_line((*path, "run")) if uses is None else document.line((*path, "uses"))
    return Step(
        id=text_of(step.get("id")),
        name=text_of(step.get("name")),
        uses=uses,
        run=run,
        condition=text_of(step.get("if")),
        continue_on_error=text_of(step.get("continue-on-error")),
        shell=text_of(step.get("shell", defaults.get("shell"))),
        working_directory=text_of(step.get("working-directory", defaults.get("working-directory"))),
        arguments=_texts(step.get("with")),
        line=place or line,
        environment=_texts(mapping_of(defaults.get("env")) | mapping_of(step.get("env"))),
    )


def _check_needs(jobs: tuple[Job, ...]) -> None:
    """Raises Malformed for a job that waits for one that is not there, or for itself."""
    waiting = {job.id: set(job.needs) for job in jobs}
    for job in jobs:
        missing = [name for name in job.needs if name not in waiting]
        if missing:
            raise Malformed(
                f"The job {job.id} needs {missing[0]}, which is no job here.", line=job.line
            )
    while waiting:
        ready = [name for name, needs in waiting.items() if not needs & waiting.keys()]
        if not ready:
            first = next(job for job in jobs if job.id in waiting)
            raise Malformed(f"The job {first.id} waits for itself.", line=first.line)
        for name in ready:
            del waiting[name]
