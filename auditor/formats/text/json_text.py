"""The one guarded JSON reader: only the wanted fields are built, and a key never stands twice."""

from __future__ import annotations

import codecs
import re
from typing import TypeVar

import msgspec

from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.typed_json import decoder

DEFAULT_LIMIT = 256_000_000

_T = TypeVar("_T")
_OFFSET = re.compile(r"\(byte (\d+)\)")
# A string (a key where a colon follows), or a bracket of an object; numbers are passed over.
_TOKEN = re.compile(rb'"((?:[^"\\]++|\\.)*+)"(\s*+:)?|[{}]', re.DOTALL)


def opening(head: bytes) -> bytes:
    """The first bytes of a document as UTF-8 without byte order mark, to recognise it by."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace").encode("utf-8", "replace")
    return head.removeprefix(codecs.BOM_UTF8)


def decode(data: bytes, shape: type[_T], *, name: str, limit: int = DEFAULT_LIMIT) -> _T:
    """`data` (UTF-8, or UTF-16 by its byte order mark) as a value of type `shape`.

    `name` is what the document claims to be, with its article; it opens the messages.
    Raises Malformed for broken JSON, another shape or a key given twice, and TooLarge.
    """
    if len(data) > limit:
        raise TooLarge(f"{name} is larger than the limit of {limit:,} bytes.")
    text = _utf8(data, name)
    if not text.strip():
        raise Malformed(f"{name} is empty.")
    try:
        value: _T = decoder(shape).decode(text)
    except msgspec.ValidationError as error:
        raise Malformed(f"{name} does not have the expected shape: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _broken(text, name, error) from None
    except RecursionError:
        raise TooLarge(f"{name} is nested too deeply.") from None
    _refuse_duplicate_keys(text, name)
    return value


def _utf8(data: bytes, name: str) -> bytes:
    """The text as UTF-8: a redirection in PowerShell writes UTF-16 with a byte order mark."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16").encode("utf-8")
        except UnicodeError:
            raise Malformed(f"{name} is not valid UTF-16 text.") from None
    return data.removeprefix(codecs.BOM_UTF8)


def _broken(text: bytes, name: str, error: Exception) -> Malformed:
    if isinstance(error, UnicodeDecodeError):
        return Malformed(f"{name} is not JSON: it holds bytes that are not UTF-8.")
    place = _OFFSET.search(str(error))
    if place is None:
        return Malformed(f"{name} is cut off: the JSON ends early.", line=text.count(b"\n") + 1)
    offset = int(place[1])
    line_start = text.rfind(b"\n", 0, offset) + 1
    reason = str(error).removeprefix("JSON is malformed: ")[: -len(place[0])].strip()
    return Malformed(
        f"{name} is not JSON: {reason}.",
        line=text.count(b"\n", 0, offset) + 1,
        column=offset - line_start + 1,
    )


def _refuse_duplicate_keys(text: bytes, name: str) -> None:
    """Two readers of a doubled key see two documents, so neither is believed."""
    open_objects: list[set[bytes]] = []
    for token in _TOKEN.finditer(text):
        key, colon = token.groups()
        if colon is not None:
            if b"\\" in key:
                key = _unescaped(key)
            if key in open_objects[-1]:
                shown = key[:80].decode("utf-8", "replace")
                line = text.count(b"\n", 0, token.start()) + 1
                raise Malformed(f"{name} holds the key `{shown}` twice in one object.", line=line)
            open_objects[-1].add(key)
        elif key is None:
            if token[0] == b"{":
                open_objects.append(set())
            else:
                open_objects.pop()


def _unescaped(key: bytes) -> bytes:
    try:
        return decoder(str).decode(b'"' + key + b'"').encode("utf-8")
    except (msgspec.DecodeError, UnicodeError):
        return key
