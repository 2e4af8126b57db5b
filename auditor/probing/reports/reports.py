"""Finds the reports that other tools wrote: by content, wherever they lie, and in the operator's globs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatch
from typing import Generic, TypeVar

from auditor.code.lexical.places import Role, role
from auditor.formats.text.errors import FormatError, TooLarge
from auditor.model.evidence import Location, Problem, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Entry, Repo, RepoFile
from auditor.probing.reports.artefacts import PREFIX

T = TypeVar("T")

LIMIT = 256 * 1024 * 1024
_REPORT_FOLDERS = frozenset({
    "reports", "report", "coverage", "test-results", "test_results", "testresults", "test-reports", "artifacts",
    "artefacts", "surefire-reports", "failsafe-reports", "site", "results", "scans", "security", "evidence", "output",
})  # fmt: skip
_FIXTURE_FOLDERS = frozenset({
    "fixtures", "__fixtures__", "fixture", "testdata", "test_data", "test-data", "__snapshots__", "snapshots",
    "__mocks__", "mocks", "golden", "samples", "node_modules",
})  # fmt: skip
_DATA = ("json", "jsonl", "ndjson", "sarif", "xml", "csv", "txt", "log", "out", "info", "lcov")
_NOT_EVIDENCE = frozenset({Role.TEST, Role.VENDORED, Role.EXAMPLE, Role.DOCUMENTATION})
_ZONE_TOLERANCE_S = 15 * 60


@dataclass(frozen=True, slots=True)
class Report(Generic[T]):
    """A report file that was read: where it is, its bytes, and what they say."""

    entry: Entry
    file: RepoFile
    content: T

    def without_bytes(self) -> Report[T]:
        """The same without the file's bytes, for whoever keeps it: it may be large, and one of many."""
        return replace(self, file=replace(self.file, data=b""))


def places(*extensions: str) -> list[str]:
    """The glob of everything below the service root that may hold a report: data files of any name,
    since people redirect reports into all kinds of them, and those with `extensions`.
    """
    return ["**/*.{" + ",".join(dict.fromkeys((*extensions, *_DATA))) + "}"]


def may_be_report(repo: Repo, path: str) -> bool:
    """Whether a file at this path may speak of the service: named by the operator, or no test data.

    Repositories of services hold reports that parsers are tested with; those are nobody's evidence.
    """
    below = repo.below(path)
    folders = below.lower().split("/")[:-1]
    if repo.is_named(path) or path.startswith(PREFIX):
        return True
    if not _FIXTURE_FOLDERS.isdisjoint(folders):
        return False
    return not _REPORT_FOLDERS.isdisjoint(folders) or role(below) not in _NOT_EVIDENCE


def read_reports(
    repo: Repo,
    patterns: list[str],
    sniff: Callable[[bytes], bool],
    parse: Callable[[bytes], T],
    *facts: str,
) -> Iterator[Report[T] | Problem]:
    """Every file of `patterns` (and of the operator's globs) that `sniff` recognises, parsed.

    A file that cannot be read or parsed is a Problem that hides `facts`.
    """
    for entry in repo.reports(*patterns):
        if not may_be_report(repo, entry.path):
            continue
        try:
            if not sniff(repo.head(entry.path)):
                continue
            file = repo.read(entry.path, limit=LIMIT, keep=True)
            yield Report(entry, file, parse(file.data))
            del file  # the next one may be as large
        except Trouble as trouble:
            yield trouble.problem(*facts)
        except FormatError as error:
            kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
            place = Location(path=entry.path, line=error.line)
            hint = "Make the report again, or leave the file out."
            yield Problem(kind, f"{entry.path}: {error}", hint, facts, (place,))


def none_read(
    repo: Repo,
    said: str,
    hint: str,
    facts: tuple[str, ...],
    *names: str,
    unread: Collection[Problem] = (),
    knows: Callable[[bytes], bool] | None = None,
) -> Problem:
    """That nothing was read, as `said`: with the first file that bears one of `names` (globs, lower
    case) as if it were such a report, and is none.

    Passed over are files that a problem of `unread` names, and those whose first bytes `knows`
    recognises: a report of something else, or one that was told of.
    """
    for entry in repo.reports(*places()):
        path = entry.path
        name = path.rpartition("/")[2].lower()
        if any(fnmatch(name, glob) for glob in names) and may_be_report(repo, path):
            if any(path in problem.message for problem in unread) or _is_known(repo, path, knows):
                continue
            about = f"{said} {path} has the name of one, and is empty, cut off at its start, or of no known format."
            place = (Location(path=path),)
            return Problem(ProblemKind.MALFORMED, about, hint, facts, place)
    return Problem(ProblemKind.NOT_CONFIGURED, said, hint, facts)


def _is_known(repo: Repo, path: str, knows: Callable[[bytes], bool] | None) -> bool:
    try:
        return knows is not None and knows(repo.head(path))
    except Trouble:
        return True  # told by whoever tried to read it


def with_zone(repo: Repo, path: str, written: datetime | None) -> datetime | None:
    """A time from inside a report, with its zone.

    A naive time is the wall clock of an unknown machine. It counts as this machine's only where the
    file system's time agrees; else the report carries no usable time.
    """
    if written is None or written.tzinfo is not None:
        return written
    here = written.astimezone()
    modified = repo.tree.modified_at(path)
    if modified is None or abs((modified - here).total_seconds()) > _ZONE_TOLERANCE_S:
        return None
    return here
