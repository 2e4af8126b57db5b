"""A recorded baseline: complete runs, their spread, and figures that nobody measured."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auditor.formats.records.baseline_record import parse, sniff
from auditor.formats.text.errors import Malformed


def run(n: int, **changes: Any) -> dict[str, Any]:
    return {"recorded_at": f"2026-03-01T{10 + n}:00:00Z", "rate": 500.0 + n, "p50_ms": 38.5 + n, "p95_ms": 120.0 + n,
            "p99_ms": 240.0 + n, "error_percent": 0.02, "duration_s": 600} | changes  # fmt: skip


HEAD: dict[str, Any] = {"commit": "4f2c9e1", "environment": "staging", "routes": ["POST /bookings"]}


def record(*runs: dict[str, Any], **changes: Any) -> bytes:
    return json.dumps(HEAD | {"runs": list(runs)} | changes).encode()


def test_three_runs_have_a_median_and_a_spread() -> None:
    read = parse(record(run(0), run(1), run(6)))
    assert (len(read.complete), read.median("p95_ms"), read.missing, read.doubts) == (
        3,
        121.0,
        (),
        (),
    )
    assert read.spread_percent == pytest.approx(100 * 6 / 121)
    assert read.recorded_at is not None
    assert read.recorded_at.hour == 16


def test_yaml_and_a_share_of_errors_are_read() -> None:
    text = b"commit: a1b2c3d\nenvironment: staging\nroutes: {POST /a: 1}\nruns:\n- {at: '2026-03-01T10:00:00Z', rate: 50, p50_ms: 38, p95_ms: 120, p99_ms: 240, errors: 0.0002}\n"
    assert parse(text).complete[0].figures["error_percent"] == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"p99_ms": None}, "p99_ms"),
        ({"rate": None}, "rate"),
        ({"recorded_at": "soon"}, "recorded_at"),
    ],
)
def test_what_is_null_is_named_and_never_0(change: dict[str, Any], missing: str) -> None:
    read = parse(record(run(0, **change), run(1), run(2)))
    assert (read.missing, len(read.complete)) == ((missing,), 2)


def test_what_all_runs_lack_is_named() -> None:
    assert parse(json.dumps({"runs": [run(0)]}).encode()).missing == (
        "commit",
        "environment",
        "routes",
    )


@pytest.mark.parametrize(
    ("runs", "word"),
    [
        ((run(0), run(0, recorded_at="2026-03-01T15:00:00Z"), run(2)), "alike"),
        ((run(0, p95_ms=120.25), run(1, p95_ms=120.25), run(2, p95_ms=120.25)), "p95_ms of 120.25"),
        (
            (run(0), run(1, recorded_at="2026-03-01T10:00:00.000004Z"), run(2)),
            "written, not measured",
        ),
        ((run(0), run(1, recorded_at="2026-03-01T10:05:00Z"), run(2)), "takes 600 s"),
        ((run(0, p50_ms=500.0), run(1), run(2)), "above its P95"),
        ((run(0, error_percent=140), run(1), run(2)), "140 %"),
        ((run(0, p50_ms=0, p95_ms=0, p99_ms=0), run(1), run(2)), "of 0"),
    ],
)
def test_invented_runs_are_doubted(runs: tuple[dict[str, Any], ...], word: str) -> None:
    assert any(word in sentence for sentence in parse(record(*runs)).doubts)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (json.dumps(HEAD | {"runs": 3}).encode(), "`runs` as a number"),
        (json.dumps(HEAD).encode(), "no `runs`"),
        (json.dumps(HEAD | {"runs": [1]}).encode(), "a run that is a number"),
        (record(run(0, p95_ms=-1)), "never measured"),
        (b"runs: [", "YAML"),
    ],
)
def test_other_records_are_malformed(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(data)
    assert message in refused.value.message


def test_it_is_recognised_by_content() -> None:
    assert sniff(record(run(0)))
    assert sniff(b"runs: 3\nroutes:\n  POST /a: {p95_ms: 1}\n")
    assert not sniff(b'{"results": {}, "plugins_used": []}')
    assert not sniff(b"")
