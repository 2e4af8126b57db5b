"""The guarded JSON reader: only wanted fields, no doubled keys, precise refusals."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.text.errors import FormatError, Malformed, TooLarge
from auditor.formats.text.json_text import decode, opening
from tests.clocks import at_most

KEYS = st.text(max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=10),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4),
    max_leaves=20,
)


class Shape(msgspec.Struct):
    wanted: int
    deep: dict[str, int] = {}


def refusal(data: bytes, limit: int = 10**8) -> FormatError:
    with pytest.raises(FormatError) as refused:
        decode(data, Shape, name="The document", limit=limit)
    return refused.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_obstacle(encoding: str) -> None:
    data = '{"wanted": 1, "other": ["ü"]}'.encode(encoding)
    assert decode(data, Shape, name="It") == Shape(1)
    assert opening(data[:20]).startswith(b'{"wanted"'[:5])


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"", "empty", None),
        (b" \n ", "empty", None),
        (b'{\n"wanted": ', "cut off", 2),
        (b'{\n"wanted": 1', "cut off", 2),
        (b'{\n"wanted": 1,}', "not JSON", 2),
        (b'{"wanted": NaN}', "not JSON", 1),
        (b'{"wanted": 1} trailing', "trailing", 1),
        (b'{"wanted": "1"}', "Expected `int`, got `str` - at `$.wanted`", None),
        (b'{"wanted": 1.5}', "Expected `int`", None),
        (b"[]", "Expected `object`", None),
        (b"{}", "missing required field `wanted`", None),
        (b'{"wanted": 1, "deep": {"\xff": 1}}', "UTF-8", None),
        (b"\xff\xfe{\xd8", "UTF-16", None),
        (b'{"wanted": 1,\n"wanted": 2}', "`wanted` twice", 2),
        (b'{"wanted": 1, "x": [{"a": 1,\n"\\u0061": 2}]}', "`a` twice", 2),
        (b'{"wanted": 1, "x": {"a": {"a": 1}, "b": {}, "a": {}}}', "`a` twice", 1),
    ],
)
def test_broken_or_ambiguous_json_is_malformed(data: bytes, message: str, line: int | None) -> None:
    refused = refusal(data)
    assert isinstance(refused, Malformed)
    assert message in refused.message
    assert refused.line == line


@pytest.mark.parametrize("bracket", [b"[", b'{"a":'])
def test_a_nesting_bomb_is_too_large(bracket: bytes) -> None:
    bomb = b'{"wanted": 1, "x": ' + bracket * 200_000
    assert isinstance(refusal(bomb), TooLarge)


def test_a_document_above_the_limit_is_too_large() -> None:
    assert isinstance(refusal(b'{"wanted": 1}', limit=5), TooLarge)


def test_equal_keys_of_different_objects_are_no_duplicates() -> None:
    text = b'{"wanted": 1, "a": {"wanted": "wanted"}, "b": [{"c": "{"}, {"c": "\\"}"}]}'
    assert decode(text, Shape, name="It") == Shape(1)


def test_the_search_for_duplicates_takes_linear_time() -> None:
    text = b'{"wanted": 1, "x": "' + b'\\"' * 1_000_000 + b'", "y": [' + b"1, " * 500_000 + b"1]}"
    with at_most(2):
        assert decode(text, Shape, name="It") == Shape(1)


@given(VALUES)
def test_whatever_a_json_writer_writes_is_read_back(value: object) -> None:
    text = json.dumps({"wanted": 1, "x": value}).encode()
    assert decode(text, dict, name="It") == {"wanted": 1, "x": value}
