"""Which Compose files are judged for a service: its own, those that build or run it, those of deployment."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from auditor.formats.containers.compose_model import ComposeFile, NamedPath, Service
from auditor.formats.packages.dependency_kinds import of_image
from auditor.formats.text.errors import FormatError
from auditor.probing.containers.container_files import (
    Holdings,
    Use,
    compose_paths,
    parents,
    read_compose,
    resolve,
    use_of,
)
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring.own_services import OwnServices

_DEPLOYMENT = re.compile(r"(?:deploy[^/]*|docker|infra(?:structure)?)/", re.IGNORECASE)
"""Folders at the git root that hold what is deployed, of whichever service."""


def chosen_files(holdings: Holdings, own: OwnServices) -> list[str]:
    """The Compose files of the service: below its root, those elsewhere that build it, without any of
    these those in the folders above it, and those of a deployment folder that run it, or may run it
    where the service has none of its own. For development only where there are no others. A file deeper down
    that only runs software of others (a database to try something with) is none of the service."""
    repo, known = holdings.repo, compose_paths(holdings.repo)
    builders = {b.file for b in holdings.compose_builds if repo.in_service(b.context)}
    for use in (Use.DEPLOYED, Use.DEVELOPMENT):
        fitting = [p for p in known if use_of(repo.below(p)) is use]
        fitting = [p for p in fitting if not _foreign(holdings, own, p)]
        inside = [p for p in fitting if repo.in_service(p)]
        near = [p for p in fitting if p in inside or p in builders]
        above = [p for p in fitting if posixpath.dirname(p) in parents(repo.root)]
        aside = [p for p in fitting if p not in near and _DEPLOYMENT.match(p)]
        running = [p for p in aside if _runs(holdings, own, p, certainly=True)]
        if not running and not inside:
            running = [p for p in aside if _runs(holdings, own, p, certainly=False)]
        if near or above or running:
            return sorted({*(near or above), *running})
    return []


def _runs(holdings: Holdings, own: OwnServices, path: str, *, certainly: bool) -> bool:
    """Whether a file runs the service, or may do so: an image that is neither built there nor one of
    Docker's own library may be the service's. One that cannot be read may, and is then said so."""
    try:
        file = anchored(read_compose(holdings.repo, path), path)
    except (Trouble, FormatError):
        return not certainly
    if any(own.seen(service, service.build) for service in file.services):
        return True
    return not certainly and any(map(_of_somebody, file.services))


def _foreign(holdings: Holdings, own: OwnServices, path: str) -> bool:
    folder = posixpath.dirname(holdings.repo.below(path))
    if not folder or _DEPLOYMENT.match(f"{folder}/") or folder in parents(holdings.repo.root):
        return False
    try:
        file = anchored(read_compose(holdings.repo, path), path)
    except (Trouble, FormatError):
        return False
    return bool(file.services) and not any(
        service.build is not None
        or service.image is None
        or own.seen(service, None)
        or (_of_somebody(service) and of_image(service.image.name) is None)
        for service in file.services
    )


def _of_somebody(service: Service) -> bool:
    if service.image is None or service.build is not None:
        return False
    name = service.image.text.removeprefix("docker.io/").removeprefix("library/")
    return "/" in name or "$" in name


def anchored(file: ComposeFile, path: str) -> ComposeFile:
    """`file`, which is at `path`, with paths relative to the git root."""
    folder = posixpath.dirname(path)

    def moved(paths: tuple[NamedPath, ...]) -> tuple[NamedPath, ...]:
        return tuple(replace(p, path=anchor(folder, p.path)) for p in paths)

    services: list[Service] = []
    for service in file.services:
        build = service.build
        build = build and replace(build, context=anchor(folder, build.context))
        services.append(replace(service, build=build, paths=moved(service.paths)))
    return replace(file, services=tuple(services), paths=moved(file.paths))


def anchor(folder: str, written: str) -> str:
    """A path of a file in `folder` from the git root; as `written` where it leads elsewhere."""
    found = resolve(folder, written)
    return written if found is None else found or "."
