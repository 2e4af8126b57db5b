"""Reads the licence of the repository: its file, which licence that is, and manifests that say another.

LICENSE, LICENCE, COPYING and UNLICENSE in the service's folder, else at the git root, are told by their text.
Manifests of the service are compared: pyproject.toml (`license`, classifiers), package.json, Cargo.toml,
composer.json; one that names no known licence, or is of a private package, is no conflict.

Not seen: the licences of dependencies (the bill of materials has them), headers of files, and whether the licence is
the right one. A service that nobody else may use needs none: then the file is absent on purpose.
"""

from __future__ import annotations

import json
import posixpath
import re
import tomllib
from collections.abc import Iterator

from auditor.formats.documents.licence_text import names_licence, same, spdx_of_text
from auditor.formats.text.errors import Malformed
from auditor.model.evidence import Location
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

FILE = FactSpec("licence.file", FactType.LIST, "Files that hold the licence.")
SPDX = FactSpec("licence.spdx", FactType.LIST, "SPDX identifiers of their texts.")
CONFLICT = FactSpec("licence.conflict", FactType.LIST, "Manifests that name another licence.")
_NAME = re.compile(r"(?i)(?:un)?licen[cs]e(?:[-_.][\w.-]+)?|copying(?:\.\w+)?")
_NOT_TEXT = re.compile(
    r"(?i).*\.(?:py|js|ts|go|rb|java|ya?ml|json|toml|png|svg|tmpl|template|header)"
)
_LIMIT = 1024 * 1024
_MANIFESTS = ("pyproject.toml", "package.json", "Cargo.toml", "composer.json")


@probe(
    "repo.licence",
    title="Licence of the repository",
    needs=[Need.REPOSITORY],
    emits=[FILE, SPDX, CONFLICT],
    pure=True,
)
def licence(ctx: Context) -> Iterator[Observation]:
    """Without a file, or with a text that is not known, there is nothing that a manifest could contradict."""
    repo = ctx.repo
    paths = _files(repo)
    known: dict[str, str] = {}
    unknown: list[str] = []
    for path in paths:
        try:
            spdx = spdx_of_text(repo.read(path, limit=_LIMIT).text)
        except Trouble as trouble:
            yield trouble.problem(SPDX.key, CONFLICT.key)
            continue
        known |= {path: spdx} if spdx else {}
        unknown += [] if spdx else [path]
    yield _fact(ctx, FILE, [(p, None) for p in paths], paths)
    if unknown or not known:
        yield _unknown(unknown)
        return
    yield _fact(ctx, SPDX, [(p, None) for p in known], sorted(set(known.values())))
    conflicts: list[tuple[str, str]] = []
    for path, written in _manifests(repo):
        if isinstance(written, Problem):
            yield written
            return
        for one in written:
            if names_licence(one) and not any(same(spdx, one) for spdx in known.values()):
                conflicts.append(
                    (path, f"says {one}, and {', '.join(known)} {', '.join(known.values())}")
                )
    yield _fact(
        ctx, CONFLICT, [(p, None) for p, _ in conflicts], [f"{p} {what}" for p, what in conflicts]
    )


def _files(repo: Repo) -> list[str]:
    for base in dict.fromkeys((repo.root, "")):
        found = [
            e.path for e in repo.entries
            if posixpath.dirname(e.path) == base and e.size
            and _NAME.fullmatch(posixpath.basename(e.path)) and not _NOT_TEXT.fullmatch(e.path)
        ]  # fmt: skip
        if found:
            return found
    return []


def _manifests(repo: Repo) -> Iterator[tuple[str, list[str] | Problem]]:
    """What each manifest names; a problem for one that cannot be read."""
    for base in dict.fromkeys((repo.root, "")):
        for name in _MANIFESTS:
            path = posixpath.join(base, name) if base else name
            if path not in repo.by_path:
                continue
            try:
                yield path, _declared(name, repo.read(path, limit=_LIMIT).text)
            except Trouble as trouble:
                yield path, trouble.problem(CONFLICT.key)
            except Malformed:
                said = f"{path} cannot be read, so what licence it names is not known."
                yield path, Problem(ProblemKind.MALFORMED, said, "Mend the file.", (CONFLICT.key,))


def _declared(name: str, text: str) -> list[str]:
    """The licences that a manifest names. Raises Malformed."""
    try:
        body = tomllib.loads(text) if name.endswith(".toml") else json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed(f"{name} is malformed.") from None
    table = body if isinstance(body, dict) else {}
    if table.get("private") is True:
        return []
    parts = [
        table,
        *(_table(table, *keys) for keys in (("project",), ("tool", "poetry"), ("package",))),
    ]
    found: list[str] = []
    for part in parts:
        said = part.get("license")
        said = said.get("text") or said.get("type") if isinstance(said, dict) else said
        found += [said] if isinstance(said, str) else []
        if isinstance(said, list) and all(isinstance(s, str) for s in said):
            found.append(" OR ".join(said))
        classifiers = part.get("classifiers")
        marks = (
            [c for c in classifiers if isinstance(c, str)] if isinstance(classifiers, list) else []
        )
        found += [c.rpartition("::")[2].strip() for c in marks if c.startswith("License :: OSI")]
    return found


def _table(body: dict[str, object], *keys: str) -> dict[str, object]:
    for key in keys:
        inner = body.get(key)
        body = inner if isinstance(inner, dict) else {}
    return body


def _fact(
    ctx: Context, fact: FactSpec, places: list[tuple[str, int | None]], value: list[str]
) -> Observation:
    found = [Location(path=path, line=line) for path, line in places]
    locator = ", ".join(path for path, _ in places) or "searched: LICENSE, LICENCE, COPYING"
    return fact.of(
        value,
        level=Level.EFFECTIVE,
        source=ctx.repo.source(locator),
        locations=found,
        produced_at=ctx.observed_at,
    )


def _unknown(paths: list[str]) -> Problem:
    said = f"The text of {', '.join(paths)} is of no licence that is known." if paths else ""
    return Problem(
        ProblemKind.VACUOUS,
        said or "The repository has no licence that could be told.",
        "Add a LICENSE with the whole text of a licence, or attest what others may do with the service.",
        (SPDX.key, CONFLICT.key),
    )
