"""repo.migrations reads graphs and ways back; what nobody runs, and what does nothing, is told."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.repo.migrations import migrations

ENV = "from alembic import context\n"
BOTH = "def upgrade():\n    op.execute('x')\n\n\ndef downgrade():\n    op.execute('y')\n"
LISTS = ("heads", "broken", "irreversible", "recent_irreversible", "forward_only", "empty")
DJANGO = "from django.db import migrations\n\n\nclass Migration(migrations.Migration):\n"
CREATE = "CREATE TABLE a (id int);\n"


def revision(name: str, parent: str | None, body: str = BOTH, more: str = "") -> str:
    return f"revision = {name!r}\ndown_revision: str | None = {parent!r}\n{more}\n\n{body}"


def alembic(**files: str) -> dict[str, Any]:
    """A repository with Alembic, and revisions by the name of their file."""
    versions = {f"alembic/versions/{name}.py": text for name, text in files.items()}
    return {
        "alembic.ini": "[alembic]\nscript_location = alembic\n",
        "alembic/env.py": ENV,
        **versions,
    }


def app(operations: str, dependencies: str = "", more: str = "") -> str:
    return f"{DJANGO}    dependencies = [{dependencies}]\n    operations = [{operations}]\n{more}"


def django(**files: str) -> dict[str, Any]:
    folder = "shop/orders/migrations"
    return {f"{folder}/__init__.py": "", **{f"{folder}/{n}.py": t for n, t in files.items()}}


def look(files: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The facts without `migrations.`."""
    found = values(run_probe(migrations, repo=files, **options))
    return {key.removeprefix("migrations."): value for key, value in found.items()}


GOOD = alembic(one=revision("a1", None), two=revision("b2", "a1"))


def test_a_set_that_lacks_nothing() -> None:
    found = look(GOOD)
    assert (found["total"], found["tools"]) == (2, ["alembic/versions Alembic, 2 migrations"])
    assert [found[key] for key in LISTS] == [[]] * len(LISTS)


def test_of_no_migrations_nothing_is_broken() -> None:
    evidence = run_probe(migrations, repo={"app/main.py": "x = 1\n"})
    assert values(evidence) == {"migrations.tools": [], "migrations.total": 0}
    assert problems(evidence) == ["vacuous"]


def test_migrations_of_a_tool_that_is_not_known_are_not_said_to_be_missing() -> None:
    evidence = run_probe(migrations, repo={"store/migration/0.1/01__x.sql": CREATE})
    assert values(evidence) == {}
    assert "store/migration/0.1" in evidence.problems[0].message


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("revision = make()\ndown_revision = None\n" + BOTH, "malformed"),
        ("revision = 'c3'\n)))) ((( ]]] {{{ class class\n" * 3, "malformed"),
        (Trouble(ProblemKind.DENIED, "alembic/versions/three.py"), "denied"),
    ],
)
def test_a_file_that_cannot_be_read_hides_what_is_empty(content: Any, kind: str) -> None:
    evidence = run_probe(migrations, repo={**GOOD, "alembic/versions/three.py": content})
    assert problems(evidence) == [kind]
    assert "migrations.heads" not in values(evidence)
    assert "migrations.irreversible" not in values(evidence)


def test_only_the_service_is_looked_at() -> None:
    files = {f"services/other/{path}": text for path, text in GOOD.items()}
    assert look(files, root="services/shop") == {"tools": [], "total": 0}


def test_two_heads_are_told_and_a_merge_joins_them() -> None:
    two = alembic(a=revision("a1", None), b=revision("b2", "a1"), c=revision("c3", "a1"))
    assert [text.split()[1] for text in look(two)["heads"]] == ["b2", "c3"]
    stub = "def upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
    joined = "revision = 'd4'\ndown_revision = ('b2', 'c3')\n" + stub
    found = look({**two, "alembic/versions/d.py": joined})
    assert [found[key] for key in LISTS] == [[]] * len(LISTS)


def test_branches_with_labels_are_no_second_head() -> None:
    label = "branch_labels = ('billing',)\n"
    found = look(alembic(a=revision("a1", None), b=revision("b2", None, more=label)))
    assert found["heads"] == []


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (alembic(a=revision("a1", "gone")), "alembic/versions/a.py:1 follows gone, which is not there"),
        (alembic(a=revision("a1", None), b=revision("a1", None)), "alembic/versions/b.py:1 has the revision of alembic/versions/a.py"),
        (alembic(a=revision("a1", "b2"), b=revision("b2", "a1")), "alembic/versions has no last revision: they follow each other in a circle"),
        (alembic(a=revision("a1", None), b="x = 1\n"), "alembic/versions/b.py has no `revision`"),
        (alembic(a=revision("a1", None, more="depends_on = 'zz'\n")), "alembic/versions/a.py:1 a1 depends on zz, which is not there"),
        ({"old/versions/a.py": revision("a1", None)}, "old/versions is run by no env.py of Alembic beside it"),
        (django(b=app("x()", "('orders', '0001_gone')")), "shop/orders/migrations/b.py:4 follows orders.0001_gone, which is not there"),
        ({"shop/orders/migrations/a.py": app("x()")}, "shop/orders/migrations has no __init__.py, so that Django does not load its migrations"),
        ({"db/V1__a.sql": CREATE, "db/V01__b.sql": CREATE}, "db/V1__a.sql has the version 1 of db/V01__b.sql"),
        ({"m/1_a.down.sql": CREATE}, "m/1_a.down.sql has no .up.sql beside it"),
        ({"prisma/migrations/01_a/migration.sql": CREATE, "prisma/migrations/02_b/notes.txt": "x"}, "prisma/migrations/02_b has no migration.sql"),
        ({"drizzle/meta/_journal.json": '{"entries": [{"tag": "0000_a"}]}', "drizzle/0000_a.sql": CREATE, "drizzle/0001_b.sql": CREATE}, "drizzle/0001_b.sql is not named by drizzle/meta/_journal.json, so that it is never run"),
        ({"drizzle/meta/_journal.json": '{"entries": [{"tag": "0000_a"}]}'}, "drizzle/meta/_journal.json names drizzle/0000_a.sql, which is not there"),
    ],
)  # fmt: skip
def test_false_green_a_set_that_its_tool_would_refuse_or_never_run(
    files: dict[str, Any], said: str
) -> None:
    assert said in look(files)["broken"]


@pytest.mark.parametrize(
    ("back", "why"),
    [
        ("def downgrade():\n    pass\n", "its downgrade does nothing"),
        ("def downgrade():\n    '''Drops the table.'''\n    # op.drop_table('a')\n    ...\n", "its downgrade does nothing"),
        ("def downgrade():\n    print('nothing to do')\n    return\n", "its downgrade does nothing"),
        ("def downgrade():\n    raise NotImplementedError\n", "its downgrade raises"),
        ("# def downgrade():\n#     op.drop_table('a')\n", "has no downgrade"),
    ],
)  # fmt: skip
def test_false_green_a_downgrade_that_leads_nowhere(back: str, why: str) -> None:
    body = "def upgrade():\n    op.execute('x')\n\n\n" + back
    found = look(alembic(a=revision("a1", None, body)))
    assert [text.partition(" ")[2] for text in found["irreversible"]] == [why]
    assert found["recent_irreversible"] == found["irreversible"]


def test_an_upgrade_that_does_nothing_needs_no_way_back() -> None:
    body = "def upgrade():\n    pass\n\n\ndef downgrade():\n    pass\n"
    found = look(alembic(a=revision("a1", None, body)))
    assert (found["empty"], found["irreversible"]) == (
        ["alembic/versions/a.py:1 its upgrade does nothing"],
        [],
    )


def test_what_lies_far_back_is_not_recent() -> None:
    stuck = "def upgrade():\n    op.execute('x')\n\n\ndef downgrade():\n    pass\n"
    files = {
        f"r{n}": revision(f"r{n}", f"r{n - 1}" if n else None, BOTH if n else stuck)
        for n in range(11)
    }
    found = look(alembic(**files))
    assert len(found["irreversible"]) == 1
    assert found["recent_irreversible"] == []


def test_django_steps_need_their_reverse() -> None:
    steps = """
        migrations.RunPython(fill),
        migrations.RunPython(fill, reverse_code=None),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL("a", reverse_sql="b"),
        migrations.SeparateDatabaseAndState(database_operations=[migrations.RunSQL("a")]),
        migrations.AddField("order", "paid", field),
    """
    found = look(django(a=app(steps), b=app("", "('orders', 'a')")))
    assert [text.rpartition(":")[2] for text in found["irreversible"]] == [
        "7 RunPython without reverse_code", "8 RunPython without reverse_code", "11 RunSQL without reverse_sql",
    ]  # fmt: skip
    assert found["empty"] == ["shop/orders/migrations/b.py:4 has no operations"]
    assert found["broken"] == found["heads"] == []


def test_leaves_of_django_and_what_a_squashed_one_stands_for() -> None:
    base = {"a": app("x()"), "b": app("x()", "('orders', 'a')")}
    two = look(django(**base, c=app("x()", "('orders', 'a')")))
    assert [text.split(":")[0] for text in two["heads"]] == [
        "shop/orders/migrations/b.py", "shop/orders/migrations/c.py",
    ]  # fmt: skip
    whole = app("x()", more="    replaces = [('orders', 'a'), ('orders', 'b')]\n")
    squashed = look(django(**base, s=whole, c=app("x()", "('orders', 'b')")))
    assert squashed["heads"] == squashed["broken"] == []
    merge = app("", "('orders', 'b'), ('orders', 'c')")
    joined = look(django(**base, c=app("x()", "('orders', 'a')"), d=merge))
    assert joined["heads"] == joined["empty"] == []


def test_a_name_that_looks_like_a_test_or_is_called_generated_counts_as_well() -> None:
    found = look(
        django(a_is_generated=app("x()"), b_test=app("x()", "('orders', 'a_is_generated')"))
    )
    assert (found["total"], found["broken"]) == (2, [])


UP = "export async function up(knex) { await knex.schema.createTable('a') }\n"


@pytest.mark.parametrize(
    ("path", "text", "why"),
    [
        ("db/migrations/1_a.js", UP + "export async function down() { console.log('later') }\n", "its down does nothing"),
        ("db/migrations/1_a.js", UP + "// export async function down(knex) { await knex.schema.dropTable('a') }\n", "has no down"),
        ("db/migrations/1_a.js", "exports.up = (pgm) => { pgm.x() };\nexports.down = false;\n", "its down is switched off"),
        ("db/migrations/1_a.js", "module.exports = {\n  up: (queryInterface) => queryInterface.x(),\n  down: () => Promise.resolve(),\n};\n", "its down does nothing"),
        ("src/migrations/1_a.js", "exports.up = (db, cb) => { db.runSql('x', cb) };\nexports.down = function (db, cb) { cb(); };\n", "its down does nothing"),
        ("src/migrations/1_a.ts", "export class A implements MigrationInterface {\n  async up(q: QueryRunner) { await q.query('x') }\n  async down(): Promise<void> { throw new Error('no') }\n}\n", "its down throws"),
        ("db/migrate/1_a.rb", "class A < ActiveRecord::Migration[7.0]\n  def change\n    execute 'x'\n  end\nend\n", "execute in change cannot be undone"),
        ("db/migrate/1_a.rb", "class A < ActiveRecord::Migration[7.0]\n  def up\n    execute 'x'\n  end\n  def down\n    raise ActiveRecord::IrreversibleMigration\n  end\nend\n", "its down raises IrreversibleMigration"),
        ("Data/Migrations/1_A.cs", "public partial class A : Migration {\n protected override void Up(MigrationBuilder b) { b.Sql(\"x\"); }\n protected override void Down(MigrationBuilder b) { }\n}\n", "its Down does nothing"),
        ("m/1_a.sql", "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\n-- DROP TABLE a;\nSELECT 1;\n", "holds no statement for the way back"),
        ("m/1_a.sql", "-- migrate:up\nCREATE TABLE a (id int);\n", "holds no statement for the way back"),
        ("db/changelog/a.sql", "--liquibase formatted sql\n--changeset me:1\nCREATE TABLE a (id int);\n--rollback\n", "the change set 1 of me has no rollback for sql"),
        ("db/changelog/a.yaml", "databaseChangeLog:\n  - changeSet:\n      id: 1\n      author: me\n      changes:\n        - dropTable: {tableName: a}\n        - createTable: {tableName: b}\n", "the change set 1 of me has no rollback for dropTable"),
        ("db/changelog/a.xml", "<databaseChangeLog><changeSet id='1' author='me'><sql>x</sql><!-- <rollback>y</rollback> --></changeSet></databaseChangeLog>", "the change set 1 of me has no rollback for sql"),
    ],
)  # fmt: skip
def test_false_green_a_way_back_that_is_none(path: str, text: str, why: str) -> None:
    found = look({path: text})
    assert [said.partition(" ")[2] for said in found["irreversible"]] == [why]
    assert found["total"] == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("db/migrations/1_a.js", UP + "export async function down(knex) { await knex.schema.dropTable('a') }\n"),
        ("db/migrations/1_a.js", "exports.up = (pgm) => { pgm.createTable('a') };\n"),
        ("db/migrate/1_a.rb", "class A < ActiveRecord::Migration[7.0]\n  def change\n    remove_column :a, :b, :string\n    reversible { |d| d.up { execute 'x' } }\n  end\nend\n"),
        ("m/1_a.sql", "-- +goose Up\nCREATE TABLE a (id int);\n-- +goose Down\nDROP TABLE a;\n"),
        ("db/changelog/a.sql", "--liquibase formatted sql\n--changeset me:1\nINSERT INTO a VALUES (1);\n--rollback DELETE FROM a;\n"),
        ("db/changelog/a.xml", "<databaseChangeLog><changeSet id='1' author='me'><createTable tableName='a'/></changeSet></databaseChangeLog>"),
    ],
)  # fmt: skip
def test_a_way_back_that_is_one(path: str, text: str) -> None:
    found = look({path: text})
    assert [found[key] for key in LISTS] == [[]] * len(LISTS)


def test_pairs_of_files_and_those_that_lack_one() -> None:
    files = {"m/1_a.up.sql": CREATE, "m/1_a.down.sql": "-- later\n", "m/2_b.up.sql": CREATE}
    found = look({**files, "m/3_c.up.sql": CREATE, "m/3_c.down.sql": "DROP TABLE a;"})
    assert found["irreversible"] == [
        "m/1_a.down.sql holds no statement", "m/2_b.up.sql has no .down.sql beside it",
    ]  # fmt: skip
    assert found["total"] == 3


@pytest.mark.parametrize(
    "files",
    [
        {"db/V1__a.sql": CREATE, "db/R__view.sql": CREATE},
        {"m/1_a.up.sql": CREATE},
        {"prisma/migrations/01_a/migration.sql": CREATE},
    ],
)
def test_sets_without_any_way_back_are_told_once(files: dict[str, Any]) -> None:
    found = look(files)
    assert len(found["forward_only"]) == 1
    assert found["irreversible"] == []


def test_where_some_are_undone_the_others_lack_it() -> None:
    found = look({"db/V1__a.sql": CREATE, "db/V2__b.sql": CREATE, "db/U2__b.sql": "DROP TABLE b;"})
    assert found["irreversible"] == ["db/V1__a.sql no U1__ file undoes it"]


def test_false_green_a_changelog_that_no_master_includes() -> None:
    master = "<databaseChangeLog><include file='changelog/a.xml'/><include file='changelog/gone.xml'/></databaseChangeLog>"
    inner = "<databaseChangeLog><changeSet id='1' author='me'><createTable tableName='a'/></changeSet></databaseChangeLog>"
    found = look(
        {
            "db/master-changelog.xml": master,
            "db/changelog/a.xml": inner,
            "db/changelog/b.xml": inner,
        }
    )
    assert found["broken"] == [
        "db/master-changelog.xml includes changelog/gone.xml, which is not there",
        "db/changelog/b.xml is included by no changelog, so that it is never run",
    ]  # fmt: skip


def test_migrations_of_tests_and_examples_are_none() -> None:
    files = {f"tests/{path}": text for path, text in GOOD.items()}
    assert look(files) == {"tools": [], "total": 0}


def test_pop_has_a_file_for_each_database() -> None:
    each = {
        f"m/{n}_a.{base}.{way}.sql": CREATE
        for n in (1, 2)
        for base in ("mysql", "postgres")
        for way in ("up", "down")
    }
    clean = look(
        {
            **each,
            "m/3_b.up.sql": CREATE,
            "m/3_b.sqlite3.autocommit.up.sql": CREATE,
            "m/3_b.down.sql": CREATE,
        }
    )
    assert (clean["broken"], clean["irreversible"]) == ([], [])
    lost = {name: text for name, text in each.items() if name != "m/2_a.mysql.down.sql"}
    assert look(lost)["irreversible"] == ["m/2_a.mysql.up.sql has no .down.sql beside it"]
    twice = look({**each, "m/2_b.mysql.up.sql": CREATE})
    assert twice["broken"] == ["m/2_b.mysql.up.sql has the version 2 of another"]
