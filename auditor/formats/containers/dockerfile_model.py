"""What a Dockerfile builds: its stages, their bases, users, health checks and copied sources."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.formats.containers.dockerfile_syntax import Instruction
from auditor.formats.containers.image_reference import ImageReference, Pin
from auditor.formats.secrets.literal_secret import NamedSecret


@dataclass(frozen=True, slots=True)
class UserSetting:
    """A USER instruction; `root` is None where a variable without default decides."""

    text: str
    line: int
    root: bool | None


@dataclass(frozen=True, slots=True)
class Command:
    """CMD, ENTRYPOINT or the command of a HEALTHCHECK.

    In exec form `words` are its elements; in shell form one element holds the whole line.
    """

    words: tuple[str, ...]
    shell: bool
    line: int


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """A HEALTHCHECK that is in force; `vacuous` where its command cannot fail (`exit 0`)."""

    command: Command
    vacuous: bool
    line: int


@dataclass(frozen=True, slots=True)
class CopySource:
    """One source of a COPY or ADD that comes from the build context, or from a URL.

    `path` has known build arguments put in; `unresolved` where a variable is left in it; `pattern`
    where it holds a wildcard.
    """

    path: str
    instruction: str
    line: int
    url: bool
    pattern: bool
    unresolved: bool


@dataclass(frozen=True, slots=True)
class CopyFrom:
    """`COPY --from`: an earlier stage by its index, or an image."""

    reference: str
    stage: int | None
    image: ImageReference | None
    line: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One build stage.

    `base` is the image after FROM with defaults put in, its `pin` being STAGE where `base_stage` is
    the index of the earlier stage it continues. `user`, `healthcheck`, `command` and `entrypoint`
    are those in force at its end, inherited ones included; None where only the base image knows.
    `healthcheck_disabled` is a HEALTHCHECK NONE.
    """

    index: int
    name: str | None
    base: ImageReference
    base_stage: int | None
    platform: str | None
    line: int
    user: UserSetting | None
    base_runs_as_root: bool | None
    healthcheck: HealthCheck | None
    healthcheck_disabled: bool
    command: Command | None
    entrypoint: Command | None
    exposes: tuple[str, ...]
    sources: tuple[CopySource, ...]
    copies_from: tuple[CopyFrom, ...]
    secrets: tuple[NamedSecret, ...]

    @property
    def runs_as_root(self) -> bool | None:
        """Whether the stage ends as root; None where it cannot be told from the file."""
        return self.base_runs_as_root if self.user is None else self.user.root

    @property
    def pin(self) -> Pin:
        """What fixes the base image."""
        return self.base.pin


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A whole file. `arguments` are the ARGs before the first FROM, with their defaults."""

    escape: str
    instructions: tuple[Instruction, ...]
    arguments: tuple[tuple[str, str | None], ...]
    stages: tuple[Stage, ...]

    @property
    def final(self) -> Stage:
        """The stage that becomes the image where no other target is named."""
        return self.stages[-1]

    def chain(self, stage: Stage) -> tuple[Stage, ...]:
        """`stage` and the earlier stages it continues, nearest first."""
        found = [stage]
        while found[-1].base_stage is not None:
            found.append(self.stages[found[-1].base_stage])
        return tuple(found)
