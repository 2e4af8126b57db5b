"""What a command of a pipeline does that only names a script of the repository.

`make test`, `npm test` and `./scripts/test.sh` are followed, so that a target which only prints is no
test.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from auditor.formats.ci.ci_commands import CiCommand, CommandKind, find_commands, is_idle
from auditor.formats.ci.ci_concern import Concern
from auditor.formats.ci.github_run import folder_in, moved
from auditor.formats.shell.command_words import bare_commands
from auditor.formats.shell.makefile import Makefile
from auditor.formats.shell.shell_fate import ShellOptions, fate
from auditor.formats.shell.shell_nodes import commands
from auditor.formats.shell.shell_syntax import read_script
from auditor.formats.text.errors import FormatError
from auditor.formats.text.json_text import decode
from auditor.probing.ci.pipeline_parts import Parts
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_PLAIN = ShellOptions(errexit=False, pipefail=False)
_DEEPEST = 4
_MAKE = re.compile(r"g?make(?= |$)")
_SCRIPT = re.compile(r"(?:npm|pnpm|yarn|bun|composer)(?= )")
_VALUED = re.compile(r" (?:-C|--prefix|--cwd|--dir|-f|--file|--directory)[ =](\S+)")
_MANY = re.compile(r" (?:-r|--recursive|--workspaces?|-w|--filter|-F|workspaces?|-ws)\b")
_OF_EVERY_PACKAGE = frozenset({"turbo", "lerna", "nx"})
_TASK_FILES = {
    "just": r"\.?justfile", "task": r"Taskfile(?:\.dist)?\.ya?ml", "inv": r"tasks\.py|tasks/__init__\.py",
    "invoke": r"tasks\.py|tasks/__init__\.py", "rake": r"Rakefile(?:\.rb)?", "nx": r"nx\.json",
    "turbo": r"turbo\.json", "lerna": r"lerna\.json", "moon": r"\.moon/workspace\.yml", "ng": r"angular\.json",
    "deno": r"deno\.jsonc?", "hatch": r"pyproject\.toml|hatch\.toml",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """What a script does: whether anything beyond printing, why its failure would not count, and
    whether it is shown to be about the service."""

    does: bool
    why_not: str = ""
    concern: Concern = Concern.UNCLEAR


_NOTHING = Work(False)


def _best(works: Iterable[Work]) -> Work:
    """The work that counts most: about the service before unclear, able to fail before not."""
    done = [w for w in works if w.does and w.concern is not Concern.OTHER]
    return min(
        done, key=lambda w: (w.concern is not Concern.OURS, bool(w.why_not)), default=_NOTHING
    )


class Recipes:
    """The scripts of a repository that commands of its pipelines name, and what they are about."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._files = frozenset(repo.by_path)
        self.parts = Parts(repo)

    def work(
        self, command: CiCommand, folder: str, concern: Concern = Concern.OURS, depth: int = 0
    ) -> Work:
        """What a delegated command does when it is given in `folder` (from the git root); `concern`
        is what it is about where its recipe does not show it."""
        if depth > _DEEPEST:
            return _NOTHING
        kind = command.kind
        for text in bare_commands(tuple(command.text.split())):
            first = text.split()[0]
            if _MAKE.match(text):
                return self._make(text, self._moved(text, folder), kind, concern, depth)
            if _SCRIPT.match(text):
                return self._package(text, self._moved(text, folder), kind, concern, depth)
            if first in _TASK_FILES:
                return self._task(text, kind, concern, depth)
            path = self._path(folder, first)
            if path is not None:
                return self._file(path, folder, kind, concern, depth)
        return _NOTHING

    def _path(self, folder: str, word: str) -> str | None:
        """A file of the repository: as named in `folder`, or from the git root (as in containers)."""
        for start in (folder, self._repo.root, ""):
            path = posixpath.normpath(posixpath.join(start, word.lstrip("/")))
            if path in self._files:
                return path
        return None

    @staticmethod
    def _moved(text: str, folder: str) -> str:
        """The folder that options such as `-C web` lead to."""
        found = _VALUED.search(text)
        if found is None:
            return folder
        path = found.group(1)
        return moved(folder, posixpath.dirname(path) if re.search(r"akefile|\.mk$", path) else path)

    def _text(self, path: str) -> str:
        try:
            return self._repo.read(path, limit=1_000_000).text
        except Trouble:
            return ""

    def _task(self, text: str, kind: CommandKind, concern: Concern, depth: int) -> Work:
        """A task runner whose own files are not read; some run a script of every package."""
        tool, root = text.split()[0], self._repo.root
        wanted = re.compile(rf"(?:.*/)?(?:{_TASK_FILES[tool]})", re.IGNORECASE)
        there = any(wanted.fullmatch(path) for path in self._files)
        if not there or not root or tool not in _OF_EVERY_PACKAGE:
            return Work(there, concern=concern)
        if tool == "nx" and posixpath.join(root, "project.json") in self._files:
            return Work(True, concern=concern)
        scripts = self._scripts(posixpath.join(root, "package.json"))
        words = {w.rpartition(":")[2] for w in re.split(r"[\s=,]+", text)}
        strict, ours = ShellOptions(True, False), Concern.OURS
        named = [scripts[w] for w in sorted(words.intersection(scripts))]
        return _best(self._script(s, strict, kind, root, ours, depth + 1) for s in named)

    def _file(
        self, path: str, folder: str, kind: CommandKind, concern: Concern, depth: int
    ) -> Work:
        """A script given in `folder`; what it names may also lie beside it."""
        text = self._text(path)
        first = text.partition("\n")[0]
        if re.search(r"\.(?:sh|bash)$", path) or re.match(r"#!.*\b(?:ba|da|k|z)?sh\b", first):
            options = ShellOptions(re.search(r"sh\s+-\w*e", first) is not None, False)
            starts = dict.fromkeys((folder, posixpath.dirname(path)))
            return _best(self._script(text, options, kind, f, concern, depth) for f in starts)
        lines = (line.strip() for line in text.splitlines())
        idle = re.compile(
            r"(?:#|//|/?\*|import |from |pass$|print\(|console\.log|puts |exit|sys\.exit\(0?\)|$)"
        )
        return Work(any(not idle.match(line) for line in lines), concern=concern)

    def _script(
        self, script: str, options: ShellOptions, kind: CommandKind, folder: str, concern: Concern,
        depth: int,
    ) -> Work:  # fmt: skip
        """What a shell script does: the commands of `kind` in it, and where it has none, the others."""
        whole = [c for c in find_commands(script, options) if c.kind is kind and not c.idle]
        if whole:
            places = ((c, folder_in(script, c, folder)) for c in whole)
            return _best(
                self._follow(c, f, self.parts.concern(c.text, f, concern), depth) for c, f in places
            )
        tree = read_script(script, 1)
        works: list[Work] = []
        for command in commands(tree):
            outcome = fate(tree, command, options)
            if command.nested is None and not is_idle(command) and outcome.reached:
                about = self.parts.concern(
                    " ".join(command.words), folder_in(script, command, folder), concern
                )
                works.append(Work(True, outcome.why_not, about))
        return _best(works)

    def _follow(self, command: CiCommand, folder: str, concern: Concern, depth: int) -> Work:
        if concern is Concern.OTHER or not command.delegated or command.why_not:
            return Work(True, command.why_not, concern)
        return self.work(command, folder, concern, depth + 1)

    def _make(
        self, text: str, folder: str, kind: CommandKind, concern: Concern, depth: int
    ) -> Work:
        names = ("GNUmakefile", "makefile", "Makefile")
        path = next((p for n in names if (p := posixpath.join(folder, n)) in self._files), None)
        if path is None:
            # CMake, Meson and configure scripts write a Makefile when they run.
            made = re.compile(
                r"(?:.*/)?(?:CMakeLists\.txt|configure(?:\.ac|\.in)?|Makefile\.(?:am|in|PL))"
            )
            return Work(any(made.fullmatch(p) for p in self._files), concern=concern)
        makefile = Makefile(self._text(path))
        works: list[Work] = []
        wanted = [w for w in text.split()[1:] if w in makefile.targets]
        lines = list(makefile.recipe(wanted))
        # What stands beside the command that is looked for does not make up for it.
        telling = [one for one in lines if self._names(one[0], kind)]
        for line, ignored in telling or lines:
            work = self._script(line, _PLAIN, kind, folder, concern, depth)
            why_not = (
                "make ignores the failure of a line that starts with `-`"
                if ignored
                else work.why_not
            )
            works.append(Work(work.does, why_not, work.concern))
        if not wanted and makefile.includes:
            return Work(True, concern=concern)
        return _best(works)

    @staticmethod
    def _names(script: str, kind: CommandKind) -> bool:
        return any(c.kind is kind and not c.idle for c in find_commands(script, _PLAIN))

    def _package(
        self, text: str, folder: str, kind: CommandKind, concern: Concern, depth: int
    ) -> Work:
        """A script of package.json or composer.json; with a filter that of any package."""
        file = "composer.json" if text.startswith("composer") else "package.json"
        paths = [posixpath.join(folder, file)]
        many = _MANY.search(text) is not None
        if many:
            paths = [p for p in sorted(self._files) if posixpath.basename(p) == file]
        words = [w for w in text.split()[1:] if w not in ("run", "run-script", "--")]
        found: list[Work] = []
        for path in paths:
            scripts = self._scripts(path)
            short = ({"t": "test", "tst": "test"}.get(w, "") for w in words)
            name = next((w for w in (*words, *short) if w in scripts), None)
            if name is not None:
                where = posixpath.dirname(path)
                about = self.parts.layout.command("", where) if many else concern
                strict = ShellOptions(True, False)
                found.append(self._script(scripts[name], strict, kind, where, about, depth))
        if (
            not any(w.does for w in found)
            and text.startswith("bun test")
            and paths[0] in self._files
        ):
            return Work(True, concern=concern)
        return _best(found)

    def _scripts(self, path: str) -> dict[str, str]:
        if path not in self._files:
            return {}
        try:
            content = decode(self._repo.read(path).data, dict[str, Any], name=path)
        except (Trouble, FormatError):
            return {}
        scripts = content.get("scripts")
        pairs = scripts.items() if isinstance(scripts, dict) else ()
        return {
            k: v if isinstance(v, str) else " && ".join(str(e) for e in v)
            for k, v in pairs
            if isinstance(v, str | list)
        }
