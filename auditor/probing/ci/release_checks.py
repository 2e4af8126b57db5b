"""Whether a script that is named as a check before a deployment can stop one: its body is followed."""

from __future__ import annotations

import re

from auditor.formats.ci.ci_commands import CiCommand, CommandKind, is_idle
from auditor.formats.ci.ci_concern import Concern
from auditor.formats.shell.command_words import bare_commands
from auditor.formats.shell.exit_status import command_fails, script_fails
from auditor.formats.shell.shell_fate import ShellOptions, fate
from auditor.formats.shell.shell_nodes import commands
from auditor.formats.shell.shell_syntax import read_script
from auditor.probing.ci.pipeline_recipes import Recipes, Work

_MODULE = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*")
_NEVER = "nothing in it ends with a status other than 0"
_PRINTS = "it only prints"
_ABSENT = "the script that it names is not in the repository"


class CheckRecipes(Recipes):
    """Recipes read for one question: does the script fail when what it looks at is wrong?"""

    def work(
        self, command: CiCommand, folder: str, concern: Concern = Concern.OURS, depth: int = 0
    ) -> Work:
        """What a delegated check does; `why_not` says why it could not stop a deployment."""
        module = self._module(command, folder)
        if module is not None:
            return self._file(module, folder, command.kind, concern, depth)
        return super().work(command, folder, concern, depth)

    def _task(self, text: str, kind: CommandKind, concern: Concern, depth: int) -> Work:
        """A task runner whose files are not read: nothing shows that the task can fail."""
        work = super()._task(text, kind, concern, depth)
        why = f"the tasks of {text.split()[0]} are not read; give the script itself"
        return Work(work.does, work.why_not or why, work.concern)

    def why_not(self, command: CiCommand, folder: str) -> str:
        """Why a check could not stop a deployment; "" where it can."""
        if command.why_not or not command.delegated:
            return command.why_not
        work = self.work(command, folder)
        return work.why_not if work.does or work.why_not else _ABSENT

    def _module(self, command: CiCommand, folder: str) -> str | None:
        """The file of `python -m ops.preflight`."""
        for text in bare_commands(tuple(command.text.split())):
            first = text.split()[0]
            if not _MODULE.fullmatch(first):
                continue
            for name in (first, first.replace("-", "_")):
                stem = name.replace(".", "/")
                for path in (f"{stem}.py", f"{stem}/__main__.py", f"src/{stem}.py"):
                    found = self._path(folder, path)
                    if found is not None:
                        return found
        return None

    def _file(
        self, path: str, folder: str, kind: CommandKind, concern: Concern, depth: int
    ) -> Work:
        text = self._text(path)
        first = text.partition("\n")[0]
        if re.search(r"\.(?:sh|bash)$", path) or re.match(r"#!.*\b(?:ba|da|k|z)?sh\b", first):
            options = ShellOptions(re.search(r"sh\s+-\w*e", first) is not None, False)
            return self._script(text, options, kind, folder, concern, depth)
        fails = script_fails(path, text)
        return Work(True, "" if fails else f"{path}: {_NEVER}", concern)

    def _script(
        self, script: str, options: ShellOptions, kind: CommandKind, folder: str, concern: Concern,
        depth: int,
    ) -> Work:  # fmt: skip
        """The first command that can stop the script; a script of the repository that it starts is
        followed, so that one which only prints is none."""
        tree = read_script(script, 1)
        reasons: list[str] = []
        for command in commands(tree):
            if not command_fails(tree, command, options):
                if not is_idle(command) and command.nested is None:
                    reasons.append(fate(tree, command, options).why_not)
                continue
            inner = self._started(command.words, command.text, folder, kind, concern, depth)
            if inner is None or not inner.why_not:
                return Work(True, "", concern)
            reasons.append(inner.why_not)
        return Work(True, next(filter(None, reasons), _PRINTS), concern)

    def _started(
        self, words: tuple[str, ...], text: str, folder: str, kind: CommandKind, concern: Concern,
        depth: int,
    ) -> Work | None:  # fmt: skip
        """What the script of the repository does that a command starts; None where it starts none."""
        known = any(
            self._path(folder, bare.split()[0]) or re.match(r"g?make |(?:npm|yarn|pnpm) run ", bare)
            for bare in bare_commands(words)
        )
        command = CiCommand(text[:200], kind, "script", 1, True, "", True)
        if not known and self._module(command, folder) is None:
            return None
        work = self.work(command, folder, concern, depth + 1)
        return work if work.does else Work(True, _PRINTS, concern)
