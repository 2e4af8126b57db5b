"""What Bandit says of one file's content, wherever that file lies; small enough to keep."""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import normpath

import msgspec

from auditor.formats.scanners.bandit_json import BanditReport, Finding, Rank
from auditor.formats.text.typed_json import decoder


class Result(msgspec.Struct, frozen=True, array_like=True):
    """One result without its path; `line` counts from 1."""

    test_id: str
    line: int
    severity: int
    confidence: int
    text: str


class FileScan(msgspec.Struct, frozen=True, array_like=True):
    """Lines of code, results, and why the file could not be scanned, if so."""

    loc: int
    results: tuple[Result, ...] = ()
    error: str | None = None

    def findings(self, path: str) -> list[Finding]:
        """The results as findings in the file at `path`."""
        return [
            Finding(r.test_id, path, r.line, Rank(r.severity), Rank(r.confidence), r.text)
            for r in self.results
        ]


@dataclass(slots=True)
class _Parts:
    loc: int
    results: list[Result]
    error: str | None = None


def split(report: BanditReport) -> dict[str, FileScan]:
    """A report taken apart, by path without a leading `./`."""
    parts = {plain(f.path): _Parts(f.loc, []) for f in report.files}
    for finding in report.findings:
        result = Result(
            finding.test_id, finding.line, finding.severity, finding.confidence, finding.text
        )
        parts.setdefault(plain(finding.path), _Parts(0, [])).results.append(result)
    for error in report.errors:
        parts.setdefault(plain(error.path), _Parts(0, [])).error = error.reason
    return {
        path: FileScan(part.loc, tuple(sorted(part.results, key=_order)), part.error)
        for path, part in parts.items()
    }


def plain(path: str) -> str:
    """A path as Bandit writes it, the way the repository has it."""
    return normpath(path.replace("\\", "/"))


def _order(result: Result) -> tuple[int, str]:
    return result.line, result.test_id


def pack(scan: FileScan) -> bytes:
    """The scan as bytes."""
    return msgspec.json.encode(scan)


def unpack(data: bytes) -> FileScan | None:
    """The scan again; None where the bytes are no such thing."""
    try:
        scan = decoder(FileScan).decode(data)
        scan.findings("x")
    except (msgspec.DecodeError, ValueError):
        return None
    return scan
