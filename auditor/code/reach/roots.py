"""Which folders of a repository are services: those with a manifest, and an entry point below it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from auditor.code.languages import language_of
from auditor.code.starts.declared_starts import PROGRAM, is_container_file, is_workspace
from auditor.code.starts.entry_points import ReadText, entry_points, is_shipped

_MANIFESTS = {
    "python": r"pyproject\.toml|setup\.py|setup\.cfg|Pipfile|requirements(?:[\w.-]*|/[\w.-]+)\.(?:txt|in)",
    "javascript": r"package\.json",
    "go": r"go\.mod",
    "java": r"pom\.xml|build\.gradle(?:\.kts)?|build\.sbt",
    "rust": r"Cargo\.toml",
    "ruby": r"Gemfile",
    "php": r"composer\.json",
    "csharp": r"[^/]+\.(?:cs|fs)proj",
    "elixir": r"mix\.exs",
    "dart": r"pubspec\.yaml",
}
_PATTERNS = {language: re.compile(f"/(?:{pattern})$") for language, pattern in _MANIFESTS.items()}
_SAME = {"typescript": "javascript", "kotlin": "java", "scala": "java"}

_Manifests = dict[str, set[str]]


def service_roots(paths: Iterable[str], read: ReadText) -> list[str]:
    """The service folders among `paths`, sorted; "" is the folder that the paths are relative to.

    Tests, examples, documents and vendored code hold no services, judged from the folder that all
    paths have in common. An entry point belongs to the nearest manifest above it, one of its own
    language before others. A program that npm installs (`bin`) is none alone.
    """
    every = list(paths)
    common = _common(every)
    shipped = [p for p in every if is_shipped(p[len(common) :])]
    manifests = _manifests(shipped, read)
    starts = (p for p in entry_points(shipped, read) if p.what != PROGRAM)
    owners = {_owner(point.of or point.path, manifests) for point in starts}
    return sorted(owner for owner in owners if owner is not None)


def _manifests(paths: Iterable[str], read: ReadText) -> _Manifests:
    """Folders with manifests, and the languages that these are for."""
    known = set(paths)
    found: _Manifests = {}
    for path in known:
        folder = posixpath.dirname(path)
        for language, pattern in _PATTERNS.items():
            if pattern.search(f"/{path}") and not is_workspace(path, known, read):
                found.setdefault(_speaks_for(folder), set()).add(language)
    return found


def _speaks_for(folder: str) -> str:
    """A folder of requirement files speaks for the one above."""
    return posixpath.dirname(folder) if posixpath.basename(folder) == "requirements" else folder


def _owner(path: str, manifests: _Manifests) -> str | None:
    """The folder whose manifest an entry point belongs to.

    A container file belongs to the manifest beside it, or above the `docker` folder that it lies in.
    """
    language = language_of(path) or ""
    wanted = _SAME.get(language, language)
    above = [f for f in _folders_above(path) if f in manifests]
    if is_container_file(path):
        beside = posixpath.dirname(path)
        above = [f for f in above if f == beside or "docker" in beside[len(f) :].lower()]
    own = [f for f in above if wanted in manifests[f]]
    return next(iter(own or above), None)


def _folders_above(path: str) -> list[str]:
    folders = []
    while path:
        path = posixpath.dirname(path)
        folders.append(path)
    return folders


def _common(paths: list[str]) -> str:
    """The folder that holds all paths, with a slash at its end; "" for the top."""
    folders = [posixpath.dirname(p) for p in paths]
    common = posixpath.commonpath(folders) if folders and all(folders) else ""
    return f"{common}/" if common else ""
