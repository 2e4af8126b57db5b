"""Blocks of commented-out code in shipped source.

Looks at every source file below the service root but tests, vendored and generated code, documents
and examples; a block is at least one statement that parses in the language of the file. Doc
comments, docstrings, examples that the prose before announces, directives and headers are no
findings. Prefers to miss one over a wrong finding: code behind other code on its line, list entries
and HTML are not seen. Where one file could not be read, no number is given: it would be too low.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from auditor.code.languages import EMBEDDED, grammar_of
from auditor.code.lexical.commented import Block, blocks
from auditor.code.lexical.statements import JUDGED
from auditor.code.parsing import Unparsed
from auditor.code.sources import SourceText, Survey
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.by_content import by_content
from auditor.probing.contract import (
    Context,
    FactSpec,
    Finding,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.sources import source_texts

BLOCKS = FactSpec(
    "code.commented_out_blocks",
    FactType.NUMBER,
    "Blocks of commented-out code in shipped source.",
)
FILES = FactSpec(
    "code.comment_files_read",
    FactType.NUMBER,
    "Source files whose comments were judged.",
)

_LOCATIONS = 50
_FINDINGS = 2_000
_LONGEST = 120
_MINORITY = 0.05
_JUDGED = JUDGED | {EMBEDDED}


@probe(
    "code.commented_out",
    title="Commented-out code",
    needs=[Need.REPOSITORY],
    emits=[BLOCKS, FILES],
    pure=True,
)
def commented_out(ctx: Context) -> Iterator[Observation]:
    """Judge the comments of every shipped source file."""
    survey = Survey()
    foreign: Counter[str] = Counter()
    found: list[tuple[str, Block]] = []

    def judged() -> Iterator[SourceText]:
        for file in source_texts(ctx.repo, survey):
            if grammar_of(file.path) in _JUDGED:
                yield file
            else:
                survey.read -= 1
                foreign[file.language] += 1

    for file, seen in by_content(ctx, "commented out", list[Block], in_file, judged()):
        if isinstance(seen, Unparsed):
            survey.refuse(file, seen)
        else:
            found += [(file.path, block) for block in seen]
    source = ctx.repo.source(survey.scope(ctx.repo.root) + told(foreign))
    yield FILES.of(survey.read, level=Level.OBSERVED, source=source, produced_at=ctx.observed_at)
    unjudged = list(too_foreign(foreign, survey.read))
    yield from unjudged or survey.gap(ctx.repo.root, len(found), "commented-out blocks", BLOCKS.key)
    yield from findings(found)
    if survey.complete and not unjudged:
        yield BLOCKS.of(
            len(found),
            level=Level.OBSERVED,
            source=source,
            locations=[Location(path=path, line=b.line) for path, b in found[:_LOCATIONS]],
            produced_at=ctx.observed_at,
        )


def in_file(file: SourceText) -> list[Block]:
    """The blocks of one file; raises Unparsed."""
    reading = file.read()
    return blocks(reading.comments, reading.grammar)


def findings(found: list[tuple[str, Block]]) -> Iterator[Finding]:
    """One finding for each block, up to a limit that keeps the bundle readable."""
    for path, block in found[:_FINDINGS]:
        lines = "1 line" if block.lines == 1 else f"{block.lines} lines"
        yield Finding(
            rule="commented-out-code",
            message=f"{lines} of commented-out code: {block.text[:_LONGEST]}",
            fact=BLOCKS.key,
            location=Location(path=path, line=block.line),
        )


def told(foreign: Counter[str]) -> str:
    """The files of languages that are not judged, in words."""
    listed = ", ".join(f"{n} {language}" for language, n in sorted(foreign.items()))
    return f"; not judged: {listed}" if listed else ""


def too_foreign(foreign: Counter[str], judged: int) -> Iterator[Problem]:
    """A problem where so much is in languages that are not judged that no number would be honest."""
    unjudged = sum(foreign.values())
    if unjudged and unjudged >= _MINORITY * (unjudged + judged):
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            f"{unjudged} of {unjudged + judged} source files are in languages whose commented-out code the "
            f"auditor cannot tell from prose{told(foreign)}.",
            "Attest the item from a linter of that language.",
            (BLOCKS.key,),
        )
