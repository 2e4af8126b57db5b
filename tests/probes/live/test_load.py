"""A load run against a made-up service: only with leave, bounded, and honest about what it cannot tell."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.model.target import Deployment, Feature, Looking
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.live.load import load
from tests.probes.live.load_services import Answer, FakeLocust, slow

FEATURE = Feature("list", "List orders", live_path="/orders?limit=1")
HOST = "staging.test"
LEAVE = Looking(
    allow_load=True, allow_hosts=(HOST,), load_rate=400, load_seconds=30, features=(FEATURE,)
)
HIDDEN = ("requests", "duration_s", "rate", "error_percent", "p50_ms", "p95_ms", "p99_ms")


def service(request: httpx.Request) -> httpx.Response:
    """Orders, a version, and nothing else."""
    if request.url.path == "/orders":
        return httpx.Response(200, text='{"orders": []}')
    if request.url.path == "/version":
        return httpx.Response(200, json={"commit": "c0ffee" + "0" * 34})
    return httpx.Response(404, text="not found")


def seen(
    answer: Answer = lambda _: {},
    looking: Looking = LEAVE,
    handler: Any = service,
    command: FakeLocust | None = None,
    **options: Any,
) -> Evidence:
    made = command or FakeLocust(answer)
    return run_probe(load, http=handler, looking=looking, commands=made, **options)


def breaks_above(most: float, changes: dict[str, Any]) -> Answer:
    """All is well up to a rate."""
    return lambda rate: {} if rate <= most else dict(changes)


def test_a_service_that_holds_every_step_is_measured_at_the_rate_that_was_asked_for() -> None:
    command = FakeLocust()
    evidence = seen(command=command)
    found = values(evidence)
    assert [p.facts for p in evidence.problems] == [
        ("load_run.server_requests", "load_run.server_p95_ms", "load_run.server_disagrees"),
        ("load_run.capacity",),
    ]
    assert evidence.problems[1].message == (
        "The service held every step up to 400 requests a second; its limit is higher."
    )
    assert {name: found[f"load_run.{name}"] for name in HIDDEN} == {
        "requests": 12_000,
        "duration_s": 30.0,
        "rate": 400.0,
        "error_percent": 0.0,
        "p50_ms": 20.0,
        "p95_ms": 20.0,
        "p99_ms": 40.0,
    }
    assert found["load_run.of_audited_commit"] is True
    assert found["load_run.local_target"] is False
    assert found["load_run.open_model"] is True
    assert found["load_run.broke"] == []
    assert found["load_run.generator_ceiling"] == 4000
    environment = found["load_run.environment"]
    assert isinstance(environment, dict)
    assert (environment["deployment"], environment["host"]) == ("staging", HOST)
    assert environment["paths"] == ["/orders?limit=1"]
    assert [plan["rate"] for plan in command.plans] == [40, 40, 100, 200, 300, 400, 400]
    assert command.plans[0]["headers"]["User-Agent"].startswith("auditor ")
    assert evidence.facts[0].source.excerpt == (
        "locust 2.47.0 measured it in one run against staging (staging.test): open model, 16,100 requests,"
        " hold at 400 a second held"
    )


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(load, looking=LEAVE, commands=FakeLocust())) == ["not_configured"]


@pytest.mark.parametrize(
    ("looking", "deployment"),
    [
        (Looking(features=(FEATURE,)), None),
        (Looking(allow_intrusive=True, allow_hosts=(HOST,), features=(FEATURE,)), None),
        (Looking(allow_load=True, features=(FEATURE,)), None),
        (Looking(allow_load=True, allow_hosts=("other.test",), features=(FEATURE,)), None),
        (LEAVE, Deployment("live", f"https://{HOST}", production=True)),
    ],
    ids=["no leave", "leave for attacks alone", "no host", "another host", "production"],
)
def test_without_leave_not_one_request_is_sent(
    looking: Looking, deployment: Deployment | None
) -> None:
    command = FakeLocust()
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return service(request)

    evidence = seen(looking=looking, handler=handler, command=command, deployment=deployment)
    assert problems(evidence) == ["denied"]
    assert (values(evidence), asked, command.plans) == ({}, [], [])


def test_without_a_generator_the_extra_to_install_is_named() -> None:
    evidence = run_probe(load, http=service, looking=LEAVE)
    assert problems(evidence) == ["tool_missing"]
    assert "auditor[load]" in evidence.problems[0].hint


@pytest.mark.parametrize("output", [b"", b"Traceback\n", b'{"auditor_load_stage": 2}', b"\xff\x00"])
def test_a_generator_that_breaks_is_malformed_and_no_fact(output: bytes) -> None:
    evidence = seen(command=FakeLocust(output=output))
    assert (problems(evidence), values(evidence)) == (["malformed"], {})


def test_the_limit_of_the_service_is_found_and_the_long_stage_stays_below_it() -> None:
    command = FakeLocust(breaks_above(320, {"latency_ms": {"900": -1}}))
    evidence = seen(command=command)
    found = values(evidence)
    assert found["load_run.capacity"] == 312.5
    assert found["load_run.rate"] == 312.5
    assert found["load_run.p95_ms"] == 20
    assert found["load_run.broke"] == [
        *["400 a second: P95 was 900 ms"] * 2,
        *["350 a second: P95 was 900 ms"] * 2,
        *["325 a second: P95 was 900 ms"] * 2,
    ]
    assert problems(evidence) == ["not_configured"]
    rates = [plan["rate"] for plan in command.plans]
    assert rates[-1] == 312.5
    assert rates.count(400) == 2, "a step that breaks is tried once more"


def test_a_service_that_holds_nothing_has_a_capacity_of_0() -> None:
    evidence = seen(
        lambda _: {"failed": 100, "statuses": {"503": 100}, "aborted": "too many failed"}
    )
    found = values(evidence)
    assert (found["load_run.capacity"], found["load_run.rate"]) == (0, 0)
    assert "load_run.p95_ms" not in found


def test_false_green_quick_refusals_by_a_rate_limit_are_no_throughput() -> None:
    command = FakeLocust(lambda _: {"failed": 30, "statuses": {"200": 170, "429": 30}})
    evidence = seen(command=command)
    found = values(evidence)
    assert not [name for name in HIDDEN if f"load_run.{name}" in found]
    assert "load_run.capacity" not in found
    assert found["load_run.broke"] == [], "a refusal is no break"
    assert "Exempt the auditor's address" in evidence.problems[-1].hint
    assert len(command.plans) == 1, "the rest would be refused too"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"cpu_s": 1000.0}, "of its processor"),
        ({"lag_ms": {"400": -1}}, "late"),
        ({"sending_s": 1000.0, "wall_s": 1000.0, "cpu_s": 1.0}, "the generator reached"),
    ],
)
def test_a_generator_at_its_end_is_told_and_never_called_the_services_limit(
    changes: dict[str, Any], why: str
) -> None:
    evidence = seen(breaks_above(250, changes))
    found = values(evidence)
    assert "load_run.capacity" not in found
    assert found["load_run.rate"] == 200, "the last step before"
    (told,) = [p for p in evidence.problems if p.facts == ("load_run.capacity",)]
    assert why in told.message
    assert "idle processor" in told.hint


def test_a_generator_at_its_end_from_the_start_gives_no_figures() -> None:
    evidence = seen(lambda _: {"cpu_s": 1000.0})
    assert not [name for name in HIDDEN if f"load_run.{name}" in values(evidence)]
    assert any("load_run.p95_ms" in p.facts for p in evidence.problems)


def test_a_step_that_breaks_once_and_holds_once_is_unstable_and_no_limit_is_claimed() -> None:
    tries = iter(range(100))

    def answer(rate: float) -> dict[str, Any]:
        return slow(2000)(rate) if rate == 300 and next(tries) == 0 else {}

    evidence = seen(answer)
    (told,) = [p for p in evidence.problems if p.facts == ("load_run.capacity",)]
    assert "unstable at 300" in told.message
    found = values(evidence)
    assert found["load_run.rate"] == 200, "the highest that held every time"
    assert found["load_run.broke"] == ["300 a second: P95 was 2000 ms"], "never the best of two"


def test_false_green_a_run_that_breaks_in_its_long_stage_tells_the_figures_of_it() -> None:
    stages = iter(range(100))
    evidence = seen(
        lambda _: (
            {"failed": 3000, "statuses": {"200": 9000, "500": 3000}, "latency_ms": {"20": 9000}}
            if next(stages) == 6
            else {}
        )
    )
    found = values(evidence)
    assert found["load_run.error_percent"] == 25
    assert found["load_run.rate"] == 300
    assert len(found["load_run.broke"]) == 1  # type: ignore[arg-type]


def test_too_few_answers_give_no_percentile() -> None:
    small = Looking(
        allow_load=True, allow_hosts=(HOST,), load_rate=20, load_seconds=20, features=(FEATURE,)
    )
    evidence = seen(looking=small)
    found = values(evidence)
    assert found["load_run.p95_ms"] == 20
    assert "load_run.p99_ms" not in found
    assert any(p.facts == ("load_run.p99_ms",) and "1,000" in p.hint for p in evidence.problems)


def test_a_laptop_is_told_as_such() -> None:
    looking = Looking(
        allow_load=True, allow_hosts=("127.0.0.1",), load_rate=100, features=(FEATURE,)
    )
    evidence = seen(looking=looking, url="http://127.0.0.1:8000")
    found = values(evidence)
    assert "127.0.0.1, a laptop or the auditor's own machine" in str(
        evidence.facts[0].source.excerpt
    )
    assert found["load_run.local_target"] is True
    environment = found["load_run.environment"]
    assert isinstance(environment, dict)
    assert environment["on_the_auditors_machine"] is True


def test_another_commit_is_told_and_an_unnamed_one_is_not_known() -> None:
    def other(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/version":
            return httpx.Response(200, json={"commit": "deadbeef" * 5})
        return service(request)

    def silent(request: httpx.Request) -> httpx.Response:
        return service(request) if request.url.path == "/orders" else httpx.Response(404)

    assert values(seen(handler=other))["load_run.of_audited_commit"] is False
    evidence = seen(handler=silent)
    assert "load_run.of_audited_commit" not in values(evidence)
    assert any(p.facts == ("load_run.of_audited_commit",) for p in evidence.problems)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/health", "is for machines"),
        ("/metrics", "is for machines"),
        ("/none", "answers 404"),
        ("//evil.test/x", "is no path"),
    ],
)
def test_what_carries_no_load_is_not_asked_for(path: str, why: str) -> None:
    looking = Looking(
        allow_load=True, allow_hosts=(HOST,), features=(Feature("f", "F", live_path=path),)
    )
    command = FakeLocust()
    evidence = seen(looking=looking, command=command)
    assert problems(evidence) == ["vacuous"]
    assert why in evidence.problems[0].message
    assert command.plans == []


def test_false_green_one_answer_for_every_path_is_no_route() -> None:
    evidence = seen(handler=lambda _: httpx.Response(200, text="<!doctype html><html></html>"))
    assert problems(evidence) == ["vacuous"]


def test_without_declared_paths_harmless_gets_of_the_description_are_asked_for() -> None:
    operation = {"responses": {"200": {"description": "ok"}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/orders": {"get": operation, "post": operation},
            "/orders/{id}": {"get": operation},
            "/export": {"get": operation},
        },
    }

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/openapi.json":
            return httpx.Response(200, json=document)
        return service(request)

    command = FakeLocust()
    seen(looking=Looking(allow_load=True, allow_hosts=(HOST,)), handler=handler, command=command)
    assert command.plans[0]["paths"] == ["/orders"]


def test_a_deployment_that_is_down_is_sent_no_load() -> None:
    command = FakeLocust()
    evidence = seen(handler={"/": Trouble(ProblemKind.UNREACHABLE, "down")}, command=command)
    assert values(evidence) == {}
    assert command.plans == []


def test_whatever_is_asked_for_the_bounds_hold() -> None:
    greedy = Looking(
        allow_load=True, allow_hosts=(HOST,), load_rate=1e9, load_seconds=1e9, features=(FEATURE,)
    )
    command = FakeLocust()
    seen(looking=greedy, command=command)
    assert max(plan["rate"] for plan in command.plans) == 5000
    assert max(plan["seconds"] for plan in command.plans) == 900
    assert command.plans[-1]["most_requests"] < 1_000_000
    assert max(plan["most_under_way"] for plan in command.plans) == 1000


@pytest.mark.parametrize(("share", "refuted"), [(1.0, False), (0.2, True)])
def test_false_green_figures_that_the_servers_counters_refute_are_no_facts(
    share: float, refuted: bool
) -> None:
    """Such as answers of a cache in front, which the service never saw."""
    command = FakeLocust()

    def watched(request: httpx.Request) -> httpx.Response:
        if request.url.port != 9090:
            return service(request)
        data: Any = ["up", "http_requests_total"]
        if request.url.path == "/api/v1/targets":
            labels = {"job": "service"}
            data = {
                "activeTargets": [
                    {"labels": labels, "scrapeUrl": "http://a:1/metrics", "scrapeInterval": "40ms"}
                ]
            }
        elif request.url.path == "/api/v1/query":
            counted = [1.0, str(round(command.sent * share))]
            data = {"resultType": "vector", "result": [{"metric": {}, "value": counted}]}
        return httpx.Response(200, json={"status": "success", "data": data})

    deployment = Deployment("staging", f"https://{HOST}", f"http://{HOST}:9090")
    evidence = seen(handler=watched, command=command, deployment=deployment)
    found = values(evidence)
    assert found["load_run.server_requests"] == round(command.sent * share)
    assert bool(found["load_run.server_disagrees"]) is refuted
    assert ("load_run.rate" not in found) is refuted
    assert ("load_run.p95_ms" not in found) is refuted
    assert "load_run.steps" in found
