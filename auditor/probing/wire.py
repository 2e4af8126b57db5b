"""Sends one request and reads its answer, in bounded time and memory; what goes wrong is Trouble."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.formats.errors import Malformed, TooLarge
from auditor.model.evidence import ProblemKind
from auditor.probing.body import read_body
from auditor.probing.deadline import Lines, within
from auditor.probing.redact import redact
from auditor.probing.trouble import Trouble

if TYPE_CHECKING:
    import httpx

_IDLE_S = 10.0
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
        raise slow(ask.url)
    lines = Lines()
    try:
        return within(ask.left_s, lambda: _exchange(ask, transport, trust, proxies, lines), lines)
    except TimeoutError:
        raise slow(ask.url) from None


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
        raise slow(ask.url) from None
    except TooLarge as error:
        raise Trouble(ProblemKind.TOO_LARGE, f"{redact(ask.url)} {error.message}.") from None
    except (Malformed, httpx.DecodingError, httpx.ProtocolError) as error:
        raise _broken(ask.url, error) from None
    except httpx.TransportError as error:
        raise _unreachable(ask.url, error) from None
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        message = f"{redact(ask.url)!r} is not a usable URL: {said(error)}."
        raise Trouble(ProblemKind.MALFORMED, message) from None


def slow(place: str) -> Trouble:
    """The trouble of an answer that did not come, or not to its end, in time."""
    return Trouble(ProblemKind.TIMED_OUT, f"{redact(place)} did not answer completely in time.")


def said(error: Exception) -> str:
    """What an exception says, redacted, short, without its full stop."""
    return redact(str(error) or type(error).__name__).rstrip(".")[:300]


def _broken(url: str, error: Exception) -> Trouble:
    why = said(error)
    if isinstance(error, Malformed):
        return Trouble(ProblemKind.MALFORMED, f"The answer of {redact(url)} {why}.")
    if "too long" in why:  # h11 stops at 100 KB of headers, and says only this
        return Trouble(ProblemKind.TOO_LARGE, f"{redact(url)} sent headers of more than 100 KB.")
    return Trouble(ProblemKind.MALFORMED, f"{redact(url)} gave a broken answer: {why}.")


def _unreachable(url: str, error: Exception) -> Trouble:
    why = said(error)
    hint = "Check the URL, and that the deployment can be reached from here."
    if "CERTIFICATE" in why.upper():
        hint = "Check the certificate: its chain, its host name and its expiry."
    elif "SSL" in why.upper():
        hint = "Check that this port speaks TLS: an http:// URL may be what is meant."
    return Trouble(ProblemKind.UNREACHABLE, f"{redact(url)} could not be reached: {why}.", hint)
