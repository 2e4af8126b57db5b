"""Certificates for tests, made on the spot: authorities, servers, expired and misnamed ones."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority of our own; clients trust it through the file `path`."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    path: Path


def make_authority(folder: Path) -> Authority:
    """A fresh authority, its certificate written to `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Test authority")
    built = _builder(name, name, key, days=3650).add_extension(
        x509.BasicConstraints(True, None), critical=True
    )
    certificate = built.sign(key, hashes.SHA256())
    path = folder / "authority.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(key, certificate, path)


def server_context(
    folder: Path,
    authority: Authority | None,
    *,
    names: tuple[str, ...] = ("127.0.0.1",),
    days: float = 90.0,
) -> ssl.SSLContext:
    """A server's context; the certificate signs itself where there is no authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_chain(folder, authority, names=names, days=days))
    return context


def server_chain(
    folder: Path,
    authority: Authority | None,
    *,
    names: tuple[str, ...] = ("127.0.0.1",),
    days: float = 90.0,
) -> Path:
    """A server's key and certificate in one PEM file; it signs itself where there is no authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(names[0])
    issuer = authority.certificate.subject if authority else subject
    built = _builder(subject, issuer, key, days).add_extension(
        x509.SubjectAlternativeName([_alternative(n) for n in names]), critical=False
    )
    certificate = built.sign(authority.key if authority else key, hashes.SHA256())
    chain = folder / f"server-{certificate.serial_number}.pem"
    chain.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return chain


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, days: float
) -> x509.CertificateBuilder:
    """In force from 30 days before its end at the latest, so that an expired one once was."""
    end = datetime.now(UTC) + timedelta(days=days)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(min(datetime.now(UTC), end) - timedelta(days=30))
        .not_valid_after(end)
    )
