"""What code.http_clients says of the clients of Java services."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.code.http_clients import http_clients

TOP = "src/main/java/shop"
APP = "package shop;\n@SpringBootApplication\nclass App { }\n"
WITHOUT = "http_calls.without_timeout"
REST = "import org.springframework.web.client.RestTemplate;\n"
BUILDER = "import org.springframework.boot.web.client.RestTemplateBuilder;\n"
SIMPLE = "import org.springframework.http.client.SimpleClientHttpRequestFactory;\n"
WEB = "import org.springframework.web.reactive.function.client.WebClient;\n"
JDK = "import java.net.http.*;\n"
URL = "import java.net.*;\n"
OK = "import okhttp3.OkHttpClient;\n"
APACHE = "import org.apache.http.impl.client.HttpClients;\nimport org.apache.http.client.config.RequestConfig;\n"
FEIGN = "import org.springframework.cloud.openfeign.FeignClient;\n"


def service(body: str, imports: str, more: Mapping[str, str | Trouble] = {}) -> dict[str, str | bytes | Trouble]:  # fmt: skip
    """A service whose only bean has this body."""
    bean = f"package shop;\n{imports}@Component\nclass Bean {{\n{body}\n}}\n"
    return {"pom.xml": "<project/>", f"{TOP}/App.java": APP, f"{TOP}/Bean.java": bean, **more}


def facts(body: str, imports: str, more: Mapping[str, str] = {}) -> dict[str, object]:
    """The facts of such a service."""
    return dict(values(run_probe(http_clients, repo=service(body, imports, more))))


def test_present_a_bounded_client_gives_an_empty_list() -> None:
    found = facts("RestTemplate r(RestTemplateBuilder b) { return b.setReadTimeout(Duration.ofSeconds(5)).build(); }", REST + BUILDER)  # fmt: skip
    assert found == {
        "http_calls.total": 1,
        WITHOUT: [],
        "http_calls.long_timeout": [],
        "http_calls.unclear": [],
        "http_calls.unreachable": 0,
    }


def test_missing_a_client_that_waits_for_ever_is_named_with_its_place() -> None:
    found = facts("RestTemplate r() { return new RestTemplate(); }", REST)
    assert found[WITHOUT] == [f"{TOP}/Bean.java:5 org.springframework.web.client.RestTemplate"]


def test_nothing_to_look_at_a_service_without_clients_has_none() -> None:
    assert facts("int n;", "")[WITHOUT] == []


def test_malformed_and_denied_files_leave_absence_open() -> None:
    for broken in ("package shop;\n@Component class Other {\x00", Trouble(ProblemKind.DENIED, "no")):  # fmt: skip
        repo = service("int n;", "import shop.Other;\n", {f"{TOP}/Other.java": broken})
        evidence = run_probe(http_clients, repo=repo)
        assert values(evidence) == {}
        assert "malformed" in problems(evidence)


@pytest.mark.parametrize(
    ("imports", "body"),
    [
        (REST, "void f() { RestTemplate r = new RestTemplate(); r.getForObject(u, X.class); }"),
        (REST + SIMPLE, "RestTemplate r() { var f = new SimpleClientHttpRequestFactory(); f.setConnectTimeout(5); return new RestTemplate(f); }"),
        (REST + SIMPLE, "RestTemplate r() { return new RestTemplate(new SimpleClientHttpRequestFactory()); }"),
        (REST + SIMPLE, "RestTemplate r() { var f = new SimpleClientHttpRequestFactory(); f.setReadTimeout(0); return new RestTemplate(f); }"),
        (BUILDER, "RestTemplateBuilder b; Object r() { return b.setConnectTimeout(Duration.ofSeconds(1)).build(); }"),
        (BUILDER, "Object r(RestTemplateBuilder b) { b.setReadTimeout(Duration.ofSeconds(1)); return b.build(); }"),
        (WEB, "Object r() { return WebClient.create(\"http://x\"); }"),
        (WEB, "Object r(WebClient.Builder b) { return b.baseUrl(u).build().get().retrieve().bodyToMono(X.class).block(); }"),
        (JDK, "void f() { c.send(HttpRequest.newBuilder(u).GET().build(), h); }"),
        (URL, "void f() { var c = (HttpURLConnection) new URL(u).openConnection(); c.setConnectTimeout(5); }"),
        (URL, "void f() { new URL(u).openStream(); }"),
        (OK, "Object c = new OkHttpClient.Builder().readTimeout(0, TimeUnit.SECONDS).build();"),
        (APACHE, "Object c = HttpClients.createDefault();"),
        (APACHE, "void f() { var rc = RequestConfig.custom().setConnectTimeout(5).build(); var c = HttpClients.custom().setDefaultRequestConfig(rc).build(); }"),
    ],
)  # fmt: skip
def test_what_waits_for_ever_is_listed(imports: str, body: str) -> None:
    found = facts(body, imports)[WITHOUT]
    assert isinstance(found, list)
    assert len(found) == 1


@pytest.mark.parametrize(
    ("imports", "body"),
    [
        (REST + SIMPLE, "RestTemplate r() { var f = new SimpleClientHttpRequestFactory(); f.setReadTimeout(5000); return new RestTemplate(f); }"),
        (REST + SIMPLE, "RestTemplate r() { return new RestTemplate(factory()); } Object factory() { var f = new SimpleClientHttpRequestFactory(); f.setReadTimeout(9); return f; }"),
        (WEB + "import reactor.netty.http.client.HttpClient;\nimport org.springframework.http.client.reactive.ReactorClientHttpConnector;\n",
         "Object r() { HttpClient h = HttpClient.create().responseTimeout(Duration.ofSeconds(2)); return WebClient.builder().clientConnector(new ReactorClientHttpConnector(h)).build(); }"),
        (WEB, "Object r() { return WebClient.create(u).get().retrieve().bodyToMono(X.class).block(Duration.ofSeconds(3)); }"),
        (JDK, "static final Duration T = Duration.ofSeconds(3); void f() { HttpRequest.newBuilder(u).timeout(T).build(); }"),
        (URL, "void f() { HttpURLConnection c = (HttpURLConnection) new URL(u).openConnection(); c.setReadTimeout(5); }"),
        (OK, "Object c = new OkHttpClient();"),
        (OK, "Object c = new OkHttpClient.Builder().callTimeout(Duration.ofSeconds(5)).build();"),
        (APACHE, "void f() { var rc = RequestConfig.custom().setSocketTimeout(5).build(); var c = HttpClients.custom().setDefaultRequestConfig(rc).build(); }"),
        ("", "Object r() { return new RestTemplate(); }"),
    ],
)  # fmt: skip
def test_what_is_bounded_or_no_client_is_not_listed(imports: str, body: str) -> None:
    found = facts(body, imports)
    assert (found[WITHOUT], found["http_calls.long_timeout"]) == ([], [])


def test_a_bound_above_a_minute_is_long() -> None:
    found = facts("void f() { HttpRequest.newBuilder(u).timeout(Duration.ofMinutes(5)).build(); }", JDK)  # fmt: skip
    assert found["http_calls.long_timeout"] == [f"{TOP}/Bean.java:5 HttpRequest.newBuilder"]


@pytest.mark.parametrize(
    ("settings", "fact"),
    [
        ("", WITHOUT),
        ("spring.http.client.read-timeout=5s\n", ""),
        ("spring.http.client.read-timeout=300s\n", "http_calls.long_timeout"),
        ("# spring.http.client.read-timeout=5s\n", WITHOUT),
    ],
)
def test_the_settings_of_spring_boot_bound_what_its_builder_builds(settings: str, fact: str) -> None:  # fmt: skip
    found = facts("Object r(RestTemplateBuilder b) { return b.build(); }", BUILDER, {"src/main/resources/application.properties": settings})  # fmt: skip
    assert [k for k, v in found.items() if isinstance(v, list) and v] == ([fact] if fact else [])


@pytest.mark.parametrize(
    ("value", "fact"),
    [("", ""), ("5000", ""), ("90000", "http_calls.long_timeout"), ("0", WITHOUT), ("${T}", "")],
)
def test_feign_waits_a_minute_or_what_the_settings_say(value: str, fact: str) -> None:
    key = "spring.cloud.openfeign.client.config.orders.readTimeout"
    settings = f"{key}={value}\n" if value else ""
    client = f'package shop;\n{FEIGN}@FeignClient(name = "orders")\ninterface Orders {{ }}\n'
    files = {"src/main/resources/application.properties": settings, f"{TOP}/Orders.java": client}
    found = facts("Orders o;", "", files)
    assert found["http_calls.total"] == 1
    assert [k for k, v in found.items() if isinstance(v, list) and v] == ([fact] if fact else [])


@pytest.mark.parametrize(
    ("imports", "body"),
    [
        (REST, "RestTemplate r(ClientHttpRequestFactory f) { return new RestTemplate(f); }"),
        (REST, "void f() { RestTemplate r = new RestTemplate(); configure(r); }"),
        (REST + SIMPLE, "RestTemplate r() { var f = new SimpleClientHttpRequestFactory(); if (x) { f.setReadTimeout(5); } return new RestTemplate(f); }"),
        (BUILDER + "import org.springframework.boot.web.client.RestTemplateCustomizer;\n", "Object r(RestTemplateBuilder b) { return b.build(); }"),
        (JDK, "Object f() { return HttpRequest.newBuilder(u); }"),
        (JDK, "HttpClient c; void f() { c.sendAsync(HttpRequest.newBuilder(u).build(), h).get(1, SECONDS); }"),
        (URL, "Object f() { return (HttpURLConnection) new URL(u).openConnection(); }"),
        (URL, "Object f() { return new URL(u).openConnection(); }"),
        (WEB, "WebClient w = WebClient.create(u); Object f() { return w.get().retrieve().bodyToMono(X.class).timeout(T); }"),
    ],
)  # fmt: skip
def test_false_green_what_cannot_be_told_gives_no_clean_list(imports: str, body: str) -> None:
    found = facts(body, imports)
    assert WITHOUT not in found
    assert found["http_calls.unclear"]


def test_false_green_a_client_that_nothing_reaches_does_not_count() -> None:
    dead = f"package shop;\n{REST}class Dead {{ Object r() {{ return new RestTemplate(); }} }}\n"
    found = facts("int n;", "", {f"{TOP}/Dead.java": dead})
    assert (found[WITHOUT], found["http_calls.unreachable"]) == ([], 1)


def test_false_green_a_client_of_a_profile_leaves_it_open() -> None:
    dev = f'package shop;\n{REST}@Profile("blue")\n@Component\nclass Dev {{ Object r() {{ return new RestTemplate(); }} }}\n'
    found = facts("int n;", "", {f"{TOP}/Dev.java": dev})
    assert WITHOUT not in found


def test_false_green_comments_tests_and_other_languages_do_not_bound() -> None:
    body = (
        "Object r() { return new RestTemplate(/* f.setReadTimeout(5) */); // setReadTimeout(5)\n}"
    )
    found = facts(body, REST, {"src/test/java/shop/T.java": "class T { }"})
    assert found[WITHOUT]
