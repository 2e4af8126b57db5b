"""What code.transactions says of transactions, and of what may be left half done."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.transactions import transactions_in_code

APP = (
    "from fastapi import FastAPI\nimport store\n\napp = FastAPI()\nstore.write(1)\nstore.other(1)\n"
)
MODEL = "from sqlalchemy.orm import Session\n\n\n"
WRITE = MODEL + "def write(session: Session):\n    with session.begin():\n        session.add(1)\n"


def facts(files: dict[str, str]) -> dict[str, Value]:
    """The facts, `transactions.` left out of their names."""
    found = values(run_probe(transactions_in_code, repo=files))
    return {key.removeprefix("transactions."): value for key, value in found.items()}


def python(text: str, **files: str) -> dict[str, Value]:
    """The facts of a service whose app imports a module of this text."""
    return facts({"app.py": APP, "store.py": text} | {f"{n}.py": t for n, t in files.items()})


def script(text: str) -> dict[str, Value]:
    """The facts of a service of one script."""
    return facts({"package.json": '{"scripts": {"start": "node index.js"}}', "index.js": text})


def go(text: str, imports: str = '"database/sql"') -> dict[str, Value]:
    """The facts of a program of Go that calls `write`."""
    head = f"package main\n\nimport ({imports})\n\nfunc main() {{ write(nil) }}\n\n"
    return facts({"go.mod": "module x\n\ngo 1.22\n", "main.go": head + text})


def test_a_present_transaction_is_told_with_its_library_and_place() -> None:
    assert python(WRITE) == {
        "database.used": ["store.py:1 sqlalchemy"],
        "database.writes": 1,
        "used": ["store.py:5 session.begin"],
        "autocommit": [],
        "without_rollback": [],
        "outside_calls": [],
        "split_writes": [],
    }


def test_missing_transactions_around_two_writes_are_told_with_both_places() -> None:
    text = (
        "import asyncpg\n\n\nasync def write(conn):\n    await conn.execute('INSERT INTO a VALUES (1)')\n"
        "    await conn.execute('UPDATE b SET x = 1')\n"
    )
    found = python(text)
    assert found["used"] == []
    assert found["split_writes"] == ["store.py:5 write writes here and in line 6"]


def test_a_service_without_a_database_has_empty_lists() -> None:
    found = python("def write(x):\n    return x\n")
    assert found["database.used"] == []
    assert found["used"] == []
    assert found["database.writes"] == 0


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(transactions_in_code, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = run_probe(transactions_in_code, repo={"app.py": APP, "store.py": "x\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    denied = Trouble(ProblemKind.DENIED, "no")
    assert values(run_probe(transactions_in_code, repo={"app.py": APP, "store.py": denied})) == {}


@pytest.mark.parametrize(
    "text",
    [
        "URL = 'postgresql://db/x'\n",
        "def write(c):\n    c.run('INSERT INTO a VALUES (1)')\n",
        "import os\n\nURL = os.environ['DATABASE_URL']\n",
    ],
)
def test_a_database_by_other_means_is_a_problem_and_no_absence(text: str) -> None:
    evidence = run_probe(transactions_in_code, repo={"app.py": APP, "store.py": text})
    assert values(evidence) == {}
    assert "store.py:" in evidence.problems[0].message


def test_a_database_in_a_compose_file_is_no_absence() -> None:
    compose = "services:\n  db:\n    image: postgres:16\n"
    repo = {"app.py": APP, "store.py": "x = 1\n", "compose.yaml": compose}
    assert values(run_probe(transactions_in_code, repo=repo)) == {}


def test_one_write_without_a_transaction_is_not_decided() -> None:
    text = "import asyncpg\n\n\nasync def write(conn):\n    await conn.execute('INSERT INTO a VALUES (1)')\n"
    found = python(text)
    assert "used" not in found
    assert "split_writes" not in found


@pytest.mark.parametrize(
    "text",
    [
        "from django.db import transaction\n\n\n@transaction.atomic\ndef write(x):\n    x.save()\n    x.save()\n",
        "from django.db import transaction\n\n\ndef write(x):\n    with transaction.atomic():\n        x.save()\n        x.save()\n",
        "import asyncpg\n\n\nasync def write(conn):\n    async with conn.transaction():\n        await conn.execute('DELETE FROM a')\n        await conn.execute('DELETE FROM b')\n",
        "import psycopg\n\n\ndef write(conn):\n    with conn.transaction(), conn.cursor() as cur:\n        cur.execute('DELETE FROM a')\n        cur.execute('DELETE FROM b')\n",
        MODEL + "def write(session):\n    try:\n        session.add(1)\n        session.commit()\n    except ValueError:\n        session.rollback()\n",
        "import psycopg2\n\n\ndef write(cur):\n    cur.execute('BEGIN')\n    cur.execute('DELETE FROM a')\n    cur.execute('DELETE FROM b')\n    cur.execute('COMMIT')\n",
    ],
)  # fmt: skip
def test_transactions_of_python(text: str) -> None:
    found = python(text)
    assert found["used"] != []
    assert found["split_writes"] == []
    assert found["without_rollback"] == []


@pytest.mark.parametrize(
    "text",
    [
        "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\nawait prisma.$transaction(async (tx) => {\n  await tx.a.create({});\n  await tx.b.create({});\n});\n",
        "const { PrismaClient } = require('@prisma/client');\nconst prisma = new PrismaClient();\nprisma.$transaction([prisma.a.create({}), prisma.b.update({})]);\n",
        "import { Sequelize } from 'sequelize';\nconst db = new Sequelize(u);\nasync function write() {\n  await db.transaction(async (t) => {\n    await A.create({}, { transaction: t });\n  });\n}\nwrite();\n",
        "import knex from 'knex';\nasync function write(db) {\n  const trx = await db.transaction();\n  try {\n    await trx.commit();\n  } catch (e) {\n    await trx.rollback();\n  }\n}\nwrite();\n",
        "import pg from 'pg';\nasync function write(client) {\n  try {\n    await client.query('BEGIN');\n    await client.query('INSERT INTO a VALUES (1)');\n    await client.query('COMMIT');\n  } catch (e) {\n    await client.query('ROLLBACK');\n  }\n}\nwrite();\n",
        "import { Kysely } from 'kysely';\nasync function write(db) {\n  await db.transaction().execute(async (trx) => {\n    await trx.run();\n  });\n}\nwrite();\n",
        "import { DataSource } from 'typeorm';\nasync function write(runner) {\n  await runner.startTransaction();\n  try {\n    await runner.commitTransaction();\n  } catch (e) {\n    await runner.rollbackTransaction();\n  }\n}\nwrite();\n",
    ],
)  # fmt: skip
def test_transactions_of_scripts(text: str) -> None:
    found = script(text)
    assert found["used"] != []
    assert found["without_rollback"] == []


def test_the_statements_of_a_list_are_one_transaction() -> None:
    text = (
        "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\nasync function write() {\n"
        "  await prisma.$transaction([\n    prisma.a.create({}),\n    prisma.b.update({}),\n  ]);\n}\nwrite();\n"
    )
    assert script(text)["split_writes"] == []


def test_transactions_of_go() -> None:
    text = (
        "func write(db *sql.DB) error {\n\ttx, err := db.BeginTx(ctx, nil)\n\tif err != nil {\n\t\treturn err\n\t}\n"
        '\tdefer tx.Rollback()\n\t_, err = tx.Exec("INSERT INTO a VALUES (1)")\n\treturn tx.Commit()\n}\n'
    )
    found = go(text)
    assert found["used"] == ["main.go:8 db.BeginTx"]
    assert found["without_rollback"] == []
    assert found["database.writes"] == 1
    gorm = "func write(db *gorm.DB) {\n\tdb.Transaction(func(tx *gorm.DB) error {\n\t\treturn tx.Create(1).Error\n\t})\n}\n"
    assert go(gorm, '"gorm.io/gorm"')["used"] == ["main.go:8 db.Transaction"]


def test_a_transaction_of_go_that_nothing_rolls_back_is_listed() -> None:
    text = "func write(db *sql.DB) error {\n\ttx, err := db.Begin()\n\t_, err = tx.Exec(q)\n\treturn tx.Commit()\n}\n"
    assert go(text)["without_rollback"] == ["main.go:8 db.Begin: committed, but never rolled back"]


def test_a_transaction_of_go_may_begin_by_its_text() -> None:
    text = (
        "func write(c *sql.Conn) error {\n\tc.ExecContext(ctx, `BEGIN IMMEDIATE`)\n\tc.ExecContext(ctx, `DELETE FROM a`)\n"
        "\tc.ExecContext(ctx, `DELETE FROM b`)\n\tdefer c.ExecContext(ctx, `ROLLBACK`)\n\tc.ExecContext(ctx, `COMMIT`)\n\treturn nil\n}\n"
    )
    found = go(text)
    assert found["used"] == ["main.go:8 c.ExecContext"]
    assert found["split_writes"] == []


def test_a_transaction_of_a_script_that_nothing_rolls_back_is_listed() -> None:
    text = "import pg from 'pg';\nasync function write(c) {\n  await c.query('BEGIN');\n  await c.query('COMMIT');\n}\nwrite();\n"
    assert script(text)["without_rollback"] == [
        "index.js:3 c.query: committed, but never rolled back"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def write(x):\n    session = Session()\n    session.add(x)\n    session.commit()\n", True),
        ("session = Session()\n\n\ndef write(x):\n    session.add(x)\n    session.commit()\n", True),
        ("def write(x):\n    with Session() as session:\n        session.add(x)\n        session.commit()\n", False),
        ("def write(session):\n    session.add(1)\n    session.commit()\n", False),
        ("def write(x):\n    session = Session()\n    try:\n        session.commit()\n    finally:\n        session.close()\n", False),
        ("def write(x):\n    session = Session()\n    try:\n        session.commit()\n    except OSError:\n        session.rollback()\n", False),
        ("def write(x):\n    session = Session()\n    session.commit()  # or session.rollback()\n", True),
        ("def write(x):\n    session = current()\n    session.commit()\n", False),
    ],
)  # fmt: skip
def test_commits_of_a_session_that_nothing_undoes(text: str, expected: bool) -> None:
    assert bool(python(MODEL + text)["without_rollback"]) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from sqlalchemy import create_engine\n\nE = create_engine(u, isolation_level='AUTOCOMMIT')\n", True),
        ("import psycopg2\n\n\ndef write(x):\n    conn = psycopg2.connect(x)\n    conn.autocommit = True\n", True),
        ("import psycopg2\n\n\ndef write(conn):\n    conn.autocommit = True\n    conn.run('CREATE DATABASE x')\n", False),
        ("import psycopg2\n\n\ndef write(conn):\n    conn.autocommit = True\n    conn.autocommit = old\n", False),
        ("from sqlalchemy.orm import sessionmaker\n\nS = sessionmaker(e, autocommit=False)\n", False),
        ("import psycopg\n\n\ndef write(x):\n    with psycopg.connect(x, autocommit=True) as c, c.transaction():\n        c.run()\n", False),
    ],
)  # fmt: skip
def test_autocommit_is_listed_but_not_where_it_is_needed(text: str, expected: bool) -> None:
    assert bool(python(text)["autocommit"]) is expected


def test_calls_over_the_network_within_a_transaction_are_listed() -> None:
    text = WRITE.replace("session.add(1)", "requests.post('https://a')").replace(
        "from", "import requests\nfrom", 1
    )
    assert python(text)["outside_calls"] == ["store.py:7 requests.post within begin of line 6"]
    lifted = (
        text.replace("requests.post('https://a')", "tell()")
        + "\n\ndef tell():\n    requests.post('https://a')\n"
    )
    assert python(lifted)["outside_calls"] == [
        "store.py:7 requests.post (line 11) within begin of line 6"
    ]
    after = text.replace("        requests", "    requests")
    assert python(after)["outside_calls"] == []


def test_a_call_after_the_commit_is_outside() -> None:
    text = (
        "from django.db import transaction\nimport requests\n\n\ndef write(x):\n    with transaction.atomic():\n        x.save()\n"
        "        transaction.on_commit(lambda: requests.post('https://a'))\n"
    )
    assert python(text)["outside_calls"] == []


def test_two_commits_in_a_row_leave_it_open_whether_they_belong_together() -> None:
    text = (
        MODEL
        + "def write(session):\n    session.add(1)\n    session.commit()\n    session.add(2)\n    session.commit()\n"
    )
    evidence = run_probe(transactions_in_code, repo={"app.py": APP, "store.py": text})
    assert "transactions.split_writes" not in values(evidence)
    assert "store.py:6 write" in evidence.problems[0].message


def test_two_calls_of_what_commits_by_itself_leave_it_open_too() -> None:
    text = (
        MODEL
        + "def save_user(session):\n    session.commit()\n\n\ndef write(session):\n    save_user(session)\n    save_user(session)\n"
    )
    assert "split_writes" not in python(text)


def test_writes_on_two_branches_are_one_write() -> None:
    text = (
        MODEL
        + "def write(session, new):\n    if new:\n        session.commit()\n        return\n    session.commit()\n\n\n"
        "def other(session, new):\n    if new:\n        session.commit()\n    else:\n        session.commit()\n"
    )
    assert python(text)["split_writes"] == []


def test_atomic_requests_cover_the_views_but_not_the_jobs() -> None:
    files = {
        "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nexecute_from_command_line(a)\n",
        "site/__init__.py": "",
        "site/settings.py": "ROOT_URLCONF = 'site.urls'\nDATABASES = {'default': {'ATOMIC_REQUESTS': True}}\n",
        "site/urls.py": "from site import views\n\nviews.view\n",
        "site/views.py": "from django.db import models\n\n\ndef view(x):\n    x.save()\n    x.save()\n",
    }
    found = facts(files)
    assert found["used"] == ["site/settings.py:2 ATOMIC_REQUESTS"]
    assert found["split_writes"] == []
    commented = files | {
        "site/settings.py": "ROOT_URLCONF = 'site.urls'\n# 'ATOMIC_REQUESTS': True\n"
    }
    assert facts(commented)["used"] == []
    job = files | {
        "site/tasks.py": files["site/views.py"],
        "site/urls.py": "from site import tasks\n\ntasks.view\n",
    }
    assert "split_writes" not in facts(job)


@pytest.mark.parametrize(
    "text",
    [
        MODEL + "def write(session):\n    with session.begin():\n        pass\n",
        MODEL + "def write(session):\n    # with session.begin():\n    session.add(1)\n",
        MODEL + "def write(x):\n    return x\n\n\ndef never(session):\n    with session.begin():\n        session.add(1)\n",
        "import sqlalchemy\nimport sentry_sdk\n\n\ndef write(x):\n    with sentry_sdk.start_transaction(op='x'):\n        x.run()\n",
        "import sqlalchemy\n\n\ndef write(consumer):\n    consumer.commit()\n",
        "import sqlalchemy\n\n\ndef write(repo):\n    repo.index.commit('message')\n",
        "import sqlalchemy\nimport redis\n\n\ndef write(redis_client):\n    redis_client.transaction(write)\n",
        "import sqlalchemy\n\n\ndef write(x):\n    x.execute('SELECT 1 -- BEGIN')\n",
    ],
)  # fmt: skip
def test_false_green_what_only_looks_like_a_transaction_does_not_count(text: str) -> None:
    assert "used" not in python(text)


def test_false_green_a_transaction_in_a_file_that_nobody_imports_does_not_count() -> None:
    assert "used" not in python("import sqlalchemy\n", unused=WRITE)


def test_false_green_a_migration_is_no_work_of_the_service() -> None:
    app = APP.replace("import store", "from migrations import store")
    files = {"app.py": app, "migrations/__init__.py": "", "migrations/store.py": WRITE}
    assert "used" not in facts(files)


def test_false_green_an_empty_callback_is_no_transaction() -> None:
    text = "import { PrismaClient } from '@prisma/client';\nconst p = new PrismaClient();\np.$transaction(async () => {});\np.$transaction([]);\n"
    assert "used" not in script(text)


def test_false_green_the_transaction_of_a_browser_store_is_not_one() -> None:
    text = "import pg from 'pg';\nidb.transaction('store', () => { x(); });\nSentry.startTransaction({});\n"
    assert "used" not in script(text)


def test_a_repository_of_typeorm_that_builds_and_saves_writes_once() -> None:
    text = (
        "import { Repository } from 'typeorm';\n\nexport class Files {\n"
        "  constructor(private readonly fileRepository: Repository<File>) {}\n\n"
        "  async create(data: File): Promise<File> {\n"
        "    const made = await this.fileRepository.save(\n      this.fileRepository.create(data),\n    );\n"
        "    return made;\n  }\n}\n"
    )
    files = {
        "package.json": '{"scripts": {"start": "node index.ts"}, "dependencies": {"typeorm": "1"}}',
        "index.ts": text,
    }
    evidence = run_probe(transactions_in_code, repo=files)
    assert values(evidence)["database.writes"] == 1
    assert "transactions.split_writes" not in values(evidence)
    assert "nor a function that writes more than once" in evidence.problems[0].message
