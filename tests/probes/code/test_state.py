"""What code.state says of what a process keeps for itself."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.state import state

APP = "from fastapi import FastAPI\n\napp = FastAPI()\n"
ROUTE = "\n\n@app.post('/x')\ndef route(k):\n    {}\n"
CLEAN: dict[str, Value] = {
    "module_state": [], "local_writes": [], "local_sessions": [], "local_caches": [], "files_read": 1,
}  # fmt: skip


def seen(files: dict[str, str]) -> dict[str, Value]:
    """The facts without the part that all their keys have in common."""
    facts = values(run_probe(state, repo=files))
    return {key.removeprefix("state."): value for key, value in facts.items()}


def python(top: str, body: str) -> dict[str, Value]:
    """The facts of a service of one file with one route."""
    return seen({"app.py": APP + top + ROUTE.format(body)})


def script(index: str, **files: str) -> dict[str, Value]:
    """The facts of a Node service in TypeScript."""
    package = '{"scripts": {"start": "node dist/index.js"}}'
    return seen(
        {"package.json": package, "src/index.ts": index}
        | {f"src/{n}.ts": t for n, t in files.items()}
    )


def go(text: str) -> dict[str, Value]:
    """The facts of a Go service of one file."""
    return seen({"go.mod": "module x\n", "main.go": f"package main\n\n{text}"})


def test_present_state_is_told() -> None:
    found = python("orders = {}\n", "orders[k] = 1")
    assert found == CLEAN | {"module_state": ["app.py:4 orders is changed in route (line 9)"]}


def test_missing_state_gives_empty_lists() -> None:
    assert seen({"app.py": APP}) == CLEAN


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(state, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = run_probe(state, repo={"app.py": APP + "import b\n", "b.py": "x\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    files = {"app.py": APP + "import b\n", "b.py": Trouble(ProblemKind.DENIED, "no")}
    assert values(run_probe(state, repo=files)) == {}


@pytest.mark.parametrize(
    ("top", "body"),
    [
        ("jobs = []\n", "jobs.append(k)"), ("total = 0\n", "global total\n    total += 1"),
        ("from collections import defaultdict\n\nattempts = defaultdict(int)\n", "attempts[k] += 1"),
        ("class Jobs:\n    known = {}\n", "Jobs.known[k] = 1"),
        ("class Jobs:\n    def __init__(self):\n        self.known = {}\n\n    def put(self, k):\n        self.known[k] = 1\n\n\njobs = Jobs()\n",
         "jobs.put(k)"),
        ("session_cache = {}\n", "session_cache[k] = 1"),
        ("seen = set()\n", "if k not in seen:\n        seen.add(k)"),
    ],
)  # fmt: skip
def test_state_of_python(top: str, body: str) -> None:
    assert python(top, body)["module_state"] != []


@pytest.mark.parametrize(
    ("top", "body"),
    [
        ("handlers = {}\n\n\ndef register(name, f):\n    handlers[name] = f\n\n\nregister('a', 1)\n", "return k"),
        ("kinds = {}\n\n\ndef kind(f):\n    kinds[f.__name__] = f\n    return f\n\n\n@kind\ndef a():\n    return 1\n", "return k"),
        ("rows = {}\n\n\ndef fill():\n    rows['a'] = 1\n\n\nfill()\n", "return rows[k]"),
        ("from functools import lru_cache\n\n\n@lru_cache(maxsize=9)\ndef a(k):\n    return k\n", "return a(k)"),
        ("import logging\n\nlog = logging.getLogger()\n", "log.info(k)"),
        ("names = {'a': 1}\n", "return names[k]"),
        ("class Jobs:\n    def __init__(self):\n        self.known = {}\n\n    def put(self, k):\n        self.known[k] = 1\n", "Jobs().put(k)"),
        ("locks = {}\n", "locks[k] = 1"),
    ],
)  # fmt: skip
def test_what_is_no_state_to_lose(top: str, body: str) -> None:
    assert python(top, body) == CLEAN


def test_a_cache_that_fills_again_is_told_apart() -> None:
    found = python(
        "texts = {}\n", "if k not in texts:\n        texts[k] = load(k)\n    return texts[k]"
    )
    assert found["module_state"] == []
    assert found["local_caches"] == ["app.py:4 texts is changed in route (line 10)"]


def test_connections_are_unclear() -> None:
    evidence = run_probe(
        state, repo={"app.py": APP + "connections = []\n" + ROUTE.format("connections.append(k)")}
    )
    assert "state.module_state" not in values(evidence)
    assert problems(evidence) == ["vacuous"]
    assert "app.py:4" in evidence.problems[0].message


def test_state_of_scripts() -> None:
    found = script(
        "const users: any[] = [];\nexport function add(u) { users.push(u); }\nlet n = 0;\nexport const next = () => { n++; };\n"
    )
    assert found["module_state"] == [
        "src/index.ts:1 users is changed in add (line 2)", "src/index.ts:3 n is changed in next (line 4)",
    ]  # fmt: skip
    service = "@Injectable()\nexport class Carts {\n  private items = new Map();\n  put(k) { this.items.set(k, 1); }\n}\n"
    assert script("import { Carts } from './carts';\n", carts=service)["module_state"] != []
    plain = service.replace("@Injectable()\n", "")
    assert script("import { Carts } from './carts';\n", carts=plain)["module_state"] == []
    assert (
        script("import { Carts } from './carts';\nconst carts = new Carts();\n", carts=plain)[
            "module_state"
        ]
        != []
    )


def test_state_of_go() -> None:
    text = "func main() {\n\tserve()\n}\n\nvar orders = map[string]int{}\n\nfunc put(k string) {\n\torders[k] = 1\n}\n"
    assert go(text + '\nfunc handle() {\n\tput("a")\n}\n')["module_state"] == [
        "main.go:7 orders is changed in put (line 10)"
    ]
    assert go(text.replace("serve()", 'put("a")'))["module_state"] == []


def test_a_go_store_in_memory_is_unclear() -> None:
    text = "func main() {\n\tserve()\n}\n\ntype OrderStore struct {\n\titems map[string]int\n}\n\nfunc (s *OrderStore) Put(k string) {\n\ts.items[k] = 1\n}\n"
    evidence = run_probe(state, repo={"go.mod": "module x\n", "main.go": f"package main\n\n{text}"})
    assert "state.module_state" not in values(evidence)
    assert problems(evidence) == ["vacuous"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("open(k, 'w').write('x')", "open writes k"),
        ("with open(f'/data/{k}', mode='wb') as f:\n        f.write(b'')", "open writes a file"),
        ("Path(k).write_text('x')", "Path(k).write_text writes Path(k)"),
        ("import shutil\n    shutil.copy(k, target)", "shutil.copy writes target"),
        (
            "import sqlite3\n    sqlite3.connect('data.db')",
            "sqlite3.connect opens a database in a local file",
        ),
    ],
)
def test_local_writes_of_python(body: str, expected: str) -> None:
    assert expected in str(python("", body)["local_writes"])


@pytest.mark.parametrize(
    "body",
    [
        "open(k)", "open(k, 'rb').read()", "open('/tmp/x', 'w')", "open(os.path.join(tempfile.gettempdir(), k), 'w')",
        "import tempfile\n    folder = tempfile.mkdtemp()\n    open(folder + k, 'w')", "Path(k).read_text()",
        "import sqlite3\n    sqlite3.connect(':memory:')", "from sqlalchemy import create_engine\n    create_engine(url)",
        "# open(k, 'w')",
    ],
)  # fmt: skip
def test_what_writes_nothing_that_stays(body: str) -> None:
    assert python("", body)["local_writes"] == []


def test_commands_and_what_runs_at_the_start_write_as_they_like() -> None:
    app = APP + "import scripts.dump\nopen('version', 'w').write('1')\n"
    files = {
        "app.py": app,
        "scripts/__init__.py": "",
        "scripts/dump.py": "def dump():\n    open('x', 'w')\n",
    }
    assert seen(files)["local_writes"] == []


def test_uploads_of_scripts_and_go() -> None:
    multer = "import multer from 'multer';\nimport * as fs from 'fs';\nconst upload = multer({{ dest: '{}' }});\nexport function f(p) {{ fs.writeFileSync(p, 'x'); }}\n"
    found = script(multer.format("uploads/"))["local_writes"]
    assert found == [
        "src/index.ts:3 multer keeps uploads on the local disk",
        "src/index.ts:4 fs.writeFileSync writes p",
    ]
    assert len(list(script(multer.format("/tmp/up"))["local_writes"])) == 1  # type: ignore[arg-type]
    text = 'import "os"\n\nfunc main() {\n\tserve()\n}\n\nfunc handle(p string) {\n\tos.WriteFile(p, nil, 0o600)\n}\n'
    assert go(text)["local_writes"] == ["main.go:10 os.WriteFile writes p"]
    assert (
        go(text.replace("os.WriteFile(p, nil", "os.OpenFile(p, os.O_RDONLY"))["local_writes"] == []
    )


SESSION = "import express from 'express';\nimport session from 'express-session';\nconst app = express();\n"


@pytest.mark.parametrize(
    ("made", "local"),
    [
        ("app.use(session({ secret: s }));", True),
        ("app.use(session({ secret: s, store: new RedisStore({ client }) }));", False),
        ("app.use(session({ secret: s, store: new session.MemoryStore() }));", True),
        ("const options = { secret: s };\napp.use(session(options));", True),
        ("const options = { secret: s, store: store };\napp.use(session(options));", False),
        ("app.use(session(config.session));", False),
    ],
)
def test_sessions_of_express(made: str, local: bool) -> None:
    assert bool(script(f"{SESSION}{made}\n")["local_sessions"]) is local


def django(settings: str) -> dict[str, Value]:
    """The facts of a Django service with these settings."""
    return seen({
        "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')\nexecute_from_command_line(a)\n",
        "site/__init__.py": "", "site/urls.py": "", "site/settings.py": f"ROOT_URLCONF = 'site.urls'\n{settings}",
    })  # fmt: skip


def test_sessions_and_caches_of_django() -> None:
    engine = "SESSION_ENGINE = 'django.contrib.sessions.backends.cache'\n"
    local = "CACHES = {'default': {'BACKEND': 'django.core.cache.backends.locmem.LocMemCache'}}\n"
    found = django(engine + local)
    assert found["local_sessions"] == [
        "site/settings.py:2 SESSION_ENGINE cache in the process alone"
    ]
    assert found["local_caches"] == ["site/settings.py:3 CACHES in the process alone"]
    shared = local.replace("locmem.LocMemCache", "redis.RedisCache")
    assert django(engine + shared)["local_sessions"] == []
    assert django("")["local_sessions"] == []


def test_false_green_state_in_a_file_that_nobody_imports_does_not_count() -> None:
    unused = "orders = {}\n\n\ndef put(k):\n    orders[k] = 1\n"
    assert seen({"app.py": APP, "unused.py": unused})["module_state"] == []


def test_false_green_a_guard_against_doubles_makes_no_cache() -> None:
    found = python("orders = {}\n", "if k in orders:\n        raise Taken\n    orders[k] = 1")
    assert found["module_state"] != []


def test_false_green_a_name_like_a_cache_hides_no_sessions() -> None:
    assert python("token_cache = {}\n", "token_cache[k] = 1")["module_state"] != []


def test_false_green_a_store_that_is_kept_in_a_module_of_its_own() -> None:
    store = "class Store:\n    def __init__(self):\n        self.rows: dict[str, int] = {}\n\n    def put(self, k):\n        self.rows[k] = 1\n"
    app = APP + "from store import Store\n\nstore = Store()\n"
    assert seen({"app.py": app, "store.py": store})["module_state"] == [
        "store.py:3 Store.rows is changed in Store.put (line 6)"
    ]


@pytest.mark.parametrize(
    ("made", "local"),
    [
        ("var sessions = gocache.NewCache().WithMaxSize(9)", True),
        ("var userSessions = gocache.NewCache()", True),
        ("var sessionStore = gocache.NewCache()", True),
        ("var sessionCache = gocache.NewCache()", False),
        ("var obsessions = gocache.NewCache()", False),
        ("var pages = gocache.NewCache().WithMaxSize(9)", False),
    ],
)
def test_a_cache_by_the_name_of_sessions_keeps_sessions(made: str, local: bool) -> None:
    found = go(f'import "github.com/TwiN/gocache/v2"\n\n{made}\n\nfunc main() {{\n\tserve()\n}}\n')
    name = "github.com/TwiN/gocache/v2.NewCache"
    told = [f"main.go:5 {name} {'keeps sessions in the process' if local else 'caches in memory'}"]
    assert found["local_sessions" if local else "local_caches"] == told
    assert found["local_caches" if local else "local_sessions"] == []


REGISTERED = "class Jobs:\n    daily = []\n\n    @staticmethod\n    def drop(job):\n        Jobs.daily.remove(job)\n"


def test_what_a_method_changes_that_nobody_calls_is_no_state() -> None:
    assert python(REGISTERED, "pass")["module_state"] == []


def test_false_green_a_method_that_a_request_calls_changes_state() -> None:
    found = python(REGISTERED, "Jobs.drop(k)")["module_state"]
    assert found == ["app.py:5 Jobs.daily is changed in Jobs.drop (line 9)"]


def test_folders_that_are_made_at_the_start_hold_no_state() -> None:
    body = "pass\n\ndef ensure_directories(k):\n    open(k, 'w').write('')\n"
    assert python("", body)["local_writes"] == []
