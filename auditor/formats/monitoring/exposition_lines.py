"""One line of the Prometheus text format or of OpenMetrics, quickly."""

from __future__ import annotations

import re
from typing import NamedTuple

from auditor.formats.text.errors import Malformed

_LINE = re.compile(
    r"""
    (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*+)?+[ \t]*+
    (?:\{(?P<labels>
        (?:
            [ \t]*+(?:(?:[a-zA-Z_][a-zA-Z0-9_]*+|"(?:[^"\\]++|\\.)*+")[ \t]*+=[ \t]*+)?+
            "(?:[^"\\]++|\\.)*+"[ \t]*+(?:,|(?=\}))
        )*+
        [ \t]*+
    )\})?+
    (?:(?<=\})[ \t]*+|(?<=[ \t]))
    (?P<value>[^\s\#{}]++)
    (?:[ \t]++-?[0-9][0-9.eE+-]*+)?+
    (?P<exemplar>[ \t]++\#[ \t].*+)?+
    """,
    re.VERBOSE | re.DOTALL,
)
_QUOTED_NAME = re.compile(r'\s*+"((?:[^"\\]++|\\.)*+)"\s*+(?:,|\Z)', re.DOTALL)
# Distinguish the parts of one histogram or summary, not series.
_PART = re.compile(r'(?:(?<=\A)|(?<=,))\s*+(?:le|quantile)\s*+=\s*+"(?:[^"\\]++|\\.)*+"\s*+,?')
_METADATA = re.compile(
    r"""\#[ \t]+(HELP|TYPE|UNIT)[ \t]+(?:"((?:[^"\\]++|\\.)*+)"|([^ \t"]++))(?:[ \t]+(.*))?""",
    re.DOTALL,
)
_TYPES = frozenset(
    {"counter", "gauge", "histogram", "summary", "untyped"}
    | {"unknown", "info", "stateset", "gaugehistogram"}
)


class Sample(NamedTuple):
    """A sample; `labels` is the text between the braces; an exemplar names one trace of it."""

    name: str
    labels: str
    value: float
    exemplar: bool = False


class Comment(NamedTuple):
    """A HELP, TYPE or UNIT line."""

    kind: str
    name: str
    text: str


def read_line(line: str) -> Sample | Comment | None:
    """What a line holds; None for blank lines and other comments. Raises Malformed."""
    line = line.strip()
    if not line:
        return None
    if line[0] == "#":
        return _comment(line)
    match = _LINE.fullmatch(line)
    if match is None:
        raise Malformed(f"This is neither a sample nor a comment: {line[:60]!r}.")
    name, labels, value = match["name"], match["labels"] or "", match["value"]
    if name is None:
        name, labels = _quoted_name(labels)
    return Sample(name, labels, _number(value), match["exemplar"] is not None)


def label_set(labels: str) -> str:
    """The labels that tell series apart: without `le` and `quantile`."""
    if "le" not in labels and "quantile" not in labels:
        return labels.rstrip(", \t")
    return _PART.sub("", labels).rstrip(", \t")


def _comment(line: str) -> Comment | None:
    match = _METADATA.fullmatch(line)
    if match is None:
        return None
    kind, name, text = match[1], match[2] or match[3] or "", (match[4] or "").strip()
    if not name:
        raise Malformed(f"A {kind} line names no metric.")
    if kind == "TYPE" and text not in _TYPES:
        raise Malformed(f"The TYPE line of {name[:80]!r} has the unknown type {text[:40]!r}.")
    return Comment(kind, name, text)


def _quoted_name(labels: str) -> tuple[str, str]:
    """The name and the labels of `{"a name.in UTF-8",label="value"}`."""
    match = _QUOTED_NAME.match(labels)
    if match is None or not match[1]:
        raise Malformed("A sample has no metric name.")
    return match[1], labels[match.end() :]


def _number(text: str) -> float:
    try:
        if "_" in text or not text.isascii():
            raise ValueError
        return float(text)
    except ValueError:
        raise Malformed(f"A sample has the value {text[:40]!r}, which is no number.") from None
