"""Keeps the raw artefacts that evidence rests on, redacted, by their digest, up to a limit."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

from auditor.probing.doors.redact import redact_bytes

_ONE_BLOB = 8 * 1024 * 1024
_ALL_BLOBS = 64 * 1024 * 1024


class Recorder:
    """Blobs by SHA-256 digest; safe for several threads. What passes the limits is not kept."""

    def __init__(
        self,
        one: int = _ONE_BLOB,
        total: int = _ALL_BLOBS,
        clean: Callable[[bytes], bytes] = bytes,
    ) -> None:
        """`clean` takes out what no pattern tells as a secret: the audit's own credentials."""
        self._clean = clean
        self._one = one
        self._room = total
        self._blobs: dict[str, bytes] = {}
        self._left_out = 0
        self._lock = threading.Lock()

    def keep(self, data: bytes) -> str | None:
        """Store `data` redacted and give its digest, or None where a limit forbids it."""
        if len(data) > self._one:
            with self._lock:
                self._left_out += 1
            return None
        clean = redact_bytes(self._clean(data))
        digest = hashlib.sha256(clean).hexdigest()
        with self._lock:
            if digest in self._blobs:
                return digest
            if len(clean) > self._room:
                self._left_out += 1
                return None
            self._room -= len(clean)
            self._blobs[digest] = clean
        return digest

    @property
    def blobs(self) -> dict[str, bytes]:
        """Everything kept so far, by digest."""
        with self._lock:
            return dict(self._blobs)

    @property
    def left_out(self) -> int:
        """How many artefacts were too large to keep."""
        return self._left_out
