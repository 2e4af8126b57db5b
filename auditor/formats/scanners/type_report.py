"""What a static type checker said: one value for mypy (text, JSON lines) and pyright (text, JSON)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from auditor.formats.text.errors import Malformed

_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One message; `line` counts from 1 and is None where the message speaks of a whole file."""

    path: str
    line: int | None
    severity: str
    message: str
    code: str | None = None


@dataclass(frozen=True, slots=True)
class TypeReport:
    """A whole report. `files_checked` is None where the checker does not tell, and 0 where it checked none.

    `complete` is false where the closing summary is missing: the run may have been cut off. JSON lines,
    one of the values of `dialect` beside text and JSON, never have one.
    """

    producer: str
    diagnostics: tuple[Diagnostic, ...]
    files_checked: int | None
    complete: bool
    made_at: datetime | None = None
    declared_errors: int | None = None
    dialect: str = "text"

    def count(self, severity: str) -> int:
        """Messages of exactly this severity: error, warning or note."""
        return sum(d.severity == severity for d in self.diagnostics)

    @property
    def errors(self) -> int:
        """Messages that are errors."""
        return self.count("error")

    @property
    def files(self) -> frozenset[str]:
        """Files with an error."""
        return frozenset(d.path for d in self.diagnostics if d.severity == "error")

    @property
    def disagreement(self) -> str | None:
        """The sentence that tells that the summary and the messages differ."""
        if self.declared_errors is None or self.declared_errors == self.errors:
            return None
        return f"The summary states {self.declared_errors} errors, and {self.errors} are listed."


def whole(digits: str, name: str) -> int:
    """Digits as a number. Raises Malformed for more of them than any file has lines."""
    if len(digits) > _MOST_DIGITS:
        raise Malformed(f"{name} has the number {digits[:20]}…, which no checker writes.")
    return int(digits)
