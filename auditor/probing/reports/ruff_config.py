"""The target's own settings of ruff and black, fenced in so that nothing of this machine joins them.

Ruff looks for settings, and for the Python version, in every folder above a file, up to the root of the
file system; and `extend` may name any file, whose text ruff then quotes in its errors.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import Any

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

COPY = "auditor-copy"
_NAMES = ("pyproject.toml", "ruff.toml", ".ruff.toml")
_LIMIT = 1024 * 1024
_MOST = 2_000
_ELSEWHERE = re.compile(r"^[/~]|[$:\\]")  # absolute, or to be expanded by ruff
_VERSIONS = re.compile(r"[\d.,<>=!~* ]{1,80}")
_OLDEST = ">=3.10"  # what ruff itself supposes where nothing is said
_BLACK_VERSION = re.compile(r"py3(\d{1,2})")
_WIDEST = 320


@dataclass(frozen=True, slots=True)
class RuffConfig:
    """The settings that the target has, by repository path, as text that was parsed."""

    files: Mapping[str, bytes]
    tables: Mapping[str, Mapping[str, Any]]

    @property
    def own(self) -> bool:
        """Whether the target configures ruff anywhere."""
        return any(_ruff(path, table) is not None for path, table in self.tables.items())

    @property
    def black_excludes(self) -> tuple[str, list[str]]:
        """The folder of the settings of black and its patterns, where black alone is configured."""
        path, black = self._nearest("black")
        named = ("exclude", "extend-exclude", "force-exclude")
        patterns = [black[key] for key in named if isinstance(black.get(key), str) and black[key]]
        return dirname(path), [] if self.own else patterns

    def laid_out(self, sources: Mapping[str, bytes]) -> dict[str, bytes]:
        """The private folder of a run: everything below COPY, and a fence around it."""
        inside = {**sources, **self.files}
        return {
            **{f"{COPY}/{path}": data for path, data in inside.items()},
            "ruff.toml": self._fence().encode(),
            "pyproject.toml": f'[project]\nname = "fence"\nversion = "0"\n'
            f'requires-python = "{self._python()}"\n'.encode(),
        }

    def _fence(self) -> str:
        """Settings for files that have none of their own: those of black, where only black has any."""
        black = {} if self.own else self._nearest("black")[1]
        lines = []
        width = black.get("line-length")
        if type(width) is int and 0 < width <= _WIDEST:
            lines.append(f"line-length = {width}")
        versions = black.get("target-version")
        if isinstance(versions, list) and versions:
            minor = [int(m[1]) for v in versions if (m := _BLACK_VERSION.fullmatch(str(v)))]
            lines += [f'target-version = "py3{min(minor)}"'] if minor and min(minor) >= 7 else []
        lines.append("[format]")
        if black.get("skip-string-normalization") is True:
            lines.append('quote-style = "preserve"')
        if black.get("skip-magic-trailing-comma") is True:
            lines.append("skip-magic-trailing-comma = true")
        return "\n".join(lines) + "\n"

    def _python(self) -> str:
        for _, table in self._by_depth():
            project = table.get("project")
            wanted = project.get("requires-python") if isinstance(project, dict) else None
            if isinstance(wanted, str) and _VERSIONS.fullmatch(wanted):
                return wanted
        return _OLDEST

    def _nearest(self, tool: str) -> tuple[str, Mapping[str, Any]]:
        """The path and the table of a tool's settings in a pyproject.toml, the least deep one."""
        for path, table in self._by_depth():
            if path.endswith("pyproject.toml"):
                found = _table(table, "tool").get(tool)
                if isinstance(found, dict):
                    return path, found
        return "", {}

    def _by_depth(self) -> list[tuple[str, Mapping[str, Any]]]:
        return sorted(self.tables.items(), key=lambda one: (one[0].count("/"), one[0]))


def ruff_config(repo: Repo, sources: Iterable[str]) -> RuffConfig:
    """Every file of settings in the folders above the `sources`, with those that they extend.

    Raises Trouble for one that cannot be read or parsed, or that extends what is not in the repository.
    """
    folders = {""}
    for source in sources:
        while (source := source.rpartition("/")[0]) and source not in folders:
            folders.add(source)
    waiting = [
        e.path
        for e in repo.entries
        if e.path.rpartition("/")[2] in _NAMES and e.path.rpartition("/")[0] in folders
    ]
    files: dict[str, bytes] = {}
    tables: dict[str, Mapping[str, Any]] = {}
    while waiting:
        path = waiting.pop()
        if path in files:
            continue
        if len(files) >= _MOST:
            raise Trouble(ProblemKind.TOO_LARGE, f"More than {_MOST:,} files of settings.")
        files[path] = repo.read(path, limit=_LIMIT).data
        tables[path] = _parsed(path, files[path])
        extended = (_ruff(path, tables[path]) or {}).get("extend")
        if isinstance(extended, str):
            waiting.append(_extended(repo, path, extended))
    return RuffConfig(files, tables)


def _parsed(path: str, data: bytes) -> Mapping[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        what = f"{path} is no TOML: {str(error)[:120]}"
        raise Trouble(ProblemKind.MALFORMED, what, "Mend the file.") from None


def _extended(repo: Repo, path: str, extended: str) -> str:
    """The repository path that `extend` names."""
    target = normpath(join(dirname(path), extended))
    outside = _ELSEWHERE.search(extended) or target.split("/")[0] == ".."
    if outside or not repo.exists(target):
        raise Trouble(
            ProblemKind.NOT_CONFIGURED,
            f"{path} extends {extended[:120]!r}, which is not in the repository.",
            "Keep the settings that it extends in the repository.",
        )
    return target


def _ruff(path: str, table: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The settings of ruff in a file; None where it has none. Only pyproject.toml nests them."""
    if not path.endswith("pyproject.toml"):
        return table
    found = _table(table, "tool").get("ruff")
    return found if isinstance(found, dict) else None


def _table(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = table.get(key)
    return found if isinstance(found, dict) else {}
