"""What code.retries says of what a service repeats."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.retries import retries

APP = "from fastapi import FastAPI\nimport client\n\napp = FastAPI()\nclient.ask()\n"
GOOD = """import requests
from tenacity import retry, stop_after_attempt, wait_random_exponential


@retry(stop=stop_after_attempt(3), wait=wait_random_exponential(max=9))
def ask():
    return requests.get("x", timeout=3)
"""


def python(text: str) -> dict[str, Value]:
    """The facts of a service whose app imports a client of this text, without what their keys share."""
    return short(values(run_probe(retries, repo={"app.py": APP, "client.py": text})))


def script(text: str) -> dict[str, Value]:
    """The facts of a service of one script."""
    package = '{"scripts": {"start": "node index.js"}}'
    return short(values(run_probe(retries, repo={"package.json": package, "index.js": text})))


def go(text: str, imports: str) -> dict[str, Value]:
    """The facts of a program whose main runs this text."""
    lines = "".join(f'\t"{name}"\n' for name in imports.split())
    main = f"package main\n\nimport (\n{lines})\n\nfunc main() {{\n{text}\n}}\n"
    return short(values(run_probe(retries, repo={"go.mod": "module x.test/y\n", "main.go": main})))


def short(facts: dict[str, Value]) -> dict[str, Value]:
    """Facts by the last part of their keys."""
    return {key.removeprefix("retries."): value for key, value in facts.items()}


def decorated(
    decorator: str, imports: str, body: str = "return requests.get('x')"
) -> dict[str, Value]:
    """The facts of one decorated function that asks for something."""
    return python(f"import requests\n{imports}\n\n\n{decorator}\ndef ask():\n    {body}\n")


def faults(facts: dict[str, Value]) -> set[str]:
    """Which lists of faults are not empty."""
    names = ("unbounded", "without_backoff", "without_jitter", "unsafe", "ineffective")
    return {name for name in names if facts.get(name)}


def test_a_present_retry_that_is_right_gives_empty_lists_of_faults() -> None:
    assert python(GOOD) == {
        "applied": ["client.py:5 tenacity.retry on ask"],
        "unbounded": [],
        "without_backoff": [],
        "without_jitter": [],
        "unsafe": [],
        "ineffective": [],
        "hand_written": [],
        "unreachable": [],
    }


def test_a_missing_retry_gives_empty_lists() -> None:
    facts = python("x = 1\n")
    assert facts["applied"] == []
    assert faults(facts) == set()


def test_nothing_to_look_at_is_a_problem() -> None:
    evidence = run_probe(retries, repo={"README.md": "x"})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_a_malformed_file_leaves_absence_open() -> None:
    evidence = run_probe(retries, repo={"app.py": APP, "client.py": "x = 1\x00\n"})
    assert values(evidence) == {}
    assert problems(evidence) == ["malformed"]


def test_a_denied_file_leaves_absence_open() -> None:
    denied = Trouble(ProblemKind.DENIED, "no")
    evidence = run_probe(retries, repo={"app.py": APP, "client.py": denied})
    assert values(evidence) == {}


def test_a_fault_that_is_seen_counts_even_where_something_was_not_read() -> None:
    repo = {
        "app.py": APP + "import broken\n",
        "client.py": GOOD.replace("stop=stop_after_attempt(3), ", ""),
        "broken.py": "x\x00\n",
    }
    facts = short(values(run_probe(retries, repo=repo)))
    assert faults(facts) == {"unbounded"}
    assert "without_jitter" not in facts


TENACITY = "from tenacity import *\nfrom tenacity import retry, stop_never\nimport tenacity"


@pytest.mark.parametrize(
    ("decorator", "imports", "expected"),
    [
        ("@retry", TENACITY, {"unbounded", "without_backoff", "without_jitter"}),
        ("@retry()", TENACITY, {"unbounded", "without_backoff", "without_jitter"}),
        ("@tenacity.retry(stop=stop_after_delay(9), wait=wait_fixed(2))", TENACITY, {"without_backoff", "without_jitter"}),
        ("@retry(stop=stop_after_attempt(3), wait=wait_exponential())", TENACITY, {"without_jitter"}),
        ("@retry(stop=stop_after_attempt(3), wait=wait_exponential() + wait_random(0, 2))", TENACITY, set()),
        ("@retry(stop=stop_never, wait=wait_random_exponential())", TENACITY, {"unbounded"}),
        ("@backoff.on_exception(backoff.expo, IOError)", "import backoff", {"unbounded"}),
        ("@backoff.on_exception(backoff.expo, IOError, max_tries=4)", "import backoff", set()),
        ("@backoff.on_exception(backoff.constant, IOError, max_time=4, jitter=None)", "import backoff",
         {"without_backoff", "without_jitter"}),
        ("@stamina.retry(on=IOError)", "import stamina", set()),
        ("@stamina.retry(on=IOError, attempts=None, timeout=None)", "import stamina", {"unbounded"}),
        ("@stamina.retry(on=IOError, wait_jitter=0)", "import stamina", {"without_jitter"}),
        ("@retry(stop_max_attempt_number=3, wait_exponential_multiplier=9)", "from retrying import retry", {"without_jitter"}),
        ("@retry", "from retrying import retry", {"unbounded", "without_backoff", "without_jitter"}),
        ("@retry(IOError, tries=3, delay=1, backoff=2, jitter=(0, 1))", "from retry import retry", set()),
        ("@retry(IOError, delay=1)", "from retry import retry", {"unbounded", "without_backoff", "without_jitter"}),
        ("@shared_task(autoretry_for=(IOError,), retry_backoff=True)", "from celery import shared_task", set()),
        ("@shared_task(autoretry_for=(IOError,), max_retries=None, retry_backoff=True)", "from celery import shared_task", {"unbounded"}),
        ("@shared_task(autoretry_for=(IOError,))", "from celery import shared_task", {"without_backoff", "without_jitter"}),
    ],
)  # fmt: skip
def test_the_defaults_of_each_decorator_are_known(
    decorator: str, imports: str, expected: set[str]
) -> None:
    facts = decorated(decorator, imports)
    assert facts["applied"]
    assert faults(facts) == expected


def test_options_from_elsewhere_are_not_told() -> None:
    facts = decorated("@retry(**OPTIONS)", TENACITY)
    assert facts["applied"]
    assert not {"unbounded", "without_backoff", "without_jitter"} & set(facts)


def test_a_constant_is_put_in() -> None:
    text = GOOD.replace("stop=stop_after_attempt(3)", "stop=stop_never")
    assert faults(python(text)) == {"unbounded"}
    facts = decorated(
        "@backoff.on_exception(backoff.expo, IOError, max_tries=N)", "import backoff\nN = None"
    )
    assert faults(facts) == {"unbounded"}


@pytest.mark.parametrize(
    ("decorator", "imports", "words"),
    [
        ("@retry(stop=stop_after_attempt(1))", TENACITY, "first attempt"),
        ("@backoff.on_exception(backoff.expo, IOError, max_tries=1)", "import backoff", "allows 1"),
        ("@retry(stop=stop_after_attempt(3), retry=retry_if_exception_type(ConnectionError))", TENACITY, "Python's own"),
        ("@backoff.on_exception(backoff.expo, httpx.TransportError, max_tries=3)", "import backoff, httpx", "errors of httpx"),
    ],
)  # fmt: skip
def test_false_green_what_never_repeats_is_ineffective(
    decorator: str, imports: str, words: str
) -> None:
    facts = decorated(decorator, imports)
    assert facts["applied"] == []
    assert words in str(facts["ineffective"])


def test_false_green_a_decorator_on_a_function_that_nobody_calls() -> None:
    facts = python(GOOD.replace("def ask", "def never_used"))
    assert facts["applied"] == []
    assert facts["ineffective"] == [
        "client.py:5 tenacity.retry on never_used: nothing calls never_used"
    ]


def test_false_green_a_decorator_on_a_stub() -> None:
    facts = decorated("@retry(stop=stop_after_attempt(3))", TENACITY, body="pass")
    assert facts["applied"] == []
    assert "calls nothing" in str(facts["ineffective"])


def test_false_green_an_import_a_comment_or_a_name_alone_is_nothing() -> None:
    text = "import tenacity\n# @tenacity.retry(stop=s)\n\n\ndef ask():\n    pass\n\n\ndef retry(f):\n    return f\n"
    assert python(text)["applied"] == []


def test_false_green_a_decorator_of_the_services_own_that_returns_its_function_is_none() -> None:
    assert (
        python("def retry(f):\n    return f\n\n\n@retry\ndef ask():\n    return 1\n")["applied"]
        == []
    )


def test_false_green_a_retry_in_a_file_that_nobody_imports_is_unreachable() -> None:
    repo = {"app.py": APP, "client.py": "x = 1\n", "unused.py": GOOD}
    facts = short(values(run_probe(retries, repo=repo)))
    assert facts["applied"] == []
    assert facts["unreachable"] == ["unused.py:5 tenacity.retry"]


def test_false_green_tests_do_not_count() -> None:
    repo = {"app.py": APP, "client.py": "x = 1\n", "tests/test_client.py": GOOD}
    facts = short(values(run_probe(retries, repo=repo)))
    assert (facts["applied"], facts["unreachable"]) == ([], [])


ADAPTER = """import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

policy = Retry(total=3, backoff_factor=0.5, backoff_jitter=0.3)
adapter = HTTPAdapter(max_retries=policy)
session = requests.Session()
session.mount("https://", adapter)
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ADAPTER, set()),
        (ADAPTER.replace("max_retries=policy", "1, 2, policy"), set()),
        (ADAPTER.replace(", backoff_jitter=0.3", ""), {"without_jitter"}),
        (ADAPTER.replace("total=3, backoff_factor=0.5, ", ""), {"without_backoff"}),
        (ADAPTER.replace("total=3", "total=3, allowed_methods=None"), {"unsafe"}),
        (ADAPTER.replace("total=3", "total=3, allowed_methods=['GET', 'POST']"), {"unsafe"}),
        (ADAPTER.replace("max_retries=policy", "max_retries=3").replace("policy =", "unused = policy ="),
         {"without_backoff", "without_jitter"}),
        ("import urllib3\npool = urllib3.PoolManager(retries=urllib3.Retry(3, backoff_factor=1))\n", {"without_jitter"}),
        ("import httpx\nc = httpx.Client(transport=httpx.HTTPTransport(retries=3))\n", {"without_jitter"}),
    ],
)  # fmt: skip
def test_adapters_and_transports_retry_where_they_are_mounted(
    text: str, expected: set[str]
) -> None:
    facts = python(text)
    assert facts["applied"]
    assert faults(facts) - {"ineffective"} == expected


@pytest.mark.parametrize(
    "text",
    [
        ADAPTER.replace('session.mount("https://", adapter)\n', ""),
        ADAPTER.replace("max_retries=policy", ""),
        ADAPTER.replace("total=3", "total=0"),
        "import httpx\nt = httpx.HTTPTransport(retries=3)\nc = httpx.Client()\n",
    ],
)
def test_false_green_an_adapter_that_is_never_mounted_is_ineffective(text: str) -> None:
    facts = python(text)
    assert facts["applied"] == []
    assert len(facts["ineffective"]) == 1  # type: ignore[arg-type]


def test_an_adapter_that_cannot_be_followed_is_a_problem() -> None:
    text = "from requests.adapters import HTTPAdapter\nfrom urllib3 import Retry\n\n\ndef ask():\n    return HTTPAdapter(max_retries=Retry(3))\n"
    evidence = run_probe(retries, repo={"app.py": APP, "client.py": text})
    assert "retries.applied" not in values(evidence)
    assert "could not be followed" in evidence.problems[0].message


def test_a_policy_that_is_bound_to_a_name_must_be_used() -> None:
    policy = "import tenacity\nagain = tenacity.retry(stop=tenacity.stop_after_attempt(3))\n"
    assert "nothing uses again" in str(python(policy)["ineffective"])
    used = policy + "\n\n@again\ndef ask():\n    return go()\n"
    assert python(used)["applied"] == ["client.py:2 tenacity.retry"]


def test_a_loop_over_attempts_counts() -> None:
    text = "import tenacity\n\n\ndef ask():\n    for attempt in tenacity.Retrying(wait=tenacity.wait_fixed(1)):\n        with attempt:\n            go()\n"
    assert faults(python(text)) == {"unbounded", "without_backoff", "without_jitter"}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return requests.post('x')", ["client.py:6 stamina.retry on ask: repeats POST"]),
        ("return self.session.request('PATCH', 'x')", ["client.py:6 stamina.retry on ask: repeats PATCH"]),
        ("return requests.post('x', headers={'Idempotency-Key': key})", []),
        ("return requests.put('x')", []),
        ("return requests.request(method, 'x')", None),
        ("return charge_card()", None),
    ],
)  # fmt: skip
def test_what_is_repeated_must_be_safe_or_it_is_not_told(
    body: str, expected: list[str] | None
) -> None:
    facts = decorated("@stamina.retry(on=IOError)", "import stamina\n", body)
    assert facts.get("unsafe") == expected


def test_waiting_for_a_connection_alone_is_safe() -> None:
    facts = decorated(
        "@stamina.retry(on=httpx.ConnectError)", "import stamina, httpx\n", "return httpx.post('x')"
    )
    assert facts["unsafe"] == []


def test_a_task_that_asks_to_be_run_again() -> None:
    head = "from celery import Celery\n\napp = Celery()\n\n\n@app.task(bind=True)\ndef ask(self):\n    try:\n        go()\n    except IOError as e:\n        raise self.retry(exc=e"
    assert faults(python(head + ")\n")) == {"without_backoff", "without_jitter"}
    assert (
        faults(python(head + ", countdown=2 ** self.request.retries + random.random())\n")) == set()
    )


def test_false_green_a_method_that_is_called_retry_is_no_task() -> None:
    assert python("class A:\n    def ask(self):\n        self.retry(3)\n")["applied"] == []


def test_loops_of_the_services_own_are_listed_and_leave_absence_open() -> None:
    text = "import time\n\n\ndef ask():\n    for n in range(3):\n        try:\n            return go()\n        except IOError:\n            time.sleep(2 ** n + random.random())\n"
    evidence = run_probe(retries, repo={"app.py": APP, "client.py": text})
    facts = short(values(evidence))
    assert facts["hand_written"] == ["client.py:5 loop in ask (ends, growing waits, jitter)"]
    assert "applied" not in facts
    assert "loops of its own" in evidence.problems[0].message


def test_false_green_a_bound_for_development_alone_is_none() -> None:
    decorator = "@shared_task(autoretry_for=(IOError,), retry_backoff=True, max_retries=1 if settings.DEBUG else None)"
    assert faults(decorated(decorator, "from celery import shared_task")) == {"unbounded"}


def test_a_decorator_that_hands_its_options_to_celery_is_seen_through() -> None:
    facts = decorated(
        "@our_task(autoretry_for=(IOError,), retry_backoff=True)", "from tasks import our_task"
    )
    assert facts["applied"] == ["client.py:5 tasks.our_task on ask"]


def test_a_class_of_tasks_carries_options() -> None:
    text = "from celery import Task\n\n\nclass Base(Task):\n    autoretry_for = (IOError,)\n    max_retries = None\n\n\nBase()\n"
    facts = python(text)
    assert facts["applied"] == ["client.py:4 Base.autoretry_for"]
    assert faults(facts) == {"unbounded", "without_backoff", "without_jitter"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for (let attempt = 0; attempt < 3; attempt++) {\n  try {\n    return await go();\n  } catch (e) {\n    await sleep(100 * 2 ** attempt);\n  }\n}\n",
         ["index.js:1 loop (ends, growing waits, no jitter)"]),
        ("while (true) {\n  try {\n    await work();\n  } catch (e) {\n    log(e);\n  }\n  await sleep(5000);\n}\n", []),
        ("for (const retryable of items) {\n  try {\n    await work();\n    break;\n  } catch (e) {\n    await sleep(5000);\n  }\n}\n", []),
    ],
)  # fmt: skip
def test_loops_of_scripts(text: str, expected: list[str]) -> None:
    assert script(text)["hand_written"] == expected


def test_loops_of_go() -> None:
    text = "\tfor attempt := 0; attempt < 3; attempt++ {\n\t\terr := f()\n\t\tif err == nil {\n\t\t\treturn\n\t\t}\n\t\ttime.Sleep(time.Second)\n\t}"
    facts = go(text, "time")
    assert facts["hand_written"] == [
        "main.go:8 loop in main (ends, a wait that is not seen to grow, no jitter)"
    ]


def test_a_loop_that_polls_is_no_retry() -> None:
    text = "import time\n\n\ndef ask():\n    while True:\n        try:\n            poll()\n        except IOError:\n            log()\n        time.sleep(5)\n"
    facts = python(text)
    assert (facts["hand_written"], facts["applied"]) == ([], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import axiosRetry from 'axios-retry';\naxiosRetry(axios, { retries: 3 });\n", {"without_backoff", "without_jitter"}),
        ("import axiosRetry from 'axios-retry';\naxiosRetry(axios, { retries: 3, retryDelay: axiosRetry.exponentialDelay });\n", set()),
        ("const axiosRetry = require('axios-retry').default;\naxiosRetry(axios, { retryDelay: axiosRetry.exponentialDelay, retryCondition: () => true });\n", {"unsafe"}),
        ("import axiosRetry from 'axios-retry';\naxiosRetry(axios, { retries: Infinity, retryDelay: axiosRetry.exponentialDelay });\n", {"unbounded"}),
        ("const retry = require('async-retry');\nretry(async () => fetch('x'));\n", set()),
        ("const retry = require('async-retry');\nretry(async () => fetch('x'), { forever: true, randomize: false, factor: 1 });\n",
         {"unbounded", "without_backoff", "without_jitter"}),
        ("import pRetry from 'p-retry';\npRetry(() => fetch('x'), { retries: 4 });\n", {"without_jitter"}),
        ("import pRetry from 'p-retry';\npRetry(() => fetch('x', { method: 'POST' }), { randomize: true });\n", {"unsafe"}),
        ("import retry from 'retry';\nconst o = retry.operation({ randomize: true });\no.attempt(() => fetch('x'));\n", set()),
        ("import got from 'got';\ngot('x');\n", set()),
        ("import got from 'got';\nconst c = got.extend({ retry: { limit: 4, methods: ['GET', 'POST'] } });\n", {"unsafe"}),
        ("import { retry, handleAll } from 'cockatiel';\nconst p = retry(handleAll, {});\np.execute(f);\n",
         {"unbounded", "without_backoff", "without_jitter"}),
        ("import { retry, handleAll, ExponentialBackoff } from 'cockatiel';\nconst p = retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });\np.execute(f);\n", set()),
        ("import { backOff } from 'exponential-backoff';\nbackOff(() => fetch('x'), { jitter: 'full' });\n", set()),
    ],
)  # fmt: skip
def test_scripts_and_their_defaults(text: str, expected: set[str]) -> None:
    facts = script(text)
    assert facts["applied"]
    assert faults(facts) == expected


@pytest.mark.parametrize(
    "text",
    [
        "import axiosRetry from 'axios-retry';\naxiosRetry(axios, { retries: 0 });\n",
        "import got from 'got';\ngot('x', { retry: { limit: 0 } });\n",
        "import { retry, handleAll } from 'cockatiel';\nconst policy = retry(handleAll, { maxAttempts: 3 });\n",
        "import retry from 'retry';\nconst operation = retry.operation({});\n",
    ],
)
def test_false_green_scripts_that_never_repeat_are_ineffective(text: str) -> None:
    facts = script(text)
    assert facts["applied"] == []
    assert facts["ineffective"]


def test_false_green_a_local_function_that_is_called_retry_is_no_library() -> None:
    assert (
        script("const retry = (f) => f();\nretry(() => fetch('x'), { retries: 3 });\n")["applied"]
        == []
    )


CENKALTI = "github.com/cenkalti/backoff/v4"


@pytest.mark.parametrize(
    ("text", "imports", "expected"),
    [
        ("\tb := backoff.NewExponentialBackOff()\n\tbackoff.Retry(op, b)", CENKALTI, set()),
        ("\tb := backoff.NewExponentialBackOff()\n\tb.MaxElapsedTime = 0\n\tbackoff.Retry(op, b)", CENKALTI, {"unbounded"}),
        ("\tbackoff.Retry(op, backoff.NewConstantBackOff(time.Second))", CENKALTI, {"unbounded", "without_backoff", "without_jitter"}),
        ("\tbackoff.Retry(op, backoff.WithMaxRetries(backoff.NewConstantBackOff(time.Second), 3))", CENKALTI, {"without_backoff", "without_jitter"}),
        ("\tretry.Do(func() error { return f() })", "github.com/avast/retry-go/v4", set()),
        ("\tretry.Do(f, retry.Attempts(0), retry.DelayType(retry.FixedDelay))", "github.com/avast/retry-go",
         {"unbounded", "without_backoff", "without_jitter"}),
        ("\tretry.Do(ctx, retry.WithMaxRetries(3, retry.WithJitter(j, retry.NewExponential(s))), f)", "github.com/sethvargo/go-retry", set()),
        ("\tretry.Do(context.Background(), retry.NewConstant(s), f)", "github.com/sethvargo/go-retry", {"unbounded", "without_backoff", "without_jitter"}),
        ("\tc := retryablehttp.NewClient()\n\tc.Get(x)", "github.com/hashicorp/go-retryablehttp", {"without_jitter"}),
        ("\tc := retryablehttp.NewClient()\n\tc.Backoff = retryablehttp.LinearJitterBackoff\n\tclient.Post(x)", "github.com/hashicorp/go-retryablehttp", {"unsafe"}),
    ],
)  # fmt: skip
def test_go_and_its_defaults(text: str, imports: str, expected: set[str]) -> None:
    facts = go(text, imports)
    assert facts["applied"]
    assert faults(facts) == expected


def test_a_context_with_a_deadline_ends_it_and_another_may() -> None:
    bounded = "\tc, stop := context.WithTimeout(ctx, s)\n\tretry.Do(c, retry.NewConstant(s), f)"
    assert go(bounded, "context github.com/sethvargo/go-retry")["unbounded"] == []
    other = go("\tretry.Do(ctx, retry.NewConstant(s), f)", "github.com/sethvargo/go-retry")
    assert "unbounded" not in other


def test_false_green_a_package_of_the_same_name_is_not_taken_for_the_library() -> None:
    assert not go("\tretry.Do(f)", "x.test/y/retry").get("applied")


def test_false_green_go_that_allows_no_retry_is_ineffective() -> None:
    facts = go(
        "\tc := retryablehttp.NewClient()\n\tc.RetryMax = 0\n\tc.Get(x)",
        "github.com/hashicorp/go-retryablehttp",
    )
    assert facts["applied"] == []


def test_a_little_code_in_a_language_of_other_topics_breaks_nothing() -> None:
    java = "class CircuitBreaker {\n  void retryDeadLetter() { sleep(1); }\n}\n"
    repo = {"app.py": APP, "client.py": GOOD, "src/main/java/CircuitBreaker.java": java}
    evidence = run_probe(retries, repo=repo)
    assert "crashed" not in problems(evidence)
    assert values(evidence)


def test_false_green_a_service_in_a_language_of_other_topics_is_not_known() -> None:
    main = "fun main() {\n  run()\n}\n"
    repo = {"src/main/kotlin/App.kt": main, "pom.xml": "<project/>"}
    assert values(run_probe(retries, repo=repo)) == {}
