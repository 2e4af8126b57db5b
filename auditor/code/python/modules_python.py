"""Which files of a service the modules that its Python names are."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from functools import lru_cache

from auditor.code.scan import FileScan

_MANIFESTS = frozenset({
    "pyproject.toml", "setup.py", "setup.cfg", "manage.py", "Pipfile", "requirements.txt", "Dockerfile",
})  # fmt: skip
_BY_CONVENTION = (
    "models", "apps", "admin", "signals", "receivers", "tasks", "urls", "templatetags", "management/commands",
    "migrations", "checks",
)  # fmt: skip
_APP = ("apps.py", "models.py", "models/__init__.py", "management/commands/__init__.py")


class PythonModules:
    """Files by module name. Search starts at folders that Python's own path is likely to hold."""

    def __init__(self, paths: Iterable[str], every: Iterable[str], root: str) -> None:
        self.files = frozenset(paths)
        self._folders = _folders(self.files)
        self.roots = self._roots(frozenset(every), root)
        self.resolve = lru_cache(maxsize=None)(self._resolve)
        self._imported = lru_cache(maxsize=None)(self._imported_in)
        self._packages = lru_cache(maxsize=None)(self._packages_around)

    def _roots(self, every: frozenset[str], root: str) -> tuple[str, ...]:
        found = {root, _join(root, "src")}
        for path in every:
            folder, _, name = path.rpartition("/")
            if name in _MANIFESTS:
                found |= {folder, _join(folder, "src")}
        for path in self.files:
            folder = posixpath.dirname(path)
            if _join(folder, "__init__.py") in self.files:
                while folder and _join(folder, "__init__.py") in self.files:
                    folder = posixpath.dirname(folder)
                found.add(folder)
        return tuple(sorted(found, key=lambda f: (-len(f), f)))

    def _resolve(self, module: str, near: str) -> str | None:
        """The file of an absolute module, the one nearest to the folder `near` where there are several."""
        tail = module.replace(".", "/")
        found = [f for r in self.roots if (f := self.at(_join(r, tail))) is not None]
        if not found and near:
            beside = self.at(_join(near, tail))
            return beside
        return max(found, key=lambda f: len(posixpath.commonprefix([f, near])), default=None)

    def at(self, stem: str) -> str | None:
        """The module or package at a path without its ending."""
        for end in (".py", "/__init__.py"):
            if stem + end in self.files:
                return stem + end
        return None

    def is_first_party(self, module: str, path: str) -> bool:
        """Whether a module must be one of ours: relative, or its first part a package of ours."""
        if module.startswith("."):
            return True
        first = module.partition(".")[0]
        return "." in module and any(
            _join(_join(r, first), "__init__.py") in self.files for r in self.roots
        )

    def imported(self, module: str, name: str, path: str) -> tuple[list[str], bool]:
        """The files that an import reaches, and whether the module itself is there."""
        found, there = self._imported(module, name, posixpath.dirname(path))
        return list(found), there

    def _imported_in(self, module: str, name: str, folder: str) -> tuple[tuple[str, ...], bool]:
        """The same for a file of a folder; relative imports too go by nothing else."""
        if module.startswith("."):
            level = len(module) - len(module.lstrip("."))
            for _ in range(level - 1):
                folder = posixpath.dirname(folder)
            tail = module.lstrip(".").replace(".", "/")
            stem = _join(folder, tail) if tail else folder
            target = self.at(stem)
            inner = self.at(_join(stem, name)) if name not in ("", "*") else None
            there = target is not None or inner is not None or stem in self._folders
        else:
            target = self.resolve(module, folder)
            inner = self.resolve(f"{module}.{name}", folder) if name not in ("", "*") else None
            there = target is not None or inner is not None
            there = there or any(
                _join(r, module.replace(".", "/")) in self._folders for r in self.roots
            )
        found = [f for f in (target, inner) if f is not None]
        for file in list(found):
            found += self.packages(file)
        return tuple(found), there

    def file(self, module: str, path: str) -> str | None:
        """The file of a module as `path` writes it, with dots before it where it is relative."""
        folder = posixpath.dirname(path)
        if not module.startswith("."):
            return self.resolve(module, folder)
        for _ in range(len(module) - len(module.lstrip(".")) - 1):
            folder = posixpath.dirname(folder)
        tail = module.lstrip(".").replace(".", "/")
        return self.at(_join(folder, tail) if tail else folder)

    def packages(self, path: str) -> list[str]:
        """The packages around a module, which Python imports first."""
        return [init for init in self._packages(posixpath.dirname(path)) if init != path]

    def _packages_around(self, folder: str) -> tuple[str, ...]:
        found = []
        while folder:
            init = _join(folder, "__init__.py")
            if init in self.files:
                found.append(init)
            folder = posixpath.dirname(folder)
        return tuple(found)

    def named(self, reference: str, path: str) -> list[str]:
        """The files that a text reaches which names a module, or something in one; and those that a
        framework loads of a package so named."""
        folder = posixpath.dirname(path)
        dotted = reference.partition(":")[0]
        if dotted.startswith("."):
            found = self.at(_join(folder, dotted.lstrip(".").replace(".", "/")))
            return [found, *self.packages(found)] if found else []
        parts = dotted.split(".")
        for length in range(len(parts), max(0, len(parts) - 3), -1):
            file = self.resolve(".".join(parts[:length]), folder)
            if file is None or (length == 1 and len(parts) > 2):
                continue
            return [file, *self.packages(file), *self._loaded(file, length == len(parts))]
        return []

    def _loaded(self, file: str, whole: bool) -> list[str]:
        """What Django loads of an application: by its package, or by its configuration."""
        folder, _, name = file.rpartition("/")
        is_app = any(_join(folder, mark) in self.files for mark in _APP)
        if not is_app or not ((name == "__init__.py" and whole) or name == "apps.py"):
            return []
        starts = tuple(f"{_join(folder, c)}{end}" for c in _BY_CONVENTION for end in (".py", "/"))
        return [f for f in self.files if f.startswith(starts)]

    def below(self, path: str) -> list[str]:
        """Every file in the folder of a module and below it."""
        folder = posixpath.dirname(path)
        return [f for f in self.files if f.startswith(f"{folder}/" if folder else "")]


def edges(
    path: str, scan: FileScan, modules: PythonModules
) -> tuple[set[str], list[tuple[int, str]]]:
    """The files that a file reaches, and its first-party imports that lead nowhere (line, module)."""
    reached: set[str] = set()
    lost: list[tuple[int, str]] = []
    for one in scan.imports:
        if one.typing:
            continue
        found, there = modules.imported(one.module, one.name, path)
        reached.update(found)
        if not there and not one.optional and modules.is_first_party(one.module, path):
            lost.append((one.line, one.module))
    for reference in scan.references:
        reached.update(modules.named(reference, path))
    return reached, lost


def _folders(paths: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for path in paths:
        folder = posixpath.dirname(path)
        while folder and folder not in found:
            found.add(folder)
            folder = posixpath.dirname(folder)
    return frozenset(found)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
