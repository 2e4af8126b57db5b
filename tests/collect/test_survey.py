"""A first look at a repository: its services, and what each of them shows."""

from __future__ import annotations

import pytest

from auditor.collect.survey.services import survey
from auditor.model.survey import FoundService
from auditor.probing.testing import FakeTree
from tests.collect.small_repositories import EVERY, GO, JUNIT, MONOREPO, NODE, PYTHON


def seen(files: dict[str, str], start: str = "") -> dict[str, FoundService]:
    return {one.root or ".": one for one in survey(FakeTree(files), start)}


@pytest.mark.parametrize(
    ("name", "services"),
    [
        ("python", {".": ("shop", "python")}),
        ("node", {".": ("cart", "javascript")}),
        ("go", {".": ("ledger", "go")}),
        ("java", {".": ("invoices", "java")}),
        ("monorepo", {"services/ledger": ("ledger", "go"), "services/shop": ("shop", "python")}),
        ("backend", {"backend": ("shop", "python")}),
        ("empty", {".": ("", "")}),
    ],
)
def test_services_their_names_and_languages(
    name: str, services: dict[str, tuple[str, str]]
) -> None:
    found = seen(EVERY[name])
    assert {root: (one.name, one.language) for root, one in found.items()} == services


def test_a_start_is_told_with_its_place() -> None:
    starts = seen(PYTHON)["."].starts
    assert "FastAPI app (shop/app.py:3)" in starts
    assert any("Dockerfile:3" in start for start in starts)
    assert seen(EVERY["empty"])["."].starts == ()


@pytest.mark.parametrize(
    ("files", "what", "said"),
    [
        (PYTHON, "coverage", "pytest --cov"),
        (NODE, "tests", "npx jest"),
        (NODE, "dependencies", "npm audit"),
        (GO, "tests", "gotestsum"),
        (EVERY["java"], "tests", "mvn test"),
    ],
)
def test_the_commands_are_those_of_the_stack(files: dict[str, str], what: str, said: str) -> None:
    assert said in dict(seen(files)["."].commands)[what]


def test_reports_are_told_by_content_and_test_data_is_none() -> None:
    files = PYTHON | {"out/anything.xml": JUNIT, "tests/fixtures/junit.xml": JUNIT, "a.xml": "<a/>"}
    found = {(r.what, r.path) for r in seen(files)["."].reports}
    assert found == {
        ("tests", "out/anything.xml"),
        ("tests", "reports/junit.xml"),
        ("coverage", "reports/coverage.xml"),
    }


def test_addresses_come_from_ingresses_and_published_ports_but_not_of_stores() -> None:
    told = [(s.url, s.where) for s in seen(PYTHON)["."].deployments]
    assert told == [
        ("https://shop.example.net", "deploy/ingress.yaml:7"),
        ("http://127.0.0.1:8080", "compose.yaml:4"),
    ]


@pytest.mark.parametrize(
    "ports",
    [
        '["8000"]', '["${PORT}:8000"]', '["8000-8010:8000-8010"]', "8080", "[{target: 5432, published: 5432}]",
        "[[1]]", "{a: b}", "[null]", '["99999999:1"]',
    ],
)  # fmt: skip
def test_ports_that_tell_no_address_are_passed_over(ports: str) -> None:
    files = PYTHON | {"compose.yaml": f"services:\n  shop:\n    build: .\n    ports: {ports}\n"}
    assert [s.url for s in seen(files)["."].deployments] == ["https://shop.example.net"]


@pytest.mark.parametrize(
    "host",
    ["evil.test/x#", "a b.net", "*.example.net", "user:p@x.net", "{{ .Values.host }}", "", "1"],
)
def test_false_green_a_host_that_is_none_is_never_suggested(host: str) -> None:
    text = PYTHON["deploy/ingress.yaml"].replace("host: shop.example.net", f'host: "{host}"')
    found = seen(PYTHON | {"deploy/ingress.yaml": text})["."].deployments
    assert [s.url for s in found] == ["http://127.0.0.1:8080"]


@pytest.mark.parametrize("broken", ["kind: Ingress\napiVersion: v1\nspec: [", "\0", "a: &a [*a]"])
def test_a_deployment_file_that_is_broken_stops_nothing(broken: str) -> None:
    files = PYTHON | {"deploy/ingress.yaml": broken, "compose.yaml": broken}
    assert seen(files)["."].deployments == ()


def test_candidates_are_routes_by_their_word_with_tests_of_that_name() -> None:
    orders, refunds = seen(PYTHON)["."].features
    assert (orders.id, orders.routes, orders.get) == (
        "orders",
        ("GET /orders", "POST /orders"),
        "/orders",
    )
    assert orders.tests == ("tests/test_orders_api.py::*",)
    assert (refunds.id, refunds.get, refunds.tests) == ("refunds", "", ())


def test_routes_of_spring_and_express_are_candidates_too() -> None:
    assert [c.id for c in seen(NODE)["."].features] == ["carts"]
    assert [c.id for c in seen(EVERY["java"])["."].features] == ["invoices"]


def test_each_service_of_several_shows_its_own_alone() -> None:
    found = seen(MONOREPO)
    assert found["services/ledger"].reports == ()
    assert found["services/ledger"].deployments == ()
    assert [r.path for r in found["services/shop"].reports] == [
        "reports/coverage.xml",
        "reports/junit.xml",
    ]
    assert all("services/ledger" in start for start in found["services/ledger"].starts)


def test_a_folder_of_a_repository_is_looked_at_alone() -> None:
    assert list(seen(MONOREPO, "services/shop")) == ["."]
    assert seen(MONOREPO, "services/shop")["."].name == "shop"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", "[project"),
        ("pyproject.toml", "project = 3\ntool = 4\n"),
        ("pyproject.toml", '[project]\nname = "a b\\n- evil"\n'),
        ("package.json", '{"name": 3}'),
        ("package.json", "{"),
        ("go.mod", "modul x"),
        ("pom.xml", "<project><parent><artifactId>x</artifactId></parent></project>"),
        ("Cargo.toml", "package = 1"),
    ],
)
def test_a_manifest_that_tells_no_name_gives_none(file: str, text: str) -> None:
    assert seen({file: text, "a.txt": "x"})["."].name == ""
