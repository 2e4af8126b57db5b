"""The values that a Compose file is read into."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from auditor.formats.containers.image_reference import ImageReference
from auditor.formats.secrets.literal_secret import NamedSecret


class HealthState(StrEnum):
    """ABSENT: the file says nothing; INHERITED: intervals only, the image's own test is used."""

    ABSENT = "absent"
    INHERITED = "inherited"
    DISABLED = "disabled"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True)
class ComposeHealth:
    """A service's health check; `vacuous` where its test cannot fail."""

    state: HealthState
    test: str = ""
    vacuous: bool = False
    line: int | None = None

    @property
    def effective(self) -> bool:
        """Whether a test is declared here that can fail."""
        return self.state is HealthState.DECLARED and not self.vacuous


@dataclass(frozen=True, slots=True)
class Build:
    """How an image is built. `context` is relative to the Compose file unless it is `remote`."""

    context: str
    dockerfile: str | None
    target: str | None
    inline: bool
    remote: bool
    line: int | None


@dataclass(frozen=True, slots=True)
class NamedPath:
    """A path that the file expects on the host, relative to the Compose file.

    `what` says its use: "build context", "dockerfile", "bind mount", "env_file", "extends" of a
    service; "secret", "config", "include" of the file. `target` is where it goes: the path in the
    container, or the name of the secret. `unresolved` where a variable is left in it; `required`
    false where it may be missing.
    """

    what: str
    path: str
    line: int | None
    target: str | None = None
    unresolved: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class EnvironmentName:
    """One name of a service's environment; `inherited` where its value comes from outside."""

    name: str
    inherited: bool
    line: int | None


@dataclass(frozen=True, slots=True)
class Port:
    """One published port. `published` and `host` are None where Docker chooses."""

    target: str
    published: str | None
    host: str | None
    line: int | None


@dataclass(frozen=True, slots=True)
class Dependency:
    """A service that must be there first; `condition` as Compose names it."""

    service: str
    condition: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Extends:
    """The service that another is based on; `file` is None where it is of the same file."""

    service: str
    file: str | None
    line: int | None


@dataclass(frozen=True, slots=True)
class Service:
    """One service. `restart` and the limits are None where nothing is declared.

    `restart` is `always`, `on-failure`, `unless-stopped` or `no`, whichever key declares it.
    """

    name: str
    line: int | None
    image: ImageReference | None = None
    image_line: int | None = None
    build: Build | None = None
    health: ComposeHealth = ComposeHealth(HealthState.ABSENT)
    restart: str | None = None
    memory_limit: str | None = None
    cpu_limit: str | None = None
    ports: tuple[Port, ...] = ()
    environment: tuple[EnvironmentName, ...] = ()
    secrets: tuple[NamedSecret, ...] = ()
    paths: tuple[NamedPath, ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    extends: Extends | None = None
    profiles: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    user: str | None = None
    privileged: bool = False

    @property
    def restarts(self) -> bool:
        """Whether Docker starts the service again after a crash."""
        return self.restart in ("always", "on-failure", "unless-stopped")

    @property
    def binds(self) -> tuple[NamedPath, ...]:
        """The sources of its bind mounts."""
        return tuple(path for path in self.paths if path.what == "bind mount")


@dataclass(frozen=True, slots=True)
class ComposeFile:
    """One Compose file, or several merged. `paths` are those of top-level keys."""

    services: tuple[Service, ...]
    paths: tuple[NamedPath, ...] = ()

    def service(self, name: str) -> Service | None:
        """The service of that name."""
        return next((found for found in self.services if found.name == name), None)

    @property
    def without_image(self) -> tuple[Service, ...]:
        """Services with neither image nor build; Compose refuses them unless they extend one."""
        return tuple(
            service
            for service in self.services
            if service.image is None and service.build is None and service.extends is None
        )

    @property
    def undefined_dependencies(self) -> tuple[Dependency, ...]:
        """What `depends_on` names and no service is: Compose refuses such a file."""
        known = {service.name for service in self.services}
        return tuple(
            dependency
            for service in self.services
            for dependency in service.depends_on
            if dependency.service not in known
        )
