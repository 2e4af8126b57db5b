"""The guarded XML reader: what reaches a handler, and what is refused with its line."""

from __future__ import annotations

import pytest

from auditor.formats.text.errors import FormatError, Malformed, TooLarge
from auditor.formats.text.xml_events import XmlLimits, read, root

LAUGHS = (
    b'<!DOCTYPE r [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 9) for n in range(1, 12))
    + b"]><r>&a11;</r>"
)


class Recorder:
    """Keeps every event."""

    text_of = frozenset({"source"})

    def __init__(self) -> None:
        self.events: list[tuple[str, object]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "refused":
            raise Malformed("A handler refuses this.")
        self.events.append((name, attributes))

    def end(self, name: str, text: str) -> None:
        self.events.append((f"/{name}", text))

    def comment(self, text: str) -> None:
        self.events.append(("#", text))


def events(data: bytes) -> list[tuple[str, object]]:
    recorder = Recorder()
    read(data, recorder)
    return recorder.events


def refusal(data: bytes, limits: XmlLimits | None = None) -> FormatError:
    with pytest.raises(FormatError) as refused:
        read(data, Recorder(), limits=limits or XmlLimits())
    return refused.value


def test_elements_comments_and_wanted_text_arrive_in_order() -> None:
    assert events(b'<a x="1"><!--hi--><source> b&amp;c </source><d>dropped</d></a>') == [
        ("a", {"x": "1"}),
        ("#", "hi"),
        ("source", {}),
        ("/source", " b&c "),
        ("d", {}),
        ("/d", ""),
        ("/a", ""),
    ]


def test_pieces_cut_anywhere_give_the_same_events() -> None:
    data = '<a x="ü"><source>aé€</source></a>'.encode()
    recorder = Recorder()
    read((data[at : at + 1] for at in range(len(data))), recorder)
    assert recorder.events == events(data)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_declared_encodings_are_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    data = f'<?xml version="1.0" encoding="{declared}"?><a x="é"/>'.encode(encoding)
    assert events(data)[0] == ("a", {"x": "é"})


def test_attributes_that_only_a_dtd_gives_are_left_out() -> None:
    data = b'<!DOCTYPE a [<!ATTLIST a hits CDATA "1">]><a x="2"/>'
    assert events(data)[0] == ("a", {"x": "2"})


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"", "There is no XML element", 1),
        (b"  \n\n", "There is no XML element", 3),
        (b"<a>\n<b>", "cut off", 2),
        (b"<a>\n<b", "cut off", 2),
        (b"<a>\n<![CDATA[ x", "cut off", 2),
        (b"<a>\n\n</b></a>", "mismatched tag", 3),
        (b"<a/>\n<a/>", "junk after document element", 2),
        (b"<a>\n\x1b[31m</a>", "control character 0x1b", 2),
        (b"<a>\n\x00</a>", "control character 0x00", 2),
        (b"<a>\n&#x1b;</a>", "not well formed", 2),
        (b"<a>\n\xff</a>", "not well formed", 2),
        (b"<a>\n&nothing;</a>", "not well formed", 2),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "", 1),
        (b'<?xml version="1.0" encoding="rot13"?><a/>', "encoding", 1),
        (b"<a>\n<b/>\n<refused/></a>", "A handler refuses this.", 3),
        (b'<!DOCTYPE a [\n<!ENTITY x "y">]><a/>', "entity `x`", 2),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "entity `x`", 1),
        (b'<!DOCTYPE a SYSTEM "http://x/y.dtd"><a>&x;</a>', "entity `x`", 1),
        (LAUGHS, "entity `a`", 1),
        (b"{}", "not well formed", 1),
    ],
)
def test_what_cannot_be_trusted_is_malformed_with_its_line(
    data: bytes, message: str, line: int
) -> None:
    refused = refusal(data)
    assert isinstance(refused, Malformed)
    assert message in refused.message
    assert refused.line == line


def test_a_control_character_is_named_in_a_later_piece_too() -> None:
    with pytest.raises(Malformed, match="control character 0x01"):
        read([b"<a>", b"xxxx", b"yy\x01zz</a>"], Recorder())


def test_depth_count_and_text_are_limited() -> None:
    assert isinstance(refusal(b"<a>" * 201), TooLarge)
    assert isinstance(refusal(b"<a>" + b"<b/>" * 5 + b"</a>", XmlLimits(elements=5)), TooLarge)
    long = b"<source>" + b"x" * 11 + b"</source>"
    assert isinstance(refusal(long, XmlLimits(text=10)), TooLarge)


def test_the_root_is_known_from_the_first_bytes() -> None:
    assert root(b'\xef\xbb\xbf<?xml version="1.0"?><!-- x --><a b="c"><d') == ("a", {"b": "c"})
    assert root(b'<a b="c" d="e></a>') is None
    assert root(b"<!DOCTYPE a [") is None
    assert root(LAUGHS) == ("r", {})
    assert root(b'<!DOCTYPE r [<!ENTITY a "ha">]><r b="&a;"/>') is None
    assert root(b'{"a": 1}') is None
    assert root(b"") is None
