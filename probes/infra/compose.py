"""Reads the Compose files of the service: images, health, restarts, limits, secrets, named paths.

Files for development and tests are judged only where there are no others. A file in which services
have neither image nor build is judged on top of the plain file beside it, or at a root above it. A
service that others await to complete needs no health check and no restart; one that is built here may
have the health check of its Dockerfile. A limit means memory and CPU. Need not be in the repository:
files of secrets, an `env_file` with an example beside it, folders of data that Docker makes. Secrets are
looked for in `environment` and options of `command`, not in build arguments, labels and env files, and a
stand-in such as `changeme` counts: it is in force as written.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from auditor.formats import dockerfile
from auditor.formats.compose_merge import merge, resolve_extends
from auditor.formats.compose_model import Build, ComposeFile, HealthState, NamedPath, Service
from auditor.formats.errors import FormatError
from auditor.formats.image_reference import ImageReference, Pin
from auditor.formats.literal_secret import ValueKind, value_kind
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Finding, Need, Observation, Trouble, probe
from probes.infra import (
    Entries,
    Holdings,
    Use,
    always_healthy,
    compose_builds,
    compose_paths,
    is_development,
    parents,
    read_compose,
    resolve,
    use_of,
)

_LIST, _NUMBER = FactType.LIST, FactType.NUMBER
FILES = FactSpec("compose.files", _LIST, "Compose files of the service that were judged.")
SERVICES = FactSpec("compose.services", _NUMBER, "Services that they define, file by file.")
SECRETS = FactSpec("compose.literal_secrets", _NUMBER, "Secrets whose value or default they write.")
IMAGES = FactSpec("compose.unpinned_images", _LIST, "Services whose image has no version.")
HEALTH = FactSpec("compose.without_healthcheck", _LIST, "Services without a check that can fail.")
RESTART = FactSpec("compose.without_restart", _LIST, "Services that stay down after a crash.")
LIMITS = FactSpec("compose.without_limits", _LIST, "Services without limit of memory, or of CPU.")
PATHS = FactSpec("compose.missing_paths", _LIST, "Named paths that the repository lacks.")
INVALID = FactSpec("compose.invalid", _LIST, "What Compose would refuse.")
FACTS = (SERVICES, SECRETS, IMAGES, HEALTH, RESTART, LIMITS, PATHS, INVALID)

_PLAIN = re.compile(r"(?i)(?:(?:docker|podman)[-_])?compose\.ya?ml")
_EXAMPLE = re.compile(r"(?i)(?=.*env)(?=.*(?:example|sample|template|dist|default|tpl)).*")
_A_FILE = re.compile(r".+\.(?!sock$)[A-Za-z][A-Za-z0-9]{0,9}")
_SETTINGS = re.compile(r"/etc/|/docker-entrypoint-initdb\.d")
_FROM_ELSEWHERE = re.compile(
    r"(?i)(?:^|[-_./])(?:certs?|certificates|ssl|tls|pki|secrets?|keys?|letsencrypt|certbot|acme)(?:$|[-_./])"
    r"|\.(?:pem|key|crt|p12|jks)$"
)
_RUNTIME = re.compile(r"(?i)(?:^|[-_./])(?:data|logs?|tmp|cache|volumes?|storage)(?:$|[-_./])")
_SECRET_OPTION = re.compile(
    r"(?i)(?<!\S)(?!-+(?:no|skip|without)-)(--?[\w-]*(?:pass|passwd|password|token|secret|api-?key))[=\s]+(\S+)"
)
_ON_HOST = re.compile(r"[/~\\]|[A-Za-z]:[\\/]")
_PINS = {Pin.NONE: "no tag", Pin.LATEST: "a tag that moves", Pin.VARIABLE: "a variable for tag"}
_IN_FORCE = (ValueKind.LITERAL, ValueKind.DEFAULT, ValueKind.PLACEHOLDER)
_COMPLETED = "service_completed_successfully"


def _includes(file: ComposeFile) -> bool:
    return any(p.what == "include" for p in file.paths)


@probe("infra.compose", title="Compose files", needs=[Need.REPOSITORY], emits=[FILES, *FACTS])
def compose(ctx: Context) -> Iterator[Observation]:
    """Give every fact when all files could be read; else those that hold something already."""
    holdings, seen = Holdings(ctx.repo), Entries(FACTS)
    paths = chosen_files(holdings)
    files = read_files(holdings, paths, seen)
    known = {s.name for file in files.values() for s in file.services}
    for names, file in units(ctx.repo.root, files).items():
        judge(holdings, names, _settled(holdings, file, names[0], seen), known, seen)
    paths = sorted({*paths, *files})
    left_out = "".join(f"; not deployed: {p}" for p in compose_paths(ctx.repo))
    searched = f"searched: *compose*.y*ml, docker-stack*.y*ml, compose/*.y*ml{left_out}"
    source, now = ctx.repo.source(", ".join(paths) or searched), ctx.observed_at
    places = map(Location, paths)
    yield FILES.of(paths, level=Level.EFFECTIVE, source=source, locations=places, produced_at=now)
    for text, place in seen.found.get(SECRETS.key, []):
        yield Finding("literal-secret", f"{text}.", SECRETS.key, location=place)
    yield from seen.observations(ctx, source)


def chosen_files(holdings: Holdings) -> list[str]:
    """The Compose files of the service: below its root, those elsewhere that build it, and without
    any of these those in the folders above it. For development only where there are no others."""
    repo, known = holdings.repo, compose_paths(holdings.repo)
    builders = {b.file for b in compose_builds(holdings) if repo.in_service(b.context)}
    for use in (Use.DEPLOYED, Use.DEVELOPMENT):
        fitting = [p for p in known if use_of(repo.below(p)) is use]
        near = [p for p in fitting if repo.in_service(p) or p in builders]
        above = [p for p in fitting if posixpath.dirname(p) in parents(repo.root)]
        if near or above:
            return near or above
    return []


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
    folder = posixpath.dirname(path)

    def anchored(written: str) -> str:
        found = resolve(folder, written)
        return written if found is None else found or "."

    def moved(paths: tuple[NamedPath, ...]) -> tuple[NamedPath, ...]:
        return tuple(replace(p, path=anchored(p.path)) for p in paths)

    others: dict[str, ComposeFile] = {}
    services: list[Service] = []
    for service in file.services:
        build = service.build and replace(service.build, context=anchored(service.build.context))
        services.append(replace(service, build=build, paths=moved(service.paths)))
        name = service.extends.file if service.extends else None
        other = anchored(name) if name else ""
        if name and name not in others and other in holdings.files and depth < 5:
            with seen.reading(other, INVALID, "docker compose config"):
                read = read_compose(holdings.repo, other)
                others[name] = _settled(holdings, read, other, seen, depth + 1)
    paths = moved(file.paths)
    return resolve_extends(replace(file, services=tuple(services), paths=paths), others)


def judge(
    holdings: Holdings, names: tuple[str, ...], file: ComposeFile, known: set[str], seen: Entries
) -> None:
    """Entries for the settled `file` that `names` make; `known` are the services of all files."""
    first, on_top = names[0], "".join(f" (with {path})" for path in names[1:])

    def add(fact: FactSpec, line: int | None, subject: str, what: str) -> None:
        if what:
            told = f"{subject}: {what}" if subject else what
            seen.add(fact, first, None if on_top else line, told + on_top)

    if not file.services and not _includes(file):
        add(INVALID, None, "", "defines no services")
    for dependency in file.undefined_dependencies:
        if not _includes(file) or dependency.service not in known:
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
        add(SERVICES, line, "", name)
        built = service.build or (builds.get(service.image.text) if service.image else None)
        if service.image is not None and built is None:
            add(IMAGES, service.image_line, name, _unversioned(service.image))
        if name not in awaited:
            add(HEALTH, service.health.line or line, name, _unchecked(holdings, service, built))
            add(RESTART, line, name, "" if in_swarm and not service.restart else _down(service))
        add(LIMITS, line, name, _unlimited(service))
        for path in _named_paths(holdings, service):
            add(PATHS, path.line, name, _lacks(holdings, path))
        for key in _written_secrets(service):
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


def _unversioned(image: ImageReference) -> str:
    """Why an image is not of one version; a tag without any digit (`alpine`) names none."""
    if image.pin is Pin.TAG and not re.search(r"\d", image.tag or ""):
        return f"the tag of the image {image.text} names no version"
    return f"the image {image.text} has {_PINS[image.pin]}" if image.pin in _PINS else ""


def _unchecked(holdings: Holdings, service: Service, built: Build | None) -> str:
    health = service.health
    if health.state is HealthState.DISABLED:
        return "its health check is disabled"
    if health.state is HealthState.DECLARED:
        return "its health check cannot fail" if always_healthy(health.test) else ""
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
    return check is not None and not always_healthy(" ".join(check.command.words))


def _down(service: Service) -> str:
    told = f"its restart policy is {service.restart}" if service.restart else "no restart policy"
    return "" if service.restarts else told


def _unlimited(service: Service) -> str:
    limits = {"memory": service.memory_limit, "CPU": service.cpu_limit}
    missing = [what for what, limit in limits.items() if limit is None]
    return f"no limit of {' and '.join(missing)}" if missing else ""


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


def _written_secrets(service: Service) -> Iterator[tuple[str, int | None]]:
    """Name and line of secrets whose value stands in the file."""
    yield from ((s.name, s.line) for s in service.secrets if s.kind in _IN_FORCE)
    for option, value in _SECRET_OPTION.findall(" ".join(service.command)):
        if value_kind(value) in _IN_FORCE:
            yield option, service.line
