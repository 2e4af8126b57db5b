"""What a shell is in the middle of: its options, what it knows, and what became of the failure."""

from __future__ import annotations

from auditor.formats.shell.shell_values import Status, Variables, set_options

_TRAPS = frozenset({"EXIT", "ERR", "0"})


class Exit(Exception):
    """The shell ends."""

    def __init__(self, status: Status) -> None:
        super().__init__()
        self.status = status


class Return(Exit):
    """A function ends."""


class Break(Exception):
    """A round of a loop ends."""


class TooLongToFollow(Exception):
    """The walk takes too many steps."""


class ShellState:
    """The state of one walk; `_quiet` counts the conditions around, in which errexit does not act.

    `reached` says whether the failing command ran, `reason` what dropped its failure first, and
    `exit_trap` the status that a trap puts in the place of every other.
    """

    def __init__(self, errexit: bool, pipefail: bool) -> None:
        self.reached = False
        self.reason = ""
        self.exit_trap: Status = None
        self._errexit = errexit
        self._pipefail = pipefail
        self._variables = Variables()
        self._quiet = 0
        self._background: Status = None

    def _done(self, status: Status, pipe: tuple[Status, ...] = ()) -> Status:
        """Ends the shell, as errexit does, where `status` is a failure outside every condition."""
        self._variables.last = status
        self._variables.pipe = pipe or (status,)
        if status not in (0, None) and self._errexit and not self._quiet:
            raise Exit(status)
        return status

    def _dropped(self, status: Status, reason: str) -> None:
        """Notes why a failure of the target goes no further; the first note stands."""
        if status not in (0, None) and self.reached and not self.reason:
            self.reason = reason

    def _builtin(self, name: str, words: tuple[str, ...]) -> Status:
        if name in ("exit", "return"):
            status = self._variables.status(words[1]) if len(words) > 1 else self._variables.last
            raise (Exit if name == "exit" else Return)(status)
        if name in ("break", "continue"):
            raise Break
        if name in ("true", ":", "echo", "printf"):
            return self._done(0)
        if name == "false":
            return self._done(1)
        if name in ("[", "[[", "test") or name.startswith("(("):
            return self._done(self._variables.test(words))
        if name == "wait" and len(words) > 1:
            return self._done(self._background)
        if name in ("set", "trap", "export", "local", "declare", "readonly", "shift", "cd"):
            self._declare(name, words[1:])
            return self._done(0)
        return self._done(None)

    def _declare(self, name: str, words: tuple[str, ...]) -> None:
        if name == "set":
            errexit, pipefail = set_options(words)
            self._errexit = self._errexit if errexit is None else errexit
            self._pipefail = self._pipefail if pipefail is None else pipefail
        elif name == "trap":
            if "exit 0" in "".join(words[:1]) and _TRAPS.intersection(words[1:]):
                self.exit_trap = 0
        elif name not in ("shift", "cd"):
            for word in words:
                variable, equals, value = word.partition("=")
                if equals:
                    self._variables.assign(variable, value)
