"""A /metrics answer, in the Prometheus text format or OpenMetrics, as families with counts.

A pass of our own counts in bounded memory; below CHECKED_SAMPLES the parser of prometheus_client
reads the same text after it, to check what the pass does not.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from prometheus_client.openmetrics import parser as openmetrics_parser
from prometheus_client.parser import text_fd_to_metric_families

from auditor.formats.monitoring.exposition_families import Family, FamilyCounter, is_default
from auditor.formats.monitoring.exposition_lines import Comment, Sample, read_line
from auditor.formats.text.errors import Malformed, TooLarge

__all__ = ["CHECKED_SAMPLES", "Exposition", "Family", "is_default", "parse", "sniff"]

CHECKED_SAMPLES = 50_000
# The checking parser takes quadratic time on one line.
_LONGEST_CHECKED_LINE = 8_192
_LONGEST_LINE = 1_000_000
_END = re.compile(rb"(?:\A|\n)# EOF\n?\s*\Z")
_COMMENT = re.compile(rb"(?:\A|\n)# (?:TYPE|HELP|UNIT) \S+ \S", re.ASCII)


@dataclass(frozen=True, slots=True)
class Exposition:
    """One scrape, families in their order. An empty answer is one without families.

    `complaint` says what the stricter parser objects to in a text that Prometheus may still
    accept, or that the end of the last line is missing; None also where there was no check.
    `non_finite` counts samples that are NaN or infinite, `exemplars` those that name a trace.
    """

    families: tuple[Family, ...]
    samples: int
    openmetrics: bool
    checked: bool
    complaint: str | None
    lines: int = 0
    non_finite: int = 0
    exemplars: int = 0

    @property
    def default_families(self) -> tuple[Family, ...]:
        """Families that a client library or a runtime exposes for free."""
        return tuple(family for family in self.families if is_default(family.name))

    @property
    def own_families(self) -> tuple[Family, ...]:
        """All others."""
        return tuple(family for family in self.families if not is_default(family.name))

    @property
    def live_families(self) -> tuple[Family, ...]:
        """Own families with at least one sample other than 0 and NaN."""
        return tuple(family for family in self.own_families if family.nonzero)


def sniff(head: bytes) -> bool:
    """Whether the first bytes hold metadata lines, or nothing but lines that are samples."""
    if head.lstrip()[:1] in (b"<", b"["):
        return False
    if _COMMENT.search(head):
        return True
    lines = head.decode("utf-8", "replace").split("\n")
    whole = [line for line in lines[: -1 if len(lines) > 1 else None] if line.strip()]
    try:
        found = [read_line(line) for line in whole]
    except Malformed:
        return False
    return any(isinstance(one, Sample) for one in found)


def parse(data: bytes, *, openmetrics: bool | None = None) -> Exposition:
    """The exposition in `data`.

    `openmetrics` is what the Content-Type of the answer says; None takes a last line `# EOF` for
    OpenMetrics. Raises Malformed with the line, also for an HTML page, and TooLarge.
    """
    _refuse_other_documents(data)
    ended = _END.search(data) is not None
    if openmetrics and not ended:
        raise Malformed("The OpenMetrics answer is cut off: it does not end with `# EOF`.")
    openmetrics = ended if openmetrics is None else openmetrics
    counter = FamilyCounter()
    longest = number = 0
    for number, line in enumerate(_lines(data), 1):
        longest = max(longest, len(line))
        _count(counter, line, number)
    families = counter.families()
    checked = counter.samples <= CHECKED_SAMPLES and longest <= _LONGEST_CHECKED_LINE
    complaint = _check(data, openmetrics) if checked else None
    if complaint is None and data and not data.endswith(b"\n") and not ended:
        complaint = "The last line has no end, so the answer may be cut off."
    return Exposition(
        families,
        counter.samples,
        openmetrics,
        checked,
        complaint,
        lines=number,
        non_finite=counter.non_finite,
        exemplars=counter.exemplars,
    )


def _refuse_other_documents(data: bytes) -> None:
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise Malformed("The answer is an HTML or XML page, not metrics.", line=1)


def _lines(data: bytes) -> Iterator[str]:
    try:
        for line in io.BytesIO(data):
            if len(line) > _LONGEST_LINE:
                raise TooLarge(f"The metrics hold a line of more than {_LONGEST_LINE:,} bytes.")
            yield line.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("The metrics are not UTF-8 text.") from None


def _count(counter: FamilyCounter, line: str, number: int) -> None:
    try:
        read = read_line(line)
        if isinstance(read, Sample):
            counter.sample(read)
        elif isinstance(read, Comment):
            counter.comment(read)
    except Malformed as error:
        raise Malformed(error.message, line=number) from None


def _check(data: bytes, openmetrics: bool) -> str | None:
    """The complaint of prometheus_client, which is stricter than Prometheus on OpenMetrics only."""
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline="\n")
    families = (openmetrics_parser if openmetrics else _TextFormat).text_fd_to_metric_families(text)
    try:
        for _ in families:
            pass
    except (ValueError, IndexError, KeyError, TypeError, OverflowError) as error:
        problem = " ".join(str(error).split())[:200] or "a line is not of the format"
        if openmetrics:
            return f"A strict OpenMetrics parser refuses the text: {problem}."
        raise Malformed(f"The metrics are not in the Prometheus text format: {problem}.") from None
    return None


class _TextFormat:
    text_fd_to_metric_families = staticmethod(text_fd_to_metric_families)
