"""The history: what is read is what was stored, and what many runs tell together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model.history import RunKind, RunRecord, ServiceKey
from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Score
from auditor.report.registry import render
from auditor.store.history import read
from auditor.store.history.add import add_run
from auditor.store.history.database import Database
from auditor.store.history.history import History
from auditor.store.history.record import record_of, storable
from auditor.store.history.since import open_since
from auditor.store.history.trouble import BadHistory
from tests.report.sample import HOSTILE
from tests.report.sample import report as sample
from tests.store.history_world import (
    DAY,
    ORDERS,
    head,
    item,
    opened,
    outcomes,
    passing,
    place,
    put,
    record,
    records,
    shares,
    snapshot,
)

PASS, FAIL, UNKNOWN, AWAY = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A database with its tables and nothing in them, for what is undone after each example."""
    folder = tmp_path_factory.mktemp("history")
    with opened(folder):
        pass
    database = Database(place(folder), create=False, patience_s=5)
    yield database
    database.close()


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with opened(tmp_path) as history:
        yield history


@settings(max_examples=25)
@given(records)
def test_what_is_read_is_what_was_stored(database: Database, made: RunRecord) -> None:
    with passing(database) as connection:
        number = add_run(connection, made, {}, stored_at=7)
        assert number is not None
        run = read.runs_by_number(connection, [number])[number]
        assert read.record(connection, run) == made
        assert (run.baseline, run.stored_at) == (False, 7)


@settings(max_examples=10)
@given(st.tuples(shares, shares, shares), st.lists(outcomes, min_size=40, max_size=40))
def test_the_stored_run_of_a_report_has_its_exact_scores_and_its_verdicts(
    database: Database, score: tuple[Fraction, Fraction, Fraction], changed: list[Outcome]
) -> None:
    report = _varied(Score(*score), changed)
    with passing(database) as connection:
        number = add_run(connection, record_of(report, ()), {}, stored_at=0)
        assert number is not None
        run = read.runs_by_number(connection, [number])[number]
        kept = read.record(connection, run)
    assert kept.head.score == report.score
    assert [p.score for p in kept.parts] == [c.score for c in report.categories]
    assert [p.weight for p in kept.parts] == [c.category.weight for c in report.categories]
    assert [(i.id, i.outcome, i.severity, i.level, i.waived) for i in kept.items] == [
        (v.item.id, v.outcome, v.item.severity, v.level, v.waived is not None)
        for v in report.verdicts()
    ]
    blocking = [v for v in report.verdicts() if v.blocks]
    assert kept.head.open_blockers == sum(v.item.severity is Severity.BLOCKER for v in blocking)
    assert [(k.probe, k.status) for k in kept.looks] == [
        (p.id, p.status.value) for p in report.probes
    ]


def _varied(score: Score, changed: list[Outcome]) -> Report:
    report = sample("plain")
    left = iter(changed)
    categories = tuple(
        replace(
            c,
            score=Score(score.proven, c.score.possible, score.coverage),
            sections=tuple(
                replace(s, verdicts=tuple(replace(v, outcome=next(left)) for v in s.verdicts))
                for s in c.sections
            ),
        )
        for c in report.categories
    )
    return replace(report, score=score, categories=categories)


def test_hostile_text_is_stored_and_the_report_is_kept_byte_for_byte(history: History) -> None:
    for at, hostile in enumerate(HOSTILE):
        report = replace(sample(hostile), bundle_digest=f"{at:064}")
        text = render("json", report).encode()
        made = record_of(report, ())
        number = history.add(made, text, snapshot(), {"manifest.json": b"{}"}).run
        run = history.run(str(number))
        assert history.record(run) == made
        assert history.report(run) == text
        assert run.head.branch == storable(f"main{hostile}")


def test_what_no_database_takes_is_spelled_out() -> None:
    assert storable("a\0b\udc80") == "a\\x00b\\udc80"


def test_the_same_bundle_twice_is_one_run(history: History) -> None:
    first, second = put(history, record(1)), put(history, record(1))
    assert (first.run, first.known, second.known) == (second.run, False, True)
    number, _ = history.service("orders")
    assert len(history.runs(number)) == 1


def test_the_bundle_of_a_run_comes_back_as_the_audit_wrote_it(history: History) -> None:
    files = {
        "manifest.json": b'{"a": 1}',
        "evidence/repo.x.json": b"{}",
        f"blobs/{'ab' * 32}": b"raw",
        "report.json": b'{"r": 1}',
    }
    added = history.add(record(1), files["report.json"], snapshot(), files)
    assert history.files(history.run(str(added.run))) == files


def test_services_of_one_name_are_told_apart_by_where_they_come_from(history: History) -> None:
    other = ServiceKey("orders", "git.example.net/else/orders", "services/orders")
    put(history, record(1))
    put(history, record(2, service=other))
    assert len(history.states()) == 2
    with pytest.raises(BadHistory, match="Several services are called 'orders'; name one of them"):
        history.service("orders")
    assert history.service("orders@git.example.net/else/orders:services/orders")[1] == other


def test_a_checkout_without_a_remote_is_the_same_service(history: History) -> None:
    put(history, record(1, service=replace(ORDERS, origin="")))
    put(history, record(2))
    put(history, record(3, service=replace(ORDERS, origin="")))
    assert [(s.newest.service, s.runs) for s in history.states()] == [(ORDERS, 3)]


def test_runs_are_found_by_number_service_steps_back_tag_and_commit(history: History) -> None:
    numbers = [put(history, record(n, ref="v1.0" if n == 2 else "")).run for n in (1, 2, 3)]
    asked = [str(numbers[1]), "orders~1", "v1.0", head(2).commit[:9], head(2).digest[:9]]  # type: ignore[index]
    assert [history.run(text).id for text in asked] == [numbers[1]] * 5
    assert history.run("orders").id == numbers[2]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("ordres", "holds no service 'ordres'. Did you mean 'orders'?"),
        ("99", "There is no run 99. List them: auditor history list SERVICE"),
        ("orders~9", "has 1 runs, so there is no orders~9."),
        ("abcdef0", "No run is of a commit or a bundle that begins with abcdef0."),
    ],
)
def test_a_run_that_is_not_there_is_told_with_the_next_step(
    history: History, asked: str, said: str
) -> None:
    put(history, record(1))
    with pytest.raises(BadHistory) as error:
        history.run(asked)
    assert said in str(error.value)


def test_an_empty_history_says_how_to_fill_it(history: History) -> None:
    with pytest.raises(BadHistory, match=r"auditor audit \. --history"):
        history.service(None)


def test_an_item_is_open_since_the_run_after_the_one_that_passed(history: History) -> None:
    for number, outcome in enumerate((FAIL, PASS, FAIL, UNKNOWN, FAIL)):
        put(history, record(number, (item("a", outcome), item("b", FAIL))))
    newest = history.run("orders")
    found = {s.item.id: s for s in history.open_since(newest)}
    assert (found["a"].since.head.at, found["a"].before and found["a"].before.head.at) == (
        head(2).at,
        head(1).at,
    )
    assert (found["b"].since.head.at, found["b"].before) == (head(0).at, None)


def test_false_red_a_backfilled_run_that_could_not_tell_begins_no_row(history: History) -> None:
    put(history, record(0, (item("a", UNKNOWN),), kind=RunKind.BACKFILL))
    put(history, record(1, (item("a", FAIL),)))
    put(history, record(2, (item("a", UNKNOWN),), kind=RunKind.BACKFILL))
    put(history, record(3, (item("a", FAIL),)))
    (found,) = history.open_since(history.run("orders"))
    assert (found.since.head.at, found.before) == (head(1).at, None)


def test_false_green_a_row_that_is_stored_out_of_order_is_in_the_order_of_time(
    history: History,
) -> None:
    for number, outcome in ((3, FAIL), (1, PASS), (2, FAIL)):
        put(history, record(number, (item("a", outcome),)))
    (found,) = history.open_since(history.run("orders"))
    assert found.since.head.at == head(2).at


_STORIES = st.lists(
    st.tuples(
        st.integers(-1, 2),
        st.sampled_from(RunKind),
        st.dictionaries(st.sampled_from("abc"), outcomes, max_size=3),
        st.integers(0, 1),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=40)
@given(_STORIES)
def test_since_agrees_with_walking_back_run_by_run(
    database: Database, story: list[tuple[int, RunKind, dict[str, Outcome], int]]
) -> None:
    with passing(database) as connection:
        told = []
        for number, (day, kind, said, wording) in enumerate(story):
            verdicts = tuple(
                replace(item(name, outcome), title=f"Wording {wording}")
                for name, outcome in said.items()
            )
            made = record(number, verdicts, at=day * DAY, kind=kind)
            run = add_run(connection, made, {}, stored_at=0)
            assert run is not None
            told.append((day, run, kind, said))
        told.sort(key=lambda one: one[:2])
        found = open_since(connection, told[-1][1])
    assert {
        s.item.id: (s.since.id, s.before.id if s.before else None) for s in found
    } == _walked_back(told)


def _walked_back(
    told: list[tuple[int, int, RunKind, dict[str, Outcome]]],
) -> dict[str, tuple[int, int | None]]:
    found = {}
    for name, outcome in told[-1][3].items():
        if outcome not in (FAIL, UNKNOWN):
            continue
        since: int | None = None
        before: int | None = None
        for _, run, kind, said in reversed(told):
            seen = said.get(name)
            if seen is None or (kind is RunKind.BACKFILL and seen is UNKNOWN):
                continue
            if seen in (PASS, AWAY):
                before = run
                break
            since = run
        if since is not None:
            found[name] = (since, before)
    return found


def test_the_list_has_the_newest_run_of_each_service_and_its_oldest_open_blocker(
    history: History,
) -> None:
    other = ServiceKey("basket")
    put(history, record(1, (item("a", FAIL), item("n", FAIL, Severity.NICE))))
    put(history, record(2, (item("a", FAIL), item("b", FAIL))))
    waived = replace(item("w", FAIL), waived=True)
    put(history, record(5, (waived, replace(item("p", FAIL), pending="2027-01-01")), other))
    basket, orders = history.states()
    assert (basket.newest.service, basket.longest) == (other, None)
    assert orders.newest.head.at == head(2).at
    assert orders.longest is not None
    assert (orders.longest.item.id, orders.longest.since.head.at) == ("a", head(1).at)
    assert (orders.runs, orders.proven) == (2, (Fraction(1, 3), Fraction(1, 3)))


def test_a_trend_is_in_the_order_of_time_and_begins_where_asked(history: History) -> None:
    for number in (3, 1, 2):
        put(history, record(number))
    number, _ = history.service(None)
    assert [p.run.head.at for p in history.trend(number)] == [head(n).at for n in (1, 2, 3)]
    assert [p.run.head.at for p in history.trend(number, head(2).at)] == [head(2).at, head(3).at]


def test_a_commit_is_known_by_its_own_audit_or_by_a_like_backfill(history: History) -> None:
    put(history, record(1))
    put(history, record(2, dirty=True, tool_version="other"))
    put(history, record(3, kind=RunKind.BACKFILL))
    put(history, record(4, kind=RunKind.BACKFILL, checklist_digest="another"))
    found = history.audited_commits(ORDERS, "d" * 64, "0.1.0")
    assert found == {head(1).commit, head(3).commit}
