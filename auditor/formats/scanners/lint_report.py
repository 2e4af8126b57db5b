"""What a linter said: one value for ESLint, pylint and golangci-lint."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LintMessage:
    """One message; `kind` is the linter's own word for it, `line` counts from 1, `rule` may be empty.

    `end_line` is the last line of what it speaks of, None where the linter does not tell.
    """

    rule: str
    kind: str
    text: str
    path: str
    line: int | None = None
    end_line: int | None = None


@dataclass(frozen=True, slots=True)
class LintReport:
    """A whole report.

    `errors` and `warnings` are counted as the linter weighs its messages; None where the report cannot
    tell. `suppressed` is None where it does not count what comments silence. `files` are those that
    were checked, None where the format does not list them; `files_checked` their number where it tells.
    `unparsed` are files that could not be read as source, `disabled` is true where no rule was on,
    `failure` tells why the run did not come to its end, `disagreement` has a sentence for each number
    that contradicts the messages. Paths have slashes here; `windows` is true where they were written
    with backslashes, so that the run was on another machine than most.
    """

    tool: str
    messages: tuple[LintMessage, ...]
    errors: int
    warnings: int | None
    suppressed: int | None = None
    files: tuple[str, ...] | None = None
    files_checked: int | None = None
    unparsed: tuple[str, ...] = ()
    disabled: bool = False
    failure: str | None = None
    disagreement: tuple[str, ...] = ()
    windows: bool = False

    @property
    def by_kind(self) -> Counter[str]:
        """Messages by the linter's word for their weight."""
        return Counter(message.kind for message in self.messages)

    @property
    def rules(self) -> frozenset[str]:
        """The rules that a message names."""
        return frozenset(message.rule for message in self.messages if message.rule)

    @property
    def named(self) -> frozenset[str]:
        """Files that a message names."""
        return frozenset(message.path for message in self.messages if message.path)
