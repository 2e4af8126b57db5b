"""The door to TLS itself: one look at a port's certificate, chain and protocol versions."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from auditor.formats.text.errors import Malformed
from auditor.model.evidence import ProblemKind, Source
from auditor.probing.doors.deadline import Lines, within
from auditor.probing.doors.trouble import Trouble
from auditor.probing.doors.wire import said, slow, tls_reason
from auditor.probing.http import Http
from auditor.probing.live.certificate import read_certificate
from auditor.probing.live.hello import OLD_VERSIONS, Reply, client_hello, reply
from auditor.probing.trust import trusted_context

T = TypeVar("T")
Resolve = Callable[[str, int], list[str]]

_CURRENT = ("TLSv1.2", "TLSv1.3")
_PATIENCE_S = 2.0
"""How long a port may stay silent to an old greeting before that is no answer."""


@dataclass(frozen=True, slots=True)
class TlsSeen:
    """What a port showed. Times are aware (UTC).

    `chain_error` says why the chain is not trusted, "" where it is. `weak_protocols` are those of
    SSLv3, TLSv1.0 and TLSv1.1 that the port accepts; `unclear` those to which it gave no clear answer.
    `address` is the one of the host's that was asked, "" where the system chose.
    """

    host: str
    port: int
    chain_error: str
    hostname_matches: bool
    not_before: datetime
    not_after: datetime
    best_protocol: str
    weak_protocols: tuple[str, ...]
    unclear: tuple[str, ...]
    source: Source
    address: str = ""

    @property
    def chain_trusted(self) -> bool:
        """Whether the chain leads to a certificate that this machine trusts, and is in force."""
        return not self.chain_error


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, each once. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Tls:
    """Handshakes with the hosts that the HTTP door may talk to; no request is sent through them."""

    def __init__(self, http: Http, resolve: Resolve | None = None) -> None:
        self._http = http
        self._resolve = resolve or resolved

    def addresses(self, host: str, port: int, *, timeout_s: float = 5.0) -> list[str]:
        """Every address of a name, in the order in which the system prefers them.

        Raises Trouble as `inspect` does.
        """
        return self._within(
            self._allowed(host, port), timeout_s, lambda _: self._resolve(host, port)
        )

    def inspect(
        self, host: str, port: int = 443, *, timeout_s: float = 10.0, address: str = ""
    ) -> TlsSeen:
        """Look at `host:port` with up to five handshakes, all within `timeout_s`; at one `address` of it, if given.

        Raises Trouble: denied for a host that the operator did not name, not_configured when
        offline, unreachable (also where no TLS is spoken), timed_out, malformed.
        """
        place = self._allowed(host, port)
        return self._within(place, timeout_s, lambda peer: self._look(peer, place), address)

    def listens(self, host: str, port: int, *, timeout_s: float = 5.0) -> bool:
        """Whether anything accepts connections there; silence is no answer and raises Trouble."""
        place = self._allowed(host, port)

        def knock(peer: _Peer) -> bool:
            try:
                peer.connect().close()
            except ConnectionRefusedError:
                return False
            return True

        return self._within(place, timeout_s, knock)

    def _allowed(self, host: str, port: int) -> str:
        shown = f"[{host}]" if ":" in host else host
        self._http.check(f"https://{shown}:{port}")
        return f"{shown}:{port}"

    def _within(
        self, place: str, timeout_s: float, work: Callable[[_Peer], T], address: str = ""
    ) -> T:
        lines = Lines()
        host, _, port = place.rpartition(":")
        peer = _Peer(host.strip("[]"), int(port), time.monotonic() + timeout_s, lines, address)
        try:
            return within(timeout_s, lambda: work(peer), lines)
        except TimeoutError:
            raise slow(place, timeout_s) from None
        except Malformed as error:
            raise Trouble(ProblemKind.MALFORMED, f"{place}: {error.message}") from None
        except ssl.SSLError as error:
            hint = (
                "Check that this port speaks TLS 1.2 or 1.3: an http:// URL may be what is meant."
            )
            message = f"{place} did not agree on TLS: {tls_reason(error)}."
            raise Trouble(ProblemKind.UNREACHABLE, message, hint) from None
        except (OSError, UnicodeError) as error:
            hint = "Check the URL, and that the deployment can be reached from here."
            message = f"{place} could not be reached: {said(error)}."
            raise Trouble(ProblemKind.UNREACHABLE, message, hint) from None
        finally:
            self._http.count(peer.connections)

    def _look(self, peer: _Peer, place: str) -> TlsSeen:
        der, protocol = peer.certificate()
        certificate = read_certificate(der)
        chain_error = peer.chain_error(protocol)
        replies = {name: peer.old_version(version) for name, version in OLD_VERSIONS.items()}
        return TlsSeen(
            host=peer.host,
            port=peer.port,
            chain_error=chain_error,
            hostname_matches=certificate.covers(peer.host),
            not_before=certificate.not_before,
            not_after=certificate.not_after,
            best_protocol=protocol,
            weak_protocols=tuple(n for n, r in replies.items() if r is Reply.ACCEPTED),
            unclear=tuple(n for n, r in replies.items() if r is Reply.UNCLEAR),
            source=self._http.record(
                f"TLS {place}" + (f" at {peer.address}" if peer.address else ""),
                ssl.DER_cert_to_PEM_cert(der).encode(),
            ),
            address=peer.address,
        )


def _speak_anything(context: ssl.SSLContext) -> None:
    """Let a context speak versions and suites that this machine's policy has given up."""
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("DEFAULT:@SECLEVEL=0")


class _Peer:
    """One port, asked until a deadline."""

    def __init__(
        self, host: str, port: int, deadline: float, lines: Lines, address: str = ""
    ) -> None:
        self.host = host
        self.port = port
        self.address = address
        self.connections = 0
        self._deadline = deadline
        self._lines = lines

    def connect(self) -> socket.socket:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.connections += 1
        line = socket.create_connection((self.address or self.host, self.port), timeout=left)
        self._lines.add(line)
        return line

    def certificate(self) -> tuple[bytes, str]:
        """The certificate (DER), whatever it is worth, and the best version both sides speak."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        _speak_anything(context)
        with (
            self.connect() as line,
            context.wrap_socket(line, server_hostname=self.host) as wrapped,
        ):
            der = wrapped.getpeercert(binary_form=True)
            return der or b"", wrapped.version() or ""

    def chain_error(self, protocol: str) -> str:
        """Why the chain is not trusted; the host name is looked at elsewhere.

        Where the best `protocol` is an old one, which is told elsewhere too, the chain is asked for
        in it; otherwise a port that this machine's policy refuses to speak with gives no answer.
        """
        context = trusted_context()
        context.check_hostname = False
        if protocol not in _CURRENT:
            _speak_anything(context)
        try:
            with self.connect() as line, context.wrap_socket(line, server_hostname=self.host):
                return ""
        except ssl.SSLCertVerificationError as error:
            return error.verify_message or tls_reason(error)

    def old_version(self, version: int) -> Reply:
        """What the port says to an offer of an old version."""
        with self.connect() as line:
            try:
                line.sendall(client_hello(self.host, version))
                return reply(self._first_bytes(line), version)
            except (ConnectionResetError, BrokenPipeError):
                return Reply.REFUSED
            except TimeoutError:
                return Reply.UNCLEAR

    def _first_bytes(self, line: socket.socket) -> bytes:
        patience = min(_PATIENCE_S, (self._deadline - time.monotonic()) / 2)
        until = time.monotonic() + patience
        answer = b""
        while len(answer) < 11:
            line.settimeout(max(0.01, until - time.monotonic()))
            more = line.recv(11 - len(answer))
            if not more:
                break
            answer += more
            if answer[0] == 0x15:
                break
        return answer
