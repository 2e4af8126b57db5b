"""Which files of the service are source code that runs in production, for probes that scan source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from auditor.code.languages import language_of
from auditor.code.lexical.places import SHIPPED, role, vendored_among
from auditor.code.sources import READ_LIMIT, Bytes, SourceText, Survey, Unread, texts
from auditor.model.evidence import Problem, ProblemKind
from auditor.probing.contract import Context
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Entry, Repo

_FILE_LIMIT = 1024 * 1024
_OTHER_SHARE = 0.25
_MOST_TEXT = 32_000_000
_ALMOST_ALL = 95


def shipped(repo: Repo, language: str | None = None) -> list[Entry]:
    """Files below the service root that are neither test, vendored, generated, document nor example."""
    every = repo.once("shipped", lambda: _shipped(repo))
    return [e for e in every if language is None or language_of(e.path) == language]


def _shipped(repo: Repo) -> tuple[Entry, ...]:
    libraries = vendored_among(repo.below(e.path) for e in repo.service)
    return tuple(
        e
        for e in repo.service
        if language_of(e.path) is not None
        and role(repo.below(e.path)) in SHIPPED
        and repo.below(e.path) not in libraries
    )


def source_texts(repo: Repo, survey: Survey, *, limit: int = READ_LIMIT) -> Iterator[SourceText]:
    """The shipped source files of the service with their text; what was not read goes into `survey`."""
    kept = repo.once(f"source texts {limit}", lambda: _kept(repo, limit))
    if kept is None:
        yield from _walked(repo, survey, limit)
        return
    found, seen = kept
    survey.read += seen.read
    survey.left_out.update(seen.left_out)
    survey.unread += seen.unread
    yield from found


def _kept(repo: Repo, limit: int) -> tuple[list[SourceText], Survey] | None:
    """All of them at once, for the probes that read them all; None where they are too many for that."""
    survey = Survey()
    found: list[SourceText] = []
    room = _MOST_TEXT
    for file in _walked(repo, survey, limit):
        room -= len(file.text)
        if room < 0:
            return None
        found.append(file)
    return found, survey


def _walked(repo: Repo, survey: Survey, limit: int) -> Iterator[SourceText]:
    def read(path: str) -> Bytes | Unread:
        try:
            found = repo.read(path, limit=limit)
        except Trouble as trouble:
            return Unread(path, trouble.kind, trouble.message)
        return Bytes(found.data, found.source.sha256 or "")

    return texts((e.path for e in repo.service), read, survey, repo.below)


def small(entries: Iterable[Entry]) -> list[Entry]:
    """Those that a scanner is given: anything larger than 1 MB is no source that somebody wrote."""
    return [e for e in entries if e.size <= _FILE_LIMIT]


def mostly_other(ctx: Context, language: str, *facts: str) -> Problem | None:
    """The problem of a scanner that reads one language, where much of the service is in another.

    Its clean result would speak for a part only. Measured in bytes: a rough share is enough here.
    """
    sizes: Counter[str] = Counter()
    for entry in shipped(ctx.repo):
        sizes[language_of(entry.path) or ""] += entry.size
    total = sum(sizes.values())
    others = {name: size for name, size in sizes.items() if name != language}
    if not total or sum(others.values()) < _OTHER_SHARE * total:
        return None
    name = max(others, key=lambda n: others[n])
    share = 100 * sum(others.values()) // total
    what = f"{share} % of the source is not {language} (most of it {name}), and this tool does not read it."
    alone = (
        f"Audit the {language} service alone with --root, or attest a scanner's report for {name}."
    )
    if share >= _ALMOST_ALL:
        what = f"The service is written in {name}, which this tool does not read."
        alone = f"Attest the report of a scanner for {name}."
    return Problem(ProblemKind.VACUOUS, what, alone, facts)


def contents(repo: Repo, entries: Iterable[Entry]) -> tuple[dict[str, bytes], list[Problem]]:
    """The bytes of each file by repository path, and a problem for each that could not be read."""
    files: dict[str, bytes] = {}
    unread: list[Problem] = []
    for entry in entries:
        try:
            files[entry.path] = repo.read(entry.path).data
        except Trouble as trouble:
            unread.append(trouble.problem())
    return files, unread
