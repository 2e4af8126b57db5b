"""Which services of a Compose file infra.compose takes for the audited service itself."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.probing.testing import run_probe, values
from probes.infra.compose import compose

APP = {"main.go": "package main\nfunc main() {}\n", "go.mod": "module git.test/acme/shop/v2\n"}
BUILT = {"Dockerfile": 'FROM golang:1\nCOPY . .\nRUN go build -o /shop\nCMD ["/shop"]\n'}
DATABASE = "  db: {image: 'postgres:17.2'}\n"


def own(services: str, files: dict[str, Any] = APP, **options: Any) -> Any:
    """The services that run the audited one, of a Compose file with these services."""
    repo = {**files, "compose.yaml": f"services:\n{services}"}
    return values(run_probe(compose, repo=repo, **options))["compose.own_services"]


def test_a_service_that_is_built_from_the_code_runs_it() -> None:
    assert own(f"{DATABASE}  api: {{build: .}}\n", {**APP, **BUILT}) == [
        "compose.yaml:3 api: built from ."
    ]


def test_the_build_of_another_service_may_make_the_image() -> None:
    text = "  api: {build: ., image: shop}\n  worker: {image: shop, command: work}\n"
    assert len(own(text, {**APP, **BUILT})) == 2


def test_false_green_databases_alone_do_not_run_the_service() -> None:
    assert own(f"{DATABASE}  cache: {{image: 'redis:7.4'}}\n") == []


@pytest.mark.parametrize(
    "recipe",
    [
        "FROM postgres:17\nCOPY init.sh /docker-entrypoint-initdb.d/\n",
        "FROM nginx:1.27\nCOPY . /etc/nginx\n",
        "FROM alpine:3\nRUN apk add git\n",
        "FROM alpine:3\nCOPY gone.go .\n",
        "FROM\n",
    ],
)
def test_false_green_a_build_that_takes_none_of_the_code_is_no_own_service(recipe: str) -> None:
    tool = {"db/Dockerfile": recipe, "db/init.sh": "createdb shop\n", "db/site.conf": "x\n"}
    assert own("  db: {build: ./db}\n", {**APP, **tool}) == []


def test_false_green_the_build_of_another_service_is_not_the_audited_one() -> None:
    files = {
        "shop/main.go": "package main\nfunc main() {}\n",
        "shop/go.mod": "module a\n",
        "mail/main.go": "package main\nfunc main() {}\n",
        "mail/Dockerfile": "FROM golang:1\nCOPY . .\n",
        "mail/whole.Dockerfile": "FROM golang:1\nCOPY . .\n",
        "shop/Dockerfile": "FROM golang:1\nCOPY . .\n",
    }
    mail = (
        "  mail: {build: ./mail}\n  all: {build: {context: ., dockerfile: mail/whole.Dockerfile}}\n"
    )
    shop = "  shop: {build: ./shop}\n"
    assert own(mail + shop, files, root="shop") == ["compose.yaml:4 shop: built from shop"]


def test_false_green_what_dockerignore_leaves_out_is_not_built() -> None:
    assert own("  api: {build: .}\n", {**APP, **BUILT, ".dockerignore": "*.go\n"}) == []


def test_false_green_a_build_of_another_repository_is_not_the_audited_one() -> None:
    assert own("  api: {build: 'https://git.test/other/thing.git'}\n", {**APP, **BUILT}) == []


def test_a_stage_that_another_needs_and_a_mount_of_the_build_take_the_code() -> None:
    staged = "FROM golang:1 AS b\nCOPY *.go .\nFROM alpine:3\nCOPY --from=b /shop /shop\n"
    assert own("  api: {build: .}\n", {**APP, "Dockerfile": staged})
    bound = "FROM golang:1\nRUN --mount=type=bind,target=. go build -o /shop\n"
    assert own("  api: {build: .}\n", {**APP, "Dockerfile": bound})


def test_the_target_of_the_build_decides_what_is_taken() -> None:
    text = "FROM alpine:3 AS tool\nRUN apk add curl\nFROM golang:1 AS app\nCOPY . .\n"
    files = {**APP, "Dockerfile": text}
    assert own("  tool: {build: {context: ., target: tool}}\n", files) == []
    assert own("  api: {build: {context: ., target: app}}\n", files)


def test_what_is_built_before_the_image_is_the_service() -> None:
    files = {**APP, "Dockerfile": "FROM alpine:3\nCOPY dist/shop /\n", ".gitignore": "/dist\n"}
    assert own("  api: {build: .}\n", files)


@pytest.mark.parametrize(
    "made",
    [
        {"Makefile": "image:\n\tdocker buildx build --push \\\n\t\t-t acme/shop:1 \\\n\t\t.\n"},
        {
            ".github/workflows/ci.yml": "jobs:\n  a:\n    with:\n      tags: |\n        ghcr.io/acme/shop:1\n"
        },
        {
            "docker/Dockerfile": "FROM x\nLABEL org.opencontainers.image.source=https://git.test/acme/shop\n"
        },
        {"go.mod": "module git.test/acme/shop/v2\n"},
        {"dev/compose.yaml": "services: {a: {build: .., image: acme/shop}}\n", **BUILT},
    ],
)
def test_an_image_that_the_repository_builds_is_the_service(made: dict[str, str]) -> None:
    files = {"main.go": APP["main.go"], **made}
    assert own("  api: {image: 'docker.io/acme/shop:2.1'}\n", files) == [
        "compose.yaml:2 api: the image docker.io/acme/shop:2.1, which this repository builds"
    ]


def test_false_green_an_image_that_a_pipeline_only_uses_is_not_built_there() -> None:
    workflow = "jobs:\n  a:\n    services: {db: {image: 'acme/db:1'}}\n    steps:\n    - run: docker run -t acme/db\n"
    files = {
        **APP,
        ".github/workflows/ci.yml": workflow,
        "Makefile": "run:\n\tdocker run -t acme/db\n",
    }
    assert own("  db: {image: 'acme/db:1'}\n", files) == []


def test_a_runtime_that_mounts_the_code_runs_it() -> None:
    files = {"app/main.py": "print()\n", "data/seed.sql": "", "site/x.js": "1\n"}
    assert own("  api: {image: 'python:3.12', volumes: ['./app:/app']}\n", files) == [
        "compose.yaml:2 api: runs the code of app"
    ]


@pytest.mark.parametrize(
    "service",
    [
        "{image: 'postgres:17', volumes: ['./:/docker-entrypoint-initdb.d']}",
        "{image: 'nginx:1.27', volumes: ['./app:/usr/share/nginx/html']}",
        "{image: 'python:3.12', volumes: ['./data:/data']}",
        "{image: 'python:3.12', volumes: ['../other:/app']}",
        "{image: 'python:3.12'}",
    ],
)
def test_false_green_a_mount_is_not_enough(service: str) -> None:
    files = {"app/main.py": "print()\n", "data/seed.sql": ""}
    assert own(f"  x: {service}\n", files) == []


def test_false_green_what_production_does_not_start_does_not_count() -> None:
    assert own("  api: {build: ., profiles: [dev]}\n", {**APP, **BUILT}) == []


def test_a_build_of_what_the_code_needs_runs_the_code_that_is_mounted() -> None:
    recipe = (
        "FROM python:3.12 AS base\nCOPY requirements.txt .\nFROM base AS dev\nRUN pip install x\n"
    )
    files = {"app/main.py": "print()\n", "requirements.txt": "x\n", "Dockerfile": recipe}
    text = "  api: {build: {context: ., target: dev}, volumes: ['./app:/app']}\n"
    assert own(text, files) == ["compose.yaml:2 api: runs the code of app"]


def test_a_service_of_merged_files_stands_in_the_file_that_writes_it_last() -> None:
    files = {
        **APP,
        **BUILT,
        "docker-compose.yml": "services:\n  api: {build: .}\n  db: {image: postgres}\n",
        "docker-compose.prod.yml": "services:\n  api: {restart: always}\n",
    }
    found = values(run_probe(compose, repo=files))
    assert found["compose.own_services"] == [
        "docker-compose.prod.yml:2 api: built from . (with docker-compose.yml)"
    ]
    assert found["compose.unpinned_images"] == [
        "docker-compose.yml:3 db: the image postgres has no tag (with docker-compose.prod.yml)"
    ]


def test_an_image_that_is_called_like_the_service_runs_it_where_one_is_built_here() -> None:
    text = "  api: {image: 'ghcr.io/acme/service:1.2'}\n"
    assert own(text, {**APP, **BUILT}) == [
        "compose.yaml:2 api: the image ghcr.io/acme/service:1.2, which is called like the service"
    ]


@pytest.mark.parametrize("image", ["acme/other-service:1.2", "service:1.2", "acme/service-mock:1"])
def test_false_green_an_image_of_a_like_name_is_not_the_service(image: str) -> None:
    assert own(f"  api: {{image: '{image}'}}\n", {**APP, **BUILT}) == []
    assert own("  api: {image: 'ghcr.io/acme/service:1.2'}\n") == []  # nothing builds it here
