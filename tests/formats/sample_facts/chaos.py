"""Chaos experiments, journals and results."""

from __future__ import annotations

from datetime import datetime

from auditor.formats.chaos import chaos_experiment, chaos_journal, chaos_mesh, litmus
from tests.formats.sample_facts.folder import Facts, Folder, Refusal, counted


def of_experiment(data: bytes) -> Facts:
    read = chaos_experiment.parse(data)
    return {
        "actions": sum(step.type == "action" for step in read.method),
        "has_controls": read.controls,
        "hypothesis_probes": read.hypothesis_probes,
        "method_steps": len(read.method) + read.refs,
        "probes_in_method": len(read.probes),
        "refs": read.refs,
        "rollbacks": read.rollbacks,
        "steady_state_hypothesis": read.hypothesis,
        "title": read.title,
        "version": read.version,
    }


def of_journal(data: bytes) -> Facts:
    read = chaos_journal.parse(data)

    def as_written(time: datetime | None) -> str | None:
        if time is None:
            return None
        return (time if read.has_zone else time.replace(tzinfo=None)).isoformat()

    return {
        "deviated": read.deviated,
        "duration_s": read.duration_s,
        "end": as_written(read.end),
        "experiment_title": read.experiment.title,
        "rollbacks_declared": read.experiment.rollbacks,
        "rollbacks_run": len(read.rollbacks),
        "run_activities": len(read.steps),
        "run_status": counted(step.status for step in read.steps),
        "start": as_written(read.start),
        "start_has_timezone": read.has_zone,
        "status": read.status,
        "steady_state_met_after": read.after,
        "steady_state_met_before": read.before,
    }


def of_mesh(data: bytes) -> Facts:
    faults = chaos_mesh.parse(data)
    (fault,) = faults
    told = {
        "action": fault.action,
        "duration": fault.duration,
        "kinds": [one.kind for one in faults],
        "mode": fault.mode,
        "schedule": fault.schedule,
        "spec_type": fault.type,
        "yaml_docs": len(faults),
    }
    if fault.entry is None:
        return told
    return told | {"entry": fault.entry, "templates": list(fault.templates)}


def of_litmus(data: bytes) -> Facts:
    read = litmus.parse(data)
    told: Facts = {"kinds": read.kinds, "yaml_docs": sum(read.kinds.values())}
    for result in read.results:
        told |= {
            "failStep": result.fail_step,
            "history": {
                "failedRuns": result.failed_runs,
                "passedRuns": result.passed_runs,
                "stoppedRuns": result.stopped_runs,
            },
            "phase": result.phase,
            "probeSuccessPercentage": result.probe_success,
            "verdict": result.verdict,
        }
    for engine in read.engines:
        told |= {
            "engineState": engine.state,
            "experiments": list(engine.experiments),
            "probes": engine.probes,
        }
    return told


FOLDERS = (
    Folder("chaos-mesh", of_mesh, chaos_mesh.sniff),
    Folder(
        "chaostoolkit-experiment",
        of_experiment,
        chaos_experiment.sniff,
        {"zero-bytes.json": Refusal(r"is empty", lambda _: {"bytes": 0, "parse": "empty"})},
    ),
    Folder("chaostoolkit-journal", of_journal, chaos_journal.sniff),
    Folder("litmus", of_litmus, litmus.sniff),
)
