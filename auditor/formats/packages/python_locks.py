"""Lock files of Python packagers: every package with its exact version."""

from __future__ import annotations

import configparser
import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from packaging.utils import canonicalize_name

from auditor.formats.packages.requirements_text import Dependency, requirement
from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.text_file import decode

_LIMIT = 20_000_000
_ELSEWHERE = frozenset({"git", "url", "path", "vcs", "archive"})
_ELSEWHERE_TYPES = frozenset({"git", "url", "file", "directory"})
_EXACT = re.compile(r"={0,3}\s*(\d[\w.!+-]*)")
_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_DEEPEST_KEY = 100

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
    """`[project] dependencies` of a pyproject.toml, else those of Poetry's own table.

    Extras and groups are left out. Raises Malformed and TooLarge.
    """
    document = _toml(data)
    project = document.get("project")
    entries = project.get("dependencies") if isinstance(project, dict) else None
    if isinstance(entries, list):
        return _requirements(entries)
    tool = document.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    table = poetry.get("dependencies") if isinstance(poetry, dict) else None
    return tuple(_poetry(table)) if isinstance(table, dict) else ()


def parse_setup_cfg(data: bytes) -> tuple[Dependency, ...]:
    """`install_requires` of a setup.cfg. Raises Malformed and TooLarge."""
    text = decode(data, name="The setup.cfg", limit=_LIMIT).text
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error as error:
        line = getattr(error, "lineno", None)
        raise Malformed("The setup.cfg is not valid.", line=line) from None
    written = parser.get("options", "install_requires", fallback="")
    if written.strip().startswith("file:"):
        return ()
    lines = (line.partition(" #")[0].strip() for line in written.splitlines())
    return _requirements([line for line in lines if line and not line.startswith("#")])


def _requirements(entries: list[Any]) -> tuple[Dependency, ...]:
    found = (requirement(entry) for entry in entries if isinstance(entry, str))
    return tuple(one for one in found if one is not None)


def _poetry(table: dict[str, Any]) -> Iterator[Dependency]:
    """Poetry's table, in which a version without a sign is an exact one."""
    for name, entry in table.items():
        if name == "python" or (isinstance(entry, dict) and entry.get("optional") is True):
            continue
        written = entry.get("version") if isinstance(entry, dict) else entry
        exact = _EXACT.fullmatch(written) if isinstance(written, str) else None
        elsewhere = isinstance(entry, dict) and bool(entry.keys() & _ELSEWHERE)
        version = exact.group(1) if exact else None
        yield Dependency(canonicalize_name(name), version, pinnable=not elsewhere)


def _package(package: dict[str, Any]) -> Dependency | None:
    name, version = package.get("name"), package.get("version")
    if not isinstance(name, str):
        raise Malformed("A package of the lock file has no name.")
    source = package.get("source")
    kinds = set(source) if isinstance(source, dict) else set()
    if kinds & {"virtual", "editable", "directory"} or "directory" in package:
        return None  # the project itself, or a member of its workspace
    kind = source.get("type") if isinstance(source, dict) else None
    # Poetry names the type of a source; its `url` may be no more than a mirror of the index.
    elsewhere = bool((kinds | package.keys()) & _ELSEWHERE)
    if isinstance(kind, str):
        elsewhere = kind in _ELSEWHERE_TYPES
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
    for number, line in enumerate(data.split(b"\n"), start=1):
        # A key of ten thousand parts takes tomllib seconds, and a file of them takes it for ever.
        if line.count(b".") > _DEEPEST_KEY:
            bare = _QUOTED.sub("", line.decode("utf-8", "replace"))
            if bare.count(".") > _DEEPEST_KEY:
                raise TooLarge("The file nests too deeply.", line=number)
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except ValueError as error:  # also what Python says of a number of 5,000 digits
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
