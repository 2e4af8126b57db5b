"""The first schema: services, runs, verdicts, scores, evidence, blobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    _lists()
    _runs()
    _parts_of_runs()


def _lists() -> None:
    op.create_table(
        "blobs",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_blobs"),
    )
    op.create_table(
        "categories",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_categories"),
        sa.UniqueConstraint("key", "number", "title", name="uq_categories_key_number_title"),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_items"),
        sa.UniqueConstraint("key", name="uq_items_key"),
    )
    op.create_table(
        "wordings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wordings"),
        sa.UniqueConstraint("number", "title", name="uq_wordings_number_title"),
    )
    op.create_table(
        "probes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_probes"),
        sa.UniqueConstraint("key", "version", name="uq_probes_key_version"),
    )
    op.create_table(
        "services",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_services"),
        sa.UniqueConstraint("name", "origin", "root", name="uq_services_name_origin_root"),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.Text(), nullable=False),
        sa.Column("commit_id", sa.String(64), nullable=True),
        sa.Column("committed_at", sa.Text(), nullable=True),
        sa.Column("branch", sa.Text(), nullable=True),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("dirty", sa.Boolean(), nullable=False),
        sa.Column("tool_version", sa.Text(), nullable=False),
        sa.Column("checklist", sa.Text(), nullable=False),
        sa.Column("checklist_version", sa.Text(), nullable=False),
        sa.Column("checklist_digest", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("deployment", sa.Text(), nullable=False),
        sa.Column("level", sa.String(32), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("ready_from", sa.Float(), nullable=False),
        *_scores(),
        sa.Column("open_blockers", sa.Integer(), nullable=False),
        sa.Column("open_criticals", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("applicable", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_runs_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.UniqueConstraint("digest", name="uq_runs_digest"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_runs_service_id_at_id", "runs", ["service_id", "at", "id"])


def _parts_of_runs() -> None:
    op.create_table(
        "verdicts",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("wording_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("level", sa.String(16), nullable=True),
        sa.Column("waived", sa.Boolean(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("attested", sa.Boolean(), nullable=False),
        sa.Column("pending", sa.Text(), nullable=False),
        *_keys("verdicts", "item_id", "items.id"),
        sa.ForeignKeyConstraint(["wording_id"], ["wordings.id"], name="fk_verdicts_wording_id"),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name="fk_verdicts_service_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_verdicts_service_id_item_id_state_position",
        "verdicts",
        ["service_id", "item_id", "state", "position"],
    )
    op.create_table(
        "scores",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("weight_exact", sa.Text(), nullable=False),
        sa.Column("applicable", sa.Boolean(), nullable=False),
        *_scores(),
        *_keys("scores", "category_id", "categories.id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "evidence",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("probe_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("problem", sa.String(32), nullable=False),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.Column("findings", sa.Integer(), nullable=False),
        sa.Column("suppressed", sa.Integer(), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.Column("oldest_at", sa.BigInteger(), nullable=True),
        *_keys("evidence", "probe_id", "probes.id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "run_blobs",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["blobs.digest"], name="fk_run_blobs_digest"),
        _of_run("run_blobs"),
        sa.PrimaryKeyConstraint("run_id", "name", name="pk_run_blobs"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_run_blobs_digest", "run_blobs", ["digest"])


def _scores() -> list[sa.Column[object]]:
    names = ("proven", "possible", "coverage")
    numbers: list[sa.Column[object]] = [sa.Column(n, sa.Float(), nullable=False) for n in names]
    exact: list[sa.Column[object]] = [
        sa.Column(f"{n}_exact", sa.Text(), nullable=False) for n in names
    ]
    return numbers + exact


def _of_run(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["run_id"], ["runs.id"], name=f"fk_{table}_run_id", ondelete="CASCADE"
    )


def _keys(table: str, column: str, other: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint([column], [other], name=f"fk_{table}_{column}"),
        _of_run(table),
        sa.PrimaryKeyConstraint("run_id", column, name=f"pk_{table}"),
    ]
