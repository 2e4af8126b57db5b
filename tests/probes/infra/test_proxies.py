"""What infra.proxies says of the configurations that a deployment uses, and of those that it does not."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind, Value
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.infra.proxies import proxies

COMPOSE = """\
services:
  web:
    image: nginx:1.27
    volumes: ["./deploy/nginx.conf:/etc/nginx/nginx.conf:ro"]
  api:
    build: .
"""
NGINX = """\
http {
  server_tokens off;
  limit_req_zone $binary_remote_addr zone=one:10m rate=5r/s;
  server {
    listen 443 ssl;
    server_name a.test;
    add_header X-Content-Type-Options nosniff always;
    limit_req zone=one burst=10;
    location / { proxy_pass http://api:8000; }
  }
}
"""
FILES = {
    "compose.yml": COMPOSE,
    "deploy/nginx.conf": NGINX,
    "Dockerfile": "FROM x\n",
    "app.py": "x = 1\n",
}


def seen(files: dict[str, str]) -> dict[str, Value]:
    """The lists that are not empty, without the part that all keys have in common."""
    facts = values(run_probe(proxies, repo=files))
    return {key.removeprefix("proxies."): value for key, value in facts.items() if value != []}


def test_a_present_configuration_is_told() -> None:
    assert seen(FILES) == {
        "files": ["deploy/nginx.conf"],
        "headers": ["deploy/nginx.conf:7 X-Content-Type-Options on server a.test"],
        "rate_limits": ["deploy/nginx.conf:8 limit_req on location / of server a.test (rate=5r/s)"],
        "tls": ["deploy/nginx.conf:5 server a.test ends TLS"],
    }


def test_a_missing_configuration_gives_empty_lists_that_say_where_was_searched() -> None:
    evidence = run_probe(proxies, repo={"app.py": "x = 1\n"})
    assert set(map(str, values(evidence).values())) == {"[]"}
    assert all("searched" in fact.source.locator for fact in evidence.facts)


def test_nothing_to_look_at_gives_empty_lists() -> None:
    assert seen({}) == {}


def test_a_malformed_configuration_is_told_and_leaves_absence_open() -> None:
    evidence = run_probe(proxies, repo=FILES | {"deploy/nginx.conf": NGINX[:-3]})
    assert values(evidence)["proxies.invalid"] == [
        "deploy/nginx.conf:10 deploy/nginx.conf is no nginx configuration: the block http of line 1 is not closed."
    ]
    assert problems(evidence) == ["malformed"]
    assert "proxies.weak_tls" not in values(evidence)


def test_a_denied_configuration_leaves_absence_open() -> None:
    files = FILES | {"deploy/nginx.conf": Trouble(ProblemKind.DENIED, "no")}
    evidence = run_probe(proxies, repo=files)
    assert problems(evidence) == ["denied"]
    assert values(evidence)["proxies.files"] == ["deploy/nginx.conf"]
    assert "proxies.lost_headers" not in values(evidence)


def test_false_green_a_sample_that_nothing_deploys_counts_for_nothing() -> None:
    found = seen({k: v for k, v in FILES.items() if k != "compose.yml"})
    assert found == {"samples": ["deploy/nginx.conf"]}


def test_false_green_a_sample_beside_what_is_deployed_limits_nobody() -> None:
    files = FILES | {
        "deploy/nginx.conf": NGINX.replace("limit_req zone=one burst=10;", ""),
        "nginx.sample.conf": NGINX,
    }
    found = seen(files)
    assert "rate_limits" not in found
    assert found["samples"] == ["nginx.sample.conf"]
    assert found["ineffective_limits"] == [
        "deploy/nginx.conf:3 limit_req_zone one: no limit_req names it"
    ]


@pytest.mark.parametrize(
    "more",
    [
        {"web.Dockerfile": "FROM nginx\nCOPY deploy/nginx.conf /etc/nginx/nginx.conf\n"},
        {"web.Dockerfile": "FROM nginx\nCOPY deploy /etc/nginx/\n"},
        {"web.Dockerfile": "FROM node AS b\nFROM nginx\nCOPY --from=b /src/deploy/nginx.conf /etc/nginx/\n"},
        {"install.sh": "sudo cp deploy/nginx.conf /etc/nginx/sites-enabled/\n"},
        {"site.yml": "- template:\n    src: deploy/nginx.conf\n    dest: /etc/nginx/nginx.conf\n"},
        {"compose.yml": "services:\n  web:\n    image: nginx\n    volumes: ['./deploy:/etc/nginx']\n"},
        {"compose.yml": "services:\n  web:\n    image: nginx\n    configs: [n]\nconfigs:\n  n: {file: deploy/nginx.conf}\n"},
    ],
)  # fmt: skip
def test_files_are_deployed_in_several_ways(more: dict[str, str]) -> None:
    files = {k: v for k, v in FILES.items() if k != "compose.yml"} | more
    assert seen(files)["files"] == ["deploy/nginx.conf"]


def test_false_green_a_whole_repository_in_an_image_deploys_no_proxy() -> None:
    files = FILES | {
        "compose.yml": "services:\n  api: {build: .}\n",
        "Dockerfile": "FROM python\nCOPY . /app\n",
    }
    assert seen(files) == {"samples": ["deploy/nginx.conf"]}


def test_includes_are_followed_within_what_is_deployed_together() -> None:
    compose = COMPOSE.replace("./deploy/nginx.conf:/etc/nginx/nginx.conf:ro", "./deploy:/etc/nginx")
    main = "http { limit_req_zone $binary_remote_addr zone=z:1m rate=1r/s; include /etc/nginx/conf.d/*.conf; }"
    site = (
        "server { listen 80; include snippets/limit.conf; location / { proxy_pass http://api; } }"
    )
    files = {
        "compose.yml": compose,
        "deploy/nginx.conf": main,
        "deploy/conf.d/site.conf": site,
        "deploy/snippets/limit.conf": "limit_req zone=z;\n",
    }
    found = seen(files)
    assert found["rate_limits"] == [
        "deploy/snippets/limit.conf:1 limit_req on location / of server 80 (rate=1r/s)"
    ]
    assert "ineffective_limits" not in found
    gone = {k: v for k, v in files.items() if "limit" not in k}
    assert "rate_limits" not in seen(gone)


def test_a_deployed_file_that_no_include_names_leaves_absence_open() -> None:
    compose = COMPOSE.replace("./deploy/nginx.conf:/etc/nginx/nginx.conf:ro", "./deploy:/etc/nginx")
    files = {
        "compose.yml": compose,
        "deploy/nginx.conf": "http { include /config/site; }",
        "deploy/meet.conf": "listen 443 ssl;\nadd_header X-Frame-Options DENY;\n",
    }
    evidence = run_probe(proxies, repo=files)
    assert (
        "deploy/meet.conf is deployed for nginx, and no configuration"
        in evidence.problems[0].message
    )
    assert "proxies.weak_tls" not in values(evidence)


def test_a_template_that_does_not_parse_is_no_mistake_of_its_authors() -> None:
    text = "http {\n{{ range .X }}\nserver { {{ if .Y }} } {{ end }}\n{{ end }} }\n{{ .Z }} }\n"
    evidence = run_probe(proxies, repo=FILES | {"deploy/nginx.conf": text})
    assert problems(evidence) == ["vacuous"]
    assert "proxies.invalid" not in values(evidence)


def test_false_green_a_limit_that_hangs_on_a_condition_of_a_template_is_none() -> None:
    text = NGINX.replace(
        "limit_req zone=one burst=10;", "{% if LIMIT %}limit_req zone=one burst=10;{% endif %}"
    )
    evidence = run_probe(proxies, repo=FILES | {"deploy/nginx.conf": text})
    assert "proxies.rate_limits" not in values(evidence)
    assert "if conditions of a template hold" in evidence.problems[0].message


LOSING = NGINX.replace("location / {", "location / { add_header Cache-Control no-store;")


def test_false_green_headers_that_a_location_loses_are_told() -> None:
    (lost,) = seen(FILES | {"deploy/nginx.conf": LOSING})["lost_headers"]  # type: ignore[misc]
    assert str(lost).startswith(
        "deploy/nginx.conf:9 location / loses X-Content-Type-Options of line 7"
    )


def test_headers_that_the_code_may_set_itself_are_not_said_to_be_lost() -> None:
    files = FILES | {"deploy/nginx.conf": LOSING, "app.py": "SECURE_HSTS_SECONDS = 1\n"}
    assert "lost_headers" not in seen(files)


LABELS = """\
services:
  proxy: {image: "traefik:v3", command: ["--entrypoints.web.address=:80"]}
  api:
    build: .
    labels:
      - traefik.enable=true
      - traefik.http.routers.api.rule=Host(`a.test`)
      - traefik.http.middlewares.slow.ratelimit.average=10
"""


def test_labels_of_traefik_are_read_and_a_limit_that_no_router_names_is_idle() -> None:
    found = seen({"compose.yml": LABELS, "Dockerfile": "FROM x\n"})
    assert found["files"] == ["compose.yml"]
    assert found["ineffective_limits"] == ["compose.yml:8 rateLimit slow: no router names it"]
    applied = LABELS + "      - traefik.http.routers.api.middlewares=slow\n"
    honest = seen({"compose.yml": applied, "Dockerfile": "FROM x\n"})
    assert honest["rate_limits"] == ["compose.yml:7 rateLimit slow on router api"]


def test_false_green_a_service_that_traefik_leaves_alone_has_no_router() -> None:
    text = LABELS.replace("enable=true", "enable=false")
    assert "unlimited" not in seen({"compose.yml": text, "Dockerfile": "FROM x\n"})


def test_caddy_in_the_plain_image_has_no_limits() -> None:
    compose = (
        "services:\n  web:\n    image: caddy:2\n    volumes: ['./Caddyfile:/etc/caddy/Caddyfile']\n"
    )
    caddy = "a.test {\n rate_limit {\n zone a {\n key {remote_host}\n }\n }\n reverse_proxy api:8000\n}\n"
    found = seen({"compose.yml": compose, "Caddyfile": caddy})
    assert found["tls"] == ["Caddyfile:1 a.test ends TLS"]
    assert "rate_limits" not in found
    assert "lacks the plug-in" in str(found["ineffective_limits"])


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: acme/web:1}]}
"""


def test_an_ingress_and_nginx_in_a_config_map_are_read_at_their_lines() -> None:
    ingress = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\nspec:\n  tls: [{hosts: [a.test]}]\n  rules: [{host: a.test}]\n"
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: n}\ndata:\n  default.conf: |\n    server {\n      listen 443 ssl;\n      ssl_protocols TLSv1.1;\n    }\n"
    files = {"k8s/ingress.yaml": ingress, "k8s/config.yaml": config, "k8s/web.yaml": DEPLOYMENT}
    found = seen(files)
    assert found["files"] == ["k8s/config.yaml", "k8s/ingress.yaml"]
    assert found["weak_tls"] == ["k8s/config.yaml:8 ssl_protocols allows TLSv1.1 (server 443)"]
    assert "k8s/ingress.yaml:5 Ingress web ends TLS" in found["tls"]  # type: ignore[operator]
