"""Damage at random, to our own documents and to real reports: read or refused, and nothing else is raised."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.formats.conftest import SampleReader
from tests.formats.damage import (
    JUNK,
    MOST_SECONDS,
    NUMBERS,
    XML,
    each_format,
    each_json,
    each_xml,
    pieces,
    read_or_refused,
)
from tests.formats.documents import FORMATS
from tests.formats.documents.format import Format
from tests.formats.sample_facts import FOLDERS, UNSNIFFED

quick = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


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
