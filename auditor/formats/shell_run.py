"""What becomes of a script when one of its commands fails: the reasoning behind "can it fail".

The script is walked as bash would run it, with every command succeeding except the one in question.
Where a condition cannot be known, the way that leads to this command is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.formats.shell_nodes import (
    AndOr,
    Case,
    Function,
    Group,
    If,
    Loop,
    Node,
    Pipeline,
    Sequence,
    Simple,
    children,
    commands,
)
from auditor.formats.shell_values import Status, Variables, plain_test

_MOST_STEPS = 20_000
_DEEPEST_CALLS = 20


@dataclass(frozen=True, slots=True)
class ShellOptions:
    """How the shell is started: whether a failing command ends it, and a failing pipe counts."""

    errexit: bool
    pipefail: bool


@dataclass(frozen=True, slots=True)
class Fate:
    """Whether the script is reached and fails when the command does; `why_not` says what eats it."""

    reached: bool
    can_fail: bool
    why_not: str


def fate(script: Sequence, target: Simple, options: ShellOptions) -> Fate:
    """What a failure of `target` does to `script`."""
    run = _Run(script, target, options)
    try:
        status = run.sequence(script)
    except _Exit as end:
        status = end.status
    except _TooLong:
        return Fate(True, False, "the script is too long to follow")
    if run.exit_trap is not None:
        status = run.exit_trap
    if not run.reached:
        return Fate(False, False, "the script never reaches it")
    if status not in (0, None):
        return Fate(True, True, "")
    return Fate(True, False, run.reason or "its exit status is dropped")


class _Exit(Exception):
    def __init__(self, status: Status) -> None:
        self.status = status


class _Return(_Exit):
    """The end of a function only."""


class _TooLong(Exception):
    pass


class _Run:
    """One walk. A status is a number, or None where a command succeeds as far as anyone knows."""

    def __init__(self, script: Sequence, target: Simple, options: ShellOptions) -> None:
        self.reached = False
        self.reason = ""
        self.exit_trap: Status = None
        self._target = target
        self._errexit = options.errexit
        self._pipefail = options.pipefail
        self._variables = Variables()
        self._functions: dict[str, Function] = {}
        self._leads = _leading(script, target)
        self._steps = 0
        self._calls = 0
        self._failed = False
        self._quiet = 0

    # Statuses: `_quiet` counts the conditions and lists around, in which errexit does not act.

    def _done(self, status: Status) -> Status:
        """Ends the shell as errexit does, after a command outside every condition failed."""
        self._variables.last = status
        if status not in (0, None) and self._errexit and not self._quiet:
            raise _Exit(status)
        return status

    def _dropped(self, status: Status, reason: str) -> None:
        """Notes why a failure goes no further; the first note stands."""
        if status not in (0, None) and self._failed and not self.reason:
            self.reason = reason

    def sequence(self, node: Sequence) -> Status:
        status: Status = None
        for item, background in node.items:
            if background:
                before = self._failed
                self._isolated(item)
                if self._failed and not before:
                    self.reason = self.reason or "it runs in the background"
                status = None
                self._variables.last = None
                continue
            status = self.node(item)
        return status

    def node(self, node: Node) -> Status:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise _TooLong
        if isinstance(node, Simple):
            return self._simple(node)
        if isinstance(node, Pipeline):
            return self._pipeline(node)
        if isinstance(node, AndOr):
            return self._and_or(node)
        if isinstance(node, Sequence):
            return self.sequence(node)
        if isinstance(node, If):
            return self._if(node)
        if isinstance(node, Loop):
            return self._loop(node)
        if isinstance(node, Case):
            arm = next((arm for arm in node.arms if arm in self._leads), None)
            return None if arm is None else self.sequence(arm)
        if isinstance(node, Function):
            self._functions[node.name] = node
            return None
        return self._done(self._isolated(node.body)) if node.subshell else self.node(node.body)

    def _isolated(self, node: Node) -> Status:
        """Runs in a subshell: what it sets and where it exits stays inside."""
        errexit, pipefail = self._errexit, self._pipefail
        self._variables.push()
        try:
            return self.node(node)
        except _Exit as end:
            return end.status
        finally:
            self._variables.pop()
            self._errexit, self._pipefail = errexit, pipefail

    def _pipeline(self, node: Pipeline) -> Status:
        if len(node.parts) == 1:
            self._quiet += 1
            status = self.node(node.parts[0])
            self._quiet -= 1
            self._dropped(status, "`!` turns its failure into success")
            self._variables.last = None if status not in (0, None) else 1
            return None if status is None else int(status == 0)
        statuses = []
        for part in node.parts:
            self._quiet += 1
            statuses.append(self._isolated(part))
            self._quiet -= 1
        self._variables.pipe = tuple(statuses)
        failed = [status for status in statuses if status not in (0, None)]
        if self._pipefail and failed:
            return self._done(failed[-1])
        if failed:
            self._dropped(failed[0], "its output goes into a pipe, and `pipefail` is not set")
        return self._done(statuses[-1])

    def _and_or(self, node: AndOr) -> Status:
        parts = [("", node.first), *node.rest]
        status: Status = None
        for at, (operator, part) in enumerate(parts):
            if operator == "&&" and status not in (0, None):
                continue
            if operator == "||" and status in (0, None):
                if not (status is None and part in self._leads):
                    continue
            last = at == len(parts) - 1
            before = status
            self._quiet += not last
            try:
                status = self.node(part)
            except _Exit as end:
                if operator == "||" and end.status in (0, None):
                    self._dropped(before, f"`|| {_text(part)}` follows it")
                raise
            finally:
                self._quiet -= not last
            if operator == "||" and status in (0, None):
                self._dropped(before, f"`|| {_text(part)}` follows it")
        if status not in (0, None) and parts[-1][0] == "&&":
            self._dropped(status, "it stands before `&&`, where `set -e` does not act")
        self._variables.last = status
        return status

    def _condition(self, condition: Sequence) -> Status:
        self._quiet += 1
        status = self.sequence(condition)
        self._quiet -= 1
        return status

    def _if(self, node: If) -> Status:
        for condition, body in node.branches:
            status = self._condition(condition)
            # An unknown condition holds, unless only its failure leads on to the target.
            later = not self._failed and node in self._leads and condition not in self._leads
            taken = status == 0 or (status is None and (body in self._leads or not later))
            if taken:
                return self.sequence(body)
            self._dropped(status, "it is only the condition of an `if`")
        if node.otherwise is not None:
            self._forget("it is only the condition of an `if`")
            return self.sequence(node.otherwise)
        return None

    def _forget(self, reason: str) -> None:
        """Keeps `reason` for a failure that the following commands may still report."""
        if self.reason == reason:
            self.reason = ""
            self._later = reason

    def _loop(self, node: Loop) -> Status:
        if node.condition is not None:
            status = self._condition(node.condition)
            if node.keyword == "until":
                status = None if status is None else int(status == 0)
            if node.condition in self._leads:
                self._dropped(1 if self._failed else None, "it is only the condition of a loop")
            if status not in (0, None):
                return None
        return self.sequence(node.body)

    def _simple(self, node: Simple) -> Status:
        raise NotImplementedError
