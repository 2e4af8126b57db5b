"""Open items as the findings that forges and analysers know: a place, a fingerprint, a few words."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from urllib.parse import quote

from auditor.model.evidence import Location
from auditor.model.gate import Gate, Worse
from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Verdict
from auditor.report import summary
from auditor.report.steps import next_step
from auditor.report.text import address, clipped

_LONGEST_TEXT = 300
_REASONS = 3
_URLS = 3


def open_items(report: Report) -> list[Verdict]:
    """Every open item: blockers first, fails before unknowns, waived ones last among their like."""
    return [v for severity in Severity for v in summary.open_of(report, severity)]


def files(verdict: Verdict) -> list[Location]:
    """The places in files where the item and its parts were seen to be open, each once, in order."""
    return list(dict.fromkeys(place for place in _places(verdict) if place.path))


def places(gate: Gate | None, verdict: Verdict) -> list[Location]:
    """The files of an open item; what a gate says is worse inside it comes first, as that is the news."""
    found = [w.location for w in _worse(gate, verdict) if w.location.path]
    return list(dict.fromkeys((*found, *files(verdict))))


def anchor(report: Report) -> str:
    """The file that stands for an item which no file shows, relative to the git root.

    Forges refuse a finding without a file. This is the service's own auditor.yaml, where it has one.
    """
    root = report.target.root.strip("/")
    return f"{root}/auditor.yaml" if root not in ("", ".") else "auditor.yaml"


def fingerprint(report: Report, verdict: Verdict) -> str:
    """64 hexadecimal digits for an item of a service: the same when lines move or files are renamed.

    Services of one repository differ in their root, so they never share one.
    """
    name = f"{report.target.root.strip('/')}\0{verdict.item.id}"
    return hashlib.sha256(name.encode("utf-8", "backslashreplace")).hexdigest()


def relative(path: str) -> str:
    """A path below the git root: no leading slash or `./`, which forges do not resolve."""
    return re.sub(r"\A(?:\./+|/+)+", "", path)


def uri(path: str) -> str:
    """A path below the git root as a relative URI reference; names in another encoding survive."""
    try:
        return quote(relative(path), errors="surrogateescape")
    except UnicodeEncodeError:
        return quote(relative(path), errors="backslashreplace")


def words(verdict: Verdict) -> str:
    """Why an item is open, in sentences on one line; unknown says that nothing is known to be wrong."""
    said = [_sentence(reason.text) for reason in verdict.reasons[:_REASONS]]
    left = len(verdict.reasons) - len(said)
    if left > 0:
        said.append(f"And {summary.counted(left, 'more reason')}.")
    urls = dict.fromkeys(address(p.url) for p in _places(verdict) if p.url and not p.path)
    if urls:
        said.append(_sentence(f"Seen at {', '.join(list(urls)[:_URLS])}"))
    if verdict.outcome is Outcome.UNKNOWN:
        counts = " (counts as a fail)" if verdict.item.severity is Severity.BLOCKER else ""
        said.insert(0, f"Not known{counts}.")
    return " ".join(said)


def news(gate: Gate | None, verdict: Verdict) -> str:
    """What a gate says got worse inside an item that was open already, as sentences; else nothing."""
    said = [
        _sentence(
            f"Worse than at the base: {w.text if w.kind == 'finding' else f'{w.fact}: {w.text}'}"
        )
        for w in _worse(gate, verdict)
    ]
    left = len(said) - _REASONS
    more = [f"And {left} more."] if left > 0 else []
    return "".join(f"{text} " for text in [*said[:_REASONS], *more])


def _worse(gate: Gate | None, verdict: Verdict) -> list[Worse]:
    return [w for w in gate.worse if w.item == verdict.item.id] if gate is not None else []


def advice(verdict: Verdict) -> str:
    """The next step of an open item on one line."""
    return clipped(str(next_step(verdict)), _LONGEST_TEXT)


def _places(verdict: Verdict) -> Iterator[Location]:
    for reason in verdict.reasons:
        yield from reason.locations
    for check in verdict.checks:
        if check.open:
            yield from _places(check)


def _sentence(text: str) -> str:
    line = clipped(text, _LONGEST_TEXT)
    return line if line.endswith((".", "!", "?", "…")) else f"{line}."
