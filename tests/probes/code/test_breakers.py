"""What code.breakers says of circuit breakers and of what goes through them."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.breakers import breakers

APP = "from fastapi import FastAPI\nimport client\n\napp = FastAPI()\nclient.ask()\n"
GOOD = """import pybreaker
import requests

breaker = pybreaker.CircuitBreaker(fail_max=5, reset_timeout=60)


@breaker
def ask():
    return requests.get("x", timeout=3)
"""


def short(facts: dict[str, Value]) -> dict[str, Value]:
    """Facts by the last part of their keys."""
    return {key.removeprefix("breakers."): value for key, value in facts.items()}


def python(text: str, **files: str) -> dict[str, Value]:
    """The facts of a service whose app imports a client of this text."""
    others = {f"{name}.py": content for name, content in files.items()}
    return short(values(run_probe(breakers, repo={"app.py": APP, "client.py": text, **others})))


def script(text: str) -> dict[str, Value]:
    """The facts of a service of one script."""
    package = '{"scripts": {"start": "node index.js"}}'
    return short(values(run_probe(breakers, repo={"package.json": package, "index.js": text})))


def go(text: str, imports: str) -> dict[str, Value]:
    """The facts of a program of this text."""
    lines = "".join(f'\t"{name}"\n' for name in imports.split())
    main = f"package main\n\nimport (\n{lines})\n\n{text}\n\nfunc main() {{\n\trun()\n}}\n"
    return short(values(run_probe(breakers, repo={"go.mod": "module x.test/y\n", "main.go": main})))


def test_a_present_breaker_is_told_with_what_goes_through_it() -> None:
    assert python(GOOD) == {
        "declared": ["client.py:4 pybreaker.CircuitBreaker"],
        "wrapping": ["client.py:4 pybreaker.CircuitBreaker around client.py:7"],
        "ineffective": [],
    }


def test_a_missing_breaker_gives_empty_lists() -> None:
    assert python("x = 1\n") == {"declared": [], "wrapping": [], "ineffective": []}


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(breakers, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = run_probe(breakers, repo={"app.py": APP, "client.py": "x = 1\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    denied = Trouble(ProblemKind.DENIED, "no")
    assert values(run_probe(breakers, repo={"app.py": APP, "client.py": denied})) == {}


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "import aiobreaker\nguard = aiobreaker.CircuitBreaker(fail_max=3)\n\n\nasync def ask():\n    return await guard.call_async(get, 1)\n",
        "import pybreaker\nguard = pybreaker.CircuitBreaker()\n\n\ndef ask():\n    with guard.calling():\n        return get()\n",
        "from circuitbreaker import circuit\n\n\n@circuit\ndef ask():\n    return get()\n",
        "from circuitbreaker import circuit\n\n\n@circuit(failure_threshold=3, recovery_timeout=9)\ndef ask():\n    return get()\n",
        "from purgatory import AsyncCircuitBreakerFactory\nfactory = AsyncCircuitBreakerFactory()\n\n\n@factory('x')\nasync def ask():\n    return get()\n",
        "from purgatory import SyncCircuitBreakerFactory\nfactory = SyncCircuitBreakerFactory()\n\n\ndef ask():\n    with factory.get_breaker('x'):\n        return get()\n",
        "import pybreaker\n\n\nclass Client:\n    guard = pybreaker.CircuitBreaker()\n\n    def ask(self):\n        return self.guard.call(get)\n",
        "import pybreaker\n\n\nclass Client:\n    def __init__(self):\n        self.guard = pybreaker.CircuitBreaker()\n\n    def ask(self):\n        return self.guard.call(get)\n\n\nclient = Client()\n",
        "import pybreaker\n_kept = {}\n\n\ndef ask(name):\n    if name not in _kept:\n        _kept[name] = pybreaker.CircuitBreaker()\n    return _kept[name].call(get)\n",
    ],
)  # fmt: skip
def test_breakers_that_calls_go_through(text: str) -> None:
    facts = python(text)
    assert len(facts["wrapping"]) == 1  # type: ignore[arg-type]
    assert facts["ineffective"] == []


def test_a_breaker_of_another_file_is_followed() -> None:
    text = "from guards import guard\n\n\n@guard\ndef ask():\n    return get()\n"
    facts = python(text, guards="import pybreaker\n\nguard = pybreaker.CircuitBreaker()\n")
    assert facts["wrapping"] == ["guards.py:3 pybreaker.CircuitBreaker around client.py:4"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD.replace("@breaker\n", ""), "nothing goes through it"),
        (GOOD.replace("@breaker\n", "# @breaker\n"), "nothing goes through it"),
        (GOOD.replace("@breaker\n", "").replace("return", "'breaker.call(x)'\n    return"), "nothing goes through it"),
        (GOOD.replace("fail_max=5", "fail_max=1_000_000"), "opens after 1e+06 failures"),
        (GOOD.replace("fail_max=5, reset_timeout=60", "5000, 60"), "opens after 5000 failures"),
        (GOOD.replace("reset_timeout=60", "reset_timeout=0"), "open for no time"),
        (GOOD.replace("reset_timeout=60", "exclude=[Exception]"), "leaves out every exception"),
        ("import pybreaker\n\n\ndef ask():\n    guard = pybreaker.CircuitBreaker()\n    return guard.call(get)\n", "made anew by each call of ask"),
        ("from circuitbreaker import circuit\n\n\n@circuit\ndef ask():\n    pass\n", "ask calls nothing"),
        ("from circuitbreaker import circuit\n\n\n@circuit\ndef never_used():\n    return get()\n", "nothing calls never_used"),
        ("from circuitbreaker import circuit\n\n\ndef ask():\n    @circuit\n    def inner():\n        return get()\n\n    return inner()\n", "made anew by each call of ask"),
        ("from circuitbreaker import circuit\nimport requests\n\n\n@circuit(expected_exception=ConnectionError)\ndef ask():\n    return requests.get('x')\n", "does not raise"),
        ("from aiobreaker import CircuitBreaker\nfrom datetime import timedelta\nguard = CircuitBreaker(timeout_duration=timedelta(seconds=0))\n\n\n@guard\ndef ask():\n    return get()\n", "open for no time"),
    ],
)  # fmt: skip
def test_false_green_breakers_that_protect_nothing(text: str, words: str) -> None:
    facts = python(text)
    assert facts["wrapping"] == []
    assert words in str(facts["ineffective"])


def test_false_green_an_instance_that_a_handler_makes_may_not_outlive_the_request() -> None:
    text = "import pybreaker\n\n\nclass Client:\n    def __init__(self):\n        self.guard = pybreaker.CircuitBreaker()\n\n    def ask(self):\n        return self.guard.call(get)\n\n\ndef ask():\n    return Client().ask()\n"
    evidence = run_probe(breakers, repo={"app.py": APP, "client.py": text})
    assert "breakers.wrapping" not in values(evidence)
    assert "made anew for each request" in evidence.problems[0].message


def test_false_green_an_import_alone_or_a_file_that_nobody_imports() -> None:
    assert python("import pybreaker\n")["declared"] == []
    assert python("x = 1\n", unused=GOOD)["declared"] == []


OWN = """import time


class CircuitBreaker:
    def __init__(self, failure_threshold=5, reset_timeout=30):
        self.failures = 0
        self.state = "closed"
        self.is_open = False
        self.failure_threshold = failure_threshold
        self.reset_timeout = reset_timeout

    def call(self, function):
        if self.is_open and time.monotonic() - self.opened_at < self.reset_timeout:
            raise Unavailable()
        try:
            return function()
        except Exception:
            self.failures += 1
            if self.failures >= self.failure_threshold:
                self.is_open = True
                self.opened_at = time.monotonic()
            raise


guard = CircuitBreaker()


def ask():
    return guard.call(get)
"""


def test_a_breaker_of_the_services_own_counts_where_it_is_one() -> None:
    assert python(OWN)["wrapping"] == ["client.py:25 CircuitBreaker around client.py:29"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("class CircuitBreaker:\n    def call(self, f):\n        return f()\n\n\nguard = CircuitBreaker()\nguard.call(get)\n", "counts no failures"),
        (OWN.replace("raise Unavailable()", "log()").replace("            raise\n", "            pass\n"), "refuses nothing"),
        (OWN.replace("return guard.call(get)", "return get()"), "nothing goes through it"),
        (OWN.replace("guard = CircuitBreaker()", "").replace("guard.call", "other"), "nothing makes one"),
    ],
)  # fmt: skip
def test_false_green_hollow_breakers_of_the_services_own(text: str, words: str) -> None:
    facts = python(text)
    assert facts["wrapping"] == []
    assert words in str(facts["ineffective"])


def test_an_error_that_is_named_after_breakers_is_none() -> None:
    text = "class CircuitBreakerOpenError(Exception):\n    def __init__(self):\n        pass\n"
    assert python(text)["declared"] == []


@pytest.mark.parametrize(
    ("text", "wrapping"),
    [
        ("const CircuitBreaker = require('opossum');\nconst b = new CircuitBreaker(ask, { resetTimeout: 9 });\nb.fire(1);\n", 1),
        ("import { circuitBreaker, handleAll, ConsecutiveBreaker } from 'cockatiel';\nconst b = circuitBreaker(handleAll, { halfOpenAfter: 9, breaker: new ConsecutiveBreaker(5) });\nb.execute(() => ask());\n", 1),
        ("import { circuitBreaker, wrap, handleAll } from 'cockatiel';\nconst b = circuitBreaker(handleAll, { halfOpenAfter: 9 });\nconst p = wrap(again, b);\n", 1),
        ("import CircuitBreaker from 'opossum';\nconst b = new CircuitBreaker(ask);\n", 0),
        ("import CircuitBreaker from 'opossum';\nconst b = new CircuitBreaker(ask, { enabled: false });\nb.fire();\n", 0),
        ("import CircuitBreaker from 'opossum';\nconst b = new CircuitBreaker(ask, { errorThresholdPercentage: 100 });\nb.fire();\n", 0),
        ("import CircuitBreaker from 'opossum';\napp.get('/', async (q, r) => {\n  const b = new CircuitBreaker(ask);\n  r.send(await b.fire());\n});\n", 0),
        ("import CircuitBreaker from 'opossum';\nfunction guarded() {\n  const b = new CircuitBreaker(ask);\n  return () => b.fire();\n}\nguarded();\n", 1),
    ],
)  # fmt: skip
def test_breakers_of_scripts(text: str, wrapping: int) -> None:
    facts = script(text)
    assert len(facts["wrapping"]) == wrapping  # type: ignore[arg-type]
    assert len(facts["ineffective"]) == 1 - wrapping  # type: ignore[arg-type]


GOBREAKER = "github.com/sony/gobreaker/v2"


@pytest.mark.parametrize(
    ("text", "imports", "wrapping"),
    [
        ("var cb = gobreaker.NewCircuitBreaker[int](gobreaker.Settings{})\n\nfunc run() {\n\tcb.Execute(f)\n}", GOBREAKER, 1),
        ("type C struct{ cb *gobreaker.CircuitBreaker }\n\nfunc NewC() *C {\n\treturn &C{\n\t\tcb: gobreaker.NewCircuitBreaker(st),\n\t}\n}\n\nfunc (c *C) run() {\n\tc.cb.Execute(f)\n}", "github.com/sony/gobreaker", 1),
        ("func run() {\n\tcb := gobreaker.NewCircuitBreaker(st)\n\tcb.Execute(f)\n}", "github.com/sony/gobreaker", 0),
        ("var cb = gobreaker.NewCircuitBreaker(st)\n\nfunc run() {\n\tf()\n}", "github.com/sony/gobreaker", 0),
        ("func run() {\n\thystrix.Do(\"x\", f, nil)\n}", "github.com/afex/hystrix-go/hystrix", 1),
    ],
)  # fmt: skip
def test_breakers_of_go(text: str, imports: str, wrapping: int) -> None:
    facts = go(text, imports)
    assert len(facts["wrapping"]) == wrapping  # type: ignore[arg-type]


def test_a_type_of_go_that_may_be_a_breaker_leaves_absence_open() -> None:
    text = "type circuitBreaker struct{ n int }\n\nfunc run() {}"
    evidence = run_probe(
        breakers,
        repo={
            "go.mod": "module x.test/y\n",
            "main.go": f"package main\n\n{text}\n\nfunc main() {{\n\trun()\n}}\n",
        },
    )
    assert "breakers.wrapping" not in values(evidence)
    assert "circuitBreaker" in evidence.problems[0].message


def test_a_class_around_a_breaker_of_a_library_is_judged_by_that_one() -> None:
    text = "import pybreaker\n\n\nclass OurCircuitBreaker:\n    def __init__(self):\n        self.inner = pybreaker.CircuitBreaker()\n\n    def ask(self):\n        return self.inner.call(get)\n\n\nguard = OurCircuitBreaker()\n"
    facts = python(text)
    assert facts["wrapping"] == ["client.py:6 pybreaker.CircuitBreaker around client.py:9"]
    assert facts["ineffective"] == []


def test_the_middleware_of_go_kit_goes_through_its_breaker() -> None:
    text = "func run() {\n\te = circuitbreaker.Gobreaker(gobreaker.NewCircuitBreaker(st))(e)\n}"
    facts = go(text, "github.com/sony/gobreaker github.com/go-kit/kit/circuitbreaker")
    assert facts["wrapping"] == ["main.go:9 gobreaker.NewCircuitBreaker"]


def test_a_little_code_in_a_language_of_other_topics_breaks_nothing() -> None:
    java = "class CircuitBreaker {\n  void retryDeadLetter() { sleep(1); }\n}\n"
    repo = {"app.py": APP, "client.py": GOOD, "src/main/java/CircuitBreaker.java": java}
    evidence = run_probe(breakers, repo=repo)
    assert "crashed" not in problems(evidence)
    assert values(evidence)


def test_false_green_a_service_in_a_language_of_other_topics_is_not_known() -> None:
    main = "fun main() {\n  run()\n}\n"
    repo = {"src/main/kotlin/App.kt": main, "pom.xml": "<project/>"}
    assert values(run_probe(breakers, repo=repo)) == {}
