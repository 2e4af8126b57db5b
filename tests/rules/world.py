"""What a pair of repositories is, and how it is audited."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from auditor.model.evidence import Fact
from auditor.model.verdict import Outcome, Verdict
from auditor.pipeline import Audit, Options, audit
from auditor.store import bundle
from tests.repositories import Repository

Files = Mapping[str, str]

COMMITTED = 1772366400  # when the commits of tests.repositories say that they were made

SOURCE = (
    "".join(f"def value_{n}() -> int:\n    return {n}\n\n\n" for n in range(15)).rstrip() + "\n"
)
"""A module that is long enough to be a service, and has nothing to complain of."""
CLEAN: Files = {"orders/__init__.py": "", "orders/values.py": SOURCE, "pyproject.toml": '[project]\nname = "orders"\nversion = "1"\n'}  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """A rule's trap and twin. Both decide the same item; the twin passes it and the trap does not.

    `made` are files that a tool wrote after the commit, ignored by git. `words` stand in the trap's
    reasons. Where only a running system could pass the item, `fact` is compared instead: its value in
    the trap, then in the twin (None: not told).
    """

    rule: int
    says: str
    item: str
    trap: Files
    twin: Files
    words: str
    only: tuple[str, ...]
    outcome: Outcome = Outcome.FAIL
    made_trap: Files = field(default_factory=dict)
    made_twin: Files = field(default_factory=dict)
    fact: tuple[str, object, object] | None = None
    root: str | None = None
    good: Outcome = Outcome.PASS

    def __str__(self) -> str:
        return f"{self.rule}-{self.says.replace(' ', '_')}"


def audited(folder: Path, pair: Pair, files: Files, made: Files) -> Audit:
    """The audit of one repository of a pair."""
    repository = Repository(folder)
    repository.write(".gitignore", "reports/\n")
    for path, text in files.items():
        written = repository.write(path, text)
        os.utime(written, (COMMITTED, COMMITTED))
    repository.commit()
    for path, text in made.items():
        repository.write(path, text)
    return audit(Options(folder, root=pair.root, only=(*pair.only, "repo.inventory"), offline=True))


def verdict_of(done: Audit, item: str) -> Verdict:
    """The verdict of an item."""
    return next(v for v in done.report.verdicts() if v.item.id == item)


def facts_of(done: Audit, key: str) -> list[Fact]:
    """The facts of a name; `key@subject` names one of a family."""
    name, _, subject = key.partition("@")
    _, seen = bundle.opened(done.files)
    return [f for e in seen.evidence for f in e.facts if f.key == name and f.subject == subject]
