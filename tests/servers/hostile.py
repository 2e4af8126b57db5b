"""A server on a raw socket that misbehaves on purpose; each path is a way to misbehave.

It lives as long as its `with` block, and never longer than `LIFE_S`.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from typing import Self

LIFE_S = 30.0
EVERYWHERE = "*"
"""In the place of a path: every path that has no behaviour of its own."""

Behaviour = Callable[[socket.socket, threading.Event], None]


class HostileServer:
    """Serves `behaviours` by path; what it has not is answered 404. `context` puts TLS in front.

    `raw` takes every connection before anything is read, for a port that speaks no HTTP at all.
    """

    def __init__(
        self,
        behaviours: dict[str, Behaviour] | None = None,
        *,
        context: ssl.SSLContext | None = None,
        raw: Behaviour | None = None,
    ) -> None:
        self._behaviours = behaviours or {}
        self._context = context
        self._raw = raw
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0

    @property
    def url(self) -> str:
        """The base URL."""
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(timeout=2)
        self._listener.close()

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        end = time.monotonic() + LIFE_S
        while not self._over.is_set() and time.monotonic() < end:
            try:
                line, _ = self._listener.accept()
            except TimeoutError:
                continue
            self.connections += 1
            self._start(lambda line=line: self._serve(line))  # type: ignore[misc]
        self._over.set()

    def _serve(self, line: socket.socket) -> None:
        try:
            line.settimeout(3)
            with line:
                if self._raw is not None:
                    self._raw(line, self._over)
                    return
                if self._context is None:
                    self._answer(line)
                    return
                with self._context.wrap_socket(line, server_side=True) as wrapped:
                    self._answer(wrapped)
        except OSError:
            return  # the auditor hung up, as it should

    def _answer(self, line: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            chunk = line.recv(4096)
            if not chunk:
                return
            request += chunk
        path = request.split(b" ", 2)[1].decode()
        elsewhere = self._behaviours.get(EVERYWHERE, says(404, "not found", "text/plain"))
        self._behaviours.get(path, elsewhere)(line, self._over)


def says(
    status: int, body: str | bytes, kind: str = "application/json", **headers: str
) -> Behaviour:
    """An honest answer."""
    data = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(data)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return sends("\r\n".join(lines).encode() + b"\r\nConnection: close\r\n\r\n" + data)


def sends(data: bytes) -> Behaviour:
    """Exactly these bytes, then the end of the connection."""

    def behave(line: socket.socket, _over: threading.Event) -> None:
        line.sendall(data)

    return behave


def drips(start: bytes, drop: bytes, every_s: float = 0.05) -> Behaviour:
    """`start`, then a drop from time to time, for ever."""

    def behave(line: socket.socket, over: threading.Event) -> None:
        line.sendall(start)
        while not over.wait(every_s):
            line.sendall(drop)

    return behave


def floods(start: bytes, block: bytes) -> Behaviour:
    """`start`, then as much as the other side takes, for ever."""

    def behave(line: socket.socket, over: threading.Event) -> None:
        line.sendall(start)
        while not over.is_set():
            line.sendall(block)

    return behave


def silent(line: socket.socket, over: threading.Event) -> None:
    """Nothing at all."""
    over.wait(LIFE_S)


def resets(line: socket.socket, _over: threading.Event) -> None:
    """The connection is torn down without an answer."""
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    line.close()


def hangs_up(line: socket.socket, _over: threading.Event) -> None:
    """The connection is closed in good order, without an answer."""


def bomb(layers: int) -> Behaviour:
    """A few kilobytes that unpack to 20 MB, compressed `layers` times over."""
    data = gzip.compress(b"\0" * 20_000_000)
    for _ in range(layers - 1):
        data = gzip.compress(data)
    return says(200, data, Content_Encoding=", ".join(["gzip"] * layers))
