"""The door to running deployments: bounded, polite, recorded; only to hosts the operator named."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from auditor.model.evidence import Location, ProblemKind, Source, SourceKind
from auditor.probing.doors.patience import MOST_WAITS, asked_wait_s
from auditor.probing.doors.recorder import Recorder
from auditor.probing.doors.redact import redact
from auditor.probing.doors.trouble import Trouble
from auditor.probing.doors.wire import Ask, send
from auditor.probing.trust import trusted_context

if TYPE_CHECKING:
    import ssl

    import httpx

_IN_FLIGHT = 4
_MOST_SILENCE = 8
"""Requests in vain to a place that never answered one, after which it is asked no more in this audit."""
_BODY_LIMIT = 5 * 1024 * 1024
_HOPS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_PERSONAL = ("authorization", "cookie", "proxy-authorization")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the response to it. Times in seconds; header names in lower case."""

    method: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    elapsed_s: float
    source: Source
    hops: tuple[tuple[str, int], ...] = field(default=())

    def header(self, name: str) -> str | None:
        """The values of a header joined with a comma, or None where it is absent."""
        values = [v for n, v in self.headers if n == name.lower()]
        return ", ".join(values) if values else None

    @property
    def text(self) -> str:
        """The body as UTF-8 text, bad bytes replaced."""
        return self.body.decode("utf-8", "replace")

    @property
    def location(self) -> Location:
        """The place to look at: the URL that answered."""
        return Location(url=redact(self.url))


@dataclass(slots=True)
class Traffic:
    """What the audit cost the deployment."""

    requests: int = 0
    bytes_received: int = 0


class Http:
    """Requests to the deployment under audit. Every URL is joined to `base`; hosts are checked."""

    def __init__(
        self,
        base: str | None,
        *,
        allowed_hosts: Iterable[str] = (),
        recorder: Recorder | None = None,
        observed_at: str = "",
        offline: bool = False,
        timeout_s: float = 10.0,
        transport: Callable[[], httpx.BaseTransport] | None = None,
    ) -> None:
        self.base = base.rstrip("/") if base else None
        self._hosts = {h.lower() for h in allowed_hosts}
        if base and (host := urlsplit(base).hostname):
            self._hosts.add(host.lower())
        self._recorder = recorder or Recorder()
        self._observed_at = observed_at
        self._offline = offline
        self._timeout_s = timeout_s
        self._transport = transport
        self._gates: dict[str, threading.Semaphore] = {}
        self._lock = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._answers: dict[str, Exchange] = {}
        self._silence: dict[str, int] = {}
        self.traffic = Traffic()

    @property
    def patience_s(self) -> float:
        """How long an exchange may take that names no time of its own."""
        return self._timeout_s

    def get(self, path: str, **options: object) -> Exchange:
        """GET `path` (or an absolute URL on an allowed host); see `request`."""
        return self.request("GET", path, **options)  # type: ignore[arg-type]

    def once(self, path: str) -> Exchange:
        """GET `path` as `get` does, but ask only once in an audit: for what several probes look for.

        Trouble is not kept: whoever asks next may fare better.
        """
        with self._lock:
            turn = self._turns.setdefault(path, threading.Lock())
        with turn:
            if path not in self._answers:
                self._answers[path] = self.get(path)
            return self._answers[path]

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        follow: bool = True,
        body_limit: int = _BODY_LIMIT,
        timeout_s: float | None = None,
        verify: bool = True,
        patient: bool = True,
    ) -> Exchange:
        """Send one request and read its answer.

        `timeout_s` bounds the whole exchange, hops and body included, once it is this request's turn.
        A 429 that asks to wait for a few seconds is obeyed and asked again, unless not `patient`.
        Raises Trouble: not_configured without a base URL, denied for a host that the operator did
        not name, unreachable, timed_out, too_large past `body_limit` (after decompression),
        malformed for a broken answer.
        """
        url = self._url(path)
        left = timeout_s or self._timeout_s
        sent = dict(headers or {})
        hops: list[tuple[str, int]] = []
        waits = MOST_WAITS if patient else 0
        while True:
            ask = Ask(method, url, sent, content, body_limit, left, verify)
            exchange = self._once(ask, tuple(hops))
            left -= exchange.elapsed_s
            wait = asked_wait_s(method, exchange.status, exchange.header("retry-after"))
            if waits and wait is not None and wait < left:
                time.sleep(wait)
                left, waits = left - wait, waits - 1
                continue
            target = exchange.header("location")
            if not follow or exchange.status not in _REDIRECTS or not target:
                return exchange
            hops.append((exchange.url, exchange.status))
            if len(hops) > _HOPS:
                raise Trouble(
                    ProblemKind.MALFORMED,
                    f"{redact(self._url(path))} redirects more than {_HOPS} times.",
                    f"Mend the circle, or give the URL that it should lead to; the last was {redact(url)}.",
                )
            url = _joined(url, target)
            if urlsplit(url).netloc != urlsplit(exchange.url).netloc:
                sent = {n: v for n, v in sent.items() if n.lower() not in _PERSONAL}
            if exchange.status == 303:
                method, content = "GET", None

    def _url(self, path: str) -> str:
        if path.startswith(("http://", "https://")):
            return path
        if self.base is None:
            raise Trouble(
                ProblemKind.NOT_CONFIGURED,
                "No deployment was given to look at.",
                "Run again with --url https://your-staging-host.",
            )
        return self.base + "/" + path.lstrip("/")

    def check(self, url: str) -> str:
        """The host of `url`, when the audit may talk to it; Trouble (denied, not_configured) otherwise."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
        except ValueError:
            raise Trouble(ProblemKind.MALFORMED, f"{redact(url)!r} is not a URL.") from None
        if parts.scheme not in ("http", "https") or not host:
            raise Trouble(
                ProblemKind.DENIED,
                f"{redact(url)!r} is not an http or https URL and was not contacted.",
                "Give an http or https URL, and check where the deployment redirects to.",
            )
        if host not in self._hosts:
            raise Trouble(
                ProblemKind.DENIED,
                f"The host {host} was not named by the operator and was not contacted.",
                f"Run again with --allow-host {host} if the audit may talk to it.",
            )
        if self._offline and host not in _LOOPBACK:
            raise Trouble(
                ProblemKind.NOT_CONFIGURED,
                "--offline forbids the network.",
                "Run again without --offline.",
            )
        return host

    def record(self, locator: str, data: bytes) -> Source:
        """Keep what was seen, redacted, and name it as a source; for the doors that build on this one."""
        return Source(
            kind=SourceKind.HTTP,
            locator=redact(locator),
            blob=self._recorder.keep(data),
            observed_at=self._observed_at or None,
        )

    def count(self, requests: int, received: int = 0) -> None:
        """Add to what the audit cost the deployment."""
        with self._lock:
            self.traffic.requests += requests
            self.traffic.bytes_received += received

    @cached_property
    def _trusted(self) -> ssl.SSLContext:
        """Made once, and only for https: reading the system's store takes 40 ms."""
        return trusted_context()

    def _once(self, ask: Ask, hops: tuple[tuple[str, int], ...]) -> Exchange:
        host = self.check(ask.url)
        with self._lock:
            gate = self._gates.setdefault(host, threading.Semaphore(_IN_FLIGHT))
        with gate:
            place = urlsplit(ask.url).netloc
            self._refuse_silence(place)
            started = time.monotonic()
            self.count(1)
            trust = self._trusted if ask.verify and urlsplit(ask.url).scheme == "https" else None
            try:
                response, body = send(
                    ask, transport=self._transport, trust=trust, proxies=host not in _LOOPBACK
                )
            except Trouble as trouble:
                self._heard(place, trouble.kind is not ProblemKind.TIMED_OUT)
                raise
            self._heard(place, True)
            elapsed_s = time.monotonic() - started
        self.count(0, len(body))
        return self._exchange(ask, response, body, elapsed_s, hops)

    def _heard(self, place: str, spoke: bool) -> None:
        """Keep count of requests in vain; a place that spoke once is waited for ever after."""
        with self._lock:
            before = self._silence.get(place, 0)
            self._silence[place] = -1 if spoke or before < 0 else before + 1

    def _refuse_silence(self, place: str) -> None:
        with self._lock:
            silent = self._silence.get(place, 0)
        if silent >= _MOST_SILENCE:
            raise Trouble(
                ProblemKind.TIMED_OUT,
                f"{redact(place)} answered none of {silent} requests in time, and was asked no more.",
                "Check that the deployment is well, or wake it, and run again.",
            )

    def _exchange(
        self,
        ask: Ask,
        response: httpx.Response,
        body: bytes,
        elapsed_s: float,
        hops: tuple[tuple[str, int], ...],
    ) -> Exchange:
        pairs = tuple(
            (n.decode("latin-1").lower(), v.decode("latin-1")) for n, v in response.headers.raw
        )
        asked = f"{ask.method} {ask.url}\n" + _lines(ask.headers.items())
        raw = f"{asked}{response.status_code}\n{_lines(pairs)}\n"
        source = self.record(f"{ask.method} {ask.url}", raw.encode() + body)
        return Exchange(
            ask.method, ask.url, response.status_code, pairs, body, elapsed_s, source, hops
        )


def _lines(headers: Iterable[tuple[str, str]]) -> str:
    return "".join(f"{name}: {value}\n" for name, value in headers)


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError:
        raise Trouble(
            ProblemKind.MALFORMED, f"{redact(url)} redirects to what is not a URL."
        ) from None
