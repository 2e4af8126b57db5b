"""Lock files of Python packagers: every package with its exact version."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

from packaging.utils import canonicalize_name

from auditor.formats.errors import Malformed, TooLarge
from auditor.formats.requirements_text import Dependency, requirement

_LIMIT = 20_000_000

LOCKS = ("poetry.lock", "uv.lock", "pdm.lock", "pylock.toml", "Pipfile.lock")
"""The names of lock files, in the order in which they are preferred."""


def parse_lock(name: str, data: bytes) -> tuple[Dependency, ...]:
    """The locked packages of a file called `name`, one of LOCKS. Raises Malformed and TooLarge.

    The service's own package (a path or a workspace member) is left out; packages from a path, URL
    or repository are there and not pinnable. Development groups of Pipfile.lock are left out.
    """
    if name == "Pipfile.lock":
        return tuple(_pipfile(_json(data)))
    packages = _toml(data).get("packages" if name == "pylock.toml" else "package", [])
    if not isinstance(packages, list):
        raise Malformed(f"The lock file {name} holds no list of packages.")
    return tuple(d for p in packages if isinstance(p, dict) and (d := _package(p)) is not None)


def parse_pyproject(data: bytes) -> tuple[Dependency, ...]:
    """`[project] dependencies` of a pyproject.toml. Raises Malformed and TooLarge."""
    project = _toml(data).get("project", {})
    entries = project.get("dependencies", []) if isinstance(project, dict) else []
    found = (
        [requirement(e) for e in entries if isinstance(e, str)] if isinstance(entries, list) else []
    )
    return tuple(d for d in found if d is not None)


def _package(package: dict[str, Any]) -> Dependency | None:
    name, version = package.get("name"), package.get("version")
    if not isinstance(name, str):
        raise Malformed("A package of the lock file has no name.")
    source = package.get("source")
    kinds = set(source) if isinstance(source, dict) else set()
    if kinds & {"virtual", "editable", "directory"} or "directory" in package:
        return None  # the project itself, or a member of its workspace
    kind = source.get("type") if isinstance(source, dict) else None
    elsewhere = bool(kinds & {"git", "url", "path"}) or kind in ("git", "url", "file", "directory")
    pinned = version if isinstance(version, str) else None
    return Dependency(canonicalize_name(name), pinned, pinnable=not elsewhere)


def _pipfile(document: dict[str, Any]) -> Iterator[Dependency]:
    packages = document.get("default")
    if not isinstance(packages, dict):
        raise Malformed("The Pipfile.lock holds no `default` packages.")
    for name, entry in packages.items():
        version = entry.get("version") if isinstance(entry, dict) else None
        pinned = version.removeprefix("==") if isinstance(version, str) else None
        yield Dependency(canonicalize_name(str(name)), pinned, pinnable=pinned is not None)


def _toml(data: bytes) -> dict[str, Any]:
    _check_size(data)
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Malformed(f"The file is not valid TOML: {error}.") from None
    except RecursionError:
        raise TooLarge("The file nests too deeply.") from None


def _json(data: bytes) -> dict[str, Any]:
    _check_size(data)
    try:
        value = json.loads(data)
    except RecursionError:
        raise TooLarge("The file nests too deeply.") from None
    except ValueError as error:
        raise Malformed(f"The file is not valid JSON: {error}.") from None
    if not isinstance(value, dict):
        raise Malformed("The file holds no JSON object.")
    return value


def _check_size(data: bytes) -> None:
    if len(data) > _LIMIT:
        raise TooLarge(f"The file is larger than the limit of {_LIMIT:,} bytes.")
