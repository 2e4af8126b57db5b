"""One service of a Compose file, in the short and the long form of each of its keys."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from auditor.formats.containers.compose_model import (
    Build,
    ComposeHealth,
    Dependency,
    EnvironmentName,
    Extends,
    HealthState,
    NamedPath,
    Port,
    Service,
)
from auditor.formats.containers.health_command import is_vacuous
from auditor.formats.containers.image_reference import read_image
from auditor.formats.secrets.literal_secret import NamedSecret, secret_kind
from auditor.formats.text.interpolation import Interpolated, interpolate
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of, texts_of
from auditor.formats.text.yaml_text import YamlDocument, YamlValue

_REMOTE = re.compile(r"[a-z+]+://|git@|github\.com/|.*\.git(?:#.*)?$")
_HOST_PATH = re.compile(r"[./~\\]|[A-Za-z]:[\\/]|\$\{")
_WINDOWS = re.compile(r"([A-Za-z]:[\\/][^:]*)(?::(.*))?")
_POLICIES = {"any": "always", "none": "no"}


class ServiceReader:
    """Reads one service; `body` is its mapping in `document`."""

    def __init__(
        self,
        document: YamlDocument,
        name: str,
        body: dict[str, YamlValue],
        variables: Mapping[str, str],
    ) -> None:
        self._document = document
        self._name = name
        self._body = body
        self._variables = variables

    def read(self) -> Service:
        """The service, with whatever does not fit the format left out."""
        image = self._text(self._body.get("image"))
        build = self._build()
        deploy = mapping_of(self._body.get("deploy"))
        limits = mapping_of(mapping_of(deploy.get("resources")).get("limits"))
        environment = tuple(self._environment())
        return Service(
            name=self._name,
            line=self._document.key_line(("services", self._name)),
            image=None if image is None else read_image(image),
            image_line=self._line("image"),
            build=build,
            health=self._health(),
            restart=self._restart(deploy),
            memory_limit=self._first(limits.get("memory"), self._body.get("mem_limit")),
            cpu_limit=self._first(limits.get("cpus"), self._body.get("cpus")),
            ports=tuple(self._ports()),
            environment=tuple(name for name, _ in environment),
            secrets=tuple(secret for _, secret in environment if secret is not None),
            paths=(*self._build_paths(build), *self._binds(), *self._env_files(), *self._base()),
            depends_on=tuple(self._depends_on()),
            extends=self._extends(),
            profiles=texts_of(self._body.get("profiles")),
            command=texts_of(self._body.get("command")),
            user=self._text(self._body.get("user")),
            privileged=self._text(self._body.get("privileged")) == "true",
        )

    def _put_in(self, text: str) -> Interpolated:
        return interpolate(text, self._variables)

    def _text(self, value: YamlValue) -> str | None:
        text = text_of(value)
        return None if text is None else self._put_in(text).text

    def _first(self, *values: YamlValue) -> str | None:
        """The first limit that is set; 0 means none to Docker."""
        texts = (self._text(value) for value in values)
        return next((text for text in texts if text not in (None, "", "0", "0.0")), None)

    def _line(self, *below: str | int) -> int | None:
        return self._document.key_line(("services", self._name, *below))

    def _build(self) -> Build | None:
        written = self._body.get("build")
        if written is None:
            return None
        body = mapping_of(written) or {"context": written}
        context = self._text(body.get("context")) or "."
        return Build(
            context=context,
            dockerfile=self._text(body.get("dockerfile")),
            target=self._text(body.get("target")),
            inline="dockerfile_inline" in body,
            remote=_REMOTE.match(context) is not None,
            line=self._line("build"),
        )

    def _build_paths(self, build: Build | None) -> Iterator[NamedPath]:
        if build is None or build.remote:
            return
        unresolved = "${" in build.context
        yield NamedPath("build context", build.context, build.line, self._name, unresolved)
        if not build.inline:
            path = posixpath.join(build.context, build.dockerfile or "Dockerfile")
            yield NamedPath("dockerfile", path, build.line, self._name, "${" in path)

    def _health(self) -> ComposeHealth:
        written = self._body.get("healthcheck")
        line = self._line("healthcheck")
        if not isinstance(written, dict):
            return ComposeHealth(HealthState.ABSENT)
        test = written.get("test")
        parts = texts_of(test)
        if text_of(written.get("disable")) == "true" or parts[:1] == ("NONE",):
            return ComposeHealth(HealthState.DISABLED, line=line)
        if isinstance(test, list) and parts[:1] in (("CMD",), ("CMD-SHELL",)):
            parts = parts[1:]
        command = " ".join(parts).strip()
        if not command:
            return ComposeHealth(HealthState.INHERITED, line=line)
        return ComposeHealth(HealthState.DECLARED, command, is_vacuous(command), line)

    def _restart(self, deploy: dict[str, YamlValue]) -> str | None:
        written = self._text(self._body.get("restart"))
        if written:
            return written.partition(":")[0]
        policy = deploy.get("restart_policy")
        if not isinstance(policy, dict):
            return None
        condition = self._text(policy.get("condition")) or "any"
        return _POLICIES.get(condition, condition)

    def _ports(self) -> Iterator[Port]:
        for at, entry in enumerate(list_of(self._body.get("ports"))):
            line = self._line("ports", at)
            if isinstance(entry, dict):
                target = self._text(entry.get("target"))
                published = self._text(entry.get("published"))
                host = self._text(entry.get("host_ip"))
            else:
                text = (self._text(entry) or "").partition("/")[0]
                rest, _, target = text.rpartition(":")
                host, _, published = rest.rpartition(":")
            if target:
                yield Port(target, published or None, (host or "").strip("[]") or None, line)

    def _environment(self) -> Iterator[tuple[EnvironmentName, NamedSecret | None]]:
        """Names with the secret each promises; the values are looked at and dropped."""
        written = self._body.get("environment")
        for at, entry in enumerate(list_of(written)):
            name, equals, value = (text_of(entry) or "").partition("=")
            if name:
                yield self._variable(name, value if equals else None, self._line("environment", at))
        for name, entry in mapping_of(written).items():
            yield self._variable(name, text_of(entry), self._line("environment", name))

    def _variable(
        self, name: str, value: str | None, line: int | None
    ) -> tuple[EnvironmentName, NamedSecret | None]:
        kind = None if value is None else secret_kind(name, value)
        secret = None if kind is None else NamedSecret(name, kind, line)
        return EnvironmentName(name, value is None, line), secret

    def _binds(self) -> Iterator[NamedPath]:
        for at, entry in enumerate(list_of(self._body.get("volumes"))):
            line = self._line("volumes", at)
            if isinstance(entry, dict):
                if self._text(entry.get("type")) != "bind":
                    continue
                source, target = self._text(entry.get("source")), self._text(entry.get("target"))
            else:
                source, target = _split_volume(self._text(entry) or "")
            if source and target and _HOST_PATH.match(source):
                yield NamedPath("bind mount", source, line, target, "${" in source)

    def _env_files(self) -> Iterator[NamedPath]:
        written = self._body.get("env_file")
        for at, entry in enumerate(written if isinstance(written, list) else [written]):
            body = entry if isinstance(entry, dict) else {"path": entry}
            path = self._text(body.get("path"))
            if path:
                required = text_of(body.get("required")) != "false"
                below = ("env_file", at) if isinstance(written, list) else ("env_file",)
                line = self._line(*below)
                yield NamedPath("env_file", path, line, None, "${" in path, required)

    def _base(self) -> Iterator[NamedPath]:
        extends = self._extends()
        if extends is not None and extends.file is not None:
            yield NamedPath("extends", extends.file, extends.line, None, "${" in extends.file)

    def _depends_on(self) -> Iterator[Dependency]:
        written = self._body.get("depends_on")
        for at, entry in enumerate(list_of(written)):
            name = text_of(entry)
            if name:
                yield Dependency(name, "service_started", self._line("depends_on", at))
        for name, entry in mapping_of(written).items():
            condition = text_of(mapping_of(entry).get("condition")) or "service_started"
            yield Dependency(name, condition, self._line("depends_on", name))

    def _extends(self) -> Extends | None:
        written = self._body.get("extends")
        body = written if isinstance(written, dict) else {"service": written}
        service = self._text(body.get("service"))
        if service is None:
            return None
        return Extends(service, self._text(body.get("file")), self._line("extends"))


def _split_volume(text: str) -> tuple[str | None, str | None]:
    """Source and target of `source:target[:mode]`; no source where only a target is written."""
    windows = _WINDOWS.fullmatch(text)
    if windows is not None:
        return windows.group(1), (windows.group(2) or "").partition(":")[0] or None
    source, _, rest = text.partition(":")
    return (source, rest.partition(":")[0]) if rest else (None, source)
