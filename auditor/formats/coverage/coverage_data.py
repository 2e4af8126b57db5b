"""The data file of coverage.py (SQLite): which lines ran, counted against the sources' text.

Read in memory with queries of our own: coverage.py's reader opens files and, through its
configuration, loads the plugins that the audited repository names.
"""

from __future__ import annotations

from collections.abc import Callable

from auditor.formats.coverage.coverage_report import (
    CoverageReport,
    Declared,
    FileCoverage,
    UnreadableFile,
)
from auditor.formats.coverage.coverage_source import count
from auditor.formats.coverage.coverage_sqlite import Recording, read
from auditor.formats.text.errors import Malformed

_MAGIC = b"SQLite format 3\x00"
_TABLES = (b"coverage_schema", b"line_bits")


def sniff(head: bytes) -> bool:
    """Whether the first bytes (the first page: 4096 at least) are those of a data file."""
    return head.startswith(_MAGIC) and all(table in head for table in _TABLES)


def parse(data: bytes, source: Callable[[str], str | None]) -> CoverageReport:
    """The counts of every recorded file.

    `source` gives the text of a recorded path (mostly absolute, and of another machine), or None
    where there is none; such a file is in `unreadable`, as is one that a plugin measured or that
    is not Python for this interpreter. Lines under coverage.py's default exclusions are excluded.
    Raises Malformed and TooLarge.
    """
    if not data.startswith(_MAGIC):
        raise Malformed("This is not a coverage.py data file: it is no SQLite database.")
    recording = read(data)
    produced_at = recording.produced_at
    files: list[FileCoverage] = []
    unreadable: list[UnreadableFile] = []
    for path in sorted(recording.paths):
        counted = _count(recording, path, source)
        if isinstance(counted, FileCoverage):
            files.append(counted)
        else:
            unreadable.append(counted)
    return CoverageReport(
        files=tuple(files),
        declared=Declared(),
        producer="coverage.py",
        producer_version=recording.version,
        produced_at=produced_at,
        produced_at_is_local=produced_at is not None and produced_at.tzinfo is None,
        unreadable=tuple(unreadable),
    )


def _count(
    recording: Recording, path: str, source: Callable[[str], str | None]
) -> FileCoverage | UnreadableFile:
    plugin = recording.plugins.get(path)
    if plugin:
        return UnreadableFile(path, f"The plugin {plugin[:80]} measured it, and no plugin is run.")
    text = source(path)
    if text is None:
        return UnreadableFile(path, "Its source is not in the repository.")
    arcs = recording.arcs.get(path, frozenset()) if recording.has_arcs else None
    return count(path, text, recording.lines.get(path, frozenset()), arcs)
