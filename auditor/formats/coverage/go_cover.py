"""Go cover profiles: statements of each block counted once, as `go tool cover` does it."""

from __future__ import annotations

import re

from auditor.formats.coverage.coverage_numbers import LAST_LINE
from auditor.formats.coverage.coverage_report import CoverageReport, Declared, FileCoverage
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed, TooLarge

_NAME = "The Go cover profile"
_MOST_BLOCKS = 1_000_000
_MODE = re.compile(rb"mode: (set|count|atomic)[ \t]*+\r?(?:\n|\Z)")
# Names may hold colons and spaces, so that the numbers are found from the end of the line.
_LINE = re.compile(
    rb"^(?:([^\n]+):(\d{1,9}\.\d{1,9},(\d{1,9})\.\d{1,9}) (\d{1,9}) (\d{1,20})\r?"
    rb"|mode: (set|count|atomic)[ \t]*+\r?|[ \t\r]*+|([^\n]*+))$",
    re.MULTILINE,
)


def sniff(head: bytes) -> bool:
    """Whether the first line is the mode line of a profile."""
    return _MODE.match(json_text.opening(head)) is not None


def parse(data: bytes) -> CoverageReport:
    """The report: statements, not lines, by the import path of each file.

    A block that several test binaries report counts once, and ran where any of them ran it.
    The format carries neither time nor commit, and no branches. Raises Malformed and TooLarge.
    """
    data = json_text.opening(data)
    first = _MODE.match(data)
    if first is None:
        raise Malformed(f"{_NAME} does not start with its mode line.", line=1)
    files, written = _blocks(data, first[1])
    return CoverageReport(
        files=tuple(_counted(path, blocks) for path, blocks in files.items()),
        declared=Declared(),
        producer="go",
        details=written | {"blocks": sum(map(len, files.values()))},
    )


def _blocks(
    data: bytes, mode: bytes
) -> tuple[dict[bytes, dict[bytes, tuple[int, bool]]], dict[str, float]]:
    """By file and position: the statements of a block, and whether it ran; and what was written."""
    files: dict[bytes, dict[bytes, tuple[int, bool]]] = {}
    number = lines = all_statements = all_covered = modes = 0
    for line in _LINE.finditer(data):
        path, place, end, statements, hits, again, other = line.groups()
        if other is not None or again not in (None, mode):
            raise _malformed(data, line.start(), "has a line that is no block of its mode")
        if path is None:
            modes += again is not None
            continue
        if int(end) > LAST_LINE:
            raise _malformed(data, line.start(), f"ends a block at line {int(end)}")
        blocks = files.setdefault(path, {})
        known = blocks.get(place)
        if known is None:
            number += 1
            if number > _MOST_BLOCKS:
                raise TooLarge(f"{_NAME} holds more than {_MOST_BLOCKS:,} blocks.")
        elif known[0] != int(statements):
            raise _malformed(data, line.start(), "gives one block two numbers of statements")
        ran = bool(hits.strip(b"0"))
        lines += 1
        all_statements += int(statements)
        all_covered += int(statements) if ran else 0
        blocks[place] = int(statements), ran or (known is not None and known[1])
    written = {"blocks": lines, "statements": all_statements, "covered": all_covered}
    details = {f"{name}_written": float(count) for name, count in written.items()}
    return files, details | {f"mode.{mode.decode()}": float(modes)}


def _counted(path: bytes, blocks: dict[bytes, tuple[int, bool]]) -> FileCoverage:
    ends = (int(place.partition(b",")[2].partition(b".")[0]) for place in blocks)
    return FileCoverage(
        path.decode("utf-8", "replace"),
        statements=sum(statements for statements, _ in blocks.values()),
        covered=sum(statements for statements, ran in blocks.values() if ran),
        last_line=max(ends, default=0),
    )


def _malformed(data: bytes, at: int, what: str) -> Malformed:
    return Malformed(f"{_NAME} {what}.", line=data.count(b"\n", 0, at) + 1)
