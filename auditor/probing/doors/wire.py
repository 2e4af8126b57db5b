"""Sends one request and reads its answer, in bounded time and memory; what goes wrong is Trouble."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.formats.text.errors import Malformed, TooLarge
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.body import read_body
from auditor.probing.doors.deadline import Lines, within
from auditor.probing.doors.redact import redact
from auditor.probing.doors.trouble import Trouble

if TYPE_CHECKING:
    import httpx

_IDLE_S = 10.0
_TLS_NOISE = re.compile(r"\[SSL: \w+\] (?:certificate verify failed: )?|\s*\(_ssl\.c:\d+\)")
_CERTIFICATE_HINTS = (
    ("expired", "Renew the certificate."),
    (
        "not yet valid",
        "Check the clocks here and of the issuer, or wait until the certificate holds.",
    ),
    (
        "mismatch",
        "Give the host name that the certificate is for, or have one issued for this host.",
    ),
    (
        "issuer|self.signed|unable to get",
        "Serve the whole chain. For a private authority, run again with SSL_CERT_FILE=<its certificate>.",
    ),
    ("", "Check the certificate: its chain, its host name and its expiry."),
)
_HEADERS = {
    "User-Agent": "auditor (production readiness audit)",
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
}


@dataclass(frozen=True, slots=True)
class Ask:
    """One request without its redirects; `left_s` is the time that it may take."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes | None
    body_limit: int
    left_s: float
    verify: bool


def send(
    ask: Ask,
    *,
    transport: Callable[[], httpx.BaseTransport] | None,
    trust: ssl.SSLContext | None,
    proxies: bool,
) -> tuple[httpx.Response, bytes]:
    """The answer (status and headers) and its body. Raises Trouble.

    `trust` None leaves certificates unchecked; `proxies` obeys the environment's proxy settings.
    """
    if ask.left_s <= 0:
        raise slow(ask.url, 0)
    lines = Lines()
    try:
        return within(ask.left_s, lambda: _exchange(ask, transport, trust, proxies, lines), lines)
    except TimeoutError:
        raise slow(ask.url, ask.left_s) from None


def _exchange(
    ask: Ask,
    transport: Callable[[], httpx.BaseTransport] | None,
    trust: ssl.SSLContext | None,
    proxies: bool,
    lines: Lines,
) -> tuple[httpx.Response, bytes]:
    import httpx

    try:
        with (
            httpx.Client(
                transport=transport() if transport else None,
                verify=trust or False,
                timeout=httpx.Timeout(min(ask.left_s, _IDLE_S)),
                trust_env=proxies,
            ) as client,
            client.stream(
                ask.method,
                ask.url,
                headers={**_HEADERS, **ask.headers},
                content=ask.content,
                follow_redirects=False,
                extensions={"trace": lines.trace},
            ) as response,
        ):
            return response, read_body(response, ask.body_limit)
    except httpx.TimeoutException:
        raise slow(ask.url, ask.left_s) from None
    except TooLarge as error:
        hint = "Check what is served there: the auditor reads no endless or huge answers."
        raise Trouble(ProblemKind.TOO_LARGE, f"{redact(ask.url)} {error.message}.", hint) from None
    except (Malformed, httpx.DecodingError, httpx.ProtocolError) as error:
        raise _broken(ask.url, error) from None
    except httpx.TransportError as error:
        raise _unreachable(ask.url, error) from None
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        message = f"{redact(ask.url)!r} is not a usable URL: {said(error)}."
        raise Trouble(ProblemKind.MALFORMED, message) from None


def slow(place: str, seconds: float) -> Trouble:
    """The trouble of an answer that did not come, or not to its end, in the `seconds` that it had."""
    waited = f"within {seconds:.2g} s" if seconds > 0 else "in time"
    return Trouble(
        ProblemKind.TIMED_OUT,
        f"{redact(place)} did not answer completely {waited}.",
        "Check that the deployment is well, and that nothing in front of it holds the answer back.",
    )


def said(error: Exception) -> str:
    """What an exception says, redacted, short, without its full stop."""
    return redact(str(error) or type(error).__name__).rstrip(".")[:300]


def _broken(url: str, error: Exception) -> Trouble:
    why = said(error)
    if isinstance(error, Malformed):
        hint = "Check what compresses the answers: the service, or a proxy in front of it."
        return Trouble(ProblemKind.MALFORMED, f"The answer of {redact(url)} {why}.", hint)
    if "too long" in why:  # h11 stops at 100 KB of headers, and says only this
        message = f"{redact(url)} sent headers of more than 100 KB."
        return Trouble(ProblemKind.TOO_LARGE, message, "Check what sets them, cookies above all.")
    hint = "Check that this port speaks HTTP, and what the proxy in front of it does."
    return Trouble(ProblemKind.MALFORMED, f"{redact(url)} gave a broken answer: {why}.", hint)


def tls_reason(error: Exception) -> str:
    """What OpenSSL says went wrong, without the names that only its authors know."""
    return _TLS_NOISE.sub("", said(error)).strip().rstrip(".")


def _unreachable(url: str, error: Exception) -> Trouble:
    why = said(error)
    hint = "Check the URL, and that the deployment can be reached from here."
    if "CERTIFICATE_VERIFY" in why.upper():
        why = tls_reason(error)
        hint = next(h for pattern, h in _CERTIFICATE_HINTS if re.search(pattern, why, re.I))
        message = f"{redact(url)} has a certificate that is not valid here: {why}."
        return Trouble(ProblemKind.UNREACHABLE, message, hint)
    if "SSL" in why.upper():
        why = tls_reason(error)
        hint = "Check that this port speaks TLS: an http:// URL may be what is meant."
        if "protocol" in why:
            hint = "Let the port speak TLS 1.2 or 1.3."
    return Trouble(ProblemKind.UNREACHABLE, f"{redact(url)} could not be reached: {why}.", hint)
