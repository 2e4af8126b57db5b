"""Reads the Compose files of the service: images, health, restarts, limits, secrets, named paths.

Files for development and tests are judged only where there are no others. Those of a deployment folder
at the git root (`deploy*`, `docker`, `infra`) are judged too where they run the service, or may run it and
the service has none of its own. A file in which services have neither image nor build is judged on top of
the plain file beside it, or at a root above it. A service that others await to complete needs no health
check and no restart, nor does one with `restart: "no"` that migrates, seeds or sets up by its name or
command; one that is built here may have the health check of its Dockerfile. A limit means memory and CPU.
Need not be in the repository: files of secrets, an `env_file` with an example beside it, folders of data
that Docker makes. Secrets are looked for in `environment` and options of `command`, not in build arguments,
labels and env files, and a stand-in such as `changeme` counts: it is in force as written. A service runs the
audited one when its build takes code of the service from its context, when its image is one that a Makefile,
script, pipeline, label or Go module of the repository names as its own or that is called like the service, or
when a language runtime mounts the code. A tag of a major version alone (`redis:7`) names no version.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.containers import dockerfile
from auditor.formats.containers.compose_gaps import (
    down,
    one_shot,
    unlimited,
    unversioned,
    written_secrets,
)
from auditor.formats.containers.compose_merge import merge, resolve_extends
from auditor.formats.containers.compose_model import (
    Build,
    ComposeFile,
    HealthState,
    NamedPath,
    Service,
)
from auditor.formats.text.errors import FormatError
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.containers.compose_choice import anchor, anchored, chosen_files
from auditor.probing.containers.container_files import (
    Holdings,
    compose_paths,
    is_development,
    read_compose,
    resolve,
)
from auditor.probing.contract import Context, FactSpec, Finding, Need, Observation, Trouble, probe
from auditor.probing.monitoring.own_services import OwnServices
from auditor.probing.repository.entries import Entries

_LIST, _NUMBER = FactType.LIST, FactType.NUMBER
FILES = FactSpec("compose.files", _LIST, "Compose files of the service that were judged.")
SERVICES = FactSpec("compose.services", _NUMBER, "Services that they define, file by file.")
OWN = FactSpec("compose.own_services", _LIST, "Services that run the audited service itself.")
SECRETS = FactSpec("compose.literal_secrets", _NUMBER, "Secrets whose value or default they write.")
IMAGES = FactSpec("compose.unpinned_images", _LIST, "Services whose image has no version.")
HEALTH = FactSpec("compose.without_healthcheck", _LIST, "Services without a check that can fail.")
RESTART = FactSpec("compose.without_restart", _LIST, "Services that stay down after a crash.")
LIMITS = FactSpec("compose.without_limits", _LIST, "Services without limit of memory, or of CPU.")
PATHS = FactSpec("compose.missing_paths", _LIST, "Named paths that the repository lacks.")
INVALID = FactSpec("compose.invalid", _LIST, "What Compose would refuse.")
FACTS = (SERVICES, OWN, SECRETS, IMAGES, HEALTH, RESTART, LIMITS, PATHS, INVALID)

_PLAIN = re.compile(r"(?i)(?:(?:docker|podman)[-_])?compose\.ya?ml")
_EXAMPLE = re.compile(r"(?i)(?=.*env)(?=.*(?:example|sample|template|dist|default|tpl)).*")
_A_FILE = re.compile(r".+\.(?!sock$)[A-Za-z][A-Za-z0-9]{0,9}")
_SETTINGS = re.compile(r"/etc/|/docker-entrypoint-initdb\.d")
_FROM_ELSEWHERE = re.compile(
    r"(?i)(?:^|[-_./])(?:certs?|certificates|ssl|tls|pki|secrets?|keys?|letsencrypt|certbot|acme)(?:$|[-_./])"
    r"|\.(?:pem|key|crt|p12|jks)$"
)
_RUNTIME = re.compile(r"(?i)(?:^|[-_./])(?:data|logs?|tmp|cache|volumes?|storage)(?:$|[-_./])")
_ON_HOST = re.compile(r"[/~\\]|[A-Za-z]:[\\/]")
_COMPLETED = "service_completed_successfully"


def _includes(file: ComposeFile) -> bool:
    return any(p.what == "include" for p in file.paths)


@probe(
    "infra.compose",
    title="Compose files",
    needs=[Need.REPOSITORY],
    emits=[FILES, *FACTS],
    pure=True,
)
def compose(ctx: Context) -> Iterator[Observation]:
    """Give every fact when all files could be read; else those that hold something already."""
    holdings, seen = Holdings(ctx.repo), Entries(FACTS)
    own = OwnServices(holdings, ctx.target.service)
    paths = chosen_files(holdings, own)
    files = read_files(holdings, paths, seen)
    known = {s.name for file in files.values() for s in file.services}
    for names, file in units(ctx.repo.root, files).items():
        settled = _settled(holdings, file, names[0], seen)
        written = {s.name: (path, s.line) for path in names for s in files[path].services}
        judge(holdings, Unit(names, settled, known, written), own, seen)
    paths = sorted({*paths, *files})
    others = [p for p in compose_paths(ctx.repo) if p not in paths]
    searched = "searched: *compose*.y*ml, docker-stack*.y*ml, compose/*.y*ml"
    told = f"; not {'judged' if paths else 'deployed'}: {', '.join(others)}" if others else ""
    which = ctx.repo.source((", ".join(paths) or searched) + told)
    source = ctx.repo.source(", ".join(paths)) if paths else which
    places, now = map(Location, paths), ctx.observed_at
    yield FILES.of(paths, level=Level.EFFECTIVE, source=which, locations=places, produced_at=now)
    for text, place in seen.found.get(SECRETS.key, []):
        yield Finding("literal-secret", f"{text}.", SECRETS.key, location=place)
    yield from seen.observations(ctx, source)


def read_files(holdings: Holdings, paths: list[str], seen: Entries) -> dict[str, ComposeFile]:
    """The files that can be read, and those that they include."""
    found: dict[str, ComposeFile] = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop(0)
        if path not in found:
            with seen.reading(path, INVALID, "docker compose config"):
                found[path] = read_compose(holdings.repo, path)
                inner = [p.path for p in found[path].paths if p.what == "include"]
                named = [resolve(posixpath.dirname(path), p) for p in inner]
                waiting += [p for p in named if p is not None and p in holdings.files]
    return found


def units(root: str, files: dict[str, ComposeFile]) -> dict[tuple[str, ...], ComposeFile]:
    """What is run together; a plain file that another is laid over is not judged alone."""
    plain = {posixpath.dirname(p): p for p in files if _PLAIN.fullmatch(posixpath.basename(p))}
    found: dict[tuple[str, ...], ComposeFile] = {}
    for path, file in files.items():
        folders = (posixpath.dirname(path), root, "")
        base = next((plain[folder] for folder in folders if folder in plain), path)
        partial = bool(file.without_image or file.undefined_dependencies)
        if partial and not _includes(file) and path not in plain.values() and base != path:
            found[base, path] = merge([files[base], file])
    covered = {path for paths in found for path in paths}
    return found | {(path,): file for path, file in files.items() if path not in covered}


def _settled(
    holdings: Holdings, file: ComposeFile, path: str, seen: Entries, depth: int = 0
) -> ComposeFile:
    """`file` with paths relative to the git root, its services on top of those they extend."""
    others: dict[str, ComposeFile] = {}
    for service in file.services:
        name = service.extends.file if service.extends else None
        other = anchor(posixpath.dirname(path), name) if name else ""
        if name and name not in others and other in holdings.files and depth < 5:
            with seen.reading(other, INVALID, "docker compose config"):
                read = read_compose(holdings.repo, other)
                others[name] = _settled(holdings, read, other, seen, depth + 1)
    return resolve_extends(anchored(file, path), others)


@dataclass(frozen=True, slots=True)
class Unit:
    """Files that are run together, as the one settled `file` that they make.

    `known` are the services of all files; `places` say in which of `names` each service is written
    last, and on which line.
    """

    names: tuple[str, ...]
    file: ComposeFile
    known: set[str]
    places: dict[str, tuple[str, int | None]]

    def place(self, line: int | None, subject: str) -> tuple[str, int | None, str]:
        """File and line of what is said of `subject`, and what other files it is said with."""
        if len(self.names) == 1:
            return self.names[0], line, ""
        path, line = self.places.get(subject, (self.names[0], None))
        return path, line, "".join(f" (with {other})" for other in self.names if other != path)


def judge(holdings: Holdings, unit: Unit, own: OwnServices, seen: Entries) -> None:
    """Entries for one unit."""
    file, first = unit.file, unit.names[0]

    def add(fact: FactSpec, line: int | None, subject: str, what: str) -> None:
        if what:
            path, at, on_top = unit.place(line, subject)
            seen.add(fact, path, at, (f"{subject}: {what}" if subject else what) + on_top)

    if not file.services and not _includes(file):
        add(INVALID, None, "", "defines no services")
    for dependency in file.undefined_dependencies:
        if not _includes(file) or dependency.service not in unit.known:
            add(INVALID, dependency.line, "", f"no service is {dependency.service}, awaited here")
    for service in file.services:
        add(INVALID, service.line, service.name, _refused(holdings, service))
    for path in file.paths:
        add(PATHS, path.line, "", _lacks(holdings, path))
    awaited = {d.service for s in file.services for d in s.depends_on if d.condition == _COMPLETED}
    builds = {s.image.text: s.build for s in file.services if s.image and s.build}
    in_swarm = "stack" in posixpath.basename(first)  # where services restart unless told not to
    written: dict[tuple[str, int | None], str] = {}  # an anchor gives several services one line
    for service in file.services:
        if service.profiles and all(map(is_development, service.profiles)):
            continue  # production does not start it
        name, line = service.name, service.line
        add(SERVICES, line, name, "is defined")
        built = service.build or (builds.get(service.image.text) if service.image else None)
        add(OWN, line, name, own.seen(service, built))
        if service.image is not None and built is None:
            add(IMAGES, service.image_line, name, unversioned(service.image))
        if name not in awaited and not one_shot(service):
            add(HEALTH, service.health.line or line, name, _unchecked(holdings, service, built))
            add(RESTART, line, name, "" if in_swarm and not service.restart else down(service))
        add(LIMITS, line, name, unlimited(service))
        for path in _named_paths(holdings, service):
            add(PATHS, path.line, name, _lacks(holdings, path))
        for key in written_secrets(service):
            written.setdefault(key, name)
    for (secret, at), name in written.items():
        add(SECRETS, at, name, f"the value of {secret} is written in the file")


def _refused(holdings: Holdings, service: Service) -> str:
    bases = [p.path for p in service.paths if p.what == "extends"]
    if service.image is None and service.build is None and service.extends is None:
        return "neither image nor build"
    if service.extends is not None and all(map(holdings.holds, bases)):
        return f"extends {service.extends.service}, which is not there"
    return ""


def _unchecked(holdings: Holdings, service: Service, built: Build | None) -> str:
    health = service.health
    if health.state is HealthState.DISABLED:
        return "its health check is disabled"
    if health.state is HealthState.DECLARED:
        return "its health check cannot fail" if health.vacuous else ""
    checked = built is not None and _checks_itself(holdings, built)
    return "" if checked else "declares no health check"


def _checks_itself(holdings: Holdings, build: Build) -> bool:
    """Whether the Dockerfile of a build has a health check that can fail."""
    path = holdings.dockerfile(build.context, build.dockerfile)
    if build.inline or build.remote or path is None:
        return False
    try:
        parsed = dockerfile.read(holdings.repo.read(path).data)
    except (Trouble, FormatError):
        return False
    named = [s for s in parsed.stages if s.name and s.name == (build.target or "").lower()]
    check = (named or [parsed.final])[0].healthcheck
    return check is not None and not check.vacuous


def _named_paths(holdings: Holdings, service: Service) -> Iterator[NamedPath]:
    """Its paths; those of the build from the build itself, as merged services keep them of one file."""
    build = service.build
    if build is not None and not build.remote and "${" not in build.context:
        written = posixpath.join(build.context, build.dockerfile or "Dockerfile")
        if not holdings.holds(resolve("", build.context)):
            yield NamedPath("build context", build.context, build.line)
        elif not build.inline and holdings.dockerfile(build.context, build.dockerfile) is None:
            yield NamedPath("dockerfile", written, build.line, unresolved="${" in written)
    yield from (p for p in service.paths if p.what not in ("build context", "dockerfile"))


def _lacks(holdings: Holdings, path: NamedPath) -> str:
    """Why a named path is missing; "" where it is there, or need not be in the repository."""
    where, inside = path.path, resolve("", path.path)
    if path.unresolved or not path.required or path.what == "secret" or _ON_HOST.match(where):
        return ""
    if holdings.holds(inside):
        return ""
    folder, name = posixpath.split(where)
    beside = (posixpath.basename(f) for f in holdings.files if posixpath.dirname(f) == folder)
    if path.what == "env_file" and any(map(_EXAMPLE.fullmatch, beside)):
        return ""
    if path.what == "bind mount":
        target = path.target or ""
        settings = _SETTINGS.match(target) or _A_FILE.fullmatch(posixpath.basename(target))
        wanted = _A_FILE.fullmatch(name) or (settings and not _RUNTIME.search(where))
        if inside is None or not wanted or _FROM_ELSEWHERE.search(where):
            return ""
    return f"the {path.what} {where} is not in the repository"
