"""Decoding a text file."""

from __future__ import annotations

import pytest

from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.text_file import decode


@pytest.mark.parametrize(
    ("data", "encoding", "guessed"),
    [
        ("año\n".encode(), "utf-8", False),
        (b"\xef\xbb\xbf" + "año\n".encode(), "utf-8", False),
        ("año\n".encode("utf-16"), "utf-16", False),
        ("\ufeffaño\n".encode("utf-16-be"), "utf-16", False),
        ("año\n".encode("latin-1"), "latin-1", True),
        ("\ufeffaño\n", "utf-8", False),
        ("año\r\n".encode(), "utf-8", False),
        ("año\r".encode(), "utf-8", False),
    ],
)
def test_the_text_is_the_same_in_every_encoding(
    data: bytes | str, encoding: str, guessed: bool
) -> None:
    decoded = decode(data)
    assert (decoded.text, decoded.encoding, decoded.guessed) == ("año\n", encoding, guessed)


def test_binary_content_is_refused_with_its_line() -> None:
    with pytest.raises(Malformed, match=r"^README is not text") as caught:
        decode(b"a\nb\x00", name="README")
    assert caught.value.line == 2


def test_a_file_beyond_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge):
        decode(b"12345", limit=4)
