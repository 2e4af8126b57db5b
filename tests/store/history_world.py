"""Made-up runs for the tests of the history, and a history to put them in."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

from hypothesis import strategies as st
from sqlalchemy import Connection

from auditor.model.gate import Snapshot
from auditor.model.history import (
    ItemResult,
    Look,
    PartScore,
    Run,
    RunHead,
    RunKind,
    RunRecord,
    ServiceKey,
)
from auditor.model.item import Severity
from auditor.model.level import Level
from auditor.model.verdict import Outcome, Score
from auditor.store.history.database import Database
from auditor.store.history.history import Added, History, open_history
from auditor.store.history.place import Place, place_of
from auditor.store.history.record import storable

DAY = 86_400
BEGIN = 1_767_225_600
"""2026-01-01."""
ORDERS = ServiceKey("orders", "git.example.net/shop/orders", "services/orders")


def snapshot(service: str = "orders") -> Snapshot:
    """A snapshot that says nothing."""
    return Snapshot(
        "1", "2026-01-01T00:00:00+00:00", service, "", "", None, False, "c", "1", "d", ()
    )


def head(number: int = 0, *, at: int | None = None, kind: RunKind = RunKind.AUDIT) -> RunHead:
    """The head of a run; each number gives another bundle digest and, unless said, another day."""
    score = Score(Fraction(1, 3), Fraction(2, 3), Fraction(5, 7))
    return RunHead(
        digest=hashlib.sha256(str(number).encode()).hexdigest(),
        kind=kind,
        at=BEGIN + number * DAY if at is None else at,
        started_at="2026-01-01T00:00:00+00:00",
        finished_at="2026-01-01T00:01:00+00:00",
        commit=hashlib.sha256(f"commit {number}".encode()).hexdigest()[:40],
        committed_at="2026-01-01T00:00:00+02:00",
        branch="main",
        ref="",
        dirty=False,
        tool_version="0.1.0",
        checklist="production-readiness",
        checklist_version="1.0.0",
        checklist_digest="d" * 64,
        tier="",
        deployment="",
        level="not_ready",
        ready=False,
        ready_from=80.0,
        score=score,
        open_blockers=1,
        open_criticals=2,
        passed=3,
        applicable=6,
    )


def item(name: str, outcome: Outcome, severity: Severity = Severity.BLOCKER) -> ItemResult:
    """A verdict."""
    return ItemResult(name, "1.1", f"Title of {name}", severity, outcome)


def record(
    number: int = 0,
    items: tuple[ItemResult, ...] = (),
    service: ServiceKey = ORDERS,
    **about: object,
) -> RunRecord:
    """A run with these verdicts; `about` are fields of its head."""
    return RunRecord(service, replace(head(number), **about), items, (), ())  # type: ignore[arg-type]


def put(history: History, made: RunRecord, *, baseline: bool = False) -> Added:
    """Store a made-up run."""
    return history.add(
        made, b"{}", snapshot(made.service.name), {"manifest.json": b"{}"}, baseline=baseline
    )


def stored(number: int, service: int = 1, at: int | None = None, *, baseline: bool = False,
           kind: RunKind = RunKind.AUDIT) -> Run:  # fmt: skip
    """A run as a history gives it."""
    return Run(number, service, ORDERS, head(number, at=at, kind=kind), baseline, 0)


@contextmanager
def opened(folder: Path, *, patience_s: float = 5.0) -> Iterator[History]:
    """The history in a folder of the test's own; its tables are made once for all tests."""
    file = place(folder).file
    folder.mkdir(exist_ok=True)
    if file is not None and not os.path.lexists(file):
        file.write_bytes(_empty())
    with open_history(place(folder), create=True, patience_s=patience_s) as history:
        yield history


@cache
def _empty() -> bytes:
    """The file of a history without runs."""
    with tempfile.TemporaryDirectory() as name:
        where = place(Path(name))
        with open_history(where, create=True):
            pass
        assert where.file is not None
        return where.file.read_bytes()


def place(folder: Path) -> Place:
    """Where that history is."""
    return place_of(str(folder / "history.sqlite"))


class _Undo(Exception):
    pass


@contextmanager
def passing(database: Database) -> Iterator[Connection]:
    """A transaction of which nothing stays: a property test begins each example anew."""
    with suppress(_Undo), database.writing() as connection:
        yield connection
        raise _Undo


texts = st.text(max_size=12).map(storable)
names = st.text("abcdef.-é\u202e", min_size=1, max_size=8)
shares = st.fractions(0, 1, max_denominator=10**9)
scores = st.builds(Score, shares, shares, shares)
severities, outcomes = st.sampled_from(Severity), st.sampled_from(Outcome)
whole = st.integers(0, 10**6)
times = st.integers(-(10**9), 2 * 10**9)

items = st.builds(
    ItemResult, names, texts, texts, severities, outcomes, st.none() | st.sampled_from(Level),
    st.booleans(), st.booleans(), st.booleans(), texts,
)  # fmt: skip
parts = st.builds(PartScore, names, texts, texts, st.fractions(0, 1000), st.booleans(), scores)
looks = st.builds(
    Look, names, texts, st.sampled_from(["ok", "skipped", "failed"]), texts.map(lambda t: t[:30]),
    whole, whole, whole, st.floats(0, 1e6), st.none() | times,
)  # fmt: skip
heads = st.builds(
    RunHead,
    digest=st.integers(0, 2**128).map(lambda n: hashlib.sha256(str(n).encode()).hexdigest()),
    kind=st.sampled_from(RunKind), at=times, started_at=texts, finished_at=texts,
    commit=st.none() | st.text("0123456789abcdef", min_size=40, max_size=40),
    committed_at=st.none() | texts, branch=st.none() | texts, ref=texts, dirty=st.booleans(),
    tool_version=texts, checklist=texts, checklist_version=texts, checklist_digest=texts, tier=texts,
    deployment=texts, level=st.sampled_from(["not_ready", "ready", "excellent", "perfect"]),
    ready=st.booleans(), ready_from=st.floats(0, 100), score=scores, open_blockers=whole, open_criticals=whole, passed=whole,
    applicable=whole,
)  # fmt: skip
records = st.builds(
    RunRecord,
    st.builds(ServiceKey, names, texts, texts),
    heads,
    st.lists(items, max_size=6, unique_by=lambda i: i.id).map(tuple),
    st.lists(parts, max_size=4, unique_by=lambda p: p.id).map(tuple),
    st.lists(looks, max_size=4, unique_by=lambda k: k.probe).map(tuple),
)
