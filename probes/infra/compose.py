"""Reads the Compose files of the service: images, health, restarts, limits, secrets, named paths.

Files for development and tests are judged only where there are no others. A file in which services have
neither image nor build is laid over the plain file beside it (or at the service root, or the git root) and
judged with it. A service that others await to complete needs no health check and no restart; one that is
built here has the health check of its Dockerfile. A limit means memory and CPU. What must not be in the
repository is not missing: files of secrets, an `env_file` with an example beside it, folders of data that
Docker makes. Secrets are looked for in `environment` and options of `command`, and never shown; build
arguments, labels and env files are not read for them.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.formats.compose_merge import merge, resolve_extends
from auditor.formats.compose_model import Build, ComposeFile, HealthState, NamedPath, Service
from auditor.formats.errors import FormatError, Malformed
from auditor.formats.image_reference import ImageReference, Pin
from auditor.formats.literal_secret import ValueKind, value_kind
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Finding, Need, Observation, ProblemKind, Trouble, probe
from probes.infra import (
    Entries,
    Holdings,
    Use,
    always_healthy,
    compose_builds,
    image_is_checked,
    is_compose,
    is_development,
    parents,
    read_compose,
    resolve,
    use_of,
)

FILES = FactSpec("compose.files", FactType.LIST, "Compose files of the service that were judged.")
SERVICES = FactSpec("compose.services", FactType.NUMBER, "Services that they define, file by file.")
SECRETS = FactSpec("compose.literal_secrets", FactType.NUMBER, "Secrets whose value, or default, they write.")
IMAGES = FactSpec("compose.unpinned_images", FactType.LIST, "Services whose image has no version.")
HEALTH = FactSpec("compose.without_healthcheck", FactType.LIST, "Services without a check that can fail.")
RESTART = FactSpec("compose.without_restart", FactType.LIST, "Services that stay down after a crash.")
LIMITS = FactSpec("compose.without_limits", FactType.LIST, "Services without limit of memory, or of CPU.")
PATHS = FactSpec("compose.missing_paths", FactType.LIST, "Paths that they name and the repository lacks.")
INVALID = FactSpec("compose.invalid", FactType.LIST, "What Compose would refuse.")
FACTS = (SERVICES, SECRETS, IMAGES, HEALTH, RESTART, LIMITS, PATHS, INVALID)

_PLAIN = re.compile(r"(?i)(?:(?:docker|podman)[-_])?compose\.ya?ml")
_EXAMPLE = re.compile(r"(?i)(?=.*env)(?=.*(?:example|sample|template|dist|default|tpl)).*")
_A_FILE = re.compile(r".+\.(?!sock$)[A-Za-z][A-Za-z0-9]{0,9}")
_FOR_SETTINGS = re.compile(r"/etc/|/docker-entrypoint-initdb\.d")
_FROM_ELSEWHERE = re.compile(
    r"(?i)(?:^|[-_./])(?:certs?|certificates|ssl|tls|pki|secrets?|keys?|letsencrypt|certbot|acme)(?:$|[-_./])"
    r"|\.(?:pem|key|crt|p12|jks)$"
)
_RUNTIME = re.compile(r"(?i)(?:^|[-_./])(?:data|logs?|tmp|cache|volumes?|storage|backups?)(?:$|[-_./])")
_SECRET_OPTION = re.compile(
    r"(?i)(?<!\S)(--?(?!no-|skip-|without-)[\w-]*(?:pass|passwd|password|token|secret|api-?key))[=\s]+(\S+)"
)
_IN_FORCE = (ValueKind.LITERAL, ValueKind.DEFAULT, ValueKind.PLACEHOLDER)
_COMPLETED = "service_completed_successfully"


@dataclass(frozen=True, slots=True)
class Unit:
    """What one command of Compose runs: a file, or a plain one and another on top of it.

    Paths in `file` are relative to the git root, unless they lead out of it.
    """

    paths: tuple[str, ...]
    file: ComposeFile

    @property
    def services(self) -> list[Service]:
        """Those that production starts: with a profile for development only, it does not."""
        return [s for s in self.file.services if not s.profiles or not all(map(is_development, s.profiles))]


@probe("infra.compose", title="Compose files", needs=[Need.REPOSITORY], emits=[FILES, *FACTS])
def compose(ctx: Context) -> Iterator[Observation]:
    """Give every fact when all files could be read; else those that hold something already."""
    holdings = Holdings(ctx.repo)
    seen = Entries(FACTS)
    paths = chosen_files(holdings)
    files = read_files(holdings, paths, seen)
    for unit in units(holdings, files, seen):
        judge(holdings, unit, {s.name for file in files.values() for s in file.services}, seen)
    paths = sorted({*paths, *files})
    source = ctx.repo.source(", ".join(paths) or "searched: **/*compose*.y*ml, **/compose/*.y*ml")
    places = [Location(path=p) for p in paths]
    yield FILES.of(paths, level=Level.EFFECTIVE, source=source, locations=places, produced_at=ctx.observed_at)
    for text, place in seen.found.get(SECRETS.key, []):
        yield Finding("literal-secret", f"{text}.", SECRETS.key, location=place)
    yield from seen.observations(ctx, source)


def chosen_files(holdings: Holdings) -> list[str]:
    """The Compose files of the service: below its root, those elsewhere that build it, and without any
    of these those in the folders above it. For development only where there are no others."""
    repo = holdings.repo
    builders = {b.file for b in compose_builds(holdings) if repo.root and repo.in_service(b.context)}
    known = [p for p in sorted(holdings.files) if is_compose(repo, p)]
    for use in (Use.DEPLOYED, Use.DEVELOPMENT):
        fitting = [p for p in known if use_of(repo.below(p)) is use]
        near = [p for p in fitting if repo.in_service(p) or p in builders]
        found = near or [p for p in fitting if posixpath.dirname(p) in parents(repo.root)]
        if found:
            return found
    return []


def read_files(holdings: Holdings, paths: list[str], seen: Entries) -> dict[str, ComposeFile]:
    """The files that can be read, and those that they include."""
    found: dict[str, ComposeFile] = {}
    waiting = list(paths)
    while waiting:
        path = waiting.pop(0)
        file = None if path in found else _read(holdings, path, seen)
        if file is not None:
            found[path] = file
            named = [resolve(posixpath.dirname(path), p.path) for p in file.paths if p.what == "include"]
            waiting += [p for p in named if p in holdings.files and p is not None]
    return found


def _read(holdings: Holdings, path: str, seen: Entries) -> ComposeFile | None:
    try:
        return read_compose(holdings.repo, path)
    except Malformed as error:
        seen.add(INVALID, path, error.line, error.message)
        seen.blind(ProblemKind.MALFORMED, str(error), "Mend it until `docker compose config` accepts it.")
    except FormatError as error:
        seen.blind(ProblemKind.TOO_LARGE, str(error), "Split it, and audit again.")
    except Trouble as trouble:
        seen.blind(trouble.kind, trouble.message, trouble.hint)
    return None


def units(holdings: Holdings, files: dict[str, ComposeFile], seen: Entries) -> list[Unit]:
    """What is run together; a plain file that another is laid over is not judged alone."""
    plain = {posixpath.dirname(p): p for p in files if _PLAIN.fullmatch(p.rpartition("/")[2])}
    found: dict[tuple[str, ...], ComposeFile] = {}
    for path, file in files.items():
        folders = (posixpath.dirname(path), holdings.repo.root, "")
        base = next((plain[folder] for folder in folders if folder in plain), None)
        if path not in plain.values() and base is not None and _needs_base(file):
            found[base, path] = merge([files[base], file])
    covered = {path for paths in found for path in paths}
    found |= {(path,): file for path, file in files.items() if path not in covered}
    return [
        Unit(paths, _settled(holdings, file, posixpath.dirname(paths[0]), seen, 0))
        for paths, file in found.items()
    ]


def _needs_base(file: ComposeFile) -> bool:
    includes = any(p.what == "include" for p in file.paths)
    return bool(file.without_image or file.undefined_dependencies) and not includes


def _settled(holdings: Holdings, file: ComposeFile, folder: str, seen: Entries, depth: int) -> ComposeFile:
    """`file` with paths relative to the git root, its services on top of those they extend."""

    def anchored(path: NamedPath) -> NamedPath:
        return replace(path, path=_anchor(folder, path.path))

    def moved(service: Service) -> Service:
        build = service.build and replace(service.build, context=_anchor(folder, service.build.context))
        return replace(service, build=build, paths=tuple(map(anchored, service.paths)))

    others: dict[str, ComposeFile] = {}
    for name in {s.extends.file for s in file.services if s.extends is not None and s.extends.file}:
        path = resolve(folder, name)
        other = _read(holdings, path, seen) if path in holdings.files and path and depth < 5 else None
        if other is not None and path is not None:
            others[name] = _settled(holdings, other, posixpath.dirname(path), seen, depth + 1)
    services = tuple(moved(s) for s in file.services)
    return resolve_extends(replace(file, services=services, paths=tuple(map(anchored, file.paths))), others)


def _anchor(folder: str, path: str) -> str:
    found = resolve(folder, path)
    return path if found is None else found or "."


def judge(holdings: Holdings, unit: Unit, known: set[str], seen: Entries) -> None:
    """Entries for one unit; `known` are the services of all files, which `include` makes known."""
    file, first = unit.file, unit.paths[0]
    on_top = "".join(f" (with {path})" for path in unit.paths[1:])

    def add(fact: FactSpec, line: int | None, what: str) -> None:
        if what:
            seen.add(fact, first, None if on_top else line, what + on_top)

    includes = any(p.what == "include" for p in file.paths)
    if not file.services and not includes:
        add(INVALID, None, "defines no services")
    for dependency in file.undefined_dependencies:
        if not includes or dependency.service not in known:
            add(INVALID, dependency.line, f"depends on {dependency.service}, which is no service")
    for service in file.services:
        add(INVALID, service.line, _refused(holdings, service))
    for path in file.paths:
        add(PATHS, path.line, _lacks(holdings, path))
    awaited = {d.service for s in file.services for d in s.depends_on if d.condition == _COMPLETED}
    builds = {s.image.text: s.build for s in file.services if s.image and s.build}
    for service in unit.services:
        name, line = service.name, service.line
        add(SERVICES, line, name)
        built = service.build or (builds.get(service.image.text) if service.image else None)
        if service.image is not None and built is None:
            add(IMAGES, service.image_line, _named(name, _unversioned(service.image)))
        if name not in awaited:
            add(HEALTH, service.health.line or line, _named(name, _unchecked(holdings, service, built)))
            add(RESTART, line, _named(name, _stays_down(service)))
        add(LIMITS, line, _named(name, _unlimited(service)))
        for path in (*_build_paths(service), *service.paths):
            add(PATHS, path.line, _named(name, _lacks(holdings, path)))
        for secret, at in _written_secrets(service):
            add(SECRETS, at, f"{name}: the value of {secret} is written in the file")


def _named(service: str, what: str) -> str:
    return f"{service}: {what}" if what else ""


def _refused(holdings: Holdings, service: Service) -> str:
    if service.image is None and service.build is None and service.extends is None:
        return f"{service.name}: neither image nor build"
    extends = service.extends
    if extends is not None and (extends.file is None or holdings.holds(extends.file)):
        return f"{service.name}: extends {extends.service}, which is not there"
    return ""


def _unversioned(image: ImageReference) -> str:
    """Why an image is not of one version; a tag without any digit (`alpine`) names none."""
    if image.pin is Pin.TAG and not re.search(r"\d", image.tag or ""):
        return f"the image {image.text}, whose tag names no version"
    why = {Pin.NONE: "has no tag", Pin.LATEST: "has a tag that moves", Pin.VARIABLE: "has a variable for its tag"}
    return f"the image {image.text} {why[image.pin]}" if image.pin in why else ""


def _unchecked(holdings: Holdings, service: Service, built: Build | None) -> str:
    health = service.health
    if health.state is HealthState.DISABLED:
        return "its health check is disabled"
    if health.state is HealthState.DECLARED:
        return "its health check cannot fail" if health.vacuous or always_healthy(health.test) else ""
    return "" if built is not None and image_is_checked(holdings, built) else "no health check"


def _stays_down(service: Service) -> str:
    return "" if service.restarts else f"restart: {service.restart}" if service.restart else "no restart policy"


def _unlimited(service: Service) -> str:
    limits = {"memory": service.memory_limit, "CPU": service.cpu_limit}
    missing = [what for what, limit in limits.items() if limit is None]
    return f"no limit of {' and '.join(missing)}" if missing else ""


def _build_paths(holdings: Holdings, service: Service) -> Iterator[str]:
