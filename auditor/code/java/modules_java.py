"""Which files of a service its Java names mean, and which a container or a resource file loads besides."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from auditor.code.java.java_beans import (
    held_back,
    is_component,
    is_of_container,
    own_components,
    scanned,
    starts_container,
)
from auditor.code.java.java_builds import JavaBuilds
from auditor.code.java.java_settings import JavaSettings, java_settings
from auditor.code.scan import FileScan

_RESOURCE = re.compile(
    r"(?:^|/)src/main/(?:resources|webapp)/(?:.*/)?(?:META-INF/services/[\w.$]+|META-INF/spring\.factories"
    r"|META-INF/spring/[^/]+\.imports|[^/]+\.xml)$"
)
_SOURCES = re.compile(r"(?:^|.*/)(?:src/main/java|java|src)/")
_NAMED = re.compile(r"(?<![\w.])(?:[a-z_]\w*\.)+[A-Z][\w.$]*")
_XML_SCAN = re.compile(r"component-scan[^>]*base-package\s*=\s*\"([^\"]*)\"")
_XML_RESOURCES = re.compile(r"provider\.packages\s*</param-name>\s*<param-value>([^<]+)<")
_MAPPERS = re.compile(r"MapperScan\b")
_FINDERS = re.compile(
    r"org\.springframework\.context\.annotation\.ClassPathScanningCandidateComponentProvider"
    r"|org\.reflections\.Reflections|io\.github\.classgraph\..*"
)


class JavaModules:
    """The shipped Java files by the classes that they declare. `scans` are theirs, by path.

    One that was not read may be a bean, and counts as one by its folder: so it is told that it was not read.
    """

    def __init__(
        self,
        scans: Mapping[str, FileScan],
        every: Iterable[str],
        root: str,
        read: Callable[[str], str],
    ) -> None:
        paths = sorted(every) if scans else []
        self.files = frozenset(scans)
        self.builds = JavaBuilds(paths, root, read)
        self.settings: JavaSettings = java_settings(paths, read)
        self.held: set[str] = set()
        """The files that are only loaded under a condition, or by a search whose outcome is not known."""
        self._scans = scans
        self._read = read
        self._classes: dict[str, list[str]] = {}
        self._packages: dict[str, list[str]] = {}
        self._in_module: dict[str, list[str]] = {}
        self._resources: dict[str, list[str]] = {}
        self._package = {p: _package(p) if s.refused else s.package for p, s in scans.items()}
        for path, scan in sorted(scans.items()):
            package = self._package[path]
            for name in {
                posixpath.basename(path).removesuffix(".java"),
                *(c.name for c in scan.classes),
            }:
                self._classes.setdefault(_join(package, name), []).append(path)
            self._packages.setdefault(package, []).append(path)
            self._in_module.setdefault(self.module(path), []).append(path)
        for path in paths:
            if _RESOURCE.search(path):
                self._resources.setdefault(self.module(path), []).append(path)
        self._own = own_components(scans)
        self._components = [p for p, s in sorted(scans.items()) if is_component(s, self._own)]
        self.loaded = lru_cache(maxsize=None)(self._loaded)

    def module(self, path: str) -> str:
        """The folder of the build that a file belongs to."""
        return self.builds.module(posixpath.dirname(path))

    def file(self, name: str, path: str) -> str | None:
        """The file that declares a class of a full name, or something in one, seen from a file."""
        while name:
            found = self._classes.get(name)
            if found:
                return found[0] if len(found) == 1 else self._nearest(found, path)
            name = name.rpartition(".")[0]
        return None

    def named(self, reference: str, path: str) -> list[str]:
        """The files that a full name in a text means."""
        if "." not in reference or reference.startswith("."):
            return []
        found = self.file(reference.replace("$", ".").partition(":")[0], path)
        return [found] if found is not None else []

    def below(self, path: str) -> list[str]:
        """Every file of the package of a file, and of those below it."""
        folder = posixpath.dirname(path)
        return [f for f in self.files if f.startswith(f"{folder}/" if folder else "")]

    def beans(self, path: str) -> set[str]:
        """What a container makes that starts with the module of a file, and is not held back."""
        needed = self.builds.needs(self.module(path))
        return self._kept(p for p in self._components if self.module(p) in needed)

    def components(self, packages: Iterable[str], path: str) -> set[str]:
        """The beans below some packages, in what the module of a file is built with."""
        module = self.module(path)
        needed = self.builds.needs(module)
        wanted = tuple(packages)
        below = {p for p in self._components if _within(self._package[p], wanted)}
        found = {p for p in below if self.module(p) in needed}
        if self.builds.is_open(module):
            self.held |= below - found
        return self._kept(found)

    def undecided(self, reached: Collection[str]) -> set[str]:
        """What is loaded perhaps, when all is known that is reached: beans that are held back, and those of
        containers in the same modules, which may be told of them in other ways."""
        modules = {self.module(p) for p in reached if p in self.files}
        others = {p for p, s in self._scans.items() if p not in reached and is_of_container(s)}
        return self.held | {p for p in others if self.module(p) in modules}

    def of_package(self, package: str) -> list[str]:
        """The files of a package and of those below it."""
        return [
            p for name, files in self._packages.items() if _within(name, (package,)) for p in files
        ]

    def searched(self, path: str) -> None:
        """Note that a file searches the class path by its own rules."""
        needed = self.builds.needs(self.module(path))
        self.held.update(f for m in needed for f in self._in_module.get(m, ()))

    def package(self, path: str) -> str:
        """The package of a file."""
        return self._package[path]

    def _kept(self, paths: Iterable[str]) -> set[str]:
        values = self.settings.values
        found = set(paths)
        held = {p for p in found if held_back(self._scans[p], values)}
        self.held |= held
        return found - held

    def _loaded(self, module: str) -> frozenset[str]:
        """What the resource files of a module, and of those that it is built with, name."""
        found: set[str] = set()
        for one in self.builds.needs(module):
            for resource in self._resources.get(one, ()):
                text = self._read(resource)
                names = {*_NAMED.findall(text), *_service(resource)}
                found.update(f for n in names for f in self.named(n, resource))
                told = (*_XML_SCAN.findall(text), *_XML_RESOURCES.findall(text))
                packages = [p.strip() for m in told for p in re.split(r"[,;]", m)]
                if packages:
                    found |= self.components(packages, resource)
        return frozenset(self._kept(found))

    def _nearest(self, found: list[str], path: str) -> str:
        module = self.module(path)
        needed = self.builds.needs(module)
        return max(
            found,
            key=lambda f: (
                self.module(f) == module,
                self.module(f) in needed,
                len(posixpath.commonprefix([f, path])),
            ),
        )


def edges(
    path: str, scan: FileScan, modules: JavaModules
) -> tuple[set[str], list[tuple[int, str]]]:
    """The files that a file reaches. None is told to be lost: build plugins write classes too."""
    reached = set(modules.loaded(modules.module(path)))
    for name in _full_names(scan):
        reached.update(modules.named(name, path))
    if scan.package == "":
        reached.update(f for r in scan.references if (f := modules.file(r, path)) is not None)
    resources = [r[:-2] for r in scan.references if r.endswith(".*")]
    if resources:
        reached |= modules.components(resources, path)
    told = scanned(scan)
    if told is not None:
        packages, classes = told
        beside = (modules.file(_first(c, scan), path) for c in classes)
        packages += [modules.package(f) for f in beside if f is not None]
        reached |= modules.components(packages, path)
        if any(_MAPPERS.match(d) for c in scan.classes for d in c.decorators):
            reached.update(f for p in packages if p for f in modules.of_package(p))
    if starts_container(scan):
        reached |= modules.beans(path)
    if any(_FINDERS.fullmatch(i.module) for i in scan.imports):
        modules.searched(path)
    reached.discard(path)
    return reached, []


def _full_names(scan: FileScan) -> Iterator[str]:
    """What the names in a file may mean: imports, its own package, packages imported as a whole."""
    wild = [i.module for i in scan.imports if i.name == "*"]
    yield from (i.module for i in scan.imports if i.name != "*")
    yield from wild
    for reference in scan.references:
        first = reference.partition(".")[0]
        if first[:1].islower():
            yield reference
        elif first not in scan.names:
            yield from (_join(p, reference) for p in (scan.package, *wild))


def _package(path: str) -> str:
    """The package that a file is in by its folder, for one that was not read."""
    folder = posixpath.dirname(path)
    return (_SOURCES.split(folder)[-1] if _SOURCES.search(folder) else folder).replace("/", ".")


def _first(name: str, scan: FileScan) -> str:
    first, dot, rest = name.partition(".")
    if first[:1].islower():
        return name
    return f"{scan.names.get(first, _join(scan.package, first))}{dot}{rest}"


def _service(path: str) -> list[str]:
    """The service that a file of META-INF/services is for, by its name."""
    folder, _, name = path.rpartition("/")
    return [name] if folder.endswith("META-INF/services") else []


def _within(package: str, wanted: tuple[str, ...]) -> bool:
    return any(not w or package == w or package.startswith(f"{w}.") for w in wanted)


def _join(package: str, name: str) -> str:
    return f"{package}.{name}" if package else name
