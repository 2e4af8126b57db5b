"""Reads the body of a response up to a limit, decompressing with bounded memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from auditor.formats.text.errors import Malformed, TooLarge

if TYPE_CHECKING:
    import httpx

_CHUNK = 65536
_GZIP = ("gzip", "x-gzip")


def read_body(response: httpx.Response, limit: int) -> bytes:
    """The decompressed body. Raises TooLarge past `limit` bytes, Malformed for broken compression.

    httpx would decompress whole chunks through every coding that the answer names: of two layers
    of gzip, 64 KB become 64 GB. An unknown coding (br, zstd) is left as it came.
    """
    chunks: list[bytes] = []
    size = 0
    for chunk in _decoded(response, limit):
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"sent more than {limit / 1024 / 1024:g} MB")
        chunks.append(chunk)
    return b"".join(chunks)


def _decoded(response: httpx.Response, limit: int) -> Iterator[bytes]:
    if response.is_stream_consumed:  # an answer made in memory (MockTransport) is decoded already
        yield response.content
        return
    raw = response.iter_raw(_CHUNK) if response.request.method != "HEAD" else iter(())
    codings = [c.strip().lower() for c in response.headers.get("content-encoding", "").split(",")]
    codings = [c for c in codings if c and c != "identity"]
    if len(codings) > 1:
        raise Malformed(f"is compressed {len(codings)} times over")
    if codings and (codings[0] in _GZIP or codings[0] == "deflate"):
        yield from _inflated(raw, codings[0], limit)
    else:
        yield from raw


def _inflated(raw: Iterator[bytes], coding: str, limit: int) -> Iterator[bytes]:
    inflater = None
    for chunk in raw:
        if inflater is None:
            inflater = zlib.decompressobj(_window(coding, chunk))
        waiting = chunk
        while waiting and not inflater.eof:
            try:
                yield inflater.decompress(waiting, min(limit + 1, _CHUNK * 16))
            except zlib.error as error:
                raise Malformed(f"is not {coding} as its header says: {error}") from None
            waiting = inflater.unconsumed_tail
    if inflater is not None and not inflater.eof:
        raise Malformed(f"ends before its {coding} stream does")


def _window(coding: str, start: bytes) -> int:
    """zlib's window bits: `deflate` means zlib framing, yet some servers send it bare."""
    if coding in _GZIP:
        return 16 + zlib.MAX_WBITS
    framed = len(start) > 1 and start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if framed else -zlib.MAX_WBITS
