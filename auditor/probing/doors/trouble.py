"""The expected problem as an exception: what a door raises when it cannot show something."""

from __future__ import annotations

from auditor.model.evidence import Problem, ProblemKind


class Trouble(Exception):
    """An expected problem; the runner records it, and nobody else need catch it."""

    def __init__(self, kind: ProblemKind, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.hint = hint

    def problem(self, *facts: str) -> Problem:
        """This trouble as a value, hiding `facts` (all of the probe's when none is named)."""
        return Problem(kind=self.kind, message=self.message, hint=self.hint, facts=facts)
