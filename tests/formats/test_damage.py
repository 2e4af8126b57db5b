"""Whatever is done to a document, its parser reads it or refuses it, in little time and memory, and raises nothing else."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest

import auditor.formats
from tests.clocks import at_most
from tests.formats.damage import (
    MOST_SECONDS,
    NUMBERS,
    each_format,
    each_json,
    pieces,
    read_or_refused,
)
from tests.formats.documents import FORMATS
from tests.formats.documents.format import Format

MOST_MEMORY = 150_000_000
BOMBS = {
    "lists": b"[",
    "objects": b'{"a":',
    "elements": b"<a>",
    "flow mappings": b"{a: ",
    "sequences": b"- ",
    "conditions": b"(",
    "aliases": b"&a [*a, *a],",
    "quotes": b'"',
    "substitutions": b"${a:-",
    "escapes": b"\\",
}


@each_format
def test_a_document_is_read_twice_alike_and_recognised_by_its_own_parser_alone(fmt: Format) -> None:
    for seed in fmt.seeds:
        assert fmt.parse(seed) == fmt.parse(seed)
        claims = [other.name for other in FORMATS if other.sniff and other.sniff(seed)]
        assert claims == ([fmt.name] if fmt.sniff else [])


def test_every_parser_of_reports_has_a_document_here() -> None:
    here = {fmt.sniff for fmt in FORMATS}
    for found in pkgutil.walk_packages(auditor.formats.__path__, "auditor.formats."):
        module = importlib.import_module(found.name)
        for name, one in vars(module).items() if hasattr(module, "parse") else ():
            own = getattr(one, "__module__", "") == module.__name__
            # It only asks the parsers of all load tools.
            if own and name.startswith("sniff") and not found.name.endswith(".load_tools"):
                assert one in here, (
                    f"{found.name}:{name} has no document in tests/formats/documents."
                )


@each_format
def test_a_document_cut_anywhere_is_read_or_refused(fmt: Format) -> None:
    for seed in fmt.seeds:
        for length in range(len(seed)):
            read_or_refused(fmt, seed[:length])
    assert fmt.seeds


@each_format
def test_a_document_with_a_bit_flipped_is_read_or_refused(fmt: Format) -> None:
    for seed in fmt.seeds:
        for at in range(len(seed)):
            flipped = bytes((seed[at] ^ 1 << (5 * at + 3) % 8,))
            read_or_refused(fmt, seed[:at] + flipped + seed[at + 1 :])
    assert fmt.seeds


def rearranged(document: bytes) -> Iterator[bytes]:
    """The document with each of its pieces removed, doubled, and changed for the next one."""
    parts = pieces(document)
    for at in range(len(parts)):
        yield b"".join(parts[:at] + parts[at + 1 :])
        yield b"".join(parts[: at + 1] + parts[at:])
        yield b"".join(parts[:at] + parts[at : at + 2][::-1] + parts[at + 2 :])


@each_format
def test_lines_removed_doubled_and_changed_about_are_read_or_refused(fmt: Format) -> None:
    number = 0
    for seed in fmt.seeds:
        for document in rearranged(seed):
            read_or_refused(fmt, document)
            number += 1
    assert number > 3


@each_format
def test_numbers_that_no_tool_writes_are_read_or_refused(fmt: Format) -> None:
    number = 0
    for seed in fmt.seeds:
        for found in re.finditer(rb"\d+(?:\.\d+)?", seed):
            for other in NUMBERS:
                read_or_refused(fmt, seed[: found.start()] + other + seed[found.end() :])
                number += 1
    assert number or not re.search(rb"\d", b"".join(fmt.seeds))


@each_format
@pytest.mark.parametrize("bomb", BOMBS)
def test_deep_nesting_is_read_or_refused_in_little_time_and_memory(fmt: Format, bomb: str) -> None:
    seed = fmt.seeds[0]
    many = BOMBS[bomb] * 100_000
    values = [found.end() for found in re.finditer(rb"[:>=]\s?", seed)]
    middle = values[len(values) // 2] if values else len(seed) // 2
    for document in (many, seed[:middle] + many + seed[middle:]):
        bounded(fmt, document)


@each_format
def test_a_long_line_and_a_long_word_take_little_time_and_memory(fmt: Format) -> None:
    seed = fmt.seeds[0]
    places = [found.start() for found in re.finditer(rb"\w+", seed)]
    for at in (places[len(places) // 3], places[len(places) // 2], places[-1]):
        for long in (b"a" * 1_000_000, b"a," * 500_000, b" " * 1_000_000, b"9" * 1_000_000):
            bounded(fmt, seed[:at] + long + seed[at:])


def bounded(fmt: Format, document: bytes) -> None:
    tracemalloc.start()
    try:
        with at_most(MOST_SECONDS):
            read_or_refused(fmt, document)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY


def doubled(value: Any) -> Iterator[str]:
    """The JSON of a value, with each of the keys at any depth written twice in turn."""
    if isinstance(value, dict):
        whole = {key: json.dumps(one) for key, one in value.items()}
        for key, one in value.items():
            rest = ", ".join(f"{json.dumps(name)}: {text}" for name, text in whole.items())
            yield f"{{{rest}, {json.dumps(key)}: {whole[key]}}}"
            for below in doubled(one):
                entries = (whole | {key: below}).items()
                yield f"{{{', '.join(f'{json.dumps(name)}: {text}' for name, text in entries)}}}"
    elif isinstance(value, list):
        for at, one in enumerate(value):
            for below in doubled(one):
                texts = [
                    below if here == at else json.dumps(each) for here, each in enumerate(value)
                ]
                yield f"[{', '.join(texts)}]"


@each_json
def test_a_key_that_stands_twice_is_refused_wherever_it_stands(fmt: Format) -> None:
    number = 0
    for seed in fmt.seeds:
        try:
            document = json.loads(seed)
        except ValueError:
            continue
        for twice in doubled(document):
            assert not read_or_refused(fmt, twice.encode()), twice
            number += 1
    assert number
