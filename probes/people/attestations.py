"""Reads what people vouch for: the attestations file of the repository.

An attestation names an owner, another person who approves, a link to evidence and an expiry. One
that breaks the rules counts for nothing, and is said to. That the two people are who they claim to
be, and that the evidence says what they say, cannot be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.formats.records.attestation_list import Attestation, read_attestations
from auditor.model.evidence import SourceKind
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.repo import RepoFile
from auditor.probing.repository.authorship import wrote
from auditor.probing.repository.evidence_link import complaint

ATTESTATION = FactSpec(
    "attestation",
    FactType.OBJECT,
    "Who vouches for an item, on what evidence, until when.",
    subjects=("*",),
)
_DEFAULT = "readiness/attestations.yaml"
_LIMIT = 2 * 1024 * 1024


@probe(
    "people.attestations",
    title="Attestations",
    needs=[Need.REPOSITORY],
    emits=[ATTESTATION],
)
def attestations(ctx: Context) -> Iterator[Observation]:
    """Every sound entry is a fact, expired ones too; every other is a problem."""
    path = ctx.repo.within(ctx.looking.attestations or _DEFAULT)
    if not ctx.repo.exists(path):
        if ctx.looking.attestations is not None:
            yield Problem(
                ProblemKind.NOT_CONFIGURED,
                f"The attestations file {path} that auditor.yaml names is not there.",
                "Correct `attestations:` in auditor.yaml, or write an entry with auditor attest.",
            )
        return
    file = ctx.repo.read(path, limit=_LIMIT, keep=True)
    sound, faults = read_attestations(file.data, name=path, now=ctx.now)
    for fault in faults:
        yield _problem(file, fault.line, fault.text)
    known = ctx.repo.authors(path) if sound else {}
    for entry in sound:
        wrong = complaint(ctx.repo, entry.evidence, path)
        if wrong is None and wrote(known, file.text, entry.line, entry.approver):
            wrong = f"its approver {entry.approver} committed it, so nobody else has looked at it"
        yield _fact(file, entry) if wrong is None else _problem(file, entry.line, wrong)


def _problem(file: RepoFile, line: int, text: str) -> Problem:
    return Problem(
        ProblemKind.MALFORMED,
        f"{file.path}:{line}: {text}.",
        "Correct the entry; auditor attest writes one that is complete.",
        (ATTESTATION.key,),
        (file.at(line),),
    )


def _fact(file: RepoFile, entry: Attestation) -> Observation:
    source = replace(file.source, kind=SourceKind.ATTESTATION, locator=f"{file.path}:{entry.line}")
    return ATTESTATION.of(
        {
            "item": entry.item,
            "statement": entry.statement,
            "owner": entry.owner,
            "approver": entry.approver,
            "evidence": entry.evidence,
            "signed": entry.signed.isoformat(),
            "expires": entry.expires.isoformat(),
            "level": entry.level.value,
        },
        level=entry.level,
        source=source,
        subject=entry.item,
        locations=[file.at(entry.line)],
        produced_at=entry.signed.isoformat(),
    )
