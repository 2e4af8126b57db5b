"""The words of health endpoints, metrics and shutdown: paths, labels, commands, scripts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.code.parsing import parse_whole
from auditor.code.topics.health_paths import Kind, joined, kind_of, segments
from auditor.code.topics.health_registrations import Registrations, Words
from auditor.code.topics.health_written import Written
from auditor.code.topics.metric_definitions import definitions
from auditor.code.topics.metric_uses import endless_labels, is_idle
from auditor.code.topics.shutdown_commands import behind_a_shell, script_without_exec


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/health", Kind.HEALTH), ("/api/v1/readyz", Kind.READY), ("^healthz/$", Kind.HEALTH), ("GET /livez", Kind.LIVE),
        ("/actuator/health/readiness", Kind.READY), ("/ping", Kind.LIVE), ("/-/ready", Kind.READY), ("/__heartbeat__", Kind.HEALTH),
        ("/orders/ready", None), ("/users/live", None), ("/orders/{id}/status", None), ("/", None), ("/healthcare", None),
    ],
)  # fmt: skip
def test_a_path_tells_what_an_endpoint_is_for(path: str, kind: Kind | None) -> None:
    assert kind_of(path) is kind


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_some_path_or_none(first: str, second: str) -> None:
    whole = joined(first, second)
    assert whole.startswith("/")
    assert "//" not in joined(first)[:2]
    assert kind_of(whole) in (*Kind, None)
    assert all("/" not in part for part in segments(whole))


def read(family: str, grammar: str, text: str) -> list[tuple[str, int]]:
    """The registrations of a text, by path and line."""
    words = Words(frozenset({"get", "use", "GET", "HandleFunc", "path"}), frozenset({"get", "Get", "GetMapping"}), frozenset({"Group"}))  # fmt: skip
    reader = Registrations(family, parse_whole(text, grammar), text, words, Written(text, {}))
    return sorted((one.path, one.line) for one in reader.read())


@pytest.mark.parametrize(
    ("family", "grammar", "text", "expected"),
    [
        ("python", "python", "r = APIRouter(\n  prefix='/health')\n\n@r.get('/ready')\ndef f(): ...\n", [("/health/ready", 4)]),
        ("python", "python", "client.get('/health', headers=h)\n", []),
        ("javascript", "javascript", "axios.get('/health', f); app.get('/health', f);", [("/health", 1)]),
        ("javascript", "typescript", "@Controller('health')\nclass A {\n  @Get('ready')\n  f() { return 1; }\n}\n", [("/health/ready", 4)]),
        ("javascript", "javascript", "if (req.url === '/up') { res.end(); }", [("/up", 1)]),
        ("javascript", "javascript", "if (req.url === '/up') { return next(); }", []),
        ("go", "go", 'package a\nconst p = "/ready"\nfunc f() { g := e.Group("/health"); g.GET(p, h); http.Get("/x") }', [("/health/ready", 3)]),
        ("java", "java", 'class A { @GetMapping(value = "/ready") Object f() { return 1; } }', [("/ready", 1)]),
    ],
)  # fmt: skip
def test_routes_are_read_and_calls_of_clients_are_not(
    family: str, grammar: str, text: str, expected: list[tuple[str, int]]
) -> None:
    assert read(family, grammar, text) == expected


@given(st.text(alphabet="'\"`(){}[]@/=.,: \nabAPIRouterprefixget", max_size=120))
def test_no_text_breaks_the_reader_of_routes(text: str) -> None:
    for family, grammar in (
        ("python", "python"),
        ("javascript", "typescript"),
        ("go", "go"),
        ("java", "java"),
    ):
        try:
            found = read(family, grammar, text)
        except ValueError:  # it is not source code
            continue
        assert all(path.startswith("/") and line >= 1 for path, line in found)


def test_a_metric_is_idle_until_something_names_what_holds_it() -> None:
    text = "from prometheus_client import Counter\nORDERS = Counter('orders_total', 'x')\n"
    (one,) = definitions(text, "a.py").found
    assert is_idle(one, "a.py", [("a.py", text), ("b.py", "from a import ORDERS\n")])
    assert not is_idle(one, "a.py", [("a.py", text), ("b.py", "ORDERS.inc()\n")])
    assert not is_idle(one, "a.py", []), "a definition that is not seen proves nothing"


@given(st.text(max_size=200), st.integers(min_value=1, max_value=10))
def test_labels_are_read_from_any_text(text: str, line: int) -> None:
    assert all(name in text for name in endless_labels(text, line))


@given(st.lists(st.text(max_size=40), max_size=4), st.booleans())
def test_any_command_is_behind_a_shell_or_not(words: list[str], shell: bool) -> None:
    said = behind_a_shell(words, shell=shell)
    assert len(said) <= 120
    assert "\n" not in said
    assert not said or shell or len(words) in (1, 3, 4)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("#!/bin/sh\nset -e\nnode index.js\n", (3, "node index.js")),
        ("#!/bin/sh\nif x; then\n  node a.js\nfi\n", (3, "node a.js")),
        ('#!/bin/sh\nexec "$@"\n', (0, "")),
        ("#!/bin/sh\nexec > /log 2>&1\nnode index.js\n", (3, "node index.js")),
        ("#!/bin/sh\ntrap stop TERM\nnode index.js & wait\n", (0, "")),
        ("#!/bin/sh\n# exec node\nset -e\n", (0, "")),
        ('case "$1" in\n  web) exec node a.js ;;\n  *) node b.js ;;\nesac\n', (0, "")),
    ],
)
def test_a_script_gives_way_by_exec_or_stays(script: str, expected: tuple[int, str]) -> None:
    assert script_without_exec(script) == expected


@given(st.text(max_size=200))
def test_any_script_has_a_last_command_or_none(text: str) -> None:
    line, said = script_without_exec(text)
    assert (line == 0) == (said == "")
    assert 0 <= line <= text.count("\n") + 1
