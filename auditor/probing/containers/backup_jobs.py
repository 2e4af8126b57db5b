"""Jobs of a repository that back up its stores: what a script does, and what runs it when."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from auditor.code.topics.metric_definitions import code_only
from auditor.formats.ci import github_workflow
from auditor.formats.ci.ci_commands import shell_options
from auditor.formats.databases import backup_script
from auditor.formats.databases.backup_script import Dump, Script
from auditor.formats.shell.shell_fate import ShellOptions
from auditor.formats.text.errors import FormatError
from auditor.model.evidence import Problem
from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

LIMIT = 400_000
_SCRIPT = re.compile(r"(?i)(?:.*/)?(?:[^/]+\.(?:sh|bash|ksh)|[^/.]*(?:backup|dump)[^/.]*)")
_NAMED = re.compile(r"(?i)back-?_?up|dump|snapshot")
_RESTORES = re.compile(
    r"(?i)restore|recover|import|seed|fixture|migrat|refresh|clone|anonymi|sanitiz|copy[-_]?prod|pull[-_]?(?:db|prod)|dev|local"
)
_CRON = re.compile(
    r"(?i)(?:.*/)?(?:crontab[^/]*|cron(?:\.d)?/[^/]+|[^/]+\.(?:cron|crontab|sh|bash|ya?ml|timer|service|conf|ini|toml)|dockerfile[^/]*|[^/]+\.dockerfile)|(?:.*/)?cron(?:jobs?)?"
)
_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_PYTHON = re.compile(r"[\"'](pg_dump(?:all)?|mysqldump|mongodump|pg_basebackup|restic)[\"' ]")
_STORES = {
    "pg_dump": "postgres",
    "pg_dumpall": "postgres",
    "pg_basebackup": "postgres",
    "mysqldump": "mysql",
    "mongodump": "mongo",
    "restic": "*",
}
_SEES = re.compile(r"check\s*=\s*True|check_call|check_output|returncode|CalledProcessError")
_KEEPS = re.compile(
    r"actions/upload-artifact|upload-(?:to-)?(?:s3|gcs)|s3-(?:sync|upload)|rclone|google-github-actions/upload-cloud-storage|azure/"
)


NOBODY = "nothing in the repository runs it on a schedule"
IN_CODE = "its schedule is not written beside it"
OFF = "its schedule is commented out"


@dataclass(frozen=True, slots=True)
class Job:
    """One thing that backs up a store, and what is known of it.

    `unscheduled` and `against` say why it does not run by itself, and why it is no backup. `leaves` says
    that its copy is sent away; None where that is not told.
    """

    path: str
    line: int | None
    what: str
    store: str
    unscheduled: str = ""
    against: str = ""
    leaves: bool | None = None

    @property
    def may_run(self) -> bool:
        """Whether it is only not seen what runs it: a host or a program may."""
        return self.unscheduled in (NOBODY, IN_CODE) and not self.against


@dataclass(slots=True)
class Scripts:
    """The scripts of a repository by path, read once."""

    repo: Repo
    read: dict[str, Script] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def find(self) -> None:
        """Reads every script but tests, examples and documents."""
        for entry in self.repo.entries:
            if entry.size > LIMIT or use_of(self.repo.below(entry.path)) is Use.APART:
                continue
            if not _SCRIPT.fullmatch(entry.path):
                continue
            try:
                text = self.repo.read(entry.path, limit=LIMIT).text
            except Trouble as trouble:
                if _NAMED.search(posixpath.basename(entry.path)):
                    self.problems.append(trouble.problem())
                continue
            if entry.path.endswith((".sh", ".bash", ".ksh")) or text.startswith("#!"):
                self.read[entry.path] = backup_script.read(text)

    def named(self, text: str) -> list[str]:
        """The scripts that back something up and whose name stands in a text."""
        return [
            p
            for p in self.read
            if self._stems(p)
            and re.search(rf"(?<![\w-]){re.escape(posixpath.basename(p))}(?![\w.-])", text)
        ]

    def dumps(self, path: str, depth: int = 0) -> Iterator[tuple[str, Dump]]:
        """The dumps of a script and of those that it calls."""
        script = self.read[path]
        yield from ((path, dump) for dump in script.dumps)
        for name in sorted(script.calls) if depth < 4 else ():
            for other in self.read:
                if posixpath.basename(other) == name and other != path:
                    yield from self.dumps(other, depth + 1)

    def _stems(self, path: str) -> bool:
        return any(True for _ in self.dumps(path)) or self.is_stub(path)

    def silenced(self, name: str) -> bool:
        """Whether an entry of cron that runs a script of that name is commented out."""
        for entry in self.repo.entries:
            if entry.size > LIMIT or not _CRON.fullmatch(entry.path):
                continue
            try:
                lines = self.repo.read(entry.path, limit=LIMIT).text.splitlines()
            except Trouble:
                continue
            off = "\n".join(line.lstrip(" #") for line in lines if line.lstrip().startswith("#"))
            if any(name in command for _, command in backup_script.scheduled(off)):
                return True
        return False

    def is_stub(self, path: str) -> bool:
        """Whether a script is called a backup and only prints."""
        name = posixpath.basename(path)
        return self.read[path].stub and bool(_NAMED.search(name)) and not _RESTORES.search(name)


def script_jobs(repo: Repo, scripts: Scripts) -> Iterator[Job]:
    """Scripts with what runs them: cron, a workflow, a loop of their own, other manifests of a schedule."""
    timed: dict[str, str] = {}
    for path, text in _timed(repo):
        for script in scripts.named(text):
            timed.setdefault(script, path)
    for path, one in scripts.read.items():
        name = posixpath.basename(path)
        called = any(name in other.calls for p, other in scripts.read.items() if p != path)
        if called or (_RESTORES.search(path) and path not in timed):
            continue
        by = timed.get(path, "")
        why = "" if by or one.repeats else OFF if scripts.silenced(name) else NOBODY
        if scripts.is_stub(path):
            yield Job(path, None, f"{name}", "", "", "it only prints and ends well")
        for where, dump in scripts.dumps(path):
            yield _job(where, dump, why, f" (run by {by})" if by else "")


def _job(path: str, dump: Dump, unscheduled: str, by: str = "") -> Job:
    return Job(
        path, dump.line, f"{dump.tool}{by}", dump.store, unscheduled, dump.against, dump.leaves
    )


def _timed(repo: Repo) -> Iterator[tuple[str, str]]:
    """Path and text of everything that runs on a schedule."""
    for entry in repo.entries:
        path = entry.path
        workflow = _WORKFLOW.fullmatch(path) is not None
        if entry.size > LIMIT or (use_of(repo.below(path)) is Use.APART and not workflow):
            continue
        if not _CRON.fullmatch(path):
            continue
        try:
            text = repo.read(path, limit=LIMIT).text
        except Trouble:
            continue
        bare = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
        for _, command in backup_script.scheduled(text):
            yield path, command
        if re.search(r"(?m)^\s*kind:\s*[\"']?CronJob\b", bare) and not re.search(
            r"(?m)^\s*suspend:\s*true", bare
        ):
            yield path, bare
        if workflow and re.search(r"(?m)^\s*-\s*cron:", bare) and "if: false" not in bare:
            yield path, bare
        if path.endswith(".timer") and "OnCalendar" in bare:
            service = f"{path.removesuffix('.timer')}.service"
            if service in repo.by_path:
                yield path, repo.read(service, limit=LIMIT).text
        if "ofelia." in bare or "chadburn." in bare:
            yield path, "\n".join(line for line in bare.splitlines() if "command" in line)


def workflow_jobs(repo: Repo) -> Iterator[Job]:
    """Steps of workflows that dump a store themselves; what stays on the runner is gone."""
    for entry in repo.entries:
        if not _WORKFLOW.fullmatch(entry.path) or entry.size > LIMIT:
            continue
        try:
            data = repo.read(entry.path, limit=LIMIT)
            if not re.search(r"dump|backup|restic|snapshot", data.text):
                continue
            workflow = github_workflow.read(data.data, name=entry.path)
        except (Trouble, FormatError):
            continue
        named = _NAMED.search(f"{entry.path.rpartition('/')[2]} {workflow.name or ''}")
        events = {trigger.event for trigger in workflow.triggers}
        for job in workflow.jobs:
            keeps = any(step.uses and _KEEPS.search(step.uses) for step in job.steps)
            texts = [step.run or "" for step in job.steps]
            sent = any(backup_script.sends(text) for text in texts)
            for step in job.steps:
                options = shell_options(step.shell)
                if not step.run or options is None:
                    continue
                for dump in backup_script.read(
                    step.run, first_line=step.line, options=options
                ).dumps:
                    off = "false" in (job.condition, step.condition)
                    why = "" if "schedule" in events else "its workflow has no schedule"
                    if why and not named:
                        continue  # a dump for a test or a deployment
                    found = _job(entry.path, dump, "it is switched off" if off else why)
                    lost = not (keeps or sent or dump.leaves)
                    against = found.against or (
                        "its copy stays on the runner, which is thrown away" if lost else ""
                    )
                    if "true" in (step.continue_on_error, job.continue_on_error):
                        against = "its failure is lost: `continue-on-error`"
                    yield replace(found, against=against, leaves=not lost)


def code_jobs(repo: Repo) -> Iterator[Job]:
    """Programs that call a dump, whose schedule is in code and is not followed."""
    for entry in repo.service:
        if (
            not entry.path.endswith(".py")
            or entry.size > LIMIT
            or use_of(repo.below(entry.path)) is Use.APART
        ):
            continue
        try:
            text = repo.read(entry.path, limit=LIMIT).text
        except Trouble:
            continue
        found = _PYTHON.search(text) and _PYTHON.search(code_only(text, entry.path))
        if found and not _RESTORES.search(entry.path):
            line = text.count("\n", 0, text.find(found.group())) + 1
            against = "" if _SEES.search(text) else "its exit status is not looked at"
            why = (
                ""
                if re.search(
                    r"crontab\(|\.add_job\(|schedule\.every|@periodic_task|beat_schedule", text
                )
                else IN_CODE
            )
            yield Job(
                entry.path, line, f"{found[1]} called by code", _STORES[found[1]], why, against
            )


def inline(command: str, line: int | None, options: ShellOptions | None = None) -> Script:
    """The script of a command that a manifest writes out."""
    return backup_script.read(
        command, first_line=line or 1, options=options or ShellOptions(False, False)
    )
