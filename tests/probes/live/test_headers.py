"""Security headers over several answers of a running deployment."""

import json
from collections.abc import Callable, Mapping

import httpx
import pytest

from auditor.probing.testing import Handler, problems, run_probe, values
from probes.live.headers import api_route, headers

GOOD = {
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
OPENAPI = json.dumps({"paths": {"/orders": {"get": {"responses": {}}}}})
ROUTES = {
    "/": (200, "{}"),
    "/health/live": (200, '{"status": "ok"}'),
    "/openapi.json": (200, OPENAPI),
}
ROUTES |= {"/orders": (200, "[]")}


def service(
    routes: Mapping[str, tuple[int, str]] = ROUTES,
    change: Callable[[str, dict[str, str]], object] = lambda path, sent: None,
) -> Handler:
    """A service that sends good headers everywhere, 404 pages included, but for what `change` does."""

    def handle(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        status, body = routes.get(path, (404, '{"error": "not found"}'))
        sent = dict(GOOD)
        change(path, sent)
        return httpx.Response(status, text=body, headers=sent)

    return handle


def without(name: str, where: str) -> Handler:
    """The service that forgets one header on one path ("404" for the path that does not exist)."""

    def change(path: str, sent: dict[str, str]) -> None:
        if path == where or (where == "404" and path.startswith("/auditor-")):
            del sent[name]

    return service(change=change)


def test_present_headers_on_every_kind_of_answer_lack_nothing() -> None:
    evidence = run_probe(headers, http=service())
    assert evidence.problems == ()
    assert values(evidence) == {
        "headers.responses": 4,
        "headers.missing": [],
        "headers.weak": [],
        "headers.hsts_max_age": 63072000,
    }


def test_missing_headers_are_named_with_route_and_status() -> None:
    found = values(run_probe(headers, http=without("Referrer-Policy", "/orders")))
    assert found["headers.missing"] == ["referrer-policy on GET /orders (200)"]


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(headers)) == ["not_configured"]


def test_a_malformed_openapi_document_costs_only_its_route() -> None:
    evidence = run_probe(headers, http=service({**ROUTES, "/openapi.json": (200, '{"paths": [')}))
    assert values(evidence)["headers.responses"] == 3
    assert evidence.problems == ()


@pytest.mark.parametrize("status", [401, 403])
def test_a_login_wall_is_denied_and_no_fact(status: int) -> None:
    evidence = run_probe(headers, http=lambda request: httpx.Response(status, headers=GOOD))
    assert problems(evidence) == ["denied"]
    assert values(evidence) == {}


def test_false_green_a_redirect_to_a_login_elsewhere_is_denied() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers={**GOOD, "Location": "https://login.other.test/"})

    assert problems(run_probe(headers, http=handle)) == ["denied"]


def test_false_green_headers_of_a_gateways_error_are_none_of_the_services() -> None:
    evidence = run_probe(headers, http=lambda request: httpx.Response(502, headers=GOOD))
    assert problems(evidence) == ["unreachable"]
    assert values(evidence) == {}


def test_false_green_headers_of_404_pages_alone_prove_nothing() -> None:
    assert problems(run_probe(headers, http=service({}))) == ["vacuous"]


def test_false_green_a_404_page_without_headers_is_seen() -> None:
    found = values(run_probe(headers, http=without("X-Content-Type-Options", "404")))
    assert found["headers.missing"] == [
        "x-content-type-options on GET a path that does not exist (404)"
    ]


def test_a_header_that_several_answers_lack_is_one_entry_with_all_their_places() -> None:
    def change(path: str, sent: dict[str, str]) -> None:
        if path in ("/", "/orders"):
            del sent["Referrer-Policy"]

    evidence = run_probe(headers, http=service(change=change))
    assert values(evidence)["headers.missing"] == ["referrer-policy on GET / (200) and 1 more"]
    [fact] = [f for f in evidence.facts if f.key == "headers.missing"]
    assert [place.url for place in fact.locations] == [
        "https://staging.test/",
        "https://staging.test/orders",
    ]


def test_a_header_that_no_answer_has_is_missing_everywhere() -> None:
    handler = service(change=lambda path, sent: sent.pop("Referrer-Policy"))
    found = values(run_probe(headers, http=handler))
    assert found["headers.missing"] == ["referrer-policy on every answer"]


def test_false_green_one_answer_without_hsts_makes_the_shortest_age_zero() -> None:
    found = values(run_probe(headers, http=without("Strict-Transport-Security", "/health/live")))
    assert found["headers.hsts_max_age"] == 0
    assert found["headers.missing"] == ["strict-transport-security on GET /health/live (200)"]


def _moved(**sent: str) -> Handler:
    """The service whose start page redirects to /orders, with these headers alone."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/":
            return httpx.Response(302, headers={"Location": "/orders", **sent})
        return service()(request)

    return handle


def test_a_redirect_on_the_same_host_owes_hsts_and_nothing_for_content() -> None:
    found = values(run_probe(headers, http=_moved()))
    assert found["headers.responses"] == 5
    assert found["headers.missing"] == ["strict-transport-security on GET / (302)"]
    assert found["headers.hsts_max_age"] == 0


def test_false_green_a_cookie_that_a_redirect_sets_is_judged() -> None:
    sent = {
        "Strict-Transport-Security": "max-age=63072000",
        "Set-Cookie": "sid=1; Secure; HttpOnly",
    }
    found = values(run_probe(headers, http=_moved(**sent)))
    assert found["headers.missing"] == []
    assert found["headers.weak"] == ["cookie sid without SameSite on GET / (302)"]


def test_false_green_a_redirecting_status_without_a_target_owes_what_every_answer_owes() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302) if request.url.path == "/" else service()(request)

    found = values(run_probe(headers, http=handle))
    assert "content-security-policy on GET / (302)" in str(found["headers.missing"])


PAGE = """<!doctype html><html><head><title>Orders</title><link rel="icon" href="/icon.svg">
<script type="module" crossorigin src="%s"></script></head><body></body></html>"""


def _page_with(script: str, **sent: str) -> tuple[Handler, list[str]]:
    """The service with a start page that loads `script`, which comes with `sent` alone."""
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        if request.url.path == "/":
            return httpx.Response(200, text=PAGE % script, headers=GOOD)
        if request.url.path.startswith("/assets/"):
            return httpx.Response(200, text="let a = 1", headers=sent)
        return service()(request)

    return handle, asked


def test_false_green_a_script_served_apart_owes_its_own_headers_but_no_policy_for_pages() -> None:
    handle, _ = _page_with("/assets/app.js", **{"Content-Type": "text/javascript; charset=utf-8"})
    found = values(run_probe(headers, http=handle))
    assert found["headers.responses"] == 5
    assert found["headers.missing"] == [
        "strict-transport-security on GET /assets/app.js (200)",
        "x-content-type-options on GET /assets/app.js (200)",
    ]


def test_a_well_served_script_lacks_nothing() -> None:
    sent = {
        "Content-Type": "application/javascript",
        "X-Content-Type-Options": "nosniff",
        "Strict-Transport-Security": "max-age=63072000",
    }
    handle, _ = _page_with("assets/app.js?v=1", **sent)
    found = values(run_probe(headers, http=handle))
    assert (found["headers.missing"], found["headers.responses"]) == ([], 5)


@pytest.mark.parametrize(
    "script",
    [
        "https://cdn.other.test/app.js",
        "//cdn.other.test/app.js",
        "//[bad/app.js",
        "data:a.js",
        "https://staging.test:9000/a.js",
        "http://staging.test/a.js",
        "/delete?file=a.js",
    ],
)
def test_a_page_does_not_choose_whom_the_auditor_asks(script: str) -> None:
    handle, asked = _page_with(script)
    found = values(run_probe(headers, http=handle))
    assert found["headers.responses"] == 4
    assert all(url.startswith("https://staging.test/") for url in asked)
    assert not [url for url in asked if url.endswith(".js")]


def test_a_page_in_the_place_of_a_script_is_judged_as_no_script() -> None:
    handle, _ = _page_with("/assets/app.js", **{"Content-Type": "text/html"})
    assert values(run_probe(headers, http=handle))["headers.responses"] == 4


@pytest.mark.parametrize(
    ("status", "hint"), [(400, "client certificate"), (404, "below which something answers")]
)
def test_answers_that_are_none_of_the_services_come_with_the_next_step(
    status: int, hint: str
) -> None:
    evidence = run_probe(headers, http=lambda request: httpx.Response(status, headers=GOOD))
    [problem] = evidence.problems
    assert "a path that does not exist" in problem.message
    assert hint in problem.hint
    assert values(evidence) == {}


def test_weak_headers_are_named_with_the_route_and_never_with_a_cookies_value() -> None:
    def change(path: str, sent: dict[str, str]) -> None:
        if path == "/":
            sent |= {"Set-Cookie": "session=s3cr3t; HttpOnly; SameSite=Lax"}

    found = values(run_probe(headers, http=service(change=change)))
    assert found["headers.weak"] == ["cookie session without Secure on GET / (200)"]


def test_over_plain_http_an_absent_hsts_is_neither_a_fault_nor_a_pass() -> None:
    def change(path: str, sent: dict[str, str]) -> None:
        del sent["Strict-Transport-Security"]

    evidence = run_probe(headers, http=service(change=change), url="http://localhost:8000")
    assert "headers.hsts_max_age" not in values(evidence)
    assert values(evidence)["headers.missing"] == []
    [problem] = evidence.problems
    assert (problem.kind.value, problem.facts) == ("vacuous", ("headers.hsts_max_age",))
    assert "https URL" in problem.hint


def test_over_plain_http_an_hsts_on_every_answer_is_told() -> None:
    evidence = run_probe(headers, http=service(), url="http://localhost:8000")
    assert values(evidence)["headers.hsts_max_age"] == 63072000
    assert evidence.problems == ()


def test_the_redirect_from_http_to_https_itself_is_left_to_the_tls_probe() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.scheme == "http":
            return httpx.Response(
                301, headers={"Location": str(request.url.copy_with(scheme="https"))}
            )
        return service()(request)

    found = values(run_probe(headers, http=handle, url="http://staging.test"))
    assert (found["headers.missing"], found["headers.hsts_max_age"]) == ([], 63072000)


@pytest.mark.parametrize(
    ("paths", "route"),
    [
        ({"/orders/{id}": {"get": {}}, "/orders": {"get": {}}}, "/orders"),
        ({"/logout": {"get": {}}, "/export": {"get": {}}}, None),
        ({"/search": {"get": {"parameters": [{"name": "q", "required": True}]}}}, None),
        ({"/orders": {"post": {}}}, None),
        ({"//evil.test/x y": {"get": {}}}, None),
        ("nonsense", None),
        ({"/a": None}, None),
        ({"/a": {"get": {"parameters": 5}}}, None),
    ],
)
def test_only_a_harmless_route_without_parameters_is_asked(
    paths: object, route: str | None
) -> None:
    assert api_route({"paths": paths}) == route


@pytest.mark.parametrize("document", [None, [], {}, {"paths": None}])
def test_a_document_without_routes_names_none(document: object) -> None:
    assert api_route(document) is None
