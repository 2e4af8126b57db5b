"""Brings a history to the schema of this auditor, and refuses one of a newer auditor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, inspect, text

from auditor.store.history.database import Database
from auditor.store.history.tables import SCHEMA, VERSION_TABLE, metadata
from auditor.store.history.trouble import BadHistory

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

_HERE = Path(__file__).parent / "migrations"


def current(connection: Connection) -> str | None:
    """The revision of a history; None for an empty database. Raises BadHistory for one of others."""
    names = set(inspect(connection).get_table_names())
    if VERSION_TABLE not in names:
        strangers = names & set(metadata.tables)
        if strangers:
            raise BadHistory(
                f"The database holds a table {min(strangers)!r} that no auditor made."
                " Name a database of the history's own."
            )
        return None
    found: str | None = connection.execute(
        text(f"SELECT version_num FROM {VERSION_TABLE}")
    ).scalar()
    return found


def prepare(database: Database, *, scripts: Path = _HERE) -> None:
    """Make the tables, or upgrade them; nothing is done where they are as they should be.

    Raises BadHistory for a newer schema, and where an older one cannot be written.
    """
    wanted = SCHEMA if scripts == _HERE else newest(scripts)
    with database.reading() as connection:
        found = current(connection)
    if found == wanted:
        return
    _refuse_newer(found, database, scripts)
    if not database.writable:
        raise BadHistory(
            f"The history {database.place.shown} has the schema {found or 'of an empty file'} and"
            f" needs {wanted}, but it cannot be written by you."
        )
    with database.held(alone=True), database.writing() as connection:
        if current(connection) != wanted:  # another process may have been quicker
            upgrade(connection, scripts=scripts)


def _refuse_newer(found: str | None, database: Database, scripts: Path) -> None:
    if found is None or found in known(scripts):
        return
    raise BadHistory(
        f"The history {database.place.shown} has the schema {found!r}, which this auditor does not"
        f" know; it knows up to {newest(scripts)!r}. Use the newer auditor that wrote it."
    )


def upgrade(connection: Connection, to: str = "head", *, scripts: Path = _HERE) -> None:
    """Run the revisions up to `to` in the transaction of `connection`."""
    from alembic.runtime.environment import EnvironmentContext

    directory = _directory(scripts)

    def steps(revision: Any, context: object) -> Any:
        return directory._upgrade_revs(to, revision)

    with EnvironmentContext(
        _config(scripts), directory, fn=steps, destination_rev=to
    ) as environment:
        environment.configure(
            connection=connection,
            target_metadata=metadata,
            version_table=VERSION_TABLE,
            transactional_ddl=False,  # the transaction is the caller's
        )
        environment.run_migrations()


def known(scripts: Path = _HERE) -> list[str]:
    """Every revision, the oldest first."""
    return [script.revision for script in reversed(list(_directory(scripts).walk_revisions()))]


def newest(scripts: Path = _HERE) -> str:
    """The last revision."""
    return known(scripts)[-1]


def _config(scripts: Path) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    return config


def _directory(scripts: Path) -> ScriptDirectory:
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config(scripts))
