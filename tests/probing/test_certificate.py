"""For which hosts a certificate is."""

from datetime import UTC, datetime

import pytest

from auditor.formats.text.errors import Malformed
from auditor.probing.live.certificate import Certificate, read_certificate

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def covers(host: str, *names: str, addresses: tuple[str, ...] = ()) -> bool:
    """Whether a certificate with those names is for `host`."""
    return Certificate(names, addresses, NOW, NOW).covers(host)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("a.test", "a.test"),
        ("A.test", "a.TEST"),
        ("x.a.test", "*.a.test"),
        ("bücher.test", "xn--bcher-kva.test"),
    ],
)
def test_a_host_is_covered_by_its_name_or_by_a_wildcard_for_one_label(host: str, name: str) -> None:
    assert covers(host, name)


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("a.test", "b.test"),
        ("y.x.a.test", "*.a.test"),
        ("a.test", "*.a.test"),
        ("a.test", "*.test"),
        ("a.test", "*"),
        ("xa.test", "*a.test"),
        ("127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", "*.0.0.1"),
        ("a.test", ""),
    ],
)
def test_a_host_is_not_covered_by_names_that_only_resemble_it(host: str, name: str) -> None:
    assert not covers(host, name)


def test_an_address_is_covered_by_an_address_alone() -> None:
    assert covers("127.0.0.1", addresses=("127.0.0.1",))
    assert covers("0:0::1", addresses=("::1",))


def test_what_is_no_certificate_is_malformed() -> None:
    with pytest.raises(Malformed):
        read_certificate(b"not DER")
