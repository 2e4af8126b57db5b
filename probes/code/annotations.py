"""Type annotations of public functions in Python and TypeScript.

A public function counts as annotated when every parameter and the result have a type other than Any (in
TypeScript the result may be inferred). Where a quarter of the source is in a language that leaves types
open, such as JavaScript, no share is given. Names with a leading underscore, functions inside functions,
tests and generated code are left out. Whether the annotations are true is for a type checker to say
(reports.types). Languages whose compiler asks for types anyway are not read.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.code.languages import grammar_of
from auditor.code.lexical.annotations import Function, public_functions
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

SHARE = FactSpec(
    "annotations.percent", FactType.NUMBER, "Public functions with full type annotations", "%"
)
FUNCTIONS = FactSpec("annotations.functions", FactType.NUMBER, "Public functions", "functions")

_KEYS = (SHARE.key, FUNCTIONS.key)
_READ = ("python", "typescript", "tsx")
_COMPILED = frozenset(
    {"go", "java", "kotlin", "rust", "csharp", "scala", "swift", "c", "cpp", "dart"}
)
_LOOSE = frozenset({"javascript", "vue", "svelte", "ruby", "php", "perl", "lua", "elixir"})
_MOST = 300
_OPEN_SHARE = 0.25


@probe(
    "code.annotations",
    title="Type annotations",
    needs=[Need.REPOSITORY],
    emits=[SHARE, FUNCTIONS],
    pure=True,
)
def type_annotations(ctx: Context) -> Iterator[Observation]:
    """Count over every shipped file of a language that leaves annotations open."""
    survey = Survey()
    found: list[tuple[str, Function]] = []
    others: set[str] = set()
    sizes = {"read": 0, "open": 0}

    def typed() -> Iterator[SourceText]:
        for file in source_texts(ctx.repo, survey):
            if grammar_of(file.path) in _READ:
                sizes["read"] += len(file.text)
                yield file
            else:
                others.add(file.language)
                sizes["open"] += len(file.text) if file.language in _LOOSE else 0

    for file, seen in by_content(ctx, "annotations", list[Function], in_file, typed()):
        if isinstance(seen, Unparsed):
            survey.refuse(file, seen)
        else:
            found += [(file.path, f) for f in seen]
    if survey.unread:
        yield from survey.gap(ctx.repo.root, len(found), "functions", *_KEYS)
        return
    if not found or sizes["open"] > _OPEN_SHARE * sum(sizes.values()):
        yield _nothing(others)
        return
    bare = [(path, f) for path, f in found if not f.annotated]
    for path, function in bare[:_MOST]:
        what = f"{function.name} does not say all its types."
        place = Location(path=path, line=function.line)
        yield Finding("annotation", what, SHARE.key, "low", place)
    source = ctx.repo.source(survey.scope(ctx.repo.root))
    places = [Location(path=path, line=f.line) for path, f in bare[:50]]
    share = int(1000 * (len(found) - len(bare)) / len(found)) / 10
    for fact, value in ((SHARE, share), (FUNCTIONS, len(found))):
        yield fact.of(
            value,
            level=Level.OBSERVED,
            source=source,
            locations=places,
            produced_at=ctx.observed_at,
        )


def in_file(file: SourceText) -> list[Function]:
    """The public functions of one file; raises Unparsed."""
    return public_functions(file.text, grammar_of(file.path) or "")


def _nothing(others: set[str]) -> Problem:
    compiled = sorted(others & _COMPILED)
    if compiled and not others - _COMPILED:
        return Problem(
            ProblemKind.VACUOUS,
            f"The source is {', '.join(compiled)}, whose compiler asks for types.",
            "Say so under not_applicable: in auditor.yaml.",
            _KEYS,
        )
    return Problem(
        ProblemKind.VACUOUS,
        "Public functions in Python or TypeScript are none, or too small a part of the shipped source.",
        "For another language, attest how its types are kept.",
        _KEYS,
    )
