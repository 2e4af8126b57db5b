"""All load tools in one: which of them wrote a file, and the run that it tells of."""

from __future__ import annotations

from collections.abc import Callable

from auditor.formats.load import (
    gatling_stats,
    hey_text,
    jmeter_jtl,
    jmeter_statistics,
    k6_summary,
    locust_csv,
    locust_json,
    vegeta_json,
    wrk_text,
)
from auditor.formats.load.load_report import LoadReport
from auditor.formats.text.errors import Malformed

_TOOLS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], LoadReport]], ...] = (
    (vegeta_json.sniff, vegeta_json.parse),
    (jmeter_statistics.sniff, jmeter_statistics.parse),
    (locust_json.sniff, locust_json.parse),
    (gatling_stats.sniff, gatling_stats.parse),
    (k6_summary.sniff, k6_summary.parse),
    (locust_csv.sniff, locust_csv.parse),
    (jmeter_jtl.sniff, jmeter_jtl.parse),
    (wrk_text.sniff, wrk_text.parse),
    (hey_text.sniff, hey_text.parse),
)
_HEAD = 8192


def sniff(head: bytes) -> bool:
    """Whether a load tool that is known here wrote a file."""
    return any(recognises(head) for recognises, _ in _TOOLS)


def parse(data: bytes) -> LoadReport:
    """The run. Raises Malformed and TooLarge."""
    for recognises, read in _TOOLS:
        if recognises(data[:_HEAD]):
            return read(data)
    raise Malformed("No load tool that is known here wrote this file.")
