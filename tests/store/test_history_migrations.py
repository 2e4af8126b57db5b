"""Every earlier schema comes to the newest with all its rows, and a newer one is refused."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Float,
    Integer,
    MetaData,
    Table,
    func,
    select,
)

from auditor.model.verdict import Outcome
from auditor.store.history import migrate
from auditor.store.history.database import Database
from auditor.store.history.history import open_history
from auditor.store.history.tables import SCHEMA, VERSION_TABLE, metadata
from auditor.store.history.trouble import BadHistory
from tests.store.history_world import item, opened, place, put, record

SCRIPTS = Path(migrate.__file__).parent / "migrations"
NEXT = '''\
"""A revision that is made up."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("runs", sa.Column("mood", sa.Text(), nullable=False, server_default="calm"))
    op.execute("UPDATE runs SET branch = 'moved'")
    {then}
'''


def at_revision(database: Database, revision: str) -> dict[str, int]:
    """Make a history of this revision with two rows in each table; gives how many rows each has."""
    with database.writing() as connection:
        migrate.upgrade(connection, revision)
        return filled(connection)


def filled(connection: Connection) -> dict[str, int]:
    """Two rows in each table, made from what the table itself says of its columns."""
    found = MetaData()
    found.reflect(connection)
    for table in found.sorted_tables:
        if table.name != VERSION_TABLE:
            connection.execute(table.insert(), [_row(table, number) for number in (1, 2)])
    return counted(connection, found)


def counted(connection: Connection, found: MetaData) -> dict[str, int]:
    return {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in found.tables.items()
    }


def _row(table: Table, number: int) -> dict[str, Any]:
    return {column.name: _value(column, number) for column in table.columns}


def _value(column: Any, number: int) -> object:
    if column.foreign_keys:
        return _value(next(iter(column.foreign_keys)).column, number)
    if isinstance(column.type, Boolean):
        return bool(number % 2)
    if isinstance(column.type, Integer | BigInteger | Float):
        return number
    return f"1/{number}"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(place(tmp_path), create=True, patience_s=5)


@pytest.mark.parametrize("revision", migrate.known())
def test_a_history_of_an_earlier_schema_is_upgraded_and_keeps_its_rows(
    database: Database, revision: str, tmp_path: Path
) -> None:
    before = at_revision(database, revision)
    assert min(before.values()) > 0
    with open_history(place(tmp_path)):
        pass
    with database.reading() as connection:
        found = MetaData()
        found.reflect(connection)
        after = counted(connection, found)
        assert migrate.current(connection) == SCHEMA
    assert {name: after[name] for name in before if name in metadata.tables} == {
        name: number for name, number in before.items() if name in metadata.tables
    }


def test_the_revisions_make_the_tables_that_the_code_uses(database: Database) -> None:
    assert differences(database) == []


def differences(database: Database) -> list[object]:
    """What an upgraded database lacks or has beyond the tables of the code."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    migrate.prepare(database)
    with database.reading() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        return list(compare_metadata(context, metadata))


def test_the_newest_revision_is_the_one_that_the_code_names() -> None:
    assert migrate.newest() == SCHEMA


def test_no_revision_imports_the_tables_of_today() -> None:
    for path in (SCRIPTS / "versions").glob("revision_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = [n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        assert [m for m in modules if m and m.startswith("auditor")] == []


def later(tmp_path: Path, then: str = "pass") -> Path:
    """The revisions, and one that is made up."""
    scripts = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    text = NEXT.format(before=SCHEMA, then=then)
    (scripts / "versions" / "revision_9999.py").write_text(text, encoding="utf-8")
    return scripts


def test_a_later_revision_changes_what_is_stored(database: Database, tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        put(history, record(1, (item("a", Outcome.FAIL),)))
    migrate.prepare(database, scripts=later(tmp_path))
    with database.reading() as connection:
        row = connection.exec_driver_sql("SELECT mood, branch FROM runs").one()
        assert (tuple(row), migrate.current(connection)) == (("calm", "moved"), "9999")


def test_an_upgrade_that_fails_half_way_leaves_the_history_as_it_was(
    database: Database, tmp_path: Path
) -> None:
    with opened(tmp_path) as history:
        put(history, record(1))
    with pytest.raises(ValueError, match="on purpose"):
        migrate.prepare(database, scripts=later(tmp_path, "raise ValueError('on purpose')"))
    with opened(tmp_path) as history:
        assert history.run("orders").head == record(1).head


def test_a_newer_schema_is_refused_and_not_touched(database: Database, tmp_path: Path) -> None:
    with opened(tmp_path) as history:
        put(history, record(1))
    scripts = later(tmp_path)
    migrate.prepare(database, scripts=scripts)
    with pytest.raises(BadHistory, match="the schema '9999', which this auditor does not know"):
        migrate.prepare(database)
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM runs").scalar() == 1
        assert migrate.current(connection) == "9999"


def test_a_database_of_something_else_is_refused(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE services (price INTEGER)")
    with pytest.raises(BadHistory, match="a table 'services' that no auditor made"):
        migrate.prepare(database)
