"""One look at a TLS port: what it shows, and how it ends when the port is hostile."""

from __future__ import annotations

import socket
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Http
from auditor.probing.tls import Tls, TlsSeen
from tests.servers.certificates import Authority, make_authority, server_context
from tests.servers.hostile import (
    Behaviour,
    HostileServer,
    drips,
    floods,
    hangs_up,
    resets,
    sends,
    silent,
)


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this test trusts."""
    made = make_authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.path))
    return made


@contextmanager
def port_of(
    context: ssl.SSLContext | None = None, raw: Behaviour | None = None
) -> Iterator[tuple[Tls, int]]:
    """A running port, and a door that may look at it."""
    with HostileServer(context=context, raw=raw) as server:
        yield Tls(Http(server.url)), server.port


def look(context: ssl.SSLContext) -> TlsSeen:
    """What the door sees of a port with that context."""
    with port_of(context) as (tls, port):
        return tls.inspect("127.0.0.1", port)


def refusal(ask: Callable[[], object], *, within_s: float) -> Trouble:
    """The trouble that `ask` ends in, having ended in time."""
    started = time.monotonic()
    with pytest.raises(Trouble) as caught:
        ask()
    assert time.monotonic() - started < within_s
    return caught.value


def test_a_well_kept_port_is_trusted_named_and_modern(tmp_path: Path, authority: Authority) -> None:
    seen = look(server_context(tmp_path, authority, days=90))
    assert (seen.chain_trusted, seen.hostname_matches, seen.best_protocol) == (
        True,
        True,
        "TLSv1.3",
    )
    assert (seen.weak_protocols, seen.unclear) == ((), ())
    assert timedelta(days=89) < seen.not_after - datetime.now(UTC) <= timedelta(days=90)


def test_a_certificate_that_signs_itself_is_seen_and_not_trusted(tmp_path: Path) -> None:
    seen = look(server_context(tmp_path, None))
    assert not seen.chain_trusted
    assert "self" in seen.chain_error
    assert seen.hostname_matches


def test_an_expired_certificate_is_seen_and_not_trusted(
    tmp_path: Path, authority: Authority
) -> None:
    seen = look(server_context(tmp_path, authority, days=-2))
    assert "expired" in seen.chain_error
    assert seen.not_after < datetime.now(UTC)


def test_a_certificate_for_another_host_is_trusted_and_does_not_match(
    tmp_path: Path, authority: Authority
) -> None:
    seen = look(server_context(tmp_path, authority, names=("other.test", "*.other.test")))
    assert (seen.chain_trusted, seen.hostname_matches) == (True, False)


@pytest.mark.parametrize("name", ["TLSv1.0", "TLSv1.1"])
def test_an_old_version_is_seen_although_this_machine_would_not_speak_it(
    tmp_path: Path, authority: Authority, name: str
) -> None:
    context = server_context(tmp_path, authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old = {"TLSv1.0": ssl.TLSVersion.TLSv1, "TLSv1.1": ssl.TLSVersion.TLSv1_1}[name]
        context.minimum_version = old
    seen = look(context)
    assert name in seen.weak_protocols
    assert seen.best_protocol == "TLSv1.3"


def test_a_port_that_speaks_nothing_newer_than_tls_1_2_is_seen_as_such(
    tmp_path: Path, authority: Authority
) -> None:
    context = server_context(tmp_path, authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert look(context).best_protocol == "TLSv1.2"


def _only_tls_1_0(context: ssl.SSLContext) -> ssl.SSLContext:
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
    return context


def test_a_port_that_speaks_nothing_but_an_old_version_is_seen_in_full(
    tmp_path: Path, authority: Authority
) -> None:
    seen = look(_only_tls_1_0(server_context(tmp_path, authority)))
    assert (seen.best_protocol, seen.weak_protocols) == ("TLSv1", ("TLSv1.0",))
    assert (seen.chain_trusted, seen.hostname_matches) == (True, True)


def test_false_green_an_old_version_does_not_hide_an_untrusted_chain(tmp_path: Path) -> None:
    seen = look(_only_tls_1_0(server_context(tmp_path, None)))
    assert "self" in seen.chain_error


def test_silence_to_an_old_greeting_is_unclear_and_no_pass(
    tmp_path: Path, authority: Authority
) -> None:
    """A middlebox may swallow old greetings: that is neither a refusal nor an agreement."""
    context = server_context(tmp_path, authority)

    def swallows(line: socket.socket, over: threading.Event) -> None:
        line.settimeout(3)
        offers_1_3 = b"\x00\x2b\x00" in line.recv(
            4096, socket.MSG_PEEK
        )  # the extension supported_versions
        if offers_1_3:
            context.wrap_socket(line, server_side=True).close()
        else:
            silent(line, over)

    with port_of(raw=swallows) as (tls, port):
        seen = tls.inspect("127.0.0.1", port, timeout_s=1.2)
    assert seen.weak_protocols == ()
    assert set(seen.unclear) == {"SSLv3", "TLSv1.0", "TLSv1.1"}


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (silent, ProblemKind.TIMED_OUT),
        (drips(b"\x16\x03\x03\x40\x00", b"\x02"), ProblemKind.TIMED_OUT),
        (sends(b"HTTP/1.1 400 Bad Request\r\n\r\n"), ProblemKind.UNREACHABLE),
        (floods(b"", b"\x00" * 4096), ProblemKind.UNREACHABLE),
        (hangs_up, ProblemKind.UNREACHABLE),
        (resets, ProblemKind.UNREACHABLE),
    ],
)
def test_a_hostile_port_ends_in_time_with_its_kind_of_trouble(
    raw: Behaviour, kind: ProblemKind
) -> None:
    with port_of(raw=raw) as (tls, port):
        trouble = refusal(lambda: tls.inspect("127.0.0.1", port, timeout_s=0.5), within_s=1.5)
    assert trouble.kind is kind, trouble.message


def test_a_port_is_open_closed_or_not_to_be_asked() -> None:
    with port_of(raw=hangs_up) as (tls, port):
        assert tls.listens("127.0.0.1", port)
    assert not tls.listens("127.0.0.1", port)
    assert refusal(lambda: tls.listens("10.0.0.1", 80), within_s=0.5).kind is ProblemKind.DENIED


def test_a_host_that_the_operator_did_not_name_is_not_contacted() -> None:
    tls = Tls(Http("https://staging.test"))
    assert refusal(lambda: tls.inspect("other.test", 443), within_s=0.5).kind is ProblemKind.DENIED


def test_offline_forbids_a_handshake_with_any_but_this_machine() -> None:
    tls = Tls(Http("https://staging.test", offline=True))
    assert (
        refusal(lambda: tls.inspect("staging.test"), within_s=0.5).kind
        is ProblemKind.NOT_CONFIGURED
    )


def test_handshakes_are_counted_as_cost(tmp_path: Path) -> None:
    with HostileServer(context=server_context(tmp_path, None)) as server:
        http = Http(server.url)
        Tls(http).inspect("127.0.0.1", server.port)
    assert http.traffic.requests == 5


def test_each_address_of_a_name_is_asked_with_the_name_that_was_meant(
    tmp_path: Path, authority: Authority
) -> None:
    good = server_context(tmp_path, authority, names=("staging.test",))
    with HostileServer(context=good) as server:
        http = Http(f"https://staging.test:{server.port}")
        door = Tls(http, resolve=lambda host, port: ["127.0.0.1", "127.0.0.2"])
        assert door.addresses("staging.test", server.port) == ["127.0.0.1", "127.0.0.2"]
        seen = door.inspect("staging.test", server.port, address="127.0.0.1")
        other = refusal(
            lambda: door.inspect("staging.test", server.port, address="127.0.0.2"), within_s=2.0
        )
    assert (seen.hostname_matches, seen.chain_trusted) == (True, True)
    assert (seen.address, seen.host) == ("127.0.0.1", "staging.test")
    assert other.kind is ProblemKind.UNREACHABLE, "nobody listens there"


def test_the_system_tells_the_addresses_of_a_name_and_that_there_are_none() -> None:
    assert "127.0.0.1" in Tls(Http("https://localhost")).addresses("localhost", 443)
    door = Tls(Http("https://nowhere.invalid"))
    trouble = refusal(lambda: door.addresses("nowhere.invalid", 443), within_s=6.0)
    assert trouble.kind in (ProblemKind.UNREACHABLE, ProblemKind.TIMED_OUT)
    assert refusal(lambda: door.addresses("other.test", 443), within_s=0.5).kind is (
        ProblemKind.DENIED
    )
