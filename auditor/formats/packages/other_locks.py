"""Lock files of npm and Cargo: every package that is installed, with its version."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import msgspec

from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.typed_json import convert

_LIMIT = 64_000_000
_DEPTH = 60
_MOST_DOTS = 100


class _Package(msgspec.Struct):
    version: str | None = None
    name: str | None = None
    dev: bool = False
    link: bool = False
    dependencies: dict[str, object] | None = None


class _NpmLock(msgspec.Struct):
    lockfileVersion: int
    packages: dict[str, _Package] | None = None
    dependencies: dict[str, object] | None = None


def npm_packages(data: bytes) -> frozenset[tuple[str, str]]:
    """Names and versions in a package-lock.json, without what only development needs.

    Raises Malformed and TooLarge.
    """
    lock = json_text.decode(data, _NpmLock, name="The package-lock.json", limit=_LIMIT)
    if lock.packages is None:
        return frozenset(_nested(lock.dependencies or {}, 0))
    return frozenset(
        (package.name or path.rpartition("node_modules/")[2], package.version)
        for path, package in lock.packages.items()
        if "node_modules/" in path and package.version and not package.dev and not package.link
    )


def _nested(packages: dict[str, object], depth: int) -> Iterator[tuple[str, str]]:
    """Version 1 keeps what a package has of its own inside it."""
    if depth > _DEPTH:
        raise TooLarge(f"The package-lock.json nests packages deeper than {_DEPTH}.")
    for name, raw in packages.items():
        try:
            package = convert(raw, _Package)
        except msgspec.ValidationError as error:
            raise Malformed(f"The package-lock.json has a broken package: {error}.") from None
        if package.version and not package.dev:
            yield name, package.version
        yield from _nested(package.dependencies or {}, depth + 1)


def cargo_packages(data: bytes) -> frozenset[tuple[str, str]]:
    """Names and versions in a Cargo.lock, without the service's own. Raises Malformed and TooLarge."""
    if len(data) > _LIMIT:
        raise TooLarge(f"The Cargo.lock is larger than the limit of {_LIMIT:,} bytes.")
    # A key of ten thousand parts takes tomllib seconds.
    if any(line.count(b".") > _MOST_DOTS for line in data.split(b"\n")):
        raise TooLarge("The Cargo.lock nests too deeply.")
    try:
        packages = tomllib.loads(data.decode("utf-8-sig")).get("package", [])
    except ValueError as error:
        raise Malformed(f"The Cargo.lock is not valid TOML: {error}.") from None
    except RecursionError:
        raise TooLarge("The Cargo.lock nests too deeply.") from None
    if not isinstance(packages, list):
        raise Malformed("The Cargo.lock holds no list of packages.")
    found = set()
    for one in packages:
        name, version = (one.get("name"), one.get("version")) if isinstance(one, dict) else (0, 0)
        if not isinstance(name, str) or not isinstance(version, str):
            raise Malformed("A package of the Cargo.lock has no name or no version.")
        if "source" in one:
            found.add((name, version))
    return frozenset(found)
