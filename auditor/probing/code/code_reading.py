"""The source of the service as its import graph: scanned once for all probes, kept by content."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from weakref import WeakKeyDictionary

from auditor.code.java.modules_java import JavaModules
from auditor.code.languages import EMBEDDED, grammar_of, language_of
from auditor.code.lexical.places import Role, role
from auditor.code.parsing import Unparsed
from auditor.code.patterns import Patterns, read_patterns
from auditor.code.python.modules_python import PythonModules
from auditor.code.reach.call_index import CallIndex
from auditor.code.reach.closure import Closure, close
from auditor.code.reach.import_index import ImportIndex
from auditor.code.scan import FileScan
from auditor.code.scanning import FAMILIES, VERSION, family, scan_file
from auditor.code.script.browser import in_browser, marked_client
from auditor.code.script.modules_script import GoPackages, ScriptModules
from auditor.code.starts.entry_points import entry_points, is_shipped
from auditor.code.starts.starts import starting_files
from auditor.probing.code.source_files import SourceFiles
from auditor.probing.content_tables import tables_of
from auditor.probing.contract import Context
from auditor.probing.repo import Repo
from auditor.probing.reports.coverage_sources import GLUE
from auditor.probing.reports.coverage_sources import family as any_family
from auditor.probing.sources import shipped


@dataclass(frozen=True, slots=True)
class Code:
    """The closure of the service, the scans of its files by path, and how their names are resolved.

    `sizes` are the bytes of shipped source by family of languages, those too that are not understood;
    scripts for the browser are left out of everything. `calls` are those of all scans.
    """

    closure: Closure
    scans: dict[str, FileScan]
    sizes: Counter[str]
    python: PythonModules
    scripts: ScriptModules
    java: JavaModules
    calls: CallIndex
    files: SourceFiles
    imports: ImportIndex


def patterns_folder() -> Path:
    """Where the patterns are: in the wheel, or in the source tree beside it."""
    package = Path(__file__).resolve().parents[2]
    packaged = package / "config" / "patterns"
    return packaged if packaged.is_dir() else package.parent / "config" / "patterns"


@lru_cache(maxsize=1)
def patterns() -> Patterns:
    """The patterns that come with the auditor. Raises PatternMistake."""
    return read_patterns({p.name: p.read_bytes() for p in sorted(patterns_folder().glob("*.yaml"))})


_NO_CODE = ("/package-info.java", "module-info.java")
_UNREAD = FileScan(refused="it could not be read")
_LOCK = threading.Lock()
_KEPT: WeakKeyDictionary[Repo, Code] = WeakKeyDictionary()


def reachable(ctx: Context) -> Closure:
    """The closure of the service of this audit."""
    return code_of(ctx).closure


def code_of(ctx: Context) -> Code:
    """The service's code, read once for each audit; a second probe waits for the first."""
    with _LOCK:
        found = _KEPT.get(ctx.repo)
        if found is None:
            found = _KEPT[ctx.repo] = _Reading(ctx).code()
        return found


class _Reading:
    def __init__(self, ctx: Context) -> None:
        self._repo = ctx.repo
        self._files = SourceFiles(ctx.repo, tables_of(ctx.repo, ctx.cache))
        self._patterns = patterns()
        self._scans: dict[str, FileScan] = {}

    def code(self) -> Code:
        all_paths = [e.path for e in self._repo.service]
        known = frozenset(all_paths)
        browser = in_browser(_of(all_paths, "javascript"), known, self._text)
        every = [p for p in all_paths if p not in browser]
        paths = [p for p in every if family(p) is not None]
        client = marked_client(_of(paths, "javascript"), self._text)
        ours = [
            e
            for e in shipped(self._repo)
            if e.path not in browser | client and grammar_of(e.path) != EMBEDDED
        ]
        understood = [e.path for e in ours if family(e.path) is not None]
        self._scan_all(understood)
        python = PythonModules(_of(paths, "python"), every, self._repo.root)
        scripts = ScriptModules(
            _of(paths, "javascript"), every, self._repo.root, self._text, client
        )
        go = GoPackages(_of(paths, "go"), every, self._text)
        source = [
            p
            for p in understood
            if role(self._repo.below(p)) is Role.SOURCE and not p.endswith(_NO_CODE)
        ]
        java = JavaModules(
            {p: self._scans.get(p, _UNREAD) for p in _of(source, "java")},
            [p for p in every if role(self._repo.below(p)) is Role.SOURCE],
            self._repo.root,
            self._text,
        )
        points = entry_points([p for p in every if is_shipped(self._repo.below(p))], self._text)
        starts = starting_files(
            points,
            every,
            self._text,
            lambda name, path: python.named(name, path) + java.named(name, path),
            scripts.at,
            java.beans,
            java.module,
        )
        closure = close(starts - client, source, self._scan, python, scripts, go, java)
        sizes: Counter[str] = Counter()
        for entry in ours:
            if any_family(entry.path) not in GLUE:
                sizes[_counted_as(entry.path)] += entry.size
        calls = CallIndex(self._scans)
        self._files.reachable = closure.reachable
        self._files.members = tuple(
            p for p in sorted(closure.reachable | closure.perhaps) if p in self._scans
        )
        return Code(
            closure,
            self._scans,
            sizes,
            python,
            scripts,
            java,
            calls,
            self._files,
            ImportIndex(self._scans),
        )

    def _scan_all(self, paths: Iterable[str]) -> None:
        """Scan the files of every language, what is known of their content taken from the cache."""
        for name in sorted(set(FAMILIES.values())):
            for path in _of(paths, name):
                scan = self._scanned(path, name)
                if scan is not None:
                    self._scans[path] = scan

    def _scanned(self, path: str, name: str) -> FileScan | None:
        maker = f"code {VERSION} {self._patterns.digest(name)}"
        wanted = self._patterns.wanted(name)
        scan = self._files.made(
            maker, FileScan, lambda text, _: scan_file(text, path, wanted), path
        )
        return None if isinstance(scan, Unparsed) else scan

    def _scan(self, path: str) -> FileScan | None:
        """The scan of one file, made now where it is no shipped source."""
        if path not in self._scans:
            scan = self._scanned(path, family(path) or "")
            if scan is None:
                return None
            self._scans[path] = scan
        return self._scans[path]

    def _text(self, path: str) -> str:
        return self._files.text(path) or ""


def _counted_as(path: str) -> str:
    """The family of a file; a language that shares its test runs with one that is understood, but is not
    understood itself, by its own name."""
    kin = any_family(path)
    return family(path) or (language_of(path) or kin if kin == "java" else kin)


def _of(paths: Iterable[str], name: str) -> list[str]:
    return [p for p in paths if family(p) == name]
