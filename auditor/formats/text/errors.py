"""The two ways in which a parser may refuse its input; it raises nothing else."""

from __future__ import annotations


class FormatError(ValueError):
    """Input that cannot be read as the format it claims to be.

    `line` and `column` count from 1 and are None where the format has no lines.
    """

    def __init__(self, message: str, *, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = f" (line {self.line})" if self.line is not None else ""
        return f"{self.message}{place}"


class Malformed(FormatError):
    """The input breaks the rules of the format, or is of another format."""


class TooLarge(FormatError):
    """The input passes a stated limit: of size, depth, count or expansion."""
