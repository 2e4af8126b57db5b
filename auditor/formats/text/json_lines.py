"""JSON lines, an array or several documents in a row: the records that scanners print one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed, TooLarge

MOST_RECORDS = 1_000_000

_T = TypeVar("_T")


def records(
    data: bytes, shape: type[_T], *, name: str, limit: int = json_text.DEFAULT_LIMIT
) -> Iterator[_T]:
    """Each record of an array, or of a text with one JSON object a line; none in an empty text.

    Raises Malformed with the line, and TooLarge past `limit` bytes or MOST_RECORDS records.
    """
    if len(data) > limit:
        raise TooLarge(f"{name} is larger than the limit of {limit:,} bytes.")
    text = json_text.opening(data)
    if text.lstrip()[:1] == b"[":
        yield from json_text.decode(data, list[shape], name=name, limit=limit)  # type: ignore[valid-type]
        return
    count = 0
    for number, line in enumerate(text.split(b"\n"), start=1):
        if not line.strip():
            continue
        count += 1
        if count > MOST_RECORDS:
            raise TooLarge(f"{name} holds more than {MOST_RECORDS:,} records.")
        try:
            yield json_text.decode(line, shape, name=name, limit=limit)
        except Malformed as error:
            raise Malformed(error.message, line=number, column=error.column) from None
