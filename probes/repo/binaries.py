"""Finds programs and large files that git tracks: nobody can review them, and every clone carries them for ever.

Programs are told by their first bytes (ELF, PE, Mach-O, Java classes and archives, WebAssembly, Python bytecode) among
files whose names suggest one or that have no ending; the wrappers of Gradle and Maven are left out, since builds expect
them. Large is more than 5 MB, unless the file is a pointer of Git LFS.

Not seen: what only older commits hold, and programs within archives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Need, Observation, Trouble, probe
from auditor.probing.repo import Entry, Repo
from auditor.probing.repository.entries import Entries

PROGRAMS = FactSpec("binaries.programs", FactType.LIST, "Compiled programs that git tracks.")
LARGE = FactSpec("binaries.large", FactType.LIST, "Files of more than 5 MB that git tracks.")

_MOST_BYTES = 5 * 1024 * 1024
_MAGIC = (
    (b"\x7fELF", "an ELF program"),
    (b"MZ", "a Windows program"),
    (b"\xfe\xed\xfa\xce", "a Mach-O program"),
    (b"\xfe\xed\xfa\xcf", "a Mach-O program"),
    (b"\xcf\xfa\xed\xfe", "a Mach-O program"),
    (b"\xce\xfa\xed\xfe", "a Mach-O program"),
    (b"\xca\xfe\xba\xbe", "a Java class"),
    (b"\0asm", "a WebAssembly module"),
    (b"!<arch>\n", "a static library"),
)
_ARCHIVE = re.compile(r"(?i).*\.(?:jar|war|ear|whl|egg|nupkg|apk)")
_BYTECODE = re.compile(r"(?i).*\.py[co]")
_SUSPECT = re.compile(
    r"(?i).*\.(?:exe|dll|so(?:\.\d+)*|dylib|bin|o|a|lib|class|wasm|out|run|elf|com|sys|msi)|(?:.*/)?[^./]+"
)
_WRAPPER = re.compile(r"(?:.*/)?(?:gradle|\.mvn)/wrapper/[\w-]+-wrapper\.jar")
_POINTER = b"version https://git-lfs.github.com/spec/"


@probe(
    "repo.binaries",
    title="Programs and large files in git",
    needs=[Need.REPOSITORY],
    emits=[PROGRAMS, LARGE],
    pure=True,
)
def binaries(ctx: Context) -> Iterator[Observation]:
    """A file that cannot be read leaves programs open where no other file is one."""
    seen = Entries((PROGRAMS, LARGE))
    tracked = [e for e in ctx.repo.service if e.tracked or not ctx.repo.tree.is_git]
    for entry in tracked:
        try:
            what = _program(ctx.repo, entry)
        except Trouble as trouble:
            seen.problems.append(trouble.problem())
            continue
        if what:
            seen.add(PROGRAMS, entry.path, None, f"is {what}")
        if entry.size > _MOST_BYTES:
            seen.add(LARGE, entry.path, None, f"has {entry.size / 1024 / 1024:.1f} MB")
    source = ctx.repo.source(f"{ctx.repo.root or '.'}: {len(tracked)} tracked files looked at")
    yield from seen.observations(ctx, source)


def _program(repo: Repo, entry: Entry) -> str:
    """What kind of program a file is, "" for none. Raises Trouble."""
    path = entry.path
    if _WRAPPER.fullmatch(path) or not entry.size:
        return ""
    archive = _ARCHIVE.fullmatch(path) is not None
    if not archive and not _BYTECODE.fullmatch(path) and not _SUSPECT.fullmatch(path):
        return ""
    head = repo.head(path)
    if head.startswith(_POINTER):
        return ""
    if archive:
        return "an archive of compiled code" if head.startswith(b"PK\x03\x04") else ""
    if _BYTECODE.fullmatch(path):
        return "Python bytecode" if head[2:4] == b"\r\n" else ""
    return next((what for magic, what in _MAGIC if head.startswith(magic)), "")
