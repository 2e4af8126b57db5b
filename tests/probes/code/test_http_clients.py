"""What code.http_clients says of the calls that a service makes."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.http_clients import http_clients

APP = "from fastapi import FastAPI\nimport client\n\napp = FastAPI()\n"
BOUNDED = "import requests\n\n\ndef ask(url):\n    return requests.get(url, timeout=3)\n"
WITHOUT = "http_calls.without_timeout"


def python(text: str) -> dict[str, object]:
    """The facts of a service whose app imports a client of this text."""
    return dict(values(run_probe(http_clients, repo={"app.py": APP, "client.py": text})))


def script(text: str) -> dict[str, object]:
    """The facts of a service of one script."""
    package = '{"scripts": {"start": "node index.js"}}'
    return dict(values(run_probe(http_clients, repo={"package.json": package, "index.js": text})))


def test_present_calls_with_a_timeout_give_an_empty_list() -> None:
    facts = python(BOUNDED)
    assert facts == {
        "http_calls.total": 1,
        WITHOUT: [],
        "http_calls.long_timeout": [],
        "http_calls.unclear": [],
        "http_calls.unreachable": 0,
    }


def test_a_missing_timeout_is_named_with_its_place() -> None:
    assert python("import requests\nrequests.post('x')\n")[WITHOUT] == ["client.py:2 requests.post"]


def test_a_service_that_calls_nothing_has_no_calls() -> None:
    assert "http_calls.total" not in python("x = 1\n")


def test_nothing_to_look_at_is_a_problem_and_no_clean_list() -> None:
    evidence = run_probe(http_clients, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_file_that_cannot_be_parsed_leaves_absence_open() -> None:
    evidence = run_probe(http_clients, repo={"app.py": APP, "client.py": "x = 1\x00\n"})
    assert values(evidence) == {}
    assert "malformed" in problems(evidence)


def test_a_file_that_may_not_be_read_leaves_absence_open() -> None:
    denied = Trouble(ProblemKind.DENIED, "no")
    evidence = run_probe(http_clients, repo={"app.py": APP, "client.py": denied})
    assert values(evidence) == {}
    assert "malformed" in problems(evidence)


def test_what_is_found_counts_even_where_something_else_was_not_read() -> None:
    repo = {
        "app.py": APP + "import broken\n",
        "client.py": "import requests\nrequests.get('x')\n",
        "broken.py": "x = 1\x00\n",
    }
    assert values(run_probe(http_clients, repo=repo))[WITHOUT] == ["client.py:2 requests.get"]


def test_a_language_that_is_not_understood_is_a_problem() -> None:
    main = "fun main() {\n    run()\n}\n"
    evidence = run_probe(http_clients, repo={"src/main/kotlin/App.kt": main, "pom.xml": "<x/>"})
    assert values(evidence) == {}
    assert "kotlin" in evidence.problems[0].message


def test_code_without_a_known_start_is_a_problem() -> None:
    evidence = run_probe(http_clients, repo={"lib.py": BOUNDED})
    assert values(evidence) == {}
    assert "starts" in evidence.problems[0].message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import httpx\nhttpx.get('x', timeout=None)\n", ["client.py:2 httpx.get"]),
        ("import httpx\nc = httpx.AsyncClient(timeout=httpx.Timeout(None))\n", ["client.py:2 httpx.AsyncClient"]),
        ("import httpx\nc = httpx.Client()\nc.get('x', timeout=None)\n", ["client.py:3 c.get"]),
        ("import requests as r\ns = r.Session()\ns.get('x')\n", ["client.py:3 s.get"]),
        ("from requests import get\nget('x')\n", ["client.py:2 requests.get"]),
        ("import requests\nT = None\nrequests.get('x', timeout=T)\n", ["client.py:3 requests.get"]),
        ("import urllib.request\nurllib.request.urlopen('x')\n", ["client.py:2 urllib.request.urlopen"]),
        (
            "import requests\n\n\nclass A:\n    def __init__(self):\n        self.s = requests.Session()\n\n"
            "    def f(self):\n        self.s.put('x')\n",
            ["client.py:9 self.s.put"],
        ),
        ("import requests\nrequests.Session().get('x')\n", ["client.py:2 requests.Session().get"]),
    ],
)  # fmt: skip
def test_what_waits_for_ever_is_listed(text: str, expected: list[str]) -> None:
    assert python(text)[WITHOUT] == expected


@pytest.mark.parametrize(
    "text",
    [
        "import httpx\nhttpx.get('x')\n",
        "import httpx\nc = httpx.Client()\nc.get('x')\n",
        "import urllib.request\nurllib.request.urlopen('x', None, 3)\n",
        "import requests\ns = requests.Session()\ns.get('x', timeout=(1, 2))\n",
        "import aiohttp\naiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=9))\n",
        "requests = {}\nrequests.get('x')\n",
    ],
)
def test_what_is_bounded_or_no_client_is_not_listed(text: str) -> None:
    assert python(text)[WITHOUT] == []


def test_a_default_or_a_bound_above_a_minute_is_long() -> None:
    facts = python("import aiohttp, httpx\naiohttp.ClientSession()\nhttpx.get('x', timeout=300)\n")
    assert facts["http_calls.long_timeout"] == [
        "client.py:2 aiohttp.ClientSession",
        "client.py:3 httpx.get",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "import requests\n\n\ndef f(**k):\n    requests.get('x', **k)\n",
        "import requests\n\n\ndef f(t=None):\n    requests.get('x', timeout=t)\n",
        "import requests\n\n\ndef f():\n    return requests.Session()\n",
        "import requests\ns = requests.Session()\ns.mount('x', Bounding())\ns.get('x')\n",
    ],
)
def test_false_green_what_cannot_be_told_gives_no_clean_list(text: str) -> None:
    facts = python(text)
    assert WITHOUT not in facts
    assert facts["http_calls.unclear"]


def test_false_green_calls_that_the_service_never_imports_do_not_count() -> None:
    repo = {"app.py": APP, "client.py": "x = 1\n", "unused.py": BOUNDED}
    facts = values(run_probe(http_clients, repo=repo))
    assert ("http_calls.total" in facts, facts["http_calls.unreachable"]) == (False, 1)


def test_false_green_tests_do_not_count() -> None:
    repo = {"app.py": APP, "client.py": "x = 1\n", "tests/test_client.py": BOUNDED}
    evidence = run_probe(http_clients, repo=repo)
    assert "http_calls.total" not in values(evidence)
    assert "No call to an HTTP client" in evidence.problems[0].message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("const axios = require('axios');\naxios.get('x');\n", ["index.js:2 axios.get"]),
        ("import axios from 'axios';\naxios.post('x', body, { headers });\n", ["index.js:2 axios.post"]),
        ("import axios from 'axios';\nconst c = { headers: {} };\naxios.get('x', c);\n", ["index.js:3 axios.get"]),
        ("import axios from 'axios';\nconst c = axios.create({ baseURL: 'x' });\n", ["index.js:2 axios.create"]),
        ("import axios from 'axios';\naxios.get('x', { timeout: 0 });\n", ["index.js:2 axios.get"]),
        ("import got from 'got';\ngot('x');\n", ["index.js:2 got"]),
        ("import axios from 'axios';\naxios.get('x', { timeout: 900 });\n", []),
        ("import axios from 'axios';\nconst c = { timeout: 9 };\naxios.get('x', c);\n", []),
        ("import axios from 'axios';\naxios.defaults.timeout = 900;\naxios.get('x');\n", []),
        ("fetch('x', { signal: AbortSignal.timeout(900) });\n", []),
        ("const axios = new Map();\naxios.get('x');\n", []),
    ],
)  # fmt: skip
def test_scripts_are_read_as_well(text: str, expected: list[str]) -> None:
    assert script(text)[WITHOUT] == expected


def test_fetch_waits_for_five_minutes() -> None:
    assert script("await fetch('x');\n")["http_calls.long_timeout"] == ["index.js:1 fetch"]


def test_a_client_of_another_file_is_followed() -> None:
    repo = {
        "app/__init__.py": "",
        "app/main.py": "from fastapi import FastAPI\nfrom app.http import session\n\napp = FastAPI()\nsession.get('x')\n",
        "app/http.py": "import requests\n\nsession = requests.Session()\n",
    }
    assert values(run_probe(http_clients, repo=repo))[WITHOUT] == ["app/main.py:5 session.get"] or (
        values(run_probe(http_clients, repo=repo))[WITHOUT]
        == ["app/main.py:5 app.http.session.get"]
    )


def test_scripts_for_the_browser_are_the_users_calls() -> None:
    repo = {
        "app.py": APP,
        "client.py": BOUNDED,
        "ui/package.json": '{"dependencies": {"vue": "3"}, "scripts": {"start": "vite"}, "main": "main.js"}',
        "ui/main.js": "fetch('x');\n",
    }
    facts = values(run_probe(http_clients, repo=repo))
    assert facts["http_calls.total"] == 1


def test_go_is_read_by_package() -> None:
    repo = {
        "go.mod": "module x.test/y\n",
        "main.go": 'package main\n\nimport "x.test/y/api"\n\nfunc main() {\n\tapi.Run()\n}\n',
        "api/api.go": 'package api\n\nimport "net/http"\n\nfunc Run() {\n\thttp.Get("x")\n\t_ = http.Client{Timeout: 3}\n}\n',
        "old/old.go": 'package old\n\nimport "net/http"\n\nfunc Run() {\n\thttp.Get("x")\n}\n',
    }
    facts = values(run_probe(http_clients, repo=repo))
    assert facts[WITHOUT] == ["api/api.go:6 net/http.Get"]
    assert (facts["http_calls.total"], facts["http_calls.unreachable"]) == (2, 1)
