"""Which external systems a service uses: by its deployed configuration first, then by the packages it declares."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from auditor.code.lexical.places import SHIPPED, role
from auditor.formats.containers.compose_model import ComposeFile, Service
from auditor.formats.packages.declared_packages import Declared, declared, is_manifest
from auditor.formats.packages.dependency_kinds import (
    HTTP_CLIENTS,
    of_image,
    of_package,
    of_setting,
    pretended,
    reduced,
)
from auditor.formats.settings.deployed_settings import Setting, of_compose, of_dotenv, of_kubernetes
from auditor.formats.text.errors import FormatError, TooLarge
from auditor.formats.text.word_list import words
from auditor.formats.web.external_systems import System, SystemKind
from auditor.model.evidence import Location, Problem, ProblemKind
from auditor.probing.containers.compose_choice import anchored, chosen_files
from auditor.probing.containers.container_files import Holdings, Use, parents, read_compose, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring.own_services import OwnServices
from auditor.probing.repo import Repo

T = TypeVar("T")

_ENDINGS = "example|sample|template|dist|tpl|defaults?|production|prod|staging|docker|development|dev|local"
_DOTENV = re.compile(rf"(?i)\.?(?:[\w-]+\.)*env(?:[._-](?:{_ENDINGS}))*")
_YAML = re.compile(r"(?i).+\.ya?ml")
_WORKLOAD = re.compile(
    rb"^kind:\s*[\"']?(?:Deployment|StatefulSet|DaemonSet|Job|CronJob|Pod|ReplicaSet|Rollout)\b",
    re.M,
)
_TEMPLATE = re.compile(
    r"(?i)(?:^|/)(?:templates?|skeletons?|boilerplates?|cookiecutter[^/]*)/|\{\{"
)
_FEW = 5
_MOST_YAML = 2_000
_LIMIT = 2 * 1024 * 1024


_COMPOSED = words(
    "docker deploy deployment infra infrastructure ops compose docker-compose dev development local .docker"
    " environments config backend server services"
)


def _aside(path: str) -> bool:
    """Whether a Compose file without a service of ours lies so deep that it is about something else."""
    folders = path.lower().split("/")[:-1]
    return len(folders) > 1 and _COMPOSED.isdisjoint(folders)


@dataclass(slots=True)
class Externals:
    """The systems by id, each with what showed it first; `looked` names the files that were read, and
    `problems` those that could not be, so that systems may be missing."""

    systems: dict[str, System] = field(default_factory=dict)
    shown: dict[str, tuple[str, Location]] = field(default_factory=dict)
    packages: Declared = field(default_factory=Declared)
    looked: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, system: System | None, how: str, path: str, line: int | None = None) -> None:
        """One sight of a system; the first one is kept."""
        if system is not None:
            self.systems[system.id] = system
            place = Location(path=path, line=line)
            self.shown.setdefault(system.id, (f"{how} in {place}", place))

    @property
    def callers(self) -> list[str]:
        """Declared HTTP clients, where no upstream API is known that they call."""
        if any(s.kind is SystemKind.UPSTREAM for s in self.systems.values()):
            return []
        return sorted(self.packages.shipped & HTTP_CLIENTS)


def find_externals(repo: Repo, *facts: str) -> Externals:
    """What the service uses; a file that cannot be read is a problem that hides `facts`."""
    found = Externals()
    look = _Look(repo, found, facts)
    look.compose()
    look.kubernetes()
    look.dotenv()
    look.packages()
    found.systems = reduced(found.systems)
    return found


class _Look:
    def __init__(self, repo: Repo, found: Externals, facts: tuple[str, ...]) -> None:
        self._repo = repo
        self._found = found
        self._facts = facts

    def _read(self, path: str, parse: Callable[[bytes], T]) -> T | None:
        try:
            value = parse(self._repo.read(path, limit=_LIMIT).data)
        except Trouble as trouble:
            self._found.problems.append(trouble.problem(*self._facts))
        except FormatError as error:
            kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
            place = Location(path=path, line=error.line)
            hint = "Mend the file, since it may name a system that the service uses."
            said = f"{path}: {error}"
            self._found.problems.append(Problem(kind, said, hint, self._facts, (place,)))
        else:
            self._found.looked.append(path)
            return value
        return None

    def compose(self) -> None:
        """Services of the judged Compose files, and the settings that they hand to the service."""
        holdings = Holdings(self._repo)
        own = OwnServices(holdings)
        for path in chosen_files(holdings, own):
            file = self._read(path, lambda _, path=path: read_compose(self._repo, path))  # type: ignore[misc]
            settings = self._read(path, of_compose) if file is not None else None
            if file is not None and settings is not None:
                self._composed(path, anchored(file, path), settings, own)

    def _composed(
        self,
        path: str,
        file: ComposeFile,
        settings: dict[str, tuple[Setting, ...]],
        own: OwnServices,
    ) -> None:
        builds = {s.image.text: s.build for s in file.services if s.image and s.build}
        ours = {
            s.name: s
            for s in file.services
            if own.seen(s, s.build or builds.get(s.image.text if s.image else ""))
        }
        servers = {s.name: system for s in file.services if (system := _served(s)) is not None}
        mine = ours or {s.name: s for s in file.services if s.name not in servers}
        if not self._repo.root:
            mine = {s.name: s for s in file.services if s.name not in servers}
        hosts = {one.host for name in mine for one in settings.get(name, ())}
        awaited = {d.service for s in mine.values() for d in s.depends_on}
        for service in file.services:
            near = service.name in awaited or service.name in hosts
            counts = not self._repo.root if ours else not _aside(self._repo.below(path))
            if service.name in servers and (near or counts):
                how = f"the service {service.name}"
                self._found.add(servers[service.name], how, path, service.line)
        for service in mine.values():
            self._settings(settings.get(service.name, ()), path)
            for file_ in (p.path for p in service.paths if p.what == "env_file"):
                if file_ in self._repo.by_path and file_ not in self._found.looked:
                    self._settings_file(file_)

    def _settings(self, settings: Sequence[Setting], path: str) -> None:
        prefix = _common([one.name for one in settings])
        for one in settings:
            system = of_setting(one.name.removeprefix(prefix), one.scheme, one.host)
            if system is not None and system.id == f"api_{prefix.lower().strip('_')}":
                continue  # its own address
            self._found.add(system, one.name, path, one.line)

    def _settings_file(self, path: str) -> None:
        settings = self._read(path, lambda data: of_dotenv(data.decode("utf-8-sig", "replace")))
        self._settings(settings or (), path)

    def kubernetes(self) -> None:
        """The containers of workloads: of the service's, where it is a part of the repository."""
        name = posixpath.basename(self._repo.root).lower()
        for path in self._manifests():
            containers = self._read(path, of_kubernetes)
            for one in containers or ():
                last = one.image.rpartition("/")[2].partition(":")[0].lower()
                ours = self._repo.in_service(path) or name in (one.workload.lower(), last)
                if ours:
                    system = of_image(one.image)
                    self._found.add(system, f"the container {one.workload}", path, one.line)
                    if system is None:
                        self._settings(one.settings, path)

    def _manifests(self) -> Iterator[str]:
        named = [e.path for e in self._repo.entries if _YAML.fullmatch(e.path)]
        for path in named[:_MOST_YAML]:
            if use_of(self._repo.below(path)) is Use.APART or path.startswith("."):
                continue
            try:
                head = self._repo.head(path, 65_536)
            except Trouble as trouble:
                if self._repo.in_service(path):
                    self._found.problems.append(trouble.problem(*self._facts))
                continue
            if _WORKLOAD.search(head) and b"{{" not in head:
                yield path

    def dotenv(self) -> None:
        """Files such as `.env.example` of the service."""
        for entry in self._repo.service:
            name = entry.path.rpartition("/")[2]
            if _DOTENV.fullmatch(name) and self._shipped(entry.path):
                self._settings_file(entry.path)

    def packages(self) -> None:
        """The packages that its manifests declare; those of a folder above where it has none."""
        known = [e.path for e in self._repo.entries if is_manifest(e.path)]
        ours = [p for p in known if self._repo.in_service(p) and self._shipped(p)]
        ours = [p for p in ours if not _TEMPLATE.search(self._repo.below(p))]
        for folder in parents(self._repo.root) if not ours else ():
            ours = ours or [p for p in known if posixpath.dirname(p) == folder]
        for path in ours:
            manifest = self._read(path, lambda data, path=path: declared(path, data))  # type: ignore[misc]
            if manifest is not None:
                self._found.packages |= manifest
                for name in sorted(manifest.shipped):
                    self._found.add(of_package(name), f"the package {name}", path)

    def _shipped(self, path: str) -> bool:
        below = self._repo.below(path)
        folder = posixpath.dirname(below)
        return role(below) in SHIPPED and use_of(posixpath.join(folder, "x")) is not Use.APART


def _common(names: Sequence[str]) -> str:
    """The prefix that most of the settings have, such as `SHOP_`, which names the service itself."""
    first = Counter(name.partition("_")[0] for name in names if "_" in name)
    word, count = first.most_common(1)[0] if first else ("", 0)
    alone = of_setting(f"{word}_URL") is None
    return f"{word}_" if alone and count >= _FEW and count > len(names) * 0.6 else ""


def _served(service: Service) -> System | None:
    """The system that a service is a server of, by its image; by its name where it is built here."""
    if service.image is not None and service.build is None:
        return of_image(service.image.text) or pretended(service.image.text)
    return of_image(service.name) if service.build is not None else None
