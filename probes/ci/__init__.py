"""Probes of pipelines, and what they share: what a command does that only names a script.

`make test`, `npm test` and `./scripts/test.sh` are followed into the repository, so that a target which
only prints is no test.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from auditor.formats.ci_commands import CiCommand, CommandKind, find_commands
from auditor.formats.command_words import bare_commands
from auditor.formats.errors import FormatError
from auditor.formats.json_text import decode
from auditor.formats.makefile import Makefile
from auditor.formats.shell_fate import ShellOptions, fate
from auditor.formats.shell_nodes import Simple, commands
from auditor.formats.shell_syntax import read_script
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Finding, Observation, Problem, Trouble
from auditor.probing.repo import Repo

VALID = FactSpec("ci.workflows", FactType.NUMBER, "Valid workflows in the place that GitHub reads.")
INVALID = FactSpec("ci.invalid", FactType.LIST, "What GitHub would refuse to run.")
MISPLACED = FactSpec(
    "ci.misplaced", FactType.LIST, "Workflows below the git root, which never run."
)
REVIEWED = FactSpec(
    "ci.pull_request_workflows", FactType.NUMBER, "Workflows that pull requests start."
)
TESTS = FactSpec(
    "ci.test_steps", FactType.NUMBER, "Test steps on pull request or push that can fail."
)
UNFAILING = FactSpec(
    "ci.unfailing_test_steps", FactType.NUMBER, "Test steps whose failure is hidden."
)
DEPLOYS = FactSpec("ci.deploy_steps", FactType.NUMBER, "Steps that deploy, by what they call.")
FACTS = (VALID, INVALID, MISPLACED, REVIEWED, TESTS, UNFAILING, DEPLOYS)

MANIFESTS = frozenset({
    "package.json", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt", "go.mod", "Cargo.toml",
    "pom.xml", "build.gradle", "build.gradle.kts", "Gemfile", "composer.json", "mix.exs", "Pipfile",
})  # fmt: skip
_PLAIN = ShellOptions(errexit=False, pipefail=False)
_DEEPEST = 4
_IDLE = frozenset({
    "true", ":", "echo", "printf", "exit", "return", "false", "cd", "pushd", "popd", "set", "export", "unset",
    "sleep", "test", "[", "[[", "pwd", "ls", "date", "env", "mkdir", "rm", "rmdir", "touch", "cat", "shopt",
    "local", "declare", "readonly", "trap", "shift", "which", "source", ".", "chmod", "umask", "ulimit",
})  # fmt: skip
_MAKE = re.compile(r"g?make(?= |$)")
_SCRIPT = re.compile(r"(?:npm|pnpm|yarn|bun|composer)(?= )")
_VALUED = re.compile(r" (?:-C|--prefix|--cwd|--dir|-f|--file|--directory)[ =](\S+)")
_MANY = re.compile(r" (?:-r|--recursive|--workspaces?|-w|--filter|-F|workspaces?|-ws)\b")
_TASK_FILES = {
    "just": r"\.?justfile", "task": r"Taskfile(?:\.dist)?\.ya?ml", "inv": r"tasks\.py|tasks/__init__\.py",
    "invoke": r"tasks\.py|tasks/__init__\.py", "rake": r"Rakefile(?:\.rb)?", "nx": r"nx\.json",
    "turbo": r"turbo\.json", "lerna": r"lerna\.json", "moon": r"\.moon/workspace\.yml", "ng": r"angular\.json",
    "deno": r"deno\.jsonc?", "hatch": r"pyproject\.toml|hatch\.toml",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """What a script does: whether anything beyond printing, and why its failure would not count."""

    does: bool
    why_not: str = ""


_NOTHING = Work(False)


class Recipes:
    """The scripts of a repository that commands of its pipelines name."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._files = frozenset(repo.by_path)

    def work(self, command: CiCommand, folder: str, depth: int = 0) -> Work:
        """What a delegated command does when it is given in `folder` (from the git root)."""
        if depth > _DEEPEST:
            return _NOTHING
        for text in bare_commands(tuple(command.text.split())):
            if _MAKE.match(text):
                return self._make(text, self._moved(text, folder), command.kind, depth)
            if _SCRIPT.match(text):
                return self._package(text, self._moved(text, folder), command.kind, depth)
            if text.split()[0] in _TASK_FILES:
                wanted = re.compile(rf"(?:.*/)?(?:{_TASK_FILES[text.split()[0]]})", re.IGNORECASE)
                return Work(any(wanted.fullmatch(path) for path in self._files))
            path = next((p for w in text.split()[:1] if (p := self._path(folder, w))), None)
            if path is not None:
                return self._file(path, command.kind, depth)
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
        path = posixpath.dirname(path) if re.search(r"akefile|\.mk$", path) else path
        return posixpath.normpath(posixpath.join(folder, path)).removeprefix("./").strip(".")

    def _text(self, path: str) -> str:
        try:
            return self._repo.read(path, limit=1_000_000).text
        except Trouble:
            return ""

    def _file(self, path: str, kind: CommandKind, depth: int) -> Work:
        text = self._text(path)
        first = text.partition("\n")[0]
        if re.search(r"\.(?:sh|bash)$", path) or re.match(r"#!.*\b(?:ba|da|k|z)?sh\b", first):
            strict = re.search(r"sh\s+-\w*e", first) is not None
            return self._script(
                text, ShellOptions(strict, False), kind, posixpath.dirname(path), depth
            )
        lines = (line.strip() for line in text.splitlines())
        idle = re.compile(
            r"(?:#|//|/?\*|import |from |pass$|print\(|console\.log|puts |exit|sys\.exit\(0?\)|$)"
        )
        return Work(any(not idle.match(line) for line in lines))

    def _script(
        self, script: str, options: ShellOptions, kind: CommandKind, folder: str, depth: int
    ) -> Work:
        """What a shell script does: the commands of `kind` in it, and where it has none, the others."""
        whole = [c for c in find_commands(script, options) if c.kind is kind and not c.idle]
        known = [self._follow(c, folder, depth) for c in whole]
        works = [work for work in known if work.does]
        if not whole:
            tree = read_script(script, 1)
            others = [c for c in commands(tree) if c.nested is None and not _is_idle(c)]
            fates = (fate(tree, command, options) for command in others)
            works = [Work(True, f.why_not) for f in fates if f.reached]
        return next((w for w in works if not w.why_not), works[0] if works else _NOTHING)

    def _follow(self, command: CiCommand, folder: str, depth: int) -> Work:
        if not command.delegated or command.why_not:
            return Work(True, command.why_not)
        return self.work(command, folder, depth + 1)

    def _make(self, text: str, folder: str, kind: CommandKind, depth: int) -> Work:
        names = ("GNUmakefile", "makefile", "Makefile")
        path = next((p for n in names if (p := posixpath.join(folder, n)) in self._files), None)
        if path is None:
            # CMake, Meson and configure scripts write a Makefile when they run.
            made = re.compile(
                r"(?:.*/)?(?:CMakeLists\.txt|configure(?:\.ac|\.in)?|Makefile\.(?:am|in|PL))"
            )
            return Work(any(made.fullmatch(p) for p in self._files))
        makefile = Makefile(self._text(path))
        works: list[Work] = []
        wanted = [w for w in text.split()[1:] if w in makefile.targets]
        for line, ignored in makefile.recipe(wanted):
            work = self._script(line, _PLAIN, kind, folder, depth)
            why_not = (
                "make ignores the failure of a line that starts with `-`"
                if ignored
                else work.why_not
            )
            works += [Work(True, why_not)] if work.does else []
        if not wanted and makefile.includes:
            return Work(True)
        return next((w for w in works if not w.why_not), works[0] if works else _NOTHING)

    def _package(self, text: str, folder: str, kind: CommandKind, depth: int) -> Work:
        """A script of package.json or composer.json; with a filter that of any package."""
        file = "composer.json" if text.startswith("composer") else "package.json"
        paths = [posixpath.join(folder, file)]
        if _MANY.search(text):
            paths = [p for p in sorted(self._files) if posixpath.basename(p) == file]
        words = [w for w in text.split()[1:] if w not in ("run", "run-script", "--")]
        found: list[Work] = []
        for path in paths:
            scripts = self._scripts(path)
            name = next((w for w in (*words, *({"t": "test", "tst": "test"}.get(w, "") for w in words)) if w in scripts), None)  # fmt: skip
            if name is not None:
                where = posixpath.dirname(path)
                strict = ShellOptions(True, False)
                found.append(self._script(scripts[name], strict, kind, where, depth))
        works = [w for w in found if w.does]
        if not works and text.startswith("bun test") and paths[0] in self._files:
            return Work(True)
        return next((w for w in works if not w.why_not), works[0] if works else _NOTHING)

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


def _is_idle(command: Simple) -> bool:
    """Whether a command only prints, sets or tidies up, so that it can test nothing."""
    return not command.words or command.words[0].lstrip("@-+") in _IDLE


@dataclass(slots=True)
class Seen:
    """What a look found: for each fact its entries by place."""

    found: dict[str, dict[tuple[str, int | None], str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, fact: FactSpec, path: str, line: int | None, what: str) -> None:
        """One entry; a second one at the same place adds nothing."""
        self.found.setdefault(fact.key, {}).setdefault((path, line), what)

    def get(self, fact: FactSpec) -> dict[tuple[str, int | None], str]:
        """The entries of a fact."""
        return self.found.get(fact.key, {})

    def observations(self, ctx: Context, locator: str) -> Iterator[Observation]:
        """The problems, and every fact that they do not make doubtful."""
        hidden = {key for problem in self.problems for key in problem.facts}
        yield from self.problems
        for (path, line), what in self.get(UNFAILING).items():
            place = Location(path=path, line=line)
            yield Finding("unfailing-test", f"{place} {what}.", UNFAILING.key, location=place)
        for fact in FACTS:
            found = self.get(fact)
            if not found and fact.key in hidden:
                continue
            places = [Location(path=path, line=line) for path, line in found]
            texts = [f"{p} {what}".strip() for p, what in zip(places, found.values(), strict=True)]
            yield fact.of(
                texts if fact.type is FactType.LIST else len(texts),
                # That a step deploys is only said by what it calls; that none does is seen.
                level=Level.DECLARED if fact is DEPLOYS and found else Level.EFFECTIVE,
                source=ctx.repo.source(locator),
                locations=places,
                produced_at=ctx.observed_at,
            )
