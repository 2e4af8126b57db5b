"""What a rule about a pipeline's command is, and the tables of rules read from text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


def option(names: str) -> str:
    """A pattern for any of the options that stands alone as a word."""
    return f"(?<= )(?:{names})(?= |$)"


_INFORMS = option("--help|--version|-h|-V")
# `-V` tells these to say their version, or all the rest, and to go on.
_LOUD = frozenset({"maven", "gradle", "ctest"})
_INFORMS_LOUD = option("--help|--version|-h")


class CommandKind(StrEnum):
    """What a command of a pipeline is for. PUBLISH puts an artefact somewhere, and runs nothing."""

    TEST = "test"
    LOAD = "load"
    LINT = "lint"
    FORMAT = "format"
    TYPES = "types"
    SCAN = "scan"
    DEPLOY = "deploy"
    PUBLISH = "publish"
    PREFLIGHT = "preflight"
    ROLLBACK = "rollback"


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to call one tool.

    `toothless` finds options under which nothing runs or no failure is reported, `needed` what must
    be given for the tool to fail at all; `delegated` where the work lies in a script of the
    repository, so that only its name tells what it does.
    """

    kind: CommandKind
    tool: str
    start: re.Pattern[str]
    toothless: re.Pattern[str]
    needed: re.Pattern[str] | None
    delegated: bool


def read_rules(kind: CommandKind, table: str, delegated: bool = False) -> tuple[Rule, ...]:
    """The rules of a table with the columns tool, start, toothless, needed between ` :: `.

    Patterns meet a command whose words are joined by single spaces; `start` must match whole words
    from the beginning, the others are searched in the whole command.
    """
    rules: list[Rule] = []
    for row in filter(None, map(str.strip, table.splitlines())):
        tool, start, toothless, needed, *_ = [*map(str.strip, row.split(" ::")), "", ""]
        informs = _INFORMS_LOUD if tool in _LOUD else _INFORMS
        rules.append(
            Rule(
                kind,
                tool,
                re.compile(rf"(?:{start})(?= |$)"),
                re.compile(f"{informs}|{toothless}" if toothless else informs),
                re.compile(needed) if needed else None,
                delegated,
            )
        )
    return tuple(rules)
