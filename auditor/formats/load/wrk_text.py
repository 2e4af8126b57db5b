"""What wrk and wrk2 print; wrk waits for its answers, so its tail is understated."""

from __future__ import annotations

import re

from auditor.formats.load.load_report import LoadReport, named_targets
from auditor.formats.text import json_text, text_file
from auditor.formats.text.errors import Malformed

_NAME = "The wrk report"
_RUNNING = re.compile(r"Running (\S{1,12}) test @ (\S{1,2000})")
_TIME = r"(\d{1,9}(?:\.\d{1,6})?)(us|ms|s|m|h)"
_LATENCY = re.compile(rf"^\s*Latency\s+{_TIME}\s+{_TIME}\s+{_TIME}", re.MULTILINE)
_PERCENT = re.compile(rf"^\s*(\d{{1,3}}(?:\.\d{{1,5}})?)%\s+{_TIME}\s*$", re.MULTILINE)
_TOTAL = re.compile(rf"^\s*(\d{{1,15}}) requests in {_TIME},", re.MULTILINE)
_RATE = re.compile(r"^Requests/sec:\s+(\d{1,12}(?:\.\d{1,6})?)\s*$", re.MULTILINE)
_BAD = re.compile(r"^\s*Non-2xx or 3xx responses:\s+(\d{1,15})\s*$", re.MULTILINE)
_SOCKET = re.compile(
    r"^\s*Socket errors: connect (?P<connect>\d{1,12}), read (?P<read>\d{1,12}),"
    r" write (?P<write>\d{1,12}), timeout (?P<timeout>\d{1,12})",
    re.MULTILINE,
)
_MS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0, "h": 3_600_000.0}


def sniff(head: bytes) -> bool:
    """Whether the first bytes hold the opening of a run."""
    head = json_text.opening(head)
    text = head.decode("utf-8", "replace")
    return "Thread Stats" in text and _RUNNING.search(text) is not None


def parse(data: bytes) -> LoadReport:
    """The run. Raises Malformed, also where a file holds several runs, and TooLarge."""
    text = text_file.decode(data, name=_NAME).text
    opened = _RUNNING.findall(text)
    if len(opened) != 1:
        raise Malformed(f"{_NAME} holds {len(opened)} runs; keep each in a file of its own.")
    total, rate = _TOTAL.search(text), _RATE.search(text)
    if total is None or rate is None:
        raise Malformed(f"{_NAME} is cut off: it has no total.", line=text.count("\n") + 1)
    latency = _LATENCY.search(text)
    answered = int(total[1])
    bad = _BAD.search(text)
    refused = int(bad[1]) if bad else 0
    socket = _SOCKET.search(text)
    broken = (
        {f"socket_{kind}": float(n) for kind, n in socket.groupdict().items()} if socket else {}
    )
    errors = int(sum(broken.values()))
    # Requests that got no answer are not in wrk's total.
    requests = answered + errors
    duration = _ms(total[2], total[3]) / 1000
    recorded = "Recorded Latency" in text
    measured = latency is not None and answered > 0
    return LoadReport(
        dialect="wrk2" if recorded else "wrk",
        requests=requests,
        failed=refused + errors,
        rate=float(rate[1]) * requests / answered if answered else None,
        throughput=float(rate[1]) * max(0, answered - refused) / answered if answered else 0.0,
        percentiles=_percentiles(text) if measured else {},
        mean_ms=_ms(latency[1], latency[2]) if latency and measured else None,
        maximum_ms=_ms(latency[5], latency[6]) if latency and measured else None,
        duration_s=duration,
        targets=named_targets([opened[0][1]]),
        open_model=recorded,
        details={"answers": float(answered), "answers_per_second": float(rate[1]),
                 "socket_errors": float(errors), "bad_answers": float(refused), **broken},
        remarks=() if _PERCENT.search(text) else ("It has no percentiles: run wrk with --latency.",),
    )  # fmt: skip


def _ms(number: str, unit: str) -> float:
    return float(number) * _MS[unit]


def _percentiles(text: str) -> dict[float, float]:
    """The first distribution; wrk2 may print an uncorrected one below it."""
    found: dict[float, float] = {}
    for percent, number, unit in _PERCENT.findall(text):
        if float(percent) < 100:
            found.setdefault(float(percent), _ms(number, unit))
    return found
