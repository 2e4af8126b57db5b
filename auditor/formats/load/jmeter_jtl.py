"""JMeter's JTL, as CSV with a header or as XML, read one sample at a time."""

from __future__ import annotations

import re

from auditor.formats.load.jmeter_samples import Sample, Samples
from auditor.formats.load.load_report import LoadReport
from auditor.formats.text import csv_rows, xml_events
from auditor.formats.text.errors import Malformed

_NAME = "The JTL file"
_HEADER = re.compile(r'\A\s*"?timeStamp"?([,;\t|])"?elapsed"?\1"?label"?\1')
_SAMPLES = ("sample", "httpSample")
_SEPARATED = {",": "", "\t": " with tabs", ";": " with semicolons", "|": " with bars"}
_NEEDED = ("timeStamp", "elapsed", "label", "success")


def sniff(head: bytes) -> bool:
    """Whether the first bytes open a JTL file with a header, or in XML."""
    if _HEADER.search(csv_rows.opening(head)):
        return True
    root = xml_events.root(head)
    return root is not None and root[0] == "testResults"


def parse(data: bytes) -> LoadReport:
    """The run. Raises Malformed and TooLarge."""
    header = _HEADER.search(csv_rows.opening(data[:4096]))
    if header is not None:
        return _csv(data, header[1])
    if not data.strip():
        raise Malformed(f"{_NAME} is empty: JMeter wrote no sample.")
    if xml_events.root(data[:65536]) is None:
        raise Malformed(f"{_NAME} has neither the header line of a CSV file nor a root of XML.")
    handler = _Handler()
    xml_events.read(data, handler)
    return handler.samples.report("JMeter XML", {"every_record": float(handler.every)})


def _csv(data: bytes, delimiter: str) -> LoadReport:
    samples = Samples()
    lines = csv_rows.rows(data, _NAME, delimiter)
    columns = [field.strip() for field in next(lines)[1]]
    place = {column: at for at, column in enumerate(columns)}
    if len(place) != len(columns):
        raise Malformed(f"{_NAME} has a column twice.", line=1)
    for needed in _NEEDED:
        if needed not in place:
            raise Malformed(f"{_NAME} has no column `{needed}`.", line=1)
    wanted = [place.get(c, -1) for c in (*_NEEDED, "threadName", "responseMessage",
                                         "responseCode", "URL")]  # fmt: skip
    line = 1
    for line, fields in lines:
        if len(fields) != len(columns):
            message = f"{_NAME} has {len(fields)} fields for {len(columns)} columns."
            raise Malformed(message, line=line)
        stamp, elapsed, label, ok, thread, text, code, url = (
            fields[at] if at >= 0 else "" for at in wanted
        )
        if ok not in ("true", "false"):
            raise Malformed(f"{_NAME} has success={ok[:40]!r}.", line=line)
        took = csv_rows.number(elapsed, _NAME, line)
        samples.add(Sample(_stamp(stamp), took, label, ok == "true", thread, text, code, url))
    dialect = f"JMeter CSV{_SEPARATED[delimiter]}"
    return samples.report(dialect, {"columns": float(len(columns)), "lines": float(line)})


def _stamp(text: str) -> float | None:
    """Milliseconds since 1970; None for the other forms that JMeter can be told to write."""
    return float(text) if text.isascii() and text.isdigit() and len(text) <= 14 else None


class _Handler:
    text_of: frozenset[str] = frozenset({"java.net.URL"})

    def __init__(self) -> None:
        self.samples = Samples()
        self.every = 0
        self._depth = 0
        self._open: dict[str, str] | None = None
        self._url = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self._depth == 0 and name != "testResults":
            raise Malformed(f"{_NAME} has the root <{name[:60]}>; JMeter's is <testResults>.")
        self._depth += 1
        if name in _SAMPLES:
            self.every += 1
            if self._depth == 2:
                self._open, self._url = attributes, ""

    def end(self, name: str, text: str) -> None:
        if name == "java.net.URL" and self._depth == 3:
            self._url = text
        if name in _SAMPLES and self._depth == 2 and self._open is not None:
            self._add(self._open)
            self._open = None
        self._depth -= 1

    def comment(self, text: str) -> None:
        """Comments say nothing here."""

    def _add(self, attributes: dict[str, str]) -> None:
        ok = attributes.get("s", "")
        if ok not in ("true", "false"):
            raise Malformed(f"{_NAME} has a sample with s={ok[:40]!r}.")
        elapsed = attributes.get("t", "")
        if not (elapsed.isascii() and elapsed.isdigit() and len(elapsed) <= 12):
            raise Malformed(f"{_NAME} has a sample with t={elapsed[:40]!r}.")
        self.samples.add(
            Sample(
                _stamp(attributes.get("ts", "")),
                float(elapsed),
                attributes.get("lb", ""),
                ok == "true",
                attributes.get("tn", ""),
                attributes.get("rm", ""),
                attributes.get("rc", ""),
                self._url,
            )
        )
