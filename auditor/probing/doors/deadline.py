"""Ends network work at its time, whatever the other side does: name look-up, drip, endless headers.

Time-outs of sockets count from one read to the next, so a server that drips bytes outlives them.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


class Lines:
    """The sockets of one piece of network work, so that they can be cut from outside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._over = False

    def add(self, line: socket.socket) -> None:
        """Watch a socket; one that comes after the cut is cut at once."""
        with self._lock:
            self._sockets.append(line)
            over = self._over
        if over:
            _cut(line)

    def cut(self) -> None:
        """Shut every socket down, so that the thread that waits for one wakes up and ends."""
        with self._lock:
            self._over = True
            lines = list(self._sockets)
        for line in lines:
            _cut(line)

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Takes httpcore's trace events (its documented extension) to learn of new sockets."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            line = info["return_value"].get_extra_info("socket")
            if line is not None:
                self.add(line)


def _cut(line: socket.socket) -> None:
    try:
        # Not SSLSocket.shutdown, which would take the TLS state away under the reading thread.
        socket.socket.shutdown(line, socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already


def within(seconds: float, work: Callable[[], T], lines: Lines) -> T:
    """What `work` gives or raises; TimeoutError, and its sockets cut, after `seconds`.

    The thread is a daemon: a name look-up that hangs cannot be cut, and must not hold up the end.
    """
    future: Future[T] = Future()
    thread = threading.Thread(
        target=_fulfil, args=(future, work), name="auditor-network", daemon=True
    )
    thread.start()
    try:
        return future.result(timeout=max(seconds, 0.0))
    except TimeoutError:
        if future.done():
            raise
        lines.cut()
        raise TimeoutError(f"not done within {seconds:g} s") from None


def _fulfil(future: Future[T], work: Callable[[], T]) -> None:
    try:
        result = work()
    except BaseException as error:  # broad: raised again where the result is awaited
        future.set_exception(error)
    else:
        future.set_result(result)
