"""An old TLS greeting, byte for byte, and what a server says to it.

Written by hand, so that the answer depends on the server alone: today's OpenSSL, or the crypto
policy of the machine, may refuse to speak the very versions that are asked about.
"""

from __future__ import annotations

import os
from enum import Enum

OLD_VERSIONS = {"SSLv3": 0x0300, "TLSv1.0": 0x0301, "TLSv1.1": 0x0302}

_ALERT, _HANDSHAKE, _SERVER_HELLO = 0x15, 0x16, 0x02
# Every kind of suite that an old server may want: ECDHE, DHE and RSA with AES, 3DES and RC4.
_SUITES = (
    0xC00A, 0xC009, 0xC014, 0xC013, 0xC008, 0xC012, 0xC007, 0xC011, 0x0039, 0x0038, 0x0033, 0x0032,
    0x0016, 0x0013, 0x0035, 0x002F, 0x0041, 0x0084, 0x000A, 0x0005, 0x0004, 0x00FF,
)  # fmt: skip
_GROUPS = (0x001D, 0x0017, 0x0018, 0x0019)


class Reply(Enum):
    """What a server said to an old greeting; UNCLEAR is neither an agreement nor a refusal."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCLEAR = "unclear"


def client_hello(host: str, version: int) -> bytes:
    """A ClientHello that offers `version` and nothing newer (RFC 2246, 4346; extensions RFC 6066)."""
    suites = b"".join(_u16(s) for s in _SUITES)
    extensions = _extension(10, _vector(b"".join(_u16(g) for g in _GROUPS))) + _extension(
        11, b"\x01\x00"
    )
    if not _is_address(host):
        name = b"\x00" + _vector(host.encode("idna"))
        extensions = _extension(0, _vector(name)) + extensions
    body = _u16(version) + os.urandom(32) + b"\x00" + _vector(suites) + b"\x01\x00"
    if version > OLD_VERSIONS["SSLv3"]:
        body += _vector(extensions)
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return bytes([_HANDSHAKE]) + _u16(min(version, 0x0301)) + _vector(handshake)


def reply(answer: bytes, version: int) -> Reply:
    """What the first bytes of the answer (none: the server hung up) say to an offer of `version`."""
    if not answer or answer[0] == _ALERT:
        return Reply.REFUSED
    if len(answer) < 11 or answer[0] != _HANDSHAKE or answer[5] != _SERVER_HELLO:
        return Reply.UNCLEAR
    chosen = int.from_bytes(answer[9:11], "big")
    if chosen == version:
        return Reply.ACCEPTED
    return Reply.REFUSED if chosen < version else Reply.UNCLEAR


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _extension(kind: int, body: bytes) -> bytes:
    return _u16(kind) + _vector(body)


def _vector(body: bytes) -> bytes:
    return _u16(len(body)) + body


def _u16(number: int) -> bytes:
    return number.to_bytes(2, "big")
