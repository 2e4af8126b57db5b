"""The tables. A change here needs a revision in migrations/versions, which a test demands.

Times are whole seconds since 1970 (`at`, `stored_at`) or ISO 8601 as the report has them; `position`
orders runs of the same second too. Every score
stands twice: as a number to sort and draw by, and as a fraction in text, which is exact.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA = "0001"
"""The newest revision, so that nobody need ask Alembic whether a history is up to date."""
SHIFT = 1 << 24
"""A run's position is at * SHIFT + id: by time, and by number where that is the same."""
VERSION_TABLE = "auditor_history_version"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _scores() -> list[Column[object]]:
    names = ("proven", "possible", "coverage")
    numbers: list[Column[object]] = [Column(name, Float, nullable=False) for name in names]
    exact: list[Column[object]] = [Column(f"{name}_exact", Text, nullable=False) for name in names]
    return numbers + exact


def _of_run() -> Column[int]:
    return Column("run_id", ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)


services = Table(
    "services",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("root", Text, nullable=False),
    UniqueConstraint("name", "origin", "root"),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("service_id", ForeignKey("services.id"), nullable=False),
    Column("digest", String(80), nullable=False, unique=True),
    Column("kind", String(16), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("stored_at", BigInteger, nullable=False),
    Column("baseline", Boolean, nullable=False, default=False),
    Column("started_at", Text, nullable=False),
    Column("finished_at", Text, nullable=False),
    Column("commit_id", String(64)),
    Column("committed_at", Text),
    Column("branch", Text),
    Column("ref", Text, nullable=False),
    Column("dirty", Boolean, nullable=False),
    Column("tool_version", Text, nullable=False),
    Column("checklist", Text, nullable=False),
    Column("checklist_version", Text, nullable=False),
    Column("checklist_digest", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("deployment", Text, nullable=False),
    Column("level", String(32), nullable=False),
    Column("ready", Boolean, nullable=False),
    Column("ready_from", Float, nullable=False),
    *_scores(),
    Column("open_blockers", Integer, nullable=False),
    Column("open_criticals", Integer, nullable=False),
    Column("passed", Integer, nullable=False),
    Column("applicable", Integer, nullable=False),
    Index(None, "service_id", "at", "id"),
    sqlite_autoincrement=True,  # a run's number is never given to another one
)

items = Table(
    "items",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    UniqueConstraint("key"),
)

wordings = Table(
    "wordings",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("number", Text, nullable=False),
    Column("title", Text, nullable=False),
    UniqueConstraint("number", "title"),
)

SETTLED, OPEN, UNTOLD = 0, 1, 2
"""What a verdict says of a row of runs: it ends one, it belongs to one, or it counts for neither."""

verdicts = Table(
    "verdicts",
    metadata,
    _of_run(),
    Column("item_id", ForeignKey("items.id"), primary_key=True),
    Column("wording_id", ForeignKey("wordings.id"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("service_id", ForeignKey("services.id"), nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("severity", String(16), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("level", String(16)),
    Column("waived", Boolean, nullable=False),
    Column("stale", Boolean, nullable=False),
    Column("attested", Boolean, nullable=False),
    Column("pending", Text, nullable=False),
    # With it, since when an item is open is found in two steps, however long the history is.
    Index(None, "service_id", "item_id", "state", "position"),
    sqlite_with_rowid=False,
)

categories = Table(
    "categories",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("title", Text, nullable=False),
    UniqueConstraint("key", "number", "title"),
)

scores = Table(
    "scores",
    metadata,
    _of_run(),
    Column("category_id", ForeignKey("categories.id"), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("weight_exact", Text, nullable=False),
    Column("applicable", Boolean, nullable=False),
    *_scores(),
    sqlite_with_rowid=False,
)

probes = Table(
    "probes",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("version", Text, nullable=False),
    UniqueConstraint("key", "version"),
)

evidence = Table(
    "evidence",
    metadata,
    _of_run(),
    Column("probe_id", ForeignKey("probes.id"), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("problem", String(32), nullable=False),
    Column("facts", Integer, nullable=False),
    Column("findings", Integer, nullable=False),
    Column("suppressed", Integer, nullable=False),
    Column("duration_s", Float, nullable=False),
    Column("oldest_at", BigInteger),
    sqlite_with_rowid=False,
)

blobs = Table(
    "blobs",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("size", BigInteger, nullable=False),
)

run_blobs = Table(
    "run_blobs",
    metadata,
    _of_run(),
    Column("name", String(80), primary_key=True),
    Column("digest", ForeignKey("blobs.digest"), nullable=False, index=True),
    sqlite_with_rowid=False,
)
