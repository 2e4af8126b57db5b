"""The source files with which a service starts, by its entry points and what their commands name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator

from auditor.code.java.java_builds import BUILD_FILES
from auditor.code.java.java_starts import FRAMEWORKS, MAIN
from auditor.code.languages import language_of
from auditor.code.scanning import family
from auditor.code.script.script_starts import ScriptStarts
from auditor.code.starts.entry_points import EntryPoint

_WORD = re.compile(r"[\w@./:-]+")
_MODULE = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?::[\w.]+)?")
_OBJECT = re.compile(r"""["']([\w.]+:[\w.]+)["']""")
_SCRIPTS = re.compile(
    r"(?:\.(?:sh|bash|ini|conf|cfg|toml|xml)|/[\w-]*entrypoint[\w-]*|/(?:start|run|serve|web|worker)[\w-]*)$"
)
_WHOLE = frozenset({"Procfile"})
_ASIDE = re.compile(
    r"(?:^|/)(?:dev|extra|hack|tools?|scripts|load_tests|ci|clidocs?|docgen|gen-?docs?|codegen|gen)/"
)
_DEEPEST = 3

Name = Callable[[str, str], list[str]]
"""The files that a dotted name means, seen from a file."""

Beans = Callable[[str], Collection[str]]
"""The files that a container loads which starts with the module of a file."""


def starting_files(
    points: Iterable[EntryPoint],
    paths: Collection[str],
    read: Callable[[str], str],
    named: Name,
    script: Callable[[str], str | None],
    beans: Beans = lambda _: (),
    module: Callable[[str], str] = posixpath.dirname,
) -> set[str]:
    """The source files among `paths` with which the entry points start.

    `named` resolves a name of Python or Java, `script` a path of a script without its ending or as built,
    `module` tells the part of a Java build that a file belongs to.
    """
    seeds: set[str] = set()
    aside: set[str] = set()
    by_name: dict[str, list[str]] = {}
    for path in paths:
        by_name.setdefault(posixpath.basename(path), []).append(path)
    for point in _without_tools(list(points), module):
        if _is_container(point.path):
            seeds.update(beans(point.path))
        if family(point.path) is not None and not point.path.endswith("setup.py"):
            (aside if _ASIDE.search(point.path) else seeds).add(point.path)
            continue
        text = _said(point, read(point.path))
        base = posixpath.dirname(point.of or point.path)
        seeds |= _Words(by_name, frozenset(paths), read, named, script).files(text, base, _DEEPEST)
    return seeds or aside


def _is_container(path: str) -> bool:
    """Whether a file says that a container loads what is beside it."""
    return posixpath.basename(path) in (*BUILD_FILES, "web.xml")


def _without_tools(points: list[EntryPoint], module: Callable[[str], str]) -> Iterator[EntryPoint]:
    """The entry points without the main functions of Java that lie beside an application of a framework."""
    applications = {module(p.path) for p in points if p.what in FRAMEWORKS}
    for point in points:
        tool = point.what == MAIN and language_of(point.path) == "java"
        if not (tool and module(point.path) in applications):
            yield point


def _said(point: EntryPoint, text: str) -> str:
    """What an entry point says: its line and those that continue it; of a table of scripts, all."""
    name = point.path.rpartition("/")[2]
    if name in ("pyproject.toml", "setup.cfg", "setup.py"):
        return " ".join(_OBJECT.findall(text) or re.findall(r"=\s*([\w.]+:[\w.]+)", text))
    if name == "package.json":
        return text.split("\n")[point.line - 1]
    if name == "web.xml":
        return text
    if name in BUILD_FILES:
        return ""
    lines = text.split("\n")[point.line - 1 :]
    kept: list[str] = []
    for line in lines[:40]:
        kept.append(line)
        if not line.rstrip().endswith(("\\", "[", ",", ">", "|", "&&")):
            break
    if "compose" in point.what:
        kept = lines[:25]
    said = "\n".join(kept)
    if "container" in point.what:  # an ENTRYPOINT is completed by the CMD
        said += "\n".join(x for x in text.split("\n") if re.match(r"\s*(?:CMD|ENTRYPOINT)\b", x))
    return said


class _Words:
    def __init__(
        self,
        by_name: dict[str, list[str]],
        paths: frozenset[str],
        read: Callable[[str], str],
        named: Name,
        script: Callable[[str], str | None],
    ) -> None:
        self._by_name = by_name
        self._paths = paths
        self._read = read
        self._named = named
        self._script = script
        self._npm = ScriptStarts(paths, read, script)
        self._seen: set[str] = set()

    def files(self, text: str, base: str, depth: int) -> set[str]:
        """The source files that the words of a command reach, through shell scripts and ini files."""
        found: set[str] = set()
        for said, folder in self._npm.said(text, base):
            found |= self._npm.launched(said, folder)
            words = _WORD.findall(said)
            for before, word in zip(["", *words], words, strict=False):
                found |= self._word(word.removeprefix("./"), before, folder, depth)
        return found

    def _word(self, word: str, before: str, base: str, depth: int) -> set[str]:
        path = self._file(word, base)
        if path is not None and family(path) is not None:
            return {path}
        if path is not None and depth and path not in self._seen and _SCRIPTS.search(f"/{path}"):
            self._seen.add(path)
            return self.files(self._read(path), base, depth - 1)
        return self._module(word, before, base) if _MODULE.fullmatch(word) else set()

    def _file(self, word: str, base: str) -> str | None:
        """The file that a word means: below `base`, or of the same end where the image has another top."""
        inside = posixpath.normpath(posixpath.join(base, word.lstrip("/")))
        if inside in self._paths:
            return inside
        script = self._script(inside)
        if script is not None and ("/" in word or "." in word):
            return script
        parts = word.split("/")
        same = [p for p in self._by_name.get(parts[-1], []) if "." in parts[-1] or "/" in word]
        tails = ["/".join(parts[i:]) for i in range(len(parts))]
        for tail in tails:
            fitting = [p for p in same if p == tail or p.endswith(f"/{tail}")]
            near = [p for p in fitting if p.startswith(f"{base}/" if base else "")] or fitting
            if len(near) == 1 or (near and word.startswith("/")):
                return min(near, key=len)
        return None

    def _module(self, word: str, before: str, base: str) -> set[str]:
        plain = "." not in word and ":" not in word
        if plain and before not in ("-m", "-A", "--app", "celery", "-k", "--factory"):
            return set()
        found = set(self._named(word, f"{base}/x.py" if base else "x.py"))
        if before == "-m":
            found |= set(self._named(f"{word}.__main__", f"{base}/x.py" if base else "x.py"))
        return found
