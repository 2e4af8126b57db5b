"""Liveness and readiness as a running deployment tells them."""

import json
from collections.abc import Iterator, Mapping

import httpx
import pytest

from auditor.model.evidence import ProblemKind
from auditor.model.target import Deployment
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import Answers, Handler, problems, run_probe, values
from probes.live.health import health

LIVE = (200, '{"status": "alive"}')
READY = (
    200,
    '{"status": "ready", "dependencies": {"database": {"status": "up"}, "redis": {"status": "up"}}}',
)
DOWN = (503, '{"status": "unavailable", "dependencies": {"database": {"status": "down"}}}')
GOOD: Mapping[str, tuple[int, str]] = {"/health/live": LIVE, "/health/ready": READY}
PAGE = "<!doctype html><html><body>Welcome</body></html>"


def seen(answers: Answers | Handler, repo: Mapping[str, str] | None = None) -> dict[str, object]:
    """The facts over those answers, problems left aside."""
    return dict(values(run_probe(health, http=answers, repo=repo)))


def everywhere(status: int, body: str, **more: tuple[int, str]) -> Handler:
    """A deployment that answers the same on every path but those in `more` (named by their last part)."""

    def handle(request: httpx.Request) -> httpx.Response:
        found = more.get(request.url.path.rsplit("/", 1)[-1], (status, body))
        return httpx.Response(found[0], text=found[1].replace("PATH", request.url.path))

    return handle


def test_present_liveness_and_readiness_are_told_with_status_and_dependencies() -> None:
    evidence = run_probe(health, http=GOOD)
    assert evidence.problems == ()
    assert values(evidence) == {
        "health.live_status": 200,
        "health.ready_status": 200,
        "health.ready_dependencies": ["database", "redis"],
        "health.body_contradicts": False,
        "health.ready_equals_live": False,
        "health.unstable": [],
    }


def test_missing_endpoints_are_a_fact_that_names_where_it_looked() -> None:
    evidence = run_probe(health, http={})
    assert values(evidence) == {
        "health.live_status": 404,
        "health.ready_status": 404,
        "health.ready_dependencies": [],
    }
    [live] = [f for f in evidence.facts if f.key == "health.live_status"]
    assert "looked at 15 paths: /health/live, /healthz" in live.source.locator
    assert live.locations[1].url == "https://staging.test/healthz"
    assert live.source.excerpt is None


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(health)) == ["not_configured"]


def test_a_malformed_body_names_no_dependency() -> None:
    found = seen({**GOOD, "/health/ready": (200, '{"status": "ready", "dependencies"')})
    assert found["health.ready_dependencies"] == []


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_denied_endpoint_is_a_problem_and_no_fact(status: int) -> None:
    evidence = run_probe(health, http={**GOOD, "/health/ready": (status, "no")})
    assert [p.kind for p in evidence.problems] == [ProblemKind.DENIED]
    assert set(values(evidence)) == {"health.live_status"}


def test_a_readiness_of_503_is_a_fact_with_its_url() -> None:
    evidence = run_probe(health, http={**GOOD, "/health/ready": DOWN})
    assert values(evidence)["health.ready_status"] == 503
    assert values(evidence)["health.body_contradicts"] is False
    [ready] = [f for f in evidence.facts if f.key == "health.ready_status"]
    assert ready.locations[0].url == "https://staging.test/health/ready"


@pytest.mark.parametrize(
    "body",
    [
        {"status": "down"},
        {"status": "ok", "dependencies": {"database": "down"}},
        {"healthy": False},
    ],
)
def test_false_green_a_200_whose_body_says_down_contradicts_itself(body: object) -> None:
    found = seen({**GOOD, "/health/ready": (200, json.dumps(body))})
    assert found["health.body_contradicts"] is True


def test_a_503_whose_body_says_ok_contradicts_itself() -> None:
    assert (
        seen({**GOOD, "/health/ready": (503, '{"status": "ok"}')})["health.body_contradicts"]
        is True
    )


@pytest.mark.parametrize(
    "body", [PAGE, "  <html lang=en><head></head></html>", "<!-- x --><!DOCTYPE html>"]
)
def test_false_green_a_page_that_answers_every_path_is_no_health_endpoint(body: str) -> None:
    found = seen(everywhere(200, body))
    assert (found["health.live_status"], found["health.ready_status"]) == (404, 404)


def test_a_page_that_answers_200_on_a_health_path_is_told_apart_from_a_404() -> None:
    evidence = run_probe(health, http=everywhere(200, PAGE))
    [live] = [f for f in evidence.facts if f.key == "health.live_status"]
    assert live.source.excerpt == "GET /health/live answers as a path that does not exist does"


@pytest.mark.parametrize(
    "body",
    [
        '{"status": "ok"}',
        '{"status": "live"}',
        "ready",
        "OK",
        '{"path": "PATH", "status": "ok", "id": "3f2a9c1e77aa41b0"}',
    ],
)
def test_false_green_a_constant_that_answers_every_path_is_no_health_endpoint(body: str) -> None:
    found = seen(everywhere(200, body))
    assert (found["health.live_status"], found["health.ready_status"]) == (404, 404)


def test_real_endpoints_are_found_beside_a_page_that_answers_every_other_path() -> None:
    found = seen(everywhere(200, PAGE, live=LIVE, ready=READY))
    assert (found["health.live_status"], found["health.ready_status"]) == (200, 200)


@pytest.mark.parametrize(
    ("live", "ready"),
    [
        ('{"status": "ok"}', '{"status": "ok"}'),
        ('{"status": "ok", "at": "12:00:01"}', '{"status": "ok", "at": "12:00:02"}'),
        ("OK", "OK"),
        ("", ""),
    ],
)
def test_false_green_a_readiness_that_repeats_liveness_is_a_suspected_constant(
    live: str, ready: str
) -> None:
    found = seen({"/health/live": (200, live), "/health/ready": (200, ready)})
    assert found["health.ready_equals_live"] is True
    assert found["health.ready_dependencies"] == []


def test_false_green_answers_that_disagree_prove_nothing() -> None:
    def flapping() -> Iterator[tuple[int, str]]:
        while True:
            yield READY
            yield DOWN

    turns = flapping()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health/ready":
            status, text = next(turns)
            return httpx.Response(status, text=text)
        return httpx.Response(*[200] if request.url.path == "/health/live" else [404], text=LIVE[1])

    evidence = run_probe(health, http=handle)
    assert "unstable" in evidence.problems[0].message
    (text,) = values(evidence).pop("health.unstable")
    assert text.startswith("/health/ready: 200 (good, database good, redis good); 503 (bad, ")
    assert text.count(";") == 4, "five samples"
    assert set(values(evidence)) == {"health.live_status", "health.unstable"}


def test_false_green_a_liveness_that_fails_once_in_five_is_unstable_and_has_no_state() -> None:
    asked = iter(range(1000))

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health/live":
            return httpx.Response(500 if next(asked) == 4 else 200, text=LIVE[1])
        if request.url.path == "/health/ready":
            return httpx.Response(READY[0], text=READY[1])
        return httpx.Response(404)

    evidence = run_probe(health, http=handle)
    (text,) = values(evidence)["health.unstable"]
    assert text == "/health/live: 200 (good); 200 (good); 200 (good); 200 (good); 500 (good)"
    assert "health.live_status" not in values(evidence)
    assert "health.ready_equals_live" not in values(evidence)
    assert values(evidence)["health.ready_status"] == 200


def test_a_sample_that_gets_no_answer_is_one_of_them() -> None:
    asked = iter(range(1000))

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health/ready":
            if next(asked) == 2:
                raise httpx.ConnectError("refused")
            return httpx.Response(READY[0], text=READY[1])
        return httpx.Response(200 if request.url.path == "/health/live" else 404, text=LIVE[1])

    (text,) = values(run_probe(health, http=handle))["health.unstable"]
    assert "no answer (unreachable)" in text


def test_what_differs_each_time_by_its_nature_is_not_unstable() -> None:
    asked = iter(range(1000))

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path in GOOD:
            status, text = GOOD[request.url.path]
            return httpx.Response(status, text=text[:-1] + f', "uptime": {next(asked)}}}')
        return httpx.Response(404)

    assert seen(handle)["health.unstable"] == []


def test_false_green_a_gateway_that_answers_503_on_every_path_is_no_readiness() -> None:
    evidence = run_probe(health, http=everywhere(503, "upstream is gone"))
    assert problems(evidence) == ["unreachable", "unreachable"]
    assert values(evidence) == {}


def test_false_green_a_login_wall_is_no_absence() -> None:
    evidence = run_probe(health, http=everywhere(401, "who are you"))
    assert problems(evidence) == ["denied", "denied"]
    assert values(evidence) == {}


def test_a_deployment_that_refuses_the_host_name_is_a_problem_and_no_absence() -> None:
    evidence = run_probe(health, http=everywhere(400, "Bad Request (400)"))
    assert problems(evidence) == ["malformed", "malformed"]


def test_endpoints_are_found_behind_a_wall_around_everything_else() -> None:
    found = seen(everywhere(401, "who are you", live=LIVE, ready=READY))
    assert (found["health.live_status"], found["health.ready_status"]) == (200, 200)


def test_a_redirect_to_another_host_is_denied_and_not_followed() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if "ready" in request.url.path:
            return httpx.Response(302, headers={"Location": "https://login.other.test/"})
        return httpx.Response(200 if request.url.path == "/health/live" else 404, text=LIVE[1])

    evidence = run_probe(health, http=handle)
    assert problems(evidence) == ["denied"]
    assert values(evidence) == {"health.live_status": 200}


def test_an_unreachable_deployment_is_one_problem() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    assert problems(run_probe(health, http=refuse)) == ["unreachable"]


def test_a_readiness_that_hangs_hides_what_it_would_tell() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health/ready":
            raise httpx.ReadTimeout("slow")
        return httpx.Response(200 if request.url.path == "/health/live" else 404, text=LIVE[1])

    evidence = run_probe(health, http=handle)
    assert problems(evidence) == ["timed_out"]
    assert "health.ready_status" in evidence.problems[0].facts


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("Dockerfile", "HEALTHCHECK CMD curl -f http://localhost:8000/internal/alive || exit 1\n"),
        ("compose.yaml", "healthcheck:\n  test: [CMD, curl, 'http://127.0.0.1/internal/alive']\n"),
        ("k8s/app.yaml", "livenessProbe:\n  httpGet:\n    path: /internal/alive\n    port: http\n"),
    ],
)
def test_paths_that_the_repository_checks_are_asked_too(file: str, text: str) -> None:
    assert seen({"/internal/alive": (200, "OK")}, repo={file: text})["health.live_status"] == 200


@pytest.mark.parametrize("path", ["/admin/delete-everything", "/health/../admin", "/"])
def test_the_repository_may_not_have_the_auditor_ask_for_anything_else(path: str) -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(404)

    run_probe(
        health, http=handle, repo={"k8s.yaml": f"livenessProbe:\n  httpGet:\n    path: {path}\n"}
    )
    assert not [p for p in asked if "admin" in p or p == "/"]


def test_few_requests_are_enough() -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(404)

    run_probe(health, http=handle)
    assert len(asked) <= 26


def test_a_file_that_cannot_be_read_costs_only_its_hint() -> None:
    repo = {"k8s.yaml": Trouble(ProblemKind.DENIED, "It may not be read.")}
    evidence = run_probe(
        health, repo=repo, http=GOOD, deployment=Deployment("s", "https://staging.test")
    )
    assert values(evidence)["health.live_status"] == 200
