"""The coverage gates that a target sets for itself, from the files in which its tools look."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from auditor.formats.coverage import coverage_gates as gates
from auditor.formats.coverage import coverage_gates_jvm as jvm
from auditor.formats.coverage.coverage_gates import Gate
from auditor.formats.coverage.coverage_gates_python import (
    COVERAGE_FILES,
    PYTEST_FILES,
    python_gates,
)
from auditor.formats.text.errors import FormatError, TooLarge
from auditor.model.evidence import Location, Problem, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_LIMIT = 1024 * 1024
_MOST_FILES = 500
_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml")

_Found = Iterator[tuple[Gate, Location] | Problem]


def _text(read: Callable[[str], list[Gate]]) -> Callable[[bytes], list[Gate]]:
    return lambda data: read(data.decode("utf-8-sig", "replace"))


# Globs below the service root, and who reads such a file.
_READERS: tuple[tuple[tuple[str, ...], Callable[[bytes], list[Gate]]], ...] = (
    (("Makefile", "tox.ini", "noxfile.py", "justfile"), _text(gates.commands)),
    (("package.json", "*/package.json"), gates.package_json),
    ((".nycrc", ".nycrc.json", ".c8rc.json"), gates.nycrc),
    (("jest.config.*", "vitest.config.*", "vite.config.*", "*/jest.config.*", "*/vitest.config.*"),
     _text(gates.script)),
    (("pom.xml", "*/pom.xml"), jvm.pom),
    (("build.gradle", "build.gradle.kts", "*/build.gradle", "*/build.gradle.kts"), _text(jvm.gradle)),
)  # fmt: skip


def target_gates(repo: Repo, *facts: str) -> _Found:
    """Every gate with its place; a file that cannot be read is a Problem that hides `facts`."""
    yield from _of_python(repo, facts)
    for patterns, read in _READERS:
        for entry in repo.find(*patterns)[:_MOST_FILES]:
            yield from _of_file(repo, entry.path, read, facts)
    for entry in [e for e in repo.entries if _WORKFLOW.fullmatch(e.path)][:_MOST_FILES]:
        yield from _of_file(repo, entry.path, _text(gates.commands), facts)
    names = ("codecov.yml", "codecov.yaml", ".codecov.yml", ".codecov.yaml")
    for path in [f"{folder}{name}" for folder in ("", ".github/", "dev/") for name in names]:
        if path in repo.by_path:
            yield from _of_file(repo, path, gates.codecov, facts)
            break  # Codecov reads the first


def _of_python(repo: Repo, facts: tuple[str, ...]) -> _Found:
    files: dict[str, bytes] = {}
    for name in dict.fromkeys((*COVERAGE_FILES, *PYTEST_FILES)):
        path = repo.within(name)
        if path not in repo.by_path:
            continue
        try:
            files[name] = repo.read(path, limit=_LIMIT).data
        except Trouble as trouble:
            yield trouble.problem(*facts)
            return
    try:
        for name, gate in python_gates(files):
            yield gate, Location(path=repo.within(name), line=gate.line)
    except FormatError as error:
        yield _unreadable(repo.root or ".", error, facts)


def _of_file(
    repo: Repo, path: str, read: Callable[[bytes], list[Gate]], facts: tuple[str, ...]
) -> _Found:
    try:
        for gate in read(repo.read(path, limit=_LIMIT).data):
            yield gate, Location(path=path, line=gate.line)
    except Trouble as trouble:
        yield trouble.problem(*facts)
    except FormatError as error:
        yield _unreadable(path, error, facts)


def _unreadable(path: str, error: FormatError, facts: tuple[str, ...]) -> Problem:
    kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
    where = posixpath.normpath(path)
    message = f"{where}: {error} Its coverage gate, if it has one, is not known."
    return Problem(kind, message, "Mend the file.", facts, (Location(path=where, line=error.line),))
