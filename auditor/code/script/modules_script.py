"""Which files of a service the modules that its scripts import are; packages for Go."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable

from auditor.code.scan import FileScan

_ENDINGS = ("", ".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".vue", ".svelte")
_INDEXES = tuple(f"/index{end}" for end in _ENDINGS[1:6])
_PATHS = re.compile(r'"([^"*]+?)/?\*?"\s*:\s*\[\s*"([^"*]+?)/?\*?"')
_BASE = re.compile(r'"baseUrl"\s*:\s*"([^"]+)"')
_NAME = re.compile(r'"name"\s*:\s*"([^"]+)"')
_BUILT = re.compile(r"(?:^|/)(?:dist|build|lib|out|\.output)/(?:src/)?")
_DATA = re.compile(
    r"\.(?:json|css|scss|sass|less|svg|png|jpe?g|gif|html|txt|sql|graphql|md|yaml|yml|node|wasm)$"
)
_GO_MODULE = re.compile(r"^module\s+(\S+)", re.MULTILINE)


class ScriptModules:
    """Files by what is written in `import` and `require`: relative paths, path aliases, workspaces.

    `client` are those that are there and run in the browser, which nothing on the server reaches.
    """

    def __init__(
        self,
        paths: Iterable[str],
        every: Iterable[str],
        root: str,
        read: Callable[[str], str],
        client: frozenset[str] = frozenset(),
    ) -> None:
        self.files = frozenset(paths)
        self.client = client
        self._aliases: list[tuple[str, str]] = []
        for path in sorted(every):
            folder, _, name = path.rpartition("/")
            if name in ("tsconfig.json", "jsconfig.json", "tsconfig.base.json"):
                self._configure(folder, read(path))
            if name == "package.json" and folder:
                named = _NAME.search(read(path))
                if named:
                    self._aliases.append((named[1], folder))

    def _configure(self, folder: str, text: str) -> None:
        base = _BASE.search(text)
        start = _normal(folder, base[1] if base else ".")
        for alias, target in _PATHS.findall(text):
            self._aliases.append((alias, _normal(start, target)))

    def at(self, stem: str) -> str | None:
        """The file at a path, with or without its ending; what is built stands for its source."""
        for candidate in (
            stem,
            _BUILT.sub(lambda m: m[0][:1] * m[0].startswith("/") + "src/", stem, count=1),
        ):
            bare = re.sub(r"\.[cm]?jsx?$", "", candidate)
            for start in dict.fromkeys((candidate, bare)):
                for end in (*_ENDINGS, *_INDEXES):
                    if start + end in self.files:
                        return start + end
        return None

    def resolve(self, module: str, path: str) -> tuple[str | None, bool]:
        """The file of a module, and whether it had to be one of ours."""
        module = module.partition("?")[0]
        if module.startswith("."):
            found = self.at(_normal(posixpath.dirname(path), module))
            return found, not _DATA.search(module)
        for alias, target in self._aliases:
            if module == alias or module.startswith(f"{alias}/"):
                rest = module[len(alias) + 1 :]
                stem = f"{target}/{rest}" if rest else target
                found = self.at(stem) or self.at(_normal(target, f"src/{rest}"))
                if found:
                    return found, True
        return None, False

    def below(self, path: str) -> list[str]:
        """Every file in the folder of a module and below it."""
        folder = posixpath.dirname(path)
        return [f for f in self.files if f.startswith(f"{folder}/" if folder else "")]


def edges(
    path: str, scan: FileScan, modules: ScriptModules
) -> tuple[set[str], list[tuple[int, str]]]:
    """The files that a file reaches, and its first-party imports that lead nowhere (line, module)."""
    reached: set[str] = set()
    lost: list[tuple[int, str]] = []
    for one in scan.imports:
        if one.typing:
            continue
        found, ours = modules.resolve(one.module, path)
        if found is not None:
            reached |= {found} - modules.client
        elif ours and not one.optional:
            lost.append((one.line, one.module))
    return reached, lost


class GoPackages:
    """Go files by the path of their package; a package is a folder."""

    def __init__(
        self, paths: Iterable[str], every: Iterable[str], read: Callable[[str], str]
    ) -> None:
        self.files = frozenset(p for p in paths if not p.endswith("_test.go"))
        self._modules: list[tuple[str, str]] = []
        for path in sorted(every):
            if path == "go.mod" or path.endswith("/go.mod"):
                named = _GO_MODULE.search(read(path))
                if named:
                    self._modules.append((named[1], posixpath.dirname(path)))

    def folder(self, module: str) -> str | None:
        """The folder of a package of ours; None for others."""
        for name, folder in sorted(self._modules, reverse=True):
            if module == name or module.startswith(f"{name}/"):
                return _normal(folder, module[len(name) + 1 :] or ".")
        return None

    def inside(self, folder: str) -> list[str]:
        """The files of a package."""
        return [f for f in self.files if posixpath.dirname(f) == folder]


def go_edges(
    path: str, scan: FileScan, packages: GoPackages
) -> tuple[set[str], list[tuple[int, str]]]:
    """The files of the package that a file belongs to, and of those that it imports."""
    reached = set(packages.inside(posixpath.dirname(path)))
    lost: list[tuple[int, str]] = []
    for one in scan.imports:
        folder = packages.folder(one.module)
        if folder is None:
            continue
        files = packages.inside(folder)
        reached.update(files)
        if not files:
            lost.append((one.line, one.module))
    return reached, lost


def _normal(folder: str, path: str) -> str:
    joined = posixpath.normpath(posixpath.join(folder, path))
    return "" if joined == "." else joined
