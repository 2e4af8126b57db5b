"""Finds the reports that other tools wrote: in the usual places and the operator's globs, by content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from auditor.formats.errors import FormatError, TooLarge
from auditor.model.evidence import Location, Problem, ProblemKind
from auditor.probing.repo import Entry, Repo, RepoFile
from auditor.probing.trouble import Trouble

T = TypeVar("T")

LIMIT = 128 * 1024 * 1024
_FOLDERS = ("reports", "report", "coverage", "test-results", "test-reports", "artifacts", "build/reports",
            "build/test-results", "target/site", "target/surefire-reports", "target/failsafe-reports", "results",
            "security", "scans")  # fmt: skip
_ZONE_TOLERANCE_S = 15 * 60


@dataclass(frozen=True, slots=True)
class Report(Generic[T]):
    """A report file that was read: where it is, its bytes, and what they say."""

    entry: Entry
    file: RepoFile
    content: T


def places(*extensions: str) -> list[str]:
    """The globs, below the service root, in which reports with such extensions usually lie."""
    endings = "{" + ",".join(extensions) + "}" if len(extensions) > 1 else extensions[0]
    return [f"*.{endings}", *(f"{folder}/**/*.{endings}" for folder in _FOLDERS)]


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
        try:
            if not sniff(repo.head(entry.path)):
                continue
            file = repo.read(entry.path, limit=LIMIT, keep=True)
            yield Report(entry, file, parse(file.data))
        except Trouble as trouble:
            yield trouble.problem(*facts)
        except FormatError as error:
            kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
            place = Location(path=entry.path, line=error.line)
            hint = "Make the report again, or leave the file out."
            yield Problem(kind, f"{entry.path}: {error}", hint, facts, (place,))


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
