"""A walk through a script, as bash would run it, in which one command fails.

Every other command succeeds. Where a condition cannot be known, the way that leads to the command
is taken.
"""

from __future__ import annotations

from auditor.formats.shell.shell_leads import leading, short_text
from auditor.formats.shell.shell_nodes import (
    AndOr,
    Case,
    Function,
    If,
    Loop,
    Node,
    Pipeline,
    Sequence,
    Simple,
)
from auditor.formats.shell.shell_state import Break, Exit, Return, ShellState, TooLongToFollow
from auditor.formats.shell.shell_values import Status

_MOST_STEPS = 20_000
_DEEPEST_CALLS = 20
_DEEPEST_NODES = 120
_IN_CONDITION = "it is only the condition of an `if`"


class ShellRun(ShellState):
    """One walk: `node` runs the script, and what became of the failure stands in the state."""

    def __init__(self, script: Sequence, target: Simple, errexit: bool, pipefail: bool) -> None:
        super().__init__(errexit, pipefail)
        self._target = target
        self._functions: dict[str, Function] = {}
        self._leads = leading(script, target)
        self._steps = self._depth = self._calls = 0

    def node(self, node: Node) -> Status:
        """Runs one node and gives its status."""
        self._steps += 1
        if self._steps > _MOST_STEPS or self._depth > _DEEPEST_NODES:
            raise TooLongToFollow
        self._depth += 1
        try:
            return self._run(node)
        finally:
            self._depth -= 1

    def _run(self, node: Node) -> Status:
        if isinstance(node, Simple):
            return self._simple(node)
        if isinstance(node, Sequence):
            return self._sequence(node)
        if isinstance(node, AndOr):
            return self._and_or(node)
        if isinstance(node, Pipeline):
            return self._pipeline(node)
        if isinstance(node, If):
            return self._if(node)
        if isinstance(node, Loop):
            return self._loop(node)
        if isinstance(node, Case):
            arm = next((arm for arm in node.arms if arm in self._leads), None)
            return None if arm is None else self.node(arm)
        if isinstance(node, Function):
            self._functions[node.name] = node
            return self._done(0)
        return self._done(self._isolated(node.body)) if node.subshell else self.node(node.body)

    def _sequence(self, node: Sequence) -> Status:
        status: Status = None
        for at, (item, background) in enumerate(node.items):
            if background:
                self._background = self._isolated(item)
                self._dropped(self._background, "it runs in the background")
                status = self._variables.last = None
                continue
            status = self.node(item)
            if at < len(node.items) - 1:
                self._dropped(status, self._going_on())
        return status

    def _going_on(self) -> str:
        if self._errexit:
            return "the script goes on after it"
        return "the script goes on after it, for `set -e` is off"

    def _isolated(self, node: Node) -> Status:
        """Runs in a subshell: what it sets, and where it exits, stays inside."""
        errexit, pipefail = self._errexit, self._pipefail
        self._variables.push()
        try:
            return self.node(node)
        except Exit as end:
            return end.status
        finally:
            self._variables.pop()
            self._errexit, self._pipefail = errexit, pipefail

    def _hushed(self, node: Node, isolated: bool = False) -> Status:
        """Runs where errexit does not act."""
        self._quiet += 1
        try:
            return self._isolated(node) if isolated else self.node(node)
        finally:
            self._quiet -= 1

    def _pipeline(self, node: Pipeline) -> Status:
        statuses: tuple[Status, ...] = ()
        if len(node.parts) == 1:
            status = self._hushed(node.parts[0])
        else:
            # Each part is a shell of its own, in which errexit acts.
            statuses = tuple(self._isolated(part) for part in node.parts)
            failed = [status for status in statuses if status not in (0, None)]
            status = failed[-1] if failed and self._pipefail else statuses[-1]
            if failed and status in (0, None):
                self._dropped(failed[0], "its output goes into a pipe, and `pipefail` is not set")
        if not node.negated:
            return self._done(status, statuses)
        self._dropped(status, "`!` turns its failure into success")
        self._variables.last = None if status is None else int(status == 0)
        return self._variables.last

    def _and_or(self, node: AndOr) -> Status:
        parts = [("", node.first), *node.rest]
        status: Status = None
        for at, (operator, part) in enumerate(parts):
            if operator == "&&" and status not in (0, None):
                continue
            if operator == "||" and not self._runs_after_or(status, part):
                continue
            status = self._joined(operator, part, status, at == len(parts) - 1)
        if status not in (0, None) and node.rest[-1][0] == "&&":
            self._dropped(status, "it stands before `&&`, where `set -e` does not act")
        self._variables.last = status
        return status

    def _runs_after_or(self, status: Status, part: Node) -> bool:
        return status not in (0, None) or (status is None and part in self._leads)

    def _joined(self, operator: str, part: Node, before: Status, last: bool) -> Status:
        """Runs the part behind an operator, `before` being the status in front of it."""
        try:
            status = self.node(part) if last else self._hushed(part)
        except (Exit, Break) as end:
            if operator == "&&" and before is None and self._may_skip(part, end):
                return None
            if operator == "||" and getattr(end, "status", 0) in (0, None):
                self._dropped(before, f"`|| {short_text(part)}` follows it")
            raise
        if operator == "||" and status in (0, None):
            self._dropped(before, f"`|| {short_text(part)}` follows it")
        return status

    def _may_skip(self, part: Node, end: Exception) -> bool:
        """Whether an end that hangs on something unknown is left out.

        Before the target it is, so as to go on. Behind it a good end counts and a bad one does not:
        what only may report a failure is not relied on.
        """
        if part in self._leads:
            return False
        return not self.reached or getattr(end, "status", 0) not in (0, None)

    def _if(self, node: If) -> Status:
        rest = [body for _, body in node.branches]
        rest += [] if node.otherwise is None else [node.otherwise]
        for condition, body in node.branches:
            status = self._hushed(condition)
            rest.remove(body)
            if status == 0:
                return self.node(body)
            if status is None:
                if any(later in self._leads for later in rest):
                    continue
                try:
                    return self.node(body)
                except (Exit, Break) as end:
                    if not self._may_skip(body, end):
                        raise
                    return None
            self._dropped(status, _IN_CONDITION)
        if node.otherwise is not None:
            return self.node(node.otherwise)
        self._variables.last = 0
        return 0

    def _loop(self, node: Loop) -> Status:
        if node.condition is not None:
            status = self._hushed(node.condition)
            self._dropped(status, "it is only the condition of a loop")
            if node.keyword == "until" and status == 0:
                return None
            if node.keyword == "while" and status not in (0, None):
                return None
            if status is None and node.body not in self._leads:
                return None
        try:
            return self.node(node.body)
        except Break:
            return None

    def _simple(self, node: Simple) -> Status:
        inner: Status = None
        for script in node.inner:
            inner = self._substituted(script)
        if node is self._target:
            self.reached = True
            if node.words[:1] == ("exec",):
                raise Exit(1)
            return self._done(1)
        for name, text in node.assignments:
            self._variables.assign(name, text)
        if not node.words:
            return self._done(inner if node.inner else 0)
        self._dropped(inner, "its exit status is lost inside `$(…)`")
        if node.nested is not None:
            return self._done(self._nested(node.nested, node.nested_errexit))
        name = node.words[0]
        if name in self._functions:
            return self._call(self._functions[name])
        return self._builtin(name, node.words)

    def _substituted(self, script: Sequence) -> Status:
        errexit, self._errexit = self._errexit, False
        try:
            return self._isolated(script)
        finally:
            self._errexit = errexit

    def _nested(self, script: Sequence, errexit: bool) -> Status:
        """The status of a shell that starts with options of its own."""
        before = (self._errexit, self._pipefail, self._quiet, self._functions)
        self._errexit, self._pipefail, self._quiet, self._functions = errexit, False, 0, {}
        try:
            return self._isolated(script)
        finally:
            self._errexit, self._pipefail, self._quiet, self._functions = before

    def _call(self, function: Function) -> Status:
        self._calls += 1
        if self._calls > _DEEPEST_CALLS:
            return None
        try:
            return self.node(function.body)
        except Return as end:
            return self._done(end.status)
        finally:
            self._calls -= 1
