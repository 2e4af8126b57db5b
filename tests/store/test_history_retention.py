"""What a retention keeps: never less than the last run of a service and its baselines."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.history import Run, RunKind, ServiceKey
from auditor.store.history.retention import Rule, dropped, parse_rules
from auditor.store.history.trouble import BadHistory
from tests.store.history_world import BEGIN, DAY, head, opened, put, record, snapshot, stored

KINDS = ("last", "within", "daily", "weekly", "monthly")
RULES = st.lists(st.builds(Rule, st.sampled_from(KINDS), st.integers(1, 5)), min_size=1, max_size=3)
RUNS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(-40, 400), st.booleans(), st.sampled_from(RunKind)),
    max_size=25,
).map(
    lambda rows: [
        stored(number, service, BEGIN + hours * 6 * 3600, baseline=baseline, kind=kind)
        for number, (service, hours, baseline, kind) in enumerate(rows, 1)
    ]
)
NOW = BEGIN + 60 * DAY


@given(RUNS, RULES)
def test_the_last_runs_and_baselines_are_never_dropped(runs: list[Run], rules: list[Rule]) -> None:
    gone = {run.id for run in dropped(runs, rules, NOW)}
    for service in {run.service_id for run in runs}:
        ordered = sorted(
            (r for r in runs if r.service_id == service), key=lambda r: (r.head.at, r.id)
        )
        assert ordered[-1].id not in gone
        audits = [run for run in ordered if run.head.kind is RunKind.AUDIT]
        assert not audits or audits[-1].id not in gone
    assert not gone & {run.id for run in runs if run.baseline}


@given(RUNS, RULES)
def test_pruning_again_drops_nothing_more(runs: list[Run], rules: list[Rule]) -> None:
    gone = {run.id for run in dropped(runs, rules, NOW)}
    left = [run for run in runs if run.id not in gone]
    assert dropped(left, rules, NOW) == []


@given(RUNS, RULES, RULES)
def test_one_more_rule_never_drops_more(runs: list[Run], one: list[Rule], more: list[Rule]) -> None:
    few = {run.id for run in dropped(runs, one, NOW)}
    assert {run.id for run in dropped(runs, [*one, *more], NOW)} <= few


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("last=2", [9, 8]),
        ("within=3d", [9, 8, 7, 6, 5, 4]),
        ("within=3", [9, 8, 7, 6, 5, 4]),
        ("daily=3", [9, 8, 6]),
        ("weekly=1", [9]),
        ("monthly=5", [9]),
    ],
)
def test_each_rule_keeps_what_it_says(rule: str, kept: list[int]) -> None:
    """Nine runs, every twelve hours, the last one on the afternoon of the fifth day."""
    runs = [stored(n, at=BEGIN + n * DAY // 2 - DAY // 4) for n in range(1, 10)]
    gone = {r.id for r in dropped(runs, parse_rules([rule]), BEGIN + 9 * DAY // 2)}
    assert [n for n in range(9, 0, -1) if n not in gone] == kept


@pytest.mark.parametrize(
    "text", ["", "all", "last", "last=0", "last=-1", "last=1h", "yearly=1", "last=1 2"]
)
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(BadHistory, match="is no retention"):
        parse_rules([text])


def test_no_rule_at_all_is_refused() -> None:
    with pytest.raises(BadHistory, match="Say what to keep"):
        parse_rules([])


def test_a_prune_deletes_runs_and_the_evidence_that_nobody_has_any_more(tmp_path: Path) -> None:
    shared = {"manifest.json": b"{}", f"blobs/{'a' * 64}": b"shared"}
    with opened(tmp_path) as history:
        for number in (1, 2, 3):
            own = {f"blobs/{str(number) * 64}": f"own {number}".encode()}
            history.add(record(number), b"{}", snapshot(), shared | own)
        put(history, record(4, service=ServiceKey("basket")), baseline=True)
        before = sorted((tmp_path / "history.sqlite.blobs").rglob("*.gz"))
        told = history.prune(parse_rules(["last=1"]), really=False)
        assert sorted((tmp_path / "history.sqlite.blobs").rglob("*.gz")) == before
        done = history.prune(parse_rules(["last=1"]), really=True)
        assert [r.head.digest for r in done.removed] == [head(2).digest, head(1).digest]
        assert (told.removed, told.kept, told.blobs) == (done.removed, done.kept, done.blobs)
        left = sorted((tmp_path / "history.sqlite.blobs").rglob("*.gz"))
        assert (len(before) - len(left), done.blobs, done.kept) == (2, 2, 2)
        assert history.files(history.run("orders"))[f"blobs/{'a' * 64}"] == b"shared"
        assert [s.newest.service.name for s in history.states()] == ["basket", "orders"]


def test_evidence_that_a_killed_process_left_behind_is_pruned_too(tmp_path: Path) -> None:
    from auditor.store.history.add import add_blobs
    from auditor.store.history.blobs import Blobs
    from auditor.store.history.database import Database
    from tests.store.history_world import place

    with opened(tmp_path) as history:
        put(history, record(1))
        database = Database(place(tmp_path), create=False)
        digest = Blobs(place(tmp_path).blobs).put(b"left behind")
        with database.writing() as connection:
            add_blobs(connection, {digest: 11})
        assert history.prune(parse_rules(["last=1"]), really=True).blobs == 1
        database.close()
    assert not list((tmp_path / "history.sqlite.blobs").rglob(f"{digest}*"))


@settings(max_examples=5)
@given(st.integers(1, 4))
def test_a_number_is_never_given_twice(
    tmp_path_factory: pytest.TempPathFactory, count: int
) -> None:
    with opened(tmp_path_factory.mktemp("numbers")) as history:
        numbers = [put(history, record(n)).run for n in range(count)]
        history.prune(parse_rules(["last=1"]), really=True)
        assert put(history, record(50)).run == max(numbers) + 1
