"""Reads who owns what: the CODEOWNERS that the forge reads, and whether the rules of the gate have owners.

GitHub reads .github/, the root, then docs/; GitLab the root, docs/, then .gitlab/ (with sections, of which
optional ones bind nobody); Gitea alike. The first file counts and no other. A line is at fault where the forge passes
over it (no @user, @team or address, a negation) or its owner is a placeholder. Of the files that a gate obeys
(pipelines, auditor.yaml and what it names, waivers, attestations, checklist and baseline below readiness/, CODEOWNERS
itself) the last rule that matches must name an owner. A step is a gate where a pull request runs `auditor gate`,
`auditor audit --fail-on`, or the action with `fail-on`, and its failure fails the change.

Not seen: whether the owners exist and may write, whether the branch is protected so that their approval and the check
are required, and a gate that a script or another repository's workflow runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.formats.documents import codeowners
from auditor.formats.documents.codeowners import CodeOwners
from auditor.formats.text.errors import FormatError, TooLarge
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.ci.gate_steps import gate_steps
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
from auditor.probing.repository.ownership import (
    forge_of,
    matched,
    owners_of,
    places,
    rule_files,
    unmatched,
)

_LIST = FactType.LIST
FILE = FactSpec("ownership.file", _LIST, "The CODEOWNERS that the forge reads.")
INVALID = FactSpec(
    "ownership.invalid", _LIST, "What the forge passes over, and files it never reads."
)
UNMATCHED = FactSpec("ownership.unmatched", _LIST, "Patterns that match no file.")
UNOWNED = FactSpec("ownership.unowned_rules", _LIST, "Files that a gate obeys and nobody owns.")
GATE = FactSpec("ownership.gate_step", _LIST, "Steps that run the gate on a change and can fail.")
TOOTHLESS = FactSpec(
    "ownership.toothless_gate", _LIST, "Steps that run it and cannot fail a change."
)
_OF_FILE = (FILE, INVALID, UNMATCHED, UNOWNED)
Rows = list[tuple[str, str, int | None]]


@probe(
    "repo.ownership",
    title="Owners of the rules",
    needs=[Need.REPOSITORY],
    emits=[*_OF_FILE, GATE, TOOTHLESS],
    pure=True,
)
def ownership(ctx: Context) -> Iterator[Observation]:
    """Owners and gate are told apart: trouble with one says nothing of the other."""
    yield from _owners(ctx)
    steps = gate_steps(ctx.repo)
    doubtful = tuple(
        f.key for f, found in ((GATE, steps.gates), (TOOTHLESS, steps.toothless)) if not found
    )
    yield from (replace(problem, facts=doubtful) for problem in steps.problems)
    for fact, found in ((GATE, steps.gates), (TOOTHLESS, steps.toothless)):
        if found or not steps.problems:
            yield _fact(
                ctx,
                fact,
                [(path, what, line) for path, line, what in found],
                "pipelines at the git root",
            )


def _owners(ctx: Context) -> Iterator[Observation]:
    repo = ctx.repo
    forge = forge_of(repo)
    path, others = places(repo, forge)
    read = CodeOwners()
    if path:
        try:
            read = codeowners.read(repo.read(path).data, path=path, forge=forge)
        except Trouble as trouble:
            yield trouble.problem(*(f.key for f in _OF_FILE))
            return
        except FormatError as error:
            large = isinstance(error, TooLarge)
            kind = ProblemKind.TOO_LARGE if large else ProblemKind.MALFORMED
            hint = f"Write it as text that {forge} reads."
            yield Problem(kind, str(error), hint, tuple(f.key for f in _OF_FILE))
            return
    rules = matched(read)
    faults: Rows = [(path, what, line) for line, what in read.faults]
    faults += [
        (one, f"is not read by {forge}" + (f", which reads {path}" if path else ""), None)
        for one in others
    ]
    unowned = [p for p in rule_files(repo, path) if not owners_of(p, rules)]
    searched = f"searched: CODEOWNERS where {forge} reads it"
    rows: list[tuple[FactSpec, Rows]] = [
        (FILE, [(path, "", None)] if path else []),
        (INVALID, faults),
        (
            UNMATCHED,
            [(path, f"{r.pattern} matches no file", r.line) for r in unmatched(repo, rules)],
        ),
        (UNOWNED, [(p, "has no owner", None) for p in unowned]),
    ]
    for fact, found in rows:
        yield _fact(ctx, fact, found, path or searched)


def _fact(ctx: Context, fact: FactSpec, rows: Rows, locator: str) -> Observation:
    found = [Location(path=path, line=line) for path, _, line in rows]
    return fact.of(
        [f"{place} {what}".strip() for place, (_, what, _) in zip(found, rows, strict=True)],
        level=Level.EFFECTIVE,
        source=ctx.repo.source(locator),
        locations=found,
        produced_at=ctx.observed_at,
    )
