"""Services of all Compose files of a repository with their raw bodies, and which of them are the audited one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.containers.compose_model import Service
from auditor.formats.kubernetes.kube_model import dig
from auditor.formats.text.errors import FormatError
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import YamlValue, load_all
from auditor.probing.containers.compose_choice import anchored
from auditor.probing.containers.container_files import (
    Holdings,
    Use,
    compose_paths,
    parents,
    read_compose,
    use_of,
)
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring.own_services import OwnServices
from auditor.probing.repo import Repo

_LIMIT = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ComposedService:
    """A service of a Compose file; paths of `service` and `files` are relative to the git root.

    `body` is its mapping as written, `files` are those that it mounts or is given as configs, `own` says
    that it runs the audited service.
    """

    path: str
    service: Service
    body: dict[str, YamlValue]
    files: tuple[str, ...]
    own: bool

    @property
    def image(self) -> str:
        """The name of its image, "" where it has none."""
        return self.service.image.name if self.service.image else ""

    @property
    def ours(self) -> bool:
        """Whether it runs the audited service, or is built here at all."""
        return self.own or self.service.build is not None

    def has(self, path: str) -> bool:
        """Whether a file of the repository is mounted into it, alone or with its folder."""
        return any(
            one.rstrip("/") in (path, *parents(path)) and one.strip("./") for one in self.files
        )

    @property
    def volumes(self) -> list[tuple[str, str]]:
        """Source and target of every volume, named volumes too, as written."""
        found: list[tuple[str, str]] = []
        for one in list_of(self.body.get("volumes")):
            if isinstance(one, dict):
                found.append((text_of(one.get("source")) or "", text_of(one.get("target")) or ""))
            elif isinstance(one, str) and ":" in one:
                found.append((one.split(":")[0], one.split(":")[1]))
        return [(source, target) for source, target in found if source and target]


def composed_services(repo: Repo, holdings: Holdings) -> Iterator[ComposedService]:
    """Those of every Compose file but tests and examples; a file that cannot be read has none."""
    own = OwnServices(holdings)
    for path in compose_paths(repo):
        if use_of(repo.below(path)) is Use.APART:
            continue
        try:
            file = anchored(read_compose(repo, path), path)
            documents = load_all(repo.read(path, limit=_LIMIT).data, name=path)
        except (Trouble, FormatError):
            continue
        builds = {s.image.text: s.build for s in file.services if s.image and s.build}
        configs = tuple(one.path for one in file.paths if one.what == "config")
        for service in file.services:
            body = dig(documents[0].value, "services", service.name) if documents else None
            built = service.build or (builds.get(service.image.text) if service.image else None)
            files = (*(bind.path for bind in service.binds), *configs)
            yield ComposedService(
                path, service, mapping_of(body), files, bool(own.seen(service, built))
            )
