"""A Dockerfile to its stages, following ARG, ENV and what stages inherit from each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from auditor.formats.containers.dockerfile_model import (
    Command,
    CopyFrom,
    CopySource,
    Dockerfile,
    HealthCheck,
    Stage,
    UserSetting,
)
from auditor.formats.containers.dockerfile_syntax import (
    Instruction,
    read_instructions,
    split_words,
    unquote,
)
from auditor.formats.containers.dockerfile_words import (
    base_image,
    base_runs_as_root,
    exec_words,
    read_command,
    user_setting,
)
from auditor.formats.containers.health_command import is_vacuous
from auditor.formats.containers.image_reference import ImageReference, read_image
from auditor.formats.secrets.literal_secret import NamedSecret, secret_kind
from auditor.formats.text.errors import Malformed
from auditor.formats.text.interpolation import Interpolated, interpolate
from auditor.formats.text.text_file import decode

_URL = re.compile(r"(?:https?|git|ssh|ftp)://|git@")


def read(data: bytes | str, *, name: str = "") -> Dockerfile:
    """The stages of a Dockerfile.

    Raises Malformed where no builder would accept it: an unknown instruction, one before the first
    FROM other than ARG, or no FROM at all; TooLarge beyond the limits of size and count.
    """
    subject = name or "The Dockerfile"
    text = decode(data, name=subject).text
    escape, instructions = read_instructions(text, name=subject)
    reader = _Reader(subject, escape)
    for instruction in instructions:
        reader.take(instruction)
    if not reader.stages:
        raise Malformed(f"{subject} has no FROM instruction, so it builds nothing.")
    stages = tuple(stage.finished() for stage in reader.stages)
    return Dockerfile(escape, instructions, tuple(reader.arguments.items()), stages)


@dataclass(slots=True)
class _OpenStage:
    """A stage while its instructions come in."""

    index: int
    name: str | None
    base: ImageReference
    parent: _OpenStage | None
    platform: str | None
    line: int
    base_runs_as_root: bool | None
    variables: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    user: UserSetting | None = None
    healthcheck: HealthCheck | None = None
    healthcheck_disabled: bool = False
    command: Command | None = None
    entrypoint: Command | None = None
    exposes: list[str] = field(default_factory=list)
    sources: list[CopySource] = field(default_factory=list)
    copies_from: list[CopyFrom] = field(default_factory=list)
    secrets: list[NamedSecret] = field(default_factory=list)

    def inherit(self, parent: _OpenStage) -> None:
        self.env = dict(parent.env)
        self.variables = dict(parent.env)
        self.user = parent.user
        self.base_runs_as_root = parent.base_runs_as_root
        self.healthcheck = parent.healthcheck
        self.healthcheck_disabled = parent.healthcheck_disabled
        self.command = parent.command
        self.entrypoint = parent.entrypoint
        self.exposes = list(parent.exposes)

    def finished(self) -> Stage:
        return Stage(
            index=self.index,
            name=self.name,
            base=self.base,
            base_stage=None if self.parent is None else self.parent.index,
            platform=self.platform,
            line=self.line,
            user=self.user,
            base_runs_as_root=self.base_runs_as_root,
            healthcheck=self.healthcheck,
            healthcheck_disabled=self.healthcheck_disabled,
            command=self.command,
            entrypoint=self.entrypoint,
            exposes=tuple(self.exposes),
            sources=tuple(self.sources),
            copies_from=tuple(self.copies_from),
            secrets=tuple(self.secrets),
        )


class _Reader:
    def __init__(self, subject: str, escape: str) -> None:
        self.stages: list[_OpenStage] = []
        self.arguments: dict[str, str | None] = {}
        self._subject = subject
        self._escape = escape
        self._takers: dict[str, Callable[[_OpenStage, Instruction], None]] = {
            "ARG": self._arg,
            "ENV": self._env,
            "USER": self._user,
            "HEALTHCHECK": self._healthcheck,
            "CMD": self._command,
            "ENTRYPOINT": self._entrypoint,
            "EXPOSE": self._expose,
            "COPY": self._copy,
            "ADD": self._copy,
        }

    def take(self, instruction: Instruction) -> None:
        if instruction.name == "FROM":
            self._from(instruction)
        elif self.stages:
            taker = self._takers.get(instruction.name)
            if taker is not None:
                taker(self.stages[-1], instruction)
        elif instruction.name == "ARG":
            for name, value in self._assignments(instruction.arguments, dict(self._known())):
                self.arguments[name] = value
        else:
            raise Malformed(
                f"{self._subject} cannot be built: {instruction.name} comes before any FROM.",
                line=instruction.line,
            )

    def _known(self) -> dict[str, str]:
        return {name: value for name, value in self.arguments.items() if value is not None}

    def _put_in(self, text: str, values: dict[str, str]) -> Interpolated:
        return interpolate(text, values, escape=self._escape)

    def _from(self, instruction: Instruction) -> None:
        parts = split_words(instruction.arguments, self._escape)
        named = len(parts) == 3 and parts[1].lower() == "as"
        if not named and len(parts) != 1:
            raise Malformed(
                f"{self._subject} cannot be built: FROM takes `image` or `image AS name`.",
                line=instruction.line,
            )
        base = unquote(self._put_in(parts[0], self._known()).text, self._escape)
        parent = self._stage(base)
        image = base_image(base, parent is not None)
        stage = _OpenStage(
            index=len(self.stages),
            name=parts[2].lower() if named else None,
            base=image,
            parent=parent,
            platform=instruction.flag("platform"),
            line=instruction.line,
            base_runs_as_root=base_runs_as_root(image),
        )
        if parent is not None:
            stage.inherit(parent)
        self.stages.append(stage)

    def _stage(self, reference: str) -> _OpenStage | None:
        """The latest earlier stage of that name."""
        named = (stage for stage in reversed(self.stages) if stage.name == reference.lower())
        return next(named, None)

    def _assignments(self, text: str, values: dict[str, str]) -> list[tuple[str, str | None]]:
        found: list[tuple[str, str | None]] = []
        for word in split_words(text, self._escape):
            name, equals, value = word.partition("=")
            put_in = unquote(self._put_in(value, values).text, self._escape)
            found.append((name, put_in if equals else None))
        return found

    def _arg(self, stage: _OpenStage, instruction: Instruction) -> None:
        for name, written in self._assignments(instruction.arguments, stage.variables):
            value = self.arguments.get(name) if written is None else written
            # An ENV of the same name wins over the ARG.
            if value is not None and name not in stage.env:
                stage.variables[name] = value
            self._secret(stage, name, written, instruction.line)

    def _env(self, stage: _OpenStage, instruction: Instruction) -> None:
        first = instruction.arguments.split(maxsplit=1)
        if first and "=" not in first[0]:
            pairs = [(first[0], "".join(first[1:]))]
        else:
            parts = split_words(instruction.arguments, self._escape)
            written = (part.partition("=") for part in parts)
            pairs = [(name, unquote(value, self._escape)) for name, _, value in written]
        before = dict(stage.variables)
        for name, value in pairs:
            stage.env[name] = stage.variables[name] = self._put_in(value, before).text
            self._secret(stage, name, value, instruction.line)

    def _secret(self, stage: _OpenStage, name: str, value: str | None, line: int) -> None:
        kind = secret_kind(name, value)
        if kind is not None:
            stage.secrets.append(NamedSecret(name, kind, line))

    def _user(self, stage: _OpenStage, instruction: Instruction) -> None:
        put_in = self._put_in(instruction.arguments, stage.variables)
        stage.user = user_setting(unquote(put_in.text, self._escape).strip(), instruction.line)

    def _healthcheck(self, stage: _OpenStage, instruction: Instruction) -> None:
        keyword, _, rest = instruction.arguments.partition(" ")
        stage.healthcheck = None
        stage.healthcheck_disabled = keyword.upper() == "NONE"
        if keyword.upper() == "CMD" and rest.strip():
            command = read_command(rest, instruction.line)
            vacuous = is_vacuous(" ".join(command.words))
            stage.healthcheck = HealthCheck(command, vacuous, instruction.line)

    def _command(self, stage: _OpenStage, instruction: Instruction) -> None:
        stage.command = read_command(instruction.arguments, instruction.line)

    def _entrypoint(self, stage: _OpenStage, instruction: Instruction) -> None:
        stage.entrypoint = read_command(instruction.arguments, instruction.line)
        # An ENTRYPOINT resets the CMD that came from the base.
        if stage.parent is not None and stage.command is stage.parent.command:
            stage.command = None

    def _expose(self, stage: _OpenStage, instruction: Instruction) -> None:
        put_in = self._put_in(instruction.arguments, stage.variables)
        stage.exposes.extend(put_in.text.split())

    def _copy(self, stage: _OpenStage, instruction: Instruction) -> None:
        origin = instruction.flag("from")
        if origin is not None:
            reference = self._put_in(origin, stage.variables).text
            stage.copies_from.append(self._copy_from(reference, instruction.line))
            return
        listed = exec_words(instruction.arguments)
        parts = listed if listed is not None else split_words(instruction.arguments, self._escape)
        for part in parts[:-1]:
            if listed is None and re.match(r"\d*<<-?[^<]", part):
                continue
            put_in = self._put_in(part, stage.variables)
            path = put_in.text if listed is not None else unquote(put_in.text, self._escape)
            stage.sources.append(
                CopySource(
                    path=path,
                    instruction=instruction.name,
                    line=instruction.line,
                    url=instruction.name == "ADD" and _URL.match(path) is not None,
                    pattern=any(letter in path for letter in "*?["),
                    unresolved=bool(put_in.unknown),
                )
            )

    def _copy_from(self, reference: str, line: int) -> CopyFrom:
        stage = self._stage(reference)
        if stage is None and reference.isdecimal() and int(reference[:9]) < len(self.stages) - 1:
            stage = self.stages[int(reference)]
        if stage is not None:
            return CopyFrom(reference, stage.index, None, line)
        return CopyFrom(reference, None, read_image(reference), line)
