"""The one guarded XML reader: streaming, no entities, bounded depth, count and text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol
from xml.parsers import expat

from auditor.formats.text.errors import FormatError, Malformed, TooLarge

_PIECE = 1 << 20
_SUBSET = re.compile(rb"(?s)<!DOCTYPE[^\[>]*\[.*?\]\s*>")
_CUT_OFF = frozenset(
    {"no element found", "unclosed token", "unclosed CDATA section", "partial character"}
)


@dataclass(frozen=True, slots=True)
class XmlLimits:
    """The most that one document may hold; `text` is in characters per element."""

    depth: int = 200
    elements: int = 20_000_000
    text: int = 1_000_000


DEFAULT_LIMITS = XmlLimits()


class ElementHandler(Protocol):
    """What a reader of one format does with the elements, in document order.

    Malformed and TooLarge that a handler raises get the line of the element at hand.
    """

    @property
    def text_of(self) -> frozenset[str]:
        """Names of the elements whose own text `end` wants; the text of all others is dropped."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element opens; attributes are those written, never defaults of a DTD."""

    def end(self, name: str, text: str) -> None:
        """It closes."""

    def comment(self, text: str) -> None:
        """A comment, anywhere."""


def read(
    data: bytes | Iterable[bytes], handler: ElementHandler, *, limits: XmlLimits = DEFAULT_LIMITS
) -> None:
    """Feeds a whole document, or its pieces in order, to `handler`.

    Raises Malformed with the line, also for a document that declares entities; TooLarge.
    """
    _Reader(handler, limits).feed(_pieces(data) if isinstance(data, bytes) else iter(data))


def root(head: bytes) -> tuple[str, dict[str, str]] | None:
    """Name and attributes of the root element, from the first bytes; None where that is no XML.

    What a DTD declares is passed over: whoever reads the document refuses its entities by name.
    """
    found: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.specified_attributes = True

    def start(name: str, attributes: dict[str, str]) -> None:
        found.append((name, attributes))
        parser.StartElementHandler = None

    parser.StartElementHandler = start
    parser.EntityDeclHandler = _refuse_entity
    with suppress(expat.ExpatError, LookupError, ValueError):
        parser.Parse(_SUBSET.sub(b"", head, count=1), False)
    return found[0] if found else None


def _refuse_entity(name: str, *_: object) -> None:
    raise Malformed(f"The XML declares the entity `{name[:80]}`; entities are refused.")


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))


class _Reader:
    """One pass over one document."""

    def __init__(self, handler: ElementHandler, limits: XmlLimits) -> None:
        self._handler = handler
        self._limits = limits
        self._depth = self._elements = self._text_size = 0
        self._text: list[str] = []
        self._parser = parser = expat.ParserCreate()
        parser.specified_attributes = True
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CommentHandler = handler.comment
        parser.EntityDeclHandler = _refuse_entity
        parser.SkippedEntityHandler = self._skipped_entity

    def feed(self, pieces: Iterator[bytes]) -> None:
        parser = self._parser
        piece = b""
        base = 0
        try:
            for following in pieces:
                base += len(piece)
                piece = following
                parser.Parse(piece, False)
            parser.Parse(b"", True)
        except FormatError as error:
            if error.line is not None:
                raise
            line, column = parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
            raise type(error)(error.message, line=line, column=column) from None
        except expat.ExpatError as error:
            raise self._malformed(error, piece, base) from None
        except (LookupError, ValueError):
            raise Malformed("The XML declares an encoding that cannot be read.", line=1) from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > self._limits.depth:
            raise TooLarge(f"The XML is nested deeper than {self._limits.depth} elements.")
        if self._elements > self._limits.elements:
            raise TooLarge(f"The XML holds more than {self._limits.elements:,} elements.")
        if name in self._handler.text_of:
            self._text, self._text_size = [], 0
            self._parser.CharacterDataHandler = self._add_text
        self._handler.start(name, attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        text = ""
        if name in self._handler.text_of:
            text = "".join(self._text)
            self._parser.CharacterDataHandler = None
        self._handler.end(name, text)

    def _add_text(self, text: str) -> None:
        self._text_size += len(text)
        if self._text_size > self._limits.text:
            raise TooLarge(f"An element holds more than {self._limits.text:,} characters of text.")
        self._text.append(text)

    def _skipped_entity(self, name: str, _is_parameter_entity: bool) -> None:
        raise Malformed(f"The XML uses the entity `{name[:80]}`, which it does not define.")

    def _malformed(self, error: expat.ExpatError, piece: bytes, base: int) -> Malformed:
        reason = expat.ErrorString(error.code) or "it breaks the rules of XML"
        if reason in _CUT_OFF:
            message = "The XML is cut off." if self._elements else "There is no XML element in it."
            return Malformed(message, line=error.lineno, column=error.offset + 1)
        at = self._parser.ErrorByteIndex - base
        culprit = piece[at] if 0 <= at < len(piece) else 0x20
        if culprit < 0x20 and culprit not in (0x09, 0x0A, 0x0D):
            reason = f"it holds the control character 0x{culprit:02x}, which XML does not allow"
        message = f"The XML is not well formed: {reason}."
        return Malformed(message, line=error.lineno, column=error.offset + 1)
