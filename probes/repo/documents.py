"""Documents: which there are, how much they say, what they leave out, and which links are dead.

Looks below the service root, at the git root for a kind that is not there, in sections of the README, and
in those of related guides (setup in CONTRIBUTING, operations and troubleshooting in a deployment guide).
English and Spanish names and headings are known; a heading with nothing below it does not count. Not
seen: whether what is written is right, and what lives elsewhere (a wiki, a site of manuals): where a document
is missing, the address is named that the README gives for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from auditor.formats.documents import changelog
from auditor.formats.documents.document_kinds import (
    CHANGELOG,
    KINDS,
    README,
    Kind,
    Scope,
    kinds_of,
)
from auditor.formats.documents.document_topics import (
    missing_each,
    missing_topics,
    sections,
    sections_within,
)
from auditor.formats.documents.markdown_doc import Document, Heading
from auditor.formats.documents.markdown_doc import read as read_document
from auditor.formats.text.errors import FormatError, TooLarge
from auditor.model.evidence import Location, Source, Value
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.repo import Repo
from auditor.probing.repository.document_links import broken_links, outside_document

_SUBJECTS = tuple(k.name for k in KINDS)
_LIST, _NUMBER = FactType.LIST, FactType.NUMBER
FOUND = FactSpec("documents.found", _LIST, "Files, or sections of the README.", "", _SUBJECTS)
WORDS = FactSpec("documents.words", _NUMBER, "Words outside code.", "words", _SUBJECTS)
MISSING = FactSpec("documents.missing_headings", _LIST, "What is not spoken of.", "", _SUBJECTS)
PLACEHOLDERS = FactSpec("documents.placeholders", _NUMBER, "Gaps left to fill in.", "", _SUBJECTS)
BROKEN = FactSpec("documents.broken_links", _LIST, "Links to what is not there.", "", _SUBJECTS)
VERSIONS = FactSpec(
    "documents.released_versions", _NUMBER, "Released versions with notes.", "", ("changelog",)
)
_READ_LIMIT = 4_000_000
_SUBSTANTIAL = 20  # words of the README's sections that stand for a document


@dataclass(frozen=True, slots=True)
class Part:
    """A document, or a section of the README: what it is called, and what it says."""

    path: str
    name: str
    document: Document
    whole: Document


@dataclass(slots=True)
class Shelf:
    """The documents of the repository, each read once; `refused` says why one could not be."""

    repo: Repo
    refused: dict[str, Problem] = field(default_factory=dict)
    _read: dict[str, Document] = field(default_factory=dict)

    def read(self, path: str) -> Document | None:
        """The document, or None where it cannot be read."""
        if path not in self._read and path not in self.refused:
            try:
                data = self.repo.read(path, limit=_READ_LIMIT).data
                self._read[path] = read_document(data, name=path)
            except Trouble as trouble:
                self.refused[path] = trouble.problem(*_KEYS)
            except FormatError as error:
                large = isinstance(error, TooLarge)
                kind = ProblemKind.TOO_LARGE if large else ProblemKind.MALFORMED
                said = str(error) if path in str(error) else f"{path}: {error}"
                self.refused[path] = Problem(
                    kind, said, "Write it as text in UTF-8, in parts if need be.", _KEYS
                )
        return self._read.get(path)

    def named(self, kind: Kind) -> list[str]:
        """The files of a kind: of the service, else those at the git root."""
        repo = self.repo
        documents = repo.once("documents", lambda: _documents(repo))
        inside = [path for path, kinds in documents if kind in kinds]
        if not inside and repo.root:
            inside = [e.path for e in repo.entries if kind in kinds_of(e.path)]
        return _nearest(inside) if kind is README else inside


def _documents(repo: Repo) -> list[tuple[str, tuple[Kind, ...]]]:
    """The files of the service that are documents, and of which kinds."""
    every = ((e.path, kinds_of(repo.below(e.path))) for e in repo.service)
    return [(path, kinds) for path, kinds in every if kinds]


_ELSEWHERE = Problem(
    ProblemKind.NOT_CONFIGURED,
    "No changelog is in the repository; release notes may live on the forge's page of releases.",
    "Keep a CHANGELOG.md with a heading for each version and its date, or link the notes of the deployed "
    "release: auditor attest deployment.release.notes",
    tuple(
        f"{s.key}@{CHANGELOG.name}" for s in (FOUND, WORDS, MISSING, PLACEHOLDERS, BROKEN, VERSIONS)
    ),
)
_KEYS = (FOUND.key, WORDS.key, MISSING.key, PLACEHOLDERS.key, BROKEN.key, VERSIONS.key)


@probe(
    "repo.documents",
    title="Documents",
    needs=[Need.REPOSITORY],
    emits=[FOUND, WORDS, MISSING, PLACEHOLDERS, BROKEN, VERSIONS],
    timeout_s=120.0,
    pure=True,
)
def documents(ctx: Context) -> Iterator[Observation]:
    """Judge each kind by itself; one that holds an unreadable file gives no facts."""
    shelf = Shelf(ctx.repo)
    for kind in KINDS:
        parts = gather(shelf, kind)
        if kind is CHANGELOG and parts == []:
            yield _ELSEWHERE
        elif parts is not None:
            yield from judge(ctx, kind, parts, "" if parts else _outside(shelf, kind))
    yield from shelf.refused.values()


def gather(shelf: Shelf, kind: Kind) -> list[Part] | None:
    """What there is of a kind; None where a file could not be read, or the README that may have it."""
    parts: list[Part] = []
    paths = shelf.named(kind)
    for path in paths:
        document = shelf.read(path)
        if document is None:
            return None
        parts.append(Part(path, path, document, document))
    if kind is CHANGELOG:
        followed = [p for part in parts for p in _followed(shelf, part)]
        return list({p.path: p for p in followed}.values())
    for host in (k for k in KINDS if k.name in kind.within):
        for path in shelf.named(host):
            whole = shelf.read(path)
            if whole is None and not parts:
                return None
            if whole is not None and path not in paths:
                parts += _sections(path, whole, sections_within(kind, whole))
    if kind.section is None:
        return parts
    for path in shelf.named(README):
        readme = shelf.read(path)
        if readme is None and not parts:
            return None
        own = sections(kind, readme) if readme else []
        if readme and all(part.path != path for part in parts):
            parts += _sections(path, readme, own)
    return parts


def _sections(path: str, whole: Document, own: list[tuple[Heading, Document]]) -> list[Part]:
    """Sections as parts, unless they say next to nothing."""
    if sum(document.words for _, document in own) < _SUBSTANTIAL:
        return []
    return [Part(path, f"{path} (section {heading.text})", d, whole) for heading, d in own]


def _nearest(paths: list[str]) -> list[str]:
    """The one file that a reader meets first."""
    plain = re.compile(r"(?i)(?:.*/)?readme\.\w+")
    return sorted(
        paths, key=lambda p: (p.count("/"), not plain.fullmatch(p), not p.endswith(".md"), p)
    )[:1]


def _followed(shelf: Shelf, part: Part) -> list[Part]:
    """A changelog that only points to another file of the repository, and that file."""
    pointer = changelog.read(part.document).pointer
    for folder in (part.path.rpartition("/")[0], ""):
        path = _joined(folder, pointer) if pointer else None
        if path and path != part.path and path in shelf.repo.by_path:
            target = shelf.read(path)
            if target is not None:
                return [part, Part(path, path, target, target)]
    return [part]


def _joined(folder: str, target: str) -> str | None:
    parts = folder.split("/") if folder else []
    for step in target.partition("#")[0].split("/"):
        if step == ".." and not parts:
            return None
        if step == "..":
            parts.pop()
        elif step not in ("", "."):
            parts.append(step)
    return "/".join(parts)


def _outside(shelf: Shelf, kind: Kind) -> str:
    """Where the README says that a document is which the repository lacks."""
    for path in shelf.named(README):
        readme = shelf.read(path)
        address = outside_document(readme, kind) if readme else None
        if address is not None:
            return f"{path} links {address}; documents outside the repository are not read: attest them"
    return ""


def judge(
    ctx: Context, kind: Kind, parts: list[Part], elsewhere: str = ""
) -> Iterator[Observation]:
    """The facts of one kind; `elsewhere` says where it may be that is not in the repository."""
    repo = ctx.repo
    unique = list(dict.fromkeys(p.name for p in parts))
    level = Level.EFFECTIVE if parts else Level.DECLARED
    source = _source(repo, kind, parts)
    starts = [Location(path=p.path, line=p.document.first_line) for p in parts]
    gaps = [(p.path, g) for p in parts for g in p.document.placeholders]
    dead = (
        []
        if kind is CHANGELOG
        else [
            (p.path, link)
            for p in parts
            for link in broken_links(repo, p.path, p.document, p.whole)
        ]
    )
    rows: list[tuple[FactSpec, Value, list[Location]]] = [
        (FOUND, list(unique), starts),
        (WORDS, sum(p.document.words for p in parts), starts),
        (MISSING, missing(kind, parts), starts),
        (PLACEHOLDERS, len(gaps), [Location(path=path, line=g.line) for path, g in gaps][:100]),
        (
            BROKEN,
            [f"{path}:{link.line} {link.target}" for path, link in dead],
            [Location(path=path, line=link.line) for path, link in dead],
        ),
    ]
    if kind is CHANGELOG:
        released = [
            (p.path, v) for p in parts for v in changelog.read(p.document).released(ctx.now.date())
        ]
        ahead = [p for p in parts if changelog.read(p.document).next_only]
        if ahead and not released:
            yield _next_alone(ahead[0].path)
        else:
            places = [Location(path=p, line=v.line) for p, v in released]
            rows.append((VERSIONS, len(released), places[:20]))
    for spec, value, places in rows:
        told = replace(source, excerpt=elsewhere) if elsewhere and spec is FOUND else source
        yield spec.of(
            value, level=level, source=told, subject=kind.name, locations=places, produced_at=ctx.observed_at
        )  # fmt: skip


def _next_alone(path: str) -> Problem:
    return Problem(
        ProblemKind.NOT_CONFIGURED,
        f"{path} is about the next release alone; the notes of those before may live on the forge's page of releases.",
        "Keep the notes of every version in the repository, or link those of the deployed release: auditor attest "
        "deployment.release.notes",
        (f"{VERSIONS.key}@{CHANGELOG.name}",),
    )


def missing(kind: Kind, parts: list[Part]) -> list[str]:
    """The topics that are not spoken of; for kinds that are judged by file, with the file's path."""
    if kind.scope is Scope.EACH and parts:
        return [
            f"{p.path}: {topic}"
            for p in parts
            for topic in missing_each(kind, p.path, p.document, len(parts))
        ]
    return missing_topics(kind, [(p.path, p.document) for p in parts])


def _source(repo: Repo, kind: Kind, parts: list[Part]) -> Source:
    paths = list(dict.fromkeys(p.path for p in parts))
    if paths:
        return repo.source(", ".join(paths))
    where = f"{repo.root}, and the git root" if repo.root else "the git root"
    also = ", and sections of the README" if kind.section else ""
    also += f", and sections of guides for {', '.join(kind.within)}" if kind.within else ""
    return repo.source(
        f"searched: files and folders named for {kind.name} in {where}, in docs/{also}"
    )
