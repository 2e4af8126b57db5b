"""CSV a row at a time: quoted line ends, any size, and every complaint with its line."""

from __future__ import annotations

import codecs
import csv
import io
import math
from collections.abc import Iterator

from auditor.formats.text.errors import Malformed

_MOST_COLUMNS = 500


def opening(head: bytes) -> str:
    """The first bytes as text, to recognise a table by its header."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    return head.decode("utf-8-sig", "replace")


def rows(data: bytes, name: str, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """The line on which a row ends, and its fields; blank lines are passed over.

    `name` is what the table claims to be, with its article. Raises Malformed.
    """
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    encoding = "utf-16" if utf16 else "utf-8-sig"
    text = io.TextIOWrapper(io.BytesIO(data), encoding, errors="replace", newline="")
    table = csv.reader(text, delimiter=delimiter)
    while True:
        try:
            row = next(table)
        except StopIteration:
            return
        except (csv.Error, UnicodeError) as error:
            raise Malformed(f"{name} is not CSV: {error}.", line=table.line_num or 1) from None
        if len(row) > _MOST_COLUMNS:
            raise Malformed(f"{name} has a row of {len(row):,} fields.", line=table.line_num)
        if any(field.strip() for field in row):
            yield table.line_num, row


def number(text: str, name: str, line: int) -> float:
    """A field as a number of 0 or more. Raises Malformed for anything else."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1e15 or "_" in text:
        raise Malformed(f"{name} has {text[:40]!r} where a number should stand.", line=line)
    return value


def count(text: str, name: str, line: int) -> int:
    """A field as a whole number of 0 or more. Raises Malformed for anything else."""
    value = number(text, name, line)
    if value != int(value):
        raise Malformed(f"{name} has {text[:40]!r} where a count should stand.", line=line)
    return int(value)
