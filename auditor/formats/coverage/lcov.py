"""LCOV tracefiles: counted from their DA and BRDA lines, one source file at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from auditor.formats.coverage.coverage_report import CoverageReport, Declared, FileCoverage
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed, TooLarge

_NAME = "The LCOV report"
_MOST_RECORDS = 1_000_000
_MOST_LINES = 500_000
_LONGEST_PATH = 4_096
_PIECE = 1 << 20
_SHOWN = 10

_SNIFFED = re.compile(
    rb"\s*+(?:(?:TN:|#)[^\n]*+\n\s*+)*+SF:[^\n]++\n(?:[A-Z]{2,5}:|end_of_record|\Z)"
)
_RECORD = re.compile(rb"^(?:SF:([^\n]*)|end_of_record[ \t\r]*)$", re.MULTILINE)
# A pattern that opens with plain text is searched several times as fast as one that opens with `^`;
# every part of a record that is searched starts with the end of the line before it.
_NUMBER = rb"\nDA:[ \t]*+0*+([1-9]\d{0,7}),[ \t]*+"
_END = rb"(?:,[^\n]*+|[ \t\r]*+)$"
_LINE = re.compile(_NUMBER + rb"\d{1,20}" + _END, re.MULTILINE)
_RAN = re.compile(_NUMBER + rb"0*+[1-9]\d*+" + _END, re.MULTILINE)
_BRANCH = re.compile(rb"\nBRDA:([^\n]+),[ \t]*(?:-|\d{1,20})[ \t\r]*$", re.MULTILINE)
_TAKEN = re.compile(rb"\nBRDA:([^\n]+),[ \t]*0*[1-9]\d*[ \t\r]*$", re.MULTILINE)
_TOTAL = re.compile(rb"\n(LF|LH|BRF|BRH):[ \t]*+(\d{1,15})[ \t\r]*+$", re.MULTILINE)
_FUNCTIONS = re.compile(rb"\nFN([FH]):[ \t]*+(\d{1,15})[ \t\r]*+$", re.MULTILINE)
_NAMED = re.compile(rb"^TN:", re.MULTILINE)
_WRITTEN = (
    (b"\nDA:", _LINE), (b"\nBRDA:", _BRANCH), (b"\nLF:", _TOTAL), (b"\nLH:", _TOTAL),
    (b"\nBRF:", _TOTAL), (b"\nBRH:", _TOTAL),
)  # fmt: skip


def sniff(head: bytes) -> bool:
    """Whether the first bytes open a tracefile: a source file, perhaps after the test's name."""
    return _SNIFFED.match(json_text.opening(head)) is not None


def parse(data: bytes) -> CoverageReport:
    """The report; records of one file are put together, and a line ran where it ran in any of them.

    Takes little memory beside `data`: the lines of one source file at a time. The format carries
    neither time nor commit. Raises Malformed and TooLarge.
    """
    return _Reader(json_text.opening(data)).report()


@dataclass(slots=True)
class _Lines:
    """The line numbers and the branches of a record, or of all records of one file."""

    lines: set[bytes] = field(default_factory=set)
    ran: set[bytes] = field(default_factory=set)
    branches: set[bytes] = field(default_factory=set)
    taken: set[bytes] = field(default_factory=set)
    stated: dict[bytes, int] = field(default_factory=dict)
    written: int = 0
    written_ran: int = 0

    def add(self, other: _Lines) -> None:
        self.lines |= other.lines
        self.ran |= other.ran
        self.branches |= other.branches
        self.taken |= other.taken


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._stated: dict[bytes, int] = dict.fromkeys((b"LF", b"LH", b"BRF", b"BRH"), 0)
        self._times_stated = dict.fromkeys(self._stated, 0)
        self._wrong: list[str] = []
        self._doubled = False
        self._written_lines = self._written_ran = 0

    def report(self) -> CoverageReport:
        places = self._places()
        files = [self._file(path, records) for path, records in places.items()]
        number = sum(map(len, places.values()))
        once = number == len(files) and not self._doubled
        if not any(file.branches for file in files) and not self._stated[b"BRF"]:
            files = [replace(file, branches=None, covered_branches=None) for file in files]
        return CoverageReport(
            files=tuple(files),
            declared=self._declared(number) if once else Declared(),
            producer="lcov",
            inconsistencies=() if once else tuple(self._wrong[:_SHOWN]),
            details=self._details(number),
        )

    def _details(self, records: int) -> dict[str, float]:
        """Every record as it is written, one that repeats another one's lines too."""
        found: dict[str, float] = {"records": records, "lines": self._written_lines}
        found["covered_lines"] = self._written_ran
        found["tests"] = len(_NAMED.findall(self._data))
        for part, number in _FUNCTIONS.findall(self._data):
            name = "covered_functions" if part == b"H" else "functions"
            found[name] = found.get(name, 0) + int(number)
        totals = self._stated.items()
        return found | {key.decode(): n for key, n in totals if self._times_stated[key]}

    def _places(self) -> dict[bytes, list[tuple[int, int]]]:
        """Where the records of each file lie; a record ends with the next one at the latest."""
        found: dict[bytes, list[tuple[int, int]]] = {}
        path, start, number = b"", -1, 0
        for line in _RECORD.finditer(self._data):
            if start >= 0:
                found.setdefault(path, []).append((start, line.start()))
            if line[1] is None:
                start = -1
                continue
            path, start, number = line[1].strip(), line.end(), number + 1
            if not path or len(path) > _LONGEST_PATH:
                raise self._malformed("has an SF line that names no file", line.start())
            if number > _MOST_RECORDS:
                raise TooLarge(f"{_NAME} holds more than {_MOST_RECORDS:,} records.")
        if start >= 0:
            raise self._malformed("is cut off: its last record has no end", start)
        if not found:
            raise Malformed(f"{_NAME} names no source file: it has no SF line.")
        return found

    def _file(self, path: bytes, records: list[tuple[int, int]]) -> FileCoverage:
        name = path.decode("utf-8", "replace")
        whole = _Lines()
        for start, end in records:
            one = self._record(name, start, end)
            whole.add(one)
            self._compare(name, one)
        return FileCoverage(
            name,
            statements=len(whole.lines),
            covered=len(whole.ran),
            branches=len(whole.branches),
            covered_branches=len(whole.taken),
            last_line=max(map(int, whole.lines), default=0),
        )

    def _record(self, name: str, start: int, end: int) -> _Lines:
        record = _Lines()
        for begin, stop in self._pieces(start, end):
            lines = _LINE.findall(self._data, begin, stop)
            branches = _BRANCH.findall(self._data, begin, stop)
            totals = _TOTAL.findall(self._data, begin, stop)
            if self._written(begin, stop) != len(lines) + len(branches) + len(totals):
                raise self._unreadable(begin, stop)
            ran = _RAN.findall(self._data, begin, stop)
            record.lines.update(lines)
            record.ran.update(ran)
            record.written += len(lines)
            record.written_ran += len(ran)
            record.branches.update(branches)
            record.taken.update(_TAKEN.findall(self._data, begin, stop))
            record.stated.update((key, int(number)) for key, number in totals)
            if max(len(record.lines), len(record.branches)) > _MOST_LINES:
                raise TooLarge(f"{_NAME} counts more than {_MOST_LINES:,} lines of {name[:200]}.")
        return record

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """A record in parts of whole lines, each from a line end up to a line end."""
        while end - start > _PIECE:
            cut = self._data.rfind(b"\n", start + 1, start + _PIECE)
            if cut < 0:
                raise TooLarge(f"{_NAME} holds a line of more than {_PIECE:,} bytes.")
            yield start, cut
            start = cut
        yield start, end

    def _written(self, start: int, end: int) -> int:
        """How many lines should count: one that cannot be read is never passed over."""
        return sum(self._data.count(opening, start, end) for opening, _ in _WRITTEN)

    def _unreadable(self, start: int, end: int) -> Malformed:
        for opening, pattern in _WRITTEN:
            at = self._data.find(opening, start, end)
            while at >= 0:
                if pattern.match(self._data, at, end) is None:
                    return self._malformed("has a line that holds no counts", at + 1)
                at = self._data.find(opening, at + 1, end)
        return self._malformed("has lines that hold no counts", start)

    def _compare(self, name: str, record: _Lines) -> None:
        """A line that stands twice in a record counts once here; some producers total it twice."""
        self._doubled = self._doubled or record.written != len(record.lines)
        self._written_lines += record.written
        self._written_ran += record.written_ran
        counted = (
            (b"LF", "lines", len(record.lines), record.written),
            (b"LH", "covered lines", len(record.ran), record.written_ran),
        )
        for key, number in record.stated.items():
            self._stated[key] += number
            self._times_stated[key] += 1
        self._wrong += [
            f"A record of {name[:200]} states {record.stated[key]:,} {what}, and holds {held:,}."
            for key, what, held, written in counted
            if record.stated.get(key, held) not in (held, written) and len(self._wrong) < _SHOWN
        ]

    def _declared(self, records: int) -> Declared:
        """The totals, each where every record states it."""
        whole = {
            k: self._stated[k] if n == records else None for k, n in self._times_stated.items()
        }
        branches = whole[b"BRF"] or None
        return Declared(
            statements=whole[b"LF"],
            covered=whole[b"LH"],
            branches=branches,
            covered_branches=whole[b"BRH"] if branches else None,
        )

    def _malformed(self, what: str, at: int) -> Malformed:
        return Malformed(f"{_NAME} {what}.", line=self._data.count(b"\n", 0, at) + 1)
