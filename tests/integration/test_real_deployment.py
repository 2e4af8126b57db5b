"""A real deployment behind a real nginx: what is good passes, and each fault is the one that is told."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.integration.commands import Audit, git_repository, items_of, report_of, runner, said_of
from tests.servers.certificates import Authority, make_authority, server_chain
from tests.servers.nginx import Site, may_listen, nginx_command, serving
from tests.servers.orders import ORDERS, orders

TLS = "security.controls.tls"
HEADERS = "security.controls.headers"
HEALTH = "observability.monitoring.health"
METRICS = "observability.monitoring.metrics"
JUDGED = ("live.headers", "live.health", "live.tls", "live.probed_paths")
"""The probes of the deployment that decide these items; the first test runs all of them."""
Deploy = Callable[..., AbstractContextManager[str]]
Look = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def command() -> str:
    """The path of nginx."""
    found = nginx_command()
    if found is None:
        reason = "nginx is not installed (Debian: apt install nginx-light)"
        if os.environ.get("AUDITOR_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The example service, with a few orders behind it."""
    with orders(tmp_path_factory.mktemp("orders")) as url:
        with httpx.Client(base_url=url, timeout=10, trust_env=False) as client:
            for number in range(3):
                line = {"sku": "TEA-250", "quantity": 1 + number, "unit_price_cents": 590}
                made = client.post(
                    "/orders",
                    headers={"Idempotency-Key": f"example-{number}"},
                    json={"customer_id": f"c-{number}", "lines": [line]},
                ).raise_for_status()
            client.post(f"/orders/{made.json()['id']}/cancel").raise_for_status()
        yield url


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A private authority."""
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def deploy(command: str, service: str, authority: Authority, tmp_path: Path) -> Deploy:
    """Serves the example behind nginx; `signed` and the rest say in what the deployment is odd."""

    def start(
        *, signed: bool = True, names: tuple[str, ...] = (), days: float = 90.0, **site: Any
    ) -> AbstractContextManager[str]:
        address = site.get("address", "127.0.0.1")
        chain = server_chain(
            tmp_path, authority if signed else None, names=names or (address,), days=days
        )
        return serving(command, tmp_path / "nginx", Site(service, chain, **site))

    return start


@pytest.fixture
def look(tmp_path: Path, authority: Authority) -> Look:
    """The items of an audit of a URL and of the code behind it, by an operator who trusts the private authority."""
    code = {str(p.relative_to(ORDERS)): p.read_text("utf-8") for p in ORDERS.glob("orders/*.py")}
    target = git_repository(tmp_path / "target", code)
    run: Audit = runner(tmp_path)

    def audit(url: str, *, trusts: bool = True, live: tuple[str, ...] = JUDGED) -> dict[str, Any]:
        env = {"SSL_CERT_FILE": str(authority.path)} if trusts else {}
        probes = (
            *(*live, "monitoring.exposition", "infra.proxies"),
            *("code.health_endpoints", "code.metrics", "code.web_security"),
        )
        only = [word for name in probes for word in ("--only", name)]
        done = run("audit", target, "--url", url, *only, "--format", "json", env=env)
        return items_of(report_of(done))

    return audit


@pytest.fixture
def own_address() -> str:
    """An address of this machine whose port 80 is free for a test."""
    address = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}.{random.randint(2, 254)}"
    if not may_listen(address, 80):
        pytest.skip("this user may not listen on port 80 of a loopback address")
    return address


def test_a_good_deployment_behind_a_private_authority_passes(deploy: Deploy, look: Look) -> None:
    with deploy() as url:
        seen = look(url, live=("live.*",))
    outcomes = {name: seen[name]["verdict"] for name in (TLS, HEADERS, HEALTH, METRICS)}
    assert outcomes == dict.fromkeys((TLS, HEADERS, HEALTH, METRICS), "pass"), [
        said_of(seen[name]) for name in outcomes
    ]
    levels = {name: seen[name]["level"] for name in outcomes}
    # The code has a say in all but TLS, and a reading of code is effective at most.
    assert levels == dict.fromkeys((HEADERS, HEALTH, METRICS), "effective") | {TLS: "observed"}


def test_the_authority_is_trusted_only_where_the_operator_names_it(
    deploy: Deploy, look: Look
) -> None:
    with deploy() as url:
        seen = look(url, trusts=False)
    assert seen[TLS]["verdict"] == "fail"
    assert "chain" in said_of(seen[TLS])
    for name in (HEADERS, HEALTH, METRICS):
        assert seen[name]["verdict"] == "unknown", "nothing is read over a line that is not trusted"
        assert "certificate" in said_of(seen[name])
        assert "SSL_CERT_FILE" in said_of(seen[name])


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"signed": False}, "Whether the chain is complete, in force and trusted here: no"),
        ({"days": -2}, "Whether the chain is complete, in force and trusted here: no"),
        ({"names": ("other.test",)}, "Whether the certificate is for this host: no"),
        ({"days": 2.9}, "Whole days until the certificate expires; below 0 after it: 2 d"),
        ({"protocols": "TLSv1 TLSv1.2 TLSv1.3"}, "Versions below TLS 1.2 that the port accepts"),
    ],
    ids=["signs itself", "expired", "wrong host", "expires soon", "speaks TLS 1.0"],
)
def test_each_fault_of_the_tls_port_fails_the_item_and_is_named(
    deploy: Deploy, look: Look, fault: dict[str, Any], said: str
) -> None:
    with deploy(**fault) as url:
        seen = look(url)
    assert seen[TLS]["verdict"] == "fail"
    assert said in said_of(seen[TLS])


def test_plain_http_that_redirects_is_good(deploy: Deploy, look: Look, own_address: str) -> None:
    with deploy(address=own_address, plain="redirect") as url:
        seen = look(url)
    assert seen[TLS]["verdict"] == "pass", said_of(seen[TLS])


def test_plain_http_that_serves_fails_the_item(
    deploy: Deploy, look: Look, own_address: str
) -> None:
    with deploy(address=own_address, plain="serve") as url:
        seen = look(url)
    assert seen[TLS]["verdict"] == "fail"
    assert "Whether port 80 redirects to https, or is closed: no" in said_of(seen[TLS])


def test_headers_that_error_pages_lack_are_missed(deploy: Deploy, look: Look) -> None:
    with deploy(headers_on_errors=False) as url:
        seen = look(url)
    assert seen[HEADERS]["verdict"] == "fail"
    assert "(404)" in said_of(seen[HEADERS])
    assert "strict-transport-security" in said_of(seen[HEADERS])


def test_a_gateway_whose_service_is_down_is_told_as_such(
    command: str, authority: Authority, look: Look, tmp_path: Path
) -> None:
    site = Site("http://127.0.0.1:9", server_chain(tmp_path, authority))
    with serving(command, tmp_path / "nginx", site) as url:
        seen = look(url)
    for name in (HEADERS, HEALTH, METRICS):
        assert seen[name]["verdict"] == "unknown"
        assert "502" in said_of(seen[name])
    assert seen[TLS]["verdict"] == "pass"
