"""Litmus resources: a ChaosResult carries a verdict; ChaosEngine and ChaosExperiment only declare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from auditor.formats.chaos.fault_kinds import kind_of_fault
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import YamlValue, load_all

_NAME = "The Litmus file"
_GROUP = re.compile(rb"""apiVersion["']?\s*:\s*["']?litmuschaos\.io/""")
_KIND = re.compile(rb"""kind["']?\s*:\s*["']?Chaos(?:Result|Engine|Experiment)\b""")
_DURING = ("OnChaos", "Continuous")


@dataclass(frozen=True, slots=True)
class ChaosResult:
    """What one experiment came to; `during` counts the probes that passed while the fault lasted."""

    name: str
    experiment: str
    engine: str
    phase: str
    verdict: str
    probe_success: str
    fail_step: str
    passed_runs: int | None
    failed_runs: int | None
    stopped_runs: int | None
    during: int
    failed_probes: tuple[str, ...]
    is_live: bool
    recorded_at: datetime | None

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of failure, by the name of the experiment, else of the result."""
        return kind_of_fault([self.experiment], title=self.name)

    @property
    def shortcomings(self) -> tuple[str, ...]:
        """Why the result is no pass; empty where it is one."""
        checks = (
            (self.phase not in ("Completed", "completed"), f"its phase is {self.phase or 'empty'}"),
            (self.verdict != "Pass", f"its verdict is {self.verdict or 'empty'}"),
            (self.probe_success != "100", f"{self.probe_success or 'none'} % of its probes passed"),
            (bool(self.failed_probes), f"{', '.join(self.failed_probes[:3])} did not pass"),
            (not self.during, "no probe of mode OnChaos or Continuous watched the fault"),
        )
        return tuple(reason for holds, reason in checks if holds)

    @property
    def no_result(self) -> str | None:
        """Why it is not the result of a run at all, if so."""
        if self.verdict == "Awaited" or self.phase == "Running":
            return "the run is not finished."
        if not self.engine or not self.is_live:
            return "it names no engine or no uid of a cluster, so it is a template."
        return None


@dataclass(frozen=True, slots=True)
class ChaosEngine:
    """A fault that somebody means to inject."""

    name: str
    state: str
    experiments: tuple[str, ...]
    probes: int

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of failure of its experiments."""
        return tuple(dict.fromkeys(k for e in self.experiments for k in kind_of_fault([e])))


@dataclass(frozen=True, slots=True)
class LitmusFile:
    """Every resource of Litmus in a file, and all documents by kind."""

    results: tuple[ChaosResult, ...]
    engines: tuple[ChaosEngine, ...]
    kinds: dict[str, int]


def sniff(head: bytes) -> bool:
    """Whether the first bytes hold a resource of Litmus."""
    head = json_text.opening(head)
    return bool(_GROUP.search(head) and _KIND.search(head))


def parse(data: bytes) -> LitmusFile:
    """The resources. Raises Malformed and TooLarge."""
    kinds: dict[str, int] = {}
    results: list[ChaosResult] = []
    engines: list[ChaosEngine] = []
    for document in load_all(data, name=_NAME):
        for resource in _resources(document.value):
            kind = text_of(resource.get("kind")) or ""
            kinds[kind] = kinds.get(kind, 0) + 1
            if kind == "ChaosResult":
                results.append(_result(resource, document.line(())))
            elif kind == "ChaosEngine":
                engines.append(_engine(resource))
    if not any(kind.startswith("Chaos") for kind in kinds):
        raise Malformed(f"{_NAME} holds no resource of Litmus.")
    return LitmusFile(tuple(results), tuple(engines), kinds)


def _resources(value: YamlValue) -> list[dict[str, YamlValue]]:
    root = mapping_of(value)
    if "items" in root:
        return [mapping_of(item) for item in list_of(root["items"])]
    return [root] if root else []


def _result(resource: dict[str, YamlValue], line: int | None) -> ChaosResult:
    meta, spec = mapping_of(resource.get("metadata")), mapping_of(resource.get("spec"))
    status = mapping_of(resource.get("status"))
    outcome = mapping_of(status.get("experimentStatus") or status.get("experimentstatus"))
    if not outcome:
        raise Malformed("A ChaosResult has no `status.experimentStatus`.", line=line)
    history = mapping_of(status.get("history"))
    during, failed = _probes(status)
    return ChaosResult(
        name=_text(meta, "name"),
        experiment=_text(spec, "experiment"),
        engine=_text(spec, "engine"),
        phase=_text(outcome, "phase"),
        verdict=_text(outcome, "verdict"),
        probe_success=_text(outcome, "probeSuccessPercentage"),
        fail_step=_text(outcome, "failStep"),
        passed_runs=_count(history, "passedRuns"),
        failed_runs=_count(history, "failedRuns"),
        stopped_runs=_count(history, "stoppedRuns"),
        during=during,
        failed_probes=failed,
        is_live=bool(_text(meta, "uid")),
        recorded_at=_recorded(meta),
    )


def _probes(status: dict[str, YamlValue]) -> tuple[int, tuple[str, ...]]:
    """How many probes passed during the fault, and which did not pass; in the old form and the new."""
    during = 0
    failed: list[str] = []
    for raw in list_of(status.get("probeStatuses") or status.get("probeStatus")):
        probe = mapping_of(raw)
        state = mapping_of(probe.get("status"))
        verdict = text_of(state.get("verdict"))
        by_mode = {mode: text_of(state.get(mode)) or "" for mode in _DURING if mode in state}
        passed = verdict == "Passed" if verdict else all(
            (text_of(v) or "").startswith("Passed") for v in state.values()
        )  # fmt: skip
        if not passed or not state:
            failed.append(_text(probe, "name"))
        elif _text(probe, "mode") in _DURING or by_mode:
            during += 1
    return during, tuple(failed)


def _recorded(meta: dict[str, YamlValue]) -> datetime | None:
    """The last change that the cluster noted, else the time of creation."""
    noted = [_text(mapping_of(f), "time") for f in list_of(meta.get("managedFields"))]
    times = [iso_time.read(text) for text in (*noted, _text(meta, "creationTimestamp")) if text]
    known = [t if t.tzinfo else t.replace(tzinfo=UTC) for t in times if t is not None]
    return max(known) if known else None


def _engine(resource: dict[str, YamlValue]) -> ChaosEngine:
    spec = mapping_of(resource.get("spec"))
    experiments = [mapping_of(e) for e in list_of(spec.get("experiments"))]
    return ChaosEngine(
        name=_text(mapping_of(resource.get("metadata")), "name"),
        state=_text(spec, "engineState"),
        experiments=tuple(_text(e, "name") for e in experiments),
        probes=sum(len(list_of(mapping_of(e.get("spec")).get("probe"))) for e in experiments),
    )


def _text(values: dict[str, YamlValue], key: str) -> str:
    return (text_of(values.get(key)) or "")[:200]


def _count(values: dict[str, YamlValue], key: str) -> int | None:
    value = values.get(key)
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9
    return value if whole and isinstance(value, int) else None
