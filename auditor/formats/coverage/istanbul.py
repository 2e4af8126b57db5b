"""Istanbul's coverage-final.json (nyc, jest, vitest, c8): lines counted from its statements."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from auditor.formats.coverage.coverage_numbers import LAST_LINE
from auditor.formats.coverage.coverage_report import CoverageReport, Declared, FileCoverage
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.typed_json import decoder

_NAME = "The Istanbul report"
_MOST_FILES = 1_000_000
_OPENING = re.compile(rb'\s*+\{\s*+"(?:[^"\\]|\\.)*+"\s*+:\s*+\{', re.DOTALL)
_MAPS = re.compile(rb'"(?:statementMap|branchMap|fnMap)"\s*+:\s*+\{')

_Count = Annotated[int, msgspec.Meta(ge=0, le=10**18)]


class _Place(msgspec.Struct):
    line: Annotated[int, msgspec.Meta(ge=1, le=LAST_LINE)]


class _Span(msgspec.Struct):
    start: _Place


class _File(msgspec.Struct):
    statements: dict[str, _Span] = msgspec.field(name="statementMap")
    hits: dict[str, _Count] = msgspec.field(name="s")
    branches: dict[str, msgspec.Raw] = msgspec.field(name="branchMap")
    taken: dict[str, list[_Count]] = msgspec.field(name="b")


def sniff(head: bytes) -> bool:
    """Whether the first bytes open an object of files with one of Istanbul's maps in them."""
    text = json_text.opening(head)
    return _OPENING.match(text) is not None and _MAPS.search(text) is not None


def parse(data: bytes) -> CoverageReport:
    """The report; a line ran where a statement that starts on it did, as Istanbul counts lines.

    The format carries neither time nor commit, nor what was excluded. Files stay raw until they
    are counted, one after another. Raises Malformed and TooLarge.
    """
    files = json_text.decode(data, dict[str, msgspec.Raw], name=_NAME)
    if not files:
        raise Malformed(f"{_NAME} names no file.")
    if len(files) > _MOST_FILES:
        raise TooLarge(f"{_NAME} names more than {_MOST_FILES:,} files.")
    return CoverageReport(
        files=tuple(_counted(path, raw) for path, raw in files.items()),
        declared=Declared(),
        producer="istanbul",
    )


def _counted(path: str, raw: msgspec.Raw) -> FileCoverage:
    file = _file(path, raw)
    if file.statements.keys() != file.hits.keys() or file.branches.keys() != file.taken.keys():
        raise Malformed(f"{_NAME} counts other statements of {path[:200]!r} than it maps.")
    lines = {span.start.line for span in file.statements.values()}
    ran = {file.statements[key].start.line for key, hits in file.hits.items() if hits}
    ways = [hits for branch in file.taken.values() for hits in branch]
    return FileCoverage(
        path,
        statements=len(lines),
        covered=len(ran),
        branches=len(ways),
        covered_branches=sum(hits > 0 for hits in ways),
        last_line=max(lines, default=0),
    )


def _file(path: str, raw: msgspec.Raw) -> _File:
    try:
        return decoder(_File).decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        what = str(error) if isinstance(error, msgspec.ValidationError) else "it is not JSON"
        raise Malformed(f"{_NAME} does not count the file {path[:200]!r}: {what}.") from None
    except RecursionError:
        raise TooLarge(f"{_NAME} is nested too deeply.") from None
