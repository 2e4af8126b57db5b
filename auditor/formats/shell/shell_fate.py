"""Whether a script fails when one of its commands does, and if not, what eats the failure."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.formats.shell.shell_nodes import Sequence, Simple
from auditor.formats.shell.shell_run import ShellRun
from auditor.formats.shell.shell_state import Exit, TooLongToFollow


@dataclass(frozen=True, slots=True)
class ShellOptions:
    """How the shell is started: whether a failing command ends it, and a failing pipe counts."""

    errexit: bool
    pipefail: bool


@dataclass(frozen=True, slots=True)
class Fate:
    """Whether the script comes to the command, fails when it fails, and if not, for what reason."""

    reached: bool
    can_fail: bool
    why_not: str


def fate(script: Sequence, target: Simple, options: ShellOptions) -> Fate:
    """What a failure of `target`, a command of `script`, does to the script."""
    run = ShellRun(script, target, options.errexit, options.pipefail)
    try:
        status = run.node(script)
    except Exit as end:
        status = end.status
    except TooLongToFollow:
        return Fate(True, False, "the script is too long to follow")
    if not run.reached:
        return Fate(False, False, "the script never reaches it")
    if status not in (0, None) and run.exit_trap is None:
        return Fate(True, True, "")
    if run.exit_trap is not None:
        return Fate(True, False, "a `trap` turns every failure into success")
    return Fate(True, False, run.reason or "its exit status is dropped")
