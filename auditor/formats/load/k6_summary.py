"""k6's end-of-test summary in its three dialects, told apart before a threshold is believed.

In the legacy `--summary-export` a threshold of `true` failed; in `handleSummary` data `ok: true` passed.
The machine-readable summary (schema 1.x) carries a time and a duration, the others do not.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from auditor.formats.load.load_report import LoadReport, named_targets
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed

_NAME = "The k6 summary"
_ROOT = re.compile(rb'"root_group"\s*:\s*\{')
_METRIC = re.compile(
    rb'"(?:http_req_(?:duration|failed|blocked|connecting|sending|waiting|receiving'
    rb'|tls_handshaking)[^"]{0,80}|http_reqs|iteration_duration|vus_max|group_duration)"\s*:\s*\{'
)
_VERSIONED = re.compile(rb'"k6Version"\s*:|"generatedAt"\s*:.{0,400}"k6', re.DOTALL)
_STAT = re.compile(r"avg|min|med|max|count|p\((\d{1,2}(?:\.\d{1,6})?|100)\)")
_ARRIVAL = ("constant-arrival-rate", "ramping-arrival-rate")
_EXPORT_KEYS = frozenset({"metrics", "root_group"})
_VERSIONED_KEYS = frozenset({"version", "metadata", "config", "results", "audit"})
_DATA_KEYS = _EXPORT_KEYS | {"options", "state", "setup_data", "setupData", "audit"}

_Number = Annotated[float, msgspec.Meta(ge=-1e15, le=1e15)]
_Json = dict[str, msgspec.Raw]


class _Ok(msgspec.Struct):
    ok: bool


class _DataMetric(msgspec.Struct):
    values: dict[str, _Number]
    type: str = ""
    thresholds: dict[str, _Ok] = {}


class _State(msgspec.Struct):
    testRunDurationMs: _Number | None = None


class _Audit(msgspec.Struct):
    """What a script may add to its own summary: k6 itself states none of it."""

    commit: str | None = None
    url: str | None = None
    endedAt: str | None = None
    executor: str | None = None


class _Data(msgspec.Struct):
    metrics: dict[str, _DataMetric]
    state: _State = msgspec.field(default_factory=_State)
    audit: _Audit = msgspec.field(default_factory=_Audit)


class _Export(msgspec.Struct):
    metrics: dict[str, dict[str, _Number | dict[str, bool]]]


class _Metadata(msgspec.Struct):
    generatedAt: str
    k6Version: str = ""


class _Config(msgspec.Struct):
    duration: _Number


class _Named(msgspec.Struct):
    name: str
    values: dict[str, _Number]


class _Results(msgspec.Struct):
    metrics: list[_Named]
    passed: bool


class _Versioned(msgspec.Struct):
    version: str
    metadata: _Metadata
    config: _Config
    results: _Results
    audit: _Audit = msgspec.field(default_factory=_Audit)


class _Keys(msgspec.Struct):
    metrics: dict[str, _Json] = {}


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like a summary of k6."""
    text = json_text.opening(head).lstrip()
    if not text.startswith(b"{"):
        return False
    return bool(_METRIC.search(text) or _VERSIONED.search(text) or _is_group(text))


def _is_group(text: bytes) -> bool:
    """Where the groups come first, the metrics lie beyond what was read."""
    return bool(_ROOT.search(text) and re.search(rb'"id"\s*:\s*"[0-9a-f]{32}"', text))


def parse(data: bytes) -> LoadReport:
    """The run of any dialect. Raises Malformed and TooLarge."""
    keys = json_text.decode(data, _Json, name=_NAME)
    if "results" in keys and "metrics" not in keys:
        _known(keys, _VERSIONED_KEYS)
        return _versioned(json_text.decode(data, _Versioned, name=_NAME))
    shape = json_text.decode(data, _Keys, name=_NAME).metrics
    if not shape:
        raise Malformed(f"{_NAME} holds no metrics.")
    nested = sum("values" in metric for metric in shape.values())
    if nested == len(shape):
        _known(keys, _DATA_KEYS)
        return _data(json_text.decode(data, _Data, name=_NAME))
    if nested:
        raise Malformed(f"{_NAME} mixes metrics of two dialects, so k6 did not write it.")
    _known(keys, _EXPORT_KEYS)
    return _export(json_text.decode(data, _Export, name=_NAME))


def _known(keys: _Json, allowed: frozenset[str]) -> None:
    strange = sorted(set(keys) - allowed)
    if strange:
        raise Malformed(f"{_NAME} has the key `{strange[0][:60]}`, which k6 does not write.")


def _versioned(summary: _Versioned) -> LoadReport:
    if not summary.version.startswith("1."):
        raise Malformed(f"{_NAME} is of version {summary.version[:20]!r}; 1.x is known.")
    metrics = {metric.name: metric.values for metric in summary.results.metrics}
    failed = () if summary.results.passed else ("a threshold of the script",)
    met = ("every threshold of the script",) if summary.results.passed else ()
    ended = iso_time.read(summary.metadata.generatedAt)
    return _report(
        "k6 machine-readable summary",
        metrics,
        met,
        failed,
        summary.config.duration,
        ended=ended,
        audit=summary.audit,
    )


def _data(summary: _Data) -> LoadReport:
    metrics = {name: metric.values for name, metric in summary.metrics.items()}
    outcome = [
        (f"{name}: {rule}", state.ok)
        for name, metric in summary.metrics.items()
        for rule, state in metric.thresholds.items()
    ]
    audit = summary.audit
    milliseconds = summary.state.testRunDurationMs
    return _report(
        "k6 handleSummary",
        metrics,
        tuple(name for name, ok in outcome if ok),
        tuple(name for name, ok in outcome if not ok),
        None if milliseconds is None else milliseconds / 1000,
        ended=iso_time.read(audit.endedAt or ""),
        audit=audit,
    )


def _export(summary: _Export) -> LoadReport:
    metrics: dict[str, dict[str, float]] = {}
    met: list[str] = []
    failed: list[str] = []
    for name, entries in summary.metrics.items():
        metrics[name] = {k: v for k, v in entries.items() if not isinstance(v, dict)}
        for key, value in entries.items():
            if isinstance(value, dict):
                if key != "thresholds":
                    raise Malformed(f"{_NAME} has the key `{key[:60]}` in a metric, not k6's own.")
                # True says that the threshold was crossed.
                for rule, crossed in value.items():
                    (failed if crossed else met).append(f"{name}: {rule}")
    return _report("k6 --summary-export", metrics, tuple(met), tuple(failed), None)


def _report(
    dialect: str,
    metrics: dict[str, dict[str, float]],
    met: tuple[str, ...],
    failed: tuple[str, ...],
    duration: float | None,
    *,
    ended: datetime | None = None,
    audit: _Audit | None = None,
) -> LoadReport:
    times = metrics.get("http_req_duration", {})
    _stats(times)
    made = metrics.get("http_reqs", {})
    requests = made.get("count")
    rate = made.get("rate")
    if duration is None and requests and rate:
        duration = requests / rate
    if rate is None and requests is not None and duration:
        rate = requests / duration
    broken, share = _failures(metrics.get("http_req_failed", {}))
    names = [*metrics, *([audit.url] if audit and audit.url else [])]
    stamped = ended if ended is not None and ended.tzinfo is not None else None
    return LoadReport(
        dialect=dialect,
        requests=None if requests is None else int(requests),
        failed=broken,
        share_failed=share,
        rate=rate,
        percentiles=_percentiles(times),
        minimum_ms=times.get("min"),
        mean_ms=times.get("avg"),
        maximum_ms=times.get("max"),
        duration_s=duration,
        started_at=stamped - timedelta(seconds=duration) if stamped and duration else None,
        ended_at=stamped,
        targets=named_targets([n for n in names if "://" in n]),
        open_model=_open(audit),
        commit=audit.commit if audit else None,
        thresholds_met=met,
        thresholds_failed=failed,
        details=_details(metrics),
        remarks=_remarks(times),
    )


def _stats(times: dict[str, float]) -> None:
    for key, value in times.items():
        if key in ("rate", "value", "passes", "fails") or _STAT.fullmatch(key) is None:
            raise Malformed(f"{_NAME} has `{key[:40]}` in http_req_duration, which k6 never has.")
        if value < 0:
            raise Malformed(f"{_NAME} has a time of {value:g} ms.")


def _percentiles(times: dict[str, float]) -> dict[float, float]:
    found = {float(m[1]): v for k, v in times.items() if (m := _STAT.fullmatch(k)) and m[1]}
    if "med" in times:
        found.setdefault(50.0, times["med"])
    return found


def _failures(rate: dict[str, float]) -> tuple[int | None, float | None]:
    """How many requests failed: `passes` counts the events named failed, so these are the bad ones."""
    share = rate.get("rate", rate.get("value"))
    count = rate.get("matches", rate.get("passes"))
    whole = rate.get("total", None if count is None else count + rate.get("fails", 0.0))
    if share is not None and count is not None and whole and abs(share - count / whole) > 1e-3:
        raise Malformed(
            f"{_NAME} has a share of failed requests of {share:g}, and counts {count:g} of {whole:g}."
        )
    return (None if count is None else int(count)), share


def _open(audit: _Audit | None) -> bool | None:
    if audit is None or audit.executor is None:
        return None
    return audit.executor in _ARRIVAL


def _details(metrics: dict[str, dict[str, float]]) -> dict[str, float]:
    checks, made = metrics.get("checks", {}), metrics.get("iterations", {})
    failed = metrics.get("http_req_failed", {})
    found = {
        "checks_passes": checks.get("passes"),
        "checks_fails": checks.get("fails"),
        "iterations": made.get("count"),
        "ok_requests": failed.get("fails"),
        "metrics": float(len(metrics)),
    }
    return {key: value for key, value in found.items() if value is not None}


def _remarks(times: dict[str, float]) -> tuple[str, ...]:
    if not times or "p(99)" in times:
        return ()
    return ('It has no P99: run k6 with --summary-trend-stats "med,p(95),p(99),min,avg,max".',)
