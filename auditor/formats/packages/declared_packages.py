"""Manifests of packagers: which packages a service declares, apart from those of development and tests."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.formats.packages.requirements_text import parse as parse_requirements
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.text_file import decode

_LIMIT = 5_000_000
_MOST_DOTS = 100
_SPECIFIER = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")
_DEVELOPMENT = re.compile(
    r"(?:^|[-_./])(?:dev|devel|develop|development|tests?|testing|docs?|lint|ci|local|typing|types|build|tools?)"
    r"(?:[-_./\d]|$)",
    re.IGNORECASE,
)
_GO = re.compile(
    r"^[ \t]*(?:require[ \t]+)?([a-z0-9][\w.-]*\.[a-z]+/\S+)[ \t]+v\S+([ \t]*//[ \t]*indirect)?[ \t]*\r?$",
    re.M,
)
_GO_MAJOR = re.compile(r"/v\d+$")
_ARTIFACT = re.compile(r"<artifactId>\s*([\w.-]+)\s*</artifactId>")
_TEST_SCOPE = re.compile(r"<scope>\s*test\s*</scope>")
_GRADLE = re.compile(
    r"""^[ \t]*(\w+)[ \t(]+(?:platform\()?["'][\w.-]+:([\w.-]+)(?::[^"'\n]*)?["']""", re.MULTILINE
)
_NUGET = re.compile(r"""<PackageReference\s[^<>]*Include\s*=\s*"([\w.-]+)\"""", re.IGNORECASE)
_GEM = re.compile(r"""^([ \t]*)gem\s*\(?\s*["']([\w-]+)["']([^\n]*)""", re.MULTILINE)
_GEM_GROUP = re.compile(r"^\s*group\b([^\n]*)\bdo\b")
_MIX = re.compile(r"^[ \t]*\{:(\w+),([^\n]*)", re.MULTILINE)
_PYTHON_NAME = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class Declared:
    """The names, in lower case, that a manifest declares."""

    shipped: frozenset[str] = frozenset()
    development: frozenset[str] = frozenset()

    def __or__(self, other: Declared) -> Declared:
        return Declared(self.shipped | other.shipped, self.development | other.development)

    @property
    def all(self) -> frozenset[str]:
        """Both."""
        return self.shipped | self.development


def is_manifest(path: str) -> bool:
    """Whether `declared` can read a file of this path."""
    return _reader(path) is not None


def declared(path: str, data: bytes) -> Declared:
    """The packages that a manifest declares. Raises Malformed and TooLarge."""
    if len(data) > _LIMIT:
        raise TooLarge(f"The manifest is larger than the limit of {_LIMIT:,} bytes.")
    reader = _reader(path)
    return Declared() if reader is None else reader(path, data)


def _reader(path: str) -> Callable[[str, bytes], Declared] | None:
    name = path.rpartition("/")[2]
    if re.fullmatch(r"requirements[\w.-]*\.(?:txt|in)", name) or re.search(
        r"(?:^|/)requirements/[\w.-]+\.(?:txt|in)$", path
    ):
        return _requirements
    if name.endswith((".csproj", ".fsproj")):
        return _nuget
    return _READERS.get(name)


def _of(shipped: Iterable[str], development: Iterable[str] = ()) -> Declared:
    return Declared(frozenset(map(str.lower, shipped)), frozenset(map(str.lower, development)))


def _requirements(path: str, data: bytes) -> Declared:
    names = [one.name for one in parse_requirements(data).dependencies]
    return _of((), names) if _DEVELOPMENT.search("/".join(path.split("/")[-2:])) else _of(names)


def _npm(path: str, data: bytes) -> Declared:
    top = json_text.decode(data, dict[str, Any], name=f"The {path}", limit=_LIMIT)
    tables = ("dependencies", "optionalDependencies", "peerDependencies")
    return _of((n for t in tables for n in _table(top, t)), _table(top, "devDependencies"))


def _composer(path: str, data: bytes) -> Declared:
    top = json_text.decode(data, dict[str, Any], name=f"The {path}", limit=_LIMIT)
    return _of(_table(top, "require"), _table(top, "require-dev"))


def _pyproject(path: str, data: bytes) -> Declared:
    top = _toml(path, data)
    project, poetry = _table(top, "project"), _table(_table(top, "tool"), "poetry")
    shipped = {*_specified(project.get("dependencies")), *_table(poetry, "dependencies")}
    development = {*_table(poetry, "dev-dependencies")}
    groups = {**_table(project, "optional-dependencies"), **_table(top, "dependency-groups")}
    more = {name: _specified(listed) for name, listed in groups.items()}
    for name, group in _table(poetry, "group").items():
        more.setdefault(name, []).extend(_table(group, "dependencies"))
    for name, listed in more.items():
        (development if _DEVELOPMENT.search(name) else shipped).update(listed)
    return _of(map(_python, shipped - {"python"}), map(_python, development))


def _pipfile(path: str, data: bytes) -> Declared:
    top = _toml(path, data)
    return _of(map(_python, _table(top, "packages")), map(_python, _table(top, "dev-packages")))


def _cargo(path: str, data: bytes) -> Declared:
    top = _toml(path, data)
    shipped = {*_table(top, "dependencies"), *_table(_table(top, "workspace"), "dependencies")}
    return _of(shipped, _table(top, "dev-dependencies"))


def _go(path: str, data: bytes) -> Declared:
    return _of(
        _GO_MAJOR.sub("", name) for name, indirect in _GO.findall(_text(data)) if not indirect
    )


def _maven(path: str, data: bytes) -> Declared:
    shipped: list[str] = []
    development: list[str] = []
    written = [
        part.partition("</dependencyManagement>")
        for part in _text(data).split("<dependencyManagement>")
    ]
    own = written[0][0] + "".join(after for _, _, after in written[1:])
    for body in (part.partition("</dependency>")[0] for part in own.split("<dependency>")[1:]):
        (development if _TEST_SCOPE.search(body) else shipped).extend(_ARTIFACT.findall(body)[:1])
    return _of(shipped, development)


def _gradle(path: str, data: bytes) -> Declared:
    found = _GRADLE.findall(_text(data))
    tests = [name for where, name in found if "test" in where.lower()]
    return _of([name for where, name in found if "test" not in where.lower()], tests)


def _nuget(path: str, data: bytes) -> Declared:
    names = _NUGET.findall(_text(data))
    return _of((), names) if _DEVELOPMENT.search(path.rpartition("/")[2]) else _of(names)


def _gems(path: str, data: bytes) -> Declared:
    shipped: list[str] = []
    development: list[str] = []
    grouped = False
    for line in _text(data).splitlines():
        group = _GEM_GROUP.match(line)
        grouped = bool(group and _only_development(group[1])) or (
            grouped and line.strip() != "end" and not group
        )
        gem = _GEM.match(line)
        if gem:
            apart = grouped or ("group" in gem[3] and _only_development(gem[3]))
            (development if apart else shipped).append(gem[2])
    return _of(shipped, development)


def _only_development(text: str) -> bool:
    return bool(re.search(r":(?:test|development)\b", text)) and ":production" not in text


def _mix(path: str, data: bytes) -> Declared:
    found = _MIX.findall(_text(data))
    tests = [name for name, rest in found if "only:" in rest and ":prod" not in rest]
    return _of([name for name, _ in found if name not in tests], tests)


_READERS: Mapping[str, Callable[[str, bytes], Declared]] = {
    "package.json": _npm,
    "composer.json": _composer,
    "pyproject.toml": _pyproject,
    "Pipfile": _pipfile,
    "Cargo.toml": _cargo,
    "go.mod": _go,
    "pom.xml": _maven,
    "build.gradle": _gradle,
    "build.gradle.kts": _gradle,
    "Gemfile": _gems,
    "mix.exs": _mix,
}


def _text(data: bytes) -> str:
    return decode(data, name="The manifest", limit=_LIMIT).text


def _python(name: str) -> str:
    return _PYTHON_NAME.sub("-", name.lower())


def _specified(value: object) -> list[str]:
    """The names of a list of requirement specifiers."""
    entries = value if isinstance(value, list) else []
    found = (_SPECIFIER.match(entry) for entry in entries if isinstance(entry, str))
    return [match[1] for match in found if match]


def _table(value: object, key: str) -> dict[str, Any]:
    inner = value.get(key) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def _toml(path: str, data: bytes) -> dict[str, Any]:
    # A key of ten thousand parts takes tomllib seconds.
    if any(re.sub(rb'"[^"\n]*"', b"", line).count(b".") > _MOST_DOTS for line in data.split(b"\n")):
        raise TooLarge(f"The {path} nests too deeply.")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except ValueError as error:
        raise Malformed(f"The {path} is not valid TOML: {error}.") from None
    except RecursionError:
        raise TooLarge(f"The {path} nests too deeply.") from None
