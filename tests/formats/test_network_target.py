"""Whether an address may be somebody's, and whether it lies in the own network."""

from __future__ import annotations

import pytest

from auditor.formats.web.network_target import host_of, is_inside, is_loopback, stand_in


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://a.b:1/x", "a.b"),
        ("a:80", "a"),
        ("A.b", "a.b"),
        ("[::1]:9", "::1"),
        ("", ""),
        ("http://[", ""),
    ],
)
def test_the_host_of_an_address(address: str, host: str) -> None:
    assert host_of(address) == host


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://example.com/x",
        "logs.example.org:1",
        "https://<host>/",
        "https://your-domain.io",
        "http://CHANGEME",
        "https://a.test",
    ],
)
def test_stand_ins_are_nobodys(address: str) -> None:
    assert stand_in(address)


@pytest.mark.parametrize(
    "address", ["https://logs.corp.net", "loki:3100", "${LOKI_URL}", "10.0.0.1"]
)
def test_others_may_be_somebodys(address: str) -> None:
    assert stand_in(address) == ""


@pytest.mark.parametrize(
    "address", ["http://localhost:1", "127.0.0.1", "0.0.0.0:80", "http://[::1]/"]
)
def test_loopback_is_the_machine_itself_and_inside(address: str) -> None:
    assert is_loopback(address)
    assert is_inside(address)


@pytest.mark.parametrize(
    ("address", "inside"),
    [
        ("http://api:8000", True),
        ("10.1.2.3", True),
        ("https://a.ns.svc.cluster.local", True),
        ("https://a.internal", True),
        ("https://shop.corp.net", False),
        ("8.8.8.8", False),
    ],
)
def test_private_names_and_ranges_are_inside(address: str, inside: bool) -> None:
    assert is_inside(address) is inside
