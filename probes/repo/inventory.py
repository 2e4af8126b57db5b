"""What the repository holds: commit, languages, services, entry points, effective lines of code.

Counts shipped source below the service root: tests, vendored and generated code, documents and
examples are left out, and so is all that does nothing (blanks, comments, docstrings, imports, `pass`,
empty bodies). Entry points are found statically, by manifests and the calls that make an app; what a
framework finds by convention alone is not seen. Files that cannot be read are named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from auditor.code.languages import comment_sign, grammar_of, language_of
from auditor.code.parsing import Unparsed
from auditor.code.reach.roots import service_roots
from auditor.code.sources import READ_LIMIT, SourceText, Survey
from auditor.code.starts.entry_points import EntryPoint, entry_points, is_shipped
from auditor.model.evidence import Fact, Location, Source
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.by_content import by_content
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
from auditor.probing.sources import source_texts

COMMIT = FactSpec("repo.commit", FactType.TEXT, "The commit that is checked out.")
LANGUAGES = FactSpec(
    "repo.languages",
    FactType.LIST,
    "Languages of the service, most lines first; one counts from 5 % or 200 effective lines.",
)
FILES = FactSpec("repo.files", FactType.NUMBER, "Files below the service root.")
ROOTS = FactSpec("repo.service_roots", FactType.LIST, "Folders with a manifest and an entry point.")
ENTRY_POINTS = FactSpec(
    "repo.entry_points", FactType.LIST, "Where the service starts: what, and path:line."
)
LINES = FactSpec(
    "repo.code_lines", FactType.NUMBER, "Effective lines of the service's shipped source.", "lines"
)

_SHARE = 0.05
_ENOUGH = 200
_SHORTEST = 4  # bytes of a line that does something: "x=1" and its end


@probe(
    "repo.inventory",
    title="Inventory of the repository",
    needs=[Need.REPOSITORY],
    emits=[COMMIT, LANGUAGES, FILES, ROOTS, ENTRY_POINTS, LINES],
    pure=True,
)
def inventory(ctx: Context) -> Iterator[Observation]:
    """Count the source, and find where it starts."""
    source = ctx.repo.source()
    yield commit(ctx, source)
    yield FILES.of(
        len(ctx.repo.service), level=Level.OBSERVED, source=source, produced_at=ctx.observed_at
    )
    yield from starts(ctx, source)
    yield from counted(ctx)


def commit(ctx: Context, source: Source) -> Fact | Problem:
    """The commit, or why there is none."""
    tree = ctx.repo.tree
    if tree.commit is not None:
        return COMMIT.of(
            tree.commit, level=Level.OBSERVED, source=source, produced_at=ctx.observed_at
        )
    if tree.is_git:
        message = "The repository has no commit yet, so no report can be tied to one."
        hint = "git add . && git commit -m 'First commit'"
    else:
        message = (
            "The audited folder is not a git repository, so no report can be tied to a commit."
        )
        hint = "git init && git add . && git commit -m 'First commit'"
    return Problem(ProblemKind.NOT_CONFIGURED, message, hint, (COMMIT.key,))


def starts(ctx: Context, source: Source) -> Iterator[Fact | Problem]:
    """The service roots of the repository, and the entry points of this service."""
    repo = ctx.repo
    refused: list[Trouble] = []

    def read(path: str) -> str:
        try:
            return repo.read(path, limit=READ_LIMIT).text
        except Trouble as trouble:
            refused.append(trouble)
            return ""

    roots = set(service_roots([e.path for e in repo.entries], read))
    if repo.root:
        roots |= set(service_roots([e.path for e in repo.service], read))
    points = _entry_points(repo, read)
    places = [Location(path=p.path, line=p.line) for p in points]
    for spec, value, where in (
        (ROOTS, [r or "." for r in sorted(roots)], []),
        (ENTRY_POINTS, [str(p) for p in points], places),
    ):
        if value or not refused:
            yield spec.of(
                value,
                level=Level.EFFECTIVE,
                source=source,
                locations=where,
                produced_at=ctx.observed_at,
            )
        else:  # what was not read may well start the service
            yield refused[0].problem(spec.key)


def _entry_points(repo: Repo, read: Callable[[str], str]) -> list[EntryPoint]:
    shipped = [e.path for e in repo.service if is_shipped(repo.below(e.path))]
    return entry_points(shipped, read)


def counted(ctx: Context) -> Iterator[Fact | Problem]:
    """The effective lines and the languages that they are in."""
    survey = Survey()
    lines: Counter[str] = Counter()
    texts = source_texts(ctx.repo, survey)
    for file, seen in by_content(ctx, "lines", tuple[str, int], effective, texts):
        if isinstance(seen, Unparsed):
            survey.refuse(file, seen)
        else:
            language, count = seen
            lines[language] += count
    source = ctx.repo.source(survey.scope(ctx.repo.root))
    languages = counting(lines)
    yield from survey.problems(LINES.key, LANGUAGES.key)
    total = sum(lines.values())
    if total or not survey.unread:  # a lower bound; 0 is none where something was not read
        yield LINES.of(total, level=Level.OBSERVED, source=source, produced_at=ctx.observed_at)
    if set(counting(lines + unread_at_most(ctx.repo, survey))) == set(languages):
        yield LANGUAGES.of(
            languages, level=Level.OBSERVED, source=source, produced_at=ctx.observed_at
        )


def unread_at_most(repo: Repo, survey: Survey) -> Counter[str]:
    """The most lines that the unread files can hold, by language."""
    most: Counter[str] = Counter()
    for file in survey.unread:
        most[language_of(file.path) or ""] += repo.by_path[file.path].size // _SHORTEST + 1
    return most


def effective(file: SourceText) -> tuple[str, int]:
    """The language and the effective lines of one file; raises Unparsed.

    Where there is no grammar, lines that are neither blank nor a comment are counted.
    """
    if grammar_of(file.path) is None:
        sign = comment_sign(file.language)
        said = (line.strip() for line in file.text.split("\n"))
        return file.language, sum(1 for line in said if line and not line.startswith(sign))
    reading = file.read()
    language = reading.grammar if file.language in ("vue", "svelte") else file.language
    return language, reading.code_lines


def counting(lines: Counter[str]) -> list[str]:
    """The languages with a share that counts, most lines first."""
    total = sum(lines.values())
    ordered = sorted(lines.items(), key=lambda pair: (-pair[1], pair[0]))
    return [name for name, n in ordered if n >= _ENOUGH or (n and n >= _SHARE * total)]
