"""Chaos Toolkit: experiments, journals, and what makes a journal a pass."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from auditor.formats.chaos import chaos_experiment
from auditor.formats.chaos.chaos_journal import parse, sniff
from auditor.formats.chaos.fault_kinds import kind_of_fault
from auditor.formats.text.errors import Malformed

PROBE = {
    "type": "probe",
    "name": "users-are-served",
    "tolerance": 200,
    "provider": {"type": "http", "url": "http://a"},
}
ACTION = {"type": "action", "name": "stop-postgres", "pauses": {"after": 10},
          "provider": {"type": "process", "path": "docker", "arguments": "stop postgres"}}  # fmt: skip
EXPERIMENT: dict[str, Any] = {
    "version": "1.0.0", "title": "Bookings survive a restart", "tags": ["database"], "dry": None,
    "steady-state-hypothesis": {"title": "Served", "probes": [PROBE]}, "method": [ACTION, PROBE],
    "rollbacks": [{"type": "action", "name": "start-postgres", "provider": {"type": "process", "path": "docker"}}],
}  # fmt: skip


def ran(what: dict[str, Any], start: str, end: str, **more: Any) -> dict[str, Any]:
    day = "2026-03-01T12:"
    return {"activity": what, "output": {"status": 200}, "status": "succeeded",
            "start": f"{day}{start}+00:00", "end": f"{day}{end}+00:00", "duration": 1.0} | more  # fmt: skip


JOURNAL: dict[str, Any] = {
    "chaoslib-version": "1.44.0", "platform": "Linux", "node": "ci", "experiment": EXPERIMENT,
    "start": "2026-03-01T12:00:00+00:00", "end": "2026-03-01T12:00:30+00:00", "duration": 30.0,
    "status": "completed", "deviated": False,
    "steady_states": {
        "before": {"steady_state_met": True, "probes": [ran(PROBE, "00:00", "00:01", tolerance_met=True)]},
        "after": {"steady_state_met": True, "probes": [ran(PROBE, "00:27", "00:28", tolerance_met=True)]},
        "during": [],
    },
    "run": [ran(ACTION, "00:02", "00:03"), ran(PROBE, "00:14", "00:15")],
    "rollbacks": [ran(EXPERIMENT["rollbacks"][0], "00:28", "00:29")],
}  # fmt: skip


def journal(*path: Any, value: Any = None) -> bytes:
    """The journal with the value at `path` replaced."""
    document = copy.deepcopy(JOURNAL)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    if path:
        place[path[-1]] = value
    return json.dumps(document).encode()


def test_a_whole_journal_is_a_pass_of_its_kind() -> None:
    read = parse(journal())
    assert (read.shortcomings, read.doubts, read.experiment.kinds) == ((), (), ("database",))
    assert (read.duration_s, read.before, read.after, len(read.steps)) == (30.0, True, True, 2)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("status",), "failed", "status"),
        (("deviated",), True, "deviated"),
        (("steady_states",), None, "not met before"),
        (("steady_states", "after", "steady_state_met"), False, "not met after"),
        (("steady_states", "after", "probes", 0, "tolerance_met"), False, "not met after"),
        (("steady_states", "after", "probes"), [], "not all of the hypothesis"),
        (("experiment", "steady-state-hypothesis"), None, "no hypothesis"),
        (("experiment", "dry"), "actions", "dry run"),
        (("run",), [], "no step ran"),
        (("run",), [JOURNAL["run"][1]], "no action"),
        (("run", 1, "status"), "failed", "users-are-served did not succeed"),
        (("run", 0, "status"), "skipped", "stop-postgres did not succeed"),
        (("rollbacks",), [], "rollback"),
        (("rollbacks", 0, "status"), "failed", "start-postgres did not succeed"),
        (("experiment", "method", 0, "provider"), {"type": "process", "path": "echo", "arguments": "stop"}, "no action"),
    ],
)  # fmt: skip
def test_false_green_completed_is_not_success(path: Any, value: Any, reason: str) -> None:
    assert any(reason in one for one in parse(journal(*path, value=value)).shortcomings)


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("duration",), 300.0, "states 300 s"),
        (("end",), "2026-03-01T11:00:00+00:00", "before it started"),
        (("run", 1), ran(PROBE, "00:03", "00:04"), "should wait 10 s"),
        (("run", 1), ran(PROBE, "59:00", "59:01"), "after it ended"),
        (("steady_states", "after", "probes", 0, "output"), None, "without a value"),
    ],
)
def test_invented_journals_are_doubted(path: Any, value: Any, sentence: str) -> None:
    assert any(sentence in one for one in parse(journal(*path, value=value)).doubts)


def test_six_phases_within_a_millisecond_are_doubted() -> None:
    text = journal("duration", value=0.0005).decode()
    for second in ("00:01", "00:02", "00:03", "00:14", "00:15", "00:27", "00:28", "00:29", "00:30"):
        text = text.replace(f"12:{second}+", f"12:00:00.000{second[-2:]}+")
    assert any("nothing real" in sentence for sentence in parse(text.encode()).doubts)


def test_times_without_a_zone_are_utc() -> None:
    read = parse(journal().replace(b"+00:00", b""))
    assert read.start is not None
    assert (read.start.isoformat(), read.has_zone) == ("2026-03-01T12:00:00+00:00", False)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (journal("run", value=None), "shape"),
        (journal("experiment", value={"title": "x"}), "`method`"),
        (journal("start", value="today"), "no time"),
        (journal("chaoslib-version", value=" "), "version"),
        (journal("duration", value=-1), "shape"),
        (journal().replace(b'"deviated": false', b'"deviated": false, "deviated": true'), "twice"),
        (journal()[:-20], "cut off"),
        (b"{}", "shape"),
    ],
)
def test_other_journals_are_malformed(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(data)
    assert message in refused.value.message


def test_experiments_are_read_from_json_and_yaml() -> None:
    for data in (
        json.dumps(EXPERIMENT, indent="\t").encode(),
        b"title: Bookings\ntags: [database]\nmethod:\n- type: action\n  name: x\n- ref: y\n",
    ):
        assert chaos_experiment.sniff(data)
        assert chaos_experiment.parse(data).kinds == ("database",)


def test_an_experiment_and_its_journal_are_told_apart() -> None:
    assert sniff(journal())
    assert not chaos_experiment.sniff(journal())
    assert not sniff(json.dumps(EXPERIMENT).encode())


@pytest.mark.parametrize("data", [b"", b"title: x\n", b"method: []\n", b"{}", b"- a"])
def test_other_experiments_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed, match="experiment"):
        chaos_experiment.parse(data)


@pytest.mark.parametrize(
    ("actions", "tags", "title", "kinds"),
    [
        (["stop redis"], [], "", ("cache",)),
        (["scaleDown", "PostgresPrimary"], [], "", ("database",)),
        (["add latency", "to mysql"], [], "", ("database", "network")),
        (["take-down"], [], "¿Qué pasa si falla la base de datos?", ("database",)),
        (["x"], ["caché"], "", ("cache",)),
        (["x"], [], "Pérdida de red", ("network",)),
        (["pod-cpu-hog"], [], "", ("resource",)),
        (["stop jokes"], [], "external API unreachable", ("upstream",)),
        (["pod-delete"], ["kubernetes"], "Pods die", ()),
        ([], [], "Chaos for database, cache, upstream, network and cpu", ()),
        (["database cache upstream network cpu"], [], "", ()),
        (["redirect"], [], "The reddish cached tactic", ()),
    ],
)
def test_kinds_come_from_an_explicit_table(actions: list[str], tags: list[str], title: str, kinds: tuple[str, ...]) -> None:  # fmt: skip
    assert kind_of_fault(actions, tags, title) == kinds
