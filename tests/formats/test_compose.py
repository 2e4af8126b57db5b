"""What a Compose file runs, in the short and the long form of its keys."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.containers import compose
from auditor.formats.containers.compose_merge import merge, resolve_extends
from auditor.formats.containers.compose_model import HealthState, Service
from auditor.formats.containers.image_reference import Pin
from auditor.formats.secrets.literal_secret import ValueKind
from auditor.formats.text.errors import FormatError, Malformed


def service(body: str, **variables: str) -> Service:
    """The only service of a file, `body` being its flow mapping."""
    return compose.read(f"services:\n  web: {body}\n", variables=variables).services[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("- a", "must be a mapping, and is a list"),
        ("web:\n  image: a\n", "has no `services`"),
        ("services: [a]", "`services` must be a mapping"),
        ("services:\n  web:\n", "The service `web` must be a mapping, and is empty"),
        ("services:\n  web: {image: a}\n  web: {image: b}\n", "stands there twice"),
    ],
)
def test_what_compose_refuses_is_malformed(text: str, words: str) -> None:
    with pytest.raises(Malformed) as caught:
        compose.read(text)
    assert words in caught.value.message


def test_a_file_of_volumes_or_includes_alone_has_no_services() -> None:
    read = compose.read("include:\n  - a.yml\n  - path: [b.yml, c.yml]\nservices:\n")
    assert read.services == ()
    assert [path.path for path in read.paths] == ["a.yml", "b.yml", "c.yml"]


@pytest.mark.parametrize(
    ("image", "pin"),
    [
        ("nginx", Pin.NONE),
        ("nginx:1.27", Pin.TAG),
        ("nginx:latest", Pin.LATEST),
        ("nginx:${TAG}", Pin.VARIABLE),
        ("nginx:${TAG:-1.27}", Pin.TAG),
        ("nginx:${TAG:-latest}", Pin.LATEST),
        ("'${IMAGE:-nginx:1.27}'", Pin.TAG),
        ("nginx:${KNOWN}", Pin.TAG),
    ],
)
def test_the_pin_of_an_image_uses_defaults_and_given_variables(image: str, pin: Pin) -> None:
    found = service(
        f'{{image: "{image}"}}' if "'" not in image else f"{{image: {image}}}", KNOWN="1.2"
    )
    assert found.image is not None
    assert found.image.pin is pin


@pytest.mark.parametrize(
    ("health", "state", "effective"),
    [
        ("{image: a}", HealthState.ABSENT, False),
        ("{healthcheck: {test: [CMD, curl, x]}}", HealthState.DECLARED, True),
        ("{healthcheck: {test: curl x}}", HealthState.DECLARED, True),
        (
            '{healthcheck: {test: ["CMD-SHELL", "pg_isready || exit 1"]}}',
            HealthState.DECLARED,
            True,
        ),
        ('{healthcheck: {test: ["CMD-SHELL", "curl x || true"]}}', HealthState.DECLARED, False),
        ("{healthcheck: {test: [CMD, 'true']}}", HealthState.DECLARED, False),
        ("{healthcheck: {test: exit 0}}", HealthState.DECLARED, False),
        ("{healthcheck: {test: [NONE]}}", HealthState.DISABLED, False),
        ("{healthcheck: {test: NONE}}", HealthState.DISABLED, False),
        ("{healthcheck: {disable: true, test: curl x}}", HealthState.DISABLED, False),
        ("{healthcheck: {interval: 5s}}", HealthState.INHERITED, False),
        ("{healthcheck: {test: []}}", HealthState.INHERITED, False),
        ("{healthcheck: }", HealthState.ABSENT, False),
    ],
)
def test_a_health_check_counts_when_it_is_declared_and_can_fail(
    health: str, state: HealthState, effective: bool
) -> None:
    found = service(health).health
    assert (found.state, found.effective) == (state, effective)


@pytest.mark.parametrize(
    ("body", "restart", "restarts"),
    [
        ("{image: a}", None, False),
        ("{restart: always}", "always", True),
        ("{restart: 'on-failure:3'}", "on-failure", True),
        ("{restart: no}", "no", False),
        ("{restart: 'no', deploy: {restart_policy: {condition: any}}}", "no", False),
        ("{deploy: {restart_policy: {condition: any}}}", "always", True),
        ("{deploy: {restart_policy: {delay: 5s}}}", "always", True),
        ("{deploy: {restart_policy: {condition: on-failure}}}", "on-failure", True),
        ("{deploy: {restart_policy: {condition: none}}}", "no", False),
    ],
)
def test_the_restart_policy(body: str, restart: str | None, restarts: bool) -> None:
    found = service(body)
    assert (found.restart, found.restarts) == (restart, restarts)


@pytest.mark.parametrize(
    ("body", "limits"),
    [
        ("{image: a}", (None, None)),
        ("{deploy: {resources: {limits: {memory: 300M, cpus: 0.5}}}}", ("300M", "0.5")),
        ("{mem_limit: 1g, cpus: 1}", ("1g", "1")),
        ("{mem_limit: 0}", (None, None)),
        ("{deploy: {resources: {reservations: {memory: 1g}}}}", (None, None)),
    ],
)
def test_limits_are_limits_and_not_reservations(
    body: str, limits: tuple[str | None, str | None]
) -> None:
    found = service(body)
    assert (found.memory_limit, found.cpu_limit) == limits


def test_ports_in_every_form() -> None:
    body = "{ports: [80, '8080:80', '127.0.0.1:5432:5432/tcp', '[::1]:1:2', '3-5:3-5', "
    body += "{target: 9, published: 90, host_ip: 0.0.0.0}, {published: 1}, [x]]}"
    assert [(port.target, port.published, port.host) for port in service(body).ports] == [
        ("80", None, None),
        ("80", "8080", None),
        ("5432", "5432", "127.0.0.1"),
        ("2", "1", "::1"),
        ("3-5", "3-5", None),
        ("9", "90", "0.0.0.0"),
    ]


ENVIRONMENTS = [
    "      - DB_PASSWORD=hunter2\n      - API_KEY=${API_KEY}\n      - ADMIN_PASS=${PASS:-admin}\n"
    "      - TOKEN\n      - DATABASE_URL=postgres://a:hunter2@db/a\n      - PORT=80\n",
    "      DB_PASSWORD: hunter2\n      API_KEY: ${API_KEY}\n      ADMIN_PASS: ${PASS:-admin}\n"
    "      TOKEN:\n      DATABASE_URL: postgres://a:hunter2@db/a\n      PORT: 80\n",
]


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=["list", "mapping"])
def test_secrets_are_named_with_their_kind_and_never_kept(environment: str) -> None:
    read = compose.read(f"services:\n  web:\n    environment:\n{environment}")
    found = read.services[0]
    assert [(secret.name, secret.kind, secret.line) for secret in found.secrets] == [
        ("DB_PASSWORD", ValueKind.LITERAL, 4),
        ("API_KEY", ValueKind.REFERENCE, 5),
        ("ADMIN_PASS", ValueKind.DEFAULT, 6),
        ("DATABASE_URL", ValueKind.LITERAL, 8),
    ]
    assert [name.name for name in found.environment if name.inherited] == ["TOKEN"]
    assert "hunter2" not in repr(read)


def test_host_paths_are_told_from_named_volumes() -> None:
    body = "{volumes: ['./a:/a:ro', data:/d, '/abs:/x', '~/h:/h', /anonymous, '${DIR:-./v}:/v', "
    body += "'${DIR}:/w', 'C:\\w:/win:ro', {type: bind, source: ./l, target: /l}, "
    body += "{type: volume, source: data, target: /q}]}"
    found = service(body)
    assert [(path.path, path.target, path.unresolved) for path in found.binds] == [
        ("./a", "/a", False),
        ("/abs", "/x", False),
        ("~/h", "/h", False),
        ("./v", "/v", False),
        ("${DIR}", "/w", True),
        ("C:\\w", "/win", False),
        ("./l", "/l", False),
    ]


@pytest.mark.parametrize(
    ("build", "paths"),
    [
        ("./api", ["./api", "./api/Dockerfile"]),
        ("{context: api, dockerfile: docker/D}", ["api", "api/docker/D"]),
        ("{dockerfile: D}", [".", "./D"]),
        ("{context: api, dockerfile_inline: FROM a}", ["api"]),
        ("https://host/x.git#main", []),
    ],
)
def test_a_build_expects_its_context_and_its_dockerfile(build: str, paths: list[str]) -> None:
    assert [path.path for path in service(f"{{build: {build}}}").paths] == paths


def test_files_that_the_compose_file_names() -> None:
    read = compose.read(
        "services:\n  web:\n    env_file: .env\n  api:\n    env_file:\n      - a.env\n"
        "      - {path: b.env, required: false}\n    extends: {file: base.yml, service: x}\n"
        "secrets:\n  db: {file: db.txt}\n  ext: {external: true}\nconfigs:\n  c: {file: c.conf}\n"
    )
    assert [(path.what, path.path, path.line) for path in read.paths] == [
        ("secret", "db.txt", 10),
        ("config", "c.conf", 13),
    ]
    assert [
        (path.what, path.path, path.line, path.required)
        for found in read.services
        for path in found.paths
    ] == [
        ("env_file", ".env", 3, True),
        ("env_file", "a.env", 6, True),
        ("env_file", "b.env", 7, False),
        ("extends", "base.yml", 8, True),
    ]


def test_dependencies_that_no_service_is_are_named() -> None:
    read = compose.read(
        "services:\n  a: {image: x, depends_on: [b, gone]}\n"
        "  b: {image: x, depends_on: {a: {condition: service_healthy}}}\n  c: {restart: always}\n"
    )
    assert [found.service for found in read.undefined_dependencies] == ["gone"]
    assert read.services[1].depends_on[0].condition == "service_healthy"
    assert [found.name for found in read.without_image] == ["c"]


def test_anchors_and_merge_keys_reach_the_service() -> None:
    read = compose.read(
        "x-base: &base\n  restart: always\n  environment: &env {A: 1}\n"
        "services:\n  web:\n    <<: *base\n    image: a:1\n"
    )
    assert read.services[0].restart == "always"


def test_later_files_win_key_by_key() -> None:
    base = compose.read(
        "services:\n  web:\n    build: ./web\n    image: a\n    environment: {TOKEN: abc, B: 1}\n"
        "    ports: ['80:80']\n    volumes: ['./a:/a']\n    profiles: [x]\n  db: {image: b:1}\n"
    )
    over = compose.read(
        "services:\n  web:\n    image: a:2\n    restart: always\n    ports: ['81:80']\n"
        "    environment: {TOKEN: '${TOKEN}'}\n    volumes: ['./b:/a']\n    build: {target: prod}\n"
        "    healthcheck: {test: curl x}\n"
    )
    merged = merge([base, over])
    web = merged.service("web")
    assert web is not None
    assert web.image is not None
    assert (web.image.text, web.restart, web.health.effective) == ("a:2", "always", True)
    assert web.build is not None
    assert (web.build.context, web.build.target) == ("./web", "prod")
    assert [secret.kind for secret in web.secrets] == [ValueKind.REFERENCE]
    assert [path.path for path in web.binds] == ["./b"]
    assert [port.published for port in web.ports] == ["80", "81"]
    assert [found.name for found in merged.services] == ["web", "db"]


def test_extends_brings_what_the_service_does_not_set() -> None:
    common = compose.read("services:\n  base: {image: a:1, restart: always, privileged: true}\n")
    read = compose.read(
        "services:\n  one: {extends: {file: c.yml, service: base}, restart: 'no'}\n"
        "  two: {extends: one, image: b:2}\n  lost: {extends: nowhere}\n  loop: {extends: loop}\n"
    )
    found = resolve_extends(read, {"c.yml": common})
    one, two, lost, loop = found.services
    assert one.image is not None
    assert (one.image.text, one.restart, one.extends, one.privileged) == ("a:1", "no", None, True)
    assert two.image is not None
    assert (two.image.text, two.restart) == ("b:2", "no")
    assert lost.extends is not None
    assert loop.extends is not None


KEYS = st.sampled_from(
    ["services", "web", "image", "build", "context", "healthcheck", "test", "deploy", "ports",
     "environment", "volumes", "depends_on", "extends", "env_file", "include", "secrets", "file"]
)  # fmt: skip
TREES = st.recursive(
    st.sampled_from(["null", "1", "true", "a:1", "'./a:/b'", "'${A:-b}'", "''", "1.5"]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]"),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda parts: "{" + ", ".join(f"{key}: {part}" for key, part in parts.items()) + "}"
        ),
    ),
    max_leaves=15,
)


@given(TREES, TREES)
def test_no_shape_of_yaml_raises_anything_but_a_format_error(first: str, second: str) -> None:
    with contextlib.suppress(FormatError):
        text = f"services:\n  web: {first}\ninclude: {second}\nsecrets: {second}\n"
        merged = merge([compose.read(text), compose.read(f"services:\n  web: {second}\n")])
        assert isinstance(resolve_extends(merged).services, tuple)
