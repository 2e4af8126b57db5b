"""Litmus resources, of which one carries a verdict, and Chaos Mesh's, which carry none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from auditor.formats.chaos import chaos_mesh, litmus
from auditor.formats.text.errors import Malformed
from tests.formats.conftest import SampleReader

RESULT = """apiVersion: litmuschaos.io/v1alpha1
kind: ChaosResult
metadata:
  name: bookings-pod-network-loss
  uid: 0b1c
  creationTimestamp: "2026-03-01T12:00:00Z"
spec: {engine: bookings, experiment: pod-network-loss}
status:
  experimentStatus: {phase: Completed, verdict: Pass, probeSuccessPercentage: "100", failStep: N/A}
  history: {passedRuns: 1, failedRuns: 0, stoppedRuns: 0}
  probeStatuses:
  - {name: served, type: httpProbe, mode: Continuous, status: {verdict: Passed}}
"""
MESH = """apiVersion: chaos-mesh.org/v1alpha1
kind: StressChaos
metadata: {name: cpu}
spec: {mode: one, duration: 30s}
"""


def test_a_watched_result_with_a_verdict_is_a_pass() -> None:
    (result,) = litmus.parse(RESULT.encode()).results
    assert (result.shortcomings, result.kinds, result.no_result) == ((), ("network",), None)
    assert (result.recorded_at, result.during) == (datetime(2026, 3, 1, 12, 0, tzinfo=UTC), 1)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("verdict: Pass,", "verdict: Fail,", "verdict is Fail"),
        ("phase: Completed", "phase: Stopped", "phase is Stopped"),
        ('"100"', '"50"', "50 %"),
        ("mode: Continuous", "mode: EOT", "watched the fault"),
        ("status: {verdict: Passed}", "status: {verdict: Failed}", "served did not pass"),
    ],
)
def test_false_green_a_result_needs_all_of_it(old: str, new: str, reason: str) -> None:
    (result,) = litmus.parse(RESULT.replace(old, new).encode()).results
    assert any(reason in one for one in result.shortcomings)


def test_the_old_form_of_probes_is_read() -> None:
    text = RESULT.replace("probeStatuses", "probeStatus").replace(
        "mode: Continuous, status: {verdict: Passed}", 'status: {Continuous: "Passed"}'
    )
    assert litmus.parse(text.encode()).results[0].shortcomings == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("verdict: Pass,", "verdict: Awaited,"),
        ("  uid: 0b1c\n", ""),
        ("engine: bookings", 'engine: ""'),
    ],
)
def test_templates_and_unfinished_runs_are_no_results(old: str, new: str) -> None:
    assert litmus.parse(RESULT.replace(old, new).encode()).results[0].no_result is not None


def test_a_list_of_resources_is_read() -> None:
    items = "".join(f"  {line}\n" for line in RESULT.splitlines())
    listed = "apiVersion: v1\nkind: List\nitems:\n-" + items[1:]
    assert len(litmus.parse(listed.encode()).results) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"kind: Deployment\n",
        RESULT.replace("experimentStatus", "x").encode(),
        RESULT.encode() + b"\n---\n{",
    ],
)
def test_other_files_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        litmus.parse(data)


def test_chaos_mesh_names_what_it_would_inject() -> None:
    (fault,) = chaos_mesh.parse(MESH.encode())
    assert (fault.kind, fault.kinds, fault.duration) == ("StressChaos", ("resource",), "30s")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"a: b\n",
        MESH.replace("spec", "x").encode(),
        MESH.replace("kind: StressChaos\n", "").encode(),
    ],
)
def test_other_mesh_files_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        chaos_mesh.parse(data)


def test_each_is_recognised_by_content() -> None:
    assert litmus.sniff(RESULT.encode())
    assert chaos_mesh.sniff(MESH.encode())
    assert not litmus.sniff(MESH.encode())
    assert not chaos_mesh.sniff(RESULT.encode())


def test_the_results_among_the_samples_are_templates_and_no_results(samples: SampleReader) -> None:
    read = [litmus.parse(data) for data, _ in samples("litmus").values()]
    results = [result for one in read for result in one.results]
    assert results
    assert all(result.no_result is not None for result in results)
