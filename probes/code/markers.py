"""TODO, FIXME, XXX and HACK in the comments of shipped source code.

Looks at every source file below the service root but tests, vendored and generated code, documents
and examples. Comments are found by the grammar of the language, so a string, a docstring or an
identifier is none. Cannot see markers of another name, nor those in HTML, CSS, SQL and templates.
Where one file could not be read, no number is given: it would be too low.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.code.languages import comment_sign
from auditor.code.lexical.comments import line_comments
from auditor.code.lexical.markers import WORD, Marker, find_markers
from auditor.code.parsing import Unparsed
from auditor.code.sources import SourceText, Survey
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Finding,
    Need,
    Observation,
    probe,
)
from auditor.probing.sources import source_texts

MARKERS = FactSpec(
    "code.todo_markers",
    FactType.NUMBER,
    "Markers of unfinished work in comments of shipped source.",
)
FILES = FactSpec(
    "code.marker_files_read", FactType.NUMBER, "Source files that were searched for such markers."
)

_LOCATIONS = 50
_FINDINGS = 2_000


@probe(
    "code.markers",
    title="Markers of unfinished work",
    needs=[Need.REPOSITORY],
    emits=[MARKERS, FILES],
    pure=True,
)
def markers(ctx: Context) -> Iterator[Observation]:
    """Search the comments of every shipped source file."""
    survey = Survey()
    found: list[tuple[str, Marker]] = []
    for file in source_texts(ctx.repo, survey):
        try:
            found += [(file.path, marker) for marker in in_file(file)]
        except Unparsed as refusal:
            survey.refuse(file, refusal)
    source = ctx.repo.source(survey.scope(ctx.repo.root))
    yield FILES.of(survey.read, level=Level.OBSERVED, source=source, produced_at=ctx.observed_at)
    yield from survey.gap(ctx.repo.root, len(found), "markers", MARKERS.key)
    yield from findings(found)
    if survey.complete:
        yield MARKERS.of(
            len(found),
            level=Level.OBSERVED,
            source=source,
            locations=[Location(path=path, line=m.line) for path, m in found[:_LOCATIONS]],
            produced_at=ctx.observed_at,
        )


def findings(found: list[tuple[str, Marker]]) -> Iterator[Finding]:
    """One finding for each marker, up to a limit that keeps the bundle readable."""
    for path, marker in found[:_FINDINGS]:
        yield Finding(
            rule=marker.word,
            message=marker.text,
            fact=MARKERS.key,
            location=Location(path=path, line=marker.line),
        )


def in_file(file: SourceText) -> list[Marker]:
    """The markers of one file; raises Unparsed where a marker word may or may not be in a comment.

    A text without such a word needs no parser.
    """
    if not WORD.search(file.text):
        return []
    try:
        reading = file.read()
    except Unparsed as refusal:
        return _without_grammar(file, refusal)
    commented = {n for c in reading.comments for n in range(c.line, c.end_line + 1)}
    for first, last in reading.damage.lines:
        for number, line in enumerate(file.text.split("\n")[first - 1 : last], first):
            if number not in commented and WORD.search(line):
                raise Unparsed(
                    f"its grammar cannot make sense of line {number}, which may hold a marker"
                )
    return find_markers(reading.comments)


def _without_grammar(file: SourceText, refusal: Unparsed) -> list[Marker]:
    """Line comments by their sign; a word outside them leaves the file unread."""
    comments = line_comments(file.text, comment_sign(file.language))
    commented = {c.line for c in comments}
    for number, line in enumerate(file.text.split("\n"), 1):
        if number not in commented and WORD.search(line):
            raise refusal
    return find_markers(comments)
