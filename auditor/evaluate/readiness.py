"""The readiness level: a threshold on what is proven, and no open item of the severities named."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.model.item import Checklist, Severity
from auditor.model.report import Readiness
from auditor.model.verdict import Score, Verdict

DEFAULT_LEVELS = {"ready": 80.0, "excellent": 95.0, "perfect": 100.0}

_NO_OPEN = {
    "ready": (Severity.BLOCKER,),
    "excellent": (Severity.BLOCKER, Severity.CRITICAL),
    "perfect": tuple(Severity),
}


def open_items(verdicts: Iterable[Verdict], severity: Severity) -> list[Verdict]:
    """Items of that severity that are open, and neither waived nor pending: fail or unknown."""
    return [v for v in verdicts if v.item.severity is severity and v.blocks]


def readiness(checklist: Checklist, score: Score, verdicts: list[Verdict]) -> Readiness:
    """The highest level reached, and what stands between it and the next one."""
    levels = {**DEFAULT_LEVELS, **checklist.levels}
    reached = "not_ready"
    for name in ("ready", "excellent", "perfect"):
        gaps = _gaps(levels[name], _NO_OPEN[name], score, verdicts)
        if gaps:
            return Readiness(
                reached, reached != "not_ready", tuple(f"{name}: {gap}" for gap in gaps)
            )
        reached = name
    return Readiness(reached, True, ())


def demands(checklist: Checklist, level: str) -> tuple[float, tuple[Severity, ...]]:
    """What a level takes, and every level below it: percent proven, and the severities without an open item."""
    levels = {**DEFAULT_LEVELS, **checklist.levels}
    names = list(_NO_OPEN)[: list(_NO_OPEN).index(level) + 1]
    return max(levels[name] for name in names), _NO_OPEN[level]


def _gaps(
    threshold: float, severities: tuple[Severity, ...], score: Score, verdicts: list[Verdict]
) -> list[str]:
    gaps = []
    if score.proven * 100 < threshold:
        shown = int(score.proven * 10000) / 100
        gaps.append(f"{shown:g} % is proven, {threshold:g} % is needed")
    for severity in severities:
        count = len(open_items(verdicts, severity))
        if count:
            gaps.append(f"{count} {severity.value} {'item is' if count == 1 else 'items are'} open")
    return gaps
