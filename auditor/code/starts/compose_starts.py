"""Entry points that Compose files declare: the commands of services that are built from the code beside."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator

from auditor.code.starts.declared_starts import EntryPoint, does_nothing, for_deployment
from auditor.formats.containers import compose
from auditor.formats.containers.compose_model import ComposeFile, Service
from auditor.formats.text.errors import FormatError

_PLAIN = re.compile(r"(?:(?:docker|podman)[-_])?compose\.ya?ml", re.IGNORECASE)
_NAME = re.compile(
    r"(?:.*[-_.])?(?:(?:docker|podman)[-_]?)?compose(?:[-_.].*)?\.ya?ml", re.IGNORECASE
)


def compose_starts(paths: Collection[str], read: Callable[[str], str]) -> list[EntryPoint]:
    """The commands in Compose files at `paths` of services that build code which is there.

    A service without image and build is one of the plain file beside it. Files, services and profiles
    for development and tests start nothing, nor does a file that cannot be read.
    """
    files = {path: _read(read(path)) for path in paths if _is_compose(path)}
    plain = {posixpath.dirname(p): f for p, f in files.items() if _PLAIN.fullmatch(_name(p))}
    found: list[EntryPoint] = []
    for path, file in sorted(files.items()):
        folder = posixpath.dirname(path)
        for service in file.services if file and for_deployment(_name(path)) else ():
            base = plain.get(folder)
            below = base.service(service.name) if base else None
            found += _started(path, service, service if _complete(service) else below, paths)
    return found


def _started(
    path: str, service: Service, built: Service | None, paths: Collection[str]
) -> Iterator[EntryPoint]:
    build = built.build if built else None
    command = " ".join(service.command)
    if build is None or build.remote or not command or does_nothing(command):
        return
    aside = service.profiles and not any(map(for_deployment, service.profiles))
    target = build.target or ""
    context = posixpath.normpath(posixpath.join(posixpath.dirname(path), build.context))
    context = "" if context == "." else context
    start = f"{context}/" if context else ""
    there = any(p.startswith(start) for p in paths)
    if there and not aside and for_deployment(service.name) and for_deployment(target):
        what = f"compose command of {service.name}"
        yield EntryPoint(what, path, service.line or 1, f"{start}Dockerfile")


def _complete(service: Service) -> bool:
    return service.image is not None or service.build is not None


def _is_compose(path: str) -> bool:
    return _NAME.fullmatch(_name(path)) is not None


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _read(text: str) -> ComposeFile | None:
    try:
        return compose.read(text)
    except FormatError:
        return None
