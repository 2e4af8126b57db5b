"""Reads a server's certificate: for which hosts it is, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING

from auditor.formats.text.errors import Malformed

if TYPE_CHECKING:
    from cryptography import x509


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is asked of a certificate. Times are aware (UTC); names as written in it."""

    names: tuple[str, ...]
    addresses: tuple[str, ...]
    not_before: datetime
    not_after: datetime

    def covers(self, host: str) -> bool:
        """Whether it is for `host`, by RFC 9525: subject alternative names alone, never the subject."""
        try:
            return str(ip_address(host)) in self.addresses
        except ValueError:
            return any(_matches(name, host) for name in self.names)


def read_certificate(der: bytes) -> Certificate:
    """A certificate from its DER bytes. Raises Malformed."""
    from cryptography import x509  # here, as it takes 60 ms to import

    try:
        parsed = x509.load_der_x509_certificate(der)
        names, addresses = _alternative_names(parsed)
        return Certificate(
            names, addresses, parsed.not_valid_before_utc, parsed.not_valid_after_utc
        )
    except (
        ValueError,
        TypeError,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise Malformed(f"The certificate cannot be read: {error}.") from None


def _alternative_names(parsed: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from cryptography import x509

    try:
        found = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (), ()
    addresses = tuple(str(a) for a in found.get_values_for_type(x509.IPAddress))
    return tuple(found.get_values_for_type(x509.DNSName)), addresses


def _matches(name: str, host: str) -> bool:
    """A wildcard stands for exactly one label, the leftmost, with two labels or more behind it."""
    name, host = name.lower().rstrip("."), host.lower().rstrip(".")
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    if not name.startswith("*."):
        return name == host
    first, _, rest = host.partition(".")
    return bool(first) and "." in rest and rest == name[2:]
