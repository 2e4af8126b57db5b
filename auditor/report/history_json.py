"""The history as JSON, schema version 1: fields may be added, never renamed.

Scores stand twice: in percent, rounded down to four decimals, and as exact fractions in text.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from auditor.model.history import (
    OpenSince,
    PartScore,
    Pruned,
    Run,
    RunRecord,
    ServiceKey,
    ServiceState,
    TrendPoint,
)
from auditor.model.verdict import Score
from auditor.report import history_words as words
from auditor.report.summary import percent_number
from auditor.report.text import json_safe

_SHARES = ("proven", "possible", "coverage")


def text(made: dict[str, Any]) -> str:
    """Indented JSON with its schema version."""
    whole = {"schema_version": "1", **made}
    return json_safe(json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def services(states: Sequence[ServiceState]) -> str:
    """Every service with its newest run."""
    return text({"services": [_state(state) for state in states]})


def _state(state: ServiceState) -> dict[str, Any]:
    return {
        "service": _service(state.newest.service),
        "runs": state.runs,
        "newest": run_object(state.newest),
        "proven": [percent_number(share) for share in state.proven],
        "longest_open_blocker": _since(state.longest) if state.longest else None,
    }


def runs(found: Sequence[Run]) -> str:
    """The runs of a service."""
    return text({"runs": [run_object(run) for run in found]})


def run(one: Run, record: RunRecord, since: Sequence[OpenSince]) -> str:
    """One run with its categories, items and evidence."""
    begins = {found.item.id: found for found in since}
    made = {
        "run": run_object(one),
        "categories": [_part(part) for part in record.parts],
        "items": [
            {
                "id": i.id, "number": i.number, "title": i.title, "severity": i.severity.value,
                "verdict": i.outcome.value, "level": i.level.value if i.level else None,
                "waived": i.waived, "stale": i.stale, "attested": i.attested, "pending": i.pending,
                "open": _row(begins[i.id]) if i.id in begins else None,
            }
            for i in record.items
        ],
        "probes": [
            {
                "id": k.probe, "version": k.version, "status": k.status, "problem": k.problem or None,
                "facts": k.facts, "findings": k.findings, "suppressed": k.suppressed,
                "duration_s": k.duration_s, "oldest_at": words.iso(k.oldest_at),
            }
            for k in record.looks
        ],
    }  # fmt: skip
    return text(made)


def trend(service: ServiceKey, points: Sequence[TrendPoint]) -> str:
    """The runs of a service with the scores of their categories, the oldest first."""
    made = [
        {**run_object(point.run), "categories": [_part(part) for part in point.parts]}
        for point in points
    ]
    return text({"service": _service(service), "points": made})


def pruned(found: Pruned, *, really: bool) -> str:
    """What a prune removed, or would remove."""
    made = [run_object(one) for one in found.removed]
    return text({"dry_run": not really, "removed": made, "kept": found.kept, "files": found.blobs})


def run_object(one: Run) -> dict[str, Any]:
    """A run without its parts."""
    head = one.head
    return {
        "run": one.id,
        "service": _service(one.service),
        "at": words.iso(head.at),
        "kind": head.kind.value,
        "baseline": one.baseline,
        "stored_at": words.iso(one.stored_at),
        "started_at": head.started_at,
        "finished_at": head.finished_at,
        "commit": head.commit,
        "committed_at": head.committed_at,
        "branch": head.branch,
        "ref": head.ref or None,
        "dirty": head.dirty,
        "deployment": head.deployment or None,
        "tool_version": head.tool_version,
        "checklist": {
            "id": head.checklist,
            "version": head.checklist_version,
            "digest": head.checklist_digest,
            "tier": head.tier,
        },
        "level": head.level,
        "ready": head.ready,
        "ready_from": head.ready_from,
        "score": _score(head.score),
        "open_blockers": head.open_blockers,
        "open_criticals": head.open_criticals,
        "passed": head.passed,
        "applicable": head.applicable,
        "bundle_digest": head.digest,
    }


def _service(key: ServiceKey) -> dict[str, str]:
    return {"name": key.name, "origin": key.origin, "root": key.root}


def _score(score: Score) -> dict[str, Any]:
    shares = {name: getattr(score, name) for name in _SHARES}
    exact = {name: str(share) for name, share in shares.items()}
    return {name: percent_number(share) for name, share in shares.items()} | {"exact": exact}


def _part(part: PartScore) -> dict[str, Any]:
    return {
        "id": part.id,
        "number": part.number,
        "title": part.title,
        "weight": float(part.weight),
        "applicable": part.applicable,
        **_score(part.score),
    }


def _since(found: OpenSince) -> dict[str, Any]:
    item = found.item
    named = {"item": item.id, "number": item.number, "title": item.title}
    return {**named, "verdict": item.outcome.value, **_row(found)}


def _row(found: OpenSince) -> dict[str, Any]:
    return {
        "since": _point(found.since),
        "at_least": found.before is None,
        "settled_last": _point(found.before) if found.before else None,
    }


def _point(one: Run) -> dict[str, Any]:
    return {
        "run": one.id,
        "at": words.iso(one.head.at),
        "commit": one.head.commit,
        "ref": one.head.ref or None,
        "kind": one.head.kind.value,
    }
