"""The reports of secret and dynamic scanners: read or refused whatever is done to them, claimed by one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.formats.scanners import bandit_json, pip_audit_json, ruff_json, sarif
from auditor.formats.testruns import junit
from auditor.formats.text.errors import Malformed, TooLarge
from tests.formats.documents.format import Format, encoded
from tests.formats.documents.secrets import FORMATS

OTHERS = (bandit_json.sniff, pip_audit_json.sniff, ruff_json.sniff, sarif.sniff, junit.sniff)
each_format = pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: fmt.name)
quick = settings(max_examples=60, deadline=None)
JUNK = st.sampled_from(
    [
        b"{",
        b"[",
        b"}",
        b"null",
        b"-1",
        b"1e999",
        b"NaN",
        b'"',
        b"\\",
        b"\xff",
        b"\0",
        b"<a>",
        b"&x;",
        b"\n",
    ]
) | st.binary(max_size=5)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


def read_or_refused(fmt: Format, data: bytes) -> None:
    assert fmt.sniff is not None
    assert fmt.sniff(data) in (True, False)
    try:
        result = fmt.parse(data)
    except (Malformed, TooLarge):
        return
    for name in dir(result):
        if not name.startswith("_") and not callable(getattr(result, name)):
            assert getattr(result, name) is not NotImplemented


@each_format
def test_a_document_is_recognised_and_by_its_own_parser_alone(fmt: Format) -> None:
    for seed in fmt.seeds:
        assert [other.name for other in FORMATS if other.sniff and other.sniff(seed)] == [fmt.name]
        assert not any(sniff(seed) for sniff in OTHERS)
        assert fmt.parse(seed) == fmt.parse(seed)


@each_format
def test_a_document_cut_anywhere_is_read_or_refused(fmt: Format) -> None:
    for seed in fmt.seeds:
        for length in range(len(seed)):
            read_or_refused(fmt, seed[:length])


@each_format
@quick
@given(data=st.data())
def test_a_damaged_document_is_read_or_refused(fmt: Format, data: st.DataObject) -> None:
    document = data.draw(st.sampled_from(fmt.seeds))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(document)))
        until = data.draw(st.integers(at, min(at + 12, len(document))))
        document = document[:at] + data.draw(JUNK) + document[until:]
    read_or_refused(fmt, document)


def replaced(document: Any, data: st.DataObject) -> Any:
    if isinstance(document, dict | list) and document and data.draw(st.integers(0, 4)):
        copy = document.copy()
        keys = list(copy) if isinstance(copy, dict) else list(range(len(copy)))
        key = data.draw(st.sampled_from(keys))
        copy[key] = replaced(copy[key], data)
        return copy
    return data.draw(SCALARS | st.lists(SCALARS, max_size=2) | st.dictionaries(st.text(), SCALARS))


@pytest.mark.parametrize(
    "fmt", [f for f in FORMATS if f.name != "zap-xml"], ids=lambda fmt: fmt.name
)
@quick
@given(data=st.data())
def test_a_value_of_any_type_anywhere_is_read_or_refused(fmt: Format, data: st.DataObject) -> None:
    (document,) = encoded(replaced(json.loads(fmt.seeds[0].split(b"\n")[0]), data))
    read_or_refused(fmt, document)


@each_format
def test_a_nesting_bomb_is_refused(fmt: Format) -> None:
    with pytest.raises((Malformed, TooLarge)):
        fmt.parse(b"<a>" * 100_000 if fmt.name == "zap-xml" else b'{"results":' * 100_000)


@each_format
def test_utf_16_is_read_as_utf_8_is(fmt: Format) -> None:
    if fmt.name != "zap-xml":
        text = fmt.seeds[0].decode()
        assert fmt.parse(text.encode("utf-16")) == fmt.parse(text.encode())
        assert fmt.parse(text.encode("utf-8-sig")) == fmt.parse(text.encode())
    assert fmt.sniff is not None
    assert fmt.sniff(fmt.seeds[0].decode().encode("utf-16"))
