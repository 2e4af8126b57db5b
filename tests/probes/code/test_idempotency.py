"""What code.idempotency says of the keys that requests bring, and of where they are kept."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.idempotency import idempotency

APP = "from fastapi import FastAPI\nimport pay\n\napp = FastAPI()\npay.pay(1)\n"
READ = "def pay(request):\n    key = request.headers.get('Idempotency-Key')\n"
KEPT = READ + "    if not redis.set(f'idempotency:{key}', 1, nx=True, ex=60):\n        return 409\n"


def facts(files: dict[str, str]) -> dict[str, Value]:
    """The facts, `idempotency.` left out of their names."""
    found = values(run_probe(idempotency, repo=files))
    return {key.removeprefix("idempotency."): value for key, value in found.items()}


def python(text: str, **files: str) -> dict[str, Value]:
    """The facts of a service whose app imports a module of this text."""
    return facts({"app.py": APP, "pay.py": text} | {f"{n}.py": t for n, t in files.items()})


def script(text: str) -> dict[str, Value]:
    """The facts of a service of one script."""
    return facts({"package.json": '{"scripts": {"start": "node index.js"}}', "index.js": text})


def test_a_present_key_is_told_with_where_it_is_kept() -> None:
    assert python(KEPT) == {
        "keys_read": ["pay.py:2 reads the key of a request"],
        "stored": ["pay.py:3 kept in a shared store"],
        "in_memory": [],
    }


def test_where_a_key_is_missing_nothing_is_known() -> None:
    evidence = run_probe(idempotency, repo={"app.py": APP, "pay.py": "def pay(x):\n    return x\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(idempotency, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_is_told() -> None:
    evidence = run_probe(idempotency, repo={"app.py": APP, "pay.py": "x\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_is_told() -> None:
    denied = Trouble(ProblemKind.DENIED, "no")
    assert values(run_probe(idempotency, repo={"app.py": APP, "pay.py": denied})) == {}


@pytest.mark.parametrize(
    "text",
    [
        "from fastapi import Header\n\n\ndef pay(idempotency_key: str = Header(...)):\n    return 1\n",
        "from typing import Annotated\n\n\ndef pay(idempotency_key: Annotated[str, Header()]):\n    return 1\n",
        "from fastapi import Header\n\n\ndef pay(key: str = Header(alias='Idempotency-Key')):\n    return 1\n",
        "def pay(request):\n    return request.headers['Idempotency-Key']\n",
        "def pay(request):\n    return request.META['HTTP_IDEMPOTENCY_KEY']\n",
    ],
)
def test_ways_to_read_a_key_in_python(text: str) -> None:
    found = python(text)
    assert found["keys_read"] != []
    assert "stored" not in found


@pytest.mark.parametrize(
    "text",
    [
        "app.post('/pay', (req, res) => {\n  const key = req.header('Idempotency-Key');\n});\n",
        "app.post('/pay', (req, res) => {\n  const key = req.headers['idempotency-key'];\n});\n",
        "app.post('/pay', (req, res) => {\n  const key = req.get('Idempotency-Key');\n});\n",
    ],
)
def test_ways_to_read_a_key_in_scripts(text: str) -> None:
    assert script(text)["keys_read"] == ["index.js:2 reads the key of a request"]


def test_a_key_is_read_in_go() -> None:
    main = 'package main\n\nimport "net/http"\n\nfunc main() { http.HandleFunc("/", pay) }\n\nfunc pay(w http.ResponseWriter, r *http.Request) {\n\tkey := r.Header.Get("Idempotency-Key")\n}\n'
    found = facts({"go.mod": "module x\n\ngo 1.22\n", "main.go": main})
    assert found["keys_read"] == ["main.go:8 reads the key of a request"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("schema.sql", "CREATE TABLE pays (\n  id int,\n  idempotency_key text NOT NULL UNIQUE\n);\n"),
        ("db/keys.sql", "CREATE TABLE k (account uuid, idempotency_key text, PRIMARY KEY (account, idempotency_key));\n"),
        ("prisma/schema.prisma", "model Pay {\n  idempotencyKey String @unique\n}\n"),
        ("migrations/one.py", "sa.UniqueConstraint('account', 'idempotency_key')\n"),
    ],
)  # fmt: skip
def test_a_unique_constraint_may_be_in_a_schema_or_a_migration(path: str, text: str) -> None:
    assert str(facts({"app.py": APP, "pay.py": READ, path: text})["stored"]).startswith(
        f"['{path}:"
    )


def test_a_middleware_counts_where_it_is_added() -> None:
    head = "from idempotency_header_middleware import IdempotencyHeaderMiddleware\n\n"
    assert (
        python(
            head
            + "def pay(app):\n    app.add_middleware(IdempotencyHeaderMiddleware, backend=RedisBackend(r))\n"
        )["stored"]
        != []
    )
    memory = python(
        head
        + "def pay(app):\n    app.add_middleware(IdempotencyHeaderMiddleware, backend=MemoryBackend())\n"
    )
    assert memory["in_memory"] != []
    assert memory["stored"] == []
    assert "keys_read" not in python(head)


def test_false_green_a_dictionary_of_the_process_is_told_as_such() -> None:
    found = python("idempotency_keys = {}\n\n\n" + READ + "    idempotency_keys[key] = 1\n")
    assert found["in_memory"] == ["pay.py:1 kept in the process"]
    assert found["stored"] == []


def test_false_green_a_map_of_a_script_is_told_as_such() -> None:
    text = "const idempotency = new Map();\napp.post('/', (req, res) => {\n  const k = req.get('Idempotency-Key');\n  idempotency.set(k, idempotencyOf(k));\n});\n"
    found = script(text)
    assert found["in_memory"] == ["index.js:1 kept in the process"]
    assert found["stored"] == []


@pytest.mark.parametrize(
    "text",
    [
        "def pay(x):\n    return post(URL, headers={'Idempotency-Key': x})\n",
        "def pay(session):\n    session.headers['Idempotency-Key'] = make()\n",
        "def pay(response):\n    return response.headers.get('Idempotency-Key')\n",
        "def pay(x):\n    # request.headers.get('Idempotency-Key')\n    return x\n",
        "def pay(x):\n    return x\n\n\ndef never(request):\n    return request.headers.get('Idempotency-Key')\n",
    ],
)
def test_false_green_a_key_that_is_sent_or_only_spoken_of_is_not_read(text: str) -> None:
    assert python(text) == {}


def test_false_green_a_unique_key_that_nobody_reads_does_not_count() -> None:
    schema = "CREATE TABLE pays (idempotency_key text UNIQUE);\n"
    assert (
        facts({"app.py": APP, "pay.py": "def pay(x):\n    return x\n", "schema.sql": schema}) == {}
    )


def test_false_green_a_key_in_a_file_that_nobody_imports_does_not_count() -> None:
    assert python("def pay(x):\n    return x\n", unused=KEPT) == {}
