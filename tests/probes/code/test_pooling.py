"""What code.pooling says of pools, of their limits, and of connections that go without."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.pooling import pooling

APP = "from fastapi import FastAPI\nimport store\n\napp = FastAPI()\nstore.ask(1)\n"
ENGINE = "from sqlalchemy import create_engine\n\nengine = create_engine(URL, pool_size=4, max_overflow=2)\n"


def facts(files: dict[str, str]) -> dict[str, Value]:
    """The facts, `pools.` left out of their names."""
    found = values(run_probe(pooling, repo=files))
    return {key.removeprefix("pools."): value for key, value in found.items()}


def python(text: str, **files: str) -> dict[str, Value]:
    """The facts of a service whose app imports a module of this text."""
    return facts({"app.py": APP, "store.py": text} | {f"{n}.py": t for n, t in files.items()})


def script(text: str) -> dict[str, Value]:
    """The facts of a service of one script."""
    return facts({"package.json": '{"scripts": {"start": "node index.js"}}', "index.js": text})


def go(body: str, imports: str = '"database/sql"', **files: str) -> dict[str, Value]:
    """The facts of a program of Go."""
    main = f"package main\n\nimport ({imports})\n\nfunc main() {{\n{body}\n}}\n"
    return facts(
        {"go.mod": "module x\n\ngo 1.22\n", "main.go": main}
        | {f"{n}.go": t for n, t in files.items()}
    )


def django(settings: str, **files: str) -> dict[str, Value]:
    """The facts of a project of Django with these settings."""
    return facts(
        {
            "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nexecute_from_command_line(a)\n",
            "site/__init__.py": "",
            "site/settings.py": f"ROOT_URLCONF = 'site.urls'\n{settings}",
            "site/urls.py": "from django.urls import path\n",
        }
        | files
    )


def test_a_present_pool_is_told_with_its_most_connections() -> None:
    assert python(ENGINE) == {
        "declared": ["store.py:3 sqlalchemy.create_engine"],
        "settings": [
            "store.py:3 sqlalchemy.create_engine: at most 6 (pool_size=4, max_overflow=2)"
        ],
        "unbounded": [],
        "none": [],
    }


def test_a_missing_pool_is_told_by_the_connection_that_is_opened_each_time() -> None:
    text = "import psycopg2\n\n\ndef ask(x):\n    conn = psycopg2.connect(x)\n    conn.run()\n    conn.close()\n"
    found = python(text)
    assert found["declared"] == []
    assert found["none"] == ["store.py:5 psycopg2.connect: ask opens a connection at each call"]


def test_a_service_without_a_database_has_empty_lists() -> None:
    assert python("x = 1\n") == {"declared": [], "unbounded": [], "none": [], "settings": []}


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(pooling, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = run_probe(pooling, repo={"app.py": APP, "store.py": "x\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    denied = Trouble(ProblemKind.DENIED, "no")
    assert values(run_probe(pooling, repo={"app.py": APP, "store.py": denied})) == {}


@pytest.mark.parametrize(
    "text", ["import sqlalchemy\n", "URL = 'mysql://db'\n", "import redis\nfrom redis import ConnectionPool\nimport sqlalchemy\n\nP = ConnectionPool()\n"]
)  # fmt: skip
def test_a_database_whose_pool_was_not_found_is_a_problem(text: str) -> None:
    evidence = run_probe(pooling, repo={"app.py": APP, "store.py": text})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("from sqlalchemy import create_engine\n\nE = create_engine(URL)\n", "at most 15"),
        ("from sqlalchemy.ext.asyncio import create_async_engine\n\nN = 3\nE = create_async_engine(URL, pool_size=N)\n", "at most 13 (pool_size=3)"),
        ("from sqlalchemy import create_engine\n\nE = create_engine(URL, pool_size=s.size)\n", "its most is not written here (pool_size=set elsewhere)"),
        ("from sqlalchemy import create_engine\n\nE = create_engine(URL, **options)\n", "its most is not written here"),
        ("import asyncpg\n\n\nasync def init(x):\n    return await asyncpg.create_pool(x, max_size=7)\n", "at most 7 (max_size=7)"),
        ("from psycopg_pool import ConnectionPool\n\nP = ConnectionPool(URL)\n", "at most 4"),
        ("from psycopg2.pool import ThreadedConnectionPool\n\nP = ThreadedConnectionPool(1, 8, URL)\n", "at most 8"),
        ("from pymongo import MongoClient\n\nC = MongoClient(URL)\n", "at most 100"),
    ],
)  # fmt: skip
def test_the_most_connections_of_pools_of_python(text: str, most: str) -> None:
    found = python(text)
    assert str(found["settings"]).endswith(f": {most}']")
    assert found["unbounded"] == []


def test_a_secret_in_the_address_is_not_told() -> None:
    found = python(
        "from sqlalchemy import create_engine\n\nE = create_engine('postgresql://a:hunter2@db/x', pool_size=1)\n"
    )
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("import { Pool } from 'pg';\nexport const pool = new Pool({ max: 20 });\n", "at most 20 (max=20)"),
        ("import pg from 'pg';\nconst pool = new pg.Pool({ connectionString: u });\n", "at most 10"),
        ("const mysql = require('mysql2/promise');\nconst pool = mysql.createPool({ connectionLimit: 6 });\n", "at most 6 (connectionLimit=6)"),
        ("import mongoose from 'mongoose';\nmongoose.connect(url);\n", "at most 100"),
        ("import { Sequelize } from 'sequelize';\nconst s = new Sequelize(u, { pool: { max: 9, min: 0 } });\n", "at most 9 (max=9, min=0)"),
        ("import { Pool } from 'pg';\nconst pool = new Pool(config);\n", "its most is not written here"),
        ("import knex from 'knex';\nconst k = knex({ client: 'pg', pool: config.pool });\n", "its most is not written here"),
        ("import { PrismaClient } from '@prisma/client';\nexport const prisma = new PrismaClient();\n", "its most is not written here"),
    ],
)  # fmt: skip
def test_the_most_connections_of_pools_of_scripts(text: str, most: str) -> None:
    assert str(script(text)["settings"]).endswith(f": {most}']")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("\tdb, err := sql.Open(\"pgx\", dsn)\n\tdb.Ping()", True),
        ("\tdb, err := sql.Open(\"pgx\", dsn)\n\tdb.SetMaxOpenConns(20)", False),
        ("\tdb, err := sql.Open(\"pgx\", dsn)\n\tdb.SetMaxOpenConns(0)", True),
        ("\tdb, err := sql.Open(\"pgx\", dsn)\n\t// db.SetMaxOpenConns(20)", True),
        ("\tdb, err := sql.Open(\"pgx\", dsn)\n\tdb.SetMaxIdleConns(20)", True),
        ("\tdb, err := sql.Open(\"sqlite3\", dsn)", False),
    ],
)  # fmt: skip
def test_database_sql_has_no_limit_until_one_is_set(body: str, expected: bool) -> None:
    found = go(body)
    unbounded = found.get("unbounded")
    assert bool(unbounded) is expected


def test_a_limit_from_a_setting_counts_by_its_default() -> None:
    body = '\tdb, err := sql.Open("pgx", dsn)\n\tdb.SetMaxOpenConns(cfg.MaxOpenConns)'
    conf = 'package main\n\ntype Config struct {\n\tMaxOpenConns int `env:"DB_MAX" envDefault:"%s"`\n}\n'
    assert go(body, conf=conf % "25")["unbounded"] == []
    assert go(body, conf=conf % "0")["unbounded"] == [
        "main.go:6 database/sql.Open: SetMaxOpenConns sets no limit"
    ]
    assert "unbounded" not in go(body)


def test_gorm_around_a_pool_of_its_own_is_judged_there() -> None:
    body = "\tdb, err := gorm.Open(postgres.New(postgres.Config{Conn: pool}), c)"
    assert go(body, '"gorm.io/gorm"')["unbounded"] == []
    assert go("\tdb, err := gorm.Open(postgres.Open(dsn), c)", '"gorm.io/gorm"')["unbounded"] != []


@pytest.mark.parametrize("option", ["pool_size=0", "max_overflow=-1"])
def test_an_engine_without_limit_is_listed(option: str) -> None:
    found = python(f"from sqlalchemy import create_engine\n\nE = create_engine(URL, {option})\n")
    assert found["unbounded"] == [f"store.py:3 sqlalchemy.create_engine: {option} sets no limit"]


def test_false_green_null_pool_is_no_pool() -> None:
    text = "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import NullPool\n\nE = create_engine(URL, poolclass=NullPool)\n"
    found = python(text)
    assert found["declared"] == []
    assert found["none"] == [
        "store.py:4 sqlalchemy.create_engine: NullPool opens a connection each time"
    ]


def test_null_pool_beside_a_pooler_is_not_judged() -> None:
    text = "from sqlalchemy import create_engine, pool\n\nE = create_engine(URL, poolclass=pool.NullPool)\n"
    evidence = run_probe(
        pooling, repo={"app.py": APP, "store.py": text, "compose.yml": "image: edoburu/pgbouncer\n"}
    )
    assert "pools.none" not in values(evidence)
    assert "compose.yml:1" in evidence.problems[0].message


def test_options_from_elsewhere_that_speak_of_null_pool_are_not_judged() -> None:
    text = (
        "from sqlalchemy import create_engine\nfrom sqlalchemy.pool import NullPool\n\nO = {}\nif TEST:\n    O['poolclass'] = NullPool\n"
        "E = create_engine(URL, **O)\n"
    )
    evidence = run_probe(pooling, repo={"app.py": APP, "store.py": text})
    assert "pools.none" not in values(evidence)


def test_a_maker_under_another_name_is_not_judged() -> None:
    text = "from sqlalchemy import create_engine as _make\n\nE = _make(URL)\n"
    evidence = run_probe(pooling, repo={"app.py": APP, "store.py": text})
    assert "_make" in evidence.problems[0].message
    assert "pools.none" not in values(evidence)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import asyncpg\n\n\nasync def ask(x):\n    conn = await asyncpg.connect(x)\n    try:\n        return 1\n    finally:\n        await conn.close()\n", True),
        ("import psycopg\n\n\ndef ask(x):\n    with psycopg.connect(x) as conn:\n        return conn\n", True),
        ("import psycopg2\n\n\ndef ask(x):\n    return psycopg2.connect(x)\n", True),
        ("import pymysql\n\nCONN = pymysql.connect(host='db')\n", True),
        ("import psycopg2\n\n\nclass Store:\n    def __init__(self, x):\n        self.conn = psycopg2.connect(x)\n", False),
        ("import psycopg2\n\n\ndef migrate(x):\n    conn = psycopg2.connect(x)\n    conn.close()\n", False),
        ("import asyncpg\n\n\nasync def ask(x):\n    conn = await asyncpg.connect(x)\n    await conn.execute('LISTEN events')\n    await conn.close()\n", False),
        ("import sqlite3\n\n\ndef ask(x):\n    with sqlite3.connect(x) as conn:\n        return conn\n", False),
    ],
)  # fmt: skip
def test_connections_that_go_without_a_pool(text: str, expected: bool) -> None:
    assert bool(python(text).get("none")) is expected


@pytest.mark.parametrize(
    "text",
    [
        "import pg from 'pg';\nasync function ask() {\n  const c = new pg.Client();\n  await c.connect();\n  await c.end();\n}\nask();\n",
        "import { Pool } from 'pg';\nasync function ask() {\n  const pool = new Pool();\n  await pool.query('x');\n  await pool.end();\n}\nask();\n",
        "import { PrismaClient } from '@prisma/client';\nasync function ask() {\n  const db = new PrismaClient();\n  await db.$disconnect();\n}\nask();\n",
        "const mysql = require('mysql2');\nconst one = mysql.createConnection({});\n",
    ],
)  # fmt: skip
def test_false_green_a_client_for_each_call_is_no_pool(text: str) -> None:
    found = script(text)
    assert found["none"] != []
    assert found["declared"] == []


@pytest.mark.parametrize(
    ("settings", "key", "words"),
    [
        ("DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n", "none", "without CONN_MAX_AGE"),
        ("DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'CONN_MAX_AGE': 60}}\n", "declared", "keeps connections"),
        ("DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'CONN_MAX_AGE': 0}}\n", "none", "CONN_MAX_AGE is 0"),
        ("DATABASES = {'default': env.db('URL')}\nDATABASES['default']['CONN_MAX_AGE'] = env.int('AGE', default=0)\n", "none", "CONN_MAX_AGE is 0"),
        ("DATABASES = {'default': env.db('URL')}\nDATABASES['default']['CONN_MAX_AGE'] = env.int('AGE', default=60)\n", "declared", "keeps connections"),
        ("DATABASES = {'default': dj_database_url.config(conn_max_age=600)}\n", "declared", "keeps connections"),
        ("DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'OPTIONS': {'pool': True}}}\n", "declared", "a pool of Django"),
        ("DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n# 'CONN_MAX_AGE': 60\n", "none", "without CONN_MAX_AGE"),
    ],
)  # fmt: skip
def test_django_opens_a_connection_for_each_request_until_told_otherwise(
    settings: str, key: str, words: str
) -> None:
    assert words in str(django(settings)[key])


def test_a_file_of_sqlite_needs_no_pool() -> None:
    found = django("DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}\n")
    assert not found.get("none")


def test_false_green_a_pool_in_a_file_that_nobody_imports_does_not_count() -> None:
    assert python("x = 1\n", unused=ENGINE)["declared"] == []


def test_false_green_a_pool_of_migrations_does_not_count() -> None:
    files = {
        "app.py": "from fastapi import FastAPI\nimport alembic.env\n\napp = FastAPI()\n",
        "alembic/env.py": ENGINE,
        "alembic/__init__.py": "",
    }
    assert "declared" not in facts(files)


def test_false_green_a_comment_is_no_pool() -> None:
    assert "declared" not in python("import sqlalchemy\n\n# engine = create_engine(URL)\n")


def test_false_green_a_limit_for_one_driver_alone_leaves_the_others_open() -> None:
    body = (
        '\tdb, err := sql.Open(driver, path)\n\tif driver == "sqlite" {{\n\t\tdb.SetMaxOpenConns(1)\n\t}}\n'
    ).format()
    text = f'package main\n\nimport "database/sql"\n\nvar db *sql.DB\n\nfunc main() {{\n{body}\t_ = err\n}}\n'
    evidence = run_probe(pooling, repo={"go.mod": "module x\n", "main.go": text})
    assert "pools.unbounded" not in values(evidence)
    assert any("under a condition" in p.message for p in evidence.problems)
