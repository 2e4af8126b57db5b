"""Which servers are there when a pipeline of GitHub Actions runs the service's tests, and in what environment."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.ci import ci_servers, github_actions, github_workflow
from auditor.formats.ci.ci_commands import CommandKind
from auditor.formats.ci.ci_concern import Concern
from auditor.formats.ci.ci_servers import ComposeUp, Server
from auditor.formats.ci.github_condition import holds
from auditor.formats.ci.github_run import comes, starts, step_commands
from auditor.formats.ci.github_workflow import Job, Step, Workflow
from auditor.formats.containers.compose_model import ComposeFile
from auditor.formats.packages.dependency_kinds import pretended
from auditor.formats.settings.deployed_settings import Setting, setting
from auditor.formats.text.errors import FormatError, TooLarge
from auditor.formats.web.external_systems import System, SystemKind, names_in
from auditor.model.evidence import Location, Problem, ProblemKind
from auditor.probing.ci.pipeline_parts import Parts
from auditor.probing.containers.container_files import read_compose
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_PLACE = re.compile(r"\.github/workflows/[^/]+\.ya?ml")
_AXIS = re.compile(r"\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
_DEFAULTS = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_BY_HAND = frozenset({"workflow_call", "workflow_dispatch", "repository_dispatch"})
_SANDBOX = frozenset({"sandbox", "test", "testing", "staging", "stage", "uat", "qa"})
_NOWHERE = frozenset({"localhost", "local", "test", "example", "invalid", "internal"})
_PRETENDS = re.compile(r"(?i)mock|stub|fake|prism|localstack|simulator")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The servers and the environment of one job that runs tests of the service."""

    place: Location
    servers: tuple[Server, ...]
    settings: tuple[Setting, ...]

    def serves(self, system: System) -> bool:
        """Whether a real server of the system is there, or a vendor's sandbox is named."""
        for server in self.servers:
            if not _PRETENDS.search(f"{server.image} {server.name}") and _is_server(server, system):
                return True
        return system.kind is SystemKind.UPSTREAM and any(sandbox(s, system) for s in self.settings)

    def pretends(self, system: System) -> str:
        """What stands in for the system here, "" where nothing does."""
        for server in self.servers:
            imitated = pretended(server.image)
            if imitated is not None and imitated.id == system.id:
                return server.image
        if system.kind is SystemKind.DATABASE:
            return next((f"{s.name} on SQLite" for s in self.settings if in_memory(s)), "")
        return ""


def in_memory(one: Setting) -> bool:
    """Whether a setting puts SQLite in the place of a database server."""
    return one.scheme.startswith("sqlite")


def sandbox(one: Setting, system: System) -> bool:
    """Whether a setting of a test environment names a vendor's sandbox of the system."""
    labels = re.split(r"[.-]", one.host)
    if one.host.count(".") < 1 or labels[-1] in _NOWHERE or _PRETENDS.search(one.host):
        return False
    names = names_in(one.name) | names_in(one.host)
    return bool(_SANDBOX.intersection(labels)) and bool(names & system.words)


def _is_server(server: Server, system: System) -> bool:
    image = server.image.partition("@")[0]
    head, slash, last = image.rpartition("/")
    return system.is_image(head + slash + last.partition(":")[0])


class Pipelines:
    """The workflows of a repository; `problems` tell of those that could not be read."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._parts = Parts(repo)
        self.problems: list[Problem] = []
        self._known: dict[str, tuple[bytes, Workflow]] = {}
        for entry in repo.entries:
            if _PLACE.fullmatch(entry.path):
                self._load(entry.path)

    def _load(self, path: str) -> None:
        try:
            data = self._repo.read(path).data
            self._known[path] = data, github_workflow.read(data, name=path)
        except Trouble as trouble:
            self.problems.append(trouble.problem())
        except FormatError as error:
            kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
            self.problems.append(Problem(kind, f"{path}: {error}", "Mend the workflow."))

    def surroundings(self) -> list[Surroundings]:
        """One for each job that runs tests of the service on its own, not only when asked by hand."""
        found: list[Surroundings] = []
        for path, (_, workflow) in self._known.items():
            fired = [t for t in workflow.triggers if starts(t) and t.event not in _BY_HAND]
            events = frozenset(t.event for t in fired)
            filtered = any(self._parts.layout.filtered(t.paths) for t in fired)
            concern = Concern.OURS if filtered else Concern.UNCLEAR
            if events:
                found += self._of(path, events, concern, 0)
        return found

    def _of(
        self, path: str, events: frozenset[str], concern: Concern, depth: int
    ) -> Iterator[Surroundings]:
        data, workflow = self._known[path]
        for job in workflow.jobs:
            alive = frozenset(e for e in events if comes(workflow, job, e))
            called = posixpath.normpath(job.uses) if job.uses else ""
            if alive and called in self._known and depth < 3:
                yield from self._of(called, alive, concern, depth + 1)
            elif alive and job.uses is None:
                yield from self._job(path, data, job, alive, concern)

    def _job(
        self, path: str, data: bytes, job: Job, events: frozenset[str], concern: Concern
    ) -> Iterator[Surroundings]:
        servers = list(ci_servers.service_containers(data, job))
        for step in job.steps:
            if all(holds(step.condition, event) is False for event in events):
                continue
            for one in ci_servers.started(step):
                servers += self._composed(one) if isinstance(one, ComposeUp) else [one]
            if self._tests(step, job, concern):
                settings = tuple(_environment(step, job))
                yield Surroundings(Location(path=path, line=step.line), tuple(servers), settings)

    def _tests(self, step: Step, job: Job, concern: Concern) -> bool:
        """Whether a step runs tests of the service that may be integration tests."""
        if step.uses is not None:
            return github_actions.runs_tests(step) and (
                self._parts.layout.command("", "", concern) is Concern.OURS
            )
        return any(
            command.kind is CommandKind.TEST
            and not command.idle
            and not _only_units(command.text)
            and self._parts.concern(command.text, folder, concern) is Concern.OURS
            for command, folder in step_commands(step, job)
        )

    def _composed(self, up: ComposeUp) -> list[Server]:
        paths = up.files or tuple(
            posixpath.join(up.folder, name)
            for name in _DEFAULTS
            if posixpath.join(up.folder, name) in self._repo.by_path
        )
        found: list[Server] = []
        for path in paths[:10]:
            try:
                file = read_compose(self._repo, path)
            except (Trouble, FormatError):
                continue  # what cannot be read starts nothing that is known
            wanted = _awaited(file, up.services)
            for one in file.services:
                if one.name in wanted or (not up.services and not one.profiles):
                    found.append(Server(one.image.text if one.image else one.name, one.name))
        return found


def _awaited(file: ComposeFile, names: tuple[str, ...]) -> set[str]:
    """The named services, and those that they wait for."""
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        service = file.service(waiting.pop())
        if service is not None and service.name not in wanted:
            wanted.add(service.name)
            waiting += [d.service for d in service.depends_on]
    return wanted


def _only_units(text: str) -> bool:
    names = names_in(text)
    return "unit" in names and not names & {"integration", "e2e", "functional"}


def _environment(step: Step, job: Job) -> Iterator[Setting]:
    for name, value in step.environment:
        axis = _AXIS.search(value)
        for one in job.values(axis[1]) if axis else ("",):
            yield setting(name, value.replace(axis.group(), one) if axis else value)
