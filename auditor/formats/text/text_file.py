"""Bytes of a text file to str: UTF-8, UTF-16 by its byte order mark, else Latin-1 and said so."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from auditor.formats.text.errors import Malformed, TooLarge

DEFAULT_LIMIT = 10_000_000


@dataclass(frozen=True, slots=True)
class DecodedText:
    """`text` with line ends as "\\n"; `guessed` where no stated encoding fits the bytes."""

    text: str
    encoding: str
    guessed: bool


def decode(data: bytes | str, *, name: str = "", limit: int = DEFAULT_LIMIT) -> DecodedText:
    """The text of a file of at most `limit` bytes.

    Raises TooLarge, and Malformed for binary content (a NUL character in the decoded text).
    """
    subject = name or "The file"
    if len(data) > limit:
        raise TooLarge(f"{subject} is larger than the limit of {limit:,} bytes.")
    decoded = (
        DecodedText(data.removeprefix("\ufeff"), "utf-8", False)
        if isinstance(data, str)
        else _decode(data)
    )
    if "\0" in decoded.text:
        line = decoded.text.count("\n", 0, decoded.text.index("\0")) + 1
        raise Malformed(f"{subject} is not text: it holds a NUL character.", line=line)
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    return DecodedText(text, decoded.encoding, decoded.guessed)


def _decode(data: bytes) -> DecodedText:
    encoding = "utf-8-sig"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        return DecodedText(data.decode(encoding), encoding.removesuffix("-sig"), False)
    except UnicodeDecodeError:
        return DecodedText(data.decode("latin-1"), "latin-1", True)
