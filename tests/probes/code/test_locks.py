"""What code.locks says of locks across processes, of their expiry and of how they are given back."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.locks import locks_in_code

APP = "from fastapi import FastAPI\nimport work\n\napp = FastAPI()\nwork.once(1)\n"
REDIS = "import redis\n\nr = redis.Redis()\n\n\n"
LOCKED = REDIS + "def once(x):\n    with r.lock('room', timeout=15):\n        x.run()\n"
TIMED = "from apscheduler.schedulers.asyncio import AsyncIOScheduler\n\nS = AsyncIOScheduler()\n"


def facts(files: dict[str, str]) -> dict[str, Value]:
    """The facts, `locks.` left out of their names."""
    found = values(run_probe(locks_in_code, repo=files))
    return {key.removeprefix("locks."): value for key, value in found.items()}


def python(text: str, **files: str) -> dict[str, Value]:
    """The facts of a service whose app imports a module of this text."""
    return facts({"app.py": APP, "work.py": text} | {f"{n}.py": t for n, t in files.items()})


def script(text: str) -> dict[str, Value]:
    """The facts of a service of one script."""
    return facts({"package.json": '{"scripts": {"start": "node index.js"}}', "index.js": text})


def go(body: str, imports: str) -> dict[str, Value]:
    """The facts of a program of Go."""
    main = f"package main\n\nimport ({imports})\n\nfunc main() {{\n{body}\n}}\n"
    return facts({"go.mod": "module x\n\ngo 1.22\n", "main.go": main})


def test_a_present_lock_is_told_with_its_place() -> None:
    assert python(LOCKED) == {
        "used": ["work.py:7 r.lock"],
        "without_expiry": [],
        "deleted_unconditionally": [],
        "schedulers": [],
    }


def test_missing_locks_beside_a_scheduler_are_told() -> None:
    found = python(TIMED + "\n\ndef once(x):\n    return x\n")
    assert found["used"] == []
    assert found["schedulers"] == ["work.py:3 apscheduler.schedulers.asyncio.AsyncIOScheduler"]


def test_where_neither_is_seen_nothing_is_known() -> None:
    evidence = run_probe(
        locks_in_code, repo={"app.py": APP, "work.py": "def once(x):\n    return x\n"}
    )
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(locks_in_code, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = run_probe(locks_in_code, repo={"app.py": APP, "work.py": "x\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    denied = Trouble(ProblemKind.DENIED, "no")
    assert values(run_probe(locks_in_code, repo={"app.py": APP, "work.py": denied})) == {}


@pytest.mark.parametrize(
    ("body", "used", "endless"),
    [
        ("    with r.lock('room'):\n        x.run()\n", True, True),
        ("    with r.lock('room', None):\n        x.run()\n", True, True),
        ("    with r.lock('room', 15):\n        x.run()\n", True, False),
        ("    lock = r.lock('room', blocking_timeout=2)\n    lock.acquire()\n", True, True),
        ("    if r.set('room', 1, nx=True, ex=15):\n        x.run()\n", True, False),
        ("    if r.set('room', 1, nx=True):\n        x.run()\n", True, True),
        ("    if r.setnx('room', 1):\n        r.expire('room', 9)\n", True, False),
        ("    if r.setnx('room', 1):\n        x.run()\n", True, True),
        ("    x.execute('SELECT pg_advisory_xact_lock(1)')\n", True, False),
        ("    x.execute('SELECT id FROM jobs LIMIT 1 FOR UPDATE SKIP LOCKED')\n", True, False),
        ("    return x.query(Job).with_for_update(skip_locked=True).first()\n", True, False),
        ("    lock = r.lock('room')\n    return lock.locked()\n", False, False),
    ],
)  # fmt: skip
def test_locks_of_python(body: str, used: bool, endless: bool) -> None:
    found = python(REDIS + "def once(x):\n" + body)
    assert bool(found.get("used")) is used
    assert bool(found.get("without_expiry")) is endless


def test_options_from_elsewhere_are_not_decided() -> None:
    text = REDIS + "def once(x):\n    with r.lock('room', **options):\n        x.run()\n"
    evidence = run_probe(locks_in_code, repo={"app.py": APP, "work.py": text})
    assert "locks.without_expiry" not in values(evidence)
    assert "work.py:7" in evidence.problems[0].message


@pytest.mark.parametrize(
    ("text", "endless"),
    [
        ("import Redlock from 'redlock';\nconst redlock = new Redlock([c]);\nconst held = await redlock.acquire(['a'], 5000);\n", False),
        ("import Redis from 'ioredis';\nconst redis = new Redis();\nasync function once(v) {\n  return redis.set('k', v, 'PX', 5000, 'NX');\n}\nonce();\n", False),
        ("import Redis from 'ioredis';\nconst redis = new Redis();\nasync function once(v) {\n  return redis.set('k', v, 'NX');\n}\nonce();\n", True),
        ("import { createClient } from 'redis';\nconst c = createClient();\nasync function once(v) {\n  return c.set('k', v, { NX: true, EX: 9 });\n}\nonce();\n", False),
        ("import pg from 'pg';\nasync function once(c) {\n  await c.query('SELECT pg_try_advisory_lock($1)', [1]);\n}\nonce();\n", False),
    ],
)  # fmt: skip
def test_locks_of_scripts(text: str, endless: bool) -> None:
    found = script(text)
    assert found["used"] != []
    assert bool(found["without_expiry"]) is endless


@pytest.mark.parametrize(
    ("body", "imports", "endless"),
    [
        ("\tm := rs.NewMutex(\"room\")\n\tm.Lock()", '"github.com/go-redsync/redsync/v4"', False),
        ("\tok := rdb.SetNX(ctx, \"room\", 1, 9*time.Second)", '"github.com/redis/go-redis/v9"', False),
        ("\tok := rdb.SetNX(ctx, \"room\", 1, 0)", '"github.com/redis/go-redis/v9"', True),
        ("\trows, err := tx.Query(`SELECT id FROM jobs FOR UPDATE SKIP LOCKED`)", '"database/sql"', False),
    ],
)  # fmt: skip
def test_locks_of_go(body: str, imports: str, endless: bool) -> None:
    found = go(body, imports)
    assert found["used"] != []
    assert bool(found["without_expiry"]) is endless


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def once(x):\n    if r.set('room', 1, nx=True, ex=9):\n        try:\n            x.run()\n        finally:\n            r.delete('room')\n", ["work.py:11 deleted without a look at its holder (set in line 7)"]),
        ("def once(x):\n    if r.set('room', x, nx=True, ex=9):\n        if r.get('room') == x:\n            r.delete('room')\n", []),
        ("def once(x):\n    if r.set('room', x, nx=True, ex=9):\n        r.eval(SCRIPT, 1, 'room', x)\n", []),
        ("def once(x):\n    if r.set('room', x, nx=True, ex=9):\n        r.delete('other')\n", []),
        ("def once(x):\n    if r.set('room', x, nx=True, ex=9):\n        if x.status == 200:\n            r.delete('room')\n", ["work.py:9 deleted without a look at its holder (set in line 7)"]),
    ],
)  # fmt: skip
def test_a_key_that_is_deleted_whoever_holds_it_is_listed(text: str, expected: list[str]) -> None:
    assert python(REDIS + text)["deleted_unconditionally"] == expected


@pytest.mark.parametrize(
    "text",
    [
        "import threading\n\nL = threading.Lock()\n\n\ndef once(x):\n    with L:\n        x.run()\n",
        "import asyncio\n\nL = asyncio.Lock()\n\n\nasync def once(x):\n    async with L:\n        x.run()\n",
        "def once(x):\n    '''Waits for SELECT, then FOR UPDATE; see pg_advisory_lock().'''\n    return x\n",
        "def once(x):\n    # with r.lock('room', timeout=15):\n    return x\n",
        "def once(door):\n    door.lock('front')\n",
        REDIS + "def once(x):\n    r.set('room', 1, ex=9)\n",
        REDIS + "def once(x):\n    return x\n\n\ndef never(x):\n    with r.lock('room', timeout=15):\n        x.run()\n",
    ],
)  # fmt: skip
def test_false_green_what_guards_one_process_or_nothing_does_not_count(text: str) -> None:
    assert not python(text).get("used")
    assert python(f"{text}\n{TIMED}")["used"] == []


def test_false_green_a_lock_in_a_file_that_nobody_imports_does_not_count() -> None:
    assert not python("def once(x):\n    return x\n", unused=LOCKED).get("used")


def test_false_green_a_mutex_of_one_program_does_not_count() -> None:
    assert not go("\tvar m sync.Mutex\n\tm.Lock()", '"sync"').get("used")
    assert not script(
        "import { Mutex } from 'async-mutex';\nconst m = new Mutex();\nm.acquire();\n"
    ).get("used")


TICKER = "\tticker := time.NewTicker(wait)\n\tfor range ticker.C {\n\t\tsend()\n\t}"
LOOP = "import asyncio\n\n\nasync def run():\n    while on():\n        send()\n        await asyncio.sleep(60)\n"
GO_MAIN = f'package main\n\nimport ("time")\n\nfunc main() {{\n{TICKER}\n}}\n'


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"go.mod": "module x\n\ngo 1.22\n", "main.go": GO_MAIN}, "main.go:6 time.NewTicker"),
        ({"app.py": APP, "work.py": LOOP + "\n\nasyncio.run(run())\n"}, "work.py:7 asyncio.sleep"),
    ],
)  # fmt: skip
def test_what_runs_at_times_by_itself_is_named_and_not_decided(
    files: dict[str, str], place: str
) -> None:
    evidence = run_probe(locks_in_code, repo=files)
    assert values(evidence) == {}
    (problem,) = evidence.problems
    assert "runs at times by itself" in problem.message
    assert place in problem.message


def test_a_wait_between_attempts_is_no_work_at_times() -> None:
    text = LOOP.replace("send()", "if send():\n            return") + "\n\nasyncio.run(run())\n"
    (problem,) = run_probe(locks_in_code, repo={"app.py": APP, "work.py": text}).problems
    assert "nor a scheduler" in problem.message
