"""The services of a repository: their folders, names, languages, starts, and what makes their evidence."""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Callable, Iterator

import msgspec

from auditor.code.reach.roots import service_roots
from auditor.code.starts.entry_points import entry_points, is_shipped
from auditor.collect.survey.addresses import suggested
from auditor.collect.survey.features import candidates
from auditor.collect.survey.reports import found_reports
from auditor.formats.text import json_text
from auditor.formats.text.errors import FormatError
from auditor.model.survey import FoundService
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo, Tree
from auditor.probing.repository.stack import Wanted, command_for, main_language

_LIMIT = 1024 * 1024
_MOST_STARTS = 4
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,60}")
_WANTED = (Wanted.TESTS, Wanted.COVERAGE, Wanted.SAST, Wanted.DEPENDENCIES, Wanted.LINT)
_OWNERS = ("readiness/attestations.yaml", "readiness/waivers.yaml")


def survey(tree: Tree, start: str = "") -> list[FoundService]:
    """The services below the folder `start` of a tree, by their folder; that folder itself where nothing
    says that a service starts anywhere. Only files are read."""
    repo = Repo(tree, root=start)
    roots = service_roots([e.path for e in repo.service], _reader(repo)) or [start]
    if start in roots:
        roots = [start, *(r for r in roots if r != start and _apart(r, start))]
    several = len(roots) > 1
    return [_service(tree, root, start, several=several) for root in roots]


def _apart(root: str, start: str) -> bool:
    """Whether a service within the folder of another one is one of its own, and not a part of it."""
    below = posixpath.relpath(root, start or ".")
    return bool(re.match(r"(?:services|apps|packages|cmd)/", below))


def _reader(repo: Repo) -> Callable[[str], str]:
    def read(path: str) -> str:
        try:
            return repo.read(path, limit=_LIMIT).text
        except Trouble:
            return ""  # a file that cannot be read tells nothing of services

    return read


def _service(tree: Tree, root: str, start: str, *, several: bool) -> FoundService:
    repo = Repo(tree, root=root)
    read = _reader(repo)
    name, named_by = _name(repo, read)
    below = posixpath.relpath(root or ".", start or ".")
    paths = [e.path for e in repo.service if is_shipped(repo.below(e.path))]
    points = [p for p in entry_points(paths, read) if not several or repo.in_service(p.path)]
    return FoundService(
        root="" if below == "." else below,
        name=name,
        named_by=named_by,
        language=main_language(repo) or "",
        starts=tuple(dict.fromkeys(str(point) for point in points))[:_MOST_STARTS],
        commands=tuple(_commands(repo)),
        reports=tuple(found_reports(repo)),
        features=tuple(candidates(repo)),
        deployments=tuple(suggested(repo, read)),
        owners_files=tuple(f for f in _OWNERS if repo.exists(repo.within(f))),
    )


def _commands(repo: Repo) -> Iterator[tuple[str, str]]:
    for wanted in _WANTED:
        command = command_for(repo, wanted)
        if command is not None:
            yield wanted.value, command.partition("  # ")[0]


class _Project(msgspec.Struct):
    name: str = ""


def _name(repo: Repo, read: Callable[[str], str]) -> tuple[str, str]:
    """The name of a service by its manifest, and that file; "" where none tells one."""
    for file, find in _NAMED_BY:
        path = repo.within(file)
        if repo.exists(path):
            found = find(read(path)).rpartition("/")[2].strip()
            if _NAME.fullmatch(found):
                return found, file
    return "", ""


def _of_pyproject(text: str) -> str:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return ""
    poetry = found.get("tool", {}).get("poetry", {}) if isinstance(found.get("tool"), dict) else {}
    for table in (found.get("project"), poetry):
        if isinstance(table, dict) and isinstance(table.get("name"), str):
            return str(table["name"])
    return ""


def _of_package(text: str) -> str:
    try:
        return json_text.decode(text.encode(), _Project, name="package.json").name
    except FormatError:
        return ""


def _of_go(text: str) -> str:
    found = re.search(r"^module\s+(\S+)", text, re.MULTILINE)
    return re.sub(r"/v\d+$", "", found[1]) if found else ""


def _of_maven(text: str) -> str:
    """The artefact's own id: what stands within `<parent>` or a dependency is another's."""
    own = re.sub(
        r"<(parent|dependencies|build|dependencyManagement)>.*?</\1>", "", text, flags=re.S
    )
    found = re.search(r"<artifactId>\s*([^<\s]+)\s*</artifactId>", own)
    return found[1] if found else ""


def _of_gradle(text: str) -> str:
    found = re.search(r"rootProject\.name\s*=\s*[\"']([^\"']+)[\"']", text)
    return found[1] if found else ""


def _of_cargo(text: str) -> str:
    try:
        table = tomllib.loads(text).get("package")
    except tomllib.TOMLDecodeError:
        return ""
    return str(table.get("name", "")) if isinstance(table, dict) else ""


_NAMED_BY: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("pyproject.toml", _of_pyproject),
    ("package.json", _of_package),
    ("go.mod", _of_go),
    ("pom.xml", _of_maven),
    ("settings.gradle", _of_gradle),
    ("settings.gradle.kts", _of_gradle),
    ("Cargo.toml", _of_cargo),
)
