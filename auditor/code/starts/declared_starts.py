"""Entry points that a file declares: console scripts, npm scripts, container commands, a Procfile."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from auditor.formats.containers import dockerfile
from auditor.formats.containers.dockerfile_model import Dockerfile, Stage
from auditor.formats.containers.dockerfile_stages import feeders
from auditor.formats.text import json_text
from auditor.formats.text.errors import FormatError
from auditor.formats.text.typed_json import convert

_NOTHING = re.compile(r"\s*(?:true|:|exit 0|(?:echo|printf)\b[^&|;]*)\s*")
_DOCKERFILE = re.compile(r"(?:.+[.-])?(?:dockerfile|containerfile)(?:\..+)?", re.IGNORECASE)
_PNPM = "pnpm-workspace.yaml"
_NOT_DEPLOYED = re.compile(
    r"\.(?:j2|jinja2?|tmpl|tpl|md|dockerignore)$|[.-](?:dev|develop|development|debug|test|tests|local)$",
    re.IGNORECASE,
)
_ASIDE = frozenset({
    "dev", "devel", "develop", "development", "debug", "local", "test", "tests", "testing", "ci", "e2e", "lint",
    "docs", "base", "build", "builder", "deps", "dependencies",
})  # fmt: skip
_DEPLOYED = frozenset({"production", "prod", "release", "runtime", "runner", "final"})
_PROCESS = re.compile(r"^([A-Za-z][\w-]*):[ \t]*(\S.*)$", re.MULTILINE)
_SCRIPT = re.compile(r"""^[ \t\[]*["']?([\w.-]+)[ \t]*=[ \t]*([\w.]+:[\w.]+)""", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A place where a service starts: what it is, and where it is written (path, line from 1).

    `of` is the path by whose folder the service is found, where that is another.
    """

    what: str
    path: str
    line: int
    of: str = ""

    def __str__(self) -> str:
        return f"{self.what} ({self.path}:{self.line})"


@dataclass(frozen=True, slots=True)
class _Package:
    start: str | None
    main: str | None
    programs: str | dict[str, str] | None
    workspace: bool


PROGRAM = "npm bin"
"""The entry point of a program to be installed, which makes no service."""

Paths = Container[str]
Declares = Callable[[str, str, Paths], Iterator[EntryPoint]]


def declared_in(path: str, text: str, paths: Paths) -> list[EntryPoint]:
    """The entry points that the file at `path` declares; `paths` tells which files there are.

    A file that cannot be read as what it claims to be declares nothing.
    """
    reader = _reader(path.rpartition("/")[2])
    return list(reader(path, text, paths)) if reader else []


def may_declare(path: str) -> bool:
    """Whether the name of a file is one that `declared_in` reads."""
    return _reader(path.rpartition("/")[2]) is not None


def is_workspace(path: str, paths: Paths, read: Callable[[str], str]) -> bool:
    """Whether a package.json only binds other packages together, and so is no program's own."""
    folder, _, name = path.rpartition("/")
    if name != "package.json":
        return False
    if _within(folder, _PNPM) in paths:
        return True
    found = _read_package(read(path))
    return found is not None and found.workspace


def for_deployment(name: str) -> bool:
    """Whether no word of the name of a file, stage, profile or service says: for development or tests,
    or a step of the build."""
    return _ASIDE.isdisjoint(re.split(r"[^a-z]+", name.lower()))


def does_nothing(command: str) -> bool:
    """Whether a command only prints, or succeeds at once."""
    return _NOTHING.fullmatch(command) is not None


def is_container_file(path: str) -> bool:
    """Whether a file is a Dockerfile by its name, and not one for development."""
    name = path.rpartition("/")[2]
    return _DOCKERFILE.fullmatch(name) is not None and not _NOT_DEPLOYED.search(name)


def _reader(name: str) -> Declares | None:
    if is_container_file(name):
        return _container
    return _READERS.get(name)


def _pyproject(path: str, text: str, _: Paths) -> Iterator[EntryPoint]:
    try:
        document: dict[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    for table in ("project", "scripts"), ("project", "gui-scripts"), ("tool", "poetry", "scripts"):
        scripts: Any = document
        for key in table:
            scripts = scripts.get(key) if isinstance(scripts, dict) else None
        for name in scripts if isinstance(scripts, dict) else ():
            yield EntryPoint(
                f"console script {name}", path, _line(text, rf"[\"']?{re.escape(name)}[\"']?\s*=")
            )


def _setup(path: str, text: str, _: Paths) -> Iterator[EntryPoint]:
    at = text.find("console_scripts")
    for match in _SCRIPT.finditer(text, at) if at >= 0 else ():
        yield EntryPoint(
            f"console script {match[1]}", path, text.count("\n", 0, match.start(1)) + 1
        )


def _package(path: str, text: str, paths: Paths) -> Iterator[EntryPoint]:
    found = _read_package(text)
    folder = path.rpartition("/")[0]
    if found is None or found.workspace or _within(folder, _PNPM) in paths:
        return
    if found.start and not does_nothing(found.start):
        yield EntryPoint("npm start", path, _line(text, r'"start"\s*:'))
    named = (found.main or "").removeprefix("./").removesuffix(".js") == "server"
    if found.start is None and not named and _within(folder, "server.js") in paths:  # npm's default
        yield EntryPoint("npm start (node server.js)", path, 1)
    if found.main and _module(_within(folder, found.main), paths):
        yield EntryPoint(f"npm main {found.main}", path, _line(text, r'"main"\s*:'))
    if found.programs:
        yield EntryPoint(PROGRAM, path, _line(text, r'"bin"\s*:'))


def _read_package(text: str) -> _Package | None:
    try:
        raw = json_text.decode(text.encode(), dict[str, Any], name="The package.json")
        scripts = raw.get("scripts")
        return _Package(
            start=convert(scripts.get("start") if isinstance(scripts, dict) else None, str | None),
            main=convert(raw.get("main"), str | None),
            programs=convert(raw.get("bin"), str | dict[str, str] | None),
            workspace=bool(raw.get("workspaces")),
        )
    except (FormatError, msgspec.ValidationError):
        return None


def _module(path: str, paths: Paths) -> bool:
    return any(f"{path}{end}" in paths for end in ("", ".js", ".cjs", ".mjs", ".ts", "/index.js"))


def _container(path: str, text: str, _: Paths) -> Iterator[EntryPoint]:
    try:
        parsed = dockerfile.read(text)
        stages = _deployed(parsed)
    except (FormatError, IndexError):
        return
    commands = (stage.entrypoint or stage.command for stage in stages)
    said = [c for c in commands if c is not None and not does_nothing(" ".join(c.words))]
    for line in dict.fromkeys(command.line for command in said):
        yield EntryPoint("container command", path, line)


def _deployed(parsed: Dockerfile) -> list[Stage]:
    """The last stage, and those which none of the others needs, or which are called deployed."""
    needed = {s.base_stage for s in parsed.stages}
    needed = needed.union(*(feeders(parsed, [stage]) for stage in parsed.stages))
    others = [
        s
        for s in parsed.stages
        if s.name in _DEPLOYED or (s.index not in needed and for_deployment(s.name or ""))
    ]
    return [s for s in parsed.stages if s in others or s is parsed.final]


def _procfile(path: str, text: str, _: Paths) -> Iterator[EntryPoint]:
    for match in _PROCESS.finditer(text):
        if not does_nothing(match[2]):
            yield EntryPoint(f"process {match[1]}", path, text.count("\n", 0, match.start()) + 1)


_READERS: dict[str, Declares] = {
    "pyproject.toml": _pyproject,
    "setup.py": _setup,
    "setup.cfg": _setup,
    "package.json": _package,
    "Procfile": _procfile,
}


def _line(text: str, pattern: str) -> int:
    """The first line that begins with `pattern`, or that holds it, else 1."""
    match = re.search(rf"^[ \t]*{pattern}", text, re.MULTILINE) or re.search(pattern, text)
    return text.count("\n", 0, match.end()) + 1 if match else 1


def _within(folder: str, path: str) -> str:
    path = path.removeprefix("./")
    return f"{folder}/{path}" if folder else path
