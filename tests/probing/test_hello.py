"""What a server's first bytes say to an old greeting."""

import pytest

from auditor.probing.live.hello import OLD_VERSIONS, Reply, client_hello, reply

TLS10 = OLD_VERSIONS["TLSv1.0"]


def server_hello(version: int) -> bytes:
    """The first bytes of a ServerHello that chose `version`."""
    return b"\x16\x03\x01\x00\x50\x02\x00\x00\x4c" + version.to_bytes(2, "big") + b"\x00" * 32


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (server_hello(TLS10), Reply.ACCEPTED),
        (server_hello(OLD_VERSIONS["SSLv3"]), Reply.REFUSED),
        (server_hello(0x0303), Reply.UNCLEAR),
        (b"\x15\x03\x01\x00\x02\x02\x46", Reply.REFUSED),
        (b"", Reply.REFUSED),
        (b"HTTP/1.1 400 Bad", Reply.UNCLEAR),
        (b"\x16\x03\x01", Reply.UNCLEAR),
        (b"\x16\x03\x01\x00\x50\x0b" + b"\x00" * 20, Reply.UNCLEAR),
    ],
)
def test_only_a_server_hello_of_the_offered_version_accepts_it(answer: bytes, said: Reply) -> None:
    assert reply(answer, TLS10) is said


@pytest.mark.parametrize("version", OLD_VERSIONS.values())
def test_the_greeting_offers_its_version_and_its_lengths_add_up(version: int) -> None:
    hello = client_hello("staging.test", version)
    assert hello[9:11] == version.to_bytes(2, "big")
    assert int.from_bytes(hello[3:5], "big") == len(hello) - 5
    assert int.from_bytes(hello[6:9], "big") == len(hello) - 9


def test_the_greeting_names_a_host_and_never_an_address() -> None:
    assert b"staging.test" in client_hello("staging.test", TLS10)
    assert b"127.0.0.1" not in client_hello("127.0.0.1", TLS10)
