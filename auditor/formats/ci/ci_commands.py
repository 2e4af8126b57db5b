"""What the shell scripts of a pipeline do: their tests, checks and deployments, and whether each
can fail the step that it stands in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from auditor.formats.ci.ci_rules import CommandKind, Rule
from auditor.formats.ci.ci_rules_check import (
    FORMAT_RULES,
    LINT_RULES,
    LINT_SCRIPT_RULES,
    SCAN_RULES,
    TYPE_RULES,
    TYPE_SCRIPT_RULES,
)
from auditor.formats.ci.ci_rules_ship import DEPLOY_RULES, DEPLOY_SCRIPT_RULES, PUBLISH_RULES
from auditor.formats.ci.ci_rules_test import LOAD_RULES, RUNNER_RULES, SCRIPT_RULES
from auditor.formats.shell.command_words import bare_commands
from auditor.formats.shell.shell_fate import ShellOptions, fate
from auditor.formats.shell.shell_nodes import Simple, commands
from auditor.formats.shell.shell_syntax import read_script

__all__ = [
    "CiCommand",
    "CommandKind",
    "classify",
    "find_commands",
    "is_idle",
    "shell_options",
    "with_options",
]

_MOST_COMMANDS = 300
_LONGEST = 1_000
# Options under which all is done, and only the failure is dropped.
_SWALLOWS = re.compile(r"failure\.ignore|`(?:-fn|--fail-never|-i|--ignore-errors|--exit-zero)`")
_IDLE = frozenset({
    "true", ":", "echo", "printf", "exit", "return", "false", "cd", "pushd", "popd", "set", "export", "unset",
    "sleep", "test", "[", "[[", "pwd", "ls", "date", "env", "mkdir", "rm", "rmdir", "touch", "cat", "shopt",
    "local", "declare", "readonly", "trap", "shift", "which", "source", ".", "chmod", "umask", "ulimit",
})  # fmt: skip
_VARIABLES = {"maven": ("MAVEN_CONFIG", "MAVEN_ARGS"), "pytest": ("PYTEST_ADDOPTS",)}
# A narrower rule stands before the wider one that would match as well.
_RULES = (
    *FORMAT_RULES,
    *LINT_RULES,
    *TYPE_RULES,
    *SCAN_RULES,
    *LINT_SCRIPT_RULES,
    *TYPE_SCRIPT_RULES,
    *RUNNER_RULES,
    *DEPLOY_RULES,
    *PUBLISH_RULES,
    *DEPLOY_SCRIPT_RULES,
    *SCRIPT_RULES,
    *LOAD_RULES,
)


@dataclass(frozen=True, slots=True)
class CiCommand:
    """One recognised command.

    `text` is as written, at most 200 characters; `why_not` says in a clause why a failure would not
    fail the step ("" where it can); `delegated` where a script of the repository does the work;
    `idle` where an option makes it build, list or inform only (`--collect-only`, `-DskipTests`).
    """

    text: str
    kind: CommandKind
    tool: str
    line: int
    can_fail: bool
    why_not: str
    delegated: bool
    idle: bool = False


def classify(
    words: tuple[str, ...], rules: tuple[Rule, ...] | None = None
) -> tuple[Rule, str] | None:
    """The rule that a command's words follow, and why it could never fail; None for any other.

    `rules` take the place of those for tests, checks and deployments.
    """
    for text in bare_commands(words):
        text = text[:_LONGEST]
        for rule in _RULES if rules is None else rules:
            if rule.start.match(text):
                return rule, _why_toothless(rule, text)
    return None


def _why_toothless(rule: Rule, text: str) -> str:
    found = rule.toothless.search(text)
    if found is not None:
        option = found.group().strip()
        return (
            f"`{option}` keeps it from failing" if len(option) > 1 else "it only lists or reports"
        )
    if rule.needed is not None and rule.needed.search(text) is None:
        if rule.kind is CommandKind.FORMAT:
            return f"{rule.tool} rewrites files here instead of checking them"
        return f"{rule.tool} reports findings without failing unless told to"
    return ""


def shell_options(shell: str | None) -> ShellOptions | None:
    """How GitHub starts the shell that a step names; None for one whose scripts are not shell.

    Unset means `bash -e`; `bash` adds pipefail; a template such as `bash -l {0}` has only the
    options that it writes; PowerShell and cmd go on after a failing program.
    """
    name, _, template = (shell or "").strip().partition(" ")
    if not name:
        return ShellOptions(errexit=True, pipefail=False)
    if name in ("pwsh", "powershell", "cmd"):
        return ShellOptions(errexit=False, pipefail=False)
    if name.rpartition("/")[2] not in ("bash", "sh", "zsh", "dash", "ksh"):
        return None
    if not template:
        return ShellOptions(errexit=True, pipefail=name == "bash")
    flags = "".join(re.findall(r"(?:^| )-([a-z]+)", template))
    errexit = "e" in flags or "errexit" in template
    return ShellOptions(errexit, "pipefail" in template)


def find_commands(
    script: str,
    options: ShellOptions,
    *,
    first_line: int = 1,
    rules: tuple[Rule, ...] | None = None,
) -> tuple[CiCommand, ...]:
    """The recognised commands of a shell script in order, at most 300; `first_line` is its line."""
    tree = read_script(script, first_line)
    found: list[CiCommand] = []
    for command in commands(tree):
        recognised = None if command.nested is not None else classify(_with_heredoc(command), rules)
        if recognised is None:
            continue
        rule, toothless = recognised
        outcome = fate(tree, command, options)
        why_not = toothless if outcome.reached and toothless else outcome.why_not
        found.append(
            CiCommand(
                text=command.text[:200],
                kind=rule.kind,
                tool=rule.tool,
                line=command.line,
                can_fail=not why_not,
                why_not=why_not,
                delegated=rule.delegated,
                idle=bool(toothless) and _SWALLOWS.search(toothless) is None,
            )
        )
        if len(found) >= _MOST_COMMANDS:
            break
    return tuple(found)


def with_options(command: CiCommand, options: Mapping[str, str]) -> CiCommand:
    """The command under the options that variables of its environment give to its tool."""
    given = " ".join(
        value for name, value in options.items() if name in _VARIABLES.get(command.tool, ())
    )
    recognised = classify((*command.text.split(), *given.split())) if given else None
    if recognised is None or not recognised[1]:
        return command
    why = recognised[1]
    idle = command.idle or _SWALLOWS.search(why) is None
    return replace(command, can_fail=False, why_not=command.why_not or why, idle=idle)


def is_idle(command: Simple) -> bool:
    """Whether a command only prints, sets or tidies up, so that it can test nothing."""
    return not command.words or command.words[0].lstrip("@-+") in _IDLE


def _with_heredoc(command: Simple) -> tuple[str, ...]:
    """The words, with what `ssh host <<EOF` hands over."""
    if command.words[:1] == ("ssh",) and command.heredoc:
        return (*command.words, *command.heredoc.split())
    return command.words
