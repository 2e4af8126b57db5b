"""The modules of a Java build (Maven, Gradle): which file belongs to which, and which needs which."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

BUILD_FILES = ("pom.xml", "build.gradle", "build.gradle.kts")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_OTHERS = re.compile(
    r"<(parent|dependencies|dependencyManagement|build|profiles|reporting)>.*?</\1>", re.DOTALL
)
_DEPENDENCIES = re.compile(r"<dependencies>.*?</dependencies>", re.DOTALL)
_ARTIFACT = re.compile(r"<artifactId>\s*([\w.-]+)\s*</artifactId>")
_PROJECT = re.compile(
    r"""\bproject\(\s*(?:path\s*[:=]\s*)?["']:?([\w:./-]+)["']|\bprojects\.([\w.]+)"""
)
_GRADLE_PIECES = re.compile(
    r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|//[^\n]*|/\*.*?\*/""", re.DOTALL
)


class JavaBuilds:
    """The build files among `every` path. A module is its folder; "" is the top."""

    def __init__(self, every: Iterable[str], root: str, read: Callable[[str], str]) -> None:
        self._root = root
        self._texts: dict[str, str] = {}
        parts: dict[str, list[tuple[str, str]]] = {}
        for path in sorted(every):
            folder, _, name = path.rpartition("/")
            if name in BUILD_FILES or name.endswith((".gradle", ".gradle.kts")):
                parts.setdefault(folder, []).append((name, _without_comments(name, read(path))))
        for folder, found in parts.items():
            if any(name in BUILD_FILES for name, _ in found):  # others beside it are applied by it
                self._texts[folder] = "\n".join(text for _, text in found)
        self._maven = {
            f for f, found in parts.items() if any(name == "pom.xml" for name, _ in found)
        }
        self._names = {f: self._own_name(f, text) for f, text in self._texts.items()}
        self.module = lru_cache(maxsize=None)(self._module)
        self.needs = lru_cache(maxsize=None)(self._needs)

    def _own_name(self, folder: str, text: str) -> str:
        if folder not in self._maven:
            return posixpath.basename(folder)
        found = _ARTIFACT.search(_OTHERS.sub("", text))
        return found[1] if found else ""

    def _module(self, folder: str) -> str:
        """The module that a folder belongs to: the nearest one with a build file."""
        while folder and folder not in self._texts:
            folder = posixpath.dirname(folder)
        return folder if folder in self._texts else self._root

    def text(self, module: str) -> str:
        """The build file of a module, without comments."""
        return self._texts.get(module, "")

    def all_text(self, module: str) -> str:
        """The build files of a module and of those above it."""
        above = [module]
        while above[-1]:
            above.append(posixpath.dirname(above[-1]))
        return "\n".join(self._texts.get(f, "") for f in above)

    def is_open(self, module: str) -> bool:
        """Whether a module may be built with others that its build file does not name: Gradle's plugins add some."""
        return module in self._texts and module not in self._maven

    def _needs(self, module: str) -> frozenset[str]:
        """The modules that a module is built with, itself too."""
        found, waiting = {module}, [module]
        while waiting:
            one = waiting.pop()
            for other in self._direct(one) - found:
                found.add(other)
                waiting.append(other)
        return frozenset(found)

    def _direct(self, module: str) -> set[str]:
        text = self._texts.get(module, "")
        named = {n for part in _DEPENDENCIES.findall(text) for n in _ARTIFACT.findall(part)}
        named |= {_last(a or b) for a, b in _PROJECT.findall(text)}
        return {folder for folder, name in self._names.items() if _same(name) in map(_same, named)}


def _without_comments(name: str, text: str) -> str:
    if name == "pom.xml":
        return _COMMENT.sub("", text)
    return _GRADLE_PIECES.sub(lambda m: m[1] or "", text)  # a string may hold what opens a comment


def _last(path: str) -> str:
    return re.split(r"[:./]", path)[-1]


def _same(name: str) -> str:
    return name.replace("-", "").lower()
