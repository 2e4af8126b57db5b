"""The history in a real PostgreSQL: the same as in SQLite, for several machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from sqlalchemy import text

from auditor.cli.group import cli
from auditor.model.history import RunKind, RunRecord
from auditor.model.verdict import Outcome
from auditor.store.history import migrate, read
from auditor.store.history.add import add_run
from auditor.store.history.database import Database
from auditor.store.history.history import History, open_history
from auditor.store.history.place import Place, place_of
from auditor.store.history.retention import parse_rules
from auditor.store.history.tables import SCHEMA
from auditor.store.history.trouble import BadHistory
from tests.report.sample import HOSTILE
from tests.servers.postgres import Postgres, postgres_folder, postgresql
from tests.store.history_world import head, item, passing, put, record, records
from tests.store.test_history_migrations import at_revision, counted, differences, later

ROOT = Path(__file__).parents[2]
FAIL, PASS, UNKNOWN = Outcome.FAIL, Outcome.PASS, Outcome.UNKNOWN
WRITER = """\
import sys
from auditor.store.history.history import open_history
from auditor.store.history.place import place_of
from tests.store.history_world import put, record
with open_history(place_of(sys.argv[1], sys.argv[2]), create=True) as history:
    for number in range(int(sys.argv[3]), int(sys.argv[4])):
        put(history, record(number))
"""
numbers = count()
MadePlace = Callable[[], Place]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server of the tests' own."""
    folder = postgres_folder()
    if folder is None:
        reason = "PostgreSQL is not installed (Debian: apt install postgresql)"
        if os.environ.get("AUDITOR_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with postgresql(folder) as running:
        yield running


@pytest.fixture
def made(server: Postgres, tmp_path: Path) -> MadePlace:
    """Makes an empty database, with a folder for its evidence."""
    return lambda: place_of(server.made(f"history_{next(numbers)}"), str(tmp_path / "blobs"))


@pytest.fixture
def history(made: MadePlace) -> Iterator[History]:
    with open_history(made()) as history:
        yield history


@pytest.fixture(scope="module")
def prepared(server: Postgres) -> Iterator[Database]:
    """A database with its tables, for what is undone after each example."""
    database = Database(place_of(server.made("prepared"), "memory://none"), create=False)
    migrate.prepare(database)
    yield database
    database.close()


@settings(max_examples=25)
@given(records)
def test_what_is_read_is_what_was_stored(prepared: Database, made: RunRecord) -> None:
    with passing(prepared) as connection:
        number = add_run(connection, made, {}, stored_at=7)
        assert number is not None
        run = read.runs_by_number(connection, [number])[number]
        assert read.record(connection, run) == made


@pytest.mark.parametrize("revision", migrate.known())
def test_a_history_of_an_earlier_schema_is_upgraded_and_keeps_its_rows(
    made: MadePlace, revision: str
) -> None:
    from sqlalchemy import MetaData

    database = Database(made(), create=False)
    before = at_revision(database, revision)
    migrate.prepare(database)
    with database.reading() as connection:
        found = MetaData()
        found.reflect(connection)
        assert counted(connection, found) | before == counted(connection, found)
        assert migrate.current(connection) == SCHEMA
    database.close()


def test_the_revisions_make_the_tables_that_the_code_uses(made: MadePlace) -> None:
    database = Database(made(), create=False)
    assert differences(database) == []
    database.close()


def test_a_newer_schema_is_refused_and_an_upgrade_that_fails_changes_nothing(
    made: MadePlace, tmp_path: Path
) -> None:
    place = made()
    with open_history(place) as history:
        put(history, record(1))
    database = Database(place, create=False)
    scripts = later(tmp_path, "raise ValueError('on purpose')")
    with pytest.raises(ValueError, match="on purpose"):
        migrate.prepare(database, scripts=scripts)
    with open_history(place) as history:
        assert history.run("orders").head == head(1)
    with database.writing() as connection:
        connection.execute(text("UPDATE auditor_history_version SET version_num = '9999'"))
    with pytest.raises(BadHistory, match="the schema '9999', which this auditor does not know"):
        migrate.prepare(database)
    database.close()


def test_since_list_trend_and_prune_say_what_they_say_of_sqlite(history: History) -> None:
    for number, outcome in enumerate((FAIL, PASS, FAIL, FAIL)):
        put(history, record(number, (item("a", outcome),)))
    put(history, record(4, (item("a", UNKNOWN),), kind=RunKind.BACKFILL, at=head(0).at - 1))
    newest = history.run("orders")
    (found,) = history.open_since(newest)
    assert found.before is not None
    assert (found.since.head.at, found.before.head.at) == (head(2).at, head(1).at)
    (state,) = history.states()
    assert (state.newest.id, state.runs, state.longest) == (newest.id, 5, found)
    assert len(history.trend(newest.service_id)) == 5
    history.mark(history.run("orders~3"), baseline=True)
    gone = history.prune(parse_rules(["last=1"]), really=True)
    assert (len(gone.removed), gone.kept) == (3, 2)
    assert history.record(newest).head == record(3).head


def test_hostile_text_is_stored(history: History) -> None:
    for number, hostile in enumerate(h for h in HOSTILE if not h.isprintable()):
        from auditor.store.history.record import storable

        made = record(
            number, (replace(item("a", FAIL), title=storable(hostile)),), ref=storable(hostile)
        )
        put(history, made)
        assert history.record(history.run(str(head(number).digest))) == made


def test_processes_store_at_once_and_nothing_is_lost_or_doubled(made: MadePlace) -> None:
    place = made()
    url = place.url.replace("+psycopg", "")
    several = [
        subprocess.Popen(
            (sys.executable, "-c", WRITER, url, place.blobs, str(first), str(first + 10)),
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, text=True,
        )
        for first in (0, 5)
    ]  # fmt: skip
    told = [process.communicate(timeout=60)[1] for process in several]
    assert [process.returncode for process in several] == [0, 0], told
    with open_history(place) as history:
        runs = history.runs(history.service("orders")[0])
    assert sorted(run.head.digest for run in runs) == sorted(head(n).digest for n in range(15))


def test_a_dump_is_restored_into_another_database(
    server: Postgres, made: MadePlace, tmp_path: Path
) -> None:
    old, new = made(), made()
    with open_history(old) as history:
        put(history, record(1, (item("a", FAIL),)))
    with pytest.raises(BadHistory, match="pg_dump"), open_history(old) as history:
        history.back_up(tmp_path / "copy")
    dump = server.run("pg_dump", "--no-owner", old.url.rpartition("/")[2])
    server.run("psql", "--quiet", "-v", "ON_ERROR_STOP=1", new.url.rpartition("/")[2], stdin=dump)
    with open_history(new) as history:
        run = history.run("orders")
        assert history.record(run) == record(1, (item("a", FAIL),))
        assert history.report(run) == b"{}"
        assert put(history, record(2)).run > run.id


def test_a_database_that_may_only_be_read_is_told(server: Postgres, made: MadePlace) -> None:
    place = made()
    with open_history(place) as history:
        put(history, record(1))
    name = place.url.rpartition("/")[2]
    server.run(
        "psql", "-c", f"ALTER DATABASE {name} SET default_transaction_read_only = on", "postgres"
    )
    with open_history(place) as history:
        assert history.run("orders").head == head(1)
        with pytest.raises(BadHistory, match="cannot be written or opened by you"):
            put(history, record(2))


def test_an_audit_is_not_begun_where_the_history_cannot_be_reached(
    server: Postgres, tmp_path: Path
) -> None:
    url = server.url("nosuch").replace(server.password, "wr0ng-passw0rd")
    done = CliRunner().invoke(cli, ["audit", str(tmp_path), "--history", url])
    assert done.exit_code == 2
    assert "auditor:***@127.0.0.1" in done.stderr
    assert "Check its URL, and that the database runs and lets you in." in done.stderr
    assert "wr0ng" not in done.stderr + done.stdout


def test_the_commands_work_with_a_url_of_the_environment(
    made: MadePlace,
) -> None:
    place = made()
    with open_history(place) as history:
        put(history, record(1, (item("a", FAIL),)))
    env = {
        "AUDITOR_HISTORY": place.url.replace("+psycopg", ""),
        "AUDITOR_HISTORY_BLOBS": place.blobs,
    }
    listed = CliRunner(env=env).invoke(cli, ["history", "list", "--format", "json"])
    assert listed.exit_code == 0, listed.output
    (service,) = json.loads(listed.stdout)["services"]
    assert service["longest_open_blocker"]["item"] == "a"
