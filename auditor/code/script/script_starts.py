"""What the commands of npm start: the scripts that they run in turn, and the launchers of Nest and Next.js.

A script that prepares (builds, migrates, tests) is no start of the service, and is not followed.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterator
from typing import Any

from auditor.formats.text import json_text
from auditor.formats.text.errors import FormatError

_GAP = r"""["',\s]+"""
_RUN = re.compile(
    rf"\b(?:npm|yarn|pnpm|bun){_GAP}(?:run(?:-script)?{_GAP})?(?:-[\w=-]+{_GAP})*([A-Za-z][\w:.-]*)"
)
_PREPARES = re.compile(
    r"(?:pre|post)?(?:build|compile|bundle|lint|format|check|test|migrat|seed|generat|prepare|install|ci|clean"
    r"|db|prisma|typeorm|docs?|release)(?:$|[^a-z]|[a-z]*[:-])"
)
_IN_TURN = re.compile(r"\b(?:npm-run-all2?|run-s|run-p)\s+([^&|;\"]+)")
_NEST = re.compile(rf"\bnest{_GAP}start\b(?:{_GAP}([A-Za-z][\w-]*))?")
_NEXT = re.compile(rf"\bnext{_GAP}start\b")
_STANDALONE = re.compile(rf"\bnode{_GAP}(?:\./)?server\.js\b")
_SOURCE = r"\.(?:[cm]?[jt]s|[jt]sx)"
_ROUTED = re.compile(
    r"(?:src/)?(?:"
    rf"app/(?:.+/)?(?:page|layout|route|template|default|loading|error|global-error|not-found|sitemap|robots){_SOURCE}"
    rf"|pages/.+{_SOURCE}|(?:middleware|proxy|instrumentation){_SOURCE})"
)

Read = Callable[[str], str]


class ScriptStarts:
    """What commands of npm mean in the files at `paths`, whose text `read` gives."""

    def __init__(
        self, paths: Collection[str], read: Read, script: Callable[[str], str | None]
    ) -> None:
        self._paths = frozenset(paths)
        self._read = read
        self._script = script

    def said(self, text: str, base: str) -> Iterator[tuple[str, str]]:
        """A command that is run in the folder `base`, and each script that it runs in turn, with its folder."""
        waiting, seen = [(text, base)], set[tuple[str, str]]()
        while waiting:
            one, folder = waiting.pop()
            yield one, folder
            home, scripts = self._scripts(folder)
            named = [*_RUN.findall(one), *(n for m in _IN_TURN.findall(one) for n in m.split())]
            for name in named if scripts else ():
                command = scripts.get(name)
                if (
                    isinstance(command, str)
                    and not _PREPARES.match(name)
                    and (home, name) not in seen
                ):
                    seen.add((home, name))
                    waiting.append((command, home))

    def launched(self, text: str, base: str) -> set[str]:
        """The source files that the launchers of frameworks in a command load."""
        found = {f for project in _NEST.findall(text) for f in self._nest(project, base)}
        home = self._nearest("package.json", base) or ""
        if _NEXT.search(text) or (_STANDALONE.search(text) and self._is_standalone(home)):
            found |= {
                p
                for p in self._paths
                if p.startswith(home) and _ROUTED.fullmatch(p.removeprefix(home))
            }
        return found

    def _is_standalone(self, home: str) -> bool:
        """Whether a server.js is the one that `next build` makes."""
        config = any(f"{home}next.config.{end}" in self._paths for end in ("js", "mjs", "ts"))
        return config and f"{home}server.js" not in self._paths

    def _nest(self, project: str, base: str) -> Iterator[str]:
        home = self._nearest("nest-cli.json", base)
        if home is None:
            home, settings = (f"{base}/" if base else ""), {}
        else:
            settings = self._json(f"{home}nest-cli.json")
        projects = settings.get("projects")
        own = projects.get(project) if isinstance(projects, dict) else None
        told = {**settings, **own} if isinstance(own, dict) else settings
        source, entry = told.get("sourceRoot", "src"), told.get("entryFile", "main")
        if isinstance(source, str) and isinstance(entry, str):
            found = self._script(posixpath.normpath(f"{home}{source}/{entry}"))
            if found is not None:
                yield found

    def _scripts(self, folder: str) -> tuple[str, dict[str, Any]]:
        home = self._nearest("package.json", folder)
        if home is None:
            return folder, {}
        scripts = self._json(f"{home}package.json").get("scripts")
        return home.rstrip("/"), scripts if isinstance(scripts, dict) else {}

    def _nearest(self, name: str, folder: str) -> str | None:
        """The nearest folder, upwards, that holds a file; with its slash, "" for the top."""
        while True:
            home = f"{folder}/" if folder else ""
            if f"{home}{name}" in self._paths:
                return home
            if not folder:
                return None
            folder = posixpath.dirname(folder)

    def _json(self, path: str) -> dict[str, Any]:
        try:
            return json_text.decode(self._read(path).encode(), dict[str, Any], name=path)
        except FormatError:
            return {}
