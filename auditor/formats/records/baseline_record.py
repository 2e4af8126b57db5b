"""A performance baseline that people record: each run with its figures, time, commit and environment.

YAML or JSON, in no tool's own form: a mapping with `runs`, a list. What all runs share
(commit, environment, routes, rate, duration) may stand once, beside the list.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from auditor.formats.testruns import invented
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import kind_of, mapping_of, text_of
from auditor.formats.text.yaml_text import YamlDocument, YamlValue, load

_NAME = "The performance baseline"
_OPENING = re.compile(
    rb"""(?:^|[{,\s])["']?(?:runs|p_?95(?:_ms)?|baseline)["']?[ \t]*:""", re.MULTILINE
)
_LATENCY = re.compile(rb"(?i)p_?(?:50|95|99)|latency|percentile")
_SHORTEST_RUN_S = 1.0
_TIMES = ("p50_ms", "p95_ms", "p99_ms")
_MOST_RUNS = 1000
_NUMBERS = {
    "p50_ms": ("p50_ms", "p50", "median_ms"),
    "p95_ms": ("p95_ms", "p95"),
    "p99_ms": ("p99_ms", "p99"),
    "rate": ("rate", "rps", "requests_per_second"),
    "error_percent": ("error_percent", "errors_percent"),
}
_TEXTS = {
    "commit": ("commit", "revision", "sha"),
    "environment": ("environment", "env"),
    "routes": ("routes", "route", "endpoints"),
    "recorded_at": ("recorded_at", "at", "started_at", "time", "date"),
}


@dataclass(frozen=True, slots=True)
class BaselineRun:
    """One run; a figure that is not there, or null, is None and named in `missing`."""

    figures: dict[str, float]
    recorded_at: datetime | None
    commit: str | None
    duration_s: float | None
    report: str | None
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BaselineRecord:
    """The whole record."""

    runs: tuple[BaselineRun, ...]

    @property
    def complete(self) -> tuple[BaselineRun, ...]:
        """The runs that leave nothing out."""
        return tuple(run for run in self.runs if not run.missing)

    @property
    def missing(self) -> tuple[str, ...]:
        """What at least one run leaves out, in order."""
        return tuple(sorted({name for run in self.runs for name in run.missing}))

    def median(self, figure: str) -> float | None:
        """The middle of a figure over the complete runs."""
        values = [run.figures[figure] for run in self.complete]
        return float(median(values)) if values else None

    @property
    def spread_percent(self) -> float | None:
        """How far the P95 of the complete runs lie apart, in percent of their median."""
        middle = self.median("p95_ms")
        values = [run.figures["p95_ms"] for run in self.complete]
        return 100 * (max(values) - min(values)) / middle if middle and len(values) > 1 else None

    @property
    def recorded_at(self) -> datetime | None:
        """The time of the newest run that names one with its zone."""
        times = [r.recorded_at for r in self.runs if r.recorded_at and r.recorded_at.tzinfo]
        return max(times) if times else None

    @property
    def doubts(self) -> tuple[str, ...]:
        """A sentence for each figure that no measurement can have given."""
        runs = self.complete
        aware = [r.recorded_at for r in runs if r.recorded_at and r.recorded_at.tzinfo]
        longest = max((r.duration_s or _SHORTEST_RUN_S for r in runs), default=_SHORTEST_RUN_S)
        return invented.sentences(
            invented.repeated("runs", [tuple(sorted(run.figures.items())) for run in runs]),
            invented.repeated("runs", [tuple(run.figures[f] for f in _TIMES) for run in runs]),
            invented.too_close("runs", aware, longest),
            *(self._same(figure, runs) for figure in _TIMES),
            *(sentence for run in runs for sentence in _impossible(run)),
        )

    @staticmethod
    def _same(figure: str, runs: tuple[BaselineRun, ...]) -> str | None:
        values = [run.figures[figure] for run in runs]
        if any(value == 0 for value in values):
            return f"A run has {figure} of 0, so nothing was measured."
        # Tools that round to whole ms, or to ten, may well meet; figures with decimals do not.
        if len(values) < 3 or len(set(values)) > 1 or values[0] == int(values[0]):
            return None
        return f"All {len(values)} runs have a {figure} of {values[0]:g}; measured runs vary."


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like figures of a baseline; its name has to say that it is one."""
    head = json_text.opening(head)
    return bool(_OPENING.search(head) and _LATENCY.search(head))


def parse(data: bytes) -> BaselineRecord:
    """The record. Raises Malformed and TooLarge."""
    document = load(data, name=_NAME)
    root = mapping_of(document.value)
    shared = mapping_of(root.get("baseline")) or root
    runs = shared.get("runs")
    if not isinstance(runs, list):
        said = "no `runs`" if runs is None else f"`runs` as {kind_of(runs)}"
        raise Malformed(
            f"{_NAME} has {said}; a list with the figures of each run shows their spread.",
            line=document.key_line(("runs",)),
        )
    if len(runs) > _MOST_RUNS:
        raise Malformed(f"{_NAME} has more than {_MOST_RUNS:,} runs.")
    return BaselineRecord(tuple(_run(document, shared, run, at) for at, run in enumerate(runs)))


def _run(
    document: YamlDocument, shared: dict[str, YamlValue], run: YamlValue, at: int
) -> BaselineRun:
    if not isinstance(run, dict):
        line = document.key_line(("runs", at))
        raise Malformed(f"{_NAME} has a run that is {kind_of(run)}.", line=line)
    merged = shared | run
    figures = {name: _first(merged, keys) for name, keys in _NUMBERS.items()}
    if figures["error_percent"] is None:
        share = _first(merged, ("errors", "error_rate"))
        figures["error_percent"] = None if share is None else 100 * share
    written = {name: _text(merged, keys) for name, keys in _TEXTS.items()}
    time = iso_time.read(written["recorded_at"] or "")
    known = {name: value for name, value in figures.items() if value is not None}
    lacking = [n for n in figures if n not in known]
    lacking += [n for n, text in written.items() if not text and n != "recorded_at"]
    return BaselineRun(
        figures=known,
        recorded_at=time,
        commit=written["commit"],
        duration_s=_first(merged, ("duration_s", "duration")),
        report=_text(run, ("report",)),
        missing=tuple(sorted([*lacking, *([] if time else ["recorded_at"])])),
    )


def _impossible(run: BaselineRun) -> tuple[str, ...]:
    points = [(float(p), run.figures[f"p{p}_ms"]) for p in (50, 95, 99)]
    return invented.sentences(
        invented.descending(points),
        invented.percentage("failed requests", run.figures["error_percent"]),
    )


def _first(values: dict[str, YamlValue], keys: tuple[str, ...]) -> float | None:
    for key in keys:
        value = values.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            if not 0 <= value <= 1e12 or not math.isfinite(value):
                raise Malformed(f"{_NAME} has {key}={value!r}, which was never measured.")
            return float(value)
    return None


def _text(values: dict[str, YamlValue], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = values.get(key)
        if isinstance(value, (dict, list)) and value:
            return ", ".join(str(v) for v in value)[:300]
        text = text_of(value)
        if text:
            return text[:300]
    return None
