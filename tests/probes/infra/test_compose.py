"""What infra.compose says of the Compose files of a service."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.model.probe import FactType
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import FakeTree, problems, run_probe, values
from probes.infra.compose import FACTS, compose

GOOD = """
services:
  db:
    image: postgres:17.2
    restart: unless-stopped
    healthcheck: {test: [CMD, pg_isready, -U, app], interval: 10s}
    mem_limit: 512m
    cpus: 0.5
    environment: {POSTGRES_PASSWORD_FILE: /run/secrets/db_password}
    volumes: ["data:/var/lib/postgresql/data", "./init.sql:/docker-entrypoint-initdb.d/init.sql:ro"]
    secrets: [db_password]
  api:
    build: .
    restart: always
    healthcheck: {test: curl -f http://localhost:8000/health}
    deploy: {resources: {limits: {memory: 256M, cpus: "0.5"}}}
    depends_on: {db: {condition: service_healthy}}
    env_file: .env
secrets: {db_password: {file: ./secrets/db_password}}
volumes: {data: {}}
"""
FILES = {"Dockerfile": "FROM x\nCOPY . /app\n", "init.sql": "select 1;\n", ".env.example": "A=1\n"}
EMPTY: dict[str, Any] = {
    fact.key: [] if fact.type is FactType.LIST else 0
    for fact in FACTS
    if fact.key != "compose.services"
}
NOTHING: dict[str, Any] = {"compose.files": [], "compose.services": 0, **EMPTY}


def seen(files: dict[str, Any], **options: Any) -> dict[str, Any]:
    """The facts about made-up files, without those that are empty or 0; keys without `compose.`."""
    found = values(run_probe(compose, repo=files, **options))
    return {key.removeprefix("compose."): value for key, value in found.items() if value}


def of(text: str, key: str, **files: str) -> Any:
    """One fact about a Compose file of that text beside the usual files."""
    return values(run_probe(compose, repo={**FILES, **files, "compose.yaml": text}))[
        f"compose.{key}"
    ]


def good(old: str, new: str) -> str:
    """The good file with one change."""
    assert old in GOOD
    return GOOD.replace(old, new)


def one(**keys: str) -> str:
    """A file of one service `a`, from YAML values by key."""
    return "services:\n  a:\n" + "".join(f"    {key}: {value}\n" for key, value in keys.items())


def test_a_file_with_everything_has_no_complaint() -> None:
    evidence = run_probe(compose, repo={**FILES, "compose.yaml": GOOD})
    assert values(evidence) == {"compose.files": ["compose.yaml"], "compose.services": 2, **EMPTY}
    assert problems(evidence) == []


def test_no_compose_file_is_a_fact_that_says_what_was_searched() -> None:
    evidence = run_probe(compose, repo={"README.md": "hello"})
    assert values(evidence) == NOTHING
    assert evidence.facts[0].source.locator.startswith("searched: *compose*.y*ml")


def test_an_empty_repository_has_no_compose_file() -> None:
    assert values(run_probe(compose, repo={})) == NOTHING


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# services:\n#   a: {image: x}\n",
        "services: [a]\n",
        "a: b: c\n",
        "version: '3'\n",
        "\x00",
    ],
)
def test_false_green_what_is_no_compose_file_is_invalid_and_hides_what_is_empty(text: str) -> None:
    evidence = run_probe(compose, repo={"compose.yaml": text})
    assert problems(evidence) == ["malformed"]
    assert set(values(evidence)) == {"compose.files", "compose.invalid"}
    assert {"compose.literal_secrets", "compose.services"} <= set(evidence.problems[0].facts)


@pytest.mark.parametrize(
    "text", ["services: {}\n", "services:\nvolumes: {a: {}}\n", "volumes: {a: {}}\n"]
)
def test_false_green_a_file_without_services_is_invalid(text: str) -> None:
    found = seen({"compose.yaml": text})
    assert found == {"files": ["compose.yaml"], "invalid": ["compose.yaml defines no services"]}


def test_a_file_that_may_not_be_read_is_a_problem_and_nothing_is_empty_for_it() -> None:
    denied = Trouble(ProblemKind.DENIED, "compose.yaml could not be read.")
    evidence = run_probe(compose, repo={"compose.yaml": denied})
    assert problems(evidence) == ["denied"]
    assert values(evidence) == {"compose.files": ["compose.yaml"]}


def test_what_one_file_shows_is_kept_when_another_cannot_be_read() -> None:
    denied = Trouble(ProblemKind.DENIED, "b/compose.yaml could not be read.")
    found = seen({"a/compose.yaml": one(image="acme/a"), "b/compose.yaml": denied})
    assert found["unpinned_images"] == ["a/compose.yaml:3 a: the image acme/a has no tag"]
    assert "missing_paths" not in found


def test_what_compose_refuses_is_invalid() -> None:
    text = (
        "services:\n  a: {restart: always}\n  b: {image: x, depends_on: [a, gone]}\n"
        "  c: {extends: {service: gone}}\n"
    )
    assert of(text, "invalid") == [
        "compose.yaml:3 no service is gone, awaited here",
        "compose.yaml:2 a: neither image nor build",
        "compose.yaml:4 c: extends gone, which is not there",
    ]


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("redis", "the image redis has no tag"),
        ("redis:latest", "the image redis:latest has a tag that moves"),
        ("redis:${TAG:-latest}", "the image redis:latest has a tag that moves"),
        ("redis:${TAG}", "the image redis:${TAG} has a variable for tag"),
        ("redis:alpine", "the tag of the image redis:alpine names no version"),
        ("redis@sha256:12", "the image redis@sha256:12 has no tag"),
    ],
)
def test_an_image_without_a_version_is_unpinned(image: str, why: str) -> None:
    assert of(one(image=image), "unpinned_images") == [f"compose.yaml:3 a: {why}"]


def test_a_version_a_digest_a_default_and_the_env_file_beside_it_pin_an_image() -> None:
    digest = "x@sha256:" + "b" * 64
    for image in ("redis:7.4", digest, "redis:${TAG:-7.4}"):
        assert of(one(image=image), "unpinned_images") == []
    assert of(one(image="redis:${TAG}"), "unpinned_images", **{".env": "export TAG='7.4'\n"}) == []


def test_the_name_of_an_image_that_is_built_here_is_no_pin_for_any_service() -> None:
    text = "services:\n  a: {build: ., image: app}\n  b: {image: app}\n"
    assert of(text, "unpinned_images") == []


@pytest.mark.parametrize(
    "check",
    [
        "{disable: true}",
        "{test: [NONE]}",
        "{test: exit 0}",
        "{test: [CMD-SHELL, exit 0]}",
        "{test: [CMD, sh, -c, exit 0]}",
        "{test: [CMD, 'true']}",
        "{test: curl -f http://localhost || true}",
        "{test: [CMD, echo, ok]}",
        "{interval: 10s}",
        "{}",
    ],
)
def test_false_green_a_health_check_that_is_off_or_cannot_fail_is_none(check: str) -> None:
    (entry,) = of(one(image="redis:7.4", healthcheck=check), "without_healthcheck")
    assert entry.startswith("compose.yaml:")


def test_a_service_that_is_built_here_has_the_health_check_of_its_dockerfile() -> None:
    checked = "FROM x AS dev\nFROM x AS web\nHEALTHCHECK CMD curl -f http://localhost\n"
    files = {"Dockerfile": checked}
    assert of(one(build="."), "without_healthcheck", **files) == []
    assert of(one(build=".", healthcheck="{interval: 5s}"), "without_healthcheck", **files) == []
    dev = one(build="{context: ., target: dev}")
    assert of(dev, "without_healthcheck", **files) == ["compose.yaml:2 a: declares no health check"]
    off = one(build=".", healthcheck="{disable: true}")
    assert of(off, "without_healthcheck", **files) == [
        "compose.yaml:4 a: its health check is disabled"
    ]


def test_false_green_the_health_check_of_a_dockerfile_must_be_able_to_fail() -> None:
    for check in ("NONE", "CMD exit 0", 'CMD ["sh", "-c", "true"]'):
        files = {"Dockerfile": f"FROM x\nHEALTHCHECK {check}\n"}
        assert of(one(build="."), "without_healthcheck", **files) != []
    assert of(one(build="."), "without_healthcheck", Dockerfile="nonsense\n") != []


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ('"no"', "its restart policy is no"),
        ("no", "its restart policy is no"),
        ("${R}", "its restart policy is ${R}"),
    ],
)
def test_false_green_restart_no_is_no_restart(policy: str, why: str) -> None:
    assert of(one(image="x:1", restart=policy), "without_restart") == [f"compose.yaml:2 a: {why}"]


def test_a_restart_policy_may_stand_in_deploy() -> None:
    assert of(one(image="x:1"), "without_restart") == ["compose.yaml:2 a: no restart policy"]
    deploy = "{restart_policy: {condition: on-failure}}"
    assert of(one(image="x:1", deploy=deploy), "without_restart") == []
    assert (
        of(one(image="x:1", deploy="{restart_policy: {condition: none}}"), "without_restart") != []
    )


def test_swarm_restarts_services_unless_told_not_to() -> None:
    assert "without_restart" not in seen({"docker-stack.yml": one(image="x:1")})
    assert "without_restart" in seen({"docker-stack.yml": one(image="x:1", restart='"no"')})


@pytest.mark.parametrize(
    ("limits", "missing"),
    [
        ({}, "memory and CPU"),
        ({"mem_limit": "1g"}, "CPU"),
        ({"cpus": "1"}, "memory"),
        ({"mem_limit": "0", "cpus": "0"}, "memory and CPU"),
        ({"deploy": "{resources: {reservations: {memory: 1G, cpus: '1'}}}"}, "memory and CPU"),
    ],
)
def test_false_green_a_limit_is_one_of_memory_and_cpu(limits: dict[str, str], missing: str) -> None:
    assert of(one(image="x:1", **limits), "without_limits") == [
        f"compose.yaml:2 a: no limit of {missing}"
    ]


def test_a_service_that_others_await_to_complete_needs_no_restart_and_no_health_check() -> None:
    text = (
        'services:\n  job: {image: "x:1", restart: "no"}\n'
        "  a: {image: 'x:1', depends_on: {job: {condition: service_completed_successfully}}}\n"
    )
    assert of(text, "without_restart") == ["compose.yaml:3 a: no restart policy"]
    assert of(text, "without_healthcheck") == ["compose.yaml:3 a: declares no health check"]
    assert len(of(text, "without_limits")) == 2
    assert (
        len(
            of(text.replace("service_completed_successfully", "service_started"), "without_restart")
        )
        == 2
    )


@pytest.mark.parametrize(
    "service",
    [
        '  migrator: {image: "x:1", restart: "no"}\n',
        '  a: {image: "x:1", restart: no, command: ./bin/docker-entrypoint-migrator.sh}\n',
        '  a: {image: "x:1", restart: "no", command: [python, manage.py, migrate, --noinput]}\n',
        '  a: {image: "x:1", restart: "no", command: sh -c "wait-for db && npm run db:seed"}\n',
        '  minio-setup: {image: "x:1", deploy: {restart_policy: {condition: none}}}\n',
    ],
)
def test_a_job_that_ends_needs_no_restart_and_no_health_check(service: str) -> None:
    text = f"services:\n{service}"
    assert of(text, "without_restart") == []
    assert of(text, "without_healthcheck") == []
    assert len(of(text, "without_limits")) == 1


@pytest.mark.parametrize(
    "service",
    [
        '  migrator: {image: "x:1"}\n',
        '  migrator: {image: "x:1", restart: "no", ports: ["80:80"]}\n',
        '  migrator: {image: "x:1", restart: "no", command: "alembic upgrade head && gunicorn x:app"}\n',
        '  a: {image: "x:1", restart: "no", command: [dumb-init, node, app.js]}\n',
        '  a: {image: "x:1", restart: "no", command: "./migrate.sh && exec node app.js"}\n',
        '  a: {image: "x:1", restart: "no", command: "node app.js --init"}\n',
        '  a: {image: "x:1", restart: "no", command: "python /init/app.py"}\n',
        '  finite: {image: "x:1", restart: "no"}\n',
    ],
)
def test_false_green_a_service_that_runs_on_is_no_job(service: str) -> None:
    text = f"services:\n{service}"
    assert len(of(text, "without_restart")) == 1
    assert len(of(text, "without_healthcheck")) == 1


@pytest.mark.parametrize(
    "environment",
    [
        "{POSTGRES_PASSWORD: hunter2hunter2}",
        "[POSTGRES_PASSWORD=hunter2hunter2]",
        "{POSTGRES_PASSWORD: '${PW:-hunter2hunter2}'}",
        "{DATABASE_URL: 'postgres://app:hunter2hunter2@db/app'}",
        "{POSTGRES_PASSWORD: changeme}",
    ],
)
def test_false_green_a_secret_that_is_in_force_as_written_is_counted_and_never_shown(
    environment: str,
) -> None:
    evidence = run_probe(compose, repo={"compose.yaml": one(image="x:1", environment=environment)})
    assert values(evidence)["compose.literal_secrets"] == 1
    (finding,) = evidence.findings
    assert finding.location.line is not None
    assert "hunter2" not in repr(evidence)


@pytest.mark.parametrize(
    "environment",
    [
        "{POSTGRES_PASSWORD: '${PW}'}",
        "[POSTGRES_PASSWORD]",
        "{POSTGRES_PASSWORD: '${PW:?set it}'}",
        "{POSTGRES_PASSWORD_FILE: /run/secrets/pw}",
        "{POSTGRES_PASSWORD: ''}",
        "{TOKEN_TTL: 3600}",
    ],
)
def test_a_secret_that_comes_from_elsewhere_is_not_counted(environment: str) -> None:
    assert of(one(image="x:1", environment=environment), "literal_secrets") == 0


def test_false_green_a_secret_among_the_options_of_a_command_counts() -> None:
    assert (
        of(one(image="x:1", command="redis-server --requirepass hunter2hunter2"), "literal_secrets")
        == 1
    )
    assert (
        of(
            one(image="x:1", command="[redis-server, --requirepass, hunter2hunter2]"),
            "literal_secrets",
        )
        == 1
    )
    assert of(one(image="x:1", command="redis-server --requirepass ${PW}"), "literal_secrets") == 0
    assert (
        of(
            one(image="x:1", command="tool --no-password postgres --password-file /x"),
            "literal_secrets",
        )
        == 0
    )


def test_an_anchor_that_several_services_use_holds_one_secret() -> None:
    text = (
        "x-env: &env\n  DB_PASSWORD: hunter2hunter2\n"
        "services:\n  a: {image: 'x:1', environment: *env}\n  b: {image: 'x:1', environment: *env}\n"
    )
    assert of(text, "literal_secrets") == 1


def test_builds_configurations_and_mounted_files_must_be_there() -> None:
    text = (
        "services:\n"
        "  a: {build: ./gone}\n"
        "  b: {build: {context: ., dockerfile: docker/Dockerfile}}\n"
        "  c: {image: 'x:1', volumes: ['./nginx.conf:/etc/nginx/nginx.conf:ro', './rules:/etc/prometheus/rules']}\n"
        "  d: {image: 'x:1', env_file: [app.env], extends: {file: base.yml, service: x}}\n"
        "configs: {c: {file: ./conf.ini}}\n"
        "include: [other.yml]\n"
    )
    found = of(text, "missing_paths", **{".env.example": "", "conf.d/x": ""})
    assert [entry.partition(" ")[2] for entry in found] == [
        "the include other.yml is not in the repository",
        "the config conf.ini is not in the repository",
        "a: the build context gone is not in the repository",
        "b: the dockerfile ./docker/Dockerfile is not in the repository",
        "c: the bind mount nginx.conf is not in the repository",
        "c: the bind mount rules is not in the repository",
        "d: the extends base.yml is not in the repository",
    ]


def test_an_env_file_needs_an_example_beside_it_unless_it_is_optional() -> None:
    alone = {"compose.yaml": one(image="x:1", env_file="app.env")}
    assert seen(alone)["missing_paths"] == [
        "compose.yaml:4 a: the env_file app.env is not in the repository"
    ]
    assert "missing_paths" not in seen({**alone, "app.env.sample": "A=\n"})
    optional = one(image="x:1", env_file="[{path: app.env, required: false}]")
    assert "missing_paths" not in seen({"compose.yaml": optional})


@pytest.mark.parametrize(
    "volume",
    [
        "./data:/var/lib/data",
        "./pgdata:/var/lib/postgresql/data",
        "data:/data",
        "/var/run/docker.sock:/var/run/docker.sock",
        "~/.aws:/root/.aws",
        "./run/app.sock:/app.sock",
        "./certs/server.pem:/etc/ssl/server.pem",
        "./letsencrypt:/etc/letsencrypt",
        "../elsewhere.txt:/x.txt",
        "${CONF}:/etc/x.conf",
        ".:/app",
    ],
)
def test_what_docker_makes_or_the_host_brings_is_not_missing(volume: str) -> None:
    assert of(one(image="x:1", volumes=f"['{volume}']"), "missing_paths") == []


def test_false_green_a_mounted_file_that_git_ignores_is_missing() -> None:
    tree = FakeTree(
        {"compose.yaml": one(image="x:1", volumes="[./app.ini:/app.ini]")}, ignored={"app.ini": ""}
    )
    assert values(run_probe(compose, repo=tree))["compose.missing_paths"] == [
        "compose.yaml:4 a: the bind mount app.ini is not in the repository"
    ]


def test_paths_are_relative_to_the_file() -> None:
    text = one(
        build="{context: .., dockerfile: docker/api.Dockerfile}", volumes="['../conf/a.ini:/a.ini']"
    )
    files = {"deploy/compose.yaml": text, "docker/api.Dockerfile": "FROM x\n", "conf/a.ini": ""}
    assert "missing_paths" not in seen(files)


def test_files_for_development_are_judged_only_where_there_are_no_others() -> None:
    dev = {
        "docker-compose.dev.yml": one(image="redis"),
        ".devcontainer/docker-compose.yml": one(image="acme/shop"),
    }
    assert seen(dev)["files"] == sorted(dev)
    found = seen(
        {
            **dev,
            **FILES,
            "docker-compose.yml": GOOD,
            "docker-compose.override.yml": one(image="redis"),
        }
    )
    assert found == {"files": ["docker-compose.yml"], "services": 2}


def test_false_green_files_of_tests_examples_and_templates_are_no_compose_files() -> None:
    others = (
        "tests/docker-compose.yml", "examples/a/compose.yaml", "docs/compose.yaml", "compose.yaml.example",
        "docker-compose.override.yaml-sample", ".github/workflows/docker-compose.yml",
        "{{cookiecutter.name}}/compose.yml",
    )  # fmt: skip
    evidence = run_probe(compose, repo=dict.fromkeys(others, GOOD))
    assert values(evidence) == NOTHING
    _, told = evidence.facts[0].source.locator.split("; not deployed: ")
    assert "tests/docker-compose.yml" in told.split(", ")


def test_names_vary_and_a_folder_compose_tells_by_content() -> None:
    files = {
        "docker/compose/monitoring.yml": one(image="x:1"),
        "docker/compose/prometheus.yml": "scrape_configs: []\n",
        "deploy/docker-compose.prod.yaml": one(image="x:1"),
        "api.compose.yml": one(image="x:1"),
    }
    assert seen(files)["files"] == [
        "api.compose.yml",
        "deploy/docker-compose.prod.yaml",
        "docker/compose/monitoring.yml",
    ]


def test_a_file_of_changes_is_judged_on_top_of_the_plain_file_beside_it() -> None:
    base = one(
        build=".",
        restart="always",
        mem_limit="1g",
        cpus="1",
        healthcheck="{test: curl -f http://x}",
    )
    change = 'services:\n  a: {restart: "no", environment: {API_TOKEN: hunter2hunter2}}\n'
    found = seen({**FILES, "docker-compose.yml": base, "docker-compose.prod.yml": change})
    assert found == {
        "files": ["docker-compose.prod.yml", "docker-compose.yml"],
        "services": 1,
        "literal_secrets": 1,
        "without_restart": [
            "docker-compose.prod.yml:2 a: its restart policy is no (with docker-compose.yml)"
        ],
    }


def test_false_green_a_production_file_that_stands_alone_is_not_helped_by_the_plain_one() -> None:
    found = seen({**FILES, "compose.yaml": GOOD, "compose.prod.yaml": one(image="x:1")})
    assert found["without_healthcheck"] == ["compose.prod.yaml:2 a: declares no health check"]
    assert found["services"] == 3


def test_changes_without_a_file_to_change_are_invalid() -> None:
    assert seen({"compose.prod.yaml": one(restart="always")})["invalid"] == [
        "compose.prod.yaml:2 a: neither image nor build"
    ]


def test_the_build_of_a_merged_service_keeps_its_context() -> None:
    base = one(build="{context: ./api}")
    change = "services:\n  a: {build: {target: web}}\n  b: {environment: {A: 1}}\n"
    files = {"compose.yaml": base, "compose.prod.yaml": change, "api/Dockerfile": "FROM x AS web\n"}
    assert "missing_paths" not in seen(files)


def test_services_extend_others_of_the_same_and_of_other_files() -> None:
    common = (
        "services:\n  base: {build: ./svc, restart: always, extends: {service: root}}\n"
        "  root: {cpus: 1, mem_limit: 1g}\n"
    )
    text = "services:\n  a: {extends: {file: common/base.yml, service: base}}\n"
    files = {"compose.yaml": text, "common/base.yml": common, "common/svc/Dockerfile": "FROM x\n"}
    found = seen(files)
    assert found == {
        "files": ["compose.yaml"],
        "services": 1,
        "without_healthcheck": ["compose.yaml:2 a: declares no health check"],
    }


def test_a_file_that_is_included_is_judged_too_and_its_services_are_known() -> None:
    files = {
        "compose.yaml": "include: [infra/db.yml]\nservices:\n  a: {image: 'x:1.2', depends_on: [db]}\n",
        "infra/db.yml": "services: {db: {image: postgres}}\n",
    }
    found = seen(files)
    assert found["files"] == ["compose.yaml", "infra/db.yml"]
    assert found["unpinned_images"] == ["infra/db.yml:1 db: the image postgres has no tag"]
    assert "invalid" not in found


def test_services_with_a_profile_for_development_alone_are_not_started_in_production() -> None:
    text = "services:\n  a: {image: redis, profiles: [dev]}\n  b: {image: redis, profiles: [dev, full]}\n"
    assert of(text, "unpinned_images") == ["compose.yaml:3 b: the image redis has no tag"]


def test_the_file_of_the_git_root_counts_for_a_service_that_has_none() -> None:
    files = {
        "compose.yaml": one(image="redis"),
        "api/app.py": "",
        "web/compose.yaml": one(image="x:1"),
    }
    assert seen(files, root="api")["files"] == ["compose.yaml"]


def test_a_file_elsewhere_that_builds_the_service_counts_beside_its_own() -> None:
    files = {
        "api/Dockerfile": "FROM x\n",
        "api/compose.yaml": one(build="."),
        "deploy/compose.yaml": one(build="../api"),
        "web/compose.yaml": one(image="x:1"),
    }
    assert seen(files, root="api")["files"] == ["api/compose.yaml", "deploy/compose.yaml"]


SHOP = {"apps/api/Dockerfile": "FROM x\nCOPY app.py /\n", "apps/api/app.py": "run()\n"}


def test_a_file_of_a_deployment_folder_is_judged_beside_the_one_that_builds_the_service() -> None:
    files = {
        **SHOP,
        "compose.yaml": one(build="./apps/api"),
        "deployments/cli/compose.yaml": one(image="acme/shop-backend:1.2", restart="always"),
        "infra/databases/compose.yaml": one(image="postgres:17.2"),
        "deploy/web/compose.yaml": one(build="../../apps/web"),
        "tools/compose.yaml": one(image="acme/tool:1.2"),
    }
    evidence = run_probe(compose, repo=files, root="apps/api")
    found = values(evidence)
    assert found["compose.files"] == ["compose.yaml", "deployments/cli/compose.yaml"]
    assert found["compose.without_restart"] == ["compose.yaml:2 a: no restart policy"]
    told = evidence.facts[0].source.locator
    assert told.startswith("compose.yaml, deployments/cli/compose.yaml; not judged: deploy/web/")


def test_false_green_a_deployment_that_runs_the_service_is_judged_beside_its_own_file() -> None:
    files = {
        **SHOP,
        "apps/api/compose.yaml": one(build="."),
        "Makefile": "image:\n\tdocker build -t ghcr.io/acme/shop-api:1 apps/api\n",
        "deploy/prod/compose.yaml": one(image="ghcr.io/acme/shop-api:1"),
        "deploy/other/compose.yaml": one(image="ghcr.io/acme/other:1"),
    }
    own_file, run_by = "apps/api/compose.yaml", "deploy/prod/compose.yaml"
    assert seen(files, root="apps/api")["files"] == [own_file, run_by]


def test_false_green_databases_of_a_deployment_folder_are_no_deployment_of_the_service() -> None:
    files = {**SHOP, "infra/compose.yaml": one(image="postgres:17.2")}
    assert values(run_probe(compose, repo=files, root="apps/api")) == NOTHING


def test_a_deployment_goes_before_a_file_for_development() -> None:
    files = {
        **SHOP,
        "apps/api/compose.dev.yaml": one(build="."),
        "deploy/compose.yaml": one(image="acme/api:1.2"),
    }
    assert seen(files, root="apps/api")["files"] == ["deploy/compose.yaml"]


def test_a_file_of_a_deployment_folder_that_cannot_be_read_hides_what_is_empty() -> None:
    files = {**SHOP, "deploy/compose.yaml": "services: ["}
    assert problems(run_probe(compose, repo=files, root="apps/api")) == ["malformed"]


def test_a_file_deeper_down_that_only_runs_software_of_others_is_none_of_the_service() -> None:
    dump = "services:\n  mongo: {image: mongo}\n  ui: {image: mongo-express}\n"
    found = seen({**FILES, "extras/food-facts/docker-compose.yml": dump})
    assert "files" not in found
    assert seen({**FILES, "docker-compose.yml": dump})["files"] == ["docker-compose.yml"]
    assert seen({**FILES, "deploy/docker-compose.yml": dump})["files"] == [
        "deploy/docker-compose.yml"
    ]


@pytest.mark.parametrize("image", ["acme/shop", "app", "${IMAGE}"])
def test_false_green_a_file_deeper_down_that_may_run_the_service_is_judged(image: str) -> None:
    text = one(image=image) if image != "app" else one(build="../..")
    assert seen({**FILES, "extras/a/docker-compose.yml": text})["files"] != []


@pytest.mark.parametrize("tag", ["7", "16-alpine", "v2", "22-bookworm-slim"])
def test_false_green_a_major_version_alone_is_no_version(tag: str) -> None:
    (entry,) = of(one(image=f"redis:{tag}"), "unpinned_images")
    assert "a major version alone" in entry


@pytest.mark.parametrize(
    "tag", ["7.4", "16.4-alpine", "1234", "8-20250102", "3-4f2c9e1", "2024-01-31"]
)
def test_a_release_a_build_or_a_date_is_a_version(tag: str) -> None:
    assert of(one(image=f"redis:{tag}"), "unpinned_images") == []
