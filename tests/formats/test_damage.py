"""Whatever is done to a document, its parser reads it or refuses it, in little time and memory, and raises nothing else."""

from __future__ import annotations

import importlib
import json
import pkgutil
import random
import re
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import auditor.formats
from auditor.formats.errors import Malformed, TooLarge
from tests.formats.conftest import SampleReader
from tests.formats.documents import FORMATS
from tests.formats.documents.format import Format
from tests.formats.sample_facts import FOLDERS, UNSNIFFED

JSON = [fmt for fmt in FORMATS if fmt.seeds[0][:1] in b"{["]
XML = [fmt for fmt in FORMATS if fmt.seeds[0][:1] == b"<"]
MOST_SECONDS = 10
MOST_MEMORY = 150_000_000

each_format = pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
each_json = pytest.mark.parametrize("fmt", JSON, ids=lambda fmt: fmt.name)
each_xml = pytest.mark.parametrize("fmt", XML, ids=lambda fmt: fmt.name)
quick = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)

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
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


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


@each_format
def test_a_document_is_read_twice_alike_and_recognised_by_its_own_parser_alone(fmt: Format) -> None:
    for seed in fmt.seeds:
        assert fmt.parse(seed) == fmt.parse(seed)
        claims = [other.name for other in FORMATS if other.sniff and other.sniff(seed)]
        assert claims == ([fmt.name] if fmt.sniff else [])


def test_every_parser_that_recognises_a_format_has_a_document_here() -> None:
    here = {fmt.sniff for fmt in FORMATS}
    for found in pkgutil.iter_modules(auditor.formats.__path__):
        module = importlib.import_module(f"auditor.formats.{found.name}")
        for name, one in vars(module).items():
            own = getattr(one, "__module__", "") == module.__name__
            # It only asks the parsers of all load tools.
            if own and name.startswith("sniff") and found.name != "load_tools":
                assert one in here, (
                    f"{found.name}.{name} has no document in tests/formats/documents."
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


def pieces(document: bytes) -> list[bytes]:
    """The lines of a document, or the values and elements of one that is a single line."""
    lines = document.splitlines(keepends=True)
    return lines if len(lines) > 3 else re.split(rb"(?<=[,>{\[])", document)


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
    start = time.thread_time()
    try:
        read_or_refused(fmt, document)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.thread_time() - start < MOST_SECONDS
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


def damaged(data: st.DataObject, document: bytes) -> bytes:
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(document)))
        until = data.draw(st.integers(at, min(at + 12, len(document))))
        pasted = data.draw(st.sampled_from(JUNK) | st.binary(max_size=6))
        document = document[:at] + pasted + document[until:]
    return document


@each_format
@quick
@given(data=st.data())
def test_a_document_with_something_pasted_or_cut_out_is_read_or_refused(
    fmt: Format, data: st.DataObject
) -> None:
    read_or_refused(fmt, damaged(data, data.draw(st.sampled_from(fmt.seeds))))


@each_format
@quick
@given(document=st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(fmt: Format, document: bytes) -> None:
    read_or_refused(fmt, document)


def replaced(document: Any, data: st.DataObject) -> Any:
    """The document with one value, somewhere in it, replaced by one of any type."""
    if isinstance(document, dict | list) and document and data.draw(st.integers(0, 4)):
        copy = document.copy()
        keys = list(copy) if isinstance(copy, dict) else list(range(len(copy)))
        key = data.draw(st.sampled_from(keys))
        copy[key] = replaced(copy[key], data)
        return copy
    return data.draw(SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(), SCALARS))


@each_json
@settings(quick, max_examples=100)
@given(data=st.data())
def test_a_value_of_any_type_anywhere_is_read_or_refused(fmt: Format, data: st.DataObject) -> None:
    seeds = [seed.split(b"\n")[0] for seed in fmt.seeds if seed[:1] in b"{["]
    seed = data.draw(st.sampled_from([one for one in seeds if is_json(one)]))
    read_or_refused(fmt, json.dumps(replaced(json.loads(seed), data)).encode())


def is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def words(pattern: bytes) -> st.SearchStrategy[str]:
    found = {one.decode() for fmt in XML for seed in fmt.seeds for one in re.findall(pattern, seed)}
    return st.sampled_from(sorted(found))


NAMES = words(rb"<([A-Za-z][\w.]*)")
ATTRIBUTES = st.dictionaries(
    words(rb'\s([\w:-]+)="'),
    st.sampled_from(["0", "1", "-1", "", "NaN", "x", "50% (1/2)", "1e9", "9" * 30, "9" * 5000, "a.py"]),
    max_size=4,
)  # fmt: skip
TREES: st.SearchStrategy[Any] = st.recursive(
    st.tuples(NAMES, ATTRIBUTES, st.just([])),
    lambda below: st.tuples(NAMES, ATTRIBUTES, st.lists(below, max_size=4)),
    max_leaves=12,
)


def written(node: Any) -> str:
    name, attributes, below = node
    within = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{within}>{''.join(map(written, below))}</{name}>"


@each_xml
@settings(quick, max_examples=100)
@given(tree=TREES)
def test_any_tree_of_known_elements_is_read_or_refused(fmt: Format, tree: Any) -> None:
    root = re.search(rb"<([A-Za-z]\w*)", fmt.seeds[0])
    assert root is not None
    read_or_refused(fmt, written(tree).encode())
    read_or_refused(fmt, written((root[1].decode(), tree[1], [tree])).encode())


MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    lambda data, chance: data[: chance.randrange(len(data))],
    lambda data, chance: data[chance.randrange(len(data)) :],
    lambda data, chance: flipped(data, chance),
    lambda data, chance: pasted(data, chance.choice(JUNK), chance),
    lambda data, chance: pasted(data, chance.choice(JUNK), chance),
    lambda data, chance: number_changed(data, chance),
    lambda data, chance: number_changed(data, chance),
    lambda data, chance: moved(data, chance),
)


def flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(5):
        changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def pasted(data: bytes, what: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + what + data[at + chance.randrange(20) :]


def number_changed(data: bytes, chance: random.Random) -> bytes:
    found = list(re.finditer(rb"\d+", data[:100_000]))
    if not found:
        return data
    one = chance.choice(found)
    return data[: one.start()] + chance.choice(NUMBERS) + data[one.end() :]


def moved(data: bytes, chance: random.Random) -> bytes:
    parts = pieces(data)
    one, other = chance.randrange(len(parts)), chance.randrange(len(parts))
    parts[one], parts[other] = parts[other], parts[one]
    return b"".join(parts[: other + 1] + parts[other:])


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_real_report_that_was_damaged_is_read_or_refused(
    folder: Any, samples: SampleReader
) -> None:
    number = 0
    for name, (data, _) in samples(folder.name).items():
        readers = [fmt for fmt in FORMATS if fmt.sniff and fmt.sniff(data[:8192])]
        readers += [fmt for fmt in FORMATS if fmt.name == UNSNIFFED.get(folder.name)]
        chance = random.Random(name)
        for mutate in MUTATIONS if data else ():
            document = mutate(data[:300_000], chance)
            for fmt in readers:
                start = time.thread_time()
                read_or_refused(fmt, document)
                assert time.thread_time() - start < MOST_SECONDS, name
                number += 1
    assert number
