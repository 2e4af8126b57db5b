"""The history with 10,000 runs of 100 services: what its commands cost, in SQLite and in PostgreSQL.

Run: python benchmarks/history.py [RUNS [SERVICES]]. PostgreSQL is left out where it is not installed.
"""

from __future__ import annotations

import hashlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.model.history import (
    ItemResult,
    Look,
    PartScore,
    RunHead,
    RunKind,
    RunRecord,
    ServiceKey,
)
from auditor.model.item import Severity
from auditor.model.level import Level
from auditor.model.verdict import Outcome, Score
from auditor.report import history_text
from auditor.report.history_text import Screen
from auditor.report.trend import chart
from auditor.report.trend_svg import svg
from auditor.store.history import add
from auditor.store.history.blobs import Blobs
from auditor.store.history.database import Database
from auditor.store.history.history import History
from auditor.store.history.migrate import prepare
from auditor.store.history.place import Place, place_of
from auditor.store.history.retention import parse_rules
from tests.servers.postgres import postgres_folder, postgresql

ITEMS, CATEGORIES, PROBES = 110, 8, 100
REPEATS = 15
BEGIN, DAY = 1_735_689_600, 86_400
_SEVERITIES = [*[Severity.BLOCKER] * 2, *[Severity.CRITICAL] * 3, *[Severity.IMPORTANT] * 5]


def records(runs: int, services: int) -> Iterator[RunRecord]:
    """Nightly audits of services that get better, with now and then something that breaks."""
    chance = random.Random(7)
    state = [[chance.random() < 0.4 for _ in range(ITEMS)] for _ in range(services)]
    for night in range(runs // services):
        for number, passed in enumerate(state):
            for _ in range(2):
                at = chance.randrange(ITEMS)
                passed[at] = chance.random() < 0.7
            yield record(number, night, passed)


def record(service: int, night: int, passed: list[bool]) -> RunRecord:
    """One run."""
    items = tuple(
        ItemResult(
            f"chapter.item{n}", f"1.{n}", f"Item {n} is as it should be", _SEVERITIES[n % 10],
            Outcome.PASS if good else Outcome.FAIL if n % 3 else Outcome.UNKNOWN,
            Level.REPORTED if good else None,
        )
        for n, good in enumerate(passed)
    )  # fmt: skip
    proven = Fraction(sum(passed), ITEMS)
    score = Score(proven, min(Fraction(1), proven + Fraction(1, 5)), Fraction(4, 5))
    parts = tuple(
        PartScore(f"chapter{n}", str(n), f"Chapter {n}", Fraction(10), True, score)
        for n in range(CATEGORIES)
    )
    looks = tuple(Look(f"repo.probe{n}", "1", "ok", facts=9, duration_s=0.1) for n in range(PROBES))
    blockers = sum(i.severity is Severity.BLOCKER and i.outcome is not Outcome.PASS for i in items)
    name = f"{service}/{night}".encode()
    head = RunHead(
        digest=hashlib.sha256(name).hexdigest(), kind=RunKind.AUDIT, at=BEGIN + night * DAY + service,
        started_at="2025-01-01T00:00:00+00:00", finished_at="2025-01-01T00:01:00+00:00",
        commit=hashlib.sha256(b"commit" + name).hexdigest()[:40], committed_at=None, branch="main",
        ref="", dirty=False, tool_version="1", checklist="production-readiness",
        checklist_version="1.0.0", checklist_digest="d" * 64, tier="", deployment="staging",
        level="not_ready", ready=False, ready_from=80.0, score=score, open_blockers=blockers, open_criticals=9,
        passed=sum(passed), applicable=ITEMS,
    )  # fmt: skip
    return RunRecord(ServiceKey(f"service-{service:03}"), head, items, parts, looks)


def fill(database: Database, runs: int, services: int) -> float:
    """Store them, a night in a transaction; gives the seconds."""
    started = time.perf_counter()
    for _, some in groupby(records(runs, services), lambda one: (one.head.at - BEGIN) // DAY):
        with database.writing() as connection:
            for one in some:
                add.add_run(connection, one, {}, stored_at=0)
    return time.perf_counter() - started


def measured(act: Callable[[], object]) -> tuple[float, float]:
    """The median and the 95th percentile of a few runs, in milliseconds."""
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        act()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times), sorted(times)[int(len(times) * 0.95)]


def table(place: Place, runs: int, services: int) -> dict[str, tuple[float, float]]:
    """What each command costs, without the start of Python."""
    database = Database(place, create=True)
    prepare(database)
    seconds = fill(database, runs, services)
    history = History(database, Blobs(place.blobs))
    screen = Screen()
    newest = history.run("service-042")

    def show() -> None:
        run = history.run("service-042")
        history_text.run(run, history.record(run), history.open_since(run), screen, whole=True)

    acts: dict[str, Callable[[], object]] = {
        "list": lambda: history_text.services(history.states(), screen),
        "list SERVICE": lambda: history_text.runs(
            history.runs(newest.service_id, limit=20), 0, screen
        ),
        "show": show,
        "trend": lambda: chart(history.trend(newest.service_id), screen),
        "trend as SVG": lambda: svg(history.trend(newest.service_id)),
        "prune --dry-run": lambda: history.prune(parse_rules(["last=30"]), really=False),
    }
    rows = {name: measured(act) for name, act in acts.items()}
    rows["store a run (in one transaction of 100)"] = (seconds / runs * 1000,) * 2
    database.close()
    return rows


def main() -> None:
    """Print a table of milliseconds."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    services = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    found = {}
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "history.sqlite"
        found["SQLite"] = table(place_of(str(file)), runs, services)
        size = file.stat().st_size / 1e6
        folder = postgres_folder()
        if folder is not None:
            with postgresql(folder, life_s=1800) as server:
                place = place_of(server.made("history"), str(Path(name) / "blobs"))
                found["PostgreSQL"] = table(place, runs, services)
    print(f"{runs:,} runs of {services} services, {ITEMS} items each; SQLite file {size:.0f} MB")
    print(f"{'milliseconds':<42}" + "".join(f"{n:>12} p50{'p95':>9}" for n in found))
    for row in next(iter(found.values())):
        cells = "".join(f"{found[n][row][0]:>16.1f}{found[n][row][1]:>9.1f}" for n in found)
        print(f"{row:<42}{cells}")


if __name__ == "__main__":
    main()
