"""Several Compose files as one, and services with what they extend, in Compose's order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from auditor.formats.containers.compose_model import (
    Build,
    ComposeFile,
    HealthState,
    NamedPath,
    Service,
)

_Value = TypeVar("_Value")


def merge(files: Sequence[ComposeFile]) -> ComposeFile:
    """What `docker compose -f first -f second …` runs: later files win, key by key."""
    services: dict[str, Service] = {}
    paths: tuple[NamedPath, ...] = ()
    for file in files:
        for service in file.services:
            earlier = services.get(service.name)
            services[service.name] = service if earlier is None else override(earlier, service)
        paths = _joined(paths, file.paths, _path_key)
    return ComposeFile(tuple(services.values()), paths)


def resolve_extends(
    file: ComposeFile, others: Mapping[str, ComposeFile] | None = None
) -> ComposeFile:
    """`file` with every service on top of the one it extends.

    `others` holds other files by the path that `extends` writes. A service whose base is not at
    hand, or that extends itself in a circle, keeps its `extends`.
    """
    services = tuple(_resolved(service, file, others or {}, ()) for service in file.services)
    return replace(file, services=services)


def _resolved(
    service: Service,
    file: ComposeFile,
    others: Mapping[str, ComposeFile],
    seen: tuple[tuple[str | None, str], ...],
) -> Service:
    extends = service.extends
    if extends is None or (extends.file, extends.service) in seen or len(seen) > 50:
        return service
    holder = file if extends.file is None else others.get(extends.file)
    base = None if holder is None else holder.service(extends.service)
    if holder is None or base is None:
        return service
    base = _resolved(base, holder, others, (*seen, (extends.file, extends.service)))
    if base.extends is not None:
        return service
    return replace(override(base, service), extends=None)


def override(base: Service, later: Service) -> Service:
    """`base` with whatever `later` sets."""
    overridden = {name.name for name in later.environment}
    kept = tuple(secret for secret in base.secrets if secret.name not in overridden)
    return Service(
        name=later.name,
        line=later.line,
        image=later.image or base.image,
        image_line=later.image_line if later.image else base.image_line,
        build=_build(base.build, later.build),
        health=base.health if later.health.state is HealthState.ABSENT else later.health,
        restart=later.restart or base.restart,
        memory_limit=later.memory_limit or base.memory_limit,
        cpu_limit=later.cpu_limit or base.cpu_limit,
        ports=_joined(
            base.ports, later.ports, lambda port: (port.host, port.published, port.target)
        ),
        environment=_joined(base.environment, later.environment, lambda name: name.name),
        secrets=kept + later.secrets,
        paths=_joined(base.paths, later.paths, _path_key),
        depends_on=_joined(base.depends_on, later.depends_on, lambda entry: entry.service),
        extends=later.extends or base.extends,
        profiles=_joined(base.profiles, later.profiles, lambda profile: profile),
        command=later.command or base.command,
        user=later.user or base.user,
        privileged=base.privileged or later.privileged,
    )


def _build(base: Build | None, later: Build | None) -> Build | None:
    if base is None or later is None:
        return later or base
    context = base.context if later.context == "." else later.context
    return replace(
        later,
        context=context,
        dockerfile=later.dockerfile or base.dockerfile,
        target=later.target or base.target,
        inline=later.inline or base.inline,
        remote=base.remote if later.context == "." else later.remote,
    )


def _path_key(path: NamedPath) -> tuple[str, str]:
    """What replaces what: the same mount target, else the same path."""
    return path.what, path.target or path.path


def _joined(
    base: Iterable[_Value], later: Iterable[_Value], key: Callable[[_Value], object]
) -> tuple[_Value, ...]:
    """Both in order, an element of `later` in the place of one with the same key."""
    found = {key(value): value for value in base}
    found.update({key(value): value for value in later})
    return tuple(found.values())
