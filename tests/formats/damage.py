"""What damage is made of, and what a parser may do with it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest

from auditor.formats.text.errors import Malformed, TooLarge
from tests.formats.documents import FORMATS
from tests.formats.documents.format import Format

JSON = [fmt for fmt in FORMATS if fmt.seeds[0][:1] in b"{["]
XML = [fmt for fmt in FORMATS if fmt.seeds[0][:1] == b"<"]
MOST_SECONDS = 10
"""Of processor time, for any document of these tests."""

each_format = pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
each_json = pytest.mark.parametrize("fmt", JSON, ids=lambda fmt: fmt.name)
each_xml = pytest.mark.parametrize("fmt", XML, ids=lambda fmt: fmt.name)

JUNK = [
    *(b"\x00", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"<", b"&", b"&x;", b'"', b"'", b"{", b"}", b"["),
    *(b"]", b"-1", b"NaN", b"Infinity", b"1e999", b"9" * 400, b"null", b"\n", b"\t", b"\\", b"\\ud800"),
    *(b"<!--", b"<!DOCTYPE a [", b"]>", b"<![CDATA[", b"]]>", b": ", b"- ", b"*a", b"&a ", b"!!str "),
    *(b"\x1b[31m", b"#", b"{{", b"0x", b"true", b"2026-99-99", b"-", b",", b"%", b"\xc2\xb2", b"1_0"),
    *(b"[" * 3000, b'{"a":' * 3000, "é€😀\u2028\x1c\x85".encode()),
]  # fmt: skip
NUMBERS = [
    *(b"-1", b"0", b"0.5", b"NaN", b"Infinity", b"-Infinity", b"1e999", b"-0.0", b'"1"', b"null"),
    *(b"9" * 19, b"9" * 400, b"9" * 6000, b"1" + b"0" * 17, str(2**63).encode(), b"\xd9\xa3"),
]  # fmt: skip


def values(thing: object) -> Iterator[object]:
    """Every field and property of a result, at any depth."""
    if is_dataclass(thing):
        names = {field.name for field in fields(thing)}
        names |= {key for key, one in vars(type(thing)).items() if isinstance(one, property)}
        for name in sorted(names):
            yield from values(getattr(thing, name))
    elif isinstance(thing, tuple | list):
        for one in thing:
            yield from values(one)
    else:
        yield thing


def read_or_refused(fmt: Format, data: bytes) -> bool:
    """Whether it was read; any other exception than the two goes through."""
    assert fmt.sniff is None or fmt.sniff(data[:8192]) in (True, False)
    try:
        result = fmt.parse(data)
    except (Malformed, TooLarge):
        return False
    assert list(values(result)) is not None
    return True


def pieces(document: bytes) -> list[bytes]:
    """The lines of a document, or the values and elements of one that is a single line."""
    lines = document.splitlines(keepends=True)
    return lines if len(lines) > 3 else re.split(rb"(?<=[,>{\[])", document)
