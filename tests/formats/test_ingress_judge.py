"""What Ingresses and Gateways say of limits, TLS and redirects."""

from __future__ import annotations

import pytest

from auditor.formats.kubernetes.kube_manifest import read
from auditor.formats.web.ingress_judge import judge_kubernetes
from auditor.formats.web.proxy_model import Topic

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/proxy-body-size: 2m
spec:
  tls:
    - hosts: [a.test]
      secretName: cert
  rules:
    - host: a.test
"""
NOTE = "    nginx.ingress.kubernetes.io/proxy-body-size: 2m\n"


def told(text: str, topic: Topic) -> list[str]:
    return [
        f"{e.line} {e.what}"
        for e in judge_kubernetes(read(text, path="i.yaml"))
        if e.topic is topic
    ]


def noted(key: str, value: str) -> str:
    return INGRESS.replace(NOTE, f'    nginx.ingress.kubernetes.io/{key}: "{value}"\n')


def test_an_ingress_with_tls_for_its_hosts() -> None:
    assert told(INGRESS, Topic.TLS) == ["8 Ingress web ends TLS"]
    assert told(INGRESS, Topic.PLAIN) == []
    assert told(INGRESS, Topic.BOUND) == ["6 proxy-body-size 2m on Ingress web"]


def test_false_green_a_host_that_tls_does_not_cover_is_plain() -> None:
    text = INGRESS + "    - host: b.test\n"
    assert told(text, Topic.PLAIN) == ["13 Ingress web: no tls covers the host b.test"]
    wild = text.replace("hosts: [a.test]", 'hosts: ["*.test"]')
    assert told(wild, Topic.PLAIN) == []


def test_no_tls_at_all_may_end_elsewhere() -> None:
    text = INGRESS.replace("  tls:\n    - hosts: [a.test]\n      secretName: cert\n", "")
    assert told(text, Topic.PLAIN) == told(text, Topic.TLS) == []


def test_false_green_a_redirect_that_is_switched_off_serves_plain() -> None:
    assert told(noted("ssl-redirect", "false"), Topic.PLAIN) != []
    assert told(noted("ssl-redirect", "true"), Topic.PLAIN) == []


@pytest.mark.parametrize(
    ("value", "holds"), [("5", True), ("0", False), ("5000", False), ("${RPS}", True)]
)
def test_limits_of_requests(value: str, holds: bool) -> None:
    text = noted("limit-rps", value)
    assert bool(told(text, Topic.LIMIT)) is holds
    assert bool(told(text, Topic.IDLE)) is not holds
    assert told(INGRESS, Topic.UNLIMITED) == ["1 Ingress web has no limit of requests"]


def test_limits_of_connections_are_no_limits_of_requests() -> None:
    assert told(noted("limit-connections", "5"), Topic.LIMIT) == []


def test_a_body_without_limit_is_unbounded() -> None:
    assert told(noted("proxy-body-size", "0"), Topic.UNBOUNDED) != []


def test_the_controller_may_allow_broken_versions() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  ssl-protocols: TLSv1.1 TLSv1.3\n"
    assert told(text, Topic.WEAK) == ["5 ssl-protocols allows TLSv1.1 (ConfigMap c)"]


def test_a_listener_of_a_gateway_ends_tls() -> None:
    text = "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: g}\nspec:\n  listeners:\n    - {name: s, protocol: HTTPS}\n    - {name: p, protocol: HTTP}\n"
    assert told(text, Topic.TLS) == ["6 Gateway g: listener s ends TLS"]
