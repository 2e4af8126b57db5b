"""Maps the paths in coverage reports (of other machines, packages, modules) to repository paths."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from auditor.formats.coverage.coverage_report import CoverageReport, FileCoverage
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_GO_MODULE = re.compile(r"^module[ \t]+\"?([^\s\"]+)", re.MULTILINE)
_MOST_MODULES = 200
_GO_MOD_LIMIT = 1024 * 1024
# What lies here is not the service's, even where a name at its end is.
_FOREIGN = re.compile(r"(?:^|/)(?:site-packages|dist-packages|node_modules|\.?venv|go/pkg/mod)/")
_SOURCE_SET = re.compile(r"(?:^|.*/)src/[^/]+/(?:java|kotlin|scala|groovy)/")


class CoveragePaths:
    """The files of a repository, found by what reports write for them."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._by_name: dict[str, list[str]] = {}
        for entry in repo.entries:
            self._by_name.setdefault(entry.path.rpartition("/")[2], []).append(entry.path)
        self._modules: dict[str, str] | None = None

    def of(self, report: CoverageReport) -> dict[str, FileCoverage]:
        """The report's files by repository path, as far as they are the service's.

        Where two of its files mean the same one, the worse counts.
        """
        found: dict[str, FileCoverage] = {}
        for file in report.files:
            path = self._file(file, report)
            if path is not None and self._repo.in_service(path):
                known = found.get(path)
                found[path] = file if known is None else _worse(known, file)
        return found

    def find(self, written: str, sources: Iterable[str] = ()) -> str | None:
        """The one file that `written` can mean, or None.

        Either the written path ends in the file's path (absolute, of any machine), or the file's
        path ends in the written one (relative to some folder). The longest common end wins, so that
        of two `models.py` the right one is meant; then the service's own. A tie means neither.
        """
        written = _plain(written)
        candidates = self._by_name.get(written.rpartition("/")[2], [])
        for full in [*(f"{s.rstrip('/')}/{written}" for s in map(_plain, sources)), written]:
            if _FOREIGN.search(full):
                continue
            one = self._nearest(full, [c for c in candidates if self._fits(full, c)])
            if one is not None:
                return one
        return None

    def _file(self, file: FileCoverage, report: CoverageReport) -> str | None:
        if report.producer == "go" and not file.path.startswith(("/", ".", "_/")):
            return self._go(file.path)
        if report.producer == "jacoco":
            return self._jvm(file)
        return self.find(file.path, report.sources)

    def _nearest(self, written: str, candidates: list[str]) -> str | None:
        scored = [(_common(written, c), self._repo.in_service(c), c) for c in candidates]
        best = max((score[:2] for score in scored), default=None)
        nearest = [path for *score, path in scored if tuple(score) == best]
        return nearest[0] if len(nearest) == 1 else None

    def _fits(self, written: str, candidate: str) -> bool:
        slashed = "/" + written.strip("/")
        return slashed.endswith("/" + self._repo.below(candidate)) or f"/{candidate}".endswith(
            slashed
        )

    def _go(self, written: str) -> str | None:
        """By the longest module whose name opens the import path; a dependency's file is nobody's."""
        modules = self._go_modules()
        if not modules:
            return self.find(written)
        fitting = [name for name in modules if written.startswith(f"{name}/")]
        if not fitting:
            return None
        module = max(fitting, key=len)
        path = posixpath.normpath(posixpath.join(modules[module], written[len(module) + 1 :]))
        return path if path in self._repo.by_path else None

    def _go_modules(self) -> dict[str, str]:
        """The folder of each Go module by the module's name."""
        if self._modules is None:
            self._modules = {}
            for path in self._by_name.get("go.mod", [])[:_MOST_MODULES]:
                try:
                    text = self._repo.read(path, limit=_GO_MOD_LIMIT).text
                except Trouble:
                    continue
                named = _GO_MODULE.search(text)
                if named is not None:
                    self._modules[named[1]] = posixpath.dirname(path)
        return self._modules

    def _jvm(self, file: FileCoverage) -> str | None:
        """By package and name; among several, by the module of the build.

        Kotlin may leave the packages that all its files share out of the folders.
        """
        written = _plain(file.path)
        candidates = self._by_name.get(written.rpartition("/")[2], [])
        fitting = [c for c in candidates if f"/{c}".endswith(f"/{written}")]
        if not fitting and written.endswith(".kt"):
            short = {c: _SOURCE_SET.sub("", c) for c in candidates if _SOURCE_SET.match(c)}
            ends = {c: rest for c, rest in short.items() if f"/{written}".endswith(f"/{rest}")}
            longest = max(map(len, ends.values()), default=0)
            fitting = [c for c, rest in ends.items() if len(rest) == longest]
        module = file.module.rpartition("/")[2]
        if len(fitting) > 1 and module:
            fitting = [c for c in fitting if module in c.split("/")[:-1]]
        if len(fitting) > 1:
            fitting = [c for c in fitting if self._repo.in_service(c)]
        return fitting[0] if len(fitting) == 1 else None


def _plain(written: str) -> str:
    return written.replace("\\", "/").removeprefix("./")


def _common(a: str, b: str) -> int:
    """How many last parts two paths have in common."""
    count = 0
    for x, y in zip(reversed(a.split("/")), reversed(b.split("/")), strict=False):
        if x != y:
            break
        count += 1
    return count


def _worse(one: FileCoverage, other: FileCoverage) -> FileCoverage:
    """The one of which less ran; nobody can tell which lines of the two are the same."""
    return min(one, other, key=lambda f: f.covered / f.statements if f.statements else 1.0)
