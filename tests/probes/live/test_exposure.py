"""What a running deployment shows to anybody: told by content, never by a status alone."""

from __future__ import annotations

import json

import httpx
import pytest

from auditor.formats.web.exposed_content import is_documentation, is_listing, secret_of
from auditor.probing.doors.trouble import ProblemKind, Trouble
from auditor.probing.testing import Handler, problems, run_probe, values
from probes.live.exposure import exposure

ENV = "# settings\nDB_HOST=db\nexport DB_PASSWORD='x y'\n\n"
SWAGGER = '<!doctype html><html><script src="swagger-ui-bundle.js"></script></html>'
SPA = "<!doctype html><html><head><title>App</title></head><body></body></html>"
METRICS = "# TYPE orders_total counter\norders_total 5\n"
SPRING = json.dumps({"activeProfiles": ["prod"], "propertySources": []})
DOCUMENT = json.dumps({"openapi": "3.1.0", "paths": {}})


def test_a_deployment_that_shows_nothing_is_told_as_such() -> None:
    evidence = run_probe(exposure, http={"/": (200, "{}")})
    found = values(evidence)
    asked = found.pop("exposure.asked")
    assert evidence.problems == ()
    assert found == {"exposure.paths": [], "exposure.documentation": [], "exposure.metrics": []}
    assert isinstance(asked, int)
    assert asked > 20


@pytest.mark.parametrize(
    ("path", "body", "what"),
    [
        ("/.git/HEAD", "ref: refs/heads/main\n", "a git repository"),
        ("/.git/HEAD", "0123456789" * 4, "a git repository"),
        ("/.git/config", "[core]\n\tbare = false\n", "git configuration"),
        ("/.env", ENV, "environment settings"),
        ("/debug/pprof/", "<html><title>/debug/pprof/</title>", "Go profiles"),
        ("/debug/vars", '{\n"cmdline": ["/app"],\n"memstats": {}}', "Go variables"),
        ("/actuator/env", SPRING, "Spring environment"),
        ("/server-status", "<html><title>Apache Status</title>", "Apache status"),
        ("/nginx_status", "Active connections: 3 \n", "nginx status"),
        ("/phpinfo.php", "<html><title>PHP 8.3.1 - phpinfo()</title>", "PHP information"),
        ("/console", "<html><title>Console // Werkzeug Debugger</title>", "a debug console"),
        ("/__debug__/", '<html><div id="djDebug"></div>', "a debug page"),
    ],
)
def test_each_thing_is_recognised_by_its_content(path: str, body: str, what: str) -> None:
    evidence = run_probe(exposure, http={path: (200, body)})
    assert values(evidence)["exposure.paths"] == [f"{path} ({what})"]
    assert any(
        str(f.locations[0]).endswith(path) for f in evidence.facts if f.key == "exposure.paths"
    )


def test_no_secret_is_told_but_its_path() -> None:
    evidence = run_probe(exposure, http={"/.env": (200, ENV)})
    assert "x y" not in repr(evidence)


@pytest.mark.parametrize(
    "body",
    [SPA, "{}", '{"error": "not found"}', "", "OK", "not found", "a=b and words\nmore words"],
)
def test_false_red_one_answer_for_every_path_shows_nothing(body: str) -> None:
    found = values(run_probe(exposure, http=lambda _: httpx.Response(200, text=body)))
    assert found["exposure.paths"] == []
    assert found["exposure.documentation"] == []
    assert found["exposure.metrics"] == []


def test_false_red_a_start_page_that_holds_documents_everywhere_is_no_page_of_its_own() -> None:
    found = values(run_probe(exposure, http=lambda _: httpx.Response(200, text=SWAGGER)))
    assert found["exposure.documentation"] == []


def test_false_green_documents_beside_a_page_for_every_path_are_seen() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        own = {"/docs": SWAGGER, "/.git/HEAD": "ref: refs/heads/main"}
        return httpx.Response(200, text=own.get(request.url.path, SPA))

    found = values(run_probe(exposure, http=handle))
    assert found["exposure.documentation"] == ["/docs"]
    assert found["exposure.paths"] == ["/.git/HEAD (a git repository)"]


def test_documents_and_metrics_are_told_apart() -> None:
    http = {"/openapi.json": (200, DOCUMENT), "/metrics": (200, METRICS), "/redoc": (200, SWAGGER)}
    found = values(run_probe(exposure, http=http))
    assert found["exposure.documentation"] == ["/redoc", "/openapi.json"]
    assert found["exposure.metrics"] == ["/metrics"]
    assert found["exposure.paths"] == []


def test_a_listing_of_files_is_seen() -> None:
    found = values(run_probe(exposure, http={"/": (200, "<html><title>Index of /</title>")}))
    assert found["exposure.paths"] == ["/ (a listing of files)"]


def test_trace_is_seen_only_where_it_gives_the_request_back() -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        if request.method != "TRACE":
            return httpx.Response(404)
        lines = [f"{k}: {v}" for k, v in request.headers.items()]
        return httpx.Response(200, text="\r\n".join(["TRACE / HTTP/1.1", *lines]))

    def page(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if request.method == "TRACE" else 404, text=SPA)

    assert values(run_probe(exposure, http=echo))["exposure.paths"] == [
        "TRACE / (gives requests back)"
    ]
    assert values(run_probe(exposure, http=page))["exposure.paths"] == []


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(exposure)) == ["not_configured"]


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_login_wall_around_everything_is_denied_and_no_absence(status: int) -> None:
    evidence = run_probe(exposure, http=lambda _: httpx.Response(status))
    assert problems(evidence) == ["denied"]
    assert values(evidence) == {}


def test_a_gateway_without_its_service_is_no_absence() -> None:
    evidence = run_probe(exposure, http=lambda _: httpx.Response(502))
    assert problems(evidence) == ["unreachable"]
    assert values(evidence) == {}


def test_a_refusal_of_unknown_paths_alone_is_no_wall() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=SPA) if request.url.path == "/" else httpx.Response(403)

    assert values(run_probe(exposure, http=handle))["exposure.paths"] == []


def test_false_green_a_path_that_could_not_be_read_is_no_absence() -> None:
    broken = Trouble(ProblemKind.UNREACHABLE, "reset")
    evidence = run_probe(exposure, http={"/.env": broken})
    assert problems(evidence) == ["unreachable"]
    assert evidence.problems[0].facts == ("exposure.paths",)
    assert "exposure.paths" not in values(evidence)
    assert values(evidence)["exposure.metrics"] == []


def test_what_was_found_stands_though_another_path_could_not_be_read() -> None:
    http = {"/.env": (200, ENV), "/console": (503, "")}
    evidence = run_probe(exposure, http=http)
    assert values(evidence)["exposure.paths"] == ["/.env (environment settings)"]
    assert problems(evidence) == ["unreachable"]


def test_a_redirect_to_a_login_elsewhere_shows_nothing() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path in ("/console", "/docs"):
            return httpx.Response(302, headers={"Location": "https://login.other.test/"})
        return httpx.Response(404)

    evidence = run_probe(exposure, http=handle)
    assert evidence.problems == ()
    assert values(evidence)["exposure.paths"] == []


def test_malformed_bodies_are_nothing() -> None:
    handler: Handler = lambda _: httpx.Response(200, content=b"\xff\xfe\x00[core" * 50)  # noqa: E731
    assert values(run_probe(exposure, http=handler))["exposure.paths"] == []


@pytest.mark.parametrize("body", [b"", b"\xff" * 9, b"<html>", b"[" * 9000, b"A=" * 9000])
def test_recognising_ends_for_any_bytes(body: bytes) -> None:
    assert secret_of("/debug", body) is None
    assert not is_listing(body)
    assert not is_documentation(body)
